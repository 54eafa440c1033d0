//! What follows from a run: whether listings were seen whole, and over which time logs are.

use tenure_model::entry::CoverageStatus;
use tenure_model::tables::TableId;
use tenure_model::time::Timestamp;

use crate::source::{Claim, Collected, Conclude, Conclusion};

use super::collect::LISTINGS;
use super::declared;
use super::state::State;
use crate::declared::declared;

/// Draws the conclusion of a run.
pub(crate) fn conclude(cx: &Conclude<'_>, collected: Collected) -> Conclusion {
    let mut state = State::of(collected.cursor.as_deref());
    for fact in cx.facts.iter().filter(|fact| fact.table == TableId::LogObjects) {
        state.event(fact.change.at());
    }
    let of_logs = |gap: &&tenure_model::entry::Gap| !gap.artifact.starts_with(LISTINGS);
    let damaged = cx.read_gaps.iter().filter(of_logs).filter(|gap| gap.record.is_some());
    state.damaged.extend(damaged.map(|gap| gap.artifact.clone()));
    let mut coverage = collected.coverage;
    let first = collected.gaps.iter().chain(cx.read_gaps.iter().filter(|gap| !of_logs(gap))).next();
    if let Some(gap) = first {
        for claim in &mut coverage {
            (claim.status, claim.proof_kind) = (CoverageStatus::Gap, "none");
            claim.detail = format!("not all was received: {}: {}", gap.artifact, gap.cause);
        }
    }
    // Settings that cannot be used have stopped the collection before.
    let latest = Timestamp::from_micros(i64::MAX);
    let declared = declared(cx.settings, latest).unwrap_or_default();
    let claims = declared::claims(&state, declared);
    let stated = said(&claims);
    if stated != state.stated {
        state.stated = stated;
        coverage.extend(claims);
    }
    Conclusion {
        coverage,
        cursor: state.to_cursor(),
        gaps: collected.gaps,
        totals: collected.source_totals,
        checks: collected.checks,
    }
}

/// Claims in short, to know them again.
fn said(claims: &[Claim]) -> String {
    let one = |c: &Claim| format!("{} {} {}", c.from, c.to, c.status.as_str());
    claims.iter().map(one).collect::<Vec<_>>().join(", ")
}
