//! The log by months, and the listings as they were answered at an instant.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenure_model::Timestamp;

use super::{Held, LABS, Okta, Role, User, stamp};
use crate::World;
use crate::output::Output;

/// Writes the log and the listings of both organisations.
pub fn write(world: &mut World) {
    let mut main = std::mem::take(&mut world.okta);
    let labs = std::mem::replace(&mut world.labs, Okta::of(LABS));
    // What was there when the log begins, so that its events have something to begin with.
    listings(&main, "opening", world.settings.log_from(), &mut world.output);
    log(&mut main, world);
    let at = world.settings.collected_at();
    for okta in [&main, &labs] {
        listings(okta, "listings", okta.listed_at.unwrap_or(at), &mut world.output);
    }
}

fn log(okta: &mut Okta, world: &mut World) {
    let from = world.settings.log_from();
    let to = okta.kept_until.unwrap_or_else(|| world.settings.collected_at());
    for (month, lines) in months(okta, (from, to)) {
        world.output.gzip(format!("{}/log/{month}.jsonl.gz", okta.system), &lines);
    }
    let (path, from, to) = (format!("@/{}/log", okta.system), from.to_string(), to.to_string());
    let settings = [("path", path.as_str()), ("covers-from", &from), ("covers-to", &to)];
    world.output.source_of(&format!("{}-log", okta.system), okta.system, "okta", &settings);
}

fn months(okta: &mut Okta, (from, to): (Timestamp, Timestamp)) -> BTreeMap<String, Vec<u8>> {
    let mut months: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let events = okta.events.take().into_iter();
    for (at, event) in events.filter(|(at, _)| from <= *at && *at < to) {
        let lines = months.entry(at.date()[..7].to_owned()).or_default();
        lines.extend_from_slice(event.as_bytes());
        lines.push(b'\n');
    }
    months
}

/// The listings as they were answered at an instant.
fn listings(okta: &Okta, name: &str, at: Timestamp, output: &mut Output) {
    let users = || okta.users.iter().filter(|(_, user)| user.created <= at);
    let path = format!("{}/{name}", okta.system);
    let mut file = |name: &str, value: Vec<Value>| {
        output.file(format!("{path}/{name}"), Value::Array(value).to_string().into_bytes());
    };
    let list = |active: bool| {
        let users = users().filter(|(_, user)| user.active_at(at) == active);
        users.map(|(id, user)| listed(id, user, at)).collect::<Vec<_>>()
    };
    file("users.json", list(true));
    file("users.status=DEPROVISIONED.json", list(false));
    let groups = okta.groups.iter().map(|(id, name)| {
        json!({"id": id, "type": "OKTA_GROUP", "objectClass": ["okta:user_group"], "profile": {"name": name, "description": null}})
    });
    file("groups.json", groups.collect());
    for group in okta.groups.keys() {
        let members = okta.members.iter().filter(|m| m.what.0 == *group && m.at(at));
        let members =
            members.filter_map(|m| Some(listed(&m.what.1, okta.users.get(&m.what.1)?, at)));
        file(&format!("groups/{group}/users.json"), members.collect());
    }
    for (id, user) in users().filter(|(_, user)| user.active_at(at)) {
        file(&format!("users/{id}/factors.json"), factors(okta, id, user, at));
        file(&format!("users/{id}/roles.json"), roles(okta, id, at));
    }
    let tokens = okta.tokens.iter().filter(|token| token.at(at)).map(|held| {
        let (token, since) = (&held.what, stamp(held.from));
        json!({"id": token.id, "name": token.name, "userId": token.user, "tokenWindow": "P30D", "created": since, "lastUpdated": since})
    });
    file("api-tokens.json", tokens.collect());
    let settings = [("path", format!("@/{path}")), ("as-of", at.to_string())];
    let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
    output.source_of(&format!("{}-{name}", okta.system), okta.system, "okta", &settings);
}

/// An application that gives codes.
const CODES: (&str, &str) = ("token:software:totp", "OKTA");

/// Who administers signs in with a security key, everybody else with codes.
fn factors(okta: &Okta, id: &str, user: &User, at: Timestamp) -> Vec<Value> {
    let administers = okta.roles.iter().any(|role| role.what.user == id);
    let usual = if administers { ("webauthn", "FIDO") } else { CODES };
    let all = user.factors.iter().map(|since| (since, usual));
    let all = all.chain(user.codes.iter().map(|since| (since, CODES)));
    let factor = |(n, (since, (kind, provider))): (usize, (&Timestamp, (&str, &str)))| {
        let since = stamp(*since);
        json!({"id": format!("{}f{n}", id.replacen("00u", "ost", 1)), "factorType": kind, "provider": provider, "vendorName": provider, "status": "ACTIVE", "created": since})
    };
    all.filter(|(since, _)| **since <= at).enumerate().map(factor).collect()
}

fn roles(okta: &Okta, user: &str, at: Timestamp) -> Vec<Value> {
    let held = okta.roles.iter().filter(|role| role.what.user == user && role.at(at));
    let role = |held: &Held<Role>| {
        let Role { user, kind, label } = &held.what;
        json!({"id": format!("ra1{}{}", &user[3..], kind.len()), "type": kind, "label": label, "status": "ACTIVE", "assignmentType": "USER", "created": stamp(held.from)})
    };
    held.map(role).collect()
}

fn listed(id: &str, user: &User, at: Timestamp) -> Value {
    let (changed, active) = user.changed(at);
    let status = if active { "ACTIVE" } else { "DEPROVISIONED" };
    let login = user.login(at);
    json!({
        "id": id, "status": status, "created": stamp(user.created), "activated": stamp(user.created),
        "statusChanged": stamp(changed), "lastLogin": null, "lastUpdated": stamp(changed),
        "passwordChanged": null,
        "type": {"id": "oty1"},
        "profile": {
            "login": login, "email": login, "displayName": user.name,
            "employeeNumber": user.employee, "userType": user.kind,
        },
    })
}
