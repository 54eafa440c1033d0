//! Listings of organisations and their repositories, as the REST API answers them.

use serde_json::{Value as Json, json};
use tenure_model::entry::{RunKind, RunOutcome};
use tenure_model::fact::{Attrs, Change, Value};
use tenure_model::tables::TableId;

use crate::okta::support::{causes, flag, of_type, one, text, things, told};
use crate::support::{Said, Workspace, at};

const AT: &str = "2025-06-01T00:00:00Z";

fn account(login: &str, number: u32) -> Json {
    json!({"login": login, "id": number, "type": "User", "site_admin": false,
        "url": format!("https://api.github.com/users/{login}")})
}

fn with(mut value: Json, more: &Json) -> Json {
    for (name, said) in more.as_object().unwrap() {
        value[name] = said.clone();
    }
    value
}

/// An organisation, exported whole.
fn whole() -> Workspace {
    let workspace = Workspace::with_data("github").set("as-of", AT);
    let write = |name: &str, value: Json| workspace.write(name, value.to_string());
    write("orgs/Acme/members.role=admin.json", json!([account("Ann", 1)]));
    write("orgs/Acme/members.role=member.json", json!([account("bob", 2), account("cid", 3)]));
    write("orgs/Acme/members.filter=2fa_disabled.json", json!([account("cid", 3)]));
    write("orgs/Acme/outside_collaborators.json", json!([account("eve", 5)]));
    let team = json!({"id": 1, "slug": "Core", "name": "Core team",
        "members_url": "https://api.github.com/organizations/1/team/1/members{/member}",
        "html_url": "https://github.com/orgs/Acme/teams/core"});
    write("teams.json", json!([team]));
    write("orgs/Acme/teams/core/members.role=maintainer.json", json!([account("Ann", 1)]));
    write("orgs/Acme/teams/core/members.role=member.json", json!([account("bob", 2)]));
    let repo = json!({"id": 7, "full_name": "Acme/App", "private": true, "visibility": "internal"});
    write("orgs/Acme/repos.json", json!([repo]));
    let rights = json!({"permissions": {"admin": false, "push": true, "pull": true}});
    write("orgs/Acme/teams/core/repos.json", json!([with(repo, &rights)]));
    let eve = with(account("eve", 5), &json!({"role_name": "maintain"}));
    write("repos/Acme/App/collaborators.affiliation=direct.json", json!([eve]));
    workspace
}

#[test]
fn an_organisation_is_read() {
    let (draft, said) = whole().run();
    assert_eq!(causes(&draft), [""; 0]);
    assert_eq!((draft.run.outcome, draft.run.kind), (RunOutcome::Complete, RunKind::Full));
    let grants = things(&said, TableId::Grants);
    let held: Vec<_> = grants.keys().map(|(_, id)| id.as_str()).collect();
    let expected = [
        "ann|org:acme:admin",
        "ann|org:acme:member",
        "bob|org:acme:member",
        "cid|org:acme:member",
        "eve|repo:acme/app:maintain",
        "team:acme/core|repo:acme/app:write",
        "ann|team:acme/core:maintainer",
        "bob|team:acme/core:member",
    ];
    assert_eq!(held, expected);
    let mfa = |login: &str| flag(&one(&said, TableId::Identities, "login", login), "mfa");
    assert_eq!((mfa("ann"), mfa("cid"), mfa("eve")), (Some(true), Some(false), None));
    let eve = one(&said, TableId::Identities, "login", "eve");
    assert_eq!(text(&eve, "kind"), "external");
    let ann = one(&said, TableId::Identities, "login", "ann");
    assert_eq!((text(&ann, "kind"), text(&ann, "login")), ("unknown", "Ann"));
    let owner = one(&said, TableId::Entitlements, "org-admin", "org:acme:admin");
    assert_eq!((flag(&owner, "privileged"), text(&owner, "level")), (Some(true), "admin"));
    let repo = one(&said, TableId::Resources, "repository", "acme/app");
    assert_eq!(text(&repo, "sensitivity"), "internal");
}

#[test]
fn what_is_not_whole_closes_nothing() {
    let workspace = whole();
    let team = json!([{"slug": "ops", "members_url": "x",
        "html_url": "https://github.com/orgs/acme/teams/ops"}]);
    workspace.write("orgs/acme/teams.json", team.to_string());
    let mut workspace = workspace;
    let (draft, _) = workspace.run();
    assert_eq!(draft.run.outcome, RunOutcome::Partial);
    let found = causes(&draft);
    let named = "there are team members for others, not for 1 of teams: acme/ops";
    assert!(found.iter().any(|cause| cause == named), "{found:?}");
}

#[test]
fn another_organisation_is_another_listing() {
    let scope = |files: &[&str]| {
        let mut workspace = Workspace::with_data("github").set("as-of", AT);
        for file in files {
            workspace.write(file, json!([account("ann", 1)]).to_string());
        }
        workspace.run().0.run.scope
    };
    let members = scope(&["orgs/acme/members.role=member.json"]);
    assert_eq!(members, "GitHub listings: members of acme");
    assert_ne!(scope(&["orgs/other/members.role=member.json"]), members);
    assert_ne!(scope(&["orgs/acme/members.role=admin.json"]), members, "owners are others");
}

