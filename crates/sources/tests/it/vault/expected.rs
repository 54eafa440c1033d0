//! The log of a real lab: what is known to be true of it comes out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tenure_model::Timestamp;
use tenure_model::entry::RunOutcome;
use tenure_model::fact::{UsageEvent, UseOutcome};
use tenure_model::tables::TableId;
use tenure_sources::pipeline::RunDraft;

use crate::support::{Said, Workspace, dataset};

struct Lab {
    draft: RunDraft,
    said: Said,
    expected: BTreeMap<String, Value>,
}

fn lab() -> Option<Lab> {
    let log = dataset("vault/hashicorp-learn-vault-audit.log.gz")?;
    let expected = std::fs::read(dataset("expected/vault-hashicorp-learn.json")?).unwrap();
    let expected: Value = serde_json::from_slice(&expected).unwrap();
    let of = |e: &Value| (e["id"].as_str().unwrap().to_owned(), e["expect"].clone());
    let mut workspace = Workspace::with_data("vault");
    workspace.write("audit.log.gz", std::fs::read(log).unwrap());
    let (draft, said) = workspace.run();
    let expected = expected["expectations"].as_array().unwrap().iter().map(of).collect();
    Some(Lab { draft, said, expected })
}

impl Lab {
    fn expected(&self, number: u32) -> &Value {
        &self.expected[&format!("vault-hashicorp-learn-{number:02}")]
    }

    fn uses(&self) -> impl Iterator<Item = &UsageEvent> {
        self.said.usage.iter().map(|(_, _, event)| event)
    }

    fn count<'a>(&'a self, of: impl Fn(&'a UsageEvent) -> Option<String>) -> Value {
        let mut counts = BTreeMap::<String, u64>::new();
        for name in self.uses().filter_map(of) {
            *counts.entry(name).or_default() += 1;
        }
        json!(counts)
    }
}

/// The product keeps microseconds; the log has tenths of them.
fn instants(texts: &Value) -> Vec<Timestamp> {
    texts.as_array().unwrap().iter().map(|t| t.as_str().unwrap().parse().unwrap()).collect()
}

fn own(text: &Option<String>) -> Option<String> {
    Some(text.clone().unwrap_or_default())
}

#[test]
fn lines_pairs_and_silences() {
    let Some(lab) = lab() else { return };
    assert_eq!(lab.draft.run.outcome, RunOutcome::Complete, "{:?}", lab.draft.run.gaps);
    let artifact = &lab.draft.artifacts[0];
    let expected = lab.expected(1);
    assert_eq!(json!(artifact.records), expected["lines"]);
    assert_eq!(json!(artifact.skipped["request, told by its response"]), expected["requests"]);
    assert_eq!(json!(artifact.with_facts), expected["operations"]);
    assert_eq!(artifact.rejected, 0);
    // -02: nothing stands alone but the response that enabled the device.
    assert_eq!(lab.expected(2)["unpaired_requests"], json!([]));
    assert_eq!(artifact.integrity["request_response_pairs"], "verified");
    assert_eq!(lab.draft.run.checks, ["request_response_pairs"]);
    let span = instants(&expected["first_last"]);
    let coverage = &lab.draft.coverage;
    assert_eq!(coverage[0].from, span[0]);
    assert_eq!(coverage.last().unwrap().to, span[1].plus_micros(1));
    // -03
    let silences: Vec<_> =
        coverage.iter().filter(|c| c.detail.contains("longer than an hour")).collect();
    let expected = lab.expected(3).as_array().unwrap();
    assert_eq!(silences.len(), expected.len());
    assert_eq!([silences[0].from, silences[0].to], *instants(&expected[0]));
}

#[test]
fn uses_of_the_root_token() {
    let Some(lab) = lab() else { return };
    let expected = lab.expected(4);
    let root: Vec<_> = lab.uses().filter(|u| u.actor_type.as_deref() == Some("root")).collect();
    assert_eq!(json!(root.len()), expected["operations"]);
    let keys: BTreeSet<_> = root.iter().map(|u| &u.credential_key).collect();
    assert_eq!(json!(keys.len()), expected["distinct_accessors"]);
    let times = root.iter().filter_map(|u| u.event_time);
    let span = instants(&expected["first_last"]);
    assert_eq!((times.clone().min(), times.max()), (Some(span[0]), Some(span[1])));
    let of_root = |u: &UsageEvent| u.actor_type.as_deref() == Some("root");
    let areas = lab.count(|u| own(&u.action).filter(|_| of_root(u)));
    assert_eq!(areas, expected["by_area"]);
    let names = lab.count(|u| own(&u.actor).filter(|_| of_root(u)));
    assert_eq!(names, expected["display_names"]);
}

