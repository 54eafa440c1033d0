//! What is known of the completeness of the streams that a control needs, over the period.

use std::collections::{BTreeMap, BTreeSet};

use tenure_model::evaluation::{CoverageStretch, PopulationSource};
use tenure_model::ids::Seq;
use tenure_model::{Period, Timestamp};

use crate::cells::Rows;
use crate::definition::{Definition, Requirement};
use crate::engine::intervals::{Interval, difference, intersection, union};
use crate::session::{QueryError, Session};

/// Whether the stream is one of states listed at instants, such as `iam-state`. Between two listings
/// it shows nothing by itself, and what was refused of the last one nobody knows, so its last
/// statement decides.
fn is_listing(stream: &str) -> bool {
    stream.ends_with("-state")
}

/// Everything that is stated, whenever it is about.
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
#[derive(Default)]
pub(crate) struct Coverage {
    /// What is stated of the period, of streams that are recorded as they happen.
    pub(crate) stretches: Vec<CoverageStretch>,
    pub(crate) uncovered: Vec<Uncovered>,
    /// Streams of which nothing is covered: whatever rests on them is not demonstrated.
    pub(crate) missing: Vec<String>,
    /// Listings: source, instant of the last one, and what is missing from it.
    pub(crate) listings: Vec<Listing>,
    /// The sources of the required streams.
    pub(crate) sources: Vec<String>,
    /// Covered stretches by stream and system, where every source of it covers them; not clipped.
    covered: BTreeMap<(String, String), Vec<Interval>>,
}

/// The last listing of a source.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    pub(crate) source: String,
    pub(crate) at: Timestamp,
    /// What is missing from it; `None` = it is complete.
    pub(crate) missing: Option<String>,
}

impl Coverage {
    /// Stretches of the window in which none of the streams is covered for the system; for any
    /// system that has them, where no system is named.
    pub(crate) fn holes(
        &self,
        requirement: &Requirement,
        system: Option<&str>,
        window: Interval,
    ) -> Vec<Interval> {
        let mut of: Vec<_> = self
            .covered
            .iter()
            .filter(|((stream, of), _)| {
                requirement.is_about(stream) && system.is_none_or(|system| system == of)
            })
            .map(|(_, covered)| difference(&[window], covered))
            .collect();
        if of.is_empty() {
            of.push(union(vec![window]));
        }
        union(of.concat())
    }
}

/// Reads what is stated about every stream, and which runs there were.
pub(crate) fn known(session: &Session) -> Result<Known, QueryError> {
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
            if start <= end {
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
    let mut coverage = Coverage::default();
    let streams: BTreeSet<&str> =
        definition.requires.iter().flat_map(Requirement::streams).collect();
    let mut satisfied = BTreeSet::new();
    for stream in streams {
        let mut by_source: BTreeMap<(&str, &str), Vec<&CoverageStretch>> = BTreeMap::new();
        for (stretch, system) in known.stretches.iter().filter(|(s, _)| s.stream == stream) {
            by_source.entry((&stretch.source, system)).or_default().push(stretch);
        }
        for ((source, system), stretches) in by_source {
            let good = if is_listing(stream) {
                coverage.listed(source, &stretches, as_of)
            } else {
                coverage.recorded((source, system, stream), &stretches, period, as_of)
            };
            if good {
                satisfied.insert(stream);
            }
        }
    }
    let unmet = definition.requires.iter().filter(|r| !r.streams().any(|s| satisfied.contains(s)));
    coverage.missing = unmet.map(|r| r.streams().collect::<Vec<_>>().join(" or ")).collect();
    coverage.missing.dedup();
    coverage.sources.sort();
    coverage.sources.dedup();
    coverage
}

impl Coverage {
    /// Takes the statements about a stream of states listed at instants; whether any covers.
    fn listed(&mut self, source: &str, stretches: &[&CoverageStretch], as_of: Timestamp) -> bool {
        let until: Vec<_> = stretches.iter().filter(|s| s.from <= as_of).collect();
        let Some(at) = until.iter().map(|s| s.to).max() else { return false };
        let missing = until
            .iter()
            .filter(|s| s.to == at && !matches!(s.status.as_str(), "proven" | "asserted"))
            .map(|s| s.detail.clone())
            .min();
        let good = missing.is_none();
        self.sources.push(source.to_owned());
        self.listings.push(Listing { source: source.to_owned(), at, missing });
        good
    }

    /// Takes the statements about a stream that is recorded as it happens; whether any covers some
    /// of the period.
    fn recorded(
        &mut self,
        (source, system, stream): (&str, &str, &str),
        stretches: &[&CoverageStretch],
        period: &Period,
        as_of: Timestamp,
    ) -> bool {
        let covered = covered(stretches);
        let whole = [(period.from, period.to.min(as_of).max(period.from))];
        let inside = stretches.iter().filter_map(|s| clipped(s, period));
        self.sources.push(source.to_owned());
        for (from, to) in difference(&whole, &covered) {
            let (source, system) = (source.to_owned(), system.to_owned());
            let stream = stream.to_owned();
            self.uncovered.push(Uncovered { source, system, stream, from, to });
        }
        self.stretches.extend(inside);
        let good = !intersection(&whole, &covered).is_empty();
        self.covered
            .entry((stream.to_owned(), system.to_owned()))
            .and_modify(|all| *all = intersection(all, &covered))
            .or_insert(covered);
        good
    }
}

fn clipped(stretch: &CoverageStretch, period: &Period) -> Option<CoverageStretch> {
    let (from, to) = (stretch.from.max(period.from), stretch.to.min(period.to));
    (from < to).then(|| CoverageStretch { from, to, ..stretch.clone() })
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
