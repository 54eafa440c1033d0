//! How complete a population is shown to be: without a source of it, and with a log in two stretches.

use tenure_controls::evaluate::{Scope, evaluate};
use tenure_controls::library::Library;
use tenure_model::Period;
use tenure_model::entry::CoverageStatus::{Asserted, Gap, Proven};
use tenure_model::fact::Fact;
use tenure_model::ids::Seq;
use tenure_model::outcome::Outcome::{Indeterminate, Supported};
use tenure_model::outcome::PopulationVerdict::{CompleteWithNotedGaps, NotDemonstrated};

use crate::aws::{Cover, Judged};
use crate::staff::{GRANTS, PEOPLE, account, left, worker};
use crate::world::{Teller, World, t};

/// No control of the library may call a population complete that nothing tells of.
#[test]
fn nothing_collected_demonstrates_nothing() {
    let mut world = World::new();
    let elsewhere: Cover = ("something", "2025-01-01", "2026-06-01", Proven);
    world.run(Vec::new(), Vec::new(), &[elsewhere]);
    let library = Library::load(None).expect("the library");
    let period = Period::new(t("2025-07-01"), t("2026-01-01")).expect("a period");
    let scope = Scope { period, known_at: Seq(9), as_of: t("2026-06-01"), controls: Vec::new() };
    let evaluated = evaluate(&world.store, &library, &scope).expect("an evaluation");
    assert_eq!(evaluated.evaluation.controls.len(), library.controls().count());
    for control in evaluated.evaluation.controls.iter().filter(|c| c.population.count == 0) {
        let population = &control.population;
        assert_eq!(population.verdict, NotDemonstrated, "{}: {:?}", control.id, population.notes);
        assert!(!population.notes.is_empty(), "{}", control.id);
    }
}

#[test]
fn the_source_that_is_missing_is_named() {
    for (control, stream) in [
        ("EXC-01", "exceptions"),
        ("UAR-02", "review_campaigns"),
        ("UAR-03", "review_decisions"),
        ("UAR-04", "review_decisions"),
    ] {
        let mut world = World::new();
        world.run(Vec::new(), Vec::new(), &[GRANTS]);
        let judged = Judged::of(&world, control);
        assert_eq!(judged.result.population.verdict, NotDemonstrated, "{control}");
        let notes = judged.result.population.notes.join("\n");
        assert!(notes.contains(&format!("no source tells of the stream {stream}")), "{notes}");
        let conclusion = &judged.result.conclusion;
        assert!(conclusion.contains("is not shown to be complete"), "{conclusion}");
        let register: Cover = (stream, "2025-01-01", "2026-06-01", Asserted);
        world.run(Vec::new(), Vec::new(), &[register]);
        let judged = Judged::of(&world, control);
        assert_ne!(
            judged.result.population.verdict, NotDemonstrated,
            "{control}: an empty register"
        );
    }
}

#[test]
fn a_source_that_tells_and_covers_nothing_is_named() {
    let mut world = World::new();
    world.run(Vec::new(), Vec::new(), &[("exceptions", "2025-08-01", "2025-09-01", Gap)]);
    let judged = Judged::of(&world, "EXC-01");
    assert_eq!(judged.result.population.verdict, NotDemonstrated);
    let notes = judged.result.population.notes.join("\n");
    assert!(notes.contains("lab only tells of it"), "{notes}");
}

const FIRST: Cover = ("usage", "2025-06-01", "2025-10-01", Asserted);
const SECOND: Cover = ("usage", "2025-10-01", "2026-02-01", Asserted);

/// A leaver of July, and a log that is kept by two sources.
fn kept_by_two(one: Option<&'static str>, two: Option<&'static str>, covers: [Cover; 2]) -> Judged {
    Judged::of(&world_of_two(one, two, covers), "JML-03")
}

fn world_of_two(one: Option<&'static str>, two: Option<&'static str>, covers: [Cover; 2]) -> World {
    let mut world = World::new();
    let facts: Vec<Fact> = vec![
        worker("1", "ann"),
        account("ann", "active", "2025-01-01"),
        left("1", "ann", "2025-07-10", Some("2025-07-10")),
    ];
    world.run(facts, Vec::new(), &[PEOPLE]);
    let of = |source, part_of| Teller { source, system: "lab", part_of };
    world.run_of(of("log-1", one), Vec::new(), Vec::new(), &covers[..1]);
    world.run_of(of("log-2", two), Vec::new(), Vec::new(), &covers[1..]);
    world
}

#[test]
fn the_log_itself_has_no_hole_where_its_sources_are_stretches_of_one() {
    let world = world_of_two(Some("trail"), Some("trail"), [FIRST, SECOND]);
    let united = Judged::of(&world, "MON-01");
    assert_eq!(united.result.population.count, 1, "one log");
    assert_eq!(united.findings("trail usage", "B"), []);
    let apart = Judged::of(&world_of_two(None, None, [FIRST, SECOND]), "MON-01");
    assert_eq!(apart.result.population.count, 2);
    let found = apart.findings("log-1 usage", "B");
    assert_eq!((found[0].2, found[0].3), (t("2025-10-01"), None), "{found:?}");
}

#[test]
fn a_log_in_two_stretches_is_one_where_its_sources_say_so() {
    let declared = kept_by_two(Some("trail"), Some("trail"), [FIRST, SECOND]);
    assert_eq!(declared.outcome("login/ann", "A"), Supported);
    assert_eq!(declared.outcome("login/ann", "B"), Supported);
    let coverage = &declared.result.population.coverage;
    let parts = coverage.iter().filter(|c| c.part_of.as_deref() == Some("lab/trail")).count();
    assert_eq!(parts, 2, "{coverage:?}");
    let notes = declared.result.population.notes.join("\n");
    assert!(!notes.contains("usage"), "{notes}");
}

#[test]
fn a_hole_between_two_stretches_of_a_log_stays_one() {
    let late: Cover = ("usage", "2025-10-05", "2026-02-01", Asserted);
    let holed = kept_by_two(Some("trail"), Some("trail"), [FIRST, late]);
    assert_eq!(holed.outcome("login/ann", "A"), Indeterminate);
    let found = holed.findings("login/ann", "A");
    assert_eq!((found[0].2, found[0].3), (t("2025-10-01"), Some(t("2025-10-05"))));
    assert_eq!(found.len(), 1);
    let notes = holed.result.population.notes.join("\n");
    assert!(notes.contains("log-1, log-2: the stream usage of lab is not shown"), "{notes}");
}

#[test]
fn two_logs_of_a_system_are_each_necessary() {
    for (one, two) in [(None, None), (Some("trail"), None), (Some("trail"), Some("other"))] {
        let apart = kept_by_two(one, two, [FIRST, SECOND]);
        assert_eq!(apart.outcome("login/ann", "A"), Indeterminate, "{one:?} {two:?}");
        assert_eq!(apart.result.population.verdict, CompleteWithNotedGaps);
        let notes = apart.result.population.notes.join("\n");
        assert!(notes.contains("with the setting part-of"), "{notes}");
    }
    let whole: Cover = ("usage", "2025-06-01", "2026-02-01", Asserted);
    let both = kept_by_two(None, None, [whole, whole]);
    assert_eq!(both.outcome("login/ann", "A"), Supported);
}
