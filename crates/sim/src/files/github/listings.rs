//! Listings of an organisation, each named as the path of the request that gives it.

use serde_json::{Value, json};
use tenure_model::Timestamp;

use super::Organisation;
use crate::output::Output;

/// The listings of the day on which the log begins: nobody was a member yet.
pub(super) fn opening(
    organisation: &Organisation,
    system: &str,
    at: Timestamp,
    output: &mut Output,
) {
    let org = &organisation.name;
    for name in [
        "members.role=admin",
        "members.role=member",
        "members.filter=2fa_disabled",
        "outside_collaborators",
    ] {
        output.file(format!("{system}/opening/orgs/{org}/{name}.json"), b"[]".to_vec());
    }
    let (path, at) = (format!("@/{system}/opening"), at.to_string());
    let settings = [("path", path.as_str()), ("as-of", at.as_str())];
    output.source_of(&format!("{system}-opening"), system, "github", &settings);
}

pub(super) fn write(organisation: &Organisation, system: &str, output: &mut Output) {
    let org = &organisation.name;
    let mut file = |name: &str, value: &Value| {
        output
            .file(format!("{system}/state/orgs/{org}/{name}.json"), value.to_string().into_bytes());
    };
    for (role, owners) in [("admin", true), ("member", false)] {
        let members = organisation.members.iter().enumerate();
        let members = members.filter(|(_, (_, member))| member.owner == owners && !member.gone);
        let members: Vec<_> = members
            .map(|(n, (login, _))| json!({"login": login, "id": 100 + n, "type": "User"}))
            .collect();
        file(&format!("members.role={role}"), &Value::Array(members));
    }
    file("members.filter=2fa_disabled", &json!([]));
    file("outside_collaborators", &json!([]));
    let name = format!("{org}/app");
    file("repos", &json!([{"id": 1, "full_name": name, "private": true, "visibility": "private"}]));
    let tokens = organisation.tokens.values().filter(|token| token.revoked.is_none());
    let tokens: Vec<_> = tokens
        .map(|token| {
            json!({
                "id": token.number, "token_id": token.number, "token_name": token.name,
                "owner": {"login": token.owner, "id": 1, "type": "User"},
                "access_granted_at": token.granted.to_string(), "token_expired": false,
                "token_expires_at": null, "token_last_used_at": null,
            })
        })
        .collect();
    file("personal-access-tokens", &Value::Array(tokens));
    if !organisation.alerts.is_empty() {
        file("secret-scanning/alerts", &Value::Array(organisation.alerts.clone()));
    }
}
