//! What is wrong is told, and the rest is kept.

use serde_json::json;
use tenure_model::entry::RunOutcome;
use tenure_model::tables::TableId;

use super::support::{DETAILS, DETAILS_XML, REPORT, Read, capture, exchange, over};
use crate::support::{Workspace, at, gaps};

fn details(body: &str) -> serde_json::Value {
    exchange("GetAccountAuthorizationDetails", &json!({}), body)
}

#[test]
fn a_capture_that_was_cut_off() {
    let whole = capture(&[details(DETAILS), details(DETAILS_XML)]);
    let without_end: Vec<u8> = {
        let lines: Vec<_> = whole.split_inclusive(|b| *b == b'\n').collect();
        lines[..2].concat()
    };
    let read = Read::of(&without_end);
    assert_eq!((read.account.records, read.account.with_facts), (2, 2));
    assert!(read.causes().contains("no last line"), "{}", read.causes());
    let half = Read::of(&whole[..whole.len() / 2 - 40]);
    assert!(half.account.rejected > 0 || half.account.records < 2);
    let fewer = capture(&[details(DETAILS)]);
    let text = String::from_utf8(fewer).unwrap().replace("\"exchanges\":1", "\"exchanges\":3");
    assert!(Read::of(text.as_bytes()).causes().contains("declares 3 records, 1 were read"));
    assert!(Read::of(b"").causes().contains("no last line"));
}

