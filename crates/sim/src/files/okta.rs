//! Okta: its system log as the API answers it (`GET /api/v1/logs`, one file a month), and listings
//! of users, groups and their members as on the day of collection.
//!
//! Shapes: Okta developer documentation, "System Log", "Users", "Groups".

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenure_model::Timestamp;

use crate::files::events::Events;

mod held;
mod tokens;
mod written;

pub use held::Given;
use tokens::Token;
pub use written::write;

/// The system, and the source of its listings.
pub const SYSTEM: &str = "okta";

/// The account that carries out what HR and approvals say.
pub const PROVISIONER: &str = "00usync000000000000";

/// A second organisation, whose log nobody kept and whose listings were last exported before the
/// period ended.
pub const LABS: &str = "okta-labs";

/// What is written of the accounts of services.
const SERVICE: &str = "Service account";

/// What happened in an organisation of Okta, in any order.
#[derive(Clone, Debug)]
pub struct Okta {
    system: &'static str,
    users: BTreeMap<String, User>,
    groups: BTreeMap<String, String>,
    /// Who was in which group.
    members: Vec<Held<(String, String)>>,
    tokens: Vec<Held<Token>>,
    roles: Vec<Held<Role>>,
    events: Events,
    /// When something was logged, and whether the record names a target.
    logged: Vec<(Timestamp, bool)>,
    /// Sign-ins that succeeded, with no second factor in the same session.
    weak: Vec<(Account, Timestamp)>,
    /// Until when its log was exported; not set = until everything is collected.
    pub kept_until: Option<Timestamp>,
    /// When its listings were exported; not set = when everything is collected.
    pub listed_at: Option<Timestamp>,
}

impl Default for Okta {
    fn default() -> Self {
        Self::of(SYSTEM)
    }
}

/// Something that held for a stretch of time.
#[derive(Clone, Debug)]
struct Held<T> {
    what: T,
    from: Timestamp,
    to: Option<Timestamp>,
}

impl<T> Held<T> {
    const fn since(what: T, from: Timestamp) -> Self {
        Self { what, from, to: None }
    }

    fn at(&self, at: Timestamp) -> bool {
        self.from <= at && self.to.is_none_or(|to| at < to)
    }
}

#[derive(Clone, Debug)]
struct Role {
    user: String,
    kind: &'static str,
    label: &'static str,
}

#[derive(Clone, Debug)]
struct User {
    /// Its logins, each since an instant.
    logins: Vec<(Timestamp, String)>,
    name: String,
    employee: Option<String>,
    kind: Option<&'static str>,
    created: Timestamp,
    /// When its status changed, and whether it was active since then.
    changes: Vec<(Timestamp, bool)>,
    factors: Vec<Timestamp>,
    /// Since when an application on the phone gives codes, too.
    codes: Vec<Timestamp>,
}

impl User {
    fn changed(&self, at: Timestamp) -> (Timestamp, bool) {
        let last = self.changes.iter().rev().find(|(since, _)| *since <= at);
        last.copied().unwrap_or((self.created, true))
    }

    fn active_at(&self, at: Timestamp) -> bool {
        self.changed(at).1
    }

    fn login(&self, at: Timestamp) -> &str {
        let login = self.logins.iter().rev().find(|(since, _)| *since <= at);
        login.or_else(|| self.logins.first()).map_or("", |(_, login)| login)
    }
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
        identity(SYSTEM, &self.id)
    }
}

/// The id under which Tenure lists an account of an organisation.
#[must_use]
pub fn identity(system: &str, account: &str) -> String {
    format!("{system}/okta-user/{account}")
}

/// The id under which Tenure lists that an account is a member of a group.
#[must_use]
pub fn membership(account: &str, group: &str) -> String {
    format!("{SYSTEM}/okta-group-member/{account}|{group}")
}

