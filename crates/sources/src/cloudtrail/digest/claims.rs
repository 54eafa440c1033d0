//! What the chains say of coverage, laid over what the deliveries say: proven where every region's
//! chain verifies, a gap where one is broken, and as before where no digest tells anything.

use std::collections::BTreeMap;

use tenure_model::entry::CoverageStatus;
use tenure_model::time::Timestamp;

use crate::source::Claim;

use super::super::coverage::{Hole, STREAM, Weight, merged};
use super::super::state::{LONGEST_DELIVERY, MINUTE};
use super::Digests;
use super::finding::Finding;
use super::intervals::{self, Interval};
use super::judge::Region;

const CHAIN: &str = "digest_chain";
/// Keys that a claim names.
const NAMED_KEYS: usize = 3;

/// What the deliveries say, for the layers above it.
pub(in super::super) struct Deliveries {
    /// The claims of the stream `usage`, in order.
    pub(in super::super) claims: Vec<Claim>,
    /// Where objects are known to be missing or unreadable, or a trail to be off, by region (none
    /// = all of them): digests prove nothing there.
    pub(in super::super) holes: Vec<(Option<String>, Interval)>,
}

/// The claims on `usage` and on `usage:REGION` of each region.
pub(super) fn over(
    digests: &Digests,
    regions: &BTreeMap<String, Region>,
    deliveries: Deliveries,
) -> Vec<Claim> {
    let Deliveries { claims: base, holes } = deliveries;
    let told = base.first().zip(base.last()).map(|(first, last)| (first.from, last.to));
    let mut claims = Layers::new(digests, STREAM.to_owned(), regions.values().collect()).claims(
        base,
        told,
        &intervals::union(holes.iter().map(|(_, hole)| *hole).collect()),
    );
    let mut by_region: BTreeMap<&str, Vec<&Region>> = BTreeMap::new();
    for (name, region) in regions {
        let region_name = name.split_once('/').map_or(name.as_str(), |(_, region)| region);
        by_region.entry(region_name).or_default().push(region);
    }
    for (name, regions) in by_region {
        let of = holes.iter().filter(|(of, _)| of.as_deref().is_none_or(|of| of == name));
        let holes = intervals::union(of.map(|(_, hole)| *hole).collect());
        let layers = Layers::new(digests, format!("{STREAM}:{name}"), regions);
        claims.extend(layers.claims(Vec::new(), None, &holes));
    }
    claims
}

struct Layers<'a> {
    stream: String,
    regions: Vec<&'a Region>,
    span: Option<Interval>,
    proof: String,
}

impl<'a> Layers<'a> {
    fn new(digests: &Digests, stream: String, regions: Vec<&'a Region>) -> Self {
        let spans = regions.iter().filter_map(|region| region.span);
        let span = spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        Self { stream, regions, span, proof: proof(digests) }
    }

    fn claims(&self, base: Vec<Claim>, told: Option<Interval>, holes: &[Interval]) -> Vec<Claim> {
        let Some(span) =
            [self.span, told].into_iter().flatten().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
        else {
            return base;
        };
        let nothing = format!(
            "no digest that verifies and no recorded delivery vouches for it; events of the {} minutes before the end of a chain may still come",
            LONGEST_DELIVERY / MINUTE
        );
        let ground = vec![self.claim(span, CoverageStatus::Unknown, "none", nothing)];
        let claims = laid_over(ground, &base, |_| true);
        let beyond = self.broken(|region| &region.beyond, span);
        let claims = laid_over(claims, &beyond, |under| under.status == CoverageStatus::Unknown);
        let vouched = self.regions.iter().map(|region| region.vouched.clone());
        let vouched = vouched.reduce(|a, b| intervals::intersection(&a, &b)).unwrap_or_default();
        let proven: Vec<_> = intervals::difference(&vouched, holes)
            .into_iter()
            .map(|at| self.claim(at, CoverageStatus::Proven, CHAIN, self.proof.clone()))
            .collect();
        let claims = laid_over(claims, &proven, |_| true);
        joined(laid_over(claims, &self.broken(|region| &region.broken, span), |_| true))
    }

    fn claim(
        &self,
        (from, to): Interval,
        status: CoverageStatus,
        proof_kind: &'static str,
        detail: String,
    ) -> Claim {
        Claim { stream: self.stream.clone(), from, to, status, proof_kind, detail }
    }

    fn broken(&self, of: impl Fn(&Region) -> &Vec<Finding>, span: Interval) -> Vec<Claim> {
        let findings = self.regions.iter().flat_map(|region| of(region));
        let holes = findings.filter_map(|f| {
            let (from, to) = (f.from.max(span.0), f.to.min(span.1));
            let causes = vec![(Weight::Digest, format!("{}: {}", f.artifact, f.cause))];
            (from < to).then_some(Hole { from, to, causes })
        });
        let holes = merged(holes.collect());
        holes
            .iter()
            .map(|hole| self.claim((hole.from, hole.to), CoverageStatus::Gap, CHAIN, hole.detail()))
            .collect()
    }
}

fn proof(digests: &Digests) -> String {
    let pins = digests.keys.pins();
    let named = pins.iter().take(NAMED_KEYS).cloned().collect::<Vec<_>>().join(", ");
    let more = match pins.len().saturating_sub(NAMED_KEYS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "the digest chain of every region verifies, and each log object that it names is here as it was delivered; public keys with SHA-256 {named}{more}"
    )
}

/// Claims with others laid over them where `yields` says so of what is below. Both are in order and
/// without overlaps.
fn laid_over(below: Vec<Claim>, above: &[Claim], yields: impl Fn(&Claim) -> bool) -> Vec<Claim> {
    let (mut result, mut first) = (Vec::new(), 0);
    for claim in below {
        if !yields(&claim) {
            result.push(claim);
            continue;
        }
        while above.get(first).is_some_and(|over| over.to <= claim.from) {
            first += 1;
        }
        let mut from = claim.from;
        for over in above[first..].iter().take_while(|over| over.from < claim.to) {
            push(&mut result, &claim, from, over.from);
            push(&mut result, over, over.from.max(claim.from), over.to.min(claim.to));
            from = over.to;
        }
        push(&mut result, &claim, from, claim.to);
    }
    result
}

fn push(claims: &mut Vec<Claim>, claim: &Claim, from: Timestamp, to: Timestamp) {
    if from < to {
        claims.push(Claim { from, to, ..claim.clone() });
    }
}

/// Claims that say the same of what follows each other, made one.
fn joined(claims: Vec<Claim>) -> Vec<Claim> {
    let mut joined: Vec<Claim> = Vec::with_capacity(claims.len());
    for claim in claims {
        match joined.last_mut() {
            Some(last)
                if last.to == claim.from
                    && last.status == claim.status
                    && (last.proof_kind, &last.detail) == (claim.proof_kind, &claim.detail) =>
            {
                last.to = claim.to;
            }
            _ => joined.push(claim),
        }
    }
    joined
}