fn state(files: &[(&str, Json)]) -> Said {
    let mut workspace = Workspace::with_data("github").set("as-of", AT);
    for (name, value) in files {
        workspace.write(name, value.to_string());
    }
    let (draft, said) = workspace.run();
    assert_eq!(causes(&draft), [""; 0]);
    said
}

#[test]
fn apps_keys_and_tokens_are_read() {
    let app = json!({"total_count": 1, "installations": [{"id": 9, "app_id": 3,
        "app_slug": "ci-runner", "account": {"login": "Acme"}, "repository_selection": "all",
        "permissions": {"contents": "write", "administration": "read"},
        "created_at": "2024-01-01T00:00:00Z", "suspended_at": null}]});
    let key = json!([{"id": 4, "title": "deploy", "read_only": false, "added_by": "ann",
        "key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
        "url": "https://api.github.com/repos/Acme/App/keys/4", "last_used": "2025-05-01T00:00:00Z",
        "created_at": "2024-02-01T00:00:00Z", "verified": true}]);
    let token = json!([{"id": 1, "owner": account("bob", 2), "token_id": 77, "token_name": "ci",
        "repository_selection": "all", "access_granted_at": "2024-03-01T00:00:00Z",
        "token_expired": false, "token_expires_at": "2025-09-01T00:00:00Z",
        "token_last_used_at": null}]);
    let said = state(&[
        ("installations.json", app),
        ("repos.json", json!([{"full_name": "Acme/App", "private": true}])),
        ("keys.json", key),
        ("orgs/acme/personal-access-tokens.json", token),
    ]);
    let app = one(&said, TableId::Integrations, "github-app", "acme/ci-runner");
    assert_eq!(text(&app, "scopes"), "administration:read;contents:write;repositories:all");
    assert_eq!(text(&app, "identity"), "ci-runner[bot]");
    let bot = one(&said, TableId::Identities, "login", "ci-runner[bot]");
    assert_eq!(text(&bot, "kind"), "bot");
    let print = "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU";
    let key = one(&said, TableId::Credentials, "deploy-key", &format!("acme/app/{print}"));
    assert_eq!(text(&key, "issued_for"), "deploy (read and write acme/app)");
    let token = one(&said, TableId::Credentials, "github-token", "77");
    assert_eq!(text(&token, "identity_id"), "login/bob");
    assert_eq!(text(&token, "expiry_kind"), "fixed");
    let begun = told(&said, TableId::Credentials, "77")[0].change;
    assert!(matches!(begun, Change::Begun { at: t, .. } if t == at("2024-03-01")));
}

#[test]
fn what_alerts_are_about_is_not_recorded() {
    let mut workspace = Workspace::with_data("github").set("as-of", AT);
    let alert = json!([{"number": 42, "created_at": "2025-01-01T00:00:00Z", "state": "resolved",
        "url": "https://api.github.com/repos/Acme/App/secret-scanning/alerts/42",
        "resolution": "revoked", "resolved_at": "2025-01-02T00:00:00Z",
        "resolved_by": account("ann", 1), "secret_type": "aws_access_key_id",
        "secret": "do-not-keep-me"}]);
    workspace.write("alerts.json", alert.to_string());
    let (draft, said) = workspace.run();
    let alert = one(&said, TableId::Alerts, "secret-scanning", "acme/app#42");
    assert_eq!(text(&alert, "kind"), "secret_exposure");
    assert_eq!((text(&alert, "place"), text(&alert, "triaged_by")), ("acme/app", "ann"));
    assert_eq!(text(&alert, "disposition"), "true_positive");
    let bytes = workspace.blobs.get(&draft.artifacts[0].blob).unwrap();
    assert!(!String::from_utf8(bytes).unwrap().contains("do-not-keep-me"));
}

