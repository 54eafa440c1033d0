//! An entry of an audit log, as Vault's documentation, "Audit devices", and its source
//! (`audit.AuditEntry`) have it.

use serde_json::Value;
use tenure_model::time::Timestamp;

use crate::audit_files::{text, texts};

/// One line: a request or its response.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    value: &'a Value,
    pub(super) at: Timestamp,
    pub(super) path: &'a str,
    pub(super) operation: &'a str,
    pub(super) device: &'a str,
}

impl<'a> Entry<'a> {
    /// The error is for people.
    pub(super) fn of(value: &'a Value, device: &'a str) -> Result<Self, String> {
        let at = text(value, "/time").ok_or("it has no time")?;
        let at = at.parse().map_err(|e| format!("its time cannot be used: {e}"))?;
        text(value, "/request/id").ok_or("its request has no id")?;
        let path = text(value, "/request/path").unwrap_or_default();
        let operation = text(value, "/request/operation").unwrap_or_default();
        Ok(Self { value, at, path, operation, device })
    }

    pub(super) fn text(&self, pointer: &str) -> Option<&'a str> {
        text(self.value, pointer)
    }

    pub(super) fn get(&self, pointer: &str) -> Option<&'a Value> {
        self.value.pointer(pointer)
    }

    pub(super) fn texts(&self, pointer: &str) -> Vec<&'a str> {
        texts(self.value, pointer)
    }

    pub(super) fn id(&self) -> &'a str {
        self.text("/request/id").unwrap_or_default()
    }

    pub(super) fn is_response(&self) -> bool {
        self.text("/type") == Some("response")
    }

    /// A key as it is known across records: an HMAC means something for one device only.
    pub(super) fn key(&self, pointer: &str) -> Option<String> {
        self.text(pointer).map(|value| scoped(value, self.device))
    }

    /// The path's parts.
    pub(super) fn parts(&self) -> Vec<&'a str> {
        self.path.split('/').filter(|part| !part.is_empty()).collect()
    }

    /// Where the plugin is mounted, without the last slash: `sys`, `auth/userpass`, `kv-v2`.
    pub(super) fn mount(&self) -> &'a str {
        if let Some(mount) = self.text("/request/mount_point") {
            return mount.trim_end_matches('/');
        }
        let depth = if self.path.starts_with("auth/") { 2 } else { 1 };
        front(self.path, depth)
    }

    /// The plugin's type, where the log says; else the mount's name, which is the type by default.
    pub(super) fn mount_type(&self) -> &'a str {
        let mount = self.mount();
        self.text("/request/mount_type").unwrap_or(mount.strip_prefix("auth/").unwrap_or(mount))
    }

    /// The path's beginning, by which alike requests are counted together.
    pub(super) fn area(&self) -> &'a str {
        let deep = self.path.starts_with("auth/") || self.path.starts_with("sys/");
        front(self.path.trim_end_matches('/'), if deep { 3 } else { 2 })
    }

    pub(super) fn error(&self) -> Option<&'a str> {
        self.text("/error")
    }

    /// An answer that is an error without being one of the whole request.
    pub(super) fn answers_error(&self) -> bool {
        self.get("/response/data/error").is_some()
    }

    pub(super) fn succeeded(&self) -> bool {
        self.is_response() && self.error().is_none() && !self.answers_error()
    }

    /// Whether somebody signs in: then `auth` is the token that is issued, not one that was used.
    pub(super) fn is_login(&self) -> bool {
        let parts = self.parts();
        parts.first() == Some(&"auth")
            && (parts.get(2) == Some(&"login") || parts.get(2..4) == Some(&["oidc", "callback"]))
    }

    /// Whether the token may do everything.
    pub(super) fn is_root(&self) -> bool {
        self.texts("/auth/policies").contains(&"root")
    }

    /// Who did it, by name.
    pub(super) fn actor(&self) -> Option<&'a str> {
        self.text("/auth/display_name")
    }

    /// The instant at the end of so many seconds from now; none for no time.
    pub(super) fn after_seconds(&self, pointer: &str) -> Option<Timestamp> {
        let seconds = self.get(pointer)?.as_i64().filter(|seconds| *seconds > 0)?;
        Some(self.at.plus_micros(seconds.saturating_mul(1_000_000)))
    }
}

/// A value with its device, when it is an HMAC.
pub(super) fn scoped(value: &str, device: &str) -> String {
    if value.starts_with("hmac-sha256:") { format!("{value}@{device}") } else { value.to_owned() }
}

/// The first parts of a path.
fn front(path: &str, depth: usize) -> &str {
    let end = path.match_indices('/').nth(depth - 1).map_or(path.len(), |(at, _)| at);
    &path[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_from_the_front() {
        assert_eq!(front("auth/userpass/login/u", 2), "auth/userpass");
        assert_eq!(front("sys", 3), "sys");
        assert_eq!(scoped("hmac-sha256:1", "file"), "hmac-sha256:1@file");
        assert_eq!(scoped("plain", "file"), "plain");
    }
}
