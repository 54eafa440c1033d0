//! JSON that keeps what `serde_json::Value` loses: keys that are written twice.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// A JSON value whose objects are pairs in the order written.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    Text(String),
    Array(Vec<Self>),
    Object(Vec<(String, Self)>),
    /// Null, a boolean or a number.
    Other(Value),
}

impl Tree {
    /// The first key that some object within has twice.
    pub(super) fn duplicate(&self) -> Option<&str> {
        match self {
            Self::Text(_) | Self::Other(_) => None,
            Self::Array(items) => items.iter().find_map(Self::duplicate),
            Self::Object(pairs) => {
                repeated(pairs).or_else(|| pairs.iter().find_map(|(_, value)| value.duplicate()))
            }
        }
    }

    /// The same value with sorted keys; of equal keys the last counts, as in most readers.
    pub(super) fn canonical(&self) -> Value {
        match self {
            Self::Text(text) => Value::String(text.clone()),
            Self::Other(value) => value.clone(),
            Self::Array(items) => items.iter().map(Self::canonical).collect(),
            Self::Object(pairs) => {
                let mut sorted: Vec<_> = pairs.iter().collect();
                sorted.sort_by(|a, b| a.0.cmp(&b.0));
                let entries =
                    sorted.into_iter().map(|(key, value)| (key.clone(), value.canonical()));
                Value::Object(entries.collect::<Map<_, _>>())
            }
        }
    }

    /// An array's items, or the value itself as the one item.
    pub(super) fn items(&self) -> &[Self] {
        match self {
            Self::Array(items) => items,
            one => std::slice::from_ref(one),
        }
    }
}

/// The first key that stands twice among the pairs themselves.
pub(super) fn repeated(pairs: &[(String, Tree)]) -> Option<&str> {
    let mut seen = BTreeSet::new();
    pairs.iter().map(|(key, _)| key.as_str()).find(|key| !seen.insert(*key))
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Read)
    }
}

struct Read;

impl<'de> Visitor<'de> for Read {
    type Value = Tree;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a JSON value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Tree, E> {
        Ok(Tree::Text(text))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Tree, E> {
        Ok(Tree::Other(Value::Bool(flag)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Tree, E> {
        Ok(Tree::Other(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Tree, E> {
        Ok(Tree::Other(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Tree, E> {
        Ok(Tree::Other(number.into()))
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Other(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element()? {
            items.push(item);
        }
        Ok(Tree::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Tree, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = from.next_entry()? {
            pairs.push(pair);
        }
        Ok(Tree::Object(pairs))
    }
}