#[test]
fn protection_of_a_branch_is_settings() {
    let answer = json!({
        "url": "https://api.github.com/repos/Acme/App/branches/release/1.0/protection",
        "enforce_admins": {"url": "https://api.github.com/x", "enabled": true},
        "required_pull_request_reviews": {"url": "https://api.github.com/y",
            "required_approving_review_count": 2,
            "bypass_pull_request_allowances": {"users": [account("ann", 1)], "teams": []}}});
    let said = state(&[("protection.json", answer)]);
    let value = |name: &str| {
        let id = format!("repo:acme/app:branch:release/1.0/{name}");
        text(&one(&said, TableId::Configurations, "branch-protection", &id), "value").to_owned()
    };
    assert_eq!(value("protected"), "true");
    assert_eq!(value("enforce_admins"), r#"{"enabled":true}"#);
    let reviews = value("required_pull_request_reviews");
    assert!(reviews.contains(r#""required_approving_review_count":2"#), "{reviews}");
    assert!(reviews.contains(r#""users":["ann"]"#), "{reviews}");
}

fn pull(number: u32, merged: Json) -> Json {
    json!({"number": number, "url": format!("https://api.github.com/repos/Acme/App/pulls/{number}"),
        "title": "Change", "user": account("bob", 2), "merged_by": account("cid", 3),
        "merged_at": merged, "merge_commit_sha": format!("m{number}"),
        "head": {"sha": format!("h{number}")}})
}

fn review(state: &str, by: &str, when: &str) -> Json {
    json!({"id": 1, "state": state, "user": account(by, 9), "submitted_at": when,
        "pull_request_url": "https://api.github.com/repos/Acme/App/pulls/1"})
}

fn changes() -> (tenure_sources::pipeline::RunDraft, Said) {
    let mut workspace = Workspace::with_data("github").set("as-of", AT);
    let pulls = json!([
        pull(1, json!("2025-03-02T00:00:00Z")),
        pull(2, json!(null)),
        pull(3, json!("2025-03-04T00:00:00Z"))
    ]);
    let reviews = json!([
        review("CHANGES_REQUESTED", "dan", "2025-03-01T08:00:00Z"),
        review("APPROVED", "ann", "2025-03-01T09:00:00Z"),
        review("APPROVED", "late", "2025-03-03T00:00:00Z")
    ]);
    let run = |name: &str, end: &str| json!({"name": name, "conclusion": end, "head_sha": "h1"});
    let checks = json!({"total_count": 2,
        "check_runs": [run("test", "success"), run("lint", "failure")]});
    let status = json!({"state": "pending", "statuses": [], "sha": "h3"});
    let deployment = json!([{"id": 11, "sha": "m1", "ref": "main", "environment": "production",
        "creator": account("cid", 3), "created_at": "2025-03-02T01:00:00Z",
        "url": "https://api.github.com/repos/Acme/App/deployments/11",
        "statuses_url": "https://api.github.com/repos/Acme/App/deployments/11/statuses"}]);
    let deployed = json!([{"id": 1, "state": "success", "created_at": "2025-03-02T01:05:00Z"}]);
    workspace.write("pulls.json", pulls.to_string());
    workspace.write("reviews.json", reviews.to_string());
    workspace.write("repos/acme/app/commits/h1/check-runs.json", checks.to_string());
    workspace.write("repos/acme/app/commits/h3/status.json", status.to_string());
    workspace.write("deployments.json", deployment.to_string());
    workspace.write("repos/acme/app/deployments/11/statuses.json", deployed.to_string());
    workspace.run()
}

fn instant(attrs: &Attrs, column: &str) -> Option<tenure_model::Timestamp> {
    match attrs.get(column) {
        Some(Value::Time(at)) => Some(*at),
        _ => None,
    }
}

#[test]
fn merged_pull_requests_and_deployments_are_changes() {
    let (draft, said) = changes();
    assert_eq!(causes(&draft), [""; 0]);
    assert_eq!(draft.run.kind, RunKind::Events, "a change that is not exported again is not gone");
    let all = things(&said, TableId::Changes);
    let pulls: Vec<_> = of_type(&all, "pull-request").into_keys().collect();
    assert_eq!(pulls, ["acme/app#1", "acme/app#3"], "what was not merged is no change");
    let one = one(&said, TableId::Changes, "pull-request", "acme/app#1");
    assert_eq!((text(&one, "author"), text(&one, "approver")), ("bob", "ann"));
    assert_eq!(instant(&one, "approved_at"), Some(at("2025-03-01T09:00:00Z")));
    assert_eq!((text(&one, "merged_by"), text(&one, "tests")), ("cid", "failed"));
    let three = &all[&("pull-request".to_owned(), "acme/app#3".to_owned())];
    assert_eq!((text(three, "approver"), text(three, "tests")), ("", "none"));
    let deployment = &of_type(&all, "deployment")["acme/app/deployments/11"];
    assert_eq!(instant(deployment, "merged_at"), Some(at("2025-03-02T01:05:00Z")));
    assert_eq!(text(deployment, "changes"), "acme/app#1");
    assert_eq!(text(deployment, "environment"), "production");
}

#[test]
fn an_approval_after_the_merge_counts_where_none_was_before() {
    let mut workspace = Workspace::with_data("github")
        .set("as-of", AT)
        .set("covers-from", "2025-01-01")
        .set("covers-to", "2025-05-01");
    workspace.write("pulls.json", json!([pull(1, json!("2025-03-02T00:00:00Z"))]).to_string());
    let reviews = json!([
        review("APPROVED", "late", "2025-03-03T00:00:00Z"),
        review("APPROVED", "later", "2025-03-04T00:00:00Z")
    ]);
    workspace.write("reviews.json", reviews.to_string());
    let (draft, said) = workspace.run();
    let one = one(&said, TableId::Changes, "pull-request", "acme/app#1");
    assert_eq!(text(&one, "approver"), "late");
    assert_eq!(instant(&one, "approved_at"), Some(at("2025-03-03T00:00:00Z")));
    let covered: Vec<_> =
        draft.coverage.iter().map(|c| (c.stream.as_str(), c.from, c.to)).collect();
    assert_eq!(covered, [("changes", at("2025-01-01T00:00:00Z"), at("2025-05-01T00:00:00Z"))]);
}
