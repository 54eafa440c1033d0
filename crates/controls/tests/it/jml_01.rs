//! JML-01: whether what was given is what was approved.

use tenure_model::fact::Fact;
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotApplicable, NotDemonstrated, Supported,
};

use crate::aws::Judged;
use crate::world::{World, approval, entitlement, granted, identity};

const GIVEN: &str = "2025-08-01T10:00:00Z";

/// A right to the shop, of a level.
fn right(name: &str, level: &str) -> Fact {
    entitlement(name, false).with("resource", "shop").with("level", level)
}

fn asked(reference: &str, whom: &str, requested: &str, at: &str) -> Fact {
    approval(reference, Some("boss"), at)
        .with("requested_for", whom)
        .with("requested", requested)
        .with("reason", "work")
}

fn judged(facts: Vec<Fact>) -> Judged {
    let rights = vec![
        identity("ann", "human"),
        right("shop:read", "read"),
        right("shop:admin", "admin"),
        right("shop:custom", "unknown"),
        entitlement("bank:read", false).with("resource", "bank").with("level", "read"),
    ];
    let mut world = World::new();
    world.run([rights, facts].concat(), Vec::new(), &[]);
    Judged::of(&world, "JML-01")
}

#[test]
fn another_right_to_the_same_thing_is_less_than_was_approved_or_not() {
    let at = "2025-07-31T10:00:00Z";
    for (approved, given, on_record, expected) in [
        ("shop:read", "shop:read", Supported, Supported),
        ("shop:read", "shop:admin", Supported, Contradicted),
        ("shop:admin", "shop:read", Supported, Supported),
        ("shop:read", "shop:custom", Supported, Indeterminate),
        ("shop:custom", "shop:read", Supported, Indeterminate),
        ("bank:read", "shop:read", NotDemonstrated, NotApplicable),
        ("shop:admin; shop:read", "shop:read", Supported, Supported),
    ] {
        let judged = judged(vec![asked("R-1", "ann", approved, at), granted("ann", given, GIVEN)]);
        let told = format!("approved {approved}, given {given}");
        assert_eq!(judged.outcome(given, "A"), on_record, "{told}");
        assert_eq!(judged.outcome(given, "E"), expected, "{told}");
    }
}

#[test]
fn only_what_was_approved_in_time_stands_for_another_right() {
    for (at, expected) in [
        ("2025-07-02T10:00:00Z", Supported),
        ("2025-07-02T09:59:59Z", NotDemonstrated),
        ("2025-08-01T10:05:00Z", Supported),
        ("2025-08-01T10:05:01Z", NotDemonstrated),
    ] {
        let facts = vec![
            asked("R-1", "ann", "shop:read", at)
                .with("requested_at", crate::world::t("2025-07-01")),
            granted("ann", "shop:admin", GIVEN),
        ];
        assert_eq!(judged(facts).outcome("shop:admin", "A"), expected, "{at}");
    }
}

#[test]
fn a_request_that_the_system_cites_says_which_rights_it_is_about() {
    let at = "2025-07-31T10:00:00Z";
    for (approved, expected) in [
        ("shop:read", Contradicted),
        ("bank:read; shop:admin", Supported),
        ("bank:read", Contradicted),
        // Words, not the name of a right: the citation stands.
        ("administration of the shop", Supported),
    ] {
        let given = granted("ann", "shop:admin", GIVEN)
            .with("approval_ref", "R-1")
            .with("approval_basis", "explicit_id");
        let judged = judged(vec![asked("R-1", "ann", approved, at), given]);
        assert_eq!(judged.outcome("shop:admin", "E"), expected, "{approved}");
    }
}
