//! What a small account says of itself, in the shapes of AWS's documentation.

use tenure_model::Timestamp;
use tenure_model::entry::{CoverageStatus, RunKind, RunOutcome};
use tenure_model::fact::{Change, Fact, Value};
use tenure_model::tables::TableId;

use super::support::{DETAILS, DETAILS_XML, REPORT, flag, text, things, time};
use super::support::{Read, capture, exchange};
use crate::support::{Said, Workspace, at, gaps, gzip};

const ALICE: &str = "arn:aws:iam::111122223333:user/alice";
const DEPLOY: &str = "arn:aws:iam::111122223333:user/deploy";
const CI: &str = "arn:aws:iam::111122223333:role/ci";
const AUDITOR: &str = "arn:aws:iam::111122223333:role/auditor";

fn account() -> Workspace {
    let workspace = Workspace::with_data("aws-iam").set("as-of", "2026-02-01");
    workspace.write("details.json", DETAILS);
    workspace.write("report.csv.gz", gzip(REPORT.as_bytes()));
    Workspace { now: at("2026-02-02"), ..workspace }
}

fn get(said: &Said, table: TableId, kind: &str, id: &str) -> tenure_model::fact::Attrs {
    let things = things(said, table);
    let found = things.get(&(kind.to_owned(), id.to_owned())).cloned();
    found.unwrap_or_else(|| panic!("no {kind} {id} in {:?}", things.keys()))
}

#[test]
fn with_an_as_of_the_run_is_complete() {
    let mut workspace = account();
    let (draft, _) = workspace.run();
    assert_eq!(gaps(&workspace, &draft.run), []);
    assert_eq!((draft.run.outcome, draft.run.kind), (RunOutcome::Complete, RunKind::Full));
    assert_eq!(draft.artifacts.len(), 1);
    assert_eq!(draft.artifacts[0].name, "files/2026-02-02T00:00:00Z.ndjson");
    assert_eq!((draft.artifacts[0].records, draft.artifacts[0].with_facts), (2, 2));
    let scope = "files of any account: GetAccountAuthorizationDetails, GetCredentialReport";
    assert_eq!(draft.run.scope, scope);
    let streams: Vec<_> = draft.coverage.iter().map(|c| (c.stream.as_str(), c.status)).collect();
    let asserted = CoverageStatus::Asserted;
    assert_eq!(
        streams,
        [
            ("iam-state", asserted),
            ("iam-state/credential-report", asserted),
            ("iam-state/identities", asserted)
        ]
    );
}

#[test]
fn older_files_take_nothing_as_gone() {
    let mut workspace = account();
    workspace.run();
    workspace.settings.insert("as-of".to_owned(), "2026-01-31T13:00:00Z".to_owned());
    workspace
        .write("details.json", DETAILS.replace("2026-01-31T23:59:59Z", "2026-01-30T00:00:00Z"));
    let (draft, _) = workspace.run();
    let causes: Vec<_> = gaps(&workspace, &draft.run).into_iter().map(|g| g.cause).collect();
    assert!(causes.len() == 1 && causes[0].contains("older than those"), "{causes:?}");
    assert_eq!(draft.run.outcome, RunOutcome::Partial);
}

#[test]
fn users_and_what_is_known_of_them() {
    let (_, said) = account().run();
    let alice = get(&said, TableId::Identities, "iam-user", ALICE);
    assert_eq!(text(&alice, "kind"), "human");
    assert_eq!(text(&alice, "kind_basis"), "it has a console password and a multi-factor device");
    assert_eq!(flag(&alice, "mfa"), Some(true));
    assert_eq!(text(&alice, "boundary"), "policy:arn:aws:iam::111122223333:policy/Boundary");
    assert_eq!(time(&alice, "last_auth_at"), Some(at("2026-01-30T08:15:00Z")));
    assert_eq!(time(&alice, "created_at_src"), Some(at("2025-03-01T09:00:00Z")));
    let deploy = get(&said, TableId::Identities, "iam-user", DEPLOY);
    assert_eq!(text(&deploy, "kind"), "service_account");
    assert_eq!(text(&deploy, "kind_basis"), "it lies in the path /service-accounts/");
    assert_eq!(
        text(&deploy, "display_name"),
        "arn:aws:iam::111122223333:user/service-accounts/deploy"
    );
    assert_eq!(text(&deploy, "environment"), "production");
    assert_eq!(text(&deploy, "tier"), "T1");
    assert_eq!(text(&deploy, "purpose"), "deploys the shop & its API");
    assert!(text(&deploy, "tags").contains("\"owner\":\"team platform\""));
    let root = get(&said, TableId::Identities, "root", "arn:aws:iam::111122223333:root");
    assert_eq!((text(&root, "kind"), flag(&root, "mfa")), ("break_glass", Some(true)));
}

