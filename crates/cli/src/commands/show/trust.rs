//! Who may assume a role, by its trust policy (IAM User Guide, "Roles terms and concepts").

use serde_json::{Value, json};

use super::look::{Look, Row, json, literal};
use super::page::{Section, short};

pub(super) fn section(look: &Look<'_>, role: &Row) -> anyhow::Result<Section> {
    let native = role.text("native_id").unwrap_or_default();
    let policies = look.rows(&format!(
        "SELECT value, valid_from_hi, changed_by, change_ref, evidence FROM configurations
         WHERE native_id = {} AND valid_to_hi IS NULL ORDER BY valid_from_hi DESC",
        literal(&format!("{native}#trust-policy"))
    ))?;
    let held = look.rows(&format!(
        "SELECT DISTINCT g.principal, g.effect, g.condition_expr FROM grants g
         JOIN entitlements e ON e.entitlement_id = g.entitlement_id
         WHERE e.purpose = 'trust' AND e.resource = {} AND g.valid_to_hi IS NULL ORDER BY 1, 2, 3",
        literal(native)
    ))?;
    let document = policies.first().and_then(|row| row.text("value"));
    let trusted = match held.is_empty() {
        true => document.map(principals).unwrap_or_default(),
        false => held.iter().map(granted).collect(),
    };
    let facts = json!({"principals": trusted, "policies": json(&policies), "grants": json(&held)});
    let section = Section::new("trusts", facts);
    if policies.is_empty() && held.is_empty() {
        return Ok(section.line("not known").unknown("who may assume it"));
    }
    let section = match trusted.is_empty() {
        true => section.warn("its trust policy names nobody that could be read"),
        false => section.line(short(&trusted.join(", "), 240)),
    };
    Ok(match policies.first() {
        Some(row) => section.dim(format!(
            "since {} by {}",
            row.text("valid_from_hi").unwrap_or_default(),
            row.text("changed_by").unwrap_or("nobody known")
        )),
        None => section,
    })
}

/// A principal as a grant tells it.
fn granted(row: &Row) -> String {
    let principal = row.text("principal").unwrap_or("?");
    let but = if row.text("effect") == Some("deny") { "not " } else { "" };
    let condition = row.text("condition_expr").map_or("", |_| CONDITIONAL);
    format!("{but}{principal}{condition}")
}

const CONDITIONAL: &str = " (with a condition)";

/// The principals of statements that allow, e.g. `AWS arn:…`, `Service ec2.amazonaws.com`.
fn principals(document: &str) -> Vec<String> {
    let Ok(policy) = serde_json::from_str::<Value>(document) else { return Vec::new() };
    let mut names = Vec::new();
    for statement in several(&policy["Statement"]) {
        if statement["Effect"] != "Allow" {
            continue;
        }
        let conditional = if statement["Condition"].is_object() { CONDITIONAL } else { "" };
        match &statement["Principal"] {
            Value::String(all) => names.push(format!("{all}{conditional}")),
            Value::Object(kinds) => {
                for (kind, who) in kinds {
                    let who = several(who).iter().filter_map(Value::as_str);
                    names.extend(who.map(|who| format!("{kind} {who}{conditional}")));
                }
            }
            _ => {}
        }
    }
    names
}

/// One value or a list of them, as policies write it.
fn several(value: &Value) -> &[Value] {
    match value {
        Value::Array(values) => values,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_of_every_shape_are_named() {
        let one = r#"{"Statement":{"Effect":"Allow","Principal":"*"}}"#;
        assert_eq!(principals(one), ["*"]);
        let many = r#"{"Statement":[
            {"Effect":"Allow","Principal":{"AWS":["a","b"],"Service":"ec2.amazonaws.com"}},
            {"Effect":"Allow","Principal":{"AWS":"c"},"Condition":{"Bool":{}}},
            {"Effect":"Deny","Principal":{"AWS":"d"}}]}"#;
        assert_eq!(
            principals(many),
            ["AWS a", "AWS b", "Service ec2.amazonaws.com", "AWS c (with a condition)"]
        );
        for odd in ["", "[]", r#"{"Statement":[1,{"Effect":"Allow"}]}"#] {
            assert!(principals(odd).is_empty(), "{odd}");
        }
    }
}
