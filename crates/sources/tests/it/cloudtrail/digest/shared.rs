//! A digest of a real shape that somebody anonymised. It may not be shipped: these tests run where
//! `TENURE_DATASETS` names it.

use tenure_model::entry::{CoverageStatus, RunOutcome};

use super::{KEYS, found, keys};
use crate::support::{Workspace, dataset};

const FILE: &str = "cloudtrail-digest/elastic-test-cloudtrail-digest.json";
const NAME: &str = "AWSLogs/123456789123/CloudTrail-Digest/us-west-2/2020/09/11/123456789123_CloudTrail-Digest_us-west-2_leh-ct-test_us-west-2_20200911T193649Z.json.gz";

#[test]
fn the_digest_whose_hash_has_63_digits_is_refused() {
    let Some(path) = dataset(FILE) else { return };
    let digest = std::fs::read(path).unwrap();
    // Under its own name and under the one that it has in the set, with a key and without.
    for (name, with_key) in [(NAME, false), (NAME, true), ("elastic.json", false)] {
        let mut workspace = Workspace::with_data("cloudtrail");
        workspace.write(name, &digest);
        if with_key {
            workspace.write(KEYS, keys());
        }
        let (draft, _) = workspace.run();
        let gaps = found(&workspace, &draft);
        let cause = "previousDigestHashValue has 63 hex digits, and a SHA-256 has 64";
        let told = gaps.iter().find(|gap| gap.artifact == name && gap.cause.contains(cause));
        assert!(told.is_some(), "{gaps:#?}");
        assert_ne!(draft.run.outcome, RunOutcome::Complete);
        assert!(draft.coverage.iter().all(|c| c.status != CoverageStatus::Proven));
    }
}
