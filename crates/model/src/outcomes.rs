//! What holds of one item, attribute by attribute.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::outcome::Outcome;
use crate::text::Text;

/// Outcome by attribute. The names are shared by all items of a population, since each has the same.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Outcomes {
    /// In order.
    names: Arc<[Text]>,
    values: Box<[Outcome]>,
}

impl Outcomes {
    /// The same outcome for each of the names, which are put in order.
    #[must_use]
    pub fn of<'n>(names: impl IntoIterator<Item = &'n str>, outcome: Outcome) -> Self {
        names.into_iter().map(|name| (Text::from(name), outcome)).collect()
    }

    /// Outcome of an attribute.
    #[must_use]
    pub fn get(&self, attribute: &str) -> Option<Outcome> {
        self.place(attribute).ok().map(|at| self.values[at])
    }

    /// Sets the outcome of an attribute.
    pub fn set(&mut self, attribute: &str, outcome: Outcome) {
        match self.place(attribute) {
            Ok(at) => self.values[at] = outcome,
            Err(_) => {
                let all = self.iter().map(|(name, outcome)| (Text::from(name), outcome));
                *self = all.chain([(Text::from(attribute), outcome)]).collect();
            }
        }
    }

    /// Each attribute and its outcome, in order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Outcome)> {
        self.names.iter().map(Text::as_str).zip(self.values.iter().copied())
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(Text::as_str)
    }

    /// The worst of them; `None` where there is no attribute.
    #[must_use]
    pub fn worst(&self) -> Option<Outcome> {
        self.values.iter().copied().max()
    }

    fn place(&self, attribute: &str) -> Result<usize, usize> {
        self.names.binary_search_by(|name| name.as_str().cmp(attribute))
    }
}

impl FromIterator<(Text, Outcome)> for Outcomes {
    /// Of two outcomes of one attribute the last counts.
    fn from_iter<I: IntoIterator<Item = (Text, Outcome)>>(all: I) -> Self {
        let (names, values): (Vec<_>, Vec<_>) =
            all.into_iter().collect::<BTreeMap<_, _>>().into_iter().unzip();
        Self { names: names.into(), values: values.into() }
    }
}

impl PartialOrd for Outcomes {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Outcomes {
    /// As lists of names and outcomes compare.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.iter().cmp(other.iter())
    }
}

impl fmt::Debug for Outcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for Outcomes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Outcomes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(BTreeMap::<Text, Outcome>::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_a_map_of_few_names() {
        let mut all = Outcomes::of(["B", "A"], Outcome::Supported);
        all.set("B", Outcome::Contradicted);
        all.set("C", Outcome::Indeterminate);
        let told = r#"{"A":"supported","B":"contradicted","C":"indeterminate"}"#;
        assert_eq!(serde_json::to_string(&all).expect("JSON"), told);
        assert_eq!(serde_json::from_str::<Outcomes>(told).expect("outcomes"), all);
        assert_eq!(all.get("A"), Some(Outcome::Supported));
        assert_eq!(all.get("D"), None);
        assert_eq!(all.worst(), Some(Outcome::Contradicted));
        assert_eq!(Outcomes::default().worst(), None);
    }
}