#[test]
fn dates_of_creation_pin_beginnings_and_say_no_more() {
    let (_, said) = account().run();
    let of_alice = |fact: &&&Fact| fact.native_id == ALICE;
    let identities = said.table(TableId::Identities);
    let begun: Vec<_> = identities
        .iter()
        .filter(of_alice)
        .filter(|fact| matches!(fact.change, Change::Begun { .. }))
        .collect();
    let created = at("2025-03-01T09:00:00Z");
    assert!(!begun.is_empty() && begun.iter().all(|fact| fact.change.at() == created));
    assert!(begun.iter().all(|fact| fact.attrs.keys().eq(["login"])), "{begun:?}");
    let seen: Vec<Timestamp> = identities
        .iter()
        .filter(of_alice)
        .filter(|fact| matches!(fact.change, Change::Seen { .. }))
        .map(|fact| fact.change.at())
        .collect();
    assert!(!seen.is_empty() && seen.iter().all(|seen| *seen == at("2026-02-01")), "{seen:?}");
    let grants = said.table(TableId::Grants);
    let pinned = grants.iter().filter(|fact| !matches!(fact.change, Change::Seen { .. }));
    assert_eq!(pinned.count(), 0, "since when a right is held, no listing says");
}

#[test]
fn the_owner_a_tag_names() {
    let (_, said) = account().run();
    let owned = things(&said, TableId::Ownerships);
    let owners: Vec<_> = owned.values().map(|o| (text(o, "target"), text(o, "owner"))).collect();
    assert_eq!(owners, [(ALICE, "ada@example.com"), (DEPLOY, "team platform")]);
}

#[test]
fn slots_passwords_and_devices_of_the_report() {
    let (_, said) = account().run();
    let credentials = things(&said, TableId::Credentials);
    let kinds: Vec<_> = credentials.keys().map(|(kind, id)| (kind.as_str(), id.as_str())).collect();
    let slot = |n| format!("{DEPLOY}/access_key_{n}");
    let certificate = format!("{DEPLOY}/cert_1");
    assert_eq!(
        kinds,
        [
            ("access-key-slot", slot(1).as_str()),
            ("access-key-slot", slot(2).as_str()),
            ("login-profile", ALICE),
            ("signing-certificate-slot", certificate.as_str()),
        ]
    );
    let first = get(&said, TableId::Credentials, "access-key-slot", &slot(1));
    assert_eq!(time(&first, "last_used_at"), Some(at("2026-01-31T12:00:00Z")));
    assert_eq!((text(&first, "last_used_service"), text(&first, "slot")), ("s3", "access_key_1"));
    assert_eq!(text(&first, "last_used_source"), "credential_report");
    let second = get(&said, TableId::Credentials, "access-key-slot", &slot(2));
    assert_eq!(flag(&second, "never_used"), Some(true));
    assert_eq!(second.get("last_used_at"), None);
    let password = get(&said, TableId::Credentials, "login-profile", ALICE);
    assert_eq!(text(&password, "material"), "set 2025-12-01T09:00:00Z");
}

#[test]
fn a_slot_is_the_key_that_was_created_then() {
    let workspace = account().set("account", "111122223333");
    workspace.write(
        "keys.json",
        r#"{"AccessKeyMetadata": [
            {"UserName": "deploy", "AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "Status": "Active", "CreateDate": "2025-04-01T09:05:00Z"},
            {"UserName": "deploy", "AccessKeyId": "AKIAI44QH8DHBEXAMPLE", "Status": "Inactive", "CreateDate": "2025-10-01T10:00:00Z"}]}
        {"AccessKeyMetadata": []}"#,
    );
    workspace.write(
        "AKIAI44QH8DHBEXAMPLE.json",
        r#"{"UserName": "deploy", "AccessKeyLastUsed": {"LastUsedDate": "2026-01-31T20:00:00Z", "ServiceName": "sts", "Region": "us-east-1"}}"#,
    );
    let mut workspace = workspace;
    let (draft, said) = workspace.run();
    assert_eq!(gaps(&workspace, &draft.run), []);
    let slots = things(&said, TableId::Credentials);
    assert!(slots.keys().all(|(kind, _)| kind != "access-key-slot"), "{:?}", slots.keys());
    let key = |id| get(&said, TableId::Credentials, "access-key", id);
    let first = key("AKIAIOSFODNN7EXAMPLE");
    assert_eq!(text(&first, "identity_id"), format!("iam-user/{DEPLOY}"));
    assert_eq!((text(&first, "status"), text(&first, "last_used_service")), ("active", "s3"));
    // Asked for on its own, the last use is newer than the report, which knows of none.
    let second = key("AKIAI44QH8DHBEXAMPLE");
    assert_eq!(text(&second, "last_used_source"), "get_access_key_last_used");
    assert_eq!((flag(&second, "never_used"), text(&second, "status")), (Some(false), "inactive"));
}

