//! One CloudTrail record, borrowed from the object's bytes, and the use of access it tells of.
//! Fields as in the CloudTrail User Guide, "CloudTrail record contents" and "CloudTrail
//! userIdentity element".

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use tenure_model::fact::{UsageEvent, UseOutcome};
use tenure_model::time::Timestamp;

/// A record. What the documentation calls text but old records write otherwise is still read;
/// absent, null, empty and what is neither text, number nor flag all are "not said".
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event<'a> {
    #[serde(borrow, default, rename = "eventID")]
    pub(super) event_id: Text<'a>,
    #[serde(borrow, default)]
    pub(super) event_time: Text<'a>,
    #[serde(borrow, default)]
    pub(super) event_source: Text<'a>,
    #[serde(borrow, default)]
    pub(super) event_name: Text<'a>,
    #[serde(borrow, default)]
    pub(super) event_category: Text<'a>,
    #[serde(borrow, default)]
    pub(super) aws_region: Text<'a>,
    #[serde(borrow, default, rename = "sourceIPAddress")]
    pub(super) source_ip_address: Text<'a>,
    #[serde(borrow, default)]
    pub(super) user_agent: Text<'a>,
    #[serde(borrow, default)]
    pub(super) error_code: Text<'a>,
    #[serde(borrow, default)]
    pub(super) recipient_account_id: Text<'a>,
    #[serde(borrow, default)]
    read_only: Text<'a>,
    #[serde(borrow, default)]
    management_event: Text<'a>,
    #[serde(borrow, default)]
    pub(super) user_identity: Option<UserIdentity<'a>>,
    #[serde(borrow, default)]
    pub(super) request_parameters: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) response_elements: Option<&'a RawValue>,
    #[serde(borrow, default)]
    additional_event_data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    resources: Option<&'a RawValue>,
    /// Only digest files have it.
    #[serde(borrow, default, rename = "digestS3Object")]
    pub(super) digest_object: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserIdentity<'a> {
    #[serde(borrow, default, rename = "type")]
    pub(super) kind: Text<'a>,
    #[serde(borrow, default)]
    pub(super) arn: Text<'a>,
    #[serde(borrow, default)]
    pub(super) account_id: Text<'a>,
    #[serde(borrow, default)]
    principal_id: Text<'a>,
    #[serde(borrow, default)]
    pub(super) user_name: Text<'a>,
    #[serde(borrow, default)]
    pub(super) access_key_id: Text<'a>,
    #[serde(borrow, default)]
    pub(super) invoked_by: Text<'a>,
    #[serde(borrow, default)]
    session_context: Option<SessionContext<'a>>,
}

impl UserIdentity<'_> {
    /// A service of AWS acting for itself is named by its principal; it has no user name.
    fn service(&self) -> Option<String> {
        let service = self.kind.get() == Some("AWSService");
        service.then(|| self.invoked_by.get().map(str::to_owned)).flatten()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SessionContext<'a> {
    #[serde(borrow, default)]
    session_issuer: Option<SessionIssuer<'a>>,
    #[serde(borrow, default)]
    attributes: Option<Attributes<'a>>,
}

#[derive(Debug, Default, Deserialize)]
struct SessionIssuer<'a> {
    #[serde(borrow, default)]
    arn: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attributes<'a> {
    #[serde(borrow, default)]
    mfa_authenticated: Text<'a>,
}

impl<'a> Event<'a> {
    /// From the record's bytes; the error is for people.
    pub(super) fn parse(raw: &'a [u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(raw)
            .map_err(|e| format!("it is not UTF-8 from byte {} on", e.valid_up_to()))?;
        if !text.starts_with('{') {
            return Err("it is no JSON object".to_owned());
        }
        serde_json::from_str(text).map_err(|e| format!("it is not a CloudTrail event: {e}"))
    }

    /// When it happened.
    pub(super) fn at(&self) -> Result<Timestamp, String> {
        let text = self.event_time.get().ok_or("it has no eventTime")?;
        text.parse().map_err(|e| format!("its eventTime cannot be used: {e}"))
    }

    pub(super) fn succeeded(&self) -> bool {
        self.error_code.get().is_none()
    }

    /// Who did it.
    pub(super) fn actor(&self) -> Option<&str> {
        self.user_identity.as_ref()?.arn.get()
    }

