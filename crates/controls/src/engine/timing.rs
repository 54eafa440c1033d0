//! When performances, approvals and repairs were made: whether they bunch before the end of the
//! period, or came after the fact. It is shown beside the result and changes no outcome.
//!
//! The tail of a period is its last `cluster_tail`, 30 days unless a parameter of the control says
//! otherwise, and never more than a quarter of it. They bunch where more than `cluster_share` of them,
//! a half, was made in the tail or later, and more than what they were for lies there.

use std::collections::BTreeSet;

use tenure_model::evaluation::{Performance, Timing};
use tenure_model::{Period, Timestamp};

use crate::definition::{Definition, Setting};

const TAIL: i64 = 30 * Timestamp::DAY;
const SHARE: f64 = 0.5;
/// Examples that are kept.
const KEPT: usize = 10;

/// The end of a period against which instants are held.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tail {
    from: Timestamp,
    to: Timestamp,
    share: f64,
}

impl Tail {
    /// Of the whole period, whichever part of it a version of the control is tested over.
    pub(crate) fn of(definition: &Definition, period: &Period) -> Self {
        let tail = match definition.setting("cluster_tail") {
            Some(Setting::Duration(tenure_model::calendar::Sla::Days(days))) => {
                i64::from(days) * Timestamp::DAY
            }
            _ => TAIL,
        };
        let share = match definition.setting("cluster_share") {
            Some(Setting::Number(share)) => share,
            _ => SHARE,
        };
        let length = tail.min(period.micros() / 4);
        Self { from: period.to.plus_micros(-length), to: period.to, share }
    }
}

/// What was made when, counted as it comes.
#[derive(Debug, Default)]
pub(crate) struct Timed {
    tail: Option<Tail>,
    performed: u64,
    in_tail: u64,
    after: u64,
    of_tail: u64,
    late: u64,
    examples: BTreeSet<Performance>,
}

impl Timed {
    pub(crate) const fn against(tail: Tail) -> Self {
        Self {
            tail: Some(tail),
            performed: 0,
            in_tail: 0,
            after: 0,
            of_tail: 0,
            late: 0,
            examples: BTreeSet::new(),
        }
    }

    /// Counts a performance; `late` = later than it had to be.
    pub(crate) fn made(&mut self, performance: &Performance, late: bool) {
        let belongs = self.tail.is_some_and(|tail| performance.about >= tail.from);
        self.of_tail += u64::from(belongs);
        self.made_again(performance, late);
    }

    /// Counts a further performance of what was performed already: one of them belongs there.
    pub(crate) fn made_again(&mut self, performance: &Performance, late: bool) {
        let Some(tail) = self.tail else { return };
        self.performed += 1;
        self.late += u64::from(late);
        if performance.made >= tail.to {
            self.after += 1;
        } else if performance.made >= tail.from {
            self.in_tail += 1;
        }
        if late || (performance.made >= tail.from && performance.about < tail.from) {
            let full = self.examples.len() >= KEPT;
            if full && self.examples.last().is_some_and(|last| last <= performance) {
                return;
            }
            self.examples.insert(performance.clone());
            if self.examples.len() > KEPT {
                self.examples.pop_last();
            }
        }
    }

    /// Adds what another version of the control gave.
    pub(crate) fn join(&mut self, other: Self) {
        self.tail = self.tail.or(other.tail);
        self.performed += other.performed;
        self.in_tail += other.in_tail;
        self.after += other.after;
        self.of_tail += other.of_tail;
        self.late += other.late;
        self.examples.extend(other.examples);
        while self.examples.len() > KEPT {
            self.examples.pop_last();
        }
    }

    /// For the result; nothing where nothing that was made has an instant.
    pub(crate) fn told(self) -> Option<Timing> {
        let tail = self.tail.filter(|_| self.performed > 0)?;
        let last = self.in_tail + self.after;
        #[expect(clippy::cast_precision_loss, reason = "counts of performances are far below 2^52")]
        let most = last as f64 > tail.share * self.performed as f64;
        Some(Timing {
            performed: self.performed,
            tail_from: tail.from,
            in_tail: self.in_tail,
            after_period: self.after,
            of_tail: self.of_tail,
            late: self.late,
            clustered: most && last > self.of_tail,
            examples: self.examples.into_iter().collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: i64) -> Timestamp {
        Timestamp::from_micros(n * Timestamp::DAY)
    }

    /// A year of 360 days: the tail is its last 30.
    fn timed(made: &[(i64, i64)]) -> Timing {
        let tail = Tail { from: day(330), to: day(360), share: 0.5 };
        let mut timed = Timed::against(tail);
        for (n, (about, at)) in made.iter().enumerate() {
            let item = n.to_string().into();
            let attribute = "A".into();
            timed.made(&Performance { item, about: day(*about), made: day(*at), attribute }, false);
        }
        timed.told().expect("something was made")
    }

    #[test]
    fn what_is_caught_up_at_the_end_bunches() {
        let spread: Vec<_> = (0..12).map(|month| (month * 30, month * 30 + 5)).collect();
        let even = timed(&spread);
        assert_eq!((even.performed, even.in_tail, even.of_tail, even.clustered), (12, 1, 1, false));
        let caught_up: Vec<_> = (0..12).map(|month| (month * 30, 350)).collect();
        let caught_up = timed(&caught_up);
        assert_eq!((caught_up.in_tail, caught_up.of_tail, caught_up.clustered), (12, 1, true));
        assert_eq!(caught_up.examples.len(), 10, "the first ten of eleven");
    }

    #[test]
    fn what_fell_due_at_the_end_belongs_there() {
        let all: Vec<_> = (0..20).map(|n| (335 + n, 336 + n)).collect();
        assert!(!timed(&all).clustered, "all of it happened in the tail");
        let after = timed(&[(10, 5), (20, 365), (30, 361)]);
        assert_eq!((after.after_period, after.in_tail, after.clustered), (2, 0, true));
    }

    #[test]
    fn many_performances_of_one_slot_are_more_than_belong_there() {
        let tail = Tail { from: day(330), to: day(360), share: 0.5 };
        let mut timed = Timed::against(tail);
        for n in 0..8 {
            let (item, attribute) = ("feed".into(), "A".into());
            let run = Performance { item, about: day(358), made: day(350 + n), attribute };
            if n == 0 { timed.made(&run, false) } else { timed.made_again(&run, false) }
        }
        let told = timed.told().expect("something was made");
        assert_eq!((told.in_tail, told.of_tail, told.clustered), (8, 1, true));
        assert_eq!(told.examples, [], "none of them is about what lies before the tail");
    }

    #[test]
    fn the_tail_is_never_more_than_a_quarter() {
        let yaml = "id: X\ntitle: x\nkind: STATE\nstatement: x\nattributes: {A: x}\n\
                    sql: {exposure: SELECT 1, violation: \"SELECT 'A'\"}";
        let definition = Definition::from_yaml("x.yaml", yaml).expect("a definition");
        let tail = |days| Tail::of(&definition, &Period::new(day(0), day(days)).expect("a period"));
        assert_eq!(tail(360).from, day(330));
        assert_eq!(tail(40).from, day(30));
    }

    #[test]
    fn nothing_made_is_nothing_told() {
        assert_eq!(Timed::default().told(), None);
    }
}
