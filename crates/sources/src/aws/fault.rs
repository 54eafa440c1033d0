//! What AWS says when it does not answer, and what follows from it.

use serde_json::Value;

use super::xml::Element;

/// What an error means to the one who asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// The caller may not do this.
    Denied,
    /// Too many requests; retried until patience ended.
    Throttled,
    /// What was asked for is not there: often an answer in itself.
    NotFound,
    /// The credentials are no longer valid.
    Expired,
    /// The credentials are no credentials: unknown, or the signature does not fit.
    Rejected,
    /// The service is not in use by this account.
    NotInUse,
    /// The service does not know the operation, or does not exist in this region.
    Unsupported,
    /// The service failed, or never answered; retried until patience ended.
    Unavailable,
    /// Anything else.
    Other,
}

impl Kind {
    /// Whether asking again may help.
    pub(super) const fn may_pass(self) -> bool {
        matches!(self, Self::Throttled | Self::Unavailable)
    }

    /// Whether no other call will fare better with these credentials.
    pub(crate) const fn ends_it_all(self) -> bool {
        matches!(self, Self::Expired | Self::Rejected)
    }
}

/// Why a call failed for good.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{code}: {message}")]
pub(crate) struct Fault {
    /// What it means.
    pub(crate) kind: Kind,
    /// AWS's code, or one of ours for a call that never reached AWS: `NoCredentials`,
    /// `ConnectionFailed`, `CutOff`, `TimedOut`, `AnswerTooLong`, `NotText`, `CannotSign`.
    pub(crate) code: String,
    /// AWS's words, or ours; never a secret.
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(kind: Kind, code: &str, message: impl Into<String>) -> Self {
        Self { kind, code: code.to_owned(), message: message.into() }
    }

    /// From an answer whose status is an error. `header` is `x-amzn-errortype`.
    pub(super) fn from_answer(status: u16, header: Option<&str>, body: &str) -> Self {
        let (code, message) = read_json(body).or_else(|| read_xml(body)).unwrap_or_default();
        let code = if code.is_empty() { header.unwrap_or_default().to_owned() } else { code };
        // `com.amazonaws.sso#AccessDeniedException:http://…` is `AccessDeniedException`.
        let code = code.rsplit('#').next().unwrap_or_default();
        let code = code.split(':').next().unwrap_or_default().to_owned();
        let kind = classify(status, &code);
        let code = if code.is_empty() { format!("Http{status}") } else { code };
        // The words on a bad signature repeat the signed headers, session token included.
        let message = if kind == Kind::Rejected { String::new() } else { message };
        Self { kind, code, message }
    }
}

fn read_json(body: &str) -> Option<(String, String)> {
    let json: Value = serde_json::from_str(body).ok()?;
    let text = |names: [&str; 3]| {
        let found = names.iter().find_map(|name| json.get(name)?.as_str());
        found.unwrap_or_default().to_owned()
    };
    Some((text(["__type", "code", "Code"]), text(["message", "Message", "errorMessage"])))
}

fn read_xml(body: &str) -> Option<(String, String)> {
    let root = Element::parse(body)?;
    let error = root.find("Error")?;
    let text = |name: &str| error.text_of(name).unwrap_or_default().trim().to_owned();
    Some((text("Code"), text("Message")))
}

/// After the common errors of AWS's APIs and those of each service.
fn classify(status: u16, code: &str) -> Kind {
    match code {
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "NotAuthorized"
        | "AuthorizationError"
        | "UnauthorizedException" => Kind::Denied,
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "SlowDown"
        | "PriorRequestNotComplete"
        | "BandwidthLimitExceeded" => Kind::Throttled,
        "NoSuchEntity"
        | "NoSuchEntityException"
        | "ResourceNotFoundException"
        | "PolicyNotFoundException"
        | "AccountNotFoundException"
        | "TrailNotFoundException"
        | "ReportNotPresent"
        | "ReportExpired" => Kind::NotFound,
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => Kind::Expired,
        "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "AuthFailure"
        | "RequestExpired"
        | "RequestTimeTooSkewed"
        | "InvalidAccessKeyId" => Kind::Rejected,
        "AWSOrganizationsNotInUseException"
        | "SubscriptionRequiredException"
        | "OptInRequired"
        | "PolicyTypeNotEnabledException" => Kind::NotInUse,
        "UnknownOperationException"
        | "InvalidAction"
        | "UnsupportedOperation"
        | "UnsupportedOperationException"
        | "NotImplemented"
        | "UnsupportedAPIEndpointException" => Kind::Unsupported,
        "ServiceUnavailable"
        | "ServiceUnavailableException"
        | "InternalFailure"
        | "InternalServerError"
        | "InternalServerException"
        | "ServiceFailure"
        | "ServiceException"
        | "RequestTimeout"
        | "RequestTimeoutException" => Kind::Unavailable,
        _ => match status {
            401 | 403 => Kind::Denied,
            404 => Kind::NotFound,
            429 => Kind::Throttled,
            501 => Kind::Unsupported,
            408 | 500.. => Kind::Unavailable,
            _ => Kind::Other,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_apart() {
        let xml = |code: &str| {
            format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>m</Message></Error></ErrorResponse>"
            )
        };
        let json = |code: &str| format!(r#"{{"__type":"com.amazon.x#{code}","Message":"m"}}"#);
        for (status, body, kind, code) in [
            (403, xml("AccessDenied"), Kind::Denied, "AccessDenied"),
            (400, json("AccessDeniedException"), Kind::Denied, "AccessDeniedException"),
            (400, xml("Throttling"), Kind::Throttled, "Throttling"),
            (429, String::new(), Kind::Throttled, "Http429"),
            (404, xml("NoSuchEntity"), Kind::NotFound, "NoSuchEntity"),
            (403, xml("ExpiredToken"), Kind::Expired, "ExpiredToken"),
            (403, xml("SignatureDoesNotMatch"), Kind::Rejected, "SignatureDoesNotMatch"),
            (
                400,
                json("AWSOrganizationsNotInUseException"),
                Kind::NotInUse,
                "AWSOrganizationsNotInUseException",
            ),
            (503, "<html>busy</html>".to_owned(), Kind::Unavailable, "Http503"),
            (400, "nonsense".to_owned(), Kind::Other, "Http400"),
        ] {
            let fault = Fault::from_answer(status, None, &body);
            assert_eq!((fault.kind, fault.code.as_str()), (kind, code), "{body}");
        }
        let header = Fault::from_answer(400, Some("ThrottlingException:http://x/"), "{}");
        assert_eq!((header.kind, header.code.as_str()), (Kind::Throttled, "ThrottlingException"));
    }

    #[test]
    fn the_words_on_a_bad_signature_are_not_repeated() {
        let body = "<E><Error><Code>SignatureDoesNotMatch</Code><Message>x-amz-security-token:SECRET</Message></Error></E>";
        assert_eq!(Fault::from_answer(403, None, body).message, "");
    }

    proptest::proptest! {
        #[test]
        fn no_answer_makes_it_panic(status in 300_u16..700, body in ".{0,200}", header in ".{0,40}") {
            let fault = Fault::from_answer(status, Some(&header), &body);
            proptest::prop_assert!(!fault.code.is_empty());
        }
    }
}
