//! What is known of the completeness of the streams that a control needs, over the period.
//!
//! Two sources of one stream and system are each necessary, as the trails of two accounts are: it is
//! covered where both cover it. Sources that declare (`part-of`) that they keep stretches of one log
//! are not: what one of them covers is covered.

use std::collections::{BTreeMap, BTreeSet};

use tenure_model::evaluation::CoverageStretch;
use tenure_model::{Period, Timestamp};

use crate::definition::{Definition, Requirement};
use crate::engine::intervals::{Interval, difference, intersection, union};

mod known;
#[cfg(test)]
mod tests;

pub(crate) use known::{Known, known};

/// Whether the stream is one of states listed at instants, such as `iam-state`. Between two listings
/// it shows nothing by itself, and what was refused of the last one nobody knows, so its last
/// statement decides.
fn is_listing(stream: &str) -> bool {
    stream.ends_with("-state")
}

/// A stretch of the period in which a stream of a system is neither proven nor asserted complete.
#[derive(Clone, Debug)]
pub(crate) struct Uncovered {
    /// The sources that could show it.
    pub(crate) source: String,
    pub(crate) system: String,
    pub(crate) stream: String,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

/// A required stream of which nothing is covered, and what is known of it instead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Missing {
    /// The stream, with those that would serve as well.
    pub(crate) stream: String,
    /// The sources that state anything of it; none of them that it is complete.
    pub(crate) sources: Vec<String>,
}

/// What a control's required streams look like over the period.
#[derive(Default)]
pub(crate) struct Coverage {
    /// What is stated of the period, of streams that are recorded as they happen.
    pub(crate) stretches: Vec<CoverageStretch>,
    pub(crate) uncovered: Vec<Uncovered>,
    /// Streams of which nothing is covered: whatever rests on them is not demonstrated.
    pub(crate) missing: Vec<Missing>,
    /// Listings: source, instant of the last one, and what is missing from it.
    pub(crate) listings: Vec<Listing>,
    /// The sources of the required streams.
    pub(crate) sources: Vec<String>,
    /// Sources that are each taken for necessary and never tell of the same time.
    pub(crate) apart: Vec<String>,
    /// Covered stretches by stream and system, where every log of it covers them; not clipped.
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

/// What a statement is about, if it is one of several of the same: a log, of which each of its
/// sources keeps a stretch.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Log<'k> {
    system: &'k str,
    /// As declared; a source that declares nothing is a log of its own.
    part_of: Option<&'k str>,
    /// The source, where it declares nothing.
    source: Option<&'k str>,
}

impl<'k> Log<'k> {
    fn of(stretch: &'k CoverageStretch, system: &'k str) -> Self {
        let part_of = stretch.part_of.as_deref();
        let source = part_of.is_none().then_some(stretch.source.as_str());
        Self { system, part_of, source }
    }
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
        let mut by_log: BTreeMap<Log<'_>, Vec<&CoverageStretch>> = BTreeMap::new();
        for (stretch, system) in known.stretches.iter().filter(|(s, _)| s.stream == stream) {
            by_log.entry(Log::of(stretch, system)).or_default().push(stretch);
        }
        for (log, stretches) in by_log {
            let good = if is_listing(stream) {
                coverage.listed(&stretches, as_of)
            } else {
                coverage.recorded((log.system, stream), &stretches, period, as_of)
            };
            if good {
                satisfied.insert(stream);
            }
        }
    }
    let unmet = definition.requires.iter().filter(|r| !r.streams().any(|s| satisfied.contains(s)));
    coverage.missing = unmet.map(|r| missing(r, known)).collect();
    coverage.missing.dedup();
    coverage.sources.sort();
    coverage.sources.dedup();
    coverage
}

fn missing(requirement: &Requirement, known: &Known) -> Missing {
    let about = known.stretches.iter().filter(|(s, _)| requirement.is_about(&s.stream));
    let sources: BTreeSet<_> = about.map(|(s, _)| s.source.clone()).collect();
    let stream = requirement.streams().collect::<Vec<_>>().join(" or ");
    Missing { stream, sources: sources.into_iter().collect() }
}

impl Coverage {
    /// Takes the statements about a stream of states listed at instants; whether any covers.
    fn listed(&mut self, stretches: &[&CoverageStretch], as_of: Timestamp) -> bool {
        let until: Vec<_> = stretches.iter().filter(|s| s.from <= as_of).collect();
        let Some(at) = until.iter().map(|s| s.to).max() else { return false };
        let last: Vec<_> = until.iter().filter(|s| s.to == at).collect();
        let missing = last
            .iter()
            .filter(|s| !matches!(s.status.as_str(), "proven" | "asserted"))
            .map(|s| s.detail.clone())
            .min();
        let good = missing.is_none();
        let source = last.iter().map(|s| s.source.clone()).min().unwrap_or_default();
        self.sources.extend(until.iter().map(|s| s.source.clone()));
        self.listings.push(Listing { source, at, missing });
        good
    }

    /// Takes the statements about a log that is recorded as it happens; whether any covers some of
    /// the period.
    fn recorded(
        &mut self,
        (system, stream): (&str, &str),
        stretches: &[&CoverageStretch],
        period: &Period,
        as_of: Timestamp,
    ) -> bool {
        let covered = covered(stretches);
        let whole = [(period.from, period.to.min(as_of).max(period.from))];
        let inside = stretches.iter().filter_map(|s| clipped(s, period));
        let names: BTreeSet<_> = stretches.iter().map(|s| s.source.as_str()).collect();
        let names: Vec<_> = names.into_iter().collect();
        self.sources.extend(names.iter().map(|name| (*name).to_owned()));
        for (from, to) in difference(&whole, &covered) {
            let (source, system) = (names.join(", "), system.to_owned());
            let stream = stream.to_owned();
            self.uncovered.push(Uncovered { source, system, stream, from, to });
        }
        self.stretches.extend(inside);
        let good = !intersection(&whole, &covered).is_empty();
        self.necessary((system, stream), &names, covered);
        good
    }

    /// A log counts beside the others of its stream and system: covered is what each of them covers.
    fn necessary(
        &mut self,
        (system, stream): (&str, &str),
        names: &[&str],
        covered: Vec<Interval>,
    ) {
        let key = (stream.to_owned(), system.to_owned());
        let Some(all) = self.covered.get_mut(&key) else {
            self.covered.insert(key, covered);
            return;
        };
        let both = intersection(all, &covered);
        if both.is_empty() && !all.is_empty() && !covered.is_empty() {
            self.apart.push(format!(
                "{} tells of the stream {stream} of {system}, and of no time of which the others tell; if they keep stretches of one log, say so with the setting part-of",
                names.join(", ")
            ));
        }
        *all = both;
    }
}

fn clipped(stretch: &CoverageStretch, period: &Period) -> Option<CoverageStretch> {
    let (from, to) = (stretch.from.max(period.from), stretch.to.min(period.to));
    (from < to).then(|| CoverageStretch { from, to, ..stretch.clone() })
}

/// Where any source proves or asserts it, and does not itself state a gap.
fn covered(stretches: &[&CoverageStretch]) -> Vec<Interval> {
    let sources: BTreeSet<_> = stretches.iter().map(|s| s.source.as_str()).collect();
    let each = sources.into_iter().map(|source| {
        let of = |wanted: &[&str]| {
            let said =
                |s: &&&CoverageStretch| s.source == source && wanted.contains(&s.status.as_str());
            union(stretches.iter().filter(said).map(|s| (s.from, s.to)).collect())
        };
        difference(&of(&["proven", "asserted"]), &of(&["gap"]))
    });
    union(each.flatten().collect())
}
