//! VND-01: third parties with access, and what the register says of them.

use tenure_model::entry::CoverageStatus::{Gap, Proven};
use tenure_model::fact::{Change, Fact, UsageEvent};
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotApplicable, NotDemonstrated, NotYetDue, Supported,
};
use tenure_model::tables::TableId;

use crate::aws::{
    Cover, Judged, LISTING, LOG, arn, assert_nothing_is_no_pass, begun, ended, principal, seen,
    used,
};
use crate::staff::{left, person_seen, worker};
use crate::world::{World, t};

const APPS: Cover = ("integrations", "2025-01-01", "2026-06-01", Proven);

fn app(id: &str, vendor: &str) -> Fact {
    Fact::new(TableId::Integrations, "app", id, begun("2025-03-01"))
        .with("name", id)
        .with("vendor", vendor)
        .with("scopes", "read; write")
        .with("consented_at", t("2025-03-01"))
}

fn vendor(id: &str) -> Fact {
    Fact::new(TableId::Vendors, "vendor", id, begun("2025-02-01"))
        .with("name", format!("{id} Ltd"))
        .with("owner", "zoe@example.org")
        .with("approved_at", t("2025-02-01"))
        .with("assessed_at", t("2025-02-01"))
}

fn scope(app: &str, scopes: &str, at: &str) -> Fact {
    Fact::new(TableId::Approvals, "request", format!("{app} {at}"), begun(at))
        .with("kind", "integration")
        .with("requested_for", app)
        .with("requested", scopes)
        .with("approver", "zoe")
        .with("resolved_at", t(at))
}

fn facts() -> Vec<Fact> {
    let person = |id: &str| {
        Fact::new(TableId::Subjects, "person", id, seen("2025-01-01"))
            .with("email", format!("{id}@example.org"))
    };
    vec![
        person("zoe"),
        person("old").with("termination_effective", t("2025-09-01")),
        vendor("acme"),
        app("good", "acme"),
        scope("good", "write;read", "2025-02-15"),
        app("late", "Acme Ltd").with("owner", "old@example.org"),
        scope("late", "read;write", "2025-07-11"),
        app("creep", "acme"),
        scope("creep", "read", "2025-02-15"),
        app("stray", "nobody"),
        Fact::new(TableId::Vendors, "vendor", "stale", begun("2025-02-01"))
            .with("name", "Stale")
            .with("assessed_at", t("2024-10-01")),
        app("aged", "stale"),
        vendor("gone").with("contract_ends", t("2025-08-01T12:00:00Z")),
        app("just", "gone"),
        // Five business days from Friday: the next Friday.
        Fact::new(TableId::Integrations, "app", "just", ended("2025-08-08T12:00:00Z")),
        app("still", "gone").with("identity", arn("role", "still")),
        principal("role", "still", "assumable_role"),
        vendor("data").with("contract_ends", t("2025-08-01T12:00:00Z")).with("data", "Production"),
        app("fast", "data"),
        Fact::new(TableId::Integrations, "app", "fast", ended("2025-08-02T12:00:01Z")),
        vendor("ends").with("contract_ends", t("2025-12-30T12:00:00Z")),
        app("soon", "ends"),
        vendor("staff").with("accounts", "Alice; carol"),
        principal("user", "alice", "human"),
        principal("user", "dave", "human"),
        principal("user", "guest", "external"),
        Fact::new(TableId::Vendors, "vendor", "new", seen("2025-09-01")).with("owner", "zoe"),
        app("early", "new"),
    ]
}

fn judged_as_of(covered: &[Cover], as_of: &str) -> Judged {
    let mut world = World::new();
    let session = UsageEvent {
        actor: Some("arn:aws:sts::111122223333:assumed-role/still/x".to_owned()),
        ..used("1", "2025-08-05T12:00:00Z", "still", "ASIA1")
    };
    world.run(facts(), vec![session], covered);
    Judged::as_of(&world, "VND-01", as_of)
}

