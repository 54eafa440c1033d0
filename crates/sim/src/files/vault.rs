//! Vault: the log of its audit device, with values HMAC'd as Vault does, and what `vault read
//! -format=json` prints at the end.
//!
//! Shapes: Vault documentation, "Audit devices", and a log of OpenBao 2.7.2. The accessors of secret
//! ids are tuned to be logged in clear (`audit_non_hmac_request_keys`, `…_response_keys`).

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenure_model::Timestamp;

use crate::World;
use crate::time::{HOUR, SECOND};

mod entry;
mod listings;

/// The system.
pub const SYSTEM: &str = "vault";
/// The source of the audit log.
pub const SOURCE: &str = "vault-audit";
/// The role that configures Vault.
pub const ADMIN: &str = "terraform";

const DEVICE: &str = "file";

/// What happened in Vault.
#[derive(Clone, Default, Debug)]
pub struct Vault {
    roles: BTreeMap<String, Role>,
    people: BTreeMap<String, Timestamp>,
    /// When roles first signed in: then the entity is made.
    signed_in: BTreeMap<String, Timestamp>,
    /// When people did.
    seen: BTreeMap<String, Timestamp>,
    policies: BTreeMap<String, String>,
    secrets: Vec<Secret>,
    leases: Vec<Lease>,
    lines: Vec<(Timestamp, Value)>,
    /// Stretches of which one damaged line is all that is left of the log.
    pub lost: Vec<(Timestamp, Timestamp)>,
}

/// A role of AppRole.
#[derive(Clone, Debug)]
struct Role {
    policies: Vec<String>,
    created: Timestamp,
}

/// A secret id of a role.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Secret {
    /// The role.
    pub role: String,
    /// Its accessor.
    pub accessor: String,
    /// When it was made.
    pub created: Timestamp,
    /// After how many seconds it expires; 0 = never.
    pub ttl: i64,
    /// When it is destroyed.
    pub destroyed: Option<Timestamp>,
}

#[derive(Clone, Debug)]
struct Lease {
    id: String,
    given: Timestamp,
    seconds: i64,
}

/// Somebody who signed in: their token, and who they are.
#[derive(Clone, Debug)]
pub struct Client {
    token: String,
    display: String,
    entity: Option<String>,
    policies: Vec<String>,
    metadata: Value,
    ip: &'static str,
}

/// An id of the kind that Vault gives to entities and requests.
fn uuid(name: &str) -> String {
    use sha2::Digest as _;
    let hash = hex::encode(sha2::Sha256::digest(name));
    format!("{}-{}-{}-{}-{}", &hash[..8], &hash[8..12], &hash[12..16], &hash[16..20], &hash[20..32])
}

/// What the audit device writes instead of a value.
fn hmac(value: &str) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"the salt of the device");
    format!("hmac-sha256:{}", hex::encode(ring::hmac::sign(&key, value.as_bytes())))
}

/// The entity behind a role or a person.
#[must_use]
pub fn entity(of: &str) -> String {
    uuid(&format!("entity of {of}"))
}

/// The path of a role, which is its native id.
#[must_use]
pub fn role(name: &str) -> String {
    format!("auth/approle/role/{name}")
}

impl Secret {
    fn new(role: &str, created: Timestamp, ttl: i64) -> Self {
        let accessor = uuid(&format!("accessor of {role} {created}"));
        Self { role: role.to_owned(), accessor, created, ttl, destroyed: None }
    }

    fn material(&self) -> String {
        uuid(&format!("secret behind {}", self.accessor))
    }

    /// The credential.
    #[must_use]
    pub fn credential(&self) -> String {
        format!("{SYSTEM}/approle-secret-id/{}", self.accessor)
    }
}

impl Client {
    fn new(display: &str, of: &str, policies: &[String], at: Timestamp) -> Self {
        Self {
            token: uuid(&format!("token of {of} {at}")),
            display: display.to_owned(),
            entity: Some(entity(of)),
            policies: policies.to_vec(),
            metadata: Value::Null,
            ip: "10.0.4.12",
        }
    }

    /// The credential that their token is.
    #[must_use]
    pub fn credential(&self) -> String {
        format!("{SYSTEM}/token/{}@{DEVICE}", hmac(&format!("accessor {}", self.token)))
    }

    /// Who holds the token that Vault gives when it is first started.
    #[must_use]
    pub fn root() -> Self {
        let policies = vec!["root".to_owned()];
        let ip = "203.0.113.40";
        let at = Timestamp::from_seconds(0);
        Self { entity: None, ip, ..Self::new("root", "root", &policies, at) }
    }
}

impl Vault {
    /// The policies that entities were seen to hold: whose, which, since when.
    #[must_use]
    pub fn held(&self) -> Vec<(&str, &str, Timestamp)> {
        let roles = self.signed_in.iter().flat_map(|(name, at)| {
            let policies = self.roles.get(name).into_iter().flat_map(|role| &role.policies);
            policies.map(|policy| (name.as_str(), policy.as_str(), *at))
        });
        let people = self.seen.iter().flat_map(|(email, at)| {
            ["default", "reader"].map(|policy| (email.as_str(), policy, *at))
        });
        roles.chain(people).collect()
    }

