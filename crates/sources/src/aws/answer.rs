//! What a call gave in the end.

use aws_credential_types::Credentials;

use super::fault::{Fault, Kind};
use super::http::Reply;

/// An answer, as received; or a failure, with what was received.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Answer {
    /// The HTTP status; 0 when there was no answer at all.
    pub(crate) status: u16,
    /// The content type without parameters.
    pub(crate) media_type: String,
    /// AWS's id of the request.
    pub(crate) request_id: Option<String>,
    /// The text as received. What the caller's own secrets were is blotted out.
    pub(crate) body: String,
    /// Attempts made.
    pub(crate) attempts: u32,
    /// Why it is no success.
    pub(crate) fault: Option<Fault>,
}

impl Answer {
    /// There was none.
    pub(super) const fn none(fault: Fault, attempts: u32) -> Self {
        Self {
            status: 0,
            media_type: String::new(),
            request_id: None,
            body: String::new(),
            attempts,
            fault: Some(fault),
        }
    }

    pub(super) fn from_reply(reply: Reply, keys: &Credentials, attempts: u32) -> Self {
        let header = |name: &str| reply.header(name).map(str::to_owned);
        let media_type = header("content-type").unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim().to_owned();
        let request_id = header("x-amzn-requestid").or_else(|| header("x-amz-request-id"));
        let error_type = header("x-amzn-errortype");
        let status = reply.status;
        let (body, text) = match String::from_utf8(reply.body) {
            Ok(body) => (body, true),
            Err(e) => (String::from_utf8_lossy(e.as_bytes()).into_owned(), false),
        };
        // The words on a bad signature repeat the headers that were signed.
        let body = if status >= 400 { blot(body, keys) } else { body };
        let fault = match status {
            200..300 if text => None,
            200..300 => Some(Fault::new(Kind::Other, "NotText", "the answer is no UTF-8 text")),
            _ => Some(Fault::from_answer(status, error_type.as_deref(), &body)),
        };
        Self { status, media_type, request_id, body, attempts, fault }
    }
}

fn blot(body: String, keys: &Credentials) -> String {
    let secrets = [Some(keys.secret_access_key()), keys.session_token()];
    let mut body = body;
    for secret in secrets.into_iter().flatten().filter(|secret| !secret.is_empty()) {
        if body.contains(secret) {
            body = body.replace(secret, "[redacted]");
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_callers_secrets_do_not_come_back() {
        let keys = Credentials::new("AKIA", "sec+ret", Some("to/ken".to_owned()), None, "test");
        let body = b"<E><Error><Code>SignatureDoesNotMatch</Code><Message>x-amz-security-token:to/ken sec+ret</Message></Error></E>".to_vec();
        let reply = Reply { status: 403, headers: Vec::new(), body };
        let answer = Answer::from_reply(reply, &keys, 1);
        let shown = format!("{answer:?}");
        assert!(!shown.contains("to/ken") && !shown.contains("sec+ret"), "{shown}");
        assert_eq!(answer.fault.map(|fault| fault.kind), Some(Kind::Rejected));
    }
}
