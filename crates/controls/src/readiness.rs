//! What would be noted if the window closed on a day: by who answers for it, with what can still be
//! done about it and what cannot.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tenure_model::evaluation::{ControlKind, ControlResult, Deviation, Evaluated};
use tenure_model::outcome::Outcome;
use tenure_model::{Period, Text, Timestamp};

pub mod owners;
pub mod plan;

use owners::Owners;

/// Schema name of [`Readiness`].
pub const SCHEMA: &str = "tenure.readiness/v1";

/// The state of a period that has not closed yet.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Readiness {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The period, to the day of closing.
    pub period: Period,
    /// The instant up to which evidence is considered.
    pub as_of: Timestamp,
    /// What would be noted, by who answers for it; who answers for most comes first.
    pub owners: Vec<Load>,
    /// What to do next: the action that closes most comes first.
    pub actions: Vec<Action>,
    /// What no action can take back: it stays a deviation of this period.
    pub beyond_repair: Vec<Lost>,
    /// How much of the period so far can be proven, by control.
    pub provable: Vec<Provable>,
    /// Expected slots of recurring controls.
    pub slots: Vec<Slots>,
    /// Dates before and after the close.
    pub plan: Vec<plan::Phase>,
}

/// What can be done about a finding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its deadline lies ahead: done in time, nothing is noted.
    Due,
    /// It goes on: ending it stops the count, and it is noted all the same.
    Open,
    /// Nothing on record shows it: recording what exists supports it.
    Unrecorded,
    /// A gap in a source hides it: closing the gap decides it.
    Unclear,
    /// It is over: it stays a deviation of the period.
    Over,
}

impl State {
    fn of(finding: &Deviation) -> Self {
        match finding.outcome {
            Outcome::NotYetDue => Self::Due,
            Outcome::Indeterminate => Self::Unclear,
            Outcome::NotDemonstrated => Self::Unrecorded,
            _ if finding.carry_out => Self::Open,
            _ => Self::Over,
        }
    }

    /// What to do, in the imperative.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Due => "do it before it is due",
            Self::Open => "end it: each further day counts",
            Self::Unrecorded => "record what shows it, if it was done",
            Self::Unclear => "close the gap in the source, if it still keeps what happened",
            Self::Over => "prepare the response: it stays a deviation of this period",
        }
    }
}

/// What one person answers for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Load {
    /// Who; `null` = nobody on record.
    pub owner: Option<String>,
    /// Findings by state.
    pub findings: BTreeMap<State, u64>,
    /// The controls concerned.
    pub controls: Vec<String>,
    /// The earliest deadline ahead.
    pub next_due: Option<Timestamp>,
}

/// One thing to do, and how much it closes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Action {
    /// What kind of thing it is.
    pub state: State,
    /// Who answers for it; `null` = nobody on record.
    pub owner: Option<String>,
    /// How many findings it closes, or stops from growing.
    pub closes: u64,
    /// The controls concerned.
    pub controls: Vec<String>,
    /// The earliest deadline.
    pub due: Option<Timestamp>,
    /// What is the matter, by an example.
    pub reason: Text,
    /// One of the items.
    pub example: Text,
}

/// What stays, by control and attribute.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Lost {
    /// The control.
    pub control: String,
    /// The attribute.
    pub attribute: Text,
    /// How many.
    pub count: u64,
    /// One of the reasons.
    pub reason: Text,
}

/// How much of the period so far a control can speak of.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Provable {
    /// The control.
    pub control: String,
    /// Share of the period so far over which every stream it rests on is shown complete, from 0 to
    /// 1 with three decimals; `null` for controls that rest on no stream.
    pub share: Option<String>,
}

/// Slots of a recurring control.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Slots {
    /// The control.
    pub control: String,
    /// Expected in the period.
    pub expected: u64,
    /// Supported.
    pub done: u64,
    /// Missed, late or lacking evidence.
    pub missed: u64,
    /// Still ahead.
    pub ahead: u64,
}

/// Draws the state of readiness from an evaluation of the period that ends on the day of closing.
#[must_use]
pub fn readiness(
    evaluated: &Evaluated,
    owners: &Owners,
    as_of: Timestamp,
    plan: Vec<plan::Phase>,
) -> Readiness {
    let controls = &evaluated.evaluation.controls;
    let period = evaluated.evaluation.period;
    let findings: Vec<Finding<'_>> = controls
        .iter()
        .flat_map(|c| c.deviations.list.iter().map(move |d| (c, d)))
        .filter(|(_, d)| d.exception.is_none())
        .map(|(control, finding)| Finding {
            control: &control.id,
            owner: owners.of(&control.id, &finding.item),
            state: State::of(finding),
            finding,
        })
        .collect();
    Readiness {
        schema: SCHEMA.to_owned(),
        period,
        as_of,
        owners: loads(&findings),
        actions: actions(&findings),
        beyond_repair: lost(&findings),
        provable: controls.iter().map(|c| provable(c, &period, as_of)).collect(),
        slots: slots(evaluated),
        plan,
    }
}

struct Finding<'f> {
    control: &'f str,
    owner: Option<&'f str>,
    state: State,
    finding: &'f Deviation,
}

