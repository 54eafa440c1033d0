//! What goes wrong between here and the bucket, and what to do about it.

use serde::Deserialize;

use crate::source::CollectError;

use super::place::{Place, is_region};

/// Why a request gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// No answer came.
    Unreachable(String),
    /// There are no credentials.
    Credentials(String),
    /// The body did not come whole.
    CutOff(String),
    /// The answer is not what the protocol says.
    Answer(String),
    /// What was fetched cannot be kept on this machine.
    Disk(String),
    /// The service says no.
    Status {
        status: u16,
        /// As in "Error responses" of the Amazon S3 API reference; empty when none was given.
        code: String,
        message: String,
        /// Where the bucket is, when the service says so.
        region: Option<String>,
    },
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Body {
    code: String,
    message: String,
    region: String,
}

/// What was asked for when it went wrong.
#[derive(Clone, Copy)]
pub(super) enum Asked<'a> {
    /// The keys below a prefix.
    Listing(&'a str),
    /// An object.
    Object(&'a str),
}

impl Fault {
    /// From an answer that is no success.
    pub(super) fn of(status: u16, region: Option<&str>, body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let body: Body = quick_xml::de::from_str(&text).unwrap_or_default();
        let region = region.map(str::to_owned).or((!body.region.is_empty()).then_some(body.region));
        // The words on a bad signature may repeat what was signed.
        let repeats = body.code == "SignatureDoesNotMatch";
        let message = if repeats { String::new() } else { shortened(&body.message) };
        Self::Status { status, code: body.code, message, region }
    }

    fn code(&self) -> &str {
        if let Self::Status { code, .. } = self { code } else { "" }
    }

    fn status(&self) -> u16 {
        if let Self::Status { status, .. } = self { *status } else { 0 }
    }

    /// Whether the same request may succeed a little later.
    pub(super) fn passes(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::CutOff(_) => true,
            Self::Status { status, .. } => {
                matches!(status, 408 | 429 | 500..=599) && *status != 501
            }
            Self::Credentials(_) | Self::Answer(_) | Self::Disk(_) => false,
        }
    }

    fn is_throttling(&self) -> bool {
        matches!(self.code(), "SlowDown" | "ThrottlingException" | "RequestLimitExceeded")
            || matches!(self.status(), 429 | 503)
    }

    fn is_about_credentials(&self) -> bool {
        matches!(self, Self::Credentials(_))
            || matches!(
                self.code(),
                "InvalidAccessKeyId"
                    | "SignatureDoesNotMatch"
                    | "ExpiredToken"
                    | "InvalidToken"
                    | "TokenRefreshRequired"
                    | "RequestTimeTooSkewed"
                    | "AuthorizationHeaderMalformed"
                    | "PermanentRedirect"
            )
            || matches!(self.status(), 301 | 401)
    }

    /// Whether every further request would end the same way.
    pub(super) fn ends_everything(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Disk(_))
            || self.is_about_credentials()
            || self.is_throttling()
            || self.code() == "NoSuchBucket"
    }

    /// Whether the service refuses, rather than fails.
    pub(super) fn is_denial(&self) -> bool {
        self.status() == 403
    }

    /// The region in which the bucket is, if that is what was wrong.
    pub(super) fn elsewhere(&self) -> Option<&str> {
        let Self::Status { status: 301 | 400, region: Some(region), .. } = self else {
            return None;
        };
        is_region(region).then_some(region)
    }

    /// Cause and hint for people.
    pub(super) fn told(&self, place: &Place, asked: Asked<'_>) -> (String, String) {
        let what = match asked {
            Asked::Listing(prefix) => format!("s3://{}/{prefix} cannot be listed", place.bucket),
            Asked::Object(key) => format!("s3://{}/{key} cannot be read", place.bucket),
        };
        if let ("NoSuchKey", Asked::Object(key)) = (self.code(), asked) {
            let cause = format!("s3://{}/{key} vanished while it was collected", place.bucket);
            return (cause, self.hint(place, asked));
        }
        let (why, hint) = match self {
            Self::Unreachable(why) => (
                format!("the service does not answer: {why}"),
                "check the network and the settings endpoint and region, then collect again"
                    .to_owned(),
            ),
            Self::Credentials(why) => (
                format!("there are no usable credentials: {why}"),
                "give credentials by the environment, a profile or an instance role".to_owned(),
            ),
            Self::CutOff(why) => (
                why.clone(),
                "collect again; if it stays so, the stored object is damaged".to_owned(),
            ),
            Self::Answer(why) => {
                (why.clone(), "check that the endpoint is an S3-compatible service".to_owned())
            }
            Self::Disk(why) => {
                (why.clone(), "check the space and permissions of the workspace".to_owned())
            }
            Self::Status { status, code, message, .. } => {
                let detail =
                    if message.is_empty() { String::new() } else { format!(" ({message})") };
                let code = if code.is_empty() { String::new() } else { format!(" {code}") };
                (format!("the service answers {status}{code}{detail}"), self.hint(place, asked))
            }
        };
        (format!("{what}: {why}"), hint)
    }

    fn hint(&self, place: &Place, asked: Asked<'_>) -> String {
        if let Some(region) = self.elsewhere() {
            return format!("set region to {region}");
        }
        match (self.code(), asked) {
            ("NoSuchBucket", _) => "check the settings bucket, region and endpoint".to_owned(),
            ("NoSuchKey", Asked::Object(_)) => {
                "it was listed a moment before: find out who removes log objects".to_owned()
            }
            ("InvalidObjectState", _) => {
                "it is archived: restore it (aws s3api restore-object), then collect again with a relist that reaches back to its day".to_owned()
            }
            ("PreconditionFailed", _) => {
                "it was written again after it was listed: find out who writes log objects".to_owned()
            }
            ("RequestTimeTooSkewed", _) => "set this machine's clock".to_owned(),
            _ if self.is_about_credentials() => "check the credentials and the region".to_owned(),
            _ if self.is_throttling() => {
                "collect again later, or set parallel to less: what came is kept".to_owned()
            }
            (code, Asked::Object(key)) if self.is_denial() || code.starts_with("KMS.") => format!(
                "allow s3:GetObject on arn:aws:s3:::{}/{key}, and kms:Decrypt on the key that encrypts it",
                place.bucket
            ),
            (_, Asked::Listing(_)) if self.is_denial() => {
                format!("allow s3:ListBucket on arn:aws:s3:::{}", place.bucket)
            }
            _ => "collect again; what came is kept".to_owned(),
        }
    }

    /// As what ends a collection.
    pub(super) fn fatal(&self, place: &Place, asked: Asked<'_>) -> CollectError {
        let (cause, hint) = self.told(place, asked);
        CollectError { what: format!("bucket {}", place.bucket), cause, hint }
    }
}

