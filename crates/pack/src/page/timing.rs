//! When performances were made: whether they bunch before the end of the period.

use tenure_model::evaluation::{Performance, Timing};

use super::words::{count, date, instant};

/// What the section of a control says of it.
pub(super) struct TimingPart {
    pub(super) clustered: bool,
    pub(super) performed: String,
    pub(super) tail_from: String,
    pub(super) in_tail: String,
    pub(super) after_period: String,
    pub(super) of_tail: String,
    pub(super) late: String,
    pub(super) examples: Vec<String>,
}

impl TimingPart {
    pub(super) fn new(timing: &Timing) -> Self {
        Self {
            clustered: timing.clustered,
            performed: count(timing.performed),
            tail_from: date(timing.tail_from),
            in_tail: count(timing.in_tail),
            after_period: count(timing.after_period),
            of_tail: count(timing.of_tail),
            late: count(timing.late),
            examples: timing.examples.iter().map(example).collect(),
        }
    }
}

fn example(performance: &Performance) -> String {
    let Performance { item, about, made, attribute } = performance;
    format!("{item}, attribute {attribute}: of {}, made {}", instant(*about), instant(*made))
}
