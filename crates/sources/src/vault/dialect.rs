//! What Vault's JSON looks like to the collector.

use serde_json::Value;

use crate::audit_files::{Dialect, Half, Seen, Shape, instant, latest, text};
use crate::settings::Settings;

use super::clear;
use super::listing;

/// Vault's JSON, of one audit device.
pub(super) struct VaultJson {
    device: String,
    plain: Vec<String>,
}

impl VaultJson {
    pub(super) fn of(settings: &Settings) -> Self {
        let plain = settings.get("plain-keys").unwrap_or_default();
        let plain = plain.split(',').map(|key| key.trim().to_owned());
        Self {
            device: settings.get("device").unwrap_or_default().to_owned(),
            plain: plain.filter(|key| !key.is_empty()).collect(),
        }
    }
}

impl Dialect for VaultJson {
    fn state(&self) -> &'static str {
        "vault-state"
    }

    fn shape(&self, value: &Value, file: &str) -> Option<Shape> {
        if is_entry(value) {
            return Some(Shape::Log);
        }
        listing::kind(value, file).map(|kind| Shape::Listing(kind.to_owned()))
    }

    fn examine(&self, value: &mut Value) -> Seen {
        if !is_entry(value) {
            let blotted = clear::blot_listing(value);
            return Seen { at: latest(value), blotted, ..Seen::default() };
        }
        let blotted = clear::blot_entry(value, &self.plain);
        let path = text(value, "/request/path").unwrap_or_default();
        let delete = text(value, "/request/operation") == Some("delete");
        let of_device = path.strip_prefix("sys/audit/").map(|name| name.trim_end_matches('/'));
        let off = delete
            && of_device == Some(self.device.as_str())
            && text(value, "/type") == Some("response")
            && text(value, "/error").is_none();
        Seen { at: instant(value, "/time"), half: half(value), blotted, off }
    }

    fn blotted_hint(&self) -> Option<&'static str> {
        Some(
            "switch log_raw off, or name keys that hold no secret in the setting plain-keys; the \
             log itself still holds these values",
        )
    }
}

/// Whether a value is an entry of an audit log.
pub(super) fn is_entry(value: &Value) -> bool {
    matches!(text(value, "/type"), Some("request" | "response"))
        && value.get("request").is_some_and(Value::is_object)
}

/// The message with which Vault tries a device when it is enabled or the server starts.
pub(super) fn is_trial(value: &Value) -> bool {
    text(value, "/request/path") == Some("sys/audit/test")
}

/// The response to the call that enabled a device is the first that it logs, so it has no request.
pub(super) fn enables_device(value: &Value) -> bool {
    text(value, "/type") == Some("response")
        && text(value, "/request/path").is_some_and(|path| path.starts_with("sys/audit/"))
        && matches!(text(value, "/request/operation"), Some("update" | "create"))
}

fn half(value: &Value) -> Option<Half> {
    let id = text(value, "/request/id")?.to_owned();
    if is_trial(value) || enables_device(value) {
        return None;
    }
    // The request that enables one device while another logs is answered by the exempt response.
    let enabling = text(value, "/request/path").is_some_and(|p| p.starts_with("sys/audit/"));
    match text(value, "/type") {
        Some("request") if !enabling => Some(Half::Request(id)),
        Some("response") => Some(Half::Response(id)).filter(|_| !enabling),
        _ => None,
    }
}
