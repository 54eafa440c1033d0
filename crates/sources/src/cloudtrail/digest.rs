//! Digest files: CloudTrail's signed, hourly statements on which log objects it delivered, each
//! chained to the one before. Over stretches in which every digest verifies and every object that
//! they name is here unaltered, the log is proven whole.
//!
//! CloudTrail User Guide, "Validating CloudTrail log file integrity". What AWS's own command leaves
//! unchecked is checked here: hashes and signatures of earlier digests are compared, each missing
//! hour is named, a chain that begins anew or ends early is a finding, and nothing may follow the
//! gzip data.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tenure_model::digest::Digest;
use tenure_model::entry::Gap;
use tenure_model::time::Timestamp;

use crate::source::{Claim, Conclude};

mod chain;
mod claims;
mod document;
mod examine;
mod finding;
mod inputs;
mod intervals;
mod judge;
mod keys;
mod links;
mod logs;
mod member;
mod metadata;
mod place;

use chain::Chain;
pub(super) use claims::Deliveries;
use finding::Finding;
use keys::Keys;
pub(super) use links::Switches;

/// What is known of digests, from run to run. A part of the cursor.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Digests {
    keys: Keys,
    /// Digests that came while no key was here, by chain.
    unkeyed: BTreeMap<String, Unkeyed>,
    /// By account, region, trail and home region.
    chains: BTreeMap<String, Chain>,
    /// Times of the first and last log object, by `account/region`.
    logs: BTreeMap<String, (Timestamp, Timestamp)>,
    /// Log objects that digests name, whose time is not settled yet.
    listed: BTreeSet<String>,
    /// Log objects that digests name and that are not here, by key.
    missing: BTreeMap<String, Missing>,
    /// What was found and cannot be settled by what comes later.
    findings: BTreeSet<Finding>,
}

/// Digests that nobody can verify yet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Unkeyed {
    region: String,
    first: String,
    digests: u64,
}

/// A log object that is named and not here.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Missing {
    region: String,
    /// The digest that names it.
    digest: String,
    hash: Digest,
    /// The events in it.
    from: Timestamp,
    to: Timestamp,
}

impl Digests {
    /// Whether any digest is or was here.
    pub(super) fn any(&self) -> bool {
        !self.chains.is_empty() || !self.unkeyed.is_empty()
    }

    /// Takes in a run: verifies its digests, and what they say of log objects here. Gives what
    /// concerns the run alone.
    pub(super) fn take(&mut self, cx: &Conclude<'_>, most: u64) -> Vec<Gap> {
        examine::run(self, cx, most)
    }

    /// Everything that is wrong as far as is known.
    pub(super) fn gaps(&self, switches: &Switches) -> Vec<Gap> {
        if !self.any() {
            // Without digests there is nothing to say of regions either.
            return self.findings.iter().map(Finding::gap).collect();
        }
        let regions = self.regions(switches);
        let findings = regions.values().flat_map(|r| r.broken.iter().chain(&r.beyond));
        // What belongs to no region is told first.
        let elsewhere = self.findings.iter().filter(|f| f.region.is_empty());
        elsewhere.chain(findings).map(Finding::gap).collect()
    }

    /// The claims that follow, laid over those that follow from deliveries.
    pub(super) fn claims(&self, switches: &Switches, deliveries: Deliveries) -> Vec<Claim> {
        if !self.any() {
            return deliveries.claims;
        }
        claims::over(self, &self.regions(switches), deliveries)
    }

    /// How much was verified, and how much was not.
    pub(super) fn totals(&self) -> BTreeMap<&'static str, u64> {
        let segments = || self.chains.values().flat_map(Chain::segments);
        let refused = || self.chains.values().flat_map(|chain| chain.refused.values());
        let lacking = refused().filter(|refused| refused.kind.is_lack()).count() as u64;
        let unkeyed: u64 = self.unkeyed.values().map(|unkeyed| unkeyed.digests).sum();
        let altered = self.findings.iter().filter(|f| f.kind.is_altered_log());
        let altered = altered.map(|f| &f.artifact).collect::<BTreeSet<_>>().len() as u64;
        let missing = self.missing.len() as u64;
        let named: u64 = segments().map(|segment| segment.logs).sum();
        BTreeMap::from([
            ("digests_verified", segments().map(|segment| segment.digests).sum()),
            ("digests_refused", refused().count() as u64 - lacking),
            ("digests_unverifiable", lacking + unkeyed),
            ("log_objects_verified", named.saturating_sub(altered + missing)),
            ("log_objects_altered", altered),
            ("log_objects_missing", missing),
        ])
    }
}
