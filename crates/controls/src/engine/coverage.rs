//! What is known of the completeness of the streams that a control needs, over the period.

use std::collections::BTreeMap;

use tenure_model::evaluation::{CoverageStretch, PopulationSource};
use tenure_model::ids::Seq;
use tenure_model::{Period, Timestamp};

use crate::cells::Rows;
use crate::definition::Definition;
use crate::engine::intervals::{Interval, difference, intersection, union};
use crate::session::{QueryError, Session};

/// Everything that is stated, clipped to the period.
pub(crate) struct Known {
    pub(crate) stretches: Vec<(CoverageStretch, String)>,
    pub(crate) sources: Vec<PopulationSource>,
}

/// A stretch of the period in which a stream of a system is neither proven nor asserted complete.
#[derive(Clone, Debug)]
pub(crate) struct Uncovered {
    pub(crate) source: String,
    pub(crate) system: String,
    pub(crate) stream: String,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

/// What a control's required streams look like over the period.
pub(crate) struct Coverage {
    pub(crate) stretches: Vec<CoverageStretch>,
    pub(crate) uncovered: Vec<Uncovered>,
    /// Whether any stretch of a required stream is covered.
    pub(crate) any: bool,
    /// The sources of the required streams.
    pub(crate) sources: Vec<String>,
}

/// Reads what is stated about every stream, and which runs there were.
pub(crate) fn known(session: &Session, period: &Period) -> Result<Known, QueryError> {
    let mut known = Known { stretches: Vec::new(), sources: Vec::new() };
    let sql = "SELECT source, system, stream, covered_from, covered_to, status, detail FROM coverage \
               ORDER BY source, stream, covered_from, covered_to, status";
    for batch in session.sql(sql)? {
        let rows = Rows::new("coverage", &batch);
        let text = |name: &str| rows.need(name, rows.text(name)?);
        let (source, system, stream) = (text("source")?, text("system")?, text("stream")?);
        let (status, detail) = (text("status")?, text("detail")?);
        let from = rows.need("covered_from", rows.time("covered_from")?)?;
        let to = rows.need("covered_to", rows.time("covered_to")?)?;
        for row in 0..batch.num_rows() {
            let (Some(start), Some(end)) = (from.get(row), to.get(row)) else { continue };
            let (start, end) = (start.max(period.from), end.min(period.to));
            if start < end {
                let get =
                    |column: &crate::cells::Texts| column.get(row).unwrap_or_default().to_owned();
                let stretch = CoverageStretch {
                    source: get(&source),
                    stream: get(&stream),
                    from: start,
                    to: end,
                    status: get(&status),
                    detail: get(&detail),
                };
                known.stretches.push((stretch, get(&system)));
            }
        }
    }
    known.sources = sources(session)?;
    Ok(known)
}

fn sources(session: &Session) -> Result<Vec<PopulationSource>, QueryError> {
    let mut by_source: BTreeMap<(String, String), Vec<(String, Seq)>> = BTreeMap::new();
    let sql = "SELECT source, source_kind, run, CAST(seq AS VARCHAR) AS seq FROM runs ORDER BY seq";
    for batch in session.sql(sql)? {
        let rows = Rows::new("runs", &batch);
        let text = |name: &str| rows.need(name, rows.text(name)?);
        let (source, kind, run, seq) =
            (text("source")?, text("source_kind")?, text("run")?, text("seq")?);
        for row in 0..batch.num_rows() {
            let get = |column: &crate::cells::Texts| column.get(row).unwrap_or_default().to_owned();
            let seq =
                get(&seq).parse().map_err(|_| rows.shape("a run without an index".to_owned()))?;
            by_source.entry((get(&source), get(&kind))).or_default().push((get(&run), Seq(seq)));
        }
    }
    Ok(by_source
        .into_iter()
        .map(|((source, kind), runs)| PopulationSource { source, kind, runs })
        .collect())
}

/// What the definition's required streams look like.
pub(crate) fn of(
    definition: &Definition,
    known: &Known,
    period: &Period,
    as_of: Timestamp,
) -> Coverage {
    let mut coverage =
        Coverage { stretches: Vec::new(), uncovered: Vec::new(), any: false, sources: Vec::new() };
    for requirement in &definition.requires {
        let mut by_source: BTreeMap<(&str, &str), Vec<&CoverageStretch>> = BTreeMap::new();
        for (stretch, system) in
            known.stretches.iter().filter(|(s, _)| s.stream == requirement.stream)
        {
            by_source.entry((&stretch.source, system)).or_default().push(stretch);
        }
        for ((source, system), stretches) in by_source {
            let covered = covered(&stretches);
            coverage.any |= !covered.is_empty();
            coverage.sources.push(source.to_owned());
            coverage.stretches.extend(stretches.into_iter().cloned());
            let whole = [(period.from, period.to.min(as_of).max(period.from))];
            for (from, to) in difference(&whole, &covered) {
                let stream = requirement.stream.clone();
                coverage.uncovered.push(Uncovered {
                    source: source.to_owned(),
                    system: system.to_owned(),
                    stream,
                    from,
                    to,
                });
            }
        }
    }
    coverage.sources.sort();
    coverage.sources.dedup();
    coverage
}

/// Proven or asserted, and not also stated to have a gap.
fn covered(stretches: &[&CoverageStretch]) -> Vec<Interval> {
    let of = |wanted: &[&str]| {
        let list = stretches
            .iter()
            .filter(|s| wanted.contains(&s.status.as_str()))
            .map(|s| (s.from, s.to));
        union(list.collect())
    };
    let good = of(&["proven", "asserted"]);
    let bad = of(&["gap"]);
    intersection(&good, &difference(&good, &bad))
}
