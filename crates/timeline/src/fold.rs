//! Observations of one thing to its versions. Pure, and the heart of the timeline.
//!
//! Everything known of one key (system, table, native type and id) is a list of observations.
//! [`versions`] turns the list into versions with honest bounds; it is a function of the list
//! alone, so late evidence is handled by running it again.

use std::collections::BTreeMap;
use std::rc::Rc;

use tenure_model::fact::{Attrs, Basis, Change, Value};
use tenure_model::tables::{Table, Tracks};
use tenure_model::{Timestamp, Validity};

/// One statement about one thing.
#[derive(Clone, Debug)]
pub(crate) struct Observation {
    /// Where it stands among the statements about the thing: its own instant, or, within a run
    /// whose order is causal, no earlier than the statement before it.
    pub(crate) order: Timestamp,
    /// What was stated.
    pub(crate) change: Change,
    /// What it looked like; shared with the statement before where that said the same, as weekly
    /// listings do of nearly everything.
    pub(crate) attrs: Rc<Attrs>,
    /// The record, `artifact-digest#record`; empty for what follows from a whole run.
    pub(crate) evidence: Rc<str>,
}

/// Attributes by column.
pub(crate) type RowAttrs = BTreeMap<&'static str, Value>;

/// One version of one incarnation.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Version {
    pub(crate) incarnation: u32,
    pub(crate) version_no: u32,
    pub(crate) attrs: RowAttrs,
    pub(crate) validity: Validity,
    pub(crate) basis: Basis,
    pub(crate) evidence: Vec<Rc<str>>,
}

/// The versions that follow from the observations, oldest first.
///
/// `observations` must be sorted by `order`, ties in the order in which they were recorded.
pub(crate) fn versions(table: &Table, observations: &[Observation]) -> Vec<Version> {
    let mut fold = Fold { table, done: Vec::new(), open: None, incarnation: 0, absent_at: None };
    for observation in observations {
        fold.take(observation);
    }
    fold.finish()
}

struct Fold<'a> {
    table: &'a Table,
    done: Vec<Version>,
    open: Option<Open>,
    incarnation: u32,
    /// The last instant at which the thing is known not to have been there.
    absent_at: Option<Timestamp>,
}

struct Open {
    version: Version,
    last_seen: Timestamp,
}

