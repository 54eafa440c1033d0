//! The records that an item or a finding rests on.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::text::Text;

/// Pointers to records, `artifact-digest#record` each, in one text. In JSON it is a list of them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Evidence(Text);

impl Evidence {
    /// Each pointer.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split_ascii_whitespace()
    }

    /// All of them, with a space between any two.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// The same, each pointer once, in order.
    #[must_use]
    pub fn sorted(&self) -> Self {
        match self.iter().is_sorted_by(|a, b| a < b) {
            true => self.clone(),
            false => self.iter().collect::<BTreeSet<_>>().into_iter().collect(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Text> for Evidence {
    /// Pointers with white space between them, as a query gives them.
    fn from(text: Text) -> Self {
        let pointers = text.split_ascii_whitespace();
        let spaced = pointers.clone().count().saturating_sub(1);
        match pointers.map(str::len).sum::<usize>() + spaced == text.len() {
            true => Self(text),
            false => text.split_ascii_whitespace().collect(),
        }
    }
}

impl<P: AsRef<str>> FromIterator<P> for Evidence {
    fn from_iter<I: IntoIterator<Item = P>>(pointers: I) -> Self {
        let mut text = String::new();
        for pointer in pointers {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(pointer.as_ref());
        }
        Self(text.into())
    }
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Serialize for Evidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Evidence {
    /// # Errors
    /// When a pointer is empty or holds white space: it would come back as another one, or as several.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pointers = Vec::<String>::deserialize(deserializer)?;
        let broken = |p: &&String| p.is_empty() || p.contains(|c: char| c.is_ascii_whitespace());
        if let Some(broken) = pointers.iter().find(broken) {
            return Err(D::Error::custom(format!(
                "'{broken}' is no pointer to a record; artifact-digest#record is expected"
            )));
        }
        Ok(pointers.iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_in_json_and_one_text_here() {
        let evidence = Evidence::from(Text::from("  aa#1 bb#2\n"));
        assert_eq!(evidence, Evidence::from(Text::from("aa#1 bb#2")));
        assert_eq!(serde_json::to_string(&evidence).expect("JSON"), r#"["aa#1","bb#2"]"#);
        let again: Evidence = serde_json::from_str(r#"["aa#1","bb#2"]"#).expect("evidence");
        assert_eq!(again, evidence);
        assert_eq!(serde_json::to_string(&Evidence::default()).expect("JSON"), "[]");
    }

    #[test]
    fn what_would_come_back_as_another_list_is_refused() {
        for text in [r#"["aa#1 bb#2"]"#, r#"[""]"#] {
            assert!(serde_json::from_str::<Evidence>(text).is_err(), "{text}");
        }
    }
}
