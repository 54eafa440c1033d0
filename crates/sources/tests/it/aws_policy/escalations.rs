//! The known ways to gain more.

use std::collections::BTreeSet;

use tenure_sources::aws_iam::policy::{Level, PATHS};

use super::support::{Scene, policy, statement};

fn paths_of(statements: &str) -> Vec<String> {
    Scene::own(statements).paths()
}

/// Each path is open to who holds exactly its actions, and closed when one is missing.
#[test]
fn every_path_opens_with_all_of_its_actions_and_with_no_less() {
    let paths: Vec<_> = PATHS.iter().flat_map(|paths| paths.iter()).collect();
    assert!(paths.len() >= 30);
    let names: BTreeSet<_> = paths.iter().map(|path| path.name).collect();
    assert_eq!(names.len(), paths.len(), "names are unique");
    for path in paths {
        let allow = |skipped: Option<usize>| {
            let needs = path.needs.iter().enumerate().filter(|(at, _)| Some(*at) != skipped);
            let each: Vec<_> =
                needs.map(|(_, need)| statement("Allow", need.action, "*")).collect();
            paths_of(&each.join(","))
        };
        assert!(allow(None).iter().any(|name| name == path.name), "{}", path.name);
        for at in 0..path.needs.len() {
            assert!(!allow(Some(at)).iter().any(|name| name == path.name), "{} {at}", path.name);
        }
        let mut denied: Vec<_> =
            path.needs.iter().map(|need| statement("Allow", need.action, "*")).collect();
        denied.push(statement("Deny", path.needs[0].action, "*"));
        assert!(!paths_of(&denied.join(",")).iter().any(|name| name == path.name), "{}", path.name);
    }
}

#[test]
fn wildcards_and_groups_open_paths_too() {
    assert_eq!(paths_of(&statement("Allow", "iam:put*policy", "*")).len(), 3);
    let scene = Scene {
        groups: vec![("ops".to_owned(), policy(&statement("Allow", "lambda:*", "*")))],
        ..Scene::own(&statement("Allow", "iam:PassRole", "*"))
    };
    let effective = scene.effective();
    let path = effective.escalations.iter().find(|path| path.name == "PassRoleToFunction").unwrap();
    assert_eq!(path.path_kind.as_str(), "group", "it takes the group's policy");
    assert_eq!(path.statements, ["of-group#0", "own0#0"]);
}

#[test]
fn resources_decide_whether_a_path_is_open_and_on_what() {
    let on = |action: &str, resource: &str| {
        let effective = Scene::own(&statement("Allow", action, resource)).effective();
        effective.escalations.first().map(|path| path.resources.clone())
    };
    let own = "arn:aws:iam::*:user/${aws:username}";
    let resolved = "arn:aws:iam::*:user/alice".to_owned();
    assert_eq!(on("iam:PutUserPolicy", own), Some(vec![resolved]), "on itself it is one");
    assert_eq!(on("iam:CreateAccessKey", own), None, "a key of its own is none");
    assert_eq!(on("iam:CreateAccessKey", "arn:aws:iam::123456789012:user/alice"), None);
    let bob = "arn:aws:iam::123456789012:user/bob";
    assert_eq!(on("iam:CreateAccessKey", bob), Some(vec![bob.to_owned()]));
    let role = "arn:aws:iam::123456789012:role/deploy";
    assert_eq!(on("iam:PutRolePolicy", role), Some(vec![role.to_owned()]), "which role is said");
    assert_eq!(on("iam:PutUserPolicy", role), None, "a role is no user");
    assert_eq!(on("sts:AssumeRole", role), None, "one named role is no path");
    assert_eq!(on("sts:AssumeRole", "arn:aws:iam::*:role/*").map(|some| some.len()), Some(1));
    assert_eq!(on("iam:CreatePolicyVersion", "arn:aws:iam::aws:policy/x-*"), None, "AWS's own");
}

#[test]
fn a_role_may_be_passed_to_some_services_only() {
    let pass = r#"{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}}"#;
    let run = r#"{"Effect":"Allow","Action":["ec2:RunInstances","lambda:CreateFunction","lambda:InvokeFunction"],"Resource":"*"}"#;
    let effective = Scene::own(&format!("{pass},{run}")).effective();
    let names: Vec<_> = effective.escalations.iter().map(|path| path.name.as_str()).collect();
    assert_eq!(names, ["PassRoleToInstance"]);
    assert!(effective.escalations[0].condition.as_deref().unwrap().contains("PassedToService"));
}

#[test]
fn boundaries_and_service_control_policies_close_paths() {
    let put = statement("Allow", "iam:PutUserPolicy", "*");
    let cut =
        Scene { boundary: Some(policy(&statement("Allow", "s3:*", "*"))), ..Scene::own(&put) };
    assert!(cut.paths().is_empty());
    let full =
        policy(&format!("{},{}", statement("Allow", "*", "*"), statement("Deny", "iam:Put*", "*")));
    let denied = Scene { scps: vec![vec![full]], ..Scene::own(&put) };
    assert!(denied.paths().is_empty());
}

#[test]
fn an_administrator_is_one_row_unless_under_a_condition() {
    let all = Scene::own(&statement("Allow", "*", "*")).effective();
    let [row] = &all.escalations[..] else { panic!("one row") };
    assert_eq!((row.name.as_str(), row.level), ("Administrator", Some(Level::Admin)));
    let mfa = r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#;
    let effective = Scene::own(mfa).effective();
    assert!(effective.escalations.len() >= 30, "each path, with the condition");
    assert!(effective.escalations.iter().all(|path| path.condition.is_some()));
}
