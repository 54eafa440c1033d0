//! Real listings and logs: what is known to be true of them comes out.

use std::collections::{BTreeMap, BTreeSet};

use flate2::read::GzDecoder;
use serde_json::{Value, json};
use tenure_model::Timestamp;
use tenure_model::entry::RunOutcome;
use tenure_model::fact::{Change, Fact};
use tenure_model::tables::TableId;

use crate::support::{Workspace, dataset, gaps, text, untar};

fn inflated(bytes: &[u8]) -> Vec<u8> {
    let mut inflated = Vec::new();
    std::io::copy(&mut GzDecoder::new(bytes), &mut inflated).unwrap();
    inflated
}

/// The bodies of recorded responses, as somebody would save them.
fn bodies(name: &str) -> Option<Vec<(String, String)>> {
    let mut bytes = std::fs::read(dataset(name)?).unwrap();
    if name.ends_with(".gz") {
        bytes = inflated(&bytes);
    }
    let lines = std::str::from_utf8(&bytes).unwrap().lines();
    let body = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| line[name].as_str().unwrap().to_owned();
        (text("url"), text("body"))
    };
    Some(lines.map(body).collect())
}

fn of_lists(names: &[&str]) -> Option<Workspace> {
    let workspace = Workspace::with_data("kubernetes").set("as-of", "2024-01-12T17:13:38.517Z");
    for name in names {
        for (index, (_, body)) in bodies(name)?.into_iter().enumerate() {
            let body: Value = serde_json::from_str(&body).unwrap();
            // The recorder asked for namespaces, too.
            if body["kind"] != "NamespaceList" {
                let file = format!("{}-{index}.json", name.split('.').next().unwrap());
                workspace.write(&file, body.to_string());
            }
        }
    }
    Some(workspace)
}

const BINDINGS: &str = "kubernetes/graph-kubernetes-clusterrolebindings.responses.ndjson";

