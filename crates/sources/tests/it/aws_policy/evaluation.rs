//! The evaluation logic as AWS documents it: IAM User Guide, "Policy evaluation logic",
//! "Permissions boundaries for IAM entities", "NotAction", "NotResource", and AWS Organizations User
//! Guide, "SCP evaluation".

use tenure_model::Timestamp;
use tenure_model::fact::{Change, Value};
use tenure_sources::aws_iam::policy::{
    Attached, Bound, Level, PathKind, Principal, Via, evaluate, facts,
};

use super::support::{ALICE, Scene, document, policy, row, statement, text};

fn levels_of(statements: &str) -> String {
    text(&Scene::own(statements).levels())
}

fn allow(action: &str) -> String {
    statement("Allow", action, "*")
}

fn deny(action: &str) -> String {
    statement("Deny", action, "*")
}

#[test]
fn levels_come_from_what_the_actions_do() {
    for (action, level) in [
        ("s3:GetObject", "s3=read"),
        ("s3:Get*", "s3=read"),
        ("S3:LISTbucket", "s3=read"),
        ("s3:PutObject", "s3=write"),
        ("s3:*Object", "s3=write"),
        ("s3:*", "s3=admin"),
        ("iam:PassRole", "iam=write"),
        ("ec2:*Describe*", "ec2=read"),
        ("ec2:D*", "ec2=write"),
        ("*", "*=admin"),
        ("*:*", "*=admin"),
        ("sns:G?t*", "sns=read"),
        // Not in the catalogue: by the verb.
        ("madeup:DescribeThing", "madeup=read"),
        ("madeup:CheckoutThing", "madeup=write"),
        ("madeup:G*", "madeup=unknown"),
        ("madeup:*", "madeup=admin"),
    ] {
        assert_eq!(levels_of(&allow(action)), level, "{action}");
    }
}

#[test]
fn what_is_not_on_every_resource_is_not_admin() {
    for (resource, level) in [
        ("*", "s3=admin"),
        ("arn:aws:s3:::*", "s3=admin"),
        ("arn:aws:s3:::bucket", "s3=write"),
        ("arn:aws:s3:::bucket/*", "s3=write"),
        ("arn:aws:ec2:*:*:*", "s3=write"),
    ] {
        assert_eq!(levels_of(&statement("Allow", "s3:*", resource)), level, "{resource}");
    }
    assert_eq!(levels_of(&statement("Allow", "*", "arn:aws:s3:::bucket")), "*=write");
}

#[test]
fn an_explicit_deny_wins() {
    assert_eq!(levels_of(&format!("{},{}", allow("iam:*"), deny("iam:*"))), "");
    assert_eq!(levels_of(&format!("{},{}", allow("*"), deny("*"))), "");
    // From any policy: the deny is in a group's.
    let scene = Scene {
        groups: vec![("all".to_owned(), policy(&deny("s3:*")))],
        ..Scene::own(&format!("{},{}", allow("s3:*"), allow("sqs:ListQueues")))
    };
    assert_eq!(text(&scene.levels()), "sqs=read");
    // What the deny leaves is still there.
    let left = format!("{},{}", allow("s3:*"), deny("s3:Put*"));
    let effective = Scene::own(&left).effective();
    assert_eq!(row(&effective, "s3").level, Level::Write);
    assert_eq!(row(&effective, "s3").note.as_deref(), Some("denied in part by own0#1"));
}