    /// A policy, by its text.
    pub fn policy(&mut self, name: &str, text: &str) {
        self.policies.insert(name.to_owned(), text.to_owned());
    }

    /// A role that was there before the log.
    pub fn role(&mut self, name: &str, policy: &str, created: Timestamp) {
        let policies = vec!["default".to_owned(), policy.to_owned()];
        self.roles.insert(name.to_owned(), Role { policies, created });
    }

    /// A role that the administrating one makes.
    pub fn make_role(&mut self, name: &str, policy: &str, created: Timestamp) {
        self.role(name, policy, created);
        let by = self.admin(created);
        let data = json!({"token_policies": hmac(policy), "secret_id_ttl": hmac("80d")});
        self.exchange(created, &by, ("create", &role(name), "approle"), Some(data), json!({}));
    }

    /// The newest secret id of a role at an instant.
    #[must_use]
    pub fn standing(&self, role: &str, at: Timestamp) -> Option<Secret> {
        let stands = |s: &&Secret| s.created < at && s.destroyed.is_none_or(|gone| at <= gone);
        let of_role = self.secrets.iter().filter(|s| s.role == role);
        of_role.filter(stands).max_by_key(|s| s.created).cloned()
    }

    /// The administrating role's token, of a minute before.
    pub fn admin(&mut self, at: Timestamp) -> Client {
        match self.standing(ADMIN, at) {
            Some(secret) => self.login(&secret, at.plus_micros(-60 * SECOND)),
            None => Client::root(),
        }
    }

    /// A secret id for a role.
    pub fn secret(&mut self, role_name: &str, at: Timestamp, ttl: i64) -> Secret {
        let secret = Secret::new(role_name, at, ttl);
        let by = self.admin(at);
        let response = json!({"data": {"secret_id": hmac(&secret.material()),
            "secret_id_accessor": secret.accessor, "secret_id_num_uses": 0, "secret_id_ttl": ttl}});
        let path = format!("{}/secret-id", role(role_name));
        self.exchange(at, &by, ("update", &path, "approle"), None, response);
        self.secrets.push(secret.clone());
        secret
    }

    /// A secret id is destroyed.
    pub fn destroy(&mut self, secret: &Secret, at: Timestamp) {
        let by = self.admin(at);
        let path = format!("{}/secret-id-accessor/destroy", role(&secret.role));
        let data = json!({"secret_id_accessor": secret.accessor});
        self.exchange(at, &by, ("update", &path, "approle"), Some(data), json!({}));
        if let Some(one) = self.secrets.iter_mut().find(|one| one.accessor == secret.accessor) {
            one.destroyed = Some(at);
        }
    }

    /// A role signs in.
    pub fn login(&mut self, secret: &Secret, at: Timestamp) -> Client {
        let policies = self.roles.get(&secret.role).map_or_else(Vec::new, |r| r.policies.clone());
        let mut client = Client::new("approle", &secret.role, &policies, at);
        client.metadata = json!({"role_name": secret.role});
        let first = self.signed_in.entry(secret.role.clone()).or_insert(at);
        *first = at.min(*first);
        let data = entry::shown(&secret.role, &secret.material());
        self.sign_in(at, &client, ("update", "auth/approle/login", "approle"), &data);
        client
    }

    /// Somebody tries to sign in with a secret id that is no more.
    pub fn refuse(&mut self, secret: &Secret, at: Timestamp) {
        let data = entry::shown(&secret.role, &secret.material());
        let [request, mut answer] =
            entry::pair(at, None, ("update", "auth/approle/login", "approle"), self.lines.len());
        answer["error"] = json!("invalid role or secret ID");
        answer["response"] =
            json!({"mount_type": "approle", "data": {"error": hmac("invalid role or secret ID")}});
        self.put(at, request, answer, Some(&data));
    }

    /// A person signs in by way of the identity provider.
    pub fn person(&mut self, email: &str, since: Timestamp, at: Timestamp) -> Client {
        self.people.insert(email.to_owned(), since);
        let first = self.seen.entry(email.to_owned()).or_insert(at);
        *first = at.min(*first);
        let policies = ["default".to_owned(), "reader".to_owned()];
        let mut client = Client::new(&format!("oidc-{email}"), email, &policies, at);
        client.metadata = json!({"role": "staff"});
        client.ip = "203.0.113.40";
        let data =
            json!({"code": hmac(&format!("code {at}")), "state": hmac(&format!("state {at}"))});
        self.sign_in(at, &client, ("read", "auth/oidc/oidc/callback", "oidc"), &data);
        client
    }

    /// Somebody reads.
    pub fn read(&mut self, by: &Client, path: &str, at: Timestamp) {
        let response = json!({"data": {"data": {"value": hmac(path)}}});
        self.exchange(at, by, ("read", path, "kv"), None, response);
    }

