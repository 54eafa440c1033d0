//! Settings of a source: declared by the kind, checked when set.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::source::ReadError;

/// A setting that a kind of source takes.
#[derive(Debug)]
pub struct SettingSpec {
    /// The name, as in `--set name=value`.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// Whether it must be set.
    pub required: bool,
    /// Its value when it is not set; empty = none.
    pub default: &'static str,
}

/// A setting that every kind takes: the log or list of which the source keeps one stretch. Sources
/// of one system with the same value tell of the same thing over different stretches, so what one of
/// them covers is covered; any other two are each necessary.
pub const PART_OF: SettingSpec = SettingSpec {
    name: "part-of",
    doc: "the log or list of which this source keeps a stretch, in your words: sources of one system with the same value are stretches of one thing",
    required: false,
    default: "",
};

/// Settings that every kind takes.
pub const COMMON: &[SettingSpec] = &[PART_OF];

/// Values by name.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Settings(BTreeMap<String, String>);

/// Why settings do not fit their kind.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SettingsError {
    /// The kind takes no such setting.
    #[error("{kind} takes no setting '{name}'; it takes {known}")]
    Unknown {
        /// The kind of source.
        kind: &'static str,
        /// The setting.
        name: String,
        /// What it takes.
        known: String,
    },
    /// The kind needs a setting that is not there.
    #[error("{kind} needs the setting '{name}': {doc}")]
    Missing {
        /// The kind of source.
        kind: &'static str,
        /// The setting.
        name: &'static str,
        /// What it means.
        doc: &'static str,
    },
}

impl Settings {
    /// Checked against the kind's declarations.
    ///
    /// # Errors
    /// When a name is unknown or a required one is missing.
    pub fn checked(
        kind: &'static str,
        specs: &'static [SettingSpec],
        values: BTreeMap<String, String>,
    ) -> Result<Self, SettingsError> {
        let every = || specs.iter().chain(COMMON);
        if let Some(name) = values.keys().find(|name| every().all(|s| s.name != name.as_str())) {
            let known: Vec<_> = every().map(|s| s.name).collect();
            return Err(SettingsError::Unknown {
                kind,
                name: name.clone(),
                known: known.join(", "),
            });
        }
        if let Some(spec) = specs.iter().find(|s| s.required && !values.contains_key(s.name)) {
            return Err(SettingsError::Missing { kind, name: spec.name, doc: spec.doc });
        }
        let mut all = values;
        for spec in specs.iter().filter(|s| !s.default.is_empty()) {
            all.entry(spec.name.to_owned()).or_insert_with(|| spec.default.to_owned());
        }
        Ok(Self(all))
    }

    /// The value, if set or defaulted.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The parts of a setting written as `one=other;one=other`.
    ///
    /// # Errors
    /// When a part has no `=` or nothing before it.
    pub(crate) fn pairs(&self, name: &str) -> Result<Vec<(&str, &str)>, ReadError> {
        let parts = self.get(name).unwrap_or_default().split(';').map(str::trim);
        parts
            .filter(|part| !part.is_empty())
            .map(|part| match part.split_once('=') {
                Some((one, other)) if !one.trim().is_empty() => Ok((one.trim(), other.trim())),
                _ => Err(ReadError {
                    record: None,
                    cause: format!("the setting {name} has '{part}', which says nothing"),
                    hint: format!("write {name}=one=other;one=other"),
                }),
            })
            .collect()
    }

    /// The values in order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}
