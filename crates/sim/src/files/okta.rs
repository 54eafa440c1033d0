//! Okta: its system log as the API answers it (`GET /api/v1/logs`, one file a month), and listings
//! of users, groups and their members as on the day of collection.
//!
//! Shapes: Okta developer documentation, "System Log", "Users", "Groups".

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenure_model::Timestamp;

use crate::World;
use crate::output::Output;

/// The system, and the source of its listings.
pub const SYSTEM: &str = "okta";

/// The account that carries out what HR and approvals say.
pub const PROVISIONER: &str = "00usync000000000000";

/// What happened in Okta, in any order.
#[derive(Clone, Default, Debug)]
pub struct Okta {
    users: BTreeMap<String, User>,
    groups: BTreeMap<String, String>,
    members: BTreeMap<(String, String), bool>,
    events: Vec<(Timestamp, Value)>,
    /// Stretches of the log that nobody kept.
    pub lost: Vec<(Timestamp, Timestamp)>,
}

#[derive(Clone, Debug)]
struct User {
    login: String,
    name: String,
    employee: Option<String>,
    created: Timestamp,
    deactivated: Option<Timestamp>,
    factors: u32,
}

/// An account as scenarios name it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Account {
    /// The id.
    pub id: String,
    /// The login.
    pub login: String,
}

impl Account {
    /// The id under which Tenure lists the account.
    #[must_use]
    pub fn identity(&self) -> String {
        format!("{SYSTEM}/user/{}", self.id)
    }
}

impl Okta {
    /// Creates and activates an account.
    pub fn create(
        &mut self,
        (id, login, name): (&str, &str, &str),
        employee: Option<&str>,
        at: Timestamp,
    ) -> Account {
        let user = User {
            login: login.to_owned(),
            name: name.to_owned(),
            employee: employee.map(str::to_owned),
            created: at,
            deactivated: None,
            factors: 0,
        };
        self.users.insert(id.to_owned(), user);
        let account = Account { id: id.to_owned(), login: login.to_owned() };
        self.event("user.lifecycle.create", at, PROVISIONER, &[self.target(id)]);
        self.event("user.lifecycle.activate", at, PROVISIONER, &[self.target(id)]);
        account
    }

    /// Deactivates an account, and ends its memberships, as Okta does.
    pub fn deactivate(&mut self, account: &Account, at: Timestamp, by: &str) {
        let target = self.target(&account.id);
        if let Some(user) = self.users.get_mut(&account.id) {
            user.deactivated = Some(at);
        }
        self.event("user.lifecycle.deactivate", at, by, &[target]);
    }

    /// Enrols a second factor.
    pub fn enrol(&mut self, account: &Account, at: Timestamp) {
        let target = self.target(&account.id);
        if let Some(user) = self.users.get_mut(&account.id) {
            user.factors += 1;
        }
        self.event("user.mfa.factor.activate", at, &account.id.clone(), &[target]);
    }

    /// A group; naming it again changes nothing.
    pub fn group(&mut self, id: &str, name: &str) {
        self.groups.insert(id.to_owned(), name.to_owned());
    }

    /// Adds an account to a group.
    pub fn join(&mut self, account: &Account, group: &str, at: Timestamp, by: &str) {
        self.members.insert((group.to_owned(), account.id.clone()), true);
        let targets = [self.target(&account.id), self.group_target(group)];
        self.event("group.user_membership.add", at, by, &targets);
    }

    /// Takes an account out of a group.
    pub fn leave(&mut self, account: &Account, group: &str, at: Timestamp, by: &str) {
        self.members.insert((group.to_owned(), account.id.clone()), false);
        let targets = [self.target(&account.id), self.group_target(group)];
        self.event("group.user_membership.remove", at, by, &targets);
    }

    /// A sign-in of an account.
    pub fn sign_in(&mut self, account: &Account, at: Timestamp, ip: &str) {
        self.event("user.session.start", at, &account.id, &[self.target(&account.id)]);
        if let Some((_, event)) = self.events.last_mut() {
            event["client"] = client(ip);
        }
    }

    fn target(&self, id: &str) -> Value {
        let user = self.users.get(id);
        let login = user.map_or("sync@example.com", |user| &user.login);
        let name = user.map_or("Provisioning", |user| &user.name);
        json!({"id": id, "type": "User", "alternateId": login, "displayName": name, "detailEntry": null})
    }

    fn group_target(&self, id: &str) -> Value {
        let name = self.groups.get(id).map_or("", String::as_str);
        json!({"id": id, "type": "UserGroup", "alternateId": "unknown", "displayName": name, "detailEntry": null})
    }

    fn event(&mut self, kind: &str, at: Timestamp, by: &str, targets: &[Value]) {
        let actor = self.target(by);
        let n = self.events.len() as u64;
        let uuid = format!("{:08x}-0000-11f0-8000-{n:012x}", at.micros() / 1_000_000);
        let event = json!({
            "actor": {"id": by, "type": "User", "alternateId": actor["alternateId"], "displayName": actor["displayName"], "detailEntry": null},
            "client": client("203.0.113.10"),
            "authenticationContext": {"authenticationStep": 0, "externalSessionId": format!("trs{n:022x}")},
            "displayMessage": kind,
            "eventType": kind,
            "outcome": {"result": "SUCCESS", "reason": null},
            "published": stamp(at),
            "severity": "INFO",
            "debugContext": {"debugData": {}},
            "legacyEventType": null,
            "transaction": {"type": "WEB", "id": format!("txn{n:020x}"), "detail": {}},
            "uuid": uuid,
            "version": "0",
            "request": {"ipChain": []},
            "target": targets,
        });
        self.events.push((at, event));
    }
}

