//! The audit log of a real OpenBao, as the device wrote it: see `fixtures/vault/README.md`.

use tenure_model::entry::RunOutcome;
use tenure_model::fact::{Change, Fact, UsageEvent, UseOutcome};
use tenure_model::tables::TableId;

use crate::support::{Said, Workspace, at, fixture, text, time};

fn run() -> Said {
    let mut workspace = Workspace::with_data("vault").set("device", "a");
    let log = std::fs::read(fixture("vault/openbao-2.7.2-audit.log.gz")).unwrap();
    workspace.write("audit-a.log.gz", log);
    workspace.now = at("2026-12-01");
    let (draft, said) = workspace.run();
    assert_eq!(draft.run.outcome, RunOutcome::Complete, "{:?}", draft.run.gaps);
    let artifact = &draft.artifacts[0];
    assert_eq!((artifact.records, artifact.with_facts, artifact.rejected), (65, 33, 0));
    assert_eq!(artifact.integrity["request_response_pairs"], "verified");
    assert_eq!(artifact.integrity["audit_device_trials"], "1");
    said
}

fn credentials<'a>(said: &'a Said, kind: &str) -> Vec<&'a Fact> {
    said.table(TableId::Credentials).into_iter().filter(|f| f.native_type == kind).collect()
}

fn uses<'a>(said: &'a Said, path: &str) -> Vec<&'a UsageEvent> {
    let all = said.usage.iter().map(|(_, _, u)| u);
    all.filter(|u| u.resource.as_deref() == Some(path)).collect()
}

#[test]
fn a_secret_id_is_made_used_and_destroyed() {
    let said = run();
    let [made, gone] = credentials(&said, "approle-secret-id")[..] else { panic!("two facts") };
    assert!(matches!(made.change, Change::Begun { .. }));
    assert!(matches!(gone.change, Change::Ended { .. }));
    assert_eq!(made.native_id, gone.native_id);
    let created = time(made, "created_at_src").unwrap();
    assert_eq!(time(made, "expires_at"), Some(created.plus_micros(3_600_000_000)));
    let [login] = uses(&said, "auth/approle/login")[..] else { panic!("one sign-in") };
    assert_eq!(login.credential_key.as_deref(), text(made, "public_id"));
    // The token that the sign-in gave was used, and then revoked by itself.
    let issued = login.issued_key.as_deref().unwrap();
    let of: Vec<_> =
        credentials(&said, "token").into_iter().filter(|f| f.native_id == issued).collect();
    assert!(matches!(of[0].change, Change::Begun { .. }));
    assert!(of.iter().any(|f| matches!(f.change, Change::Ended { .. })));
    assert_eq!(text(of[0], "issued_for"), Some("approle"));
    let [revoked] = uses(&said, "auth/token/revoke-self")[..] else { panic!("one revocation") };
    assert_eq!(revoked.credential_key.as_deref(), Some(issued));
}

#[test]
fn secrets_are_written_passwords_changed_and_a_certificate_issued() {
    let said = run();
    let kept = credentials(&said, "kept-secret");
    let versions: Vec<_> = kept.iter().filter_map(|f| text(f, "material")).collect();
    assert_eq!(versions, ["version 1", "version 2"]);
    assert!(matches!(kept.last().unwrap().change, Change::Ended { .. }));
    let passwords = credentials(&said, "password");
    let passwords: Vec<_> = passwords.iter().filter_map(|f| text(f, "material")).collect();
    assert!(passwords.len() == 2 && passwords[0] != passwords[1]);
    let certificate = credentials(&said, "certificate")[0];
    assert!(time(certificate, "expires_at") > time(certificate, "created_at_src"));
}

#[test]
fn refusals_are_refusals() {
    let said = run();
    let [list] = uses(&said, "sys/policies/acl/")[..] else { panic!("one listing") };
    assert_eq!(list.outcome, Some(UseOutcome::Denied));
    let logins: Vec<_> = uses(&said, "auth/userpass/login/ann").iter().map(|u| u.outcome).collect();
    assert_eq!(logins, [Some(UseOutcome::Success), Some(UseOutcome::Denied)]);
    let root = said.usage.iter().filter(|(_, _, u)| u.actor_type.as_deref() == Some("root"));
    assert_eq!(root.count(), 21);
}