fn loads(findings: &[Finding<'_>]) -> Vec<Load> {
    let mut by_owner: BTreeMap<Option<&str>, Vec<&Finding<'_>>> = BTreeMap::new();
    for finding in findings {
        by_owner.entry(finding.owner).or_default().push(finding);
    }
    let mut loads: Vec<_> = by_owner
        .into_iter()
        .map(|(owner, list)| {
            let mut findings: BTreeMap<State, u64> = BTreeMap::new();
            for finding in &list {
                *findings.entry(finding.state).or_default() += 1;
            }
            Load {
                owner: owner.map(str::to_owned),
                findings,
                controls: controls(list.iter().map(|f| f.control)),
                next_due: list.iter().filter_map(|f| due(f)).min(),
            }
        })
        .collect();
    loads.sort_by_key(|l| (std::cmp::Reverse(l.findings.values().sum::<u64>()), l.owner.clone()));
    loads
}

fn due(finding: &Finding<'_>) -> Option<Timestamp> {
    finding.finding.due.filter(|_| finding.state == State::Due)
}

fn controls<'f>(ids: impl Iterator<Item = &'f str>) -> Vec<String> {
    ids.collect::<BTreeSet<_>>().into_iter().map(str::to_owned).collect()
}

/// Findings of one cause are one thing to do: the same state, owner and reason but for names,
/// numbers and instants.
fn actions(findings: &[Finding<'_>]) -> Vec<Action> {
    let mut by_cause: BTreeMap<(State, Option<&str>, String), Vec<&Finding<'_>>> = BTreeMap::new();
    for finding in findings.iter().filter(|f| f.state != State::Over) {
        let key = (finding.state, finding.owner, shape(&finding.finding.reason));
        by_cause.entry(key).or_default().push(finding);
    }
    let mut actions: Vec<_> = by_cause
        .into_iter()
        .filter_map(|((state, owner, _), list)| {
            let first = list.first()?.finding;
            Some(Action {
                state,
                owner: owner.map(str::to_owned),
                closes: list.len() as u64,
                controls: controls(list.iter().map(|f| f.control)),
                due: list.iter().filter_map(|f| due(f)).min(),
                reason: first.reason.clone(),
                example: first.item.clone(),
            })
        })
        .collect();
    actions.sort_by(|a, b| {
        (b.closes, a.state, &a.due, &a.reason).cmp(&(a.closes, b.state, &b.due, &b.reason))
    });
    actions
}

/// A reason without what differs from item to item: words with digits, quotes or addresses.
fn shape(reason: &str) -> String {
    let varies = |word: &str| word.chars().any(|c| c.is_ascii_digit() || "@/:#'\"".contains(c));
    let words = reason.split_whitespace().map(|word| if varies(word) { "…" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

fn lost(findings: &[Finding<'_>]) -> Vec<Lost> {
    let mut by_attribute: BTreeMap<(&str, &str), Lost> = BTreeMap::new();
    for finding in findings.iter().filter(|f| f.state == State::Over) {
        let key = (finding.control, finding.finding.attribute.as_str());
        let lost = by_attribute.entry(key).or_insert_with(|| Lost {
            control: finding.control.to_owned(),
            attribute: finding.finding.attribute.clone(),
            count: 0,
            reason: finding.finding.reason.clone(),
        });
        lost.count += 1;
    }
    by_attribute.into_values().collect()
}

fn provable(control: &ControlResult, period: &Period, as_of: Timestamp) -> Provable {
    let (from, to) = (period.from, period.to.min(as_of));
    let mut streams: BTreeMap<(&str, &str), Vec<(Timestamp, Timestamp)>> = BTreeMap::new();
    for stretch in &control.population.coverage {
        let stretches = streams.entry((&stretch.source, &stretch.stream)).or_default();
        if matches!(stretch.status.as_str(), "proven" | "asserted") {
            stretches.push((stretch.from.max(from), stretch.to.min(to)));
        }
    }
    let mut all: Option<Vec<(Timestamp, Timestamp)>> = None;
    for stretches in streams.into_values() {
        let stretches = crate::engine::intervals::union(stretches);
        all = Some(match all {
            Some(before) => crate::engine::intervals::intersection(&before, &stretches),
            None => stretches,
        });
    }
    let whole = crate::engine::intervals::days(&[(from, to.max(from))]);
    let share = all.map(|stretches| match whole {
        0.0 => 0.0,
        whole => crate::engine::intervals::days(&stretches) / whole,
    });
    Provable { control: control.id.clone(), share: share.map(|share| format!("{share:.3}")) }
}

fn slots(evaluated: &Evaluated) -> Vec<Slots> {
    let recurring =
        evaluated.evaluation.controls.iter().filter(|c| c.kind == ControlKind::Recurring);
    recurring
        .map(|control| {
            let of = |test: fn(Outcome) -> bool| {
                control.items.iter().filter(|(o, _)| test(**o)).map(|(_, n)| n).sum()
            };
            Slots {
                control: control.id.clone(),
                expected: control.population.count,
                done: of(|o| o == Outcome::Supported),
                missed: of(Outcome::is_deviation),
                ahead: of(|o| o == Outcome::NotYetDue),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::shape;

    #[test]
    fn one_cause_has_one_shape() {
        let (a, b) =
            ("older than allowed: created 2025-01-03", "older than allowed: created 2024-11-30");
        assert_eq!(shape(a), shape(b));
        assert_ne!(shape(a), shape("its owner left"));
    }
}
