//! Properties: more allows never lower, more denies and bounds never raise; nothing panics.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};
use tenure_sources::aws_iam::policy::{Document, Level, trusts};

use super::support::{ALICE, Scene, document};

const SERVICES: [&str; 5] = ["iam", "s3", "sqs", "sts", "madeup"];

/// What a principal can do to a service at most; by a row of its own, or by the row of all.
fn reach(scene: &Scene, service: &str) -> u8 {
    let levels = scene.levels();
    let rank = |level: &Level| match level {
        Level::Read => 1,
        Level::Unknown => 2,
        Level::Write => 3,
        Level::Admin => 4,
    };
    let of = |name: &str| levels.get(name).map_or(0, rank);
    // Of a service that no catalogue knows, a row of all services may say everything.
    if service == "madeup" && of("*") > 0 { 4 } else { of(service).max(of("*")) }
}

fn action() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "*",
        "s3:*",
        "s3:Get*",
        "s3:PutObject",
        "s3:*Object*",
        "iam:*",
        "iam:Put*",
        "iam:PassRole",
        "iam:PutUserPolicy",
        "sqs:*",
        "sqs:ReceiveMessage",
        "sts:AssumeRole",
        "madeup:*",
        "madeup:Do",
        "madeup:Get*",
        "*:*",
    ])
}

fn resource() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "*",
        "arn:aws:s3:::*",
        "arn:aws:s3:::bucket/*",
        "arn:aws:iam::123456789012:user/alice",
        "arn:aws:iam::*:user/${aws:username}",
        "arn:aws:iam::*:role/*",
    ])
}

fn statement(effect: &'static str) -> impl Strategy<Value = Value> {
    let actions = prop::collection::vec(action(), 1..3);
    let resources = prop::collection::vec(resource(), 1..3);
    (actions, resources, any::<[bool; 3]>()).prop_map(
        move |(actions, resources, [not, but, if_mfa])| {
            let mut statement = json!({"Effect": effect});
            statement[if not { "NotAction" } else { "Action" }] = json!(actions);
            statement[if but { "NotResource" } else { "Resource" }] = json!(resources);
            if if_mfa {
                statement["Condition"] = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
            }
            statement
        },
    )
}

/// The text of a document, so that a failure shows it.
fn document_of(effect: &'static str) -> impl Strategy<Value = String> {
    prop::collection::vec(statement(effect), 1..4).prop_map(|statements| {
        json!({"Version": "2012-10-17", "Statement": statements}).to_string()
    })
}

fn mixed() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(prop_oneof![document_of("Allow"), document_of("Deny")], 1..4)
}

fn scene(own: &[String], boundary: Option<&str>, scps: &[&str]) -> Scene {
    Scene {
        own: own.iter().map(|text| document(text)).collect(),
        boundary: boundary.map(document),
        scps: scps.iter().map(|text| vec![document(text)]).collect(),
        ..Scene::default()
    }
}

fn names(scene: &Scene) -> BTreeSet<String> {
    scene.paths().into_iter().collect()
}

/// Whether all paths of the one are open to the other; an administrator has every path.
fn includes(more: &Scene, less: &Scene) -> bool {
    let more = names(more);
    more.contains("Administrator") || names(less).is_subset(&more)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn more_allows_never_lower(own in mixed(), extra in document_of("Allow")) {
        let less = scene(&own, None, &[]);
        let more = scene(&[own, vec![extra]].concat(), None, &[]);
        for service in SERVICES {
            prop_assert!(reach(&more, service) >= reach(&less, service), "{service}");
        }
        prop_assert!(includes(&more, &less));
    }

    #[test]
    fn more_denies_and_bounds_never_raise(
        own in mixed(),
        deny in document_of("Deny"),
        bound in document_of("Allow"),
        scp in document_of("Allow"),
    ) {
        let more = scene(&own, None, &[]);
        let denied = scene(&[own.clone(), vec![deny]].concat(), None, &[]);
        let bounded = scene(&own, Some(&bound), &[]);
        let both = scene(&own, Some(&bound), &[&scp]);
        for (less, more) in [(&denied, &more), (&bounded, &more), (&both, &bounded)] {
            for service in SERVICES {
                prop_assert!(reach(less, service) <= reach(more, service), "{service}");
            }
            prop_assert!(includes(more, less));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        let _ = Document::parse(&text);
    }

    /// Documents that are nearly policies: each statement is kept or is a problem.
    #[test]
    fn statements_are_all_accounted_for(statements in prop::collection::vec(nearly(), 0..6)) {
        let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let read = document(&text);
        prop_assert_eq!(read.statements.len() + read.problems.len(), statements.len());
        let _ = trusts(&read, "123456789012");
        let scene = Scene {
            own: vec![read.clone()],
            boundary: Some(read.clone()),
            resources: vec![(ALICE.to_owned(), read)],
            ..Scene::default()
        };
        prop_assert_eq!(scene.effective(), scene.effective());
    }
}

/// A value of any shape, or a statement with elements of any shape.
fn nearly() -> impl Strategy<Value = Value> {
    let keys = vec![
        "Sid",
        "Effect",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Principal",
        "Condition",
    ];
    let element = (prop::sample::select(keys), value());
    prop_oneof![
        value().prop_map(|value| if value.is_array() { Value::Null } else { value }),
        prop::collection::vec(element, 0..5).prop_map(|pairs| {
            let mut statement = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"});
            for (key, value) in pairs {
                statement[key] = value;
            }
            statement
        }),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z*?:${}]{0,12}".prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        Just(Value::from("*")),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[A-Z]{0,4}", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}