/// A deny under a condition, or on some resources only, cannot be assumed to bite.
#[test]
fn a_deny_that_may_not_bite_is_noted() {
    let conditional = r#"{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}"#;
    let effective = Scene::own(&format!("{},{conditional}", allow("s3:*"))).effective();
    assert_eq!(row(&effective, "s3").level, Level::Admin);
    assert_eq!(
        row(&effective, "s3").note.as_deref(),
        Some("may be denied under a condition by own0#1")
    );
    let some = statement("Deny", "s3:*", "arn:aws:s3:::secret");
    let effective = Scene::own(&format!("{},{some}", allow("s3:*"))).effective();
    assert_eq!(row(&effective, "s3").note.as_deref(), Some("denied on some resources by own0#1"));
    // It does bite where it is about all that is allowed, and it is no matter elsewhere.
    let on = |resource| statement("Allow", "s3:GetObject", resource);
    assert_eq!(levels_of(&format!("{},{some}", on("arn:aws:s3:::secret"))), "");
    let effective = Scene::own(&format!("{},{some}", on("arn:aws:s3:::other/*"))).effective();
    assert_eq!(row(&effective, "s3").note, None);
}

#[test]
fn not_action_is_all_but() {
    let effective =
        Scene::own(r#"{"Effect":"Allow","NotAction":["iam:*","organizations:*"],"Resource":"*"}"#)
            .effective();
    let every = row(&effective, "*");
    assert_eq!(every.level, Level::Write, "not everything");
    assert_eq!(every.actions, ["NotAction", "iam:*", "organizations:*"]);
    assert_eq!(
        every.note.as_deref(),
        Some("nothing of iam, organizations; everything of services that are not in the catalogue")
    );
    assert_eq!(row(&effective, "s3").level, Level::Admin);
    assert!(!effective.services.iter().any(|row| row.service == "iam"));
    // What it leaves of a service is a row, where that differs.
    let writes = Scene::own(
        r#"{"Effect":"Allow","NotAction":["iam:*"],"Resource":"*"},
        {"Effect":"Deny","NotAction":["s3:Get*","s3:List*","sqs:*"],"Resource":"*"}"#,
    );
    assert_eq!(text(&writes.levels()), "s3=read sqs=admin");
}

#[test]
fn what_not_action_leaves_may_be_everything() {
    let effective =
        Scene::own(r#"{"Effect":"Allow","NotAction":"aws-portal:*","Resource":"*"}"#).effective();
    assert_eq!(row(&effective, "*").level, Level::Admin, "all of IAM is in it");
}

/// The guide's example: every S3 action is denied except on the HR bucket.
#[test]
fn not_resource_is_all_but() {
    let hr = r#"{"Effect":"Deny","Action":"s3:*","NotResource":["arn:aws:s3:::HRBucket","arn:aws:s3:::HRBucket/*"]}"#;
    let on = |resource| statement("Allow", "s3:GetObject", resource);
    assert_eq!(levels_of(&format!("{hr},{}", on("arn:aws:s3:::HRBucket/*"))), "s3=read");
    assert_eq!(levels_of(&format!("{hr},{}", on("arn:aws:s3:::Payroll/*"))), "");
    assert_eq!(levels_of(&format!("{hr},{}", on("*"))), "s3=read");
    let but = r#"{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::HRBucket"}"#;
    assert_eq!(levels_of(but), "*=admin s3=write", "nothing in it bounds IAM");
}

/// The guide's example of a boundary: Shirley may work with S3, CloudWatch and EC2 at most.
#[test]
fn a_boundary_intersects() {
    let bounds =
        policy(r#"{"Effect":"Allow","Action":["s3:*","cloudwatch:*","ec2:*"],"Resource":"*"}"#);
    let scene =
        |statements: &str| Scene { boundary: Some(bounds.clone()), ..Scene::own(statements) };
    assert_eq!(text(&scene(&allow("iam:CreateUser")).levels()), "", "outside the boundary");
    assert_eq!(text(&scene("").levels()), "", "a boundary gives nothing");
    let effective = scene(&allow("*")).effective();
    assert_eq!(text(&super::support::levels(&effective)), "cloudwatch=admin ec2=admin s3=admin");
    assert_eq!(row(&effective, "s3").bounded_by, ["boundary"]);
    assert_eq!(row(&effective, "s3").actions, ["s3:*"]);
    let inside = scene(&allow("s3:GetObject")).effective();
    assert!(row(&inside, "s3").bounded_by.is_empty(), "it is not cut");
    let narrow = Scene {
        boundary: Some(policy(&statement("Allow", "s3:*", "arn:aws:s3:::one/*"))),
        ..Scene::own(&allow("s3:*"))
    };
    assert_eq!(text(&narrow.levels()), "s3=write", "not every bucket");
    let reading = Scene { boundary: Some(policy(&allow("s3:Get*"))), ..Scene::own(&allow("*")) };
    assert_eq!(text(&reading.levels()), "s3=read");
}

#[test]
fn what_no_policy_allows_is_not_left_by_a_deny_of_all_but_it() {
    let own = [
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","NotAction":["s3:Get*"],"NotResource":["arn:aws:s3:::*"]}]}"#,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["s3:Get*"],"Resource":["arn:aws:iam::123456789012:user/alice"]}]}"#,
    ];
    let bound = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*Object*"],"Resource":["*"]}]}"#;
    let scene = Scene {
        own: own.iter().map(|text| document(text)).collect(),
        boundary: Some(document(bound)),
        ..Scene::default()
    };
    // The deny leaves only reading of objects, which the allow leaves out.
    assert_eq!(scene.effective().services, []);
}

#[test]
fn a_boundary_that_is_not_known_leaves_the_level_open() {
    let own = policy(&allow("s3:*"));
    let effective = evaluate(&Principal {
        arn: ALICE,
        attached: vec![Attached { id: "own", via: Via::Direct, document: Some(&own) }],
        boundary: Some(Bound { name: "arn:aws:iam::123456789012:policy/b", document: None }),
        ..Principal::default()
    });
    let s3 = row(&effective, "s3");
    assert_eq!(s3.level, Level::Unknown);
    assert_eq!(
        s3.note.as_deref(),
        Some("bounded by arn:aws:iam::123456789012:policy/b, which is not known; at most admin")
    );
    assert_eq!(effective.notes, ["not wholly known: arn:aws:iam::123456789012:policy/b"]);
}

/// Every level of the organisation must allow, and none deny.
#[test]
fn service_control_policies_intersect_level_by_level() {
    let full = || policy(&allow("*"));
    let scene = |scps| Scene { scps, ..Scene::own(&allow("*")) };
    assert_eq!(text(&scene(vec![vec![full()], vec![full()]]).levels()), "*=admin");
    let unit = scene(vec![vec![full()], vec![policy(&allow("s3:*"))], vec![full()]]);
    assert_eq!(text(&unit.levels()), "s3=admin", "what the unit does not allow is gone");
    let either = scene(vec![vec![policy(&allow("s3:*")), policy(&allow("sqs:*"))]]);
    assert_eq!(text(&either.levels()), "s3=admin sqs=admin", "one of a level suffices");
    let without = scene(vec![vec![full(), policy(&deny("iam:*"))]]);
    let effective = without.effective();
    assert_eq!(row(&effective, "*").level, Level::Write, "IAM is out of reach");
    assert_eq!(row(&effective, "*").bounded_by, ["scp"]);
    assert_eq!(
        text(&scene(vec![Vec::new(), vec![full()]]).levels()),
        "*=admin",
        "nothing captured"
    );
}

#[test]
fn groups_and_several_ways() {
    let scene = Scene {
        groups: vec![("ops".to_owned(), policy(&allow("s3:*")))],
        ..Scene::own(&allow("s3:GetObject"))
    };
    let effective = scene.effective();
    let rows: Vec<_> = effective
        .services
        .iter()
        .map(|row| (row.statement.as_str(), row.level, row.path_kind, row.note.as_deref()))
        .collect();
    assert_eq!(
        rows,
        [
            ("of-group#0", Level::Admin, PathKind::Group, Some("by group ops")),
            ("own0#0", Level::Read, PathKind::Direct, None),
        ]
    );
    // The same policy by two groups is one row that names both.
    let twice = policy(&allow("s3:*"));
    let both = Scene {
        groups: vec![("a".to_owned(), twice.clone()), ("b".to_owned(), twice)],
        ..Scene::default()
    };
    assert_eq!(row(&both.effective(), "s3").note.as_deref(), Some("by group a; also by group b"));
}

#[test]
fn statements_that_give_all_only_together() {
    let power = r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#;
    let effective = Scene::own(&format!("{power},{}", allow("iam:*"))).effective();
    let admin: Vec<_> = effective
        .services
        .iter()
        .filter(|row| row.service == "*" && row.level == Level::Admin)
        .collect();
    assert_eq!(admin[0].statement, "own0#0 + own0#1");
    assert_eq!(effective.escalations[0].name, "Administrator");
}

#[test]
fn conditions_are_kept_and_tags_of_the_principal_leave_the_level_open() {
    let under = |condition: &str| {
        Scene::own(&format!(
            r#"{{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{condition}}}"#
        ))
        .effective()
    };
    let mfa = under(r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#);
    assert_eq!(row(&mfa, "s3").level, Level::Admin);
    assert_eq!(
        row(&mfa, "s3").condition.as_deref(),
        Some(r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#)
    );
    let tag = under(r#"{"StringEquals":{"aws:PrincipalTag/team":"ops"}}"#);
    assert_eq!(row(&tag, "s3").level, Level::Unknown);
    assert_eq!(
        row(&tag, "s3").note.as_deref(),
        Some("depends on tags of the principal; at most admin")
    );
}

#[test]
fn policies_of_resources_that_name_the_principal() {
    let bucket = "arn:aws:s3:::shared";
    let named = |who: &str| {
        policy(&format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"{who}"}},"Action":"s3:*","Resource":["{bucket}","{bucket}/*"]}}"#
        ))
    };
    let of =
        |document| Scene { resources: vec![(bucket.to_owned(), document)], ..Scene::default() };
    let effective = of(named(ALICE)).effective();
    assert_eq!(row(&effective, "s3").path_kind, PathKind::Resource);
    assert_eq!(row(&effective, "s3").level, Level::Write);
    for other in ["arn:aws:iam::123456789012:user/bob", "arn:aws:iam::123456789012:root"] {
        assert_eq!(text(&of(named(other)).levels()), "", "{other}");
    }
    // A boundary does not limit what a resource gives to a user by name; it does for a role.
    let bounds = || Some(policy(&allow("sqs:*")));
    let user = Scene { boundary: bounds(), ..of(named(ALICE)) };
    assert_eq!(text(&user.levels()), "s3=write");
    let arn = "arn:aws:iam::123456789012:role/app";
    let role = Scene { arn: Some(arn.to_owned()), boundary: bounds(), ..of(named(arn)) };
    assert_eq!(text(&role.levels()), "");
    // Its deny is about the account as well.
    let refuse = policy(
        r#"{"Effect":"Deny","Principal":{"AWS":"123456789012"},"Action":"s3:*","Resource":"*"}"#,
    );
    let denied =
        Scene { resources: vec![(bucket.to_owned(), refuse)], ..Scene::own(&allow("s3:*")) };
    assert_eq!(text(&denied.levels()), "");
}

#[test]
fn facts_say_what_was_found() {
    let scene = Scene::own(&allow("iam:PutUserPolicy"));
    let at = Timestamp::parse_or_date("2026-01-01").unwrap();
    let facts = facts("iam-user/x", ALICE, &scene.effective(), Change::Seen { at });
    let ids: Vec<_> = facts.iter().map(|fact| fact.native_id.as_str()).collect();
    assert_eq!(ids, [format!("{ALICE}|iam|own0#0"), format!("{ALICE}|escalation|PutUserPolicy")]);
    for fact in &facts {
        assert_eq!(fact.misfit(), None);
        assert_eq!(fact.attrs["identity_id"], Value::from("iam-user/x"));
        assert_eq!(fact.attrs["statement"], Value::from("own0#0"));
    }
    assert_eq!(facts[0].attrs["level"], Value::from("write"));
    assert_eq!(facts[1].attrs["escalation"], Value::from("PutUserPolicy"));
}
