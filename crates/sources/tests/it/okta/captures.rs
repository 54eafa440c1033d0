//! Real answers of a real organisation, as somebody recorded them over fifteen months, and labelled
//! samples of the system log.

use std::collections::BTreeMap;
use std::io::Read as _;

use serde_json::{Value as Json, json};
use tenure_model::fact::{Attrs, Change};
use tenure_model::tables::TableId;
use tenure_testkit::datasets::Datasets;

use super::support::{flag, of_type, over, tag, text, things};
use crate::support::{Said, Workspace, gaps};

const CAPTURE: &str = "okta/graph-okta-steps.responses.ndjson";

#[test]
fn users_by_status_are_reproduced() {
    let Some(data) = Datasets::find("users_by_status_are_reproduced") else { return };
    let (draft, said) = over("okta", data.file(CAPTURE)).run();
    assert_eq!(draft.artifacts[0].rejected, 0);
    let users = of_type(&things(&said, TableId::Identities), "okta-user");
    // Who only acted, or only has a role or factor, is known of by that, and is no listed user.
    let listed: BTreeMap<_, _> =
        users.into_iter().filter(|(_, user)| user.contains_key("created_at_src")).collect();
    let expected: BTreeMap<String, Json> =
        data.expected("expected/okta-users.json").into_iter().collect();
    let expect = |number: &str, found: Json| assert_eq!(found, expected[number], "{number}");

    expect("03", json!(listed.len()));
    expect("04", json!(count(listed.values().map(|user| tag(user, "status")))));
    let mut created: Vec<_> = listed.values().map(|u| instant(u, "created_at_src")).collect();
    created.sort();
    expect("05", json!([created.first(), created.last()]));
    let never = listed.values().filter(|user| !user.contains_key("last_auth_at"));
    expect("06", json!(never.count()));
    expect("07", deprovisioned(&said));
    let active = listed.values().filter(|user| text(user, "status") == "active");
    expect("08", json!(active.filter(|user| flag(user, "mfa") == Some(false)).count()));
    let asked = ask(&data, "/roles").into_iter().filter(|url| url.contains("/users/"));
    expect("09", roles(&said, asked.count()));
    expect("10", members(&data, &said, &listed));
    expect("11", assignments(&data, &said));
    for number in ["01", "02", "12"] {
        assert!(expected.contains_key(number), "{number} is about the recording, not the users");
    }
    assert_eq!(expected.len(), 12);
}

fn count(of: impl Iterator<Item = String>) -> BTreeMap<String, u64> {
    of.fold(BTreeMap::new(), |mut counts, one| {
        *counts.entry(one).or_default() += 1;
        counts
    })
}

/// As Okta writes it.
fn instant(attrs: &Attrs, column: &str) -> String {
    match attrs.get(column) {
        Some(tenure_model::fact::Value::Time(at)) => at.to_string().replace('Z', ".000Z"),
        _ => String::new(),
    }
}

/// Since when who is deactivated, by what pins it.
fn deprovisioned(said: &Said) -> Json {
    let users = said.table(TableId::Identities).into_iter();
    let off = users.filter(|f| f.attrs.get("status") == Some(&"deprovisioned".into()));
    let since = off.filter_map(|fact| match fact.change {
        Change::Begun { at, .. } => {
            Some(json!([fact.native_id, at.to_string().replace('Z', ".000Z")]))
        }
        _ => None,
    });
    since.collect()
}

fn roles(said: &Said, asked: usize) -> Json {
    let grants = of_type(&things(said, TableId::Grants), "okta-role-assignment");
    let holders: std::collections::BTreeSet<_> =
        grants.values().map(|grant| text(grant, "principal")).collect();
    let by_role = count(grants.values().map(|grant| text(grant, "entitlement").to_owned()));
    let entitlements = of_type(&things(said, TableId::Entitlements), "okta-admin-role");
    assert!(entitlements.values().all(|role| flag(role, "privileged") == Some(true)));
    json!({"users_asked": asked, "users_with_a_role": holders.len(), "by_role": by_role})
}

/// The requests of the recording that end like that.
fn ask(data: &Datasets, end: &str) -> Vec<String> {
    let text = std::fs::read_to_string(data.file(CAPTURE)).unwrap();
    let url = |line: &str| serde_json::from_str::<Json>(line).unwrap()["url"].to_string();
    text.lines().map(url).map(|url| url.replace('"', "")).filter(|u| u.ends_with(end)).collect()
}

