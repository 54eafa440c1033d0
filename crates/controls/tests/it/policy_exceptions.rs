//! EXC-01: policy exceptions: approved beforehand, limited, reduced, reviewed, closed.

use tenure_model::fact::Fact;
use tenure_model::outcome::Outcome::{Contradicted, Indeterminate, NotDemonstrated, Supported};
use tenure_model::tables::TableId;

use crate::aws::{Judged, assert_nothing_is_no_pass, begun, ended, seen};
use crate::world::{World, granted, identity, t};

fn exception(id: &str, at: &str) -> Fact {
    Fact::new(TableId::Exceptions, "exception", id, begun(at))
        .with("kind", "control_exception")
        .with("control_id", "PRA-01")
        .with("target", "lab/member/ann|prod")
        .with("approved_by", "zoe")
        .with("requested_by", "bob")
        .with("approved_at", t("2025-08-01"))
        .with("starts_at", t("2025-08-01"))
        .with("expires_at", t("2025-10-30"))
        .with("compensating_control", "weekly review (MON-03, MON-01)")
        .with("reviewed_at", "2025-08-31 2025-09-30T00:00:00Z")
        .with("closed_at", t("2025-10-30"))
}

fn world(more: Vec<Fact>) -> World {
    let person = |id: &str| {
        Fact::new(TableId::Subjects, "person", id, seen("2025-01-01"))
            .with("email", format!("{id}@example.org"))
            .with("employee_id", id)
    };
    let answers = |control: &str, owner: &str| {
        Fact::new(TableId::ControlOwners, "owner", control, seen("2025-01-01"))
            .with("control_id", control)
            .with("owner", owner)
            .with("artifact", "a weekly report")
    };
    let mut facts = vec![
        person("zoe"),
        person("ann"),
        person("old").with("termination_effective", t("2025-07-15")),
        identity("ann", "human"),
        granted("ann", "prod", "2025-01-01"),
        answers("PRA-01", "zoe@example.org"),
        answers("MON-01", "kim"),
        exception("good", "2025-08-01"),
    ];
    facts.extend(more);
    let mut world = World::new();
    world.run(facts, Vec::new(), &[]);
    world
}

#[test]
fn an_exception_with_everything_on_record_is_supported() {
    let judged = Judged::of(&world(Vec::new()), "EXC-01");
    for attribute in ["A", "B", "C", "D", "E", "F"] {
        assert_eq!(judged.outcome("/good", attribute), Supported, "{attribute}");
    }
    assert_eq!(judged.item("/good").from, t("2025-08-01"));
}

#[test]
fn each_way_to_fail_has_its_stretch() {
    let e = |id: &str| exception(id, "2025-08-01");
    let judged = Judged::of(
        &world(vec![
            e("own").with("approved_by", "bob"),
            e("gains").with("approved_by", "ann"),
            e("left").with("approved_by", "old"),
            e("other").with("approved_by", "kim"),
            e("late").with("approved_at", t("2025-08-11")),
            e("long").with("expires_at", t("2025-10-30T00:00:01Z")),
            e("often").with("renewals", 3_i64),
            e("bare").with("compensating_control", "everybody takes care"),
            e("unseen").with("reviewed_at", "soon 2025-08-31T00:00:01Z"),
            e("lapsed").with("closed_at", t("2025-11-09")),
            exception("before", "2025-01-01")
                .with("starts_at", t("2025-01-01"))
                .with("expires_at", t("2025-03-01"))
                .with("closed_at", t("2025-03-01")),
        ]),
        "EXC-01",
    );
    assert_eq!(judged.result.population.count, 11, "one was over before the period");
    for (item, attribute, expected) in [
        ("/own", "A", Contradicted),
        ("/gains", "A", Contradicted),
        ("/left", "A", Contradicted),
        ("/other", "A", NotDemonstrated),
        ("/late", "B", Contradicted),
        ("/long", "C", Contradicted),
        ("/often", "C", Contradicted),
        ("/bare", "D", NotDemonstrated),
        ("/unseen", "E", Contradicted),
        ("/lapsed", "F", Contradicted),
    ] {
        assert_eq!(judged.outcome(item, attribute), expected, "{attribute} of {item}");
    }
    assert!(judged.reason("/late", "B").starts_with("retroactive"));
    let stretch = |item: &str, attribute: &str| {
        let found = judged.findings(item, attribute);
        (found[0].2, found[0].3)
    };
    assert_eq!(stretch("/late", "B"), (t("2025-08-01"), Some(t("2025-08-11"))));
    assert_eq!(stretch("/lapsed", "F"), (t("2025-10-30"), Some(t("2025-11-09"))));
    assert_eq!(stretch("/unseen", "E").0, t("2025-08-31"), "thirty days after its start");
}

