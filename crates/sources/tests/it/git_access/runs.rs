//! One run after another: what is new, what was rewritten, what is missing.

use tenure_model::entry::CoverageStatus;
use tenure_model::fact::{Change, Fact};
use tenure_model::tables::TableId;

use super::build::Repository;
use super::support::{at, collect, run, settings, stretches, text};

const ORG: &str = "config/acme/org.yaml";

fn members(names: &str) -> String {
    format!("members: [{names}]\n")
}

#[test]
fn a_later_run_reads_only_what_is_new() {
    let mut r = Repository::new();
    r.write(ORG, members("ann"));
    r.commit("Import", "2025-01-01");
    let settings = settings(r.path(), &[]);
    let first = run(&settings, None, "2025-02-01");
    r.write(ORG, members("ann, bob"));
    r.commit("Add bob (#2)", "2025-02-02");
    let second = run(&settings, Some(first.cursor()), "2025-03-01");
    let grants: Vec<&Fact> = second.facts.iter().filter(|f| f.table == TableId::Grants).collect();
    let [bob] = grants[..] else { panic!("{grants:?}") };
    assert_eq!(bob.native_id, "bob|org:acme:member");
    assert_eq!(second.accounts[0].records, 2, "the state before and one commit");
    let claim = &second.collected.coverage[0];
    assert_eq!(
        (claim.from, claim.to, claim.status),
        (at("2025-02-01"), at("2025-03-01"), CoverageStatus::Proven)
    );
    let whole = run(&settings, None, "2025-03-01");
    let parts: Vec<Fact> = first.facts.into_iter().chain(second.facts).collect();
    assert_eq!(parts, whole.facts, "two runs tell what one tells");
}

#[test]
fn a_run_that_begins_at_a_broken_file_knows_the_version_in_force() {
    let mut r = Repository::new();
    r.write(ORG, members("ann"));
    r.commit("Import", "2025-01-01");
    r.write(ORG, "members: [ann\n");
    r.commit("Break", "2025-01-02");
    let settings = settings(r.path(), &[]);
    let first = run(&settings, None, "2025-02-01");
    r.write(ORG, members("ann, bob"));
    r.commit("Repair", "2025-02-02");
    let second = run(&settings, Some(first.cursor()), "2025-03-01");
    assert!(second.gaps().is_empty(), "{:?}", second.gaps());
    let parts: Vec<Fact> = first.facts.into_iter().chain(second.facts).collect();
    let held: Vec<_> =
        stretches(&parts, TableId::Grants).into_iter().map(|s| (s.holder, s.from)).collect();
    assert_eq!(held, [("ann".to_owned(), at("2025-01-01")), ("bob".to_owned(), at("2025-02-02"))]);
}

#[test]
fn a_rewritten_branch_is_told_with_bounds() {
    let mut r = Repository::new();
    r.write(ORG, members("ann"));
    let shared = r.commit("Import", "2025-01-01");
    r.write(ORG, members("ann, bob"));
    let old = r.commit("Add bob (#2)", "2025-01-10");
    let settings = settings(r.path(), &[]);
    let first = run(&settings, None, "2025-02-01");
    r.reset(shared);
    r.write(ORG, members("ann, cid"));
    r.commit("Add cid (#3)", "2025-01-05");
    r.write(ORG, members("ann, cid, dan"));
    r.commit("Add dan (#4)", "2025-02-02");
    r.write(ORG, members("ann, dan"));
    r.commit("Remove cid (#5)", "2025-02-03");
    let second = run(&settings, Some(first.cursor()), "2025-03-01");
    let alert = second.facts.iter().find(|f| f.table == TableId::Alerts).expect("an alert");
    assert_eq!(text(alert, "rule"), "history_rewritten");
    assert!(
        text(alert, "detail").contains(&old.to_string())
            && text(alert, "detail").contains(&shared.to_string())
    );
    let of = |login: &str| -> Vec<Change> {
        let id = format!("{login}|org:acme:member");
        second
            .facts
            .iter()
            .filter(|f| f.table == TableId::Grants && f.native_id == id)
            .map(|f| f.change)
            .collect()
    };
    let (lo, hi) = (at("2025-01-10"), at("2025-02-02"));
    assert_eq!(of("bob"), [Change::Seen { at: lo }, Change::Absent { at: hi }]);
    assert_eq!(of("dan"), [Change::Absent { at: lo }, Change::Seen { at: hi }]);
    assert_eq!(of("ann"), []);
    let [Change::Absent { .. }, Change::Seen { .. }, Change::Ended { at: end, .. }] = of("cid")[..]
    else {
        panic!("{:?}", of("cid"))
    };
    assert_eq!(end, at("2025-02-03"));
    assert_eq!(second.collected.coverage[0].status, CoverageStatus::Gap);
    assert!(second.gaps().iter().any(|gap| gap.contains("rewritten")), "{:?}", second.gaps());
    assert!(second.artifacts[0].name.starts_with(&format!("main@{}..", &old.to_string()[..12])));
    assert!(second.accounts[0].integrity.values().all(|verdict| verdict == "verified"));
}

