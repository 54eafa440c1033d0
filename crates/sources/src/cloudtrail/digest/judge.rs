//! Everything that is wrong as far as is known now, region by region, and over which events the
//! chains prove the log complete. Follows from the state alone, so that runs day by day and one run
//! over all say the same.

use std::collections::{BTreeMap, BTreeSet};

use tenure_model::time::Timestamp;

use super::super::state::{LONGEST_DELIVERY, LONGEST_SPAN};
use super::chain::Chain;
use super::finding::{Finding, Kind, events_of};
use super::intervals::{self, Interval};
use super::links::{self, HOUR, Switches, switches_near};
use super::place::sibling;
use super::{Digests, Missing};

/// A digest comes within an hour or so of the end of its hour.
const LATE: i64 = 2 * HOUR;

/// A region of an account.
#[derive(Debug, Default)]
pub(super) struct Region {
    /// Events that are proven to be here, findings aside.
    pub(super) vouched: Vec<Interval>,
    /// What was found where digests are: there nothing is proven.
    pub(super) broken: Vec<Finding>,
    /// What was found where no digest vouches for anything.
    pub(super) beyond: Vec<Finding>,
    /// From the first to the last of what its digests and objects tell of.
    pub(super) span: Option<Interval>,
}

impl Digests {
    /// Every region of which digests or log objects are here, by `account/region`.
    pub(super) fn regions(&self, switches: &Switches) -> BTreeMap<String, Region> {
        let mut regions: BTreeMap<String, Region> = BTreeMap::new();
        for name in self.region_names() {
            let chains: Vec<_> = self.chains.values().filter(|c| c.region == name).collect();
            let judged = Judge { digests: self, switches, name: &name, chains }.region();
            regions.insert(name, judged);
        }
        regions
    }

    fn region_names(&self) -> BTreeSet<String> {
        let of_chains = self.chains.values().map(|chain| chain.region.clone());
        let of_unkeyed = self.unkeyed.values().map(|unkeyed| unkeyed.region.clone());
        of_chains.chain(of_unkeyed).chain(self.logs.keys().cloned()).collect()
    }

    /// The newest time that digests or log objects of an account tell of.
    fn newest(&self, account: &str) -> Option<Timestamp> {
        let of = |region: &str| region.split('/').next() == Some(account);
        let logs = self.logs.iter().filter(|(region, _)| of(region)).map(|(_, span)| span.1);
        let chains = self.chains.values().filter(|chain| of(&chain.region));
        let ends = chains.filter_map(Chain::span).map(|span| span.1);
        logs.chain(ends).max()
    }

    /// Stretches of deliveries in a region over which every object is named by a digest that
    /// verifies: where one of several trails has a hole, its objects are named by none.
    pub(super) fn decided(&self, region: &str) -> Vec<Interval> {
        let (mut told, mut holes) = (Vec::new(), Vec::new());
        for chain in self.chains.values().filter(|chain| chain.region == region) {
            let stretches = chain.stretches();
            holes.extend(stretches.windows(2).map(|pair| (pair[0].1, pair[1].0)));
            told.extend(stretches);
        }
        intervals::difference(&intervals::union(told), &intervals::union(holes))
    }
}

struct Judge<'a> {
    digests: &'a Digests,
    switches: &'a Switches,
    name: &'a str,
    chains: Vec<&'a Chain>,
}