#[test]
fn logins_and_tokens() {
    let Some(lab) = lab() else { return };
    let login = |u: &UsageEvent| {
        u.service.as_deref().is_some_and(|s| s.starts_with("auth/"))
            && u.action.as_deref().is_some_and(|a| a.ends_with("/login"))
    };
    let expected = lab.expected(5);
    assert_eq!(json!(lab.uses().filter(|u| login(u)).count()), expected["attempts"]);
    let by_path = |outcome| {
        lab.count(move |u| own(&u.resource).filter(|_| login(u) && u.outcome == Some(outcome)))
    };
    assert_eq!(by_path(UseOutcome::Success), expected["by_path_succeeded"]);
    assert_eq!(by_path(UseOutcome::Denied), expected["by_path_not_succeeded"]);
    let issued = lab.uses().filter(|u| login(u) && u.issued_key.is_some()).count();
    assert_eq!(json!(issued), expected["succeeded_token_issued"]);
    // -06
    let expected = lab.expected(6);
    let by_path = lab.count(|u| own(&u.resource).filter(|_| u.issued_key.is_some()));
    assert_eq!(by_path, expected["by_path"]);
    let begun: BTreeSet<_> = lab
        .said
        .table(TableId::Credentials)
        .into_iter()
        .filter(|f| f.native_type == "token" && f.attrs.contains_key("created_at_src"))
        .map(|f| &f.native_id)
        .collect();
    assert_eq!(json!(begun.len()), expected["count"]);
    // -11: issued here or used here.
    let tokens = lab.said.table(TableId::Credentials).into_iter();
    let seen: BTreeSet<_> =
        tokens.filter(|f| f.native_type == "token").map(|f| &f.native_id).collect();
    assert_eq!(json!(seen.len()), lab.expected(11)["distinct"]);
}

#[test]
fn failures_names_leases_and_changes() {
    let Some(lab) = lab() else { return };
    // -07: errors of the whole request; a refused sign-in of a role is none of those.
    let expected = lab.expected(7);
    let failed = lab.count(|u| u.error_code.clone().filter(|code| code != "error in the response"));
    let trimmed = |counts: &Value| -> BTreeMap<String, Value> {
        let counts = counts.as_object().unwrap().iter();
        counts.map(|(k, v)| (k.trim().to_owned(), v.clone())).collect()
    };
    assert_eq!(trimmed(&failed), trimmed(&expected["failed_by_error"]));
    let total: u64 = failed.as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(json!(total), expected["failed_operations"]);
    // -08
    assert_eq!(lab.count(|u| own(&u.actor)), *lab.expected(8));
    // -09
    let leases = lab.said.table(TableId::Credentials).into_iter();
    let leases = leases.filter(|f| f.native_type == "lease").count();
    assert_eq!(json!(leases), lab.expected(9)["created"]);
    // -10
    let changes: Vec<Value> = lab.uses().filter(|u| changes(u)).map(change).collect();
    let expected = lab.expected(10).as_array().unwrap().iter().map(|row| {
        let time: Timestamp = row[0].as_str().unwrap().parse().unwrap();
        json!([time.to_string(), row[1], row[2], row[3], row[4]])
    });
    assert_eq!(changes, expected.collect::<Vec<_>>());
}

/// A change to identities and policies, by the expectation's own selection of paths.
fn changes(u: &UsageEvent) -> bool {
    let path = u.resource.as_deref().unwrap_or_default();
    let writes = u.read_only == Some(false);
    let of_system = ["sys/audit/", "sys/policies/acl/", "sys/auth/", "sys/mounts/"];
    let roles = path.starts_with("auth/approle/role/") && !path.contains("/secret-id");
    writes
        && (of_system.iter().any(|front| path.starts_with(front))
            || path.starts_with("auth/token/create")
            || path.starts_with("auth/token/roles/")
            || path.starts_with("auth/userpass/users/")
            || roles)
}

fn change(u: &UsageEvent) -> Value {
    let operation = u.action.as_deref().unwrap().split(' ').next();
    let outcome = if u.outcome == Some(UseOutcome::Success) { "ok" } else { "failed" };
    json!([u.event_time.unwrap().to_string(), u.actor, operation, u.resource, outcome])
}

/// Objects printed over many lines, one after another, with values that somebody masked.
#[test]
fn objects_over_many_lines() {
    let Some(log) = dataset("vault/tallen-audit.json") else { return };
    let mut workspace = Workspace::with_data("vault");
    workspace.write("audit.json", std::fs::read(log).unwrap());
    let (draft, said) = workspace.run();
    assert_eq!((draft.artifacts[0].records, draft.artifacts[0].rejected), (12, 0));
    assert!(said.usage.iter().any(|(_, _, u)| u.resource.as_deref() == Some("auth/jwt/login")));
    let gap = &draft.run.gaps[0];
    assert!(gap.cause.contains("in clear were blotted out"), "{}", gap.cause);
}
