//! JML-01: whether what was given is what was approved.

use tenure_model::fact::Fact;
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotApplicable, NotDemonstrated, Supported,
};

use crate::aws::Judged;
use crate::staff::person_seen;
use crate::world::{World, approval, entitlement, granted, identity, t};

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

/// A version of the policy of a role, in force from an instant to another.
fn policy(id: &str, role: &str, (from, to): (&str, Option<&str>)) -> Fact {
    approval(id, Some("boss"), from)
        .with("kind", "role-policy")
        .with("requested_for", role)
        .with("requested", "wiki; shop:read")
        .with("reason", "everybody there needs it")
        .with_some("planned_to", to.map(t))
}

/// Somebody of Sales since May, who was in Support before, and an account of theirs.
fn seller() -> Vec<Fact> {
    let of =
        |department: &str, at: &str| person_seen("1", "ann", at).with("department", department);
    vec![of("Support", "2025-01-01"), of("Support", "2025-05-01"), of("Sales", "2025-05-05")]
}

fn by_policy(parameters: &str, more: Vec<Fact>) -> Judged {
    let account = crate::staff::account("ann", "active", "2025-01-01");
    let mut world = World::new();
    world.run([seller(), vec![account], more].concat(), Vec::new(), &[]);
    Judged::with(&world, "JML-01", parameters)
}

#[test]
fn a_right_of_the_role_needs_no_request_while_its_policy_is_in_force() {
    let given = || granted("ann", "shop:read", GIVEN);
    for (role, in_force, expected) in [
        ("Sales", ("2025-08-01T10:05:00Z", None), Supported),
        ("Sales", ("2025-08-01T10:05:01Z", None), NotDemonstrated),
        ("sales; Finance", ("2025-01-01", Some("2025-08-01T10:00:01Z")), Supported),
        ("Sales", ("2025-01-01", Some(GIVEN)), NotDemonstrated),
        ("Support", ("2025-01-01", None), NotDemonstrated),
        ("everyone", ("2025-01-01", None), Supported),
    ] {
        let judged = by_policy("", vec![policy("RP-1", role, in_force), given()]);
        assert_eq!(judged.outcome("shop:read", "A"), expected, "{role} {in_force:?}");
        if expected == Supported {
            for attribute in ["B", "C", "D", "E", "F"] {
                assert_eq!(judged.outcome("shop:read", attribute), Supported, "{attribute}");
            }
            assert_eq!(judged.outcome("shop:read", "G"), NotApplicable, "a policy is not stale");
        }
    }
    let none = "JML-01: { birthright_roles: none }\n";
    let judged = by_policy(none, vec![policy("RP-1", "Sales", ("2025-01-01", None)), given()]);
    assert_eq!(judged.outcome("shop:read", "A"), NotDemonstrated);
    let other = vec![policy("RP-1", "Sales", ("2025-01-01", None)), granted("ann", "x", GIVEN)];
    assert_eq!(by_policy("", other).outcome("· x", "A"), NotDemonstrated, "not of the policy");
}

#[test]
fn which_role_somebody_had_between_two_files_is_open() {
    let mut facts = vec![policy("RP-1", "Sales", ("2025-01-01", None))];
    facts.push(person_seen("1", "ann", "2025-09-01").with("department", "Finance"));
    facts.push(person_seen("1", "ann", "2025-08-20").with("department", "Sales"));
    facts.push(granted("ann", "shop:read", "2025-08-25"));
    let judged = by_policy("", facts);
    assert_eq!(judged.outcome("shop:read", "A"), Indeterminate);
    assert!(judged.reason("shop:read", "A").contains("whether the person had that role"));
    assert_eq!(judged.outcome("shop:read", "D"), NotApplicable);
}

#[test]
fn a_policy_approved_by_who_gains_is_no_approval_by_another() {
    let own = policy("RP-1", "Sales", ("2025-01-01", None)).with("approver", "ann@x");
    let judged = by_policy("", vec![own, granted("ann", "shop:read", GIVEN)]);
    assert_eq!(judged.outcome("shop:read", "A"), Supported);
    assert_eq!(judged.outcome("shop:read", "C"), Contradicted);
}
