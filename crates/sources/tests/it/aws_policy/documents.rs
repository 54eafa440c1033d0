//! Policy documents as they are written, well and badly.

use tenure_sources::aws_iam::policy::{Attached, Via};
use tenure_sources::aws_iam::policy::{
    Document, Effect, Level, PartyKind, Principal, Selector, evaluate,
};

use super::support::{ALICE, document, policy};

#[test]
fn one_statement_or_many_one_text_or_many() {
    let one = document(
        r#"{"Version":"2012-10-17","Statement":{"Sid":"A","Effect":"Allow","Action":"s3:Get*","Resource":"*"}}"#,
    );
    assert_eq!(one.version.as_deref(), Some("2012-10-17"));
    assert_eq!(one.statements[0].actions, Selector::Only(vec!["s3:Get*".to_owned()]));
    let many = document(
        r#"{"Statement":[{"Effect":"Deny","NotAction":["a:b","c:d"],"NotResource":["x","y"],"Condition":{"Bool":{"b":"1","a":"2"}}},
            {"Effect":"Allow","Principal":{"AWS":["1","2"],"Service":"s"},"Action":"*"}]}"#,
    );
    let [first, second] = &many.statements[..] else { panic!("two statements") };
    assert_eq!(first.effect, Effect::Deny);
    assert_eq!(first.resources, Some(Selector::AllBut(vec!["x".to_owned(), "y".to_owned()])));
    assert_eq!(first.condition.as_deref(), Some(r#"{"Bool":{"a":"2","b":"1"}}"#));
    let kinds: Vec<_> = second.parties.iter().map(|party| party.kind).collect();
    assert_eq!(kinds, [PartyKind::Aws, PartyKind::Aws, PartyKind::Service]);
    assert_eq!(second.resources, None);
}

#[test]
fn encoded_and_marked_documents_are_read() {
    let plain = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let marked = format!("\u{feff}  {plain}\n");
    let encoded = "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D";
    for text in [plain, &marked, encoded] {
        assert_eq!(document(text).statements.len(), 1, "{text}");
    }
}

#[test]
fn a_bad_statement_is_reported_and_the_rest_kept() {
    let good = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#;
    for (bad, cause) in [
        ("7", "statement is not an object"),
        (r#"{"Effect":"allow","Action":"*","Resource":"*"}"#, "Effect is neither"),
        (r#"{"Effect":"Allow","Resource":"*"}"#, "neither Action nor NotAction"),
        (r#"{"Effect":"Allow","Action":"*","NotAction":"*"}"#, "beside its opposite"),
        (r#"{"Effect":"Allow","Action":{"a":1},"Resource":"*"}"#, "Action is not text"),
        (
            r#"{"Effect":"Allow","Action":"a:b","Action":"*","Resource":"*"}"#,
            "'Action' is there twice",
        ),
        (
            r#"{"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"}"#,
            "'Effect' is there twice",
        ),
        (
            r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":[1]}"#,
            "Condition is not an object",
        ),
        (r#"{"Effect":"Allow","Action":"*","Resource":"*","action":"x"}"#, "'action' is not known"),
        (r#"{"Effect":"Allow","Action":"*","Principal":{"Robot":"x"}}"#, "'Robot' are not known"),
        (r#"{"Effect":"Allow","Action":"*","Principal":7}"#, "neither '*' nor an object"),
    ] {
        let read = policy(&format!("{bad},{good}"));
        assert_eq!(read.statements.len(), 1, "{bad}");
        let [problem] = &read.problems[..] else { panic!("one problem of {bad}") };
        assert_eq!(problem.index, 0);
        assert!(problem.cause.contains(cause), "{bad}: {}", problem.cause);
    }
}

#[test]
fn what_is_no_policy_is_an_error() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for text in ["", "no", "[]", "7", "{}", r#"{"Statement":[],"Statement":[]}"#, &deep] {
        let error = Document::parse(text).expect_err("no policy").to_string();
        assert!(error.starts_with("policy document"), "{error}");
    }
    assert!(document(r#"{"Statement":[]}"#).statements.is_empty());
}

#[test]
fn a_pattern_longer_than_any_arn_is_refused() {
    let long = "*a".repeat(1_000_000);
    let read = policy(&format!(r#"{{"Effect":"Allow","Action":"{long}","Resource":"*"}}"#));
    assert_eq!(read.problems[0].cause, "Action is longer than 4096 bytes");
}

/// What cannot be read may give anything: unknown, never nothing.
#[test]
fn an_unreadable_statement_or_document_is_an_unknown_privilege() {
    let broken = policy(r#"{"Effect":"Allow","Resource":"*"},{"Effect":"Deny","Resource":"*"}"#);
    let attached = |id, document| Attached { id, via: Via::Direct, document };
    let effective = evaluate(&Principal {
        arn: ALICE,
        attached: vec![attached("broken", Some(&broken)), attached("missing", None)],
        ..Principal::default()
    });
    let rows: Vec<_> = effective
        .services
        .iter()
        .map(|row| (row.service.as_str(), row.statement.as_str(), row.level))
        .collect();
    assert_eq!(rows, [("*", "broken#0", Level::Unknown), ("*", "missing", Level::Unknown)]);
    assert_eq!(
        effective.notes,
        [
            "cannot be read: broken#0 Allow: neither Action nor NotAction",
            "cannot be read: broken#1 Deny: neither Action nor NotAction",
            "document not known: missing",
        ]
    );
}

#[test]
fn statements_are_named_by_their_own_sid_or_by_their_place() {
    let read = policy(
        r#"{"Sid":"A","Effect":"Allow","Action":"s3:GetObject","Resource":"*"},
           {"Sid":"B","Effect":"Allow","Action":"s3:GetObject","Resource":"*"},
           {"Sid":"B","Effect":"Allow","Action":"s3:GetObject","Resource":"*"},
           {"Sid":"","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#,
    );
    let labels: Vec<_> = read.statements.iter().map(|statement| read.label(statement)).collect();
    assert_eq!(labels, ["#A", "#1", "#2", "#3"]);
}