impl Fold<'_> {
    fn take(&mut self, observation: &Observation) {
        match observation.change {
            Change::Begun { at, basis } => self.begun(at, basis, observation),
            Change::Seen { at } => self.seen(at, observation),
            Change::Absent { at } => self.absent(at, observation),
            Change::Ended { at, .. } => self.ended(at, observation),
        }
    }

    fn begun(&mut self, at: Timestamp, basis: Basis, observation: &Observation) {
        let pinned = Validity::pinned_from(at);
        match &mut self.open {
            None => self.start(pinned, basis, observation),
            Some(open)
                if differs(self.table, &open.version.attrs, &observation.attrs)
                    || open.stops(at, &observation.attrs) =>
            {
                let at = at.max(open.version.validity.from_hi);
                self.next_version(at, at, Validity::pinned_from(at), basis, observation);
            }
            Some(open) => {
                let validity = &mut open.version.validity;
                if at == validity.from_hi && validity.from_lo != Some(at) {
                    validity.from_lo = Some(at);
                    open.version.basis = basis;
                }
                open.see(at, self.table, &observation.attrs);
            }
        }
    }

    fn seen(&mut self, at: Timestamp, observation: &Observation) {
        match &mut self.open {
            None => {
                let validity =
                    Validity { from_lo: self.absent_at, from_hi: at, to_lo: None, to_hi: None };
                let basis =
                    if self.absent_at.is_some() { Basis::SnapshotDiff } else { Basis::Unknown };
                self.start(validity, basis, observation);
            }
            Some(open) if differs(self.table, &open.version.attrs, &observation.attrs) => {
                let lo = open.last_seen;
                let validity =
                    Validity { from_lo: Some(lo), from_hi: at, to_lo: None, to_hi: None };
                self.next_version(lo, at, validity, Basis::SnapshotDiff, observation);
            }
            Some(open) => open.see(at, self.table, &observation.attrs),
        }
    }

    fn absent(&mut self, at: Timestamp, observation: &Observation) {
        if let Some(open) = self.open.take() {
            let lo = open.last_seen.min(at);
            self.close(open, lo, at, &observation.evidence);
        }
        self.absent_at = self.absent_at.max(Some(at));
    }

    fn ended(&mut self, at: Timestamp, observation: &Observation) {
        if self.open.is_none() && self.absent_at.is_some_and(|absent| at <= absent) {
            // Told again, as a file that still lists what ended does each time.
            return;
        }
        if self.open.is_none() {
            // Only the end is known: it was there just before, and nobody says since when.
            let unknown =
                Validity { from_lo: self.absent_at, from_hi: at, to_lo: None, to_hi: None };
            self.start(unknown, Basis::Unknown, observation);
        }
        if let Some(mut open) = self.open.take() {
            merge(self.table, &mut open.version.attrs, &observation.attrs);
            let at = at.max(open.version.validity.from_hi);
            self.close(open, at, at, &observation.evidence);
        }
        self.absent_at = self.absent_at.max(Some(at));
    }

    fn start(&mut self, validity: Validity, basis: Basis, observation: &Observation) {
        self.incarnation += 1;
        let mut attrs = RowAttrs::new();
        merge(self.table, &mut attrs, &observation.attrs);
        let version = Version {
            incarnation: self.incarnation,
            version_no: 1,
            attrs,
            validity,
            basis,
            evidence: vec![Rc::clone(&observation.evidence)],
        };
        self.open = Some(Open { version, last_seen: validity.from_hi });
    }

    fn next_version(
        &mut self,
        to_lo: Timestamp,
        to_hi: Timestamp,
        validity: Validity,
        basis: Basis,
        observation: &Observation,
    ) {
        let Some(open) = self.open.take() else { return };
        let mut attrs = open.version.attrs.clone();
        let own = |name: &str| self.table.column(name).is_some_and(|c| c.tracks == Tracks::Own);
        attrs.retain(|name, _| !own(name));
        merge(self.table, &mut attrs, &observation.attrs);
        let version = Version {
            incarnation: self.incarnation,
            version_no: open.version.version_no + 1,
            attrs,
            validity,
            basis,
            evidence: vec![Rc::clone(&observation.evidence)],
        };
        self.close(open, to_lo, to_hi, &observation.evidence);
        self.open = Some(Open { version, last_seen: validity.from_hi });
    }

    fn close(&mut self, mut open: Open, to_lo: Timestamp, to_hi: Timestamp, evidence: &Rc<str>) {
        open.version.validity.to_lo = Some(to_lo);
        open.version.validity.to_hi = Some(to_hi);
        if !evidence.is_empty() && !open.version.evidence.contains(evidence) {
            open.version.evidence.push(Rc::clone(evidence));
        }
        self.done.push(open.version);
    }

    fn finish(mut self) -> Vec<Version> {
        if let Some(open) = self.open.take() {
            self.done.push(open.version);
        }
        spread_latest(self.table, &mut self.done);
        self.done
    }
}

impl Open {
    /// Whether something of which no status was said yet is no longer active from an instant on: until
    /// then it was not that.
    fn stops(&self, at: Timestamp, said: &Attrs) -> bool {
        let status = said.iter().find(|(name, _)| name.as_ref() == STATUS).map(|(_, value)| value);
        at > self.version.validity.from_hi
            && !self.version.attrs.contains_key(STATUS)
            && matches!(status, Some(Value::Text(text)) if text != "active")
    }

    fn see(&mut self, at: Timestamp, table: &Table, attrs: &Attrs) {
        self.last_seen = self.last_seen.max(at);
        merge(table, &mut self.version.attrs, attrs);
    }
}

/// The column that says whether something can act.
const STATUS: &str = "status";

