//! A control as YAML that an auditor can read, checked on load.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use tenure_model::Timestamp;
use tenure_model::calendar::Sla;
use tenure_model::evaluation::ControlKind;

use crate::frameworks;

/// The query that compares a population with a second source; any kind may have it.
pub(crate) const RECONCILE: &str = "reconcile";

/// One control in one version.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// The control, e.g. `JML-01`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Raised when what is tested changes.
    #[serde(default = "first")]
    pub version: u32,
    /// How it is tested.
    pub kind: ControlKind,
    /// What the control says, in our own words.
    pub statement: String,
    /// What an item of the population is, and by what it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<String>,
    /// What counts as a deviation.
    #[serde(default)]
    pub deviation: String,
    /// How often it operates.
    #[serde(default)]
    pub frequency: String,
    /// Start of the interval in which this version is in force; absent = always was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_force_from: Option<Timestamp>,
    /// Framework references by framework and version, e.g. `tsc-2017`.
    #[serde(default)]
    pub frameworks: BTreeMap<String, Vec<String>>,
    /// Parameters: durations (`5m`, `24h`, `30d`, `5bd`), numbers or texts.
    #[serde(default)]
    pub parameters: BTreeMap<String, Parameter>,
    /// The attributes that are tested, by letter.
    pub attributes: BTreeMap<String, String>,
    /// Of what recurs: the attributes that hold of what was done late as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub whenever: Vec<String>,
    /// The evidence it needs.
    #[serde(default)]
    pub evidence: Vec<String>,
    /// What an auditor asks for.
    #[serde(default)]
    pub auditor_asks: Vec<String>,
    /// Streams whose coverage the population rests on.
    #[serde(default)]
    pub requires: Vec<Requirement>,
    /// The attribute that asks for a policy exception where others do not hold, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exceptions: Option<Excused>,
    /// Attributes that apply only to items of which the query `violation` says something about them,
    /// and be it that they held. One letter or a list.
    #[serde(default, deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub applies_if_told: Vec<String>,
    /// The queries, by what they give; which ones depends on the kind.
    pub sql: BTreeMap<String, String>,
}

/// A parameter and its meaning.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// The value in force.
    pub value: String,
    /// What it means.
    pub doc: String,
    /// The only values that it may have; none = any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<String>,
}

/// Where some attributes are contradicted, a policy exception must say that it is accepted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Excused {
    /// The attribute that asks for it: supported where an exception in force covers what is
    /// contradicted, not demonstrated where none does, and not applicable where nothing is.
    pub attribute: String,
    /// The attributes that are looked at. One letter or a list.
    #[serde(deserialize_with = "one_or_many")]
    pub of: Vec<String>,
    /// Whether only those exceptions count that name a compensating control.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub compensated: bool,
}

/// A stream that must be covered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// The stream, e.g. `grants`.
    pub stream: String,
    /// Streams of other kinds of sources that serve as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub or: Vec<String>,
    /// The attributes that hold only as long as the stream is silent: indeterminate where it is
    /// not covered. One letter or a list.
    #[serde(default, deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub absence: Vec<String>,
    /// For events: the parameter that says how long after the event the silence must last; absent
    /// = to the end of the period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// The attributes whose deviations rest on silence since the row's `silent_from`: where the
    /// stream is not covered meanwhile, they are indeterminate instead.
    #[serde(default, deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub dormancy: Vec<String>,
}

impl Requirement {
    /// The stream and those that serve as well.
    pub fn streams(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.stream.as_str()).chain(self.or.iter().map(String::as_str))
    }

    /// Whether the requirement is about the stream.
    #[must_use]
    pub fn is_about(&self, stream: &str) -> bool {
        self.streams().any(|s| s == stream)
    }
}

const fn first() -> u32 {
    1
}

fn one_or_many<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    Ok(match OneOrMany::deserialize(from)? {
        OneOrMany::One(one) => vec![one],
        OneOrMany::Many(many) => many,
    })
}

