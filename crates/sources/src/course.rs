//! The course of a ticket or an incident: what each step says of it, told as facts.
//!
//! A row cannot take back what it said. So what is opened again after it was decided or closed
//! becomes another thing: `KEY`, then `KEY/2`, each with the same reference for people; the
//! earlier one ends when the later one begins.

use std::collections::BTreeMap;

use tenure_model::fact::{Attrs, Basis, Change, Fact, Value};
use tenure_model::tables::TableId;
use tenure_model::time::Timestamp;

/// What one record says of one instant.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// When.
    pub(crate) at: Timestamp,
    /// The record that says so.
    pub(crate) record: u64,
    /// What is so from then on.
    pub(crate) attrs: Attrs,
    /// Whether what was decided or closed is open again.
    pub(crate) reopens: bool,
}

impl Step {
    pub(crate) const fn new(at: Timestamp, record: u64) -> Self {
        Self { at, record, attrs: Attrs::new(), reopens: false }
    }

    pub(crate) fn say(&mut self, column: &'static str, value: impl Into<Value>) {
        self.attrs.insert(column.into(), value.into());
    }
}

/// One ticket or incident.
#[derive(Debug)]
pub(crate) struct Course {
    pub(crate) table: TableId,
    pub(crate) native_type: &'static str,
    pub(crate) native_id: String,
    /// Whether the first step is its beginning, rather than the first that is known.
    pub(crate) begins: bool,
    /// What the instants of its steps rest on.
    pub(crate) basis: Basis,
    /// Columns that say nothing any more when it is opened again.
    pub(crate) reset: &'static [&'static str],
    pub(crate) steps: Vec<Step>,
}

impl Course {
    /// The facts by the records that they rest on.
    pub(crate) fn facts(mut self) -> Vec<(u64, Fact)> {
        self.steps.sort_by_key(|step| step.at);
        let mut facts = Vec::new();
        let (mut round, mut known) = (1_u32, Attrs::new());
        for (index, step) in together(std::mem::take(&mut self.steps)).into_iter().enumerate() {
            let first = index == 0;
            if step.reopens && !first {
                let end = Change::Ended { at: step.at, basis: self.basis };
                facts.push((step.record, self.fact(round, end, Attrs::new())));
                round += 1;
                known.retain(|column, _| !self.reset.contains(&column.as_ref()));
            }
            let said = if step.reopens || first {
                let mut all = known.clone();
                all.extend(step.attrs.clone());
                all
            } else {
                changed(&known, &step.attrs)
            };
            known.extend(step.attrs);
            if said.is_empty() && !first && !step.reopens {
                continue;
            }
            let change = match first && !self.begins {
                true => Change::Seen { at: step.at },
                false => Change::Begun { at: step.at, basis: self.basis },
            };
            facts.push((step.record, self.fact(round, change, said)));
        }
        facts
    }

    fn fact(&self, round: u32, change: Change, attrs: Attrs) -> Fact {
        let id = match round {
            1 => self.native_id.clone(),
            round => format!("{}/{round}", self.native_id),
        };
        let mut fact = Fact::new(self.table, self.native_type, id, change);
        fact.attrs = attrs;
        fact
    }
}

fn changed(known: &Attrs, said: &Attrs) -> Attrs {
    let new = |(column, value): &(&_, &Value)| known.get(*column) != Some(*value);
    said.iter().filter(new).map(|(column, value)| (column.clone(), value.clone())).collect()
}

/// Steps of one instant are one step, the later ones going before.
fn together(steps: Vec<Step>) -> Vec<Step> {
    let mut merged: Vec<Step> = Vec::new();
    for step in steps {
        match merged.last_mut() {
            Some(last) if last.at == step.at => {
                last.reopens |= step.reopens;
                last.attrs.extend(step.attrs);
            }
            _ => merged.push(step),
        }
    }
    merged
}

/// Facts by record, so that each record is handed over once.
#[derive(Debug, Default)]
pub(crate) struct ByRecord(BTreeMap<u64, Vec<Fact>>);

impl ByRecord {
    pub(crate) fn add(&mut self, course: Course) {
        for (record, fact) in course.facts() {
            self.0.entry(record).or_default().push(fact);
        }
    }

    pub(crate) fn take(&mut self, record: u64) -> Vec<Fact> {
        self.0.remove(&record).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(seconds: i64, state: &'static str, reopens: bool) -> Step {
        let mut step = Step::new(Timestamp::from_seconds(seconds), 0);
        step.say("state", state);
        if state == "closed" {
            step.say("closed_at", Timestamp::from_seconds(seconds));
        }
        Step { reopens, ..step }
    }

    #[test]
    fn what_is_opened_again_is_another_thing_without_its_end() {
        let course = Course {
            table: TableId::Incidents,
            native_type: "issue",
            native_id: "A-1".to_owned(),
            begins: true,
            basis: Basis::Event,
            reset: &["closed_at"],
            steps: vec![step(30, "open", true), step(10, "open", false), step(20, "closed", false)],
        };
        let facts = course.facts();
        let ids: Vec<_> = facts.iter().map(|(_, fact)| fact.native_id.as_str()).collect();
        assert_eq!(ids, ["A-1", "A-1", "A-1", "A-1/2"]);
        assert!(matches!(facts[2].1.change, Change::Ended { .. }));
        assert!(!facts[3].1.attrs.contains_key("closed_at"));
        assert_eq!(facts[3].1.attrs["state"], "open".into());
    }

    #[test]
    fn a_step_says_only_what_is_new() {
        let course = Course {
            table: TableId::Incidents,
            native_type: "issue",
            native_id: "A-1".to_owned(),
            begins: false,
            basis: Basis::Event,
            reset: &[],
            steps: vec![step(10, "open", false), step(20, "open", false)],
        };
        let facts = course.facts();
        assert_eq!(facts.len(), 1);
        assert!(matches!(facts[0].1.change, Change::Seen { .. }));
    }
}