#[test]
fn rights_and_who_holds_them() {
    let (_, said) = account().run();
    let grants = things(&said, TableId::Grants);
    let held: Vec<_> = grants
        .values()
        .filter(|grant| !text(grant, "entitlement").starts_with("assume:"))
        .map(|grant| (text(grant, "principal"), text(grant, "entitlement")))
        .collect();
    let admin = "policy:arn:aws:iam::aws:policy/AdministratorAccess";
    let inline = format!("inline:{DEPLOY}/logs");
    assert_eq!(
        held,
        [
            ("arn:aws:iam::111122223333:group/Admins", admin),
            (CI, admin),
            (ALICE, "group:111122223333/Admins"),
            (DEPLOY, inline.as_str()),
            (DEPLOY, "policy:arn:aws:iam::111122223333:policy/ci/Deploy"),
        ]
    );
    let administrator = get(&said, TableId::Entitlements, "policy", admin);
    assert_eq!(
        (text(&administrator, "level"), flag(&administrator, "privileged")),
        ("admin", Some(true))
    );
    // The version in force counts, not the one before it.
    let id = "policy:arn:aws:iam::111122223333:policy/ci/Deploy";
    assert_eq!(text(&get(&said, TableId::Entitlements, "policy", id), "level"), "unknown");
}

#[test]
fn who_may_assume_a_role() {
    let (_, said) = account().run();
    let grants = things(&said, TableId::Grants);
    let trusted = |role: &str| {
        let right = format!("assume:{role}");
        let of_role = grants.values().filter(move |grant| text(grant, "entitlement") == right);
        of_role
            .map(|g| (text(g, "principal"), text(g, "effect"), text(g, "condition_expr")))
            .collect::<Vec<_>>()
    };
    let external = r#"{"StringEquals":{"sts:ExternalId":"42"}}"#;
    let plain = r#"{"Bool":{"aws:SecureTransport":"false"}}"#;
    assert_eq!(
        trusted(AUDITOR),
        [
            ("*", "deny", plain),
            ("arn:aws:iam::999988887777:role/reader", "allow", external),
            ("arn:aws:iam::999988887777:root", "allow", external),
            ("ec2.amazonaws.com", "allow", ""),
        ]
    );
    let github = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
    let subject =
        r#"{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:example/shop:*"}}"#;
    assert_eq!(trusted(CI), [(github, "allow", subject)]);
    let assume = get(&said, TableId::Entitlements, "role-trust", &format!("assume:{CI}"));
    assert_eq!((text(&assume, "purpose"), text(&assume, "resource")), ("trust", CI));
    assert_eq!(flag(&assume, "privileged"), Some(true), "the role is an administrator");
    let linked = "arn:aws:iam::111122223333:role/AWSServiceRoleForSupport";
    assert_eq!(text(&get(&said, TableId::Identities, "iam-role", linked), "kind"), "system");
    let setting = get(&said, TableId::Configurations, "role-trust", &format!("{CI}#trust-policy"));
    assert!(text(&setting, "value").starts_with("{\"Statement\":"));
}

#[test]
fn what_they_can_do_in_the_end() {
    let (_, said) = account().run();
    let privileges = things(&said, TableId::Privileges);
    let of = |arn: &str| {
        let rows = privileges.values().filter(|row| text(row, "principal") == arn);
        rows.filter(|row| text(row, "kind") == "service")
            .map(|row| (text(row, "service"), text(row, "level"), text(row, "path_kind")))
            .collect::<Vec<_>>()
    };
    assert!(of(CI).contains(&("*", "admin", "direct")), "{:?}", of(CI));
    let deploy = of(DEPLOY);
    assert!(
        deploy.iter().any(|(service, level, _)| (*service, *level) == ("s3", "write")),
        "{deploy:?}"
    );
    assert!(deploy.iter().all(|(service, ..)| *service != "*"), "v1 is not in force: {deploy:?}");
    // Alice's boundary is not in the capture, so what the group gives her is not certain.
    let alice = of(ALICE);
    assert!(!alice.is_empty() && alice.iter().all(|(.., path)| *path == "group"), "{alice:?}");
}

#[test]
fn xml_and_json_are_the_same_answer() {
    let read = |body: &str| {
        let line = exchange("GetAccountAuthorizationDetails", &serde_json::json!({}), body);
        Read::of(&capture(&[line]))
    };
    let (json, xml) = (read(DETAILS), read(DETAILS_XML));
    assert_eq!((json.causes(), xml.causes()), (String::new(), String::new()));
    assert!(json.facts.len() > 40);
    assert_eq!(json.facts, xml.facts);
    assert!(json.facts.iter().all(|fact| !fact.attrs.values().any(|v| *v == Value::from("N/A"))));
}