#[test]
fn each_way_of_a_third_party_has_its_outcome() {
    let judged = judged_as_of(&[APPS, LOG, LISTING], "2026-06-01");
    assert_eq!(judged.result.population.count, 10 + 2, "ten applications, two accounts");
    assert!(!judged.has("dave") && !judged.has("role/still"));
    for (item, attribute, expected) in [
        ("app/good", "A", Supported),
        ("app/good", "B", Supported),
        ("app/good", "C", Supported),
        ("app/good", "D", Supported),
        ("app/good", "E", Supported),
        ("app/good", "F", NotApplicable),
        ("app/good", "G", NotApplicable),
        ("app/late", "B", Contradicted),
        ("app/late", "C", Contradicted),
        ("app/late", "D", Contradicted),
        ("app/creep", "C", Contradicted),
        ("app/stray", "A", NotDemonstrated),
        ("app/stray", "B", NotDemonstrated),
        ("app/stray", "C", NotDemonstrated),
        ("app/stray", "D", NotDemonstrated),
        ("app/stray", "E", NotDemonstrated),
        ("app/aged", "E", Contradicted),
        ("app/just", "F", Supported),
        ("app/just", "G", Supported),
        ("app/still", "F", Contradicted),
        ("app/still", "G", Contradicted),
        ("app/fast", "F", Contradicted),
        ("user/alice", "A", Supported),
        ("user/alice", "C", NotApplicable),
        ("user/guest", "A", NotDemonstrated),
        ("app/early", "A", Indeterminate),
    ] {
        assert_eq!(judged.outcome(item, attribute), expected, "{attribute} of {item}");
    }
    let stretch = |item: &str, attribute: &str| {
        let found = judged.findings(item, attribute);
        (found[0].2, found[0].3)
    };
    assert_eq!(stretch("app/late", "D"), (t("2025-07-01"), Some(t("2025-07-11"))), "clipped");
    assert_eq!(stretch("app/late", "B").0, t("2025-09-01"), "when the owner left");
    assert_eq!(stretch("app/aged", "E").0, t("2025-10-01"), "a year after the assessment");
    assert_eq!(stretch("app/still", "F").0, t("2025-08-08T12:00:00Z"));
    assert_eq!(stretch("app/early", "A"), (t("2025-07-01"), Some(t("2025-09-01"))));
    assert!(judged.reason("app/creep", "C").contains("write"));
    assert!(judged.reason("app/late", "D").starts_with("retroactive"));
}

/// HR entered the end of the employment days later, so its files show the person beyond it.
#[test]
fn an_owner_whose_end_was_entered_with_a_date_in_the_past_left() {
    let mut all = facts();
    all.extend([
        worker("9", "eve"),
        person_seen("9", "eve", "2025-08-05"),
        left("9", "eve", "2025-08-01T17:00:00Z", Some("2025-08-10")),
        app("dated", "acme").with("owner", "eve@x"),
    ]);
    let mut world = World::new();
    world.run(all, Vec::new(), &[APPS, LOG, LISTING]);
    let judged = Judged::of(&world, "VND-01");
    assert_eq!(judged.outcome("app/dated", "B"), Contradicted);
    assert_eq!(judged.findings("app/dated", "B")[0].2, t("2025-08-01T17:00:00Z"));
}

#[test]
fn silence_after_the_contract_counts_only_where_the_log_is_whole() {
    let early: Cover = ("usage", "2025-01-01", "2025-08-08T11:59:59Z", Proven);
    let judged = judged_as_of(&[APPS, early, LISTING], "2026-06-01");
    assert_eq!(judged.outcome("app/just", "G"), Indeterminate);
    assert_eq!(judged.outcome("app/still", "G"), Contradicted, "what is seen is seen");
    let hole: Cover = ("integrations", "2025-09-01", "2025-09-02", Gap);
    let noted = judged_as_of(&[APPS, hole, LOG], "2026-06-01");
    assert!(!noted.result.population.notes.is_empty());
}

#[test]
fn a_contract_that_just_ended_leaves_time_to_remove() {
    let judged = judged_as_of(&[APPS, LOG, LISTING], "2026-01-02");
    assert_eq!(judged.outcome("app/soon", "F"), NotYetDue);
    let later = judged_as_of(&[APPS, LOG, LISTING], "2026-06-01");
    assert_eq!(later.outcome("app/soon", "F"), Supported, "due only after the period");
}

#[test]
fn an_application_gone_between_two_listings_is_perhaps_gone_in_time() {
    let mut all = facts();
    all.push(
        Fact::new(TableId::Integrations, "app", "listed", seen("2025-08-07"))
            .with("vendor", "gone"),
    );
    let absent = Change::Absent { at: t("2025-08-11") };
    all.push(Fact::new(TableId::Integrations, "app", "listed", absent));
    let mut world = World::new();
    world.run(all, Vec::new(), &[APPS, LOG]);
    let judged = Judged::of(&world, "VND-01");
    assert_eq!(judged.outcome("app/listed", "F"), Indeterminate);
    assert_eq!(judged.outcome("app/listed", "D"), Indeterminate, "connected at an unknown instant");
}

#[test]
fn nothing_on_record_is_no_pass() {
    assert_nothing_is_no_pass("VND-01");
}