impl Okta {
    /// An organisation in which nothing happened yet.
    #[must_use]
    pub const fn of(system: &'static str) -> Self {
        Self {
            system,
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            members: Vec::new(),
            tokens: Vec::new(),
            roles: Vec::new(),
            events: Events::new(),
            logged: Vec::new(),
            weak: Vec::new(),
            kept_until: None,
            listed_at: None,
        }
    }

    /// Creates and activates an account of a person, or of a service where there is no employee.
    pub fn create(
        &mut self,
        (id, login, name): (&str, &str, &str),
        employee: Option<&str>,
        at: Timestamp,
    ) -> Account {
        let user = User {
            logins: vec![(at, login.to_owned())],
            name: name.to_owned(),
            employee: employee.map(str::to_owned),
            kind: Some(if employee.is_some() { "Employee" } else { SERVICE }),
            created: at,
            changes: Vec::new(),
            factors: Vec::new(),
            codes: Vec::new(),
        };
        self.users.insert(id.to_owned(), user);
        let account = Account { id: id.to_owned(), login: login.to_owned() };
        self.event("user.lifecycle.create", at, PROVISIONER, &[self.target(id, at)]);
        self.event("user.lifecycle.activate", at, PROVISIONER, &[self.target(id, at)]);
        account
    }

    /// Takes what is written of the kind of an account away: `userType` of it is empty.
    pub fn unclassified(&mut self, account: &Account) {
        if let Some(user) = self.users.get_mut(&account.id) {
            user.kind = None;
        }
    }

    /// Deactivates an account, and ends its memberships and roles, as Okta does.
    pub fn deactivate(&mut self, account: &Account, at: Timestamp, by: &str) {
        let held = self.members.iter().filter(|m| m.what.1 == account.id && m.at(at));
        let groups: Vec<_> = held.map(|m| m.what.0.clone()).collect();
        for group in groups {
            self.leave(account, &group, at, by);
        }
        let mut ended = Vec::new();
        for role in self.roles.iter_mut().filter(|r| r.what.user == account.id && r.at(at)) {
            role.to = Some(at);
            ended.push(role.what.label);
        }
        for label in ended {
            self.event("user.account.privilege.revoke", at, by, &[self.target(&account.id, at)]);
            self.debug("privilegeRevoked", label);
        }
        self.status("user.lifecycle.deactivate", account, (at, false), by);
    }

    /// Activates an account again.
    pub fn reactivate(&mut self, account: &Account, at: Timestamp, by: &str) {
        self.status("user.lifecycle.reactivate", account, (at, true), by);
    }

    fn status(&mut self, kind: &str, account: &Account, to: (Timestamp, bool), by: &str) {
        if let Some(user) = self.users.get_mut(&account.id) {
            user.changes.push(to);
        }
        self.event(kind, to.0, by, &[self.target(&account.id, to.0)]);
    }

    /// Gives an account another login.
    pub fn rename(&mut self, account: &Account, login: &str, at: Timestamp) {
        if let Some(user) = self.users.get_mut(&account.id) {
            user.logins.push((at, login.to_owned()));
        }
        self.event("user.account.update_profile", at, PROVISIONER, &[self.target(&account.id, at)]);
    }

    /// Gives an account an admin role: its type, and its label.
    pub fn promote(
        &mut self,
        account: &Account,
        role: (&'static str, &'static str),
        at: Timestamp,
    ) {
        let (kind, label) = role;
        self.roles.push(Held::since(Role { user: account.id.clone(), kind, label }, at));
        self.event(
            "user.account.privilege.grant",
            at,
            PROVISIONER,
            &[self.target(&account.id, at)],
        );
        self.debug("privilegeGranted", role.1);
    }

