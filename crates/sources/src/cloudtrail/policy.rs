//! Whether a policy gives everything. Elements as in the IAM User Guide, "IAM JSON policy elements
//! reference".

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// What a policy document allows, as far as it can be told from the document alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reach {
    /// Some statement allows every action on every resource.
    Admin,
    /// No statement does.
    Limited,
    /// It cannot be read, or it allows all but some actions.
    Unknown,
}

/// Policies of AWS that give privileged access, by the last part of the ARN. Only the first
/// gives everything (AWS Managed Policy Reference).
const PRIVILEGED: &[&str] = &["AdministratorAccess", "PowerUserAccess", "IAMFullAccess"];

/// What a document allows. `NotAction` and `NotResource` allow all but what they name, so they
/// are neither limited nor everything.
pub(crate) fn reach(document: &str) -> Reach {
    let Some(document) = parse(document) else { return Reach::Unknown };
    let mut reach = Reach::Limited;
    for statement in one_or_many(document.get("Statement")) {
        if statement.get("Effect").and_then(Value::as_str) != Some("Allow") {
            continue;
        }
        if statement.get("NotAction").is_some() || statement.get("NotResource").is_some() {
            reach = Reach::Unknown;
        }
        let says = |element, any: &[&str]| {
            one_or_many(statement.get(element))
                .iter()
                .any(|v| v.as_str().is_some_and(|text| any.contains(&text)))
        };
        if says("Action", &["*", "*:*"]) && says("Resource", &["*"]) {
            return Reach::Admin;
        }
    }
    reach
}

/// Responses write documents percent-encoded, requests as they were sent.
fn parse(document: &str) -> Option<Value> {
    // Anything else than a document that begins as percent-encoding is taken as it stands.
    let plain = if document.starts_with('%') {
        &*percent_decode_str(document).decode_utf8_lossy()
    } else {
        document
    };
    serde_json::from_str(plain).ok()
}

/// The document in one spelling, so that what was sent and what is listed compare equal. What is
/// no JSON stays as it is.
pub(crate) fn canonical(document: &str) -> String {
    parse(document).map_or_else(|| document.to_owned(), |document| document.to_string())
}

/// Whether the managed policy is AWS's `AdministratorAccess`, in whatever partition.
pub(crate) fn is_administrator(arn: &str) -> bool {
    managed_name(arn) == Some("AdministratorAccess")
}

/// Whether holding the managed policy is privileged; `None` when its content is not known.
pub(crate) fn is_privileged(arn: &str) -> Option<bool> {
    managed_name(arn).map(|name| PRIVILEGED.contains(&name)).filter(|known| *known)
}

/// The name of one of AWS's own policies: `arn:<partition>:iam::aws:policy/<path><name>`.
fn managed_name(arn: &str) -> Option<&str> {
    let path = arn.splitn(3, ':').nth(2)?.strip_prefix("iam::aws:policy/")?;
    path.rsplit('/').next()
}

fn one_or_many(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(many)) => many,
        Some(one) => std::slice::from_ref(one),
        None => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_on_everything_is_admin() {
        let all = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
        assert_eq!(reach(all), Reach::Admin);
        let listed =
            r#"{"Statement":{"Effect":"Allow","Action":["s3:Get*","*:*"],"Resource":["*"]}}"#;
        assert_eq!(reach(listed), Reach::Admin);
        assert_eq!(
            reach(
                "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D"
            ),
            Reach::Admin
        );
    }

    #[test]
    fn less_is_not() {
        let some = r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;
        assert_eq!(reach(some), Reach::Limited);
        let but = r#"{"Statement":[{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}]}"#;
        assert_eq!(reach(but), Reach::Unknown);
        assert_eq!(reach("no policy"), Reach::Unknown);
        assert_eq!(reach("{}"), Reach::Limited);
    }

    #[test]
    fn managed_policies_by_name() {
        assert!(is_administrator("arn:aws:iam::aws:policy/AdministratorAccess"));
        assert!(is_administrator("arn:aws-cn:iam::aws:policy/AdministratorAccess"));
        assert!(!is_administrator("arn:aws:iam::123456789012:policy/AdministratorAccess"));
        assert_eq!(is_privileged("arn:aws:iam::aws:policy/IAMFullAccess"), Some(true));
        assert_eq!(is_privileged("arn:aws:iam::aws:policy/ReadOnlyAccess"), None);
    }
}
