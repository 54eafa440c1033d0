//! Access held over the period, day by day, for the charts of a pack.

use std::collections::BTreeMap;

use tenure_controls::query;
use tenure_controls::session::Session;
use tenure_model::Timestamp;
use tenure_model::evaluation::Evaluated;
use tenure_pack::{AccessDay, AccessSeries};

use crate::workspace::Workspace;

/// One series per kind of entitlement: starts and ends of grants by day, added up.
pub(crate) fn access(
    workspace: &Workspace,
    evaluated: &Evaluated,
) -> anyhow::Result<Vec<AccessSeries>> {
    let session = Session::open(&workspace.timeline, evaluated.evaluation.known_at)?;
    let sql = "SELECT native_type, valid_from_hi, valid_to_lo, valid_to_hi FROM grants \
               WHERE version_no = 1 AND identity_id IS NOT NULL ORDER BY native_type";
    let mut moves: BTreeMap<String, BTreeMap<Timestamp, (u64, u64)>> = BTreeMap::new();
    for row in query::run(&session, sql)?.rows {
        let at = |index: usize| row[index].as_str().and_then(|text| text.parse::<Timestamp>().ok());
        let days = moves.entry(row[0].as_str().unwrap_or("grant").to_owned()).or_default();
        if let Some(from) = at(1) {
            days.entry(from.day_start()).or_default().0 += 1;
        }
        if let Some(to) = at(2).or(at(3)) {
            days.entry(to.day_start()).or_default().1 += 1;
        }
    }
    let period = evaluated.evaluation.period;
    Ok(moves
        .into_iter()
        .map(|(name, days)| series(name, &days, period.from.day_start(), period.to))
        .collect())
}

fn series(
    name: String,
    moves: &BTreeMap<Timestamp, (u64, u64)>,
    from: Timestamp,
    to: Timestamp,
) -> AccessSeries {
    let before = moves
        .range(..from)
        .fold(0_u64, |held, (_, (granted, removed))| (held + granted).saturating_sub(*removed));
    let mut held = before;
    let mut days = Vec::new();
    let mut day = from;
    while day < to {
        let (granted, removed) = moves.get(&day).copied().unwrap_or_default();
        held = (held + granted).saturating_sub(removed);
        days.push(AccessDay { day, held, granted, removed });
        day = day.plus_micros(Timestamp::DAY);
    }
    AccessSeries { name, days }
}
