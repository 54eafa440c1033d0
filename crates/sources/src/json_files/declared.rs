//! Over which time log files are said to hold every event. Nothing in such a file shows it, so it
//! is asserted where somebody says it, and unknown elsewhere.

use tenure_model::entry::CoverageStatus;
use tenure_model::time::Timestamp;

use crate::source::Claim;

use super::state::State;

const STREAM: &str = "usage";
const FILES_NAMED: usize = 3;

/// What is known of the completeness of the log files, in order and without overlaps.
pub(super) fn claims(state: &State, declared: Option<(Timestamp, Timestamp)>) -> Vec<Claim> {
    let Some((first, last)) = state.events else { return Vec::new() };
    // The end of a claim is exclusive, and the last event is covered.
    let end = last.plus_micros(1);
    let Some((from, to)) = declared else {
        return vec![unknown(first, end, "nothing shows or says that the files hold every event")];
    };
    let outside = "the files hold events of this time, and nobody says that they hold all";
    let before = (first < from).then(|| unknown(first, end.min(from), outside));
    let after = (to < end).then(|| unknown(first.max(to), end, outside));
    let (status, detail) = if state.damaged.is_empty() {
        let detail = "whoever set covers-from and covers-to says that the files hold every event";
        (CoverageStatus::Asserted, detail.to_owned())
    } else {
        let named: Vec<_> = state.damaged.iter().take(FILES_NAMED).map(String::as_str).collect();
        let more = state.damaged.len().saturating_sub(FILES_NAMED);
        let more = if more > 0 { format!(" and {more} others") } else { String::new() };
        let detail = format!("not every record could be read of {}{more}", named.join(", "));
        (CoverageStatus::Gap, detail)
    };
    let stream = STREAM.to_owned();
    let inside = Claim { stream, from, to, status, proof_kind: "declared", detail };
    before.into_iter().chain([inside]).chain(after).collect()
}

fn unknown(from: Timestamp, to: Timestamp, detail: &str) -> Claim {
    Claim {
        stream: STREAM.to_owned(),
        from,
        to,
        status: CoverageStatus::Unknown,
        proof_kind: "none",
        detail: detail.to_owned(),
    }
}
