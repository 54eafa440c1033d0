//! Values as AWS writes them: the same thing is a word in XML and typed in JSON.

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde_json::Value;
use tenure_model::time::Timestamp;

use crate::cloudtrail::policy::canonical;

/// How AWS writes that there is nothing to say.
const NOTHING: &[&str] = &["", "N/A"];

/// Text; numbers and flags as they are written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) struct Text(Option<String>);

impl Text {
    pub(super) fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Value::deserialize(from)? {
            Value::Null => Ok(Self(None)),
            Value::String(text) => Ok(Self(Some(text).filter(|text| !text.is_empty()))),
            value @ (Value::Bool(_) | Value::Number(_)) => Ok(Self(Some(value.to_string()))),
            _ => Err(D::Error::custom("expected a text")),
        }
    }
}

/// An instant: RFC 3339 (with `T` or a space), or seconds since 1970 as the JSON protocols write.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) struct Time(pub(super) Option<Timestamp>);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Value::deserialize(from)? {
            Value::Null => Ok(Self(None)),
            Value::String(text) if NOTHING.contains(&text.as_str()) => Ok(Self(None)),
            Value::String(text) => text.parse().map(|at| Self(Some(at))).map_err(D::Error::custom),
            Value::Number(number) => match number.as_f64() {
                // Farther than any calendar; a cast of it would say something else.
                Some(seconds) if seconds.abs() < 1e11 => Ok(Self(Some(of_seconds(seconds)))),
                _ => Err(D::Error::custom(format!("{number} is no time in seconds"))),
            },
            _ => Err(D::Error::custom("expected a time")),
        }
    }
}

fn of_seconds(seconds: f64) -> Timestamp {
    // AWS gives milliseconds at most; more digits are noise of the binary fraction. The caller
    // bounds it, so the cast loses nothing else.
    let millis = (seconds * 1_000.0).round() as i64;
    Timestamp::from_micros(millis.saturating_mul(1_000))
}

/// Yes or no.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) struct Flag(pub(super) Option<bool>);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Value::deserialize(from)? {
            Value::Null => Ok(Self(None)),
            Value::Bool(flag) => Ok(Self(Some(flag))),
            Value::String(text) => match text.as_str() {
                "" => Ok(Self(None)),
                "true" => Ok(Self(Some(true))),
                "false" => Ok(Self(Some(false))),
                other => Err(D::Error::custom(format!("'{other}' is neither true nor false"))),
            },
            _ => Err(D::Error::custom("expected true or false")),
        }
    }
}

/// A list; one that is empty in XML has no members to be told by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct List<T>(pub(super) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Value::deserialize(from)? {
            Value::Null => Ok(Self::default()),
            Value::String(text) if text.trim().is_empty() => Ok(Self::default()),
            list @ Value::Array(_) => {
                serde_json::from_value(list).map(Self).map_err(D::Error::custom)
            }
            _ => Err(D::Error::custom("expected a list")),
        }
    }
}

/// A part that may be left out or, in XML, be an empty element.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Part<T>(pub(super) Option<T>);

impl<T> Default for Part<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Part<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Value::deserialize(from)? {
            Value::Null => Ok(Self(None)),
            Value::String(text) if text.trim().is_empty() => Ok(Self(None)),
            part => {
                serde_json::from_value(part).map(|part| Self(Some(part))).map_err(D::Error::custom)
            }
        }
    }
}

/// A policy document as text in one spelling: AWS gives it percent-encoded (RFC 3986) in answers,
/// the AWS CLI prints it as an object.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) struct Document(pub(super) String);

impl Document {
    /// From text, percent-encoded or not.
    pub(super) fn of(text: &str) -> Self {
        Self(canonical(text))
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Value::deserialize(from)? {
            Value::String(text) => Ok(Self::of(&text)),
            object @ Value::Object(_) => Ok(Self(object.to_string())),
            _ => Err(D::Error::custom("expected a policy document")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct All {
        at: Time,
        on: Flag,
        of: List<String>,
        document: Document,
    }

    fn all(json: &str) -> All {
        serde_json::from_str(json).expect("values")
    }

    #[test]
    fn xml_and_json_say_the_same() {
        let instant = "2023-03-09T10:41:45Z".parse().ok();
        for at in ["\"2023-03-09 10:41:45+00:00\"", "\"2023-03-09T10:41:45Z\"", "1678358505.0"] {
            assert_eq!(all(&format!("{{\"at\":{at}}}")).at.0, instant);
        }
        assert_eq!(all("{\"at\":\"N/A\"}").at, Time(None));
        assert_eq!(all("{\"on\":\"true\"}").on, all("{\"on\":true}").on);
        assert!(all("{\"of\":\"\\n \"}").of.0.is_empty());
        let encoded = all("{\"document\":\"%7B%22b%22%3A1%2C%20%22a%22%3A2%7D\"}").document;
        assert_eq!(encoded, all("{\"document\":{\"b\":1,\"a\":2}}").document);
    }

    #[test]
    fn what_is_something_else_is_refused() {
        for json in ["{\"at\":\"soon\"}", "{\"at\":1e300}", "{\"on\":\"maybe\"}", "{\"of\":{}}"] {
            assert!(serde_json::from_str::<All>(json).is_err(), "{json}");
        }
    }
}