#[test]
fn a_branch_set_back_is_told_at_the_time_of_collection() {
    let mut r = Repository::new();
    r.write(ORG, members("ann"));
    let shared = r.commit("Import", "2025-01-01");
    r.write(ORG, members("ann, bob"));
    r.commit("Add bob (#2)", "2025-01-10");
    let settings = settings(r.path(), &[]);
    let first = run(&settings, None, "2025-02-01");
    r.reset(shared);
    let second = run(&settings, Some(first.cursor()), "2025-03-01");
    let bob: Vec<Change> =
        second.facts.iter().filter(|f| f.table == TableId::Grants).map(|f| f.change).collect();
    assert_eq!(
        bob,
        [Change::Seen { at: at("2025-01-10") }, Change::Absent { at: at("2025-03-01") }]
    );
}

#[test]
fn without_the_old_head_nothing_is_told_and_nothing_is_passed_over() {
    let mut r = Repository::new();
    r.write(ORG, members("ann"));
    let old = r.commit("Import", "2025-01-01");
    let settings = settings(r.path(), &[]);
    let first = run(&settings, None, "2025-02-01");
    r.head = None;
    r.write(ORG, members("bob"));
    r.commit("Begin anew", "2025-02-02");
    r.lose(old);
    let second = run(&settings, Some(first.cursor()), "2025-03-01");
    assert!(second.artifacts.is_empty());
    assert_eq!(second.cursor(), first.cursor());
    assert_eq!(second.collected.coverage[0].status, CoverageStatus::Gap);
    assert!(second.gaps()[0].contains("no longer in the repository"), "{:?}", second.gaps());
}

#[test]
fn a_shallow_history_begins_with_what_was_found() {
    let mut r = Repository::new();
    r.write(ORG, members("ann"));
    let lost = r.commit("Import (#1)", "2025-01-01");
    r.write(ORG, members("ann, bob"));
    r.commit("Add bob (#2)", "2025-01-02");
    r.write(ORG, members("ann, bob, cid"));
    r.commit("Add cid (#3)", "2025-01-03");
    r.lose(lost);
    let run = run(&settings(r.path(), &[]), None, "2025-02-01");
    assert!(run.gaps()[0].contains("the history is not whole"), "{:?}", run.gaps());
    let found: Vec<_> = stretches(&run.facts, TableId::Grants)
        .into_iter()
        .map(|s| (s.holder, s.from, s.pinned))
        .collect();
    let day = |day: &str| at(&format!("2025-01-{day}"));
    let wanted = [("ann", day("02"), false), ("bob", day("02"), false), ("cid", day("03"), true)];
    assert_eq!(found, wanted.map(|(login, from, pinned)| (login.to_owned(), from, pinned)));
    assert_eq!(run.collected.coverage[0].from, at("2025-01-02"));
}

