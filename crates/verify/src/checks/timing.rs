//! What a result says of when things were done follows from its own counts.

use tenure_model::Period;
use tenure_model::evaluation::ControlResult;

use crate::report::{Probe, Report};

pub(super) fn check(prefix: &str, control: &ControlResult, period: &Period, report: &mut Report) {
    let Some(timing) = &control.timing else { return };
    let mut probe = Probe::new(
        format!("{prefix}/timing"),
        "the counts of when things were done agree with each other",
    );
    let last = timing.in_tail.saturating_add(timing.after_period);
    probe.require(period.from <= timing.tail_from && timing.tail_from <= period.to, || {
        format!("the tail begins at {}, outside the period", timing.tail_from)
    });
    for (what, n) in
        [("in the tail or later", last), ("of the tail", timing.of_tail), ("late", timing.late)]
    {
        probe.require(n <= timing.performed, || {
            format!("{n} are {what}, of {} in all", timing.performed)
        });
    }
    probe.require(!timing.clustered || last > timing.of_tail, || {
        "they are said to bunch although no more were made in the tail than belong there".to_owned()
    });
    probe.finish(report, format!("{} performances", timing.performed));
}
