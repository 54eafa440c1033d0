//! What a verification does not show. Said every time, because a list of ticks suggests more.

use crate::report::Report;

/// What no verification of a pack shows: name, claim, and why not.
pub const LIMITS: [(&str, &str, &str); 6] = [
    (
        "truth",
        "what the sources said is true",
        "the log proves what was received and when it was recorded, not that it was so",
    ),
    (
        "uncollected",
        "nothing was left uncollected",
        "what never reached the log leaves no trace in it; the coverage of each population says what is known",
    ),
    (
        "left-out",
        "no run or coverage entry was left out of the pack",
        "proofs cover the entries that are here; to see all of them, read the log itself",
    ),
    (
        "query",
        "the queries and attribute tests give these results",
        "they are not run again here; definitions, parameters and SQL are in the pack for re-performance",
    ),
    (
        "charts",
        "the pages for people show these results",
        "index.html and reports are bound by their digests; the charts of access over time are not re-derived",
    ),
    (
        "time",
        "entries were recorded at the times they state",
        "only witnesses' cosignatures bound the time from outside",
    ),
];

pub(super) fn note(report: &mut Report) {
    for (id, title, detail) in LIMITS {
        report.not_checked(format!("limits/{id}"), title, detail, 0);
    }
}

pub(super) fn nothing_else(report: &mut Report) {
    let detail = "the files cannot be told apart, so nothing in them was looked at";
    report.not_checked("limits/unreadable", "everything else", detail, 0);
}
