//! A line of a file of facts as it is read. Its texts stay in the line until somebody keeps them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use tenure_model::Timestamp;
use tenure_model::digest::Digest;
use tenure_model::fact::Change;
use tenure_model::tables::TableId;

/// As [`super::Line`].
#[derive(Debug, serde::Deserialize)]
pub(crate) enum Told<'l> {
    #[serde(rename = "a")]
    Artifact(Digest),
    #[serde(rename = "f")]
    Fact(u64, #[serde(borrow)] ToldFact<'l>),
    #[serde(rename = "u")]
    Uses(u64),
}

/// As [`tenure_model::fact::Fact`].
#[derive(Debug, serde::Deserialize)]
pub(crate) struct ToldFact<'l> {
    pub(crate) table: TableId,
    #[serde(borrow)]
    pub(crate) native_type: Cow<'l, str>,
    #[serde(borrow)]
    pub(crate) native_id: Cow<'l, str>,
    pub(crate) change: Change,
    #[serde(borrow)]
    pub(crate) attrs: ToldAttrs<'l>,
}

/// As [`tenure_model::fact::Attrs`], in the order of the line.
#[derive(Debug)]
pub(crate) struct ToldAttrs<'l>(Vec<(Name<'l>, Said<'l>)>);

#[derive(Debug, serde::Deserialize)]
struct Name<'l>(#[serde(borrow)] Cow<'l, str>);

/// As [`tenure_model::fact::Value`].
#[derive(Debug, serde::Deserialize)]
pub(crate) enum Said<'l> {
    #[serde(rename = "s", borrow)]
    Text(Cow<'l, str>),
    #[serde(rename = "i")]
    Int(i64),
    #[serde(rename = "b")]
    Bool(bool),
    #[serde(rename = "t")]
    Time(Timestamp),
    #[serde(rename = "n")]
    Empty,
}

impl<'l> ToldAttrs<'l> {
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Said<'l>)> {
        self.0.iter().map(|(name, said)| (&*name.0, said))
    }
}

impl<'de: 'l, 'l> Deserialize<'de> for ToldAttrs<'l> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Attrs;

        impl<'l> Visitor<'l> for Attrs {
            type Value = ToldAttrs<'l>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("attributes by column")
            }

            fn visit_map<A: MapAccess<'l>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut attrs = Vec::new();
                while let Some(attr) = map.next_entry()? {
                    attrs.push(attr);
                }
                Ok(ToldAttrs(attrs))
            }
        }

        deserializer.deserialize_map(Attrs)
    }
}
