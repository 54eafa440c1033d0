//! PRA-02 and PRA-01: rights that are given for a time, as requests asked for them.

use tenure_model::fact::Fact;
use tenure_model::outcome::Outcome::{
    self, Contradicted, Indeterminate, NotDemonstrated, Supported,
};
use tenure_model::tables::TableId;

use crate::aws::{Judged, LISTING, LOG, seen};
use crate::staff::{left, worker};
use crate::world::{World, approval, entitlement, granted, identity, removed, t};

const AT: &str = "2025-08-01T10:00:00Z";

fn asked(id: &str, approver: &str, approved: &str, planned: &str) -> Fact {
    approval(id, Some(approver), approved)
        .with("kind", "elevation")
        .with("title", "administer")
        .with("requested_by", "ann@x")
        .with("requested_for", "ann@x")
        .with("requested", "root")
        .with("requested_at", t("2025-08-01T08:00:00Z"))
        .with("planned_to", t(planned))
}

fn world(facts: Vec<Fact>) -> World {
    let link = |login: &str| {
        Fact::new(TableId::SubjectLinks, "link", format!("1|{login}"), seen("2025-01-01"))
            .with("subject_id", "person/1")
            .with("identity_id", format!("login/{login}"))
    };
    let known = vec![
        worker("1", "ann"),
        worker("2", "bob"),
        worker("3", "eve"),
        left("3", "eve", "2025-07-01T00:00:00Z", Some("2025-06-20")),
        identity("ann", "human").with("mfa", true),
        identity("ann.admin", "human").with("mfa", true),
        link("ann"),
        link("ann.admin"),
        entitlement("root", true),
        granted("ann", "root", AT),
    ];
    let mut world = World::new();
    world.run([known, facts].concat(), Vec::new(), &[LOG, LISTING]);
    world
}

fn outcomes(facts: Vec<Fact>) -> [Outcome; 4] {
    let judged = Judged::of(&world(facts), "PRA-02");
    assert_eq!(judged.result.population.count, 1);
    ["B", "D", "E", "F"].map(|attribute| judged.outcome("ann|root", attribute))
}

#[test]
fn what_was_given_for_a_time_ends_with_it() {
    let one = |until| vec![asked("R-1", "bob@x", "2025-08-01T09:00:00Z", until)];
    for (until, ended, expected) in [
        ("2025-08-01T14:00:00Z", "2025-08-01T14:05:00Z", [Supported; 4]),
        (
            "2025-08-01T14:00:00Z",
            "2025-08-01T14:05:01Z",
            [Supported, Supported, Contradicted, NotDemonstrated],
        ),
        ("2025-08-01T18:00:00Z", "2025-08-01T18:00:00Z", [Supported; 4]),
        (
            "2025-08-01T18:00:01Z",
            "2025-08-01T18:00:00Z",
            [Supported, Contradicted, Supported, Supported],
        ),
    ] {
        let found = outcomes([one(until), vec![removed("ann", "root", ended)]].concat());
        assert_eq!(found, expected, "until {until}, ended {ended}");
    }
    let found = outcomes(one("2025-08-01T14:00:00Z"));
    assert_eq!(found, [Supported, Supported, Contradicted, NotDemonstrated], "never ended");
}

#[test]
fn a_policy_approves_what_it_is_named_for() {
    let by = |approver: &str, tier: Option<&str>, parameters: &str| {
        let until = "2025-08-01T14:00:00Z";
        let system = Fact::new(TableId::Systems, "system", "lab", seen("2025-01-01"))
            .with_some("tier", tier);
        let asked = asked("R-1", approver, "2025-08-01T09:00:00Z", until);
        let ended = removed("ann", "root", until);
        let value = format!("PRA-02: {{ auto_approve_policy: '{parameters}' }}\n");
        let judged = Judged::with(&world(vec![system, asked, ended]), "PRA-02", &value);
        judged.outcome("ann|root", "B")
    };
    let (policy, named) = ("policy:On-Call", "night:T1; on-call:T2,T3");
    for (approver, tier, parameters, expected) in [
        (policy, Some("T2"), "none", Contradicted),
        (policy, Some("T3"), named, Supported),
        (policy, Some("T1"), named, Contradicted),
        (policy, None, named, NotDemonstrated),
        ("policy:day", Some("T3"), named, Contradicted),
        ("bob@x", Some("T1"), named, Supported),
    ] {
        assert_eq!(by(approver, tier, parameters), expected, "{approver} {tier:?} {parameters}");
    }
}

#[test]
fn what_is_approved_again_before_its_end_holds_until_the_later_one() {
    for (again, expected) in
        [("2025-08-01T14:00:00Z", Supported), ("2025-08-01T14:00:01Z", Contradicted)]
    {
        let facts = vec![
            asked("R-1", "bob@x", "2025-08-01T09:00:00Z", "2025-08-01T14:00:00Z"),
            asked("R-2", "bob@x", again, "2025-08-01T20:00:00Z"),
            removed("ann", "root", "2025-08-01T20:00:00Z"),
        ];
        assert_eq!(outcomes(facts)[2], expected, "{again}");
    }
}

#[test]
fn nobody_approves_their_own_under_another_name_nor_after_they_left() {
    for (approver, expected) in [
        ("bob@x", Supported),
        ("ann@x", Contradicted),
        ("ann.admin", Contradicted),
        ("eve@x", Contradicted),
    ] {
        let facts = vec![
            asked("R-1", approver, "2025-08-01T09:00:00Z", "2025-08-01T14:00:00Z"),
            removed("ann", "root", "2025-08-01T14:00:00Z"),
        ];
        assert_eq!(outcomes(facts)[0], expected, "{approver}");
    }
}

#[test]
fn an_end_between_two_sights_is_before_or_after_the_expiry() {
    let gone = Fact::new(
        TableId::Grants,
        "member",
        "ann|root",
        tenure_model::fact::Change::Absent { at: t("2025-08-02") },
    );
    let facts = vec![asked("R-1", "bob@x", "2025-08-01T09:00:00Z", "2025-08-01T14:00:00Z"), gone];
    assert_eq!(outcomes(facts), [Supported, Supported, Indeterminate, Indeterminate]);
}

#[test]
fn what_is_given_for_a_time_is_no_standing_privilege() {
    let asked = asked("R-1", "bob@x", "2025-08-01T09:00:00Z", "2025-08-01T14:00:00Z");
    assert_eq!(Judged::of(&world(vec![asked.clone()]), "PRA-01").result.population.count, 0);
    // A request of later does not turn what stands into what was given for a time.
    let late = asked.with("requested_at", t("2025-08-01T11:00:00Z"));
    assert_eq!(Judged::of(&world(vec![late]), "PRA-01").result.population.count, 1);
}
