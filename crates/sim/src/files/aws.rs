//! An AWS account: its users, keys, roles and what they do. What happens is told to CloudTrail as it
//! happens; what is there on a day is listed by IAM.
//!
//! Shapes of records: CloudTrail User Guide, "CloudTrail record contents" and "CloudTrail
//! userIdentity element".

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenure_model::Timestamp;

use crate::files::events::Events;

/// The system.
pub const SYSTEM: &str = "aws";
/// The account.
pub const ACCOUNT: &str = "111122223333";
/// The region of the trail, in which IAM and STS log what they do.
pub const REGION: &str = "us-east-1";
/// The role that carries out what was approved.
pub const PROVISIONER: &str = "provisioner";

/// A user of IAM.
#[derive(Clone, Debug)]
pub struct User {
    /// Its path, which says whether a person is behind it.
    pub path: &'static str,
    /// Its tags.
    pub tags: Vec<(&'static str, String)>,
    /// Since when it is there.
    pub created: Timestamp,
    /// Since when it is not.
    pub deleted: Option<Timestamp>,
    /// Its keys, in the order in which they were made.
    pub keys: Vec<Key>,
    /// Its console password.
    pub password: Option<Timestamp>,
    /// Since when it has a second factor.
    pub mfa: Option<Timestamp>,
    /// What it may do.
    pub may: Rights,
}

impl User {
    /// Somebody who may do nothing yet, and has nothing to do it with.
    #[must_use]
    pub const fn new(
        path: &'static str,
        tags: Vec<(&'static str, String)>,
        created: Timestamp,
    ) -> Self {
        let (deleted, password, mfa) = (None, None, None);
        Self { path, tags, created, deleted, keys: Vec::new(), password, mfa, may: Rights::Nothing }
    }
}

/// What an identity may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rights {
    /// Nothing by itself.
    Nothing,
    /// Read in one service, by an inline policy.
    Read(&'static str),
    /// Everything, by AWS's own policy for administrators.
    Everything,
}

/// An access key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Key {
    /// Its id.
    pub id: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it was disabled.
    pub disabled: Option<Timestamp>,
    /// When it was deleted.
    pub deleted: Option<Timestamp>,
}

/// A role.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its tags.
    pub tags: Vec<(&'static str, String)>,
    /// Since when it is there.
    pub created: Timestamp,
    /// Since when it is not.
    pub deleted: Option<Timestamp>,
    /// Who may assume it: a service, or the account itself.
    pub trusts: &'static str,
    /// What it may do.
    pub may: Rights,
}

/// Who calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Caller<'a> {
    /// A user with a key.
    Key(&'a str, &'a str),
    /// A user in the console.
    Console(&'a str),
    /// A session of a role: the role, the session's name, its key.
    Session(&'a str, &'a str, &'a str),
    /// A service of AWS.
    Service(&'a str),
    /// Somebody federated, whom no listing knows.
    Federated(&'a str),
    /// The account's root user.
    Root,
}

/// A call.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Caller<'a>,
    /// The service, without `.amazonaws.com`.
    pub service: &'a str,
    /// The operation.
    pub action: &'a str,
    /// From where.
    pub ip: &'a str,
    /// With what.
    pub agent: &'a str,
    /// What was asked for.
    pub request: Value,
    /// What came back.
    pub response: Value,
    /// Why it was refused.
    pub error: Option<&'a str>,
}

impl<'a> Call<'a> {
    /// A call that reads something, from the usual place.
    #[must_use]
    pub const fn new(at: Timestamp, by: Caller<'a>, service: &'a str, action: &'a str) -> Self {
        let (request, response) = (Value::Null, Value::Null);
        Self {
            at,
            by,
            service,
            action,
            ip: "198.51.100.20",
            agent: "aws-sdk-go-v2/1.30.0",
            request,
            response,
            error: None,
        }
    }
}

/// An account over time.
#[derive(Clone, Default, Debug)]
pub struct Aws {
    /// Users by name.
    pub users: BTreeMap<String, User>,
    /// Roles by name.
    pub roles: BTreeMap<String, Role>,
    /// Records of CloudTrail, in any order.
    pub events: Events,
    /// Successful uses by what was used: a key's id, `role/NAME`, `password/NAME`.
    pub uses: BTreeMap<String, Vec<Timestamp>>,
    /// When the password of a user was replaced.
    pub passwords: BTreeMap<String, Vec<Timestamp>>,
    /// Stretches in which the trail was switched off.
    pub stopped: Vec<(Timestamp, Timestamp)>,
    /// Hours of digests that nobody kept.
    pub lost_digests: Vec<Timestamp>,
}

/// The ARN of a user or role.
#[must_use]
pub fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{kind}/{name}")
}

/// The id under which Tenure lists a user or role.
#[must_use]
pub fn identity(kind: &str, name: &str) -> String {
    format!("{SYSTEM}/iam-{kind}/{}", arn(kind, name))
}

/// The id under which Tenure lists a key.
#[must_use]
pub fn credential(key: &str) -> String {
    format!("{SYSTEM}/access-key/{key}")
}

/// The key of a session that began then.
#[must_use]
pub fn session(of: &str, at: Timestamp) -> String {
    unique("ASIA", &format!("{of}{at}"), 16)
}

/// An id of so many characters that belongs to a name, as AWS's unique ids do.
pub(super) fn unique(prefix: &str, name: &str, len: usize) -> String {
    use sha2::Digest as _;
    let hash = hex::encode_upper(sha2::Sha256::digest(name));
    format!("{prefix}{}", &hash[..len])
}

impl Aws {
    /// A user, made by the role that carries out what was approved.
    pub fn user(&mut self, name: &str, user: User) {
        let by = Caller::Session(PROVISIONER, "pipeline", "ASIAPROVISIONER00000");
        let arn = format!("arn:aws:iam::{ACCOUNT}:user{}{name}", user.path);
        let request = json!({"userName": name, "path": user.path});
        let response =
            json!({"user": {"arn": arn, "userName": name, "userId": unique("AIDA", name, 17)}});
        self.call(Call { request, response, ..Call::new(user.created, by, "iam", "CreateUser") });
        self.users.insert(name.to_owned(), user);
    }

    /// A role, made likewise.
    pub fn role(&mut self, name: &str, role: Role) {
        let by = Caller::Session(PROVISIONER, "pipeline", "ASIAPROVISIONER00000");
        let request =
            json!({"roleName": name, "assumeRolePolicyDocument": trust(role.trusts).to_string()});
        let response = json!({"role": {"arn": arn("role", name), "roleName": name, "roleId": unique("AROA", name, 17)}});
        self.call(Call { request, response, ..Call::new(role.created, by, "iam", "CreateRole") });
        self.roles.insert(name.to_owned(), role);
    }

    /// A role ends: what it may do is taken away, then it is deleted.
    pub fn delete_role(&mut self, name: &str, at: Timestamp) {
        let by = Caller::Session(PROVISIONER, "pipeline", "ASIAPROVISIONER00000");
        let request = json!({"roleName": name, "policyName": "access"});
        self.call(Call { request, ..Call::new(at, by, "iam", "DeleteRolePolicy") });
        let request = json!({"roleName": name});
        self.call(Call { request, ..Call::new(at, by, "iam", "DeleteRole") });
        if let Some(role) = self.roles.get_mut(name) {
            role.deleted = Some(at);
        }
    }

    /// A key of a user.
    pub fn key(&mut self, user: &str, id: &str, at: Timestamp) {
        let by = Caller::Session(PROVISIONER, "pipeline", "ASIAPROVISIONER00000");
        self.key_by(Call::new(at, by, "iam", "CreateAccessKey"), user, id);
    }

    /// A key of a user, made by whoever calls.
    pub fn key_by(&mut self, call: Call<'_>, user: &str, id: &str) {
        let at = call.at;
        let request = json!({"userName": user});
        let response =
            json!({"accessKey": {"userName": user, "accessKeyId": id, "status": "Active"}});
        self.call(Call { request, response, ..call });
        if let Some(user) = self.users.get_mut(user) {
            user.keys.push(Key { id: id.to_owned(), created: at, disabled: None, deleted: None });
        }
    }

    /// Disables a key.
    pub fn disable(&mut self, user: &str, id: &str, at: Timestamp) {
        let by = Caller::Session(PROVISIONER, "pipeline", "ASIAPROVISIONER00000");
        let request = json!({"userName": user, "accessKeyId": id, "status": "Inactive"});
        self.call(Call { request, ..Call::new(at, by, "iam", "UpdateAccessKey") });
        if let Some(key) = self.key_mut(user, id) {
            key.disabled = Some(at);
        }
    }

    /// Deletes a key.
    pub fn delete(&mut self, user: &str, id: &str, at: Timestamp) {
        let by = Caller::Session(PROVISIONER, "pipeline", "ASIAPROVISIONER00000");
        let request = json!({"userName": user, "accessKeyId": id});
        self.call(Call { request, ..Call::new(at, by, "iam", "DeleteAccessKey") });
        if let Some(key) = self.key_mut(user, id) {
            key.deleted = Some(at);
        }
    }

    fn key_mut(&mut self, user: &str, id: &str) -> Option<&mut Key> {
        self.users.get_mut(user)?.keys.iter_mut().find(|key| key.id == id)
    }

    /// A password and a second factor, as people have them.
    pub fn enrol(&mut self, user: &str, password: Timestamp, mfa: Option<Timestamp>) {
        let by = Caller::Session(PROVISIONER, "pipeline", "ASIAPROVISIONER00000");
        let request = json!({"userName": user});
        self.call(Call { request, ..Call::new(password, by, "iam", "CreateLoginProfile") });
        if let Some(user) = self.users.get_mut(user) {
            user.password = Some(password);
        }
        if let Some(at) = mfa {
            self.factor(user, at, Caller::Console(user));
        }
    }

    /// A second factor for a user, by whoever registers it.
    pub fn factor(&mut self, user: &str, at: Timestamp, by: Caller<'_>) {
        let serial = format!("arn:aws:iam::{ACCOUNT}:mfa/{user}");
        let request = json!({"userName": user, "serialNumber": serial});
        self.call(Call { request, ..Call::new(at, by, "iam", "EnableMFADevice") });
        if let Some(user) = self.users.get_mut(user) {
            user.mfa = Some(at);
        }
    }

    /// Another password of a user.
    pub fn new_password(&mut self, user: &str, at: Timestamp) {
        let by = Caller::Session(PROVISIONER, "pipeline", "ASIAPROVISIONER00000");
        let request = json!({"userName": user});
        self.call(Call { request, ..Call::new(at, by, "iam", "UpdateLoginProfile") });
        self.passwords.entry(user.to_owned()).or_default().push(at);
    }

    /// A sign-in to the console that succeeded.
    pub fn sign_in(&mut self, user: &str, at: Timestamp, mfa: bool) {
        let call = Call {
            ip: "203.0.113.20",
            agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)",
            response: json!({"ConsoleLogin": "Success"}),
            ..Call::new(at, Caller::Console(user), "signin", "ConsoleLogin")
        };
        self.call(call);
        if let Some((_, event)) = self.events.last_mut() {
            let used = if mfa { "Yes" } else { "No" };
            event["eventType"] = json!("AwsConsoleSignIn");
            event["additionalEventData"] = json!({"MFAUsed": used, "MobileVersion": "No"});
        }
        self.uses.entry(format!("password/{user}")).or_default().push(at);
    }

    /// Somebody tries to sign in to the console, and is refused.
    pub fn fail_sign_in(&mut self, user: &str, at: Timestamp) {
        let call = Call {
            ip: "203.0.113.20",
            agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)",
            response: json!({"ConsoleLogin": "Failure"}),
            ..Call::new(at, Caller::Console(user), "signin", "ConsoleLogin")
        };
        self.call(call);
        if let Some((_, event)) = self.events.last_mut() {
            event["eventType"] = json!("AwsConsoleSignIn");
            event["errorMessage"] = json!("Failed authentication");
            event["additionalEventData"] = json!({"MFAUsed": "No", "MobileVersion": "No"});
        }
    }

