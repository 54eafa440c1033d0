//! One CloudTrail record, parsed as a whole and borrowed from the object's bytes.
//! Fields as in the CloudTrail User Guide, "CloudTrail record contents" and "CloudTrail
//! userIdentity element".

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A record. What the documentation calls text but old records write otherwise is still read;
/// absent, null, empty and what is neither text, number nor flag all are "not said".
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event<'a> {
    #[serde(borrow, default, rename = "eventID")]
    pub(super) event_id: Text<'a>,
    #[serde(borrow, default)]
    pub(super) event_source: Text<'a>,
    #[serde(borrow, default)]
    pub(super) event_name: Text<'a>,
    #[serde(borrow, default)]
    pub(super) aws_region: Text<'a>,
    #[serde(borrow, default)]
    pub(super) error_code: Text<'a>,
    #[serde(borrow, default)]
    pub(super) recipient_account_id: Text<'a>,
    #[serde(borrow, default)]
    pub(super) user_identity: Option<UserIdentity<'a>>,
    #[serde(borrow, default)]
    pub(super) request_parameters: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) response_elements: Option<&'a RawValue>,
}

/// Who did it (User Guide, "CloudTrail userIdentity element").
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
    pub(super) principal_id: Text<'a>,
    #[serde(borrow, default)]
    pub(super) user_name: Text<'a>,
    #[serde(borrow, default)]
    pub(super) access_key_id: Text<'a>,
    #[serde(borrow, default)]
    pub(super) invoked_by: Text<'a>,
    /// Of users who come from an identity provider.
    #[serde(borrow, default)]
    identity_provider: Text<'a>,
    #[serde(borrow, default)]
    session_context: Option<SessionContext<'a>>,
    #[serde(borrow, default)]
    on_behalf_of: Option<OnBehalfOf<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SessionContext<'a> {
    #[serde(borrow, default)]
    session_issuer: Option<SessionIssuer<'a>>,
    #[serde(borrow, default)]
    attributes: Option<Attributes<'a>>,
    #[serde(borrow, default)]
    source_identity: Text<'a>,
    #[serde(borrow, default)]
    web_id_federation_data: Option<Federation<'a>>,
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

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Federation<'a> {
    #[serde(borrow, default)]
    federated_provider: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OnBehalfOf<'a> {
    #[serde(borrow, default)]
    user_id: Text<'a>,
    #[serde(borrow, default)]
    identity_store_arn: Text<'a>,
}

impl UserIdentity<'_> {
    /// Who issued the session in which it was done.
    pub(super) fn session_issuer(&self) -> Option<&str> {
        self.session_context.as_ref()?.session_issuer.as_ref()?.arn.get()
    }

    /// Who the session says stands behind it.
    pub(super) fn source_identity(&self) -> Option<&str> {
        self.session_context.as_ref()?.source_identity.get()
    }

    /// Whether the session's record says that it began with more than one factor.
    pub(super) fn session_mfa(&self) -> Option<bool> {
        self.session_context.as_ref()?.attributes.as_ref()?.mfa_authenticated.get()?.parse().ok()
    }

    /// The identity provider, and its name for the user where the record has it.
    pub(super) fn federated(&self) -> Option<String> {
        let provider = self.identity_provider.get().or_else(|| {
            let data = self.session_context.as_ref()?.web_id_federation_data.as_ref()?;
            data.federated_provider.get()
        })?;
        match self.user_name.get().filter(|_| self.identity_provider.get().is_some()) {
            Some(subject) => Some(format!("{provider} {subject}")),
            None => Some(provider.to_owned()),
        }
    }

    /// The person on whose behalf a service acted, with the directory that knows them.
    pub(super) fn on_behalf_of(&self) -> Option<String> {
        let person = self.on_behalf_of.as_ref()?;
        let id = person.user_id.get()?;
        match person.identity_store_arn.get() {
            Some(store) => Some(format!("{store} {id}")),
            None => Some(id.to_owned()),
        }
    }
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

    pub(super) fn succeeded(&self) -> bool {
        self.error_code.get().is_none()
    }

    /// Who did it.
    pub(super) fn actor(&self) -> Option<&str> {
        self.user_identity.as_ref()?.arn.get()
    }
}

/// A part of a record in a shape that it may or may not have.
pub(super) fn part<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Option<T> {
    serde_json::from_str(raw.get()).ok()
}

/// Text that a record may or may not have.
#[derive(Clone, Debug, Default)]
pub(super) struct Text<'a>(Option<Cow<'a, str>>);

impl Text<'_> {
    /// The text, when there is some.
    pub(super) fn get(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| !text.is_empty())
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
