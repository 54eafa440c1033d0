//! Observations of one thing to its versions. Pure, and the heart of the timeline.
//!
//! Everything known of one key (system, table, native type and id) is a list of observations.
//! [`versions`] turns the list into versions with honest bounds; it is a function of the list
//! alone, so late evidence is handled by running it again.

use std::borrow::Cow;
use std::rc::Rc;

use tenure_model::fact::{Basis, Change};
use tenure_model::tables::{Table, Tracks};
use tenure_model::usage::{TextId, Texts};
use tenure_model::{Timestamp, Validity};

use crate::attrs::{Attr, Attrs, get, number, shared};

/// One statement about one thing.
#[derive(Clone, Debug)]
pub(crate) struct Observation {
    /// Where it stands among the statements about the thing: its own instant, or, within a run
    /// whose order is causal, no earlier than the statement before it.
    pub(crate) order: Timestamp,
    /// What was stated.
    pub(crate) change: Change,
    /// What it looked like; shared with the statement before where that said the same, as weekly
    /// listings do of nearly everything, and with the version that follows from it.
    pub(crate) attrs: Attrs,
    /// The record; none for what follows from a whole run.
    pub(crate) evidence: Pointer,
}

/// A record of an artifact, or none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Pointer {
    /// The artifact's digest in hex.
    pub(crate) artifact: TextId,
    pub(crate) record: u64,
}

impl Pointer {
    /// As in SQL.
    pub(crate) fn text(self, texts: &Texts) -> Option<String> {
        texts.get(self.artifact).map(|artifact| format!("{artifact}#{}", self.record))
    }
}

/// One version of one incarnation.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Version {
    pub(crate) incarnation: u32,
    pub(crate) version_no: u32,
    pub(crate) attrs: Attrs,
    pub(crate) validity: Validity,
    pub(crate) basis: Basis,
    /// What its start rests on, and its end where that is another record.
    pub(crate) evidence: [Pointer; 2],
}

/// The versions that follow from the observations, oldest first.
///
/// `observations` must be sorted by `order`, ties in the order in which they were recorded.
pub(crate) fn versions(table: &Table, observations: &[Observation]) -> Vec<Version> {
    let mut fold = Fold {
        table,
        done: Vec::new(),
        open: None,
        incarnation: 0,
        absent_at: None,
        ended_at: None,
    };
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
    /// The last instant at which it ended by the word of its source.
    ended_at: Option<Timestamp>,
}