#[test]
fn a_missing_or_damaged_file_is_a_hole_in_the_coverage() {
    for damage in [false, true] {
        let mut r = Repository::new();
        r.write(ORG, members("ann"));
        r.commit("Import", "2025-01-01");
        r.write(ORG, members("ann, bob"));
        r.commit("Add bob", "2025-01-02");
        let lost = r.blob(ORG);
        r.write(ORG, members("ann, cid"));
        r.commit("Add cid", "2025-01-03");
        if damage {
            r.damage(lost)
        } else {
            r.lose(lost)
        }
        let run = run(&settings(r.path(), &[]), None, "2025-02-01");
        let [gap] = run.gaps()[..] else { panic!("{:?}", run.gaps()) };
        assert!(gap.contains("is not in the repository"), "{gap}");
        let held: Vec<_> = stretches(&run.facts, TableId::Grants)
            .into_iter()
            .map(|s| (s.holder, s.from))
            .collect();
        assert_eq!(
            held,
            [("ann".to_owned(), at("2025-01-01")), ("cid".to_owned(), at("2025-01-03"))]
        );
        let claims: Vec<_> =
            run.collected.coverage.iter().map(|c| (c.from, c.to, c.status)).collect();
        let day = |day: &str| at(&format!("2025-01-{day}"));
        assert_eq!(
            claims,
            [
                (day("01"), day("02"), CoverageStatus::Proven),
                (day("02"), day("03"), CoverageStatus::Gap),
                (day("03"), at("2025-02-01"), CoverageStatus::Proven),
            ]
        );
    }
}

#[test]
fn what_is_no_repository_is_an_error_with_a_hint() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("file");
    std::fs::write(&file, b"# v2 git bundle\nnonsense\n\n").expect("written");
    for path in [directory.path(), &file, &directory.path().join("absent")] {
        let error = collect(&settings(path, &[]), None, "2025-01-01").expect_err("no repository");
        assert!(!error.hint.is_empty() && !error.cause.is_empty(), "{error:?}");
    }
}

#[test]
fn an_empty_repository_or_an_unknown_branch_is_an_error_with_a_hint() {
    let mut r = Repository::new();
    let error = collect(&settings(r.path(), &[]), None, "2025-01-01").expect_err("no commit");
    assert!(error.cause.contains("no commit yet"), "{error:?}");
    r.write("README.md", "hello");
    r.commit("Begin", "2025-01-01");
    let error = collect(&settings(r.path(), &[("branch", "dev")]), None, "2025-01-01")
        .expect_err("no branch");
    assert!(error.hint.contains("main"), "{error:?}");
    let error = collect(&settings(r.path(), &[]), None, "2025-01-01").expect_err("no layout");
    assert!(error.hint.contains("layout"), "{error:?}");
    let error = collect(&settings(r.path(), &[("layout", "x")]), None, "2025-01-01")
        .expect_err("no layout");
    assert!(error.hint.contains("peribolos"), "{error:?}");
}

#[test]
fn a_renamed_default_branch_goes_on_from_the_same_head() {
    let mut r = Repository::new();
    r.write(ORG, members("ann"));
    r.commit("Import", "2025-01-01");
    let settings = settings(r.path(), &[]);
    let first = run(&settings, None, "2025-02-01");
    r.write(ORG, members("ann, bob"));
    r.commit("Add bob", "2025-02-02");
    let heads = r.path().join("refs/heads");
    std::fs::rename(heads.join("main"), heads.join("trunk")).expect("renamed");
    std::fs::write(r.path().join("HEAD"), "ref: refs/heads/trunk\n").expect("written");
    let second = run(&settings, Some(first.cursor()), "2025-03-01");
    assert!(second.gaps().is_empty(), "{:?}", second.gaps());
    assert_eq!(stretches(&second.facts, TableId::Grants).len(), 1);
}

#[test]
fn another_root_is_another_source() {
    let mut r = Repository::new();
    r.write(ORG, members("ann")).write("other/acme/org.yaml", members("bob"));
    r.commit("Import", "2025-01-01");
    let first = run(&settings(r.path(), &[]), None, "2025-02-01");
    let other = settings(r.path(), &[("root", "other/")]);
    let error = collect(&other, Some(first.cursor()), "2025-03-01").expect_err("another root");
    assert!(error.cause.contains("'root'") && error.hint.contains("another source"), "{error:?}");
    assert!(!run(&other, None, "2025-02-01").facts.is_empty());
}
