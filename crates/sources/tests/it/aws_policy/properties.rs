//! Properties: more allows never lower, more denies and bounds never raise; nothing panics.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};
use tenure_sources::aws_iam::policy::{Document, Level, trusts};

use super::support::{ALICE, Scene, document, levels};

const SERVICES: [&str; 5] = ["iam", "s3", "sqs", "sts", "madeup"];

/// What a principal can do to each service at most, and by which paths it can gain more.
struct Reach {
    levels: BTreeMap<String, Level>,
    paths: BTreeSet<String>,
}

impl Reach {
    fn of(scene: &Scene) -> Self {
        let effective = scene.effective();
        let paths = effective.escalations.iter().map(|path| path.name.clone()).collect();
        Self { levels: levels(&effective), paths }
    }

    /// By a row of the service's own, or by the row of all.
    fn at(&self, service: &str) -> u8 {
        let of = |name: &str| match self.levels.get(name) {
            None => 0,
            Some(Level::Read) => 1,
            Some(Level::Unknown) => 2,
            Some(Level::Write) => 3,
            Some(Level::Admin) => 4,
        };
        // Of a service that no catalogue knows, a row of all services may say everything.
        if service == "madeup" && of("*") > 0 { 4 } else { of(service).max(of("*")) }
    }

    /// Whether the other reaches no more; an administrator has every path.
    fn has_all(&self, other: &Self) -> bool {
        SERVICES.iter().all(|service| self.at(service) >= other.at(service))
            && (self.paths.contains("Administrator") || other.paths.is_subset(&self.paths))
    }
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn more_allows_never_lower(own in mixed(), extra in document_of("Allow")) {
        let less = scene(&own, None, &[]);
        let more = scene(&[own, vec![extra]].concat(), None, &[]);
        prop_assert!(Reach::of(&more).has_all(&Reach::of(&less)));
    }

    #[test]
    fn more_denies_and_bounds_never_raise(
        own in mixed(),
        deny in document_of("Deny"),
        bound in document_of("Allow"),
        scp in document_of("Allow"),
    ) {
        let more = Reach::of(&scene(&own, None, &[]));
        let denied = Reach::of(&scene(&[own.clone(), vec![deny]].concat(), None, &[]));
        let bounded = Reach::of(&scene(&own, Some(&bound), &[]));
        let both = Reach::of(&scene(&own, Some(&bound), &[&scp]));
        prop_assert!(more.has_all(&denied), "a deny");
        prop_assert!(more.has_all(&bounded), "a boundary");
        prop_assert!(bounded.has_all(&both), "a service control policy");
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