fn client(ip: &str) -> Value {
    json!({
        "userAgent": {"rawUserAgent": "Mozilla/5.0", "os": "Mac OS X", "browser": "CHROME"},
        "zone": "null", "device": "Computer", "id": null, "ipAddress": ip, "geographicalContext": null,
    })
}

/// An instant as Okta writes it, to the millisecond.
fn stamp(at: Timestamp) -> String {
    let text = at.to_string();
    let (seconds, rest) = text.split_once('.').map_or((text.trim_end_matches('Z'), ""), |s| s);
    let millis: String = rest.trim_end_matches('Z').chars().chain("000".chars()).take(3).collect();
    format!("{seconds}.{millis}Z")
}

/// Writes the log and the listings.
pub fn write(world: &mut World) {
    let okta = std::mem::take(&mut world.okta);
    log(&okta, world);
    listings(&okta, &mut world.output);
    let at = world.settings.collected_at().to_string();
    world.output.source(SYSTEM, "okta", &[("path", "@/okta/listings"), ("as-of", &at)]);
    let from = world.settings.log_from().to_string();
    let settings =
        [("path", "@/okta/log"), ("covers-from", from.as_str()), ("covers-to", at.as_str())];
    world.output.source_of("okta-log", SYSTEM, "okta", &settings);
}

fn log(okta: &Okta, world: &mut World) {
    let mut months: BTreeMap<String, Vec<&(Timestamp, Value)>> = BTreeMap::new();
    let end = world.settings.collected_at();
    let lost = |at: Timestamp| okta.lost.iter().any(|(from, to)| *from <= at && at < *to);
    let start = world.settings.log_from();
    for event in okta.events.iter().filter(|(at, _)| start <= *at && *at <= end && !lost(*at)) {
        months.entry(event.0.date()[..7].to_owned()).or_default().push(event);
    }
    for (month, mut events) in months {
        events.sort_by_key(|(at, _)| *at);
        let mut lines = Vec::new();
        for (_, event) in events {
            lines.extend_from_slice(event.to_string().as_bytes());
            lines.push(b'\n');
        }
        world.output.gzip(format!("okta/log/{month}.jsonl.gz"), &lines);
    }
}

fn listings(okta: &Okta, output: &mut Output) {
    let list = |gone: bool| {
        let users = okta.users.iter().filter(|(_, user)| user.deactivated.is_some() == gone);
        Value::Array(users.map(|(id, user)| listed(id, user)).collect())
    };
    let file = |output: &mut Output, name: &str, value: &Value| {
        output.file(format!("okta/listings/{name}"), value.to_string().into_bytes());
    };
    file(output, "users.json", &list(false));
    file(output, "users.status=DEPROVISIONED.json", &list(true));
    let groups: Vec<_> = okta
        .groups
        .iter()
        .map(|(id, name)| {
            json!({"id": id, "type": "OKTA_GROUP", "objectClass": ["okta:user_group"], "profile": {"name": name, "description": null}})
        })
        .collect();
    file(output, "groups.json", &Value::Array(groups));
    for group in okta.groups.keys() {
        let active = |id: &String| okta.users.get(id).is_some_and(|u| u.deactivated.is_none());
        let members =
            okta.members.iter().filter(|((of, id), is)| of == group && **is && active(id));
        let members: Vec<_> =
            members.filter_map(|((_, id), _)| Some(listed(id, okta.users.get(id)?))).collect();
        file(output, &format!("groups/{group}/users.json"), &Value::Array(members));
    }
    for (id, user) in okta.users.iter().filter(|(_, user)| user.deactivated.is_none()) {
        let factors: Vec<_> = (0..user.factors)
            .map(|n| {
                json!({"id": format!("{}f{n}", id.replacen("00u", "ost", 1)), "factorType": "token:software:totp", "provider": "OKTA", "vendorName": "OKTA", "status": "ACTIVE", "created": stamp(user.created)})
            })
            .collect();
        file(output, &format!("users/{id}/factors.json"), &Value::Array(factors));
    }
    file(output, "api-tokens.json", &json!([]));
}

fn listed(id: &str, user: &User) -> Value {
    let changed = user.deactivated.unwrap_or(user.created);
    let status = if user.deactivated.is_some() { "DEPROVISIONED" } else { "ACTIVE" };
    json!({
        "id": id, "status": status, "created": stamp(user.created), "activated": stamp(user.created),
        "statusChanged": stamp(changed), "lastLogin": null, "lastUpdated": stamp(changed),
        "passwordChanged": null,
        "type": {"id": "oty1"},
        "profile": {
            "login": user.login, "email": user.login, "displayName": user.name,
            "employeeNumber": user.employee, "userType": user.employee.as_ref().map(|_| "Employee"),
        },
    })
}