#[test]
fn a_renewal_between_two_listings_of_the_register_is_perhaps_in_time() {
    let row = |at: &str, expires: &str| {
        Fact::new(TableId::Exceptions, "exception", "renewed", seen(at))
            .with("approved_at", t("2025-08-01"))
            .with("starts_at", t("2025-08-01"))
            .with("expires_at", t(expires))
    };
    let listed = |second: &str| {
        vec![row("2025-09-01", "2025-10-01"), row(second, "2025-12-01").with("renewals", 1_i64)]
    };
    let judged = Judged::of(&world(listed("2025-10-05")), "EXC-01");
    let found = judged.findings("/renewed", "F");
    assert_eq!((found[0].1, found[0].2), (Indeterminate, t("2025-10-01")));
    assert_eq!((found[1].1, found[1].2), (Contradicted, t("2025-12-01")), "the new end passed");
    let early = Judged::of(&world(listed("2025-10-01")), "EXC-01");
    assert_eq!(early.findings("/renewed", "F")[0].2, t("2025-12-01"), "renewed by its expiry");
    assert_eq!(early.outcome("/renewed", "A"), NotDemonstrated, "who approved is not on record");
    let mut gone = listed("2025-10-01");
    gone.push(Fact::new(TableId::Exceptions, "exception", "renewed", ended("2025-11-30")));
    let gone = Judged::of(&world(gone), "EXC-01");
    assert!(gone.findings("/renewed", "F").is_empty(), "off the register before it lapsed");
}

#[test]
fn a_register_that_tells_later_of_an_end_or_a_renewal_tells_when_it_was() {
    let row = |id: &str, at: &str| {
        Fact::new(TableId::Exceptions, "exception", id, seen(at))
            .with("starts_at", t("2025-08-01"))
            .with("expires_at", t("2025-10-01"))
    };
    let first = |id: &str| row(id, "2025-09-01").with("approved_at", t("2025-08-01"));
    let renewed = |id: &str, at: &str, renewals: i64| {
        let again = row(id, "2025-11-01").with("approved_at", t(at)).with("renewals", renewals);
        vec![
            first(id),
            again.with("expires_at", t("2025-12-01")).with("closed_at", t("2025-12-01")),
        ]
    };
    let mut facts = vec![first("closed")];
    facts.push(row("closed", "2025-11-01").with("closed_at", t("2025-10-01")));
    facts.extend(renewed("in-time", "2025-10-01", 1));
    facts.extend(renewed("late", "2025-10-03", 1));
    facts.extend(renewed("often", "2025-09-30", 3));
    let judged = Judged::of(&world(facts), "EXC-01");
    assert!(
        judged.findings("/closed", "F").is_empty(),
        "closed as it ended, and listed a month later"
    );
    assert!(judged.findings("/in-time", "F").is_empty(), "its renewal says when it was approved");
    let late = judged.findings("/late", "F");
    assert_eq!(
        (late[0].1, late[0].2, late[0].3),
        (Contradicted, t("2025-10-01"), Some(t("2025-10-03")))
    );
    assert_eq!(judged.findings("/often", "C")[0].2, t("2025-09-30"), "from the renewal too many");
}

#[test]
fn nothing_on_record_is_no_pass() {
    assert_nothing_is_no_pass("EXC-01");
}