    /// Who issued the session in which it was done.
    pub(super) fn session_issuer(&self) -> Option<&str> {
        self.user_identity.as_ref()?.session_context.as_ref()?.session_issuer.as_ref()?.arn.get()
    }

    /// The use of access that the record tells of.
    pub(super) fn usage(&self, at: Timestamp) -> UsageEvent {
        let own = |text: &Text<'_>| text.get().map(str::to_owned);
        let nobody = UserIdentity::default();
        let identity = self.user_identity.as_ref().unwrap_or(&nobody);
        UsageEvent {
            event_id: self.event_id.get().unwrap_or_default().to_owned(),
            event_time: Some(at),
            account: own(&self.recipient_account_id),
            region: own(&self.aws_region),
            service: own(&self.event_source),
            action: own(&self.event_name),
            actor_type: own(&identity.kind),
            actor: own(&identity.arn),
            actor_id: own(&identity.principal_id),
            actor_name: own(&identity.user_name).or_else(|| identity.service()),
            credential_key: own(&identity.access_key_id),
            session_issuer: self.session_issuer().map(str::to_owned),
            resource: self.resource(),
            outcome: Some(self.outcome()),
            error_code: own(&self.error_code),
            src_ip: own(&self.source_ip_address),
            user_agent: own(&self.user_agent),
            mfa: self.mfa(),
            read_only: self.read_only.flag(),
            management: self.management_event.flag(),
            ..UsageEvent::default()
        }
    }

    fn is_console_login(&self) -> bool {
        self.event_name.get() == Some("ConsoleLogin")
    }

    /// A refused sign-in has no error code; what became of it stands in the response (User Guide,
    /// "AWS Management Console sign-in events").
    fn outcome(&self) -> UseOutcome {
        #[derive(Deserialize)]
        struct Response<'a> {
            #[serde(borrow, default, rename = "ConsoleLogin")]
            console_login: Text<'a>,
        }
        if let Some(code) = self.error_code.get() {
            return if is_denial(code) { UseOutcome::Denied } else { UseOutcome::Error };
        }
        let sign_in: Option<Response<'_>> =
            self.response_elements.filter(|_| self.is_console_login()).and_then(part);
        match sign_in.as_ref().and_then(|r| r.console_login.get()) {
            Some("Failure") => UseOutcome::Denied,
            _ => UseOutcome::Success,
        }
    }

    fn mfa(&self) -> Option<bool> {
        #[derive(Deserialize)]
        struct SignIn<'a> {
            #[serde(borrow, default, rename = "MFAUsed")]
            mfa_used: Text<'a>,
        }
        if self.is_console_login() {
            let sign_in: SignIn<'_> = part(self.additional_event_data?)?;
            return match sign_in.mfa_used.get()? {
                "Yes" => Some(true),
                "No" => Some(false),
                _ => None,
            };
        }
        let session = self.user_identity.as_ref()?.session_context.as_ref()?;
        session.attributes.as_ref()?.mfa_authenticated.flag()
    }

    /// The first resource that has an ARN.
    fn resource(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Resource<'a> {
            #[serde(borrow, default, rename = "ARN")]
            arn: Text<'a>,
        }
        let resources: Vec<Resource<'_>> = part(self.resources?)?;
        resources.iter().find_map(|r| r.arn.get()).map(str::to_owned)
    }
}

/// A part of a record in a shape that it may or may not have.
pub(super) fn part<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Option<T> {
    serde_json::from_str(raw.get()).ok()
}

/// `AccessDenied`, `AccessDeniedException`, `UnauthorizedOperation`, `Client.UnauthorizedOperation`.
fn is_denial(code: &str) -> bool {
    let code = code.strip_prefix("Client.").unwrap_or(code);
    code.starts_with("AccessDenied") || code.starts_with("UnauthorizedOperation")
}

/// Text that a record may or may not have.
#[derive(Clone, Debug, Default)]
pub(super) struct Text<'a>(Option<Cow<'a, str>>);

impl Text<'_> {
    /// The text, when there is some.
    pub(super) fn get(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| !text.is_empty())
    }

    fn flag(&self) -> Option<bool> {
        self.get()?.parse().ok()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor).map(Self)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(text.to_owned())))
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(if flag { "true" } else { "false" })))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(number.to_string())))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(number.to_string())))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(number.to_string())))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}