/// A parameter's value as the engine uses it.
#[derive(Clone, PartialEq, Debug)]
pub enum Setting {
    /// A duration.
    Duration(Sla),
    /// Microseconds, for minutes.
    Micros(i64),
    /// A number.
    Number(f64),
    /// Anything else.
    Text(String),
}

/// Why a definition cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionError {
    /// The YAML is not a definition.
    #[error("{file}: {cause}")]
    Yaml {
        /// The file.
        file: String,
        /// What is wrong, with line and column.
        cause: String,
    },
    /// The definition contradicts itself or names what does not exist.
    #[error("{file}: {problem}")]
    Invalid {
        /// The file.
        file: String,
        /// What is wrong.
        problem: String,
    },
}

impl Definition {
    /// Reads and checks a definition.
    ///
    /// # Errors
    /// When the YAML is malformed, has unknown or duplicate keys, names an unknown framework id, or
    /// lacks a query that its kind needs.
    pub fn from_yaml(file: &str, yaml: &str) -> Result<Self, DefinitionError> {
        let definition: Self = serde_saphyr::from_str(yaml)
            .map_err(|e| DefinitionError::Yaml { file: file.to_owned(), cause: e.to_string() })?;
        definition
            .check()
            .map_err(|problem| DefinitionError::Invalid { file: file.to_owned(), problem })?;
        Ok(definition)
    }

