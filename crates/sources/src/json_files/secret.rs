//! Secrets in answers: their values are replaced before anything is recorded.

use serde_json::Value;

const REDACTED: &str = "[redacted]";

/// The text without the values of members of these names, and where they stood; `None` when it has
/// none, and stays byte for byte what it was.
pub(super) fn without(text: &str, names: &[&str]) -> Option<(String, Vec<String>)> {
    // Most texts have none of the names; those are not parsed.
    if !names.iter().any(|name| text.contains(name)) {
        return None;
    }
    let mut value: Value = serde_json::from_str(text).ok()?;
    let mut found = Vec::new();
    blot(&mut value, names, &mut String::new(), &mut found);
    (!found.is_empty()).then(|| (value.to_string(), found))
}

fn blot(value: &mut Value, names: &[&str], at: &mut String, found: &mut Vec<String>) {
    let here = at.len();
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                at.push_str(&format!("/{index}"));
                blot(item, names, at, found);
                at.truncate(here);
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                at.push('/');
                at.push_str(name);
                if names.contains(&name.as_str()) && is_said(value) {
                    *value = Value::String(REDACTED.to_owned());
                    found.push(at.clone());
                } else {
                    blot(value, names, at, found);
                }
                at.truncate(here);
            }
        }
        _ => {}
    }
}

/// A secret is a text, or an object that holds one; an empty object says only that there is one.
fn is_said(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.is_empty() && !text.eq_ignore_ascii_case(REDACTED),
        Value::Object(members) => !members.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_blotted_out_and_told() {
        let text =
            r#"{"a":[{"client_secret":"s3cr3t","client_secret_expires_at":0}],"password":{}}"#;
        let (text, found) = without(text, &["client_secret", "password"]).unwrap();
        assert!(!text.contains("s3cr3t"), "{text}");
        assert_eq!(found, ["/a/0/client_secret"]);
        assert_eq!(without(r#"{"password":{}}"#, &["password"]), None);
        assert_eq!(without("no JSON: password", &["password"]), None);
    }
}