#[test]
fn answers_that_are_none() {
    for (body, cause) in [
        ("<html><body>502 Bad Gateway</body></html>", "a document 'html', not one of AWS"),
        ("<GetAccountAuthorizationDetailsResponse><", "no XML"),
        ("Bad Gateway", "neither XML nor JSON"),
        ("[]", "no object"),
        (r#"{"UserDetailList": {}}"#, "UserDetailList is no list"),
    ] {
        let read = Read::of(&capture(&[details(body)]));
        assert_eq!((read.account.rejected, read.facts.len()), (1, 0), "{body}");
        assert!(read.causes().contains(cause), "{body}: {}", read.causes());
    }
    let mut failed = details("");
    failed["status"] = json!(503);
    assert!(Read::of(&capture(&[failed])).causes().contains("HTTP status 503"));
}

#[test]
fn one_bad_user_leaves_the_others() {
    let bad =
        DETAILS.replace("\"CreateDate\": \"2025-04-01T09:00:00Z\"", "\"CreateDate\": \"soon\"");
    let read = Read::of(&capture(&[details(&bad)]));
    assert!(read.causes().contains("UserDetailList[1]"), "{}", read.causes());
    let users = read.things(TableId::Identities);
    assert_eq!(users.keys().filter(|(kind, _)| kind == "iam-user").count(), 1);
    assert_eq!(read.account.with_facts, 1);
}

#[test]
fn without_a_date_of_creation_nothing_is_pinned() {
    let bare =
        r#"{"UserDetailList": [{"UserName": "x", "Arn": "arn:aws:iam::111122223333:user/x"}]}"#;
    let read = Read::of(&capture(&[details(bare)]));
    assert_eq!(read.causes(), "");
    assert_eq!(read.facts.len(), 1);
    assert!(matches!(read.facts[0].change, tenure_model::fact::Change::Seen { .. }));
}

#[test]
fn names_that_stand_twice() {
    let again = DETAILS.replace("2025-03-01T09:00:00Z", "2025-03-02T09:00:00Z");
    let read = Read::of(&capture(&[details(DETAILS), details(&again)]));
    assert!(read.causes().contains("user/alice' is listed twice"), "{}", read.causes());
    assert!(Read::of(&capture(&[details(DETAILS), details(DETAILS)])).causes().is_empty());
}

#[test]
fn another_account() {
    let other = DETAILS.replace("111122223333", "444455556666");
    let read = Read::of(&capture(&[details(&other)]));
    assert_eq!(read.account.rejected, 1);
    assert!(read.causes().contains("not of the account 111122223333"), "{}", read.causes());
}

#[test]
fn missing_pages() {
    let page = |number: u32, truncated: bool| {
        let body = format!(
            "<ListAccessKeysResponse><ListAccessKeysResult><AccessKeyMetadata/><IsTruncated>{truncated}</IsTruncated></ListAccessKeysResult></ListAccessKeysResponse>"
        );
        let mut line = exchange("ListAccessKeys", &json!({"UserName": "bob"}), &body);
        line["page"] = json!(number);
        line
    };
    let hole = Read::of(&capture(&[page(1, true), page(3, false)]));
    assert!(hole.causes().contains("page 2 of ListAccessKeys is missing"), "{}", hole.causes());
    let cut = Read::of(&capture(&[page(1, true), page(2, true)]));
    assert!(cut.causes().contains("more follows"), "{}", cut.causes());
    assert_eq!(Read::of(&capture(&[page(1, true), page(2, false)])).causes(), "");
}

#[test]
fn reports_that_are_none() {
    let report = |content: &str| {
        let body = json!({"Content": content, "ReportFormat": "text/csv"}).to_string();
        Read::of(&capture(&[exchange("GetCredentialReport", &json!({}), &body)])).causes()
    };
    assert!(report("%%%").contains("no base64"));
    assert!(report("dXNlcixuYW1lCg==").contains("no column 'arn'"));
    assert!(report("/w==").contains("not UTF-8"));
}

fn files() -> Workspace {
    let workspace = Workspace::with_data("aws-iam").set("as-of", "2026-02-01");
    Workspace { now: at("2026-02-02"), ..workspace }
}

#[test]
fn files_that_are_not_known_are_told() {
    let mut workspace = files();
    workspace.write("report.csv", REPORT);
    workspace.write("notes.txt", "nothing of AWS");
    workspace.write("sub/vpcs.json", "{\"Vpcs\": []}");
    workspace.write("empty.json", "");
    workspace.write("utf16.csv", b"\xff\xfeu\0");
    workspace.write("cut.json.gz", b"\x1f\x8b\x08\x00");
    workspace.write(
        "made.json",
        "{\"AccessKey\": {\"UserName\": \"bob\", \"AccessKeyId\": \"AKIAIOSFODNN7EXAMPLE\", \"SecretAccessKey\": \"wJalrXUtnFEMI\"}}",
    );
    let (draft, _) = workspace.run();
    let all = gaps(&workspace, &draft.run);
    let told: Vec<_> = all.iter().map(|gap| (gap.artifact.as_str(), gap.cause.as_str())).collect();
    assert_eq!(draft.run.outcome, RunOutcome::Partial);
    assert_eq!(draft.artifacts[0].with_facts, 1);
    assert_eq!(
        told.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        ["cut.json.gz", "empty.json", "made.json", "notes.txt", "sub/vpcs.json", "utf16.csv"]
    );
    assert!(told[2].1.contains("secret"), "{told:?}");
    let stored = workspace.blobs.get(&draft.artifacts[0].blob).unwrap();
    let stored = String::from_utf8(stored).unwrap();
    assert!(!stored.contains("wJalrXUtnFEMI"), "a secret is stored nowhere");
    let said = workspace.source().test(&workspace.checked()).unwrap();
    assert!(
        said.contains("GetCredentialReport") && said.contains("6 files are not read"),
        "{said}"
    );
}

#[test]
fn rows_of_a_report_that_are_wrong() {
    let mut workspace = files();
    let bad = REPORT
        .replace("deploy,arn", "alice,arn")
        .replace(":user/service-accounts/deploy", ":user/alice");
    workspace.write("twice.csv", bad);
    let (draft, said) = workspace.run();
    let causes: Vec<_> = gaps(&workspace, &draft.run).into_iter().map(|g| g.cause).collect();
    assert!(causes.len() == 1 && causes[0].contains("stands in a row before"), "{causes:?}");
    assert_eq!(super::support::things(&said, TableId::Identities).len(), 2);
}

#[test]
fn settings_that_make_no_sense() {
    let mut workspace = files();
    workspace.write("report.csv", REPORT);
    workspace.settings.insert("as-of".to_owned(), "yesterday".to_owned());
    let (draft, _) = workspace.run();
    assert_eq!(draft.run.outcome, RunOutcome::Failed);
    workspace.settings.insert("as-of".to_owned(), "2026-03-01".to_owned());
    assert!(workspace.run().0.run.gaps[0].cause.contains("not over yet"));
    // Files that mention what is after the instant were not made by then.
    workspace.settings.insert("as-of".to_owned(), "2026-01-01".to_owned());
    assert!(workspace.run().0.run.gaps[0].cause.contains("after the setting as-of"));
    let (draft, _) = over("/nonexistent/tenure").run();
    assert_eq!(draft.run.outcome, RunOutcome::Failed);
}

#[test]
fn files_of_no_account() {
    let mut workspace = files();
    let keys = "{\"AccessKeyMetadata\": [{\"UserName\": \"bob\", \"AccessKeyId\": \"AKIAIOSFODNN7EXAMPLE\", \"Status\": \"Active\"}]}";
    workspace.write("keys.json", keys);
    let (draft, _) = workspace.run();
    let reason = "it does not say of which account it is";
    assert_eq!(draft.artifacts[0].skipped.get(reason), Some(&1));
    let mut workspace = workspace.set("account", "111122223333");
    workspace.now = at("2026-02-03");
    assert_eq!(workspace.run().0.artifacts[0].with_facts, 1);
    workspace.write("details.json", DETAILS.replace("111122223333", "444455556666"));
    workspace.now = at("2026-02-04");
    let (draft, _) = workspace.run();
    assert_eq!(draft.artifacts[0].rejected, 1, "a file of another account is none of this one");
}