impl Judge<'_> {
    fn region(&self) -> Region {
        let mut region = Region { span: self.span(), ..Region::default() };
        let vouched = self.chains.iter().flat_map(|chain| chain.stretches());
        region.vouched = intervals::union(
            vouched.map(|(from, to)| (from, to.plus_micros(-LONGEST_DELIVERY))).collect(),
        );
        region.broken =
            self.digests.findings.iter().filter(|f| f.region == self.name).cloned().collect();
        region.broken.extend(self.missing());
        for chain in &self.chains {
            region.broken.extend(links::inside(chain, self.switches));
            let (inside, outside) = self.refused(chain);
            region.broken.extend(inside);
            region.beyond.extend(outside);
            region.beyond.extend(self.head(chain));
            region.beyond.extend(self.tail(chain));
        }
        region.beyond.extend(self.unvouched());
        region.broken.sort();
        region.beyond.sort();
        region
    }

    fn span(&self) -> Option<Interval> {
        let logs = self.digests.logs.get(self.name).map(|(first, last)| {
            (first.plus_micros(-LONGEST_SPAN), last.plus_micros(super::super::state::MINUTE))
        });
        let spans = self.chains.iter().filter_map(|chain| chain.span()).chain(logs);
        spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    fn finding(&self, kind: Kind, artifact: &str, cause: String, (from, to): Interval) -> Finding {
        let (artifact, region) = (artifact.to_owned(), self.name.to_owned());
        Finding { artifact, kind, cause, region, from, to }
    }

    fn missing(&self) -> Vec<Finding> {
        let here = self.digests.missing.iter().filter(|(_, missing)| missing.region == self.name);
        here.map(|(key, Missing { digest, from, to, .. })| {
            let cause = format!("the digest {digest} names it, and it is not here");
            self.finding(Kind::LogMissing, key, cause, (*from, *to))
        })
        .collect()
    }

    /// Digests that do not verify: between others that do, and elsewhere.
    fn refused(&self, chain: &Chain) -> (Vec<Finding>, Vec<Finding>) {
        let span = chain.span();
        let told = chain.refused.iter().map(|(artifact, refused)| {
            let hour = (refused.at.plus_micros(-HOUR), refused.at);
            let inside = span.is_some_and(|(from, to)| from < refused.at && refused.at <= to);
            (inside, self.finding(refused.kind, artifact, refused.cause.clone(), events_of(hour)))
        });
        let (inside, outside): (Vec<_>, Vec<_>) = told.partition(|(inside, _)| *inside);
        let only = |findings: Vec<(bool, Finding)>| findings.into_iter().map(|(_, f)| f).collect();
        (only(inside), only(outside))
    }

    /// Log objects from before the chain.
    fn head(&self, chain: &Chain) -> Option<Finding> {
        let first = chain.hourly.first()?;
        let (oldest, _) = self.digests.logs.get(self.name)?;
        let others = self.chains.iter().filter_map(|chain| chain.span());
        let is_first = others.map(|span| span.0).min() == Some(first.start);
        if !is_first || oldest.plus_micros(LONGEST_DELIVERY) >= first.start {
            return None;
        }
        let stretch = (oldest.plus_micros(-LONGEST_SPAN), first.start);
        let began = format!(
            "the digest chain of {} begins at {} only, and log objects are here from {oldest} on",
            self.name, first.start
        );
        Some(match &first.first.previous {
            None => {
                let cause = format!("{began}: log file validation was switched on only then");
                self.finding(Kind::Head, &first.first.key, cause, stretch)
            }
            Some(previous) => {
                let cause = format!("{began}: the digest before the first one is missing");
                self.finding(Kind::DigestMissing, &previous.place.key, cause, stretch)
            }
        })
    }

    /// A chain that ends while the account's log goes on.
    fn tail(&self, chain: &Chain) -> Option<Finding> {
        let last = chain.hourly.last()?;
        let account = self.name.split('/').next()?;
        let newest = self.digests.newest(account)?;
        let others = self.chains.iter().filter_map(|chain| chain.span());
        let is_last = others.map(|span| span.1).max() == Some(last.end);
        if !is_last || last.end.plus_micros(LATE) >= newest {
            return None;
        }
        let near = switches_near(&chain.trail, self.switches, (last.end, last.end));
        let why = if near.is_empty() { near } else { format!(" ({near})") };
        let cause = format!(
            "the digest chain of {} ends at {}, and digests or log objects of the account are here until {newest}: the digests after it are missing{why}",
            self.name, last.end
        );
        let next = sibling(&last.last.place.key, last.end.plus_micros(HOUR));
        Some(self.finding(Kind::Tail, &next, cause, events_of((last.end, newest))))
    }

    /// A region of which no digest verifies.
    fn unvouched(&self) -> Option<Finding> {
        if self.chains.iter().any(|chain| chain.segments().next().is_some()) {
            return None;
        }
        // Its events are in doubt whenever the account's are looked at.
        let always = (Timestamp::from_micros(i64::MIN), Timestamp::from_micros(i64::MAX));
        let mut unkeyed = self.digests.unkeyed.values().filter(|u| u.region == self.name);
        if let Some(unkeyed) = unkeyed.next() {
            let cause = format!(
                "{} digests of {} cannot be verified: no public key is here",
                unkeyed.digests, self.name
            );
            return Some(self.finding(Kind::NoKeys, &unkeyed.first, cause, always));
        }
        let cause = if self.chains.is_empty() {
            format!("log objects of {} are here, and no digest of that region is", self.name)
        } else {
            format!("none of the digests of {} verifies", self.name)
        };
        Some(self.finding(Kind::RegionUnvouched, self.name, cause, always))
    }
}
