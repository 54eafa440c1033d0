//! AUT-01: what registers say of policies for signing in, held against the accounts that were there.

use tenure_model::entry::CoverageStatus::Proven;
use tenure_model::fact::Fact;
use tenure_model::outcome::Outcome::{Contradicted, NotDemonstrated, Supported};
use tenure_model::tables::TableId;

use crate::aws::{Cover, Judged, LOG, begun, ended};
use crate::staff::{account, deleted};
use crate::world::{World, granted, t};

const LISTED: Cover = ("okta-state", "2025-12-31", "2025-12-31T00:00:01Z", Proven);

/// A value from an instant to another.
fn said(setting: &str, value: &str, from: &str, to: Option<&str>, change: &str) -> Vec<Fact> {
    let id = format!("{setting} {from}");
    let row = |at| Fact::new(TableId::Configurations, "register", id.clone(), at);
    let first = row(begun(from))
        .with("scope", "mfa:lab")
        .with("setting", setting)
        .with("value", value)
        .with("change_ref", change);
    [first].into_iter().chain(to.map(|to| row(ended(to)))).collect()
}

fn judged(policy: Vec<Vec<Fact>>) -> Judged {
    let mut facts = vec![
        account("ann", "active", "2025-01-01"),
        account("bob", "active", "2025-01-01"),
        account("cat", "active", "2025-01-01"),
        deleted("cat", "2025-08-01"),
        granted("bob", "visitors", "2025-09-01"),
    ];
    facts.extend(policy.into_iter().flatten());
    let mut world = World::new();
    world.run(facts, Vec::new(), &[LOG, LISTED]);
    Judged::of(&world, "AUT-01")
}

const EVER: &str = "2024-01-01";

#[test]
fn a_policy_on_record_supports_and_contradicts() {
    let judged = judged(vec![
        said("enforced", "true", EVER, Some("2025-08-01"), "S-1"),
        said("enforced", "false", "2025-08-01", Some("2025-08-11"), "S-2"),
        said("enforced", "True", "2025-08-11", None, "S-3"),
        said("ways-around", "none", EVER, None, "S-1"),
        said("excluded", "visitors; ops@x", EVER, None, "S-1"),
    ]);
    let off = ("A".to_owned(), Contradicted, t("2025-08-01"), Some(t("2025-08-11")));
    assert_eq!(judged.findings("login/ann", "A"), [off]);
    assert_eq!(judged.outcome("login/cat", "A"), Supported, "had left in that very instant");
    assert_eq!(judged.outcome("login/ann", "B"), Supported);
    let out = ("B".to_owned(), Contradicted, t("2025-09-01"), None);
    assert_eq!(judged.findings("login/bob", "B"), [out], "since it became a visitor");
    assert_eq!(judged.outcome("login/ann", "E"), Supported, "each change names its record");
}

#[test]
fn who_is_left_out_by_name_and_which_way_goes_around() {
    let judged = judged(vec![
        said("enforced", "true", EVER, None, "S-1"),
        said("ways-around", "none", EVER, Some("2025-10-01"), "S-1"),
        said("ways-around", "imap", "2025-10-01", None, "S-7"),
        said("excluded", "none", EVER, Some("2025-07-01"), "S-1"),
        said("excluded", "ANN", "2025-07-01", Some("2025-07-02"), "S-2"),
        said("excluded", "none", "2025-07-02", None, "S-3"),
    ]);
    let found = judged.findings("login/ann", "B");
    let out = ("B".to_owned(), Contradicted, t("2025-07-01"), Some(t("2025-07-02")));
    let around = ("B".to_owned(), Contradicted, t("2025-10-01"), None);
    assert_eq!(found, [out, around.clone()]);
    assert_eq!(judged.findings("login/bob", "B"), [around], "imap is open to all");
}

#[test]
fn what_no_register_says_is_not_demonstrated_and_a_quiet_change_is_told() {
    let judged = judged(vec![
        said("enforced", "true", EVER, Some("2025-11-01"), "S-1"),
        said("excluded", "none", EVER, Some("2025-08-15"), "S-1"),
        said("excluded", "visitors", "2025-08-15", None, ""),
    ]);
    let silent = ("A".to_owned(), NotDemonstrated, t("2025-11-01"), None);
    assert_eq!(judged.findings("login/ann", "A"), [silent]);
    let ways = ("B".to_owned(), NotDemonstrated, t("2025-07-01"), None);
    assert_eq!(judged.findings("login/ann", "B"), [ways], "nothing says which ways go around it");
    let changed = t("2025-08-15");
    let found = judged.findings("login/ann", "E");
    let quiet = ("E".to_owned(), NotDemonstrated, changed, Some(changed.plus_micros(1)));
    assert_eq!(found[0], quiet);
    assert_eq!(found[1].2, t("2025-11-01"), "no history from then on");
    assert_eq!(judged.outcome("login/cat", "E"), Supported, "had left before");
}