    /// Tells CloudTrail, and remembers what was used.
    pub fn call(&mut self, call: Call<'_>) {
        if call.error.is_none() {
            match call.by {
                Caller::Key(_, key) => self.uses.entry(key.to_owned()).or_default().push(call.at),
                Caller::Session(role, ..) => {
                    self.uses.entry(format!("role/{role}")).or_default().push(call.at);
                }
                _ => {}
            }
        }
        let n = self.events.len();
        let reads = ["Describe", "List", "Get"].iter().any(|word| call.action.starts_with(word));
        let mut event = json!({
            "eventVersion": "1.10",
            "userIdentity": caller(call.by, call.at),
            "eventTime": call.at,
            "eventSource": format!("{}.amazonaws.com", call.service),
            "eventName": call.action,
            "awsRegion": REGION,
            "sourceIPAddress": call.ip,
            "userAgent": call.agent,
            "requestParameters": call.request,
            "responseElements": call.response,
            "requestID": format!("{n:08x}-0000-4000-9000-{:012x}", call.at.seconds()),
            "eventID": format!("{:08x}-0000-4000-8000-{n:012x}", call.at.seconds()),
            "readOnly": reads,
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": ACCOUNT,
            "eventCategory": "Management",
        });
        if let Some(error) = call.error {
            event["errorCode"] = json!(error);
        }
        self.events.push((call.at, event));
    }
}