#[test]
fn cluster_role_bindings() {
    let Some(expected) = dataset("expected/kubernetes-clusterrolebindings.json") else { return };
    let expected: Value = serde_json::from_slice(&std::fs::read(expected).unwrap()).unwrap();
    let expected: BTreeMap<_, _> = expected["expectations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["question"].as_str().unwrap().to_owned(), e["expect"].clone()))
        .collect();
    let (draft, said) = of_lists(&[BINDINGS]).unwrap().run();
    assert_eq!(draft.run.outcome, RunOutcome::Complete, "{:?}", draft.run.gaps);
    let bindings = said.table(TableId::Configurations);
    assert_eq!(json!(bindings.len()), expected["ClusterRoleBindings"]);
    let grants: Vec<&Fact> = said
        .table(TableId::Grants)
        .into_iter()
        .filter(|f| matches!(f.change, Change::Seen { .. }))
        .collect();
    assert_eq!(json!(grants.len()), expected["subject_entries"]);
    let bound: BTreeSet<_> =
        grants.iter().map(|f| f.native_id.split('#').next().unwrap()).collect();
    let without: Vec<_> = bindings
        .iter()
        .map(|f| f.native_id.split_once('/').unwrap().1)
        .filter(|name| !bound.contains(name))
        .collect();
    assert_eq!(json!(without), expected["ClusterRoleBindings_without_subjects"]);
    subjects_are_told(&grants, &expected);
    // Each grant was not there before its binding was created.
    let created: BTreeSet<Timestamp> = said
        .table(TableId::Grants)
        .into_iter()
        .filter(|f| matches!(f.change, Change::Absent { .. }))
        .map(|f| f.change.at().plus_micros(1))
        .collect();
    let span = [created.first().unwrap().to_string(), created.last().unwrap().to_string()];
    assert_eq!(json!(span), expected["creationTimestamp_first_last"]);
}

fn subjects_are_told(grants: &[&Fact], expected: &BTreeMap<String, Value>) {
    let kind = |f: &&Fact| match text(f, "identity_id") {
        None => "Group",
        Some(id) if id.starts_with("service-account/") => "ServiceAccount",
        Some(_) => "User",
    };
    let mut kinds = BTreeMap::<_, u64>::new();
    for grant in grants {
        *kinds.entry(kind(grant)).or_default() += 1;
    }
    assert_eq!(json!(kinds), expected["by_subject_kind"]);
    let subjects: BTreeSet<_> = grants.iter().map(|f| text(f, "principal")).collect();
    assert_eq!(json!(subjects.len()), expected["distinct_subjects"]);
    let admins: Vec<_> = grants
        .iter()
        .filter(|f| text(f, "entitlement") == Some("cluster-admin"))
        .map(|f| {
            let name = text(f, "principal").unwrap().trim_start_matches("group:");
            json!([format!("{} {name}", kind(f)), text(f, "entitlement")])
        })
        .collect();
    assert_eq!(json!(admins), expected["cluster_admin_subjects"]);
}

#[test]
fn roles_and_accounts_of_a_cluster() {
    let lists = [
        BINDINGS,
        "kubernetes/graph-kubernetes-clusterroles.responses.ndjson.gz",
        "kubernetes/graph-kubernetes-rolebindings.responses.ndjson",
        "kubernetes/graph-kubernetes-serviceaccounts.responses.ndjson",
    ];
    let Some(mut workspace) = of_lists(&lists) else { return };
    let (draft, said) = workspace.run();
    assert_eq!(draft.run.outcome, RunOutcome::Complete, "{:?}", draft.run.gaps);
    let seen = |table, kind: &str| {
        let facts = said.table(table).into_iter();
        let ids: BTreeSet<_> =
            facts.filter(|f| f.native_type == kind).map(|f| &f.native_id).collect();
        ids.len()
    };
    assert_eq!(seen(TableId::Entitlements, "cluster-role"), 67);
    assert_eq!(seen(TableId::Identities, "service-account"), 42);
    assert_eq!(seen(TableId::Configurations, "binding"), 52 + 11);
    let roles = said.table(TableId::Entitlements);
    let of = |id: &str| roles.iter().rfind(|f| f.native_id == id).unwrap();
    for (role, level, privileged) in [
        ("cluster-admin", "admin", true),
        ("admin", "admin", true),
        ("edit", "admin", true),
        ("view", "read", false),
        ("system:basic-user", "write", false),
        ("system:discovery", "read", false),
    ] {
        assert_eq!(text(of(role), "level"), Some(level), "{role}");
        assert_eq!(of(role).attrs["privileged"], privileged.into(), "{role}");
    }
}

#[test]
fn captured_events() {
    let Some(archive) = dataset("kubernetes/falco-k8s_audit.tar.gz") else { return };
    let members = untar(&inflated(&std::fs::read(archive).unwrap()));
    let mut workspace = Workspace::with_data("kubernetes");
    for (name, bytes) in &members {
        workspace.write(name.rsplit('/').next().unwrap(), bytes);
    }
    let (draft, said) = workspace.run();
    let records: u64 = draft.artifacts.iter().map(|a| a.records).sum();
    // One file holds something that is no event of an audit log: it is named, and not stored.
    let not_read: Vec<_> = draft.run.gaps.iter().map(|g| g.artifact.as_str()).collect();
    assert_eq!((members.len(), records, not_read), (47, 51, vec!["fal_01_003.json"]));
    assert_eq!(draft.artifacts.iter().map(|a| a.rejected).sum::<u64>(), 0);
    let admin = said.table(TableId::Grants);
    let attached = admin.iter().find(|f| text(f, "entitlement") == Some("cluster-admin")).unwrap();
    assert!(matches!(attached.change, Change::Begun { .. }));
    assert!(said.usage.iter().any(|(_, _, u)| u.action.as_deref() == Some("create pods/attach")));
    assert!(said.usage.iter().any(|(_, _, u)| u.actor_type.as_deref() == Some("anonymous")));
    for artifact in &draft.artifacts {
        let stored = String::from_utf8(workspace.blobs.get(&artifact.blob).unwrap()).unwrap();
        assert!(!stored.contains("aws_secret_access_key"), "{}", artifact.name);
    }
}

/// Samples whose times have no zone, or that have none: each is rejected in its place.
#[test]
fn labelled_samples_name_no_instants() {
    let Some(samples) = dataset("kubernetes/panther-Amazon.EKS.Audit.ndjson.gz") else { return };
    let samples = inflated(&std::fs::read(samples).unwrap());
    let events = std::str::from_utf8(&samples).unwrap().lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["event"].to_string() + "\n"
    });
    let mut workspace = Workspace::with_data("kubernetes");
    workspace.write("eks.log", events.collect::<String>());
    let (draft, said) = workspace.run();
    let artifact = &draft.artifacts[0];
    assert_eq!((artifact.records, artifact.rejected, said.usage.len()), (270, 270, 0));
    let gaps = gaps(&workspace, &draft.run);
    let numbers: Vec<_> = gaps.iter().filter_map(|g| g.record).collect();
    assert_eq!(numbers, (0..270).collect::<Vec<_>>());
    assert_eq!(draft.run.outcome, RunOutcome::Failed);
}