fn members(data: &Datasets, said: &Said, users: &BTreeMap<String, Attrs>) -> Json {
    let grants = of_type(&things(said, TableId::Grants), "okta-group-member");
    let asked = ask(data, "/users").into_iter().filter(|url| url.contains("/groups/"));
    let groups = asked.map(|url| url.split('/').rev().nth(1).unwrap().to_owned());
    let by_group = groups.map(|group| {
        let own = grants.values().filter(|grant| text(grant, "entitlement") == group);
        let status = own.map(|grant| tag(&users[text(grant, "principal")], "status"));
        (group.clone(), json!(count(status)))
    });
    Json::Object(by_group.collect())
}

fn assignments(data: &Datasets, said: &Said) -> Json {
    let grants = of_type(&things(said, TableId::Grants), "okta-app-assignment");
    let asked = ask(data, "/users").into_iter().filter(|url| url.contains("/apps/"));
    let apps = asked.map(|url| url.split('/').rev().nth(1).unwrap().to_owned());
    let by_app = apps.map(|app| {
        let people = grants.values().filter(|grant| grant.contains_key("identity_id"));
        let own = people.filter(|grant| text(grant, "entitlement") == app);
        (app.clone(), json!(own.count()))
    });
    Json::Object(by_app.collect())
}

#[test]
fn the_recording_is_no_complete_listing() {
    let Some(data) = Datasets::find("the_recording_is_no_complete_listing") else { return };
    let (draft, said) = over("okta", data.file(CAPTURE)).run();
    assert_eq!(draft.run.kind.as_str(), "events", "it has events, so it closes nothing");
    assert_eq!(said.usage.len(), 3);
    let used = &said.usage[0].2;
    assert_eq!(used.action.as_deref(), Some("application.lifecycle.update"));
    assert_eq!(used.actor.as_deref(), Some("austin.kelleher@jupiterone.com"));
    assert_eq!(used.credential_key.as_deref(), Some("102IpY-x4JNQCqoTkhj_u3n9w"));
    assert_eq!(used.resource.as_deref(), Some("AppInstance:0oa7s4dqka0lUpE5W4x7"));
}

/// The answers that an SDK's tests recorded, with users, groups, roles and factors of many states.
#[test]
fn answers_recorded_by_an_sdk_are_read() {
    let Some(data) = Datasets::find("answers_recorded_by_an_sdk_are_read") else { return };
    let file = std::fs::File::open(data.file("okta/okta-sdk-python-cassettes.tar.gz")).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let mut lines = String::new();
    for entry in archive.entries().unwrap() {
        let mut text = String::new();
        entry.unwrap().read_to_string(&mut text).unwrap_or_default();
        for user in users_in(&text) {
            let line = json!({"at": "2030-12-31T00:00:00Z", "method": "GET", "status": 200,
                "url": "https://test.okta.com/api/v1/users", "body": format!("[{user}]")});
            lines.push_str(&format!("{line}\n"));
        }
    }
    let mut workspace = Workspace::with_data("okta");
    workspace.now = crate::support::at("2031-01-01");
    workspace.write("recorded.ndjson", &lines);
    let (draft, said) = workspace.run();
    assert_eq!(draft.artifacts[0].rejected, 0);
    assert!(draft.artifacts[0].records > 50, "{}", draft.artifacts[0].records);
    let listed = said.table(TableId::Identities);
    let listed = listed.iter().filter(|fact| fact.attrs.contains_key("tags"));
    let statuses = count(listed.map(|fact| text(&fact.attrs, "status").to_owned()));
    let native = count(lines.lines().filter_map(|line| {
        let line: Json = serde_json::from_str(line).unwrap();
        let users: Json = serde_json::from_str(line["body"].as_str().unwrap()).unwrap();
        Some(users[0]["status"].as_str()?.to_owned())
    }));
    let of = |status: &str| native.get(status).copied().unwrap_or_default();
    assert_eq!(statuses["active"], of("ACTIVE") + of("RECOVERY") + of("PASSWORD_EXPIRED"));
    assert_eq!(statuses["staged"], of("STAGED") + of("PROVISIONED"));
}

