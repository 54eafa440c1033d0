//! What is stated of the completeness of a log and of listings. No line has a number, so nothing
//! proves that none is missing: it is declared by somebody, known to be wrong where something is
//! missing, or unknown. Listings speak for the instant at which they were made.

use tenure_model::entry::{CoverageStatus, Gap};
use tenure_model::time::Timestamp;

use crate::settings::Settings;
use crate::source::{Claim, CollectError, Collected, Conclude, Conclusion};

use super::log::Logs;
use super::state::{Hole, State};

/// The stream of logs of use.
const USAGE: &str = "usage";

/// From when until when somebody declares the log to be whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Declared {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

impl Declared {
    pub(super) fn of(settings: &Settings) -> Result<Self, CollectError> {
        let instant = |name: &str| {
            let error = |cause: String| CollectError {
                what: name.to_owned(),
                cause,
                hint: "give an instant such as 2026-01-31T18:00:00Z, or a date".to_owned(),
            };
            let said = settings.get(name).map(Timestamp::parse_or_date).transpose();
            said.map_err(|e| error(e.to_string()))
        };
        Ok(Self { from: instant("covers-from")?, to: instant("covers-to")? })
    }
}

/// What listings made at an instant cover.
pub(super) fn listed(stream: &'static str, as_of: Timestamp, gaps: &[Gap]) -> Claim {
    let (status, detail) = match gaps.first() {
        None => (
            CoverageStatus::Asserted,
            "somebody gave listings and says when they were made; nothing shows that they are all"
                .to_owned(),
        ),
        Some(gap) => (CoverageStatus::Gap, lacking(gap)),
    };
    let (from, to) = (as_of, as_of.plus_micros(1));
    Claim { stream: stream.to_owned(), from, to, status, proof_kind: "none", detail }
}

/// What follows from a run: of listings that could not be read whole, nobody's word makes them so.
pub(crate) fn conclude(cx: &Conclude<'_>, mut collected: Collected) -> Conclusion {
    if let Some(gap) = cx.read_gaps.first() {
        for claim in collected.coverage.iter_mut().filter(|claim| claim.stream != USAGE) {
            (claim.status, claim.detail) = (CoverageStatus::Gap, lacking(gap));
        }
    }
    Conclusion {
        coverage: collected.coverage,
        cursor: collected.cursor,
        gaps: collected.gaps,
        totals: std::collections::BTreeMap::new(),
        checks: collected.checks,
    }
}

fn lacking(gap: &Gap) -> String {
    format!("not everything could be read: {}: {}", gap.artifact, gap.cause)
}

/// The claims of a run on the log.
pub(super) fn claims(declared: Declared, now: Timestamp, state: &State, logs: &Logs) -> Vec<Claim> {
    let claim = |from, to, status, detail: &str| Claim {
        stream: USAGE.to_owned(),
        from,
        to,
        status,
        proof_kind: "none",
        detail: detail.to_owned(),
    };
    let mut claims = Vec::new();
    if let Some((first, last)) = logs.span {
        for (from, to, cause) in unknown(first, last.plus_micros(1), &logs.silences) {
            claims.push(claim(from, to, CoverageStatus::Unknown, cause));
        }
    } else if declared.from.is_none() {
        return claims;
    }
    if let (Some(from), Some((_, last))) = (declared.from, state.span) {
        let to = declared.to.unwrap_or_else(|| last.plus_micros(1)).min(now);
        if from < to {
            let detail = "somebody declares the log to be whole (covers-from)";
            claims.push(claim(from, to, CoverageStatus::Asserted, detail));
        }
    }
    // Later statements count: where something is missing, no declaration helps.
    for Hole { from, to, cause } in &state.holes {
        if from < to {
            claims.push(claim(*from, *to, CoverageStatus::Gap, cause));
        }
    }
    claims
}

/// A span cut at its silences.
fn unknown(
    first: Timestamp,
    end: Timestamp,
    silences: &[(Timestamp, Timestamp)],
) -> Vec<(Timestamp, Timestamp, &'static str)> {
    let mut parts = Vec::new();
    let mut at = first;
    let mut sorted = silences.to_vec();
    sorted.sort_unstable();
    for (from, to) in sorted {
        if at < from {
            parts.push((at, from, "no line has a number: nothing shows that none is missing"));
        }
        if from.max(at) < to {
            let idle = "no line for longer than an hour: idle and not logging look the same";
            parts.push((from.max(at), to, idle));
        }
        at = at.max(to);
    }
    if at < end {
        parts.push((at, end, "no line has a number: nothing shows that none is missing"));
    }
    parts
}
