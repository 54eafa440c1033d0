//! How far a replacement has come, as far as it is known.

use tenure_model::Timestamp;

use crate::covered::Log;

use super::{Judged, OVERLAP, Unit, Verdict, When};

/// What is known of the system beside its credentials.
pub(super) struct Known<'l> {
    pub(super) log: Option<&'l Log>,
    /// Until when the system was listed as a whole.
    pub(super) listed: Option<Timestamp>,
    /// The instant as of which is judged.
    pub(super) as_of: Timestamp,
}

impl Known<'_> {
    pub(super) fn covers(&self, from: Timestamp, to: Timestamp) -> bool {
        self.log.is_some_and(|log| log.covers(from, to))
    }
}

impl Judged {
    const fn sure(verdict: Verdict) -> Self {
        Self { verdict, why: None }
    }

    fn with(verdict: Verdict, why: &str) -> Self {
        Self { verdict, why: Some(why.to_owned()) }
    }
}

pub(super) fn judge(old: &Unit, new: &Unit, known: &Known<'_>) -> Judged {
    if old.material.is_some() && old.material == new.material {
        return Judged::with(Verdict::Relabelled, "the secret is the same");
    }
    if new.created.lo.is_none_or(|lo| lo < old.created.hi) {
        return Judged::with(Verdict::NotKnown, "which of the two is older is not known");
    }
    match old.ended() {
        Some(_) => taken_up(new, known),
        None => overlapping(old, new, known),
    }
}

/// The old one is out of force: is the new one what is used?
fn taken_up(new: &Unit, known: &Known<'_>) -> Judged {
    if new.first_used.is_some() {
        return Judged::sure(Verdict::Complete);
    }
    let until = new.ended().map_or(known.as_of, |end| end.hi.min(known.as_of));
    if new.never_used || (new.created.hi < until && known.covers(new.created.hi, until)) {
        return Judged::sure(Verdict::NewNeverUsed);
    }
    Judged::with(
        Verdict::NotKnown,
        "no use of the new one is known, and the log has gaps in which it may have been used",
    )
}

/// Both are in force.
fn overlapping(old: &Unit, new: &Unit, known: &Known<'_>) -> Judged {
    let over = When {
        lo: new.created.lo.map(|lo| lo.plus_micros(OVERLAP)),
        hi: new.created.hi.plus_micros(OVERLAP),
    };
    if old.last_used.is_some_and(|used| used > over.hi) {
        return Judged::sure(Verdict::OldStillUsed);
    }
    let listed = known.listed.is_some_and(|at| at > old.alive && at > new.created.hi);
    let alive = listed || known.covers(old.alive, known.as_of);
    let gone = "whether the old one is still in force is not known: the log has gaps after the \
                last record that shows it";
    if known.as_of <= over.hi {
        let surely = over.lo.is_some_and(|lo| known.as_of <= lo);
        return match (surely, alive) {
            (true, true) => Judged::sure(Verdict::InProgress),
            (true, false) => Judged::with(Verdict::InProgress, gone),
            (false, _) => Judged::with(
                Verdict::NotKnown,
                "since when the new one is there is not known well enough to tell whether the overlap is over",
            ),
        };
    }
    if !alive {
        return Judged::with(Verdict::NotKnown, gone);
    }
    if known.covers(over.hi, known.as_of) {
        return Judged::sure(Verdict::OldStillActive);
    }
    Judged::with(
        Verdict::OldStillActive,
        "whether the old one is still used is not known: the log has gaps",
    )
}