/// Who may assume a role, as its trust policy says.
pub(super) fn trust(by: &str) -> Value {
    let principal = match by.strip_suffix(".amazonaws.com") {
        Some(_) => json!({"Service": by}),
        None => json!({"AWS": by}),
    };
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]})
}

fn caller(by: Caller<'_>, at: Timestamp) -> Value {
    let user = |name: &str| json!({"type": "IAMUser", "principalId": unique("AIDA", name, 17), "arn": arn("user", name), "accountId": ACCOUNT, "userName": name});
    match by {
        Caller::Key(name, key) => {
            let mut user = user(name);
            user["accessKeyId"] = json!(key);
            user
        }
        Caller::Console(name) => user(name),
        Caller::Session(role, session, key) => {
            let id = unique("AROA", role, 17);
            json!({
                "type": "AssumedRole", "principalId": format!("{id}:{session}"),
                "arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}"),
                "accountId": ACCOUNT, "accessKeyId": key,
                "sessionContext": {
                    "sessionIssuer": {"type": "Role", "principalId": id, "arn": arn("role", role), "accountId": ACCOUNT, "userName": role},
                    "attributes": {"creationDate": at, "mfaAuthenticated": "false"},
                },
            })
        }
        Caller::Service(name) => json!({"type": "AWSService", "invokedBy": name}),
        Caller::Federated(name) => {
            json!({"type": "FederatedUser", "principalId": format!("{ACCOUNT}:{name}"), "arn": format!("arn:aws:sts::{ACCOUNT}:federated-user/{name}"), "accountId": ACCOUNT})
        }
        Caller::Root => {
            json!({"type": "Root", "principalId": ACCOUNT, "arn": format!("arn:aws:iam::{ACCOUNT}:root"), "accountId": ACCOUNT})
        }
    }
}
