//! Deploy keys, personal access tokens, and secrets that were found in code.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tenure_model::fact::{Change, Fact};
use tenure_model::tables::TableId;
use tenure_model::time::Timestamp;

use crate::json_files::json::{flag, id, text, time};

use super::name::lived;
use super::people::reference;

/// A deploy key, by repository and fingerprint: listings and the audit log have other ids.
pub(super) fn deploy_key(repo: &str, fingerprint: &str, change: Change) -> Fact {
    let id = format!("{}/{fingerprint}", repo.to_lowercase());
    Fact::new(TableId::Credentials, "deploy-key", id, change)
        .with("class", "asymmetric_key")
        .with("native_kind", "deploy_key")
        .with("public_id", fingerprint)
        .with("material", fingerprint)
        .with("expiry_kind", "never")
}

/// The fingerprint of a public key in OpenSSH's form: base64 of its SHA-256, without padding.
fn fingerprint(key: &str) -> Option<String> {
    let blob = STANDARD.decode(key.split_whitespace().nth(1)?).ok()?;
    Some(format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(blob))))
}

/// A deploy key of a listing (REST API reference, "List deploy keys").
pub(super) fn key(key: &Value, repo: &str, at: Timestamp) -> Vec<Fact> {
    let Some(number) = id(key, "/id") else { return Vec::new() };
    let print = text(key, "/key").and_then(fingerprint).unwrap_or(number);
    let created = time(key, "/created_at");
    let writes = flag(key, "/read_only").map(|reads| if reads { "read" } else { "read and write" });
    let title = text(key, "/title").unwrap_or_default();
    let issued_for = writes.map(|writes| format!("{title} ({writes} {repo})"));
    let used = time(key, "/last_used");
    lived(created, at, |change| {
        deploy_key(repo, &print, change)
            .with("status", "active")
            .with_some("created_by", text(key, "/added_by"))
            .with_some("created_at_src", created)
            .with_some("issued_for", issued_for.as_deref())
            .with_some("last_used_at", used)
            .with_some("last_used_source", used.map(|_| "deploy_keys"))
    })
}

/// A token, by its number where that is known, else by its hash.
pub(super) fn token_fact(number: &str, native_kind: &str, change: Change) -> Fact {
    Fact::new(TableId::Credentials, "github-token", number, change)
        .with("class", "static_secret")
        .with("native_kind", native_kind)
}

/// A fine-grained personal access token with access to the organisation (REST API reference, "List
/// fine-grained personal access tokens with access to organization resources"). Its hash is not in
/// the listing; the audit log gives it with the number.
pub(super) fn token(token: &Value, at: Timestamp) -> Vec<Fact> {
    let Some(number) = id(token, "/token_id") else { return Vec::new() };
    let used = time(token, "/token_last_used_at");
    let expires = time(token, "/token_expires_at");
    let expired = flag(token, "/token_expired") == Some(true);
    lived(time(token, "/access_granted_at"), at, |change| {
        token_fact(&number, "fine_grained_pat", change)
            .with_some("identity_id", text(token, "/owner/login").map(reference))
            .with("status", if expired { "expired" } else { "active" })
            .with_some("issued_for", text(token, "/token_name"))
            .with_some("expires_at", expires)
            .with("expiry_kind", if expires.is_some() { "fixed" } else { "never" })
            .with_some("last_used_at", used)
            .with_some("last_used_source", used.map(|_| "personal_access_tokens"))
    })
}

/// A secret that was found in a repository. What the secret is, is not recorded.
pub(super) fn alert(alert: &Value, repo: Option<&str>, at: Timestamp) -> Vec<Fact> {
    let (Some(number), Some(repo)) = (id(alert, "/number"), repo) else { return Vec::new() };
    let raised = time(alert, "/created_at");
    let resolved = time(alert, "/resolved_at");
    let resolution = text(alert, "/resolution");
    let rule = text(alert, "/secret_type_display_name").or_else(|| text(alert, "/secret_type"));
    let disposition = resolution.and_then(|resolution| match resolution {
        "false_positive" => Some("false_positive"),
        "used_in_tests" => Some("test"),
        "revoked" | "wont_fix" => Some("true_positive"),
        _ => None,
    });
    let reason = text(alert, "/resolution_comment").or(resolution);
    let bare = |change| {
        Fact::new(TableId::Alerts, "secret-scanning", format!("{repo}#{number}"), change)
            .with("kind", "secret_exposure")
            .with_some("rule", rule)
            .with("place", repo)
            .with_some("raised_at", raised)
    };
    let mut facts = lived(raised, at, bare);
    if let Some(last) = facts.pop() {
        let said = last
            .with_some("triaged_at", resolved)
            .with_some("triaged_by", text(alert, "/resolved_by/login"))
            .with_some("disposition", disposition)
            .with_some("reason", reason)
            .with_some("closed_at", resolved);
        facts.push(said);
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_those_of_openssh() {
        // The key and fingerprint that GitHub publishes for itself (GitHub's SSH key fingerprints).
        let key =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
        let print = fingerprint(key);
        assert_eq!(print.as_deref(), Some("SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"));
        assert_eq!(fingerprint("no key"), None);
    }
}
