//! What is wrong between the digests of a chain: hours that have none, and digests that contradict
//! each other although each of them verifies.

use std::collections::BTreeSet;

use tenure_model::time::Timestamp;

use super::super::state::MINUTE;
use super::chain::{Chain, Segment};
use super::finding::{Finding, Kind, events_of};
use super::intervals::{self, Interval};
use super::place::sibling;

/// A digest is delivered for each hour.
pub(super) const HOUR: i64 = 60 * MINUTE;
/// Hours of one hole that are named one by one: more than a year of them.
const NAMED_HOURS: usize = 10_000;
/// A switch this long before or after a break in the chain explains it.
const NEAR: i64 = 2 * HOUR;

/// A trail switched on or off: time, trail, on.
pub(in super::super) type Switches = BTreeSet<(Timestamp, String, bool)>;

/// Everything wrong inside a chain, from its first digest to its last.
pub(super) fn inside(chain: &Chain, switches: &Switches) -> Vec<Finding> {
    let filled = intervals::union(chain.backfill.iter().map(|s| (s.start, s.end)).collect());
    let between = Between { chain, switches, filled };
    let mut findings = Vec::new();
    for pair in chain.hourly.windows(2) {
        let [a, b] = pair else { continue };
        findings.extend(between.contradiction(a, b));
        if a.end < b.start {
            findings.extend(between.hole(a, b));
        } else if a.end > b.start {
            findings.push(between.overlap(a, b));
        } else {
            findings.extend(between.seam(a, b));
        }
    }
    for pair in chain.backfill.windows(2) {
        let [a, b] = pair else { continue };
        findings.extend(between.contradiction(a, b));
    }
    findings
}

struct Between<'a> {
    chain: &'a Chain,
    switches: &'a Switches,
    filled: Vec<Interval>,
}

impl Between<'_> {
    fn finding(&self, kind: Kind, artifact: &str, cause: String, stretch: Interval) -> Finding {
        let (from, to) = events_of(stretch);
        let (artifact, region) = (artifact.to_owned(), self.chain.region.clone());
        Finding { artifact, kind, cause, region, from, to }
    }

    /// Both digests verify, and the later says something else of the earlier than what it is.
    fn contradiction(&self, a: &Segment, b: &Segment) -> Vec<Finding> {
        let Some(previous) = b.first.previous.as_ref().filter(|p| p.place.key == a.last.place.key)
        else {
            return Vec::new();
        };
        let mut causes = Vec::new();
        if previous.place.bucket != a.last.place.bucket {
            causes.push((
                Kind::BucketDiffers,
                format!(
                    "the digest after it says that it was delivered to the bucket {}, and it says {}",
                    previous.place.bucket, a.last.place.bucket
                ),
            ));
        }
        if previous.hash != a.last.hash {
            causes.push((
                Kind::HashDiffers,
                format!(
                    "the digest after it was chained to a digest with SHA-256 {}, and this one has {}",
                    previous.hash, a.last.hash
                ),
            ));
        }
        if previous.signature != a.last.signature {
            causes.push((
                Kind::SignatureDiffers,
                "the digest after it names another signature for it than the one that verifies"
                    .to_owned(),
            ));
        }
        // One of the two is wrong, and nothing tells which.
        let stretch = (a.last.start, b.first.end);
        let of = |(kind, cause)| self.finding(kind, &a.last.place.key, cause, stretch);
        causes.into_iter().map(of).collect()
    }

    fn overlap(&self, a: &Segment, b: &Segment) -> Finding {
        let cause = format!(
            "the digest before it tells of deliveries until {}, and this one of deliveries from {} on: they overlap",
            a.end, b.start
        );
        self.finding(Kind::Overlap, &b.first.key, cause, (b.start, a.end.min(b.end)))
    }

    /// No time is missing between them.
    fn seam(&self, a: &Segment, b: &Segment) -> Option<Finding> {
        match &b.first.previous {
            None => Some(self.restart(a, b, (a.end, b.start))),
            Some(previous) if previous.place.key != a.last.place.key => {
                let cause = format!(
                    "it names {} as the digest before it, and the digest that ends where it begins is {}",
                    previous.place.key, a.last.place.key
                );
                let stretch = (a.last.start, b.first.end);
                Some(self.finding(Kind::PreviousDiffers, &b.first.key, cause, stretch))
            }
            Some(_) => None,
        }
    }

    fn hole(&self, a: &Segment, b: &Segment) -> Vec<Finding> {
        let open = intervals::difference(&[(a.end, b.start)], &self.filled);
        let Some(previous) = &b.first.previous else {
            return open.into_iter().map(|stretch| self.restart(a, b, stretch)).collect();
        };
        if previous.place.key == a.last.place.key {
            let cause = format!(
                "it begins at {}, and the digest that it names as the one before ends at {}: no digest tells of the time between",
                b.start, a.end
            );
            let of = |stretch| self.finding(Kind::TimeHole, &b.first.key, cause.clone(), stretch);
            return open.into_iter().map(of).collect();
        }
        self.hours(a, b, &previous.place.key)
    }

    /// The hours between, each of which should have a digest.
    fn hours(&self, a: &Segment, b: &Segment, last: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut from = a.end;
        while from < b.start {
            let named = findings.len() < NAMED_HOURS;
            let to = if named { from.plus_micros(HOUR).min(b.start) } else { b.start };
            let hour = (from, to);
            from = to;
            let refused = |at: Timestamp| hour.0 < at && at <= hour.1;
            if intervals::holds(&self.filled, hour)
                || self.chain.refused.values().any(|refused_digest| refused(refused_digest.at))
            {
                continue; // Told of elsewhere.
            }
            let key = if to == b.start { last.to_owned() } else { sibling(&a.last.place.key, to) };
            let cause = if named {
                format!("the digest of the deliveries from {} to {to} is missing", hour.0)
            } else {
                format!("the digests of all deliveries from {} to {to} are missing", hour.0)
            };
            findings.push(self.finding(Kind::DigestMissing, &key, cause, hour));
        }
        findings
    }

    /// A starting digest after others: logging or validation was off.
    fn restart(&self, a: &Segment, b: &Segment, stretch: Interval) -> Finding {
        let why = match switches_near(&self.chain.trail, self.switches, (a.end, b.start)) {
            records if records.is_empty() => {
                "no record here says that logging was stopped, so validation was off or digests are missing"
                    .to_owned()
            }
            records => records,
        };
        let cause =
            format!("the digest chain begins anew at {} after ending at {}: {why}", b.start, a.end);
        self.finding(Kind::Restart, &b.first.key, cause, stretch)
    }
}

/// What records say of switching a trail around a stretch.
pub(super) fn switches_near(trail: &str, switches: &Switches, (from, to): Interval) -> String {
    let (from, to) = (from.plus_micros(-NEAR), to.plus_micros(NEAR));
    let arn_end = format!("trail/{trail} (");
    let near =
        switches.iter().filter(|(at, name, _)| from <= *at && *at <= to && name.contains(&arn_end));
    let said: Vec<_> = near
        .map(|(at, name, on)| {
            format!("{name} was switched {} at {at}", if *on { "on" } else { "off" })
        })
        .collect();
    said.join(", ")
}
