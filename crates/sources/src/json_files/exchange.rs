//! An HTTP exchange that somebody recorded: `{at, method, url, status, body}`, with the body as
//! text or as JSON.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use tenure_model::time::Timestamp;

/// A recorded exchange.
#[derive(Debug, Deserialize)]
pub(super) struct Exchange {
    pub(super) at: Timestamp,
    #[serde(default)]
    method: String,
    url: String,
    pub(super) status: u16,
    body: Box<RawValue>,
}

impl Exchange {
    /// The exchange in these bytes, if they are one.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// Path and query, without scheme and host.
    pub(super) fn path(&self) -> &str {
        path(&self.url)
    }

    /// Whether it only asked. What was changed by an exchange is known from logs and listings.
    pub(super) fn asks(&self) -> bool {
        let graphql = self.path().starts_with("/graphql");
        matches!(self.method.as_str(), "" | "GET") || (self.method == "POST" && graphql)
    }

    pub(super) const fn succeeded(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// The body as text.
    pub(super) fn body(&self) -> String {
        match serde_json::from_str(self.body.get()) {
            Ok(Value::String(text)) => text,
            _ => self.body.get().to_owned(),
        }
    }
}

fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    if rest.len() == url.len() { url } else { rest.find('/').map_or("/", |at| &rest[at..]) }
}

/// The request that a file's name stands for. A file is named as the path that gave it, without
/// what the API's paths have in common; arguments and a page number may follow the last part:
/// `groups/00g1/users.json`, `orgs/acme/members.role=admin-0002.json.gz`.
pub(super) fn of_name(name: &str) -> (String, Option<u32>) {
    let (directory, file) = name.rsplit_once('/').map_or(("", name), |(d, f)| (d, f));
    let file = strip(file);
    let (file, page) = match file.rsplit_once('-') {
        Some((before, number))
            if !before.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) =>
        {
            (before, number.parse().ok())
        }
        _ => (file, None),
    };
    let mut parts = file.split('.');
    let mut url = String::new();
    for part in directory.split('/').filter(|part| !part.is_empty()).chain(parts.next()) {
        url.push('/');
        url.push_str(part);
    }
    for (index, argument) in parts.enumerate() {
        url.push(if index == 0 { '?' } else { '&' });
        url.push_str(argument);
    }
    (url, page)
}

fn strip(file: &str) -> &str {
    let file = file.strip_suffix(".gz").unwrap_or(file);
    [".json", ".jsonl", ".ndjson"].iter().find_map(|end| file.strip_suffix(end)).unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_for_requests() {
        let of = |name| of_name(name);
        assert_eq!(of("users.json"), ("/users".to_owned(), None));
        assert_eq!(of("users-0002.json.gz"), ("/users".to_owned(), Some(2)));
        assert_eq!(of("groups/00g-1/users.jsonl"), ("/groups/00g-1/users".to_owned(), None));
        assert_eq!(
            of("orgs/acme/members.role=admin.filter=2fa_disabled-1.json"),
            ("/orgs/acme/members?role=admin&filter=2fa_disabled".to_owned(), Some(1))
        );
        assert_eq!(of("-1"), ("/-1".to_owned(), None));
    }

    #[test]
    fn hosts_are_left_out() {
        assert_eq!(path("https://a.okta.com/api/v1/users?limit=2"), "/api/v1/users?limit=2");
        assert_eq!(path("https://a.okta.com"), "/");
        assert_eq!(path("/users"), "/users");
    }
}