/// Users in the text of a cassette: JSON in single quotes, one body per line when it is short.
fn users_in(cassette: &str) -> Vec<String> {
    let bodies = cassette.lines().filter_map(|line| line.trim().strip_prefix("string: '"));
    let bodies = bodies.filter_map(|body| body.strip_suffix('\''));
    let parsed = bodies.filter_map(|body| serde_json::from_str::<Json>(body).ok());
    parsed.filter(|body| body["profile"]["login"].is_string()).map(|b| b.to_string()).collect()
}

#[test]
fn labelled_samples_are_accounted_for() {
    let Some(data) = Datasets::find("labelled_samples_are_accounted_for") else { return };
    let bytes = std::fs::read(data.file("okta/panther-Okta.SystemLog.ndjson.gz")).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(&*bytes).read_to_string(&mut text).unwrap();
    let event = |line: &str| serde_json::from_str::<Json>(line).unwrap()["event"].clone();
    let mut samples: Vec<Json> = text.lines().map(event).collect();
    assert_eq!(samples.len(), 143);
    // The first record says what the file is.
    samples.sort_by_key(|event| event["eventType"].is_null());
    let mut workspace = Workspace::with_data("okta");
    workspace.write("logs.json", json!(samples).to_string());
    let (draft, said) = workspace.run();
    let artifact = &draft.artifacts[0];
    assert_eq!(artifact.records, 143);
    let usable = |event: &&Json| {
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let zoned = text("published").parse::<tenure_model::Timestamp>().is_ok();
        zoned && !text("eventType").is_empty() && !text("uuid").is_empty()
    };
    let used: Vec<_> = samples.iter().filter(usable).collect();
    assert_eq!(artifact.with_facts, used.len() as u64);
    assert_eq!(artifact.rejected, 143 - used.len() as u64, "times without a zone are not guessed");
    let named = gaps(&workspace, &draft.run);
    let named = named.iter().filter(|gap| gap.record.is_some()).count() as u64;
    assert_eq!(named, artifact.rejected, "each is named");
    for (event, (_, _, usage)) in used.iter().zip(&said.usage) {
        let same = |ours: &Option<String>, path: &str| {
            let theirs = event.pointer(path).and_then(Json::as_str).filter(|t| !t.is_empty());
            assert_eq!(ours.as_deref(), theirs, "{path} of {}", usage.event_id);
        };
        same(&Some(usage.event_id.clone()), "/uuid");
        same(&usage.action, "/eventType");
        same(&usage.actor_id, "/actor/id");
        same(&usage.src_ip, "/client/ipAddress");
        same(&usage.user_agent, "/client/userAgent/rawUserAgent");
    }
}

/// The same samples with a zone: what they tell is understood, too.
#[test]
fn labelled_samples_with_a_zone_are_uses() {
    let Some(data) = Datasets::find("labelled_samples_with_a_zone_are_uses") else { return };
    let bytes = std::fs::read(data.file("okta/panther-Okta.SystemLog.ndjson.gz")).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(&*bytes).read_to_string(&mut text).unwrap();
    let mut lines = String::new();
    for (number, line) in text.lines().enumerate() {
        let mut event = serde_json::from_str::<Json>(line).unwrap()["event"].clone();
        if event["eventType"].is_null() || event["published"].is_null() {
            continue;
        }
        event["published"] = json!("2024-01-01T00:00:00.000Z");
        event["uuid"] = json!(format!("sample-{number}"));
        lines.push_str(&format!("{event}\n"));
    }
    let mut workspace = Workspace::with_data("okta");
    workspace.write("log.jsonl", &lines);
    let (draft, said) = workspace.run();
    let artifact = &draft.artifacts[0];
    assert_eq!((artifact.with_facts, artifact.rejected), (artifact.records, 0));
    assert_eq!(said.usage.len() as u64, artifact.records);
    let roles = of_type(&things(&said, TableId::Grants), "okta-role-assignment");
    let holds = |id: &str| roles.keys().any(|grant| grant == id);
    assert!(holds("00u6eup97mAJZWYmP357|ORG_ADMIN"), "{:?}", roles.keys());
    assert!(holds("00u6eup97mAJZWYmP357|APP_ADMIN"), "what a role is limited to is not its name");
}
