//! CONFIG: an automated setting: its value at every instant, and an unbroken, controlled history.
//!
//! Query: `configurations(item, label, system, conforming, change_ref, from_lo, from_hi, to_lo,
//! to_hi, reason, evidence)`, one row per version of a setting. `conforming` null = the source does
//! not say. Attributes: `A` the value conforms, `B` each change in the period has a change record.

use std::collections::BTreeMap;

use tenure_model::outcome::Outcome;
use tenure_model::{Text, Timestamp, Validity};

use crate::engine::intervals::OPEN;
use crate::engine::rows::{Exposed, Setup, setups};
use crate::engine::state::{gather, judge};
use crate::engine::statements::Statement;
use crate::engine::{Test, Tested};
use crate::session::QueryError;

pub(crate) fn test(test: &Test<'_>) -> Result<Tested, QueryError> {
    let versions = setups(test, "configurations")?;
    disjoint(test, &versions)?;
    let mut statements = Vec::new();
    let mut exposures = Vec::new();
    let mut changes: BTreeMap<Text, u64> = BTreeMap::new();
    for version in versions {
        statements.extend(value(&version));
        if test.period.contains(version.validity.from_hi) && version.validity.from_lo.is_some() {
            *changes.entry(version.item.clone()).or_default() += 1;
            statements.extend(uncontrolled(&version));
        }
        exposures.push(exposure(version));
    }
    let mut tested = judge(test, gather(test, exposures), &statements.into_iter().collect());
    tested
        .figures
        .insert("changes_in_period".to_owned(), changes.values().sum::<u64>().to_string());
    Ok(tested)
}

/// A setting has one value at a time: a query that gives two certainly in force at once is wrong.
fn disjoint(test: &Test<'_>, versions: &[Setup]) -> Result<(), QueryError> {
    let mut ends: BTreeMap<&str, Timestamp> = BTreeMap::new();
    let mut certain: Vec<_> = versions
        .iter()
        .filter_map(|v| v.validity.certain().map(|(from, to)| (v.item.as_str(), from, to)))
        .collect();
    certain.sort_unstable();
    for (item, from, to) in certain {
        let end = ends.entry(item).or_insert(from);
        if from < *end {
            return Err(QueryError::Shape {
                query: format!("{} sql.configurations", test.definition.id),
                problem: format!("two versions of {item} are in force at {from}: they overlap"),
            });
        }
        *end = to.unwrap_or(OPEN);
    }
    Ok(())
}

fn exposure(version: Setup) -> Exposed {
    let to = version.validity.to_hi.or(version.validity.to_lo);
    Exposed {
        item: version.item,
        label: version.label,
        from: version.validity.from_hi,
        to,
        system: version.system,
        evidence: version.evidence,
    }
}

fn value(version: &Setup) -> Option<Statement> {
    let outcome = match version.conforming {
        Some(true) => return None,
        Some(false) => Outcome::Contradicted,
        None => Outcome::NotDemonstrated,
    };
    Some(statement(version, "A", outcome, version.validity, version.reason.clone()))
}

fn uncontrolled(version: &Setup) -> Option<Statement> {
    if version.change_ref.is_some() {
        return None;
    }
    // A change without a record is an instant; one microsecond makes it visible as an interval.
    let at = version.validity.from_hi;
    let instant: Timestamp = at.plus_micros(1);
    let validity =
        Validity { from_lo: Some(at), from_hi: at, to_lo: Some(instant), to_hi: Some(instant) };
    Some(statement(
        version,
        "B",
        Outcome::NotDemonstrated,
        validity,
        "changed without a change record".into(),
    ))
}

fn statement(
    version: &Setup,
    attribute: &str,
    outcome: Outcome,
    validity: Validity,
    reason: Text,
) -> Statement {
    Statement {
        item: version.item.clone(),
        attribute: attribute.into(),
        outcome: Some(outcome),
        validity: Some(validity),
        anchor: None,
        completed: None,
        performed: None,
        silent_from: None,
        reason,
        evidence: version.evidence.clone(),
    }
}