/// Whether a column that tracks versions is said to be something else than it was.
/// A column said for the first time completes the version instead of ending it.
fn differs(table: &Table, known: &RowAttrs, said: &Attrs) -> bool {
    said.iter().any(|(name, value)| {
        let Some(column) = table.column(name) else { return false };
        let Some(before) = known.get(name.as_ref()) else { return false };
        // What is said to be empty is something else than what it was, too.
        match column.tracks {
            Tracks::Versions => before != value,
            Tracks::Known => before != value && !is_unknown(before) && !is_unknown(value),
            Tracks::Latest | Tracks::Own => false,
        }
    })
}

fn is_unknown(value: &Value) -> bool {
    matches!(value, Value::Text(text) if text == "unknown")
}

fn merge(table: &Table, known: &mut RowAttrs, said: &Attrs) {
    for (name, value) in said {
        if let Some(column) = table.column(name) {
            let keeps = column.tracks == Tracks::Known
                && is_unknown(value)
                && known.contains_key(column.name);
            match value {
                _ if keeps => {}
                Value::Empty => drop(known.remove(column.name)),
                value => drop(known.insert(column.name, value.clone())),
            }
        }
    }
}

/// Columns whose last value counts for the whole incarnation take it in all its versions.
fn spread_latest(table: &Table, versions: &mut [Version]) {
    let mut end = versions.len();
    while end > 0 {
        let incarnation = versions[end - 1].incarnation;
        let start =
            versions[..end].iter().rposition(|v| v.incarnation != incarnation).map_or(0, |i| i + 1);
        let (earlier, last) = versions[start..end].split_at_mut(end - start - 1);
        let latest = |name: &str| table.column(name).is_some_and(|c| c.tracks == Tracks::Latest);
        for version in earlier {
            version.attrs.retain(|name, _| !latest(name));
            let known = last[0].attrs.iter().filter(|(name, _)| latest(name));
            version.attrs.extend(known.map(|(name, value)| (*name, value.clone())));
        }
        end = start;
    }
}

#[cfg(test)]
mod tests {
    use tenure_model::Held;
    use tenure_model::tables::TableId;

    use super::*;

