//! An event of an audit log (Kubernetes API reference, "audit.k8s.io/v1", `Event`).

use serde_json::Value;
use tenure_model::time::Timestamp;

use crate::audit_files::{text, texts};

/// An event.
#[derive(Clone, Copy)]
pub(super) struct Event<'a> {
    pub(super) value: &'a Value,
    /// When the request was received, or, where that is not said, when this stage was reached.
    pub(super) at: Timestamp,
    /// When this stage was reached: from then on what was asked for is so.
    pub(super) done: Timestamp,
    pub(super) verb: &'a str,
}

impl<'a> Event<'a> {
    /// The error is for people.
    pub(super) fn of(value: &'a Value) -> Result<Self, String> {
        let time = |pointer: &str| {
            let said = text(value, pointer).map(str::parse::<Timestamp>).transpose();
            said.map_err(|e| format!("its {} cannot be used: {e}", &pointer[1..]))
        };
        let old = time("/timestamp")?;
        let received = time("/requestReceivedTimestamp")?.or(old);
        let staged = time("/stageTimestamp")?;
        let at = received.or(staged).ok_or("it has no requestReceivedTimestamp")?;
        let verb = text(value, "/verb").unwrap_or_default();
        Ok(Self { value, at, done: staged.unwrap_or(at).max(at), verb })
    }

    pub(super) fn text(&self, pointer: &str) -> Option<&'a str> {
        text(self.value, pointer)
    }

    pub(super) fn id(&self) -> &'a str {
        self.text("/auditID").unwrap_or_default()
    }

    /// What was asked for; empty for what is no resource, such as `/healthz`.
    pub(super) fn resource(&self) -> &'a str {
        self.text("/objectRef/resource").unwrap_or_default()
    }

    pub(super) fn subresource(&self) -> &'a str {
        self.text("/objectRef/subresource").unwrap_or_default()
    }

    pub(super) fn code(&self) -> Option<i64> {
        self.value.pointer("/responseStatus/code")?.as_i64()
    }

    pub(super) fn succeeded(&self) -> bool {
        self.code().is_some_and(|code| (200..300).contains(&code))
    }

    /// Who is responsible: an impersonated user acts, who impersonates answers for it.
    pub(super) fn user(&self) -> Option<&'a str> {
        self.text("/user/username")
    }

    /// A value that authentication added (`user.extra`): the first of its list.
    pub(super) fn extra(&self, name: &str) -> Option<&'a str> {
        let extra = self.value.pointer("/user/extra")?.get(name)?;
        let first = if extra.is_array() { extra.get(0)? } else { extra };
        first.as_str().filter(|text| !text.is_empty())
    }

    pub(super) fn annotation(&self, name: &str) -> Option<&'a str> {
        let value = self.value.get("annotations")?.get(name)?;
        value.as_str().filter(|text| !text.is_empty())
    }

    /// Where from: whoever sends the request can set all addresses but the last, which is that of
    /// the connection.
    pub(super) fn address(&self) -> Option<&'a str> {
        texts(self.value, "/sourceIPs").last().copied()
    }

    /// The object as it is now, or as it was asked for; with a body only at the levels that have
    /// one.
    pub(super) fn object(&self) -> Option<&'a Value> {
        let body = |name: &str| self.value.get(name).filter(|body| body.is_object());
        let whole = |body: &&Value| text(body, "/kind") != Some("Status");
        body("responseObject").filter(whole).or_else(|| body("requestObject").filter(whole))
    }
}
