//! INV-01: what systems show, and what the inventory has.

use tenure_model::fact::{Change, Fact};
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotApplicable, NotDemonstrated, Supported,
};
use tenure_model::tables::TableId;

use crate::aws::{Cover, Judged, assert_nothing_is_no_pass, begun, seen};
use crate::staff::{ACCOUNTS, INVENTORY, PEOPLE, account, deleted, entry, machine, secret, worker};
use crate::world::{World, t};

const ALL: [Cover; 3] = [INVENTORY, ACCOUNTS, PEOPLE];

fn judged(facts: Vec<Fact>) -> Judged {
    let mut world = World::new();
    world.run(facts, Vec::new(), &ALL);
    Judged::of(&world, "INV-01")
}

fn made(login: &str, at: &str) -> Fact {
    Fact::new(TableId::Identities, "login", login, begun(at))
        .with("login", login)
        .with("kind", "service_account")
}

#[test]
fn registered_in_time_late_or_never() {
    let bare = Fact::new(TableId::Inventory, "entry", "plain", begun("2025-08-02"))
        .with("lives_in", "lab")
        .with("name", "plain");
    let judged = judged(vec![
        made("good", "2025-08-01"),
        entry("good", "service_account", "2025-08-08"),
        made("late", "2025-08-01"),
        entry("late", "service_account", "2025-08-08T00:00:01Z"),
        made("shadow", "2025-08-01"),
        made("plain", "2025-08-01"),
        bare,
        worker("1", "ann"),
        account("ann", "active", "2025-08-01"),
        secret("K-1", "good", "2025-08-01"),
        secret("K-2", "good", "2025-08-01"),
        entry("K-2", "credential", "2025-08-02"),
    ]);
    for (item, attribute, expected) in [
        ("login/good", "A", Supported),
        ("login/good", "B", Supported),
        ("login/good", "C", Supported),
        ("login/good", "D", NotApplicable),
        ("login/late", "A", Contradicted),
        ("login/late", "B", Contradicted),
        ("login/shadow", "A", Contradicted),
        ("login/shadow", "C", NotDemonstrated),
        ("login/plain", "A", Supported),
        ("login/plain", "C", NotDemonstrated),
        ("login/ann", "A", Supported),
        ("login/ann", "C", NotApplicable),
        ("key/K-1", "A", Contradicted),
        ("key/K-2", "A", Supported),
    ] {
        assert_eq!(judged.outcome(item, attribute), expected, "{attribute} of {item}");
    }
    let late = judged.findings("login/late", "A");
    assert_eq!((late[0].2, late[0].3), (t("2025-08-08"), Some(t("2025-08-08T00:00:01Z"))));
}

#[test]
fn entries_that_their_system_does_not_show_are_phantoms() {
    let judged = judged(vec![
        made("real", "2025-01-01"),
        entry("real", "service_account", "2025-01-01"),
        entry("ghost", "service_account", "2025-08-01"),
        entry("short", "service_account", "2025-08-01").with("retired_at", t("2025-08-15")),
        entry("elsewhere", "service_account", "2025-08-01").with("lives_in", "mars"),
        machine("gone", "bot"),
        deleted("gone", "2025-09-01"),
        entry("gone", "bot", "2025-01-01"),
    ]);
    assert!(!judged.has("entry/real"), "confirmed by its system");
    assert_eq!(judged.outcome("entry/ghost", "D"), Contradicted);
    assert_eq!(judged.findings("entry/ghost", "D")[0].2, t("2025-08-15"));
    assert_eq!(judged.outcome("entry/short", "D"), Supported, "retired within the grace");
    assert_eq!(judged.outcome("entry/elsewhere", "D"), Indeterminate);
    assert_eq!(judged.findings("entry/gone", "D")[0].2, t("2025-09-15"));
    assert_eq!(judged.outcome("entry/gone", "A"), NotApplicable);
}

#[test]
fn an_uncertain_start_leaves_the_window_open() {
    let listed = |at: Change| {
        Fact::new(TableId::Identities, "login", "ci", at).with("login", "ci").with("kind", "bot")
    };
    let judged = judged(vec![
        listed(Change::Absent { at: t("2025-08-01") }),
        listed(seen("2025-08-04")),
        entry("ci", "bot", "2025-08-10"),
    ]);
    assert_eq!(judged.outcome("login/ci", "A"), Indeterminate, "due on the eighth or the eleventh");
}

#[test]
fn without_an_inventory_nothing_is_demonstrated() {
    let mut world = World::new();
    world.run(vec![made("ci", "2025-08-01")], Vec::new(), &[ACCOUNTS]);
    let judged = Judged::of(&world, "INV-01");
    assert_eq!(judged.outcome("login/ci", "A"), NotDemonstrated);
    assert_eq!(judged.outcome("login/ci", "B"), NotDemonstrated);
}

#[test]
fn nothing_on_record_is_no_pass() {
    assert_nothing_is_no_pass("INV-01");
}