    fn t(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn observe(change: Change, attrs: &[(&'static str, &str)]) -> Observation {
        let attrs = attrs.iter().map(|(k, v)| ((*k).into(), Value::from(*v)));
        Observation {
            order: change.at(),
            change,
            attrs: Rc::new(attrs.collect()),
            evidence: format!("blob#{}", change.at().seconds()).into(),
        }
    }

    fn fold(observations: &[Observation]) -> Vec<Version> {
        versions(TableId::Grants.table(), observations)
    }

    #[test]
    fn events_pin_both_ends() {
        let got = fold(&[
            observe(Change::Begun { at: t(10), basis: Basis::Event }, &[("approval_ref", "7")]),
            observe(Change::Ended { at: t(20), basis: Basis::Event }, &[("removal_ref", "8")]),
        ]);
        assert_eq!(got.len(), 1);
        assert!(got[0].validity.is_pinned());
        assert_eq!(got[0].attrs["approval_ref"], "7".into());
        assert_eq!(got[0].attrs["removal_ref"], "8".into());
        assert_eq!(got[0].evidence.len(), 2);
    }

    #[test]
    fn who_changed_a_setting_is_told_of_that_change_alone() {
        let begun = |at: i64, attrs: &[(&'static str, &str)]| {
            observe(Change::Begun { at: t(at), basis: Basis::Event }, attrs)
        };
        let got = versions(
            TableId::Configurations.table(),
            &[
                begun(10, &[("value", "read"), ("change_ref", "1"), ("changed_by", "ann")]),
                begun(20, &[("value", "write")]),
                begun(30, &[("value", "read"), ("change_ref", "3"), ("changed_by", "bob")]),
            ],
        );
        let refs: Vec<_> = got.iter().map(|v| v.attrs.get("change_ref").cloned()).collect();
        assert_eq!(refs, [Some("1".into()), None, Some("3".into())]);
        assert_eq!(got[1].attrs.get("changed_by"), None);
    }

    #[test]
    fn snapshots_leave_bounds() {
        let got = fold(&[
            observe(Change::Absent { at: t(5) }, &[]),
            observe(Change::Seen { at: t(10) }, &[]),
            observe(Change::Seen { at: t(20) }, &[]),
            observe(Change::Absent { at: t(30) }, &[]),
        ]);
        assert_eq!(got.len(), 1);
        let v = got[0].validity;
        assert_eq!(
            (v.from_lo, v.from_hi, v.to_lo, v.to_hi),
            (Some(t(5)), t(10), Some(t(20)), Some(t(30)))
        );
        assert_eq!(v.held_at(t(25)), Held::Maybe);
    }

    #[test]
    fn seen_absent_in_between_is_another_incarnation() {
        let got = fold(&[
            observe(Change::Begun { at: t(10), basis: Basis::Event }, &[]),
            observe(Change::Ended { at: t(20), basis: Basis::Event }, &[]),
            observe(Change::Begun { at: t(30), basis: Basis::Event }, &[]),
        ]);
        assert_eq!(got.iter().map(|v| v.incarnation).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn a_changed_attribute_is_another_version() {
        let got = fold(&[
            observe(Change::Seen { at: t(10) }, &[("condition_expr", "a")]),
            observe(Change::Seen { at: t(20) }, &[("condition_expr", "a")]),
            observe(Change::Seen { at: t(30) }, &[("condition_expr", "b"), ("reason", "r")]),
        ]);
        assert_eq!(got.len(), 2);
        assert_eq!((got[0].validity.to_lo, got[0].validity.to_hi), (Some(t(20)), Some(t(30))));
        assert_eq!(got[1].version_no, 2);
        assert_eq!(
            got[0].attrs["reason"],
            "r".into(),
            "the last value counts for the whole incarnation"
        );
    }

    #[test]
    fn what_is_said_to_be_empty_is_known_no_longer() {
        let empty = |at, column: &'static str| {
            let mut observation = observe(Change::Seen { at: t(at) }, &[]);
            Rc::make_mut(&mut observation.attrs).insert(column.into(), Value::Empty);
            observation
        };
        let got = fold(&[
            observe(Change::Seen { at: t(10) }, &[("condition_expr", "a"), ("reason", "r")]),
            empty(20, "reason"),
            empty(30, "condition_expr"),
        ]);
        assert_eq!(got.len(), 2, "the condition tracks versions");
        assert_eq!(got[0].attrs["condition_expr"], "a".into());
        assert!(!got[1].attrs.contains_key("condition_expr"));
        assert!(got.iter().all(|v| !v.attrs.contains_key("reason")), "the last value counts");
    }

    #[test]
    fn an_end_alone_leaves_the_start_open() {
        let got = fold(&[observe(Change::Ended { at: t(20), basis: Basis::Event }, &[])]);
        assert_eq!(got[0].validity.held_at(t(19)), Held::Maybe);
        assert_eq!(got[0].validity.held_at(t(20)), Held::No);
        assert_eq!(got[0].basis, Basis::Unknown);
    }

    #[test]
    fn an_end_that_is_told_again_is_the_same_end() {
        let begin = || observe(Change::Begun { at: t(10), basis: Basis::SourceAttribute }, &[]);
        let end = || observe(Change::Ended { at: t(20), basis: Basis::SourceAttribute }, &[]);
        let got = fold(&[begin(), begin(), end(), end()]);
        assert_eq!(got.len(), 1);
        assert!(got[0].validity.is_pinned());
    }

    #[test]
    fn an_end_that_claims_to_precede_its_start_is_clamped() {
        let begin = observe(Change::Begun { at: t(20), basis: Basis::Event }, &[]);
        let mut end = observe(Change::Ended { at: t(10), basis: Basis::Event }, &[]);
        end.order = t(20);
        let got = fold(&[begin, end]);
        assert_eq!(got[0].validity.certain(), None);
        assert_eq!(got[0].validity.to_hi, Some(t(20)));
    }
}