    /// Somebody is given an account of a database for a time.
    pub fn lease(&mut self, by: &Client, role: &str, at: Timestamp, seconds: i64) -> String {
        let path = format!("database/creds/{role}");
        let id = format!("{path}/{}", uuid(&format!("lease {role} {at}")).replace('-', ""));
        let user = hmac(&format!("v-approle-{role}-{at}"));
        let response = json!({"secret": {"lease_id": id},
            "data": {"username": user, "password": hmac(&id)}});
        self.exchange(at, by, ("read", &path, "database"), None, response);
        self.leases.push(Lease { id: id.clone(), given: at, seconds });
        id
    }

    /// Somebody is issued a certificate for a service; its serial number, and what the log says of that.
    pub fn certificate(
        &mut self,
        by: &Client,
        service: &str,
        at: Timestamp,
        seconds: i64,
    ) -> (String, String) {
        let serial = uuid(&format!("serial {service} {at}")).replace('-', ":");
        // The instant from which it counts is that of the answer, in whole seconds.
        let ends = entry::answered(at).seconds() + seconds;
        let response = json!({"data": {"serial_number": hmac(&serial), "expiration": ends,
            "certificate": hmac(&format!("certificate {serial}")), "issuing_ca": hmac("ca"),
            "private_key": hmac(&format!("key {serial}")), "private_key_type": hmac("rsa")}});
        let data = json!({"common_name": hmac(&format!("{service}.example.com")), "ttl": hmac(&format!("{seconds}s"))});
        let path = format!("pki/issue/{service}");
        self.exchange(at, by, ("update", &path, "pki"), Some(data), response);
        let name = format!("{}@{DEVICE}", hmac(&serial));
        (serial, name)
    }

    /// A certificate is revoked.
    pub fn revoke_certificate(&mut self, by: &Client, serial: &str, at: Timestamp) {
        let data = json!({"serial_number": hmac(serial)});
        let response = json!({"data": {"revocation_time": entry::answered(at).seconds()}});
        self.exchange(at, by, ("update", "pki/revoke", "pki"), Some(data), response);
    }

    /// What was asked was not written; the answer was.
    pub fn lose_request(&mut self, by: &Client, path: &str, at: Timestamp) {
        self.read(by, path, at);
        self.lines.retain(|(when, line)| !(*when == at && line["type"] == "request"));
    }

    fn sign_in(&mut self, at: Timestamp, client: &Client, of: (&str, &str, &str), data: &Value) {
        let [request, mut answer] = entry::pair(at, None, of, self.lines.len());
        answer["auth"] = entry::auth(client, true);
        answer["response"] = json!({"auth": entry::auth(client, true), "mount_type": of.2});
        self.put(at, request, answer, Some(data));
    }

    fn exchange(
        &mut self,
        at: Timestamp,
        by: &Client,
        of: (&str, &str, &str),
        data: Option<Value>,
        response: Value,
    ) {
        let [request, mut answer] = entry::pair(at, Some(by), of, self.lines.len());
        answer["response"] = response;
        self.put(at, request, answer, data.as_ref());
    }

    fn put(&mut self, at: Timestamp, mut request: Value, mut answer: Value, data: Option<&Value>) {
        if let Some(data) = data {
            request["request"]["data"] = data.clone();
            answer["request"]["data"] = data.clone();
        }
        self.lines.push((at, request));
        self.lines.push((entry::answered(at), answer));
    }
}

/// Writes the log since it was kept, and the listings of the day of collection.
pub fn write(world: &mut World) {
    let mut vault = std::mem::take(&mut world.vault);
    let (from, to) = (world.settings.log_from(), world.settings.collected_at());
    let mut lines = std::mem::take(&mut vault.lines);
    lines.retain(|(at, _)| from <= *at && *at < to);
    for (begun, ended) in &vault.lost {
        lines.retain(|(at, _)| !(begun.plus_micros(SECOND) < *at && at < ended));
    }
    lines.sort_by_key(|(at, _)| *at);
    let mut torn: Vec<_> = vault.lost.iter().map(|(_, ended)| *ended).collect();
    let mut text = String::new();
    for (at, line) in &lines {
        if torn.first().is_some_and(|next| next <= at) {
            torn.remove(0);
            text.push_str("{\"time\":\"20\n");
        }
        text.push_str(&line.to_string());
        text.push('\n');
    }
    world.output.gzip("vault/audit/audit.log.gz", text.as_bytes());
    for (path, listing) in listings::all(&vault, to.plus_micros(-HOUR)) {
        world.output.file(format!("vault/listings/{path}"), listing.to_string().into_bytes());
    }
    let (from, to) = world.settings.logged();
    let log =
        [("path", "@/vault/audit"), ("device", DEVICE), ("covers-from", &from), ("covers-to", &to)];
    world.output.source_of(SOURCE, SYSTEM, "vault", &log);
    let listed = [("path", "@/vault/listings"), ("as-of", &to)];
    world.output.source_of("vault-listings", SYSTEM, "vault", &listed);
}