/// Error texts are shown and recorded: one line, not a page.
fn shortened(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let short: String = line.trim().chars().take(300).collect();
    if short.len() < line.trim().len() { short + "…" } else { short }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_answer_is_too_strange(status in 300..600_u16, body in prop::collection::vec(any::<u8>(), 0..300)) {
            let fault = Fault::of(status, None, &body);
            prop_assert!(!fault.passes() || matches!(status, 408 | 429 | 500..));
        }
    }

    #[test]
    fn answers_are_told_apart() {
        let slow = Fault::of(503, None, b"<Error><Code>SlowDown</Code></Error>");
        assert!(slow.passes() && slow.ends_everything());
        let denied = Fault::of(
            403,
            None,
            b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>no</Message></Error>",
        );
        assert!(!denied.passes() && !denied.ends_everything() && denied.is_denial());
        let moved = Fault::of(
            400,
            None,
            b"<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>",
        );
        assert_eq!(moved.elsewhere(), Some("eu-west-1"));
        let odd = Fault::of(500, None, b"\xff<html>oops");
        assert!(odd.passes() && !odd.ends_everything());
        assert!(!Fault::of(501, None, b"").passes());
    }

    #[test]
    fn messages_stay_short_and_on_one_line() {
        let body =
            format!("<Error><Code>X</Code><Message>a\nb{}</Message></Error>", "y".repeat(9999));
        let Fault::Status { message, .. } = Fault::of(400, None, body.as_bytes()) else { panic!() };
        assert!(message.starts_with("a b") && message.chars().count() == 301, "{message}");
    }
}
