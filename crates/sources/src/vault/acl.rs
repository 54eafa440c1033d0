//! What an ACL policy allows, as a level: from its text in HCL or JSON (Vault documentation,
//! "Policies"). Only paths and capabilities are looked at.

use serde_json::Value;

use crate::level::Level;

/// What gives more rights: writing policies, methods of authentication and who is in which group,
/// where secrets are mounted, and where it is logged.
const GOVERNING: &[&str] = &[
    "sys/policies/",
    "sys/policy/",
    "sys/auth/",
    "sys/mounts/",
    "sys/audit/",
    "identity/",
    "auth/",
];
/// Of `auth/`, what every client needs.
const OWN: &[&str] = &["auth/token/"];
const WRITING: &[&str] = &["create", "update", "patch", "delete", "write"];

/// The level of a policy's text; unknown where no path of it can be made out.
pub(super) fn level(text: &str) -> Level {
    let rules = serde_json::from_str(text).map_or_else(|_| hcl(text), |value| json(&value));
    rules.iter().map(|(path, can)| of(path, can)).max().unwrap_or(Level::Unknown)
}

fn of(path: &str, can: &[String]) -> Level {
    let any = |wanted: &[&str]| can.iter().any(|c| wanted.contains(&c.as_str()));
    if any(&["deny"]) {
        return Level::Unknown;
    }
    if any(&["sudo"]) || (any(WRITING) && governs(path)) {
        return Level::Admin;
    }
    if any(WRITING) {
        return Level::Write;
    }
    if any(&["read", "list"]) { Level::Read } else { Level::Unknown }
}

/// Whether a path with its wildcard (`*` at the end, `+` for one part) takes in what governs access.
fn governs(path: &str) -> bool {
    let path = path.trim_start_matches('/');
    let fixed = path.split(['*', '+']).next().unwrap_or_default();
    let open = fixed.len() < path.len();
    let takes =
        |governing: &str| fixed.starts_with(governing) || (open && governing.starts_with(fixed));
    GOVERNING.iter().any(|governing| takes(governing))
        && !OWN.iter().any(|own| fixed.starts_with(own))
}

type Rules = Vec<(String, Vec<String>)>;

fn json(value: &Value) -> Rules {
    let paths = value.get("path").and_then(Value::as_object).into_iter().flatten();
    let rules = paths.map(|(path, rule)| {
        let can = rule.get("capabilities").and_then(Value::as_array).into_iter().flatten();
        let old = rule.get("policy").into_iter();
        (path.clone(), can.chain(old).filter_map(Value::as_str).map(str::to_owned).collect())
    });
    rules.collect()
}

/// `path "secret/*" { capabilities = ["read"] }`, and `policy = "write"` of old.
fn hcl(text: &str) -> Rules {
    let text = uncommented(text);
    let mut rules = Vec::new();
    let mut rest = text.as_str();
    while let Some((_, after)) = rest.split_once("path") {
        rest = after;
        let Some((path, body)) = quoted(after.trim_start()) else { continue };
        let Some(body) = body.trim_start().strip_prefix('{') else { continue };
        let body = block(body);
        let mut can = Vec::new();
        if let Some((_, list)) = body.split_once("capabilities") {
            let list = list.split_once(']').map_or(list, |(list, _)| list);
            can.extend(list.split('"').skip(1).step_by(2).map(str::to_owned));
        } else if let Some((_, old)) = body.split_once("policy") {
            can.extend(old.split('"').nth(1).map(str::to_owned));
        }
        rules.push((path.to_owned(), can));
    }
    rules
}

/// Up to the brace that closes the block.
fn block(text: &str) -> &str {
    let mut depth = 1_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..at];
        }
    }
    text
}

fn quoted(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('"')?.split_once('"')
}

fn uncommented(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let marks = ["#", "//"].iter().filter_map(|mark| line.find(mark));
        // A path may hold the marks: only what begins a line or follows a blank is a comment.
        let cut = marks.filter(|at| line[..*at].trim_end().len() < *at || *at == 0).min();
        &line[..cut.unwrap_or(line.len())]
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn levels() {
        let of = |path: &str, can: &str| {
            level(&format!("path \"{path}\" {{\n  capabilities = [{can}]\n}}"))
        };
        assert_eq!(of("secret/data/*", "\"read\", \"list\""), Level::Read);
        assert_eq!(of("secret/data/*", "\"create\", \"update\""), Level::Write);
        assert_eq!(of("*", "\"create\", \"read\""), Level::Admin);
        assert_eq!(of("sys/*", "\"read\""), Level::Read);
        assert_eq!(of("sys/policies/acl/*", "\"update\""), Level::Admin);
        assert_eq!(of("auth/token/renew-self", "\"update\""), Level::Write);
        assert_eq!(of("auth/*", "\"update\""), Level::Admin);
        assert_eq!(of("sys/leases/revoke", "\"update\", \"sudo\""), Level::Admin);
        assert_eq!(of("*", "\"deny\""), Level::Unknown);
        assert_eq!(level("# path \"*\" { capabilities = [\"sudo\"] }"), Level::Unknown);
        assert_eq!(level("path \"kv/*\" { policy = \"write\" }"), Level::Write);
        let json = r#"{"path": {"sys/auth/*": {"capabilities": ["create"]}}}"#;
        assert_eq!(level(json), Level::Admin);
    }

    proptest! {
        #[test]
        fn any_text_has_a_level(text in "[pathcbilies \"{}\\[\\]=#/*\n]{0,80}") {
            let _ = level(&text);
        }
    }
}
