//! Blots out what Vault should have HMAC'd and did not: with `log_raw`, or with keys tuned to be
//! logged in clear, an audit log holds secrets.

use serde_json::Value;
use tenure_model::time::Timestamp;

use crate::audit_files::BLOTTED;

/// How Vault writes an HMAC (Vault documentation, "Audit devices").
const HMAC: &str = "hmac-sha256:";
/// Parts of an entry in which every text should be HMAC'd.
const HASHED: &[&str] = &["/request/data", "/response/data"];
/// Tokens, which never should be in clear.
const TOKENS: &[&str] = &[
    "/auth/client_token",
    "/request/client_token",
    "/response/auth/client_token",
    "/response/wrap_info/token",
];
/// Headers that hold credentials, when an operator has them logged.
const HEADERS: &[&str] = &["authorization", "cookie", "x-vault-token"];
/// Members of what `vault read` prints that hold secrets.
const SECRETS: &[&str] = &[
    "client_token",
    "secret_id",
    "password",
    "token",
    "private_key",
    "secret_key",
    "access_key",
    "security_token",
    "root_token",
    "keys_base64",
    "unseal_keys_b64",
    "unseal_keys_hex",
    "bindpass",
    "credentials",
];

/// Blots an entry of an audit log; gives the number of values that were in clear.
pub(super) fn blot_entry(entry: &mut Value, plain: &[String]) -> u64 {
    let mut blotted = 0;
    for part in HASHED {
        if let Some(value) = entry.pointer_mut(part) {
            blotted += blot_texts(value, plain);
        }
    }
    for token in TOKENS {
        if let Some(value) = entry.pointer_mut(token) {
            blotted += blot_texts(value, &[]);
        }
    }
    if let Some(Value::Object(headers)) = entry.pointer_mut("/request/headers") {
        for (name, value) in headers {
            if HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
                blotted += blot_texts(value, &[]);
            }
        }
    }
    blotted
}

fn blot_texts(value: &mut Value, plain: &[String]) -> u64 {
    match value {
        Value::String(text) if may_stay(text) => 0,
        Value::String(text) => {
            BLOTTED.clone_into(text);
            1
        }
        Value::Array(items) => items.iter_mut().map(|item| blot_texts(item, plain)).sum(),
        Value::Object(members) => members
            .iter_mut()
            .filter(|(name, _)| !plain.contains(name))
            .map(|(_, value)| blot_texts(value, plain))
            .sum(),
        _ => 0,
    }
}

/// HMACs, nothing, and instants, which Vault does not hash.
fn may_stay(text: &str) -> bool {
    text.is_empty()
        || text.starts_with(HMAC)
        || text == BLOTTED
        || text.parse::<Timestamp>().is_ok()
}

/// Blots what `vault read` prints; gives the number of secrets.
pub(super) fn blot_listing(value: &mut Value) -> u64 {
    let mut blotted = 0;
    // What looks a token up by itself prints it as its id.
    if value.pointer("/data/accessor").is_some()
        && let Some(id) = value.pointer_mut("/data/id")
    {
        blotted += blot_texts(id, &[]);
    }
    blotted + blot_named(value)
}

fn blot_named(value: &mut Value) -> u64 {
    match value {
        Value::Array(items) => items.iter_mut().map(blot_named).sum(),
        Value::Object(members) => members
            .iter_mut()
            .map(|(name, value)| {
                let secret = SECRETS.contains(&name.as_str()) && !value.is_object();
                if secret { blot_texts(value, &[]) } else { blot_named(value) }
            })
            .sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_in_clear_goes_and_the_rest_stays() {
        let mut entry = json!({
            "auth": {"client_token": "s.clear", "accessor": "clear-accessor"},
            "request": {"data": {"password": "x", "n": 3, "username": "u", "a": ["hmac-sha256:1", "y"]},
                        "headers": {"X-Vault-Token": ["t"], "user-agent": ["curl"]}},
            "response": {"data": {"issue_time": "2020-04-30T14:27:10.665Z", "none": ""}},
        });
        assert_eq!(blot_entry(&mut entry, &["username".to_owned()]), 4);
        let expected = json!({
            "auth": {"client_token": BLOTTED, "accessor": "clear-accessor"},
            "request": {"data": {"password": BLOTTED, "n": 3, "username": "u",
                                 "a": ["hmac-sha256:1", BLOTTED]},
                        "headers": {"X-Vault-Token": [BLOTTED], "user-agent": ["curl"]}},
            "response": {"data": {"issue_time": "2020-04-30T14:27:10.665Z", "none": ""}},
        });
        assert_eq!(entry, expected);
        assert_eq!(blot_entry(&mut entry, &["username".to_owned()]), 0, "once is enough");
    }

    #[test]
    fn a_token_looked_up_by_itself_is_no_id() {
        let mut read = json!({"data": {"accessor": "a", "id": "s.token", "meta": {"token": "t"}}});
        assert_eq!(blot_listing(&mut read), 2);
        assert_eq!(read["data"]["id"], BLOTTED);
        let mut entity = json!({"data": {"id": "uuid", "aliases": []}});
        assert_eq!(blot_listing(&mut entity), 0, "an entity's id is none");
    }
}
