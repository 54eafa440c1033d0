//! Over which time files are said to hold everything. Nothing in a file shows it, so it is asserted
//! where somebody says it, and unknown elsewhere.

use tenure_model::entry::CoverageStatus;
use tenure_model::time::Timestamp;

use crate::settings::{SettingSpec, Settings};
use crate::source::{Claim, Collect, CollectError, Collected, Conclude, Conclusion};

/// The setting that says from when.
pub(crate) const FROM: SettingSpec = SettingSpec {
    name: "covers-from",
    doc: "from when the files hold everything, by the word of whoever sets it; with covers-to",
    required: false,
    default: "",
};
/// The setting that says until when.
pub(crate) const TO: SettingSpec = SettingSpec {
    name: "covers-to",
    doc: "until when the files hold everything, by the word of whoever sets it; with covers-from",
    required: false,
    default: "",
};

const PROOF: &str = "declared";

/// The time that the settings declare.
pub(crate) fn declared(
    settings: &Settings,
    now: Timestamp,
) -> Result<Option<(Timestamp, Timestamp)>, CollectError> {
    let get = |name| instant(settings, name, now);
    let error = |cause: &str| CollectError {
        what: "covers-from, covers-to".to_owned(),
        cause: cause.to_owned(),
        hint: "set both or neither, the first before the second".to_owned(),
    };
    match (get(FROM.name)?, get(TO.name)?) {
        (Some(from), Some(to)) if from < to => Ok(Some((from, to))),
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(error("the time ends before it begins")),
        _ => Err(error("one of them is not set")),
    }
}

/// A setting that is an instant of the past.
pub(crate) fn instant(
    settings: &Settings,
    name: &str,
    now: Timestamp,
) -> Result<Option<Timestamp>, CollectError> {
    let error = |cause: String| CollectError {
        what: name.to_owned(),
        cause,
        hint: "give an instant such as 2026-01-31T18:00:00Z, or a date".to_owned(),
    };
    let said = settings.get(name).map(Timestamp::parse_or_date).transpose();
    match said.map_err(|e| error(e.to_string()))? {
        Some(at) if at > now => Err(error(format!("{at} is not over yet"))),
        said => Ok(said),
    }
}

/// Adds to a collection that each of the streams is covered over the declared time.
pub(crate) fn covers(
    cx: &Collect<'_>,
    mut collected: Collected,
    streams: &[&str],
) -> Result<Collected, CollectError> {
    if let Some((from, to)) = declared(cx.settings, cx.clock.now())? {
        collected.coverage.extend(streams.iter().map(|stream| {
            Claim {
                stream: (*stream).to_owned(),
                from,
                to,
                status: CoverageStatus::Asserted,
                proof_kind: PROOF,
                detail: "whoever set covers-from and covers-to says that the files hold everything"
                    .to_owned(),
            }
        }));
    }
    Ok(collected)
}

/// What a run of declared files concludes: where something could not be read, nobody's word makes
/// it whole.
pub(crate) fn conclude(cx: &Conclude<'_>, collected: Collected) -> Conclusion {
    let mut coverage = collected.coverage;
    let lacking = cx.read_gaps.first().or_else(|| collected.gaps.first());
    if let Some(gap) = lacking {
        for claim in coverage.iter_mut().filter(|claim| claim.proof_kind == PROOF) {
            claim.status = CoverageStatus::Gap;
            claim.detail = format!("not everything could be read: {}", gap.cause);
        }
    }
    Conclusion {
        coverage,
        cursor: collected.cursor,
        gaps: collected.gaps,
        totals: std::collections::BTreeMap::new(),
        checks: collected.checks,
    }
}