    /// Takes an admin role from an account.
    pub fn demote(&mut self, account: &Account, role: (&str, &str), at: Timestamp) {
        let (kind, label) = role;
        let mut held = self.roles.iter_mut();
        let same =
            |r: &&mut Held<Role>| r.what.user == account.id && r.what.kind == kind && r.at(at);
        if let Some(role) = held.find(same) {
            role.to = Some(at);
        }
        let targets = [self.target(&account.id, at)];
        self.event("user.account.privilege.revoke", at, PROVISIONER, &targets);
        self.debug("privilegeRevoked", label);
    }

    fn debug(&mut self, name: &str, value: &str) {
        if let Some((_, event)) = self.events.last_mut() {
            event["debugContext"]["debugData"][name] = json!(value);
        }
    }

    /// What accounts held: the account, the group or the role, from when to when.
    pub fn held(&self) -> impl Iterator<Item = (&str, &str, Timestamp, Option<Timestamp>)> + '_ {
        let members = self.members.iter();
        let members = members.map(|m| (m.what.1.as_str(), m.what.0.as_str(), m.from, m.to));
        let roles = self.roles.iter().map(|r| (r.what.user.as_str(), r.what.kind, r.from, r.to));
        members.chain(roles)
    }

    /// Every login that an account had.
    pub fn logins(&self, account: &str) -> impl Iterator<Item = &str> {
        let user = self.users.get(account);
        user.into_iter().flat_map(|user| user.logins.iter().map(|(_, login)| login.as_str()))
    }

    /// Accounts of services: since when they are there, and since when they are disabled.
    #[must_use]
    pub fn services(&self) -> Vec<(Account, Timestamp, Option<Timestamp>)> {
        let services = self.users.iter().filter(|(_, user)| user.kind == Some(SERVICE));
        let told = |(id, user): (&String, &User)| {
            let account = Account { id: id.clone(), login: user.login(user.created).to_owned() };
            let ended = user.changes.last().filter(|(_, active)| !active).map(|(at, _)| *at);
            (account, user.created, ended)
        };
        services.map(told).collect()
    }

    /// Accounts of people: their ids, since when they are there, and whether they are active at an
    /// instant.
    #[must_use]
    pub fn of_people(&self, at: Timestamp) -> Vec<(String, Timestamp, bool)> {
        let people = self.users.iter().filter(|(_, user)| user.kind != Some(SERVICE));
        people.map(|(id, user)| (id.clone(), user.created, user.active_at(at))).collect()
    }

    /// Accounts of people that are no longer active at an instant: their ids, since when they were
    /// there, and until when they were active.
    #[must_use]
    pub fn ended(&self, at: Timestamp) -> Vec<(String, Timestamp, Timestamp)> {
        let people = self.users.iter().filter(|(_, user)| user.kind != Some(SERVICE));
        let ended = people.filter(|(_, user)| !user.active_at(at));
        ended.map(|(id, user)| (id.clone(), user.created, user.changed(at).0)).collect()
    }

    /// Enrols a second factor.
    pub fn enrol(&mut self, account: &Account, at: Timestamp) {
        let target = self.target(&account.id, at);
        if let Some(user) = self.users.get_mut(&account.id) {
            user.factors.push(at);
        }
        self.event("user.mfa.factor.activate", at, &account.id.clone(), &[target]);
    }

    /// Enrols an application that gives codes, beside what is enrolled.
    pub fn enrol_codes(&mut self, account: &Account, at: Timestamp) {
        let target = self.target(&account.id, at);
        if let Some(user) = self.users.get_mut(&account.id) {
            user.codes.push(at);
        }
        self.event("user.mfa.factor.activate", at, &account.id.clone(), &[target]);
    }

    /// A group; naming it again changes nothing.
    pub fn group(&mut self, id: &str, name: &str) {
        self.groups.insert(id.to_owned(), name.to_owned());
    }

    /// Adds an account to a group.
    pub fn join(&mut self, account: &Account, group: &str, at: Timestamp, by: &str) {
        self.members.push(Held::since((group.to_owned(), account.id.clone()), at));
        let targets = [self.target(&account.id, at), self.group_target(group)];
        self.event("group.user_membership.add", at, by, &targets);
    }

    /// Takes an account out of a group.
    pub fn leave(&mut self, account: &Account, group: &str, at: Timestamp, by: &str) {
        let same = |m: &&mut Held<(String, String)>| {
            m.what.0 == group && m.what.1 == account.id && m.at(at)
        };
        if let Some(member) = self.members.iter_mut().find(same) {
            member.to = Some(at);
        }
        let targets = [self.target(&account.id, at), self.group_target(group)];
        self.event("group.user_membership.remove", at, by, &targets);
    }

    /// A sign-in of an account with its password alone.
    pub fn sign_in(&mut self, account: &Account, at: Timestamp, ip: &str) {
        self.event("user.session.start", at, &account.id, &[self.target(&account.id, at)]);
        if let Some((_, event)) = self.events.last_mut() {
            event["client"] = client(ip);
        }
        self.weak.push((account.clone(), at));
    }

    /// A second factor was used in the session that the last sign-in began.
    pub fn verify(&mut self, account: &Account, at: Timestamp) {
        let session =
            self.events.last_mut().map(|(_, event)| event["authenticationContext"].clone());
        self.verify_elsewhere(account, at);
        if let (Some((_, event)), Some(session)) = (self.events.last_mut(), session) {
            event["authenticationContext"] = session;
        }
        self.weak.pop();
    }

    /// A second factor was used, in a session of its own.
    pub fn verify_elsewhere(&mut self, account: &Account, at: Timestamp) {
        let targets = [self.target(&account.id, at)];
        self.event("user.authentication.auth_via_mfa", at, &account.id, &targets);
    }

    /// Sign-ins that succeeded, with no second factor in the same session.
    pub fn weak(&self) -> &[(Account, Timestamp)] {
        &self.weak
    }

    /// When something was logged, and whether the record names a target.
    pub fn logged(&self) -> impl Iterator<Item = (Timestamp, bool)> + '_ {
        let kept = self.kept_until;
        let logged = self.logged.iter().copied();
        logged.filter(move |(at, _)| kept.is_none_or(|kept| *at < kept))
    }

    /// A policy is evaluated, and what came of it is another record, or nobody knows.
    pub fn evaluate(&mut self, at: Timestamp, result: Option<&str>) {
        let policy = json!({"id": "00prsecondfactor0000", "type": "PolicyEntity", "alternateId": "unknown", "displayName": "Second factor", "detailEntry": null});
        self.event("policy.evaluate_sign_on", at, PROVISIONER, &[policy]);
        if let Some((_, event)) = self.events.last_mut() {
            event["outcome"] = match result {
                Some(result) => json!({"result": result, "reason": null}),
                None => Value::Null,
            };
        }
    }

    /// A sign-in that was refused.
    pub fn refuse(&mut self, account: &Account, at: Timestamp, ip: &str) {
        self.sign_in(account, at, ip);
        if let Some((_, event)) = self.events.last_mut() {
            event["outcome"] = json!({"result": "FAILURE", "reason": "INVALID_CREDENTIALS"});
        }
        self.weak.pop();
    }

    fn target(&self, id: &str, at: Timestamp) -> Value {
        let user = self.users.get(id);
        let login = user.map_or("sync@example.com", |user| user.login(at));
        let name = user.map_or("Provisioning", |user| &user.name);
        json!({"id": id, "type": "User", "alternateId": login, "displayName": name, "detailEntry": null})
    }

    fn group_target(&self, id: &str) -> Value {
        let name = self.groups.get(id).map_or("", String::as_str);
        json!({"id": id, "type": "UserGroup", "alternateId": "unknown", "displayName": name, "detailEntry": null})
    }

    fn event(&mut self, kind: &str, at: Timestamp, by: &str, targets: &[Value]) {
        let actor = self.target(by, at);
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
        self.logged.push((at, !targets.is_empty()));
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