    /// The value of a parameter.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<Setting> {
        self.parameters.get(name).map(|p| Setting::parse(&p.value))
    }

    /// The query of that name.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.sql.get(name).map(String::as_str)
    }

    /// Checks that it contradicts itself nowhere and names nothing that does not exist, but for the
    /// tables of its queries.
    ///
    /// # Errors
    /// What is wrong, as a sentence.
    pub fn check(&self) -> Result<(), String> {
        let queries: &[&str] = match self.kind {
            ControlKind::State => &["exposure", "violation"],
            ControlKind::Event => &["population", "attributes"],
            ControlKind::Recurring => &["expected", "performed"],
            ControlKind::Config => &["configurations"],
        };
        if let Some(missing) = queries.iter().find(|name| !self.sql.contains_key(**name)) {
            return Err(format!("a {} control needs the query sql.{missing}", self.kind.as_str()));
        }
        let known = |name: &str| queries.contains(&name) || name == RECONCILE;
        if let Some(unknown) = self.sql.keys().find(|name| !known(name)) {
            return Err(format!("a {} control has no query sql.{unknown}", self.kind.as_str()));
        }
        if self.attributes.is_empty() {
            return Err("it tests no attribute".to_owned());
        }
        for requirement in &self.requires {
            self.check_requirement(requirement)?;
        }
        if let Some(unknown) = self.whenever.iter().find(|a| !self.attributes.contains_key(*a)) {
            return Err(format!("whenever names attribute {unknown}, which it does not have"));
        }
        if !self.whenever.is_empty() && self.kind != ControlKind::Recurring {
            return Err(
                "whenever is about what recurs, and the control is not RECURRING".to_owned()
            );
        }
        self.check_values()?;
        self.check_derived()?;
        for (framework, ids) in &self.frameworks {
            frameworks::check(framework, ids)?;
        }
        for (name, sql) in &self.sql {
            self.check_names(name, sql)?;
        }
        match self.attributes.keys().find(|letter| !self.reaches(letter)) {
            Some(letter) => Err(format!(
                "nothing ever tests attribute {letter}: no query names '{letter}', and no requirement does"
            )),
            None => Ok(()),
        }
    }

    /// Whether something can say that the attribute does not hold, or does.
    fn reaches(&self, letter: &str) -> bool {
        let quoted = format!("'{letter}'");
        (self.kind == ControlKind::Config && matches!(letter, "A" | "B"))
            || self.exceptions.as_ref().is_some_and(|e| e.attribute == letter)
            || self.sql.values().any(|sql| sql.contains(&quoted))
            || self
                .requires
                .iter()
                .any(|r| r.absence.iter().chain(&r.dormancy).any(|attribute| attribute == letter))
    }

    /// Every `$name` of a query is a parameter or an instant that the engine gives.
    fn check_names(&self, query: &str, sql: &str) -> Result<(), String> {
        for (at, _) in sql.match_indices('$') {
            let name: String = sql[at + 1..]
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic());
            let known = ["from", "to", "as_of"].contains(&name.as_str());
            if is_name && !known && !self.parameters.contains_key(&name) {
                let line = sql[..at].matches('\n').count() + 1;
                let names: Vec<_> = self.parameters.keys().map(String::as_str).collect();
                return Err(format!(
                    "sql.{query}, line {line}: there is no parameter ${name}; there are $from, $to, $as_of{}{}",
                    if names.is_empty() { "" } else { ", $" },
                    names.join(", $")
                ));
            }
        }
        Ok(())
    }

    /// A parameter has no value but those that it may have.
    fn check_values(&self) -> Result<(), String> {
        let refused = |p: &Parameter| !p.one_of.is_empty() && !p.one_of.contains(&p.value);
        match self.parameters.iter().find(|(_, p)| refused(p)) {
            Some((name, p)) => Err(format!(
                "the parameter {name} is one of {}, not {}",
                p.one_of.join(", "),
                p.value
            )),
            None => Ok(()),
        }
    }

    /// What the engine says of attributes beside the queries, it says for the kind STATE alone.
    fn check_derived(&self) -> Result<(), String> {
        let lacks = |letter: &&String| !self.attributes.contains_key(*letter);
        let asked = self.exceptions.iter().flat_map(|e| std::iter::once(&e.attribute).chain(&e.of));
        for (field, unknown) in [
            ("exceptions", asked.clone().find(lacks)),
            ("applies_if_told", self.applies_if_told.iter().find(lacks)),
        ] {
            if let Some(letter) = unknown {
                return Err(format!("{field} names attribute {letter}, which it does not have"));
            }
        }
        let derives = self.exceptions.is_some() || !self.applies_if_told.is_empty();
        if derives && self.kind != ControlKind::State {
            let kind = self.kind.as_str();
            return Err(format!("exceptions and applies_if_told are for STATE, not for {kind}"));
        }
        match &self.exceptions {
            Some(e) if e.of.is_empty() || e.of.contains(&e.attribute) => Err(format!(
                "exceptions.of must name the attributes that {} is about, and not itself",
                e.attribute
            )),
            _ => Ok(()),
        }
    }

    fn check_requirement(&self, requirement: &Requirement) -> Result<(), String> {
        let mut named = requirement.absence.iter().chain(&requirement.dormancy);
        if let Some(unknown) = named.find(|a| !self.attributes.contains_key(*a)) {
            return Err(format!("requires names attribute {unknown}, which it does not have"));
        }
        match &requirement.window {
            Some(window) if !self.parameters.contains_key(window) => {
                Err(format!("requires.window names parameter {window}, which it does not have"))
            }
            _ => Ok(()),
        }
    }
}

impl Setting {
    /// `5m`, `24h`, `30d`, `5bd`, a number, or text.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let count = |suffix: &str| text.strip_suffix(suffix).and_then(|n| n.parse::<u32>().ok());
        if let Some(days) = count("bd") {
            return Self::Duration(Sla::BusinessDays(days));
        }
        if let Some(days) = count("d") {
            return Self::Duration(Sla::Days(days));
        }
        if let Some(hours) = count("h") {
            return Self::Duration(Sla::Hours(hours));
        }
        if let Some(minutes) = count("m") {
            return Self::Micros(i64::from(minutes) * 60_000_000);
        }
        match text.parse() {
            Ok(number) => Self::Number(number),
            Err(_) => Self::Text(text.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_durations_numbers_or_text() {
        assert_eq!(Setting::parse("24h"), Setting::Duration(Sla::Hours(24)));
        assert_eq!(Setting::parse("5bd"), Setting::Duration(Sla::BusinessDays(5)));
        assert_eq!(Setting::parse("5m"), Setting::Micros(300_000_000));
        assert_eq!(Setting::parse("0.99"), Setting::Number(0.99));
        assert_eq!(Setting::parse("quarter"), Setting::Text("quarter".to_owned()));
    }
}