struct Open {
    version: Version,
    last_seen: Timestamp,
    /// The last sight before the instant of that one.
    seen_before: Timestamp,
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
                    || open.stops(at, self.table, &observation.attrs) =>
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
            // A use that is logged with the instant of the end does not tell that it was there again.
            None if self.ended_at == Some(at) => {}
            None => {
                let validity =
                    Validity { from_lo: self.absent_at, from_hi: at, to_lo: None, to_hi: None };
                let basis =
                    if self.absent_at.is_some() { Basis::SnapshotDiff } else { Basis::Unknown };
                self.start(validity, basis, observation);
            }
            Some(open) if differs(self.table, &open.version.attrs, &observation.attrs) => {
                // What was seen in the same instant does not tell that it was still as before.
                let lo = if open.last_seen < at { open.last_seen } else { open.seen_before };
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
            self.close(open, lo, at, observation.evidence);
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
            open.version.attrs = merged(self.table, &open.version.attrs, &observation.attrs);
            let at = at.max(open.version.validity.from_hi);
            self.close(open, at, at, observation.evidence);
        }
        self.absent_at = self.absent_at.max(Some(at));
        self.ended_at = self.ended_at.max(Some(at));
    }

    fn start(&mut self, validity: Validity, basis: Basis, observation: &Observation) {
        self.incarnation += 1;
        let attrs = merged(self.table, &Attrs::default(), &observation.attrs);
        self.open_version(1, attrs, validity, basis, observation.evidence);
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
        let before = &open.version;
        let kept = before.attrs.iter().filter(|attr| tracks(self.table, **attr) != Tracks::Own);
        let kept = shared(kept.copied().collect(), [&before.attrs]);
        let attrs = merged(self.table, &kept, &observation.attrs);
        let version_no = before.version_no + 1;
        self.close(open, to_lo, to_hi, observation.evidence);
        self.open_version(version_no, attrs, validity, basis, observation.evidence);
    }

    fn open_version(
        &mut self,
        version_no: u32,
        attrs: Attrs,
        validity: Validity,
        basis: Basis,
        evidence: Pointer,
    ) {
        let (incarnation, evidence) = (self.incarnation, [evidence, Pointer::default()]);
        let version = Version { incarnation, version_no, attrs, validity, basis, evidence };
        let last_seen = validity.from_hi;
        self.open = Some(Open { version, last_seen, seen_before: last_seen });
    }

    fn close(&mut self, mut open: Open, to_lo: Timestamp, to_hi: Timestamp, evidence: Pointer) {
        let version = &mut open.version;
        version.validity.to_lo = Some(to_lo);
        version.validity.to_hi = Some(to_hi);
        if version.evidence[0] != evidence {
            version.evidence[1] = evidence;
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
    fn stops(&self, at: Timestamp, table: &Table, said: &Attrs) -> bool {
        let Some(status) = number(table, STATUS) else { return false };
        at > self.version.validity.from_hi
            && get(&self.version.attrs, status).is_none()
            && get(said, status).is_some_and(Attr::is_inactive)
    }

    fn see(&mut self, at: Timestamp, table: &Table, attrs: &Attrs) {
        if at > self.last_seen {
            (self.seen_before, self.last_seen) = (self.last_seen, at);
        }
        self.version.attrs = merged(table, &self.version.attrs, attrs);
    }
}

/// The column that says whether something can act.
const STATUS: &str = "status";

fn tracks(table: &Table, attr: Attr) -> Tracks {
    table.columns[usize::from(attr.column)].tracks
}

/// Whether a column that tracks versions is said to be something else than it was.
/// A column said for the first time completes the version instead of ending it.
fn differs(table: &Table, known: &Attrs, said: &Attrs) -> bool {
    !Rc::ptr_eq(known, said)
        && said.iter().any(|attr| {
            let Some(before) = get(known, attr.column) else { return false };
            // What is said to be empty is something else than what it was, too.
            match tracks(table, *attr) {
                Tracks::Versions => before != *attr,
                Tracks::Known => before != *attr && !before.is_unknown() && !attr.is_unknown(),
                Tracks::Latest | Tracks::Own => false,
            }
        })
}

/// What is known once this is said as well.
fn merged(table: &Table, known: &Attrs, said: &Attrs) -> Attrs {
    let mut all = Cow::Borrowed(&**known);
    for attr in &**said {
        match all.binary_search_by_key(&attr.column, |known| known.column) {
            Ok(_) if tracks(table, *attr) == Tracks::Known && attr.is_unknown() => {}
            Ok(at) if attr.is_empty() => drop(all.to_mut().remove(at)),
            Ok(at) if all[at] == *attr => {}
            Ok(at) => all.to_mut()[at] = *attr,
            Err(_) if attr.is_empty() => {}
            Err(at) => all.to_mut().insert(at, *attr),
        }
    }
    match all {
        Cow::Borrowed(_) => Rc::clone(known),
        Cow::Owned(all) => shared(all, [said]),
    }
}

/// Columns whose last value counts for the whole incarnation take it in all its versions.
fn spread_latest(table: &Table, versions: &mut [Version]) {
    let latest = |attr: &&Attr| tracks(table, **attr) == Tracks::Latest;
    for incarnation in versions.chunk_by_mut(|a, b| a.incarnation == b.incarnation) {
        let Some((last, earlier)) = incarnation.split_last_mut() else { continue };
        for version in earlier {
            let own = version.attrs.iter().filter(|attr| !latest(attr));
            let mut all: Vec<_> = own.chain(last.attrs.iter().filter(latest)).copied().collect();
            all.sort_by_key(|attr| attr.column);
            version.attrs = shared(all, [&version.attrs, &last.attrs]);
        }
    }
}

#[cfg(test)]
mod tests;
