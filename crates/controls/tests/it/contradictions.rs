//! HR and the directory contradict each other, and one of them tells of an older time.

use tenure_model::entry::CoverageStatus::Asserted;
use tenure_model::fact::{Fact, UsageEvent};
use tenure_model::outcome::Outcome::{Contradicted, Indeterminate, NotDemonstrated, Supported};

use crate::aws::{Cover, Judged};
use crate::staff::{account, left, success, worker};
use crate::world::{Teller, World};

const HR: Teller = Teller::of("hr");
const DIRECTORY: Teller = Teller::of("okta");
const END: &str = "2025-09-01T17:00:00Z";
const CLOSED: &str = "2025-11-01";

fn covers(stream: &'static str, to: &'static str) -> Cover {
    (stream, "2025-01-01", to, Asserted)
}

/// Ann leaves in September, as HR recorded in August; HR and the directory tell up to some instant.
fn told(control: &str, hr: &'static str, directory: &'static str, closed: Option<&str>) -> Judged {
    let events = vec![
        success("1", "ann", "2025-09-20T09:00:00Z"),
        success("2", "ann", "2025-10-20T09:00:00Z"),
    ];
    told_with(control, [hr, directory], closed, events)
}

fn told_with(
    control: &str,
    [hr, directory]: [&'static str; 2],
    closed: Option<&str>,
    events: Vec<UsageEvent>,
) -> Judged {
    let mut world = World::new();
    let people = vec![worker("1", "ann"), left("1", "ann", END, Some("2025-08-20"))];
    world.run_of(HR, people, Vec::new(), &[covers("people", hr)]);
    let mut accounts: Vec<Fact> = vec![account("ann", "active", "2025-01-01")];
    accounts.extend(closed.map(|at| account("ann", "suspended", at)));
    let covered = [covers("accounts", directory), covers("usage", directory)];
    world.run_of(DIRECTORY, accounts, events, &covered);
    Judged::of(&world, control)
}

#[test]
fn where_both_are_current_the_account_was_not_removed() {
    let judged = told("JML-02", "2026-06-01", "2026-06-01", None);
    assert_eq!(judged.outcome("ann", "B"), Contradicted);
    assert_eq!(judged.outcome("ann", "C"), Contradicted);
}

#[test]
fn where_hr_is_stale_neither_is_taken_for_the_truth() {
    let judged = told("JML-02", "2025-08-25", "2026-06-01", None);
    for attribute in ["B", "C", "E"] {
        assert_eq!(judged.outcome("ann", attribute), Indeterminate, "{attribute}");
        let reason = judged.reason("ann", attribute);
        assert!(reason.contains("hr says") && reason.contains("okta says"), "{reason}");
        assert!(reason.contains("nothing after 2025-08-25"), "{reason}");
    }
    let late = told("JML-02", "2025-08-25", "2026-06-01", Some(CLOSED));
    assert_eq!(late.outcome("ann", "B"), Supported, "it was removed in the end");
    assert_eq!(late.outcome("ann", "C"), Indeterminate, "perhaps the contract was extended");
    let current = told("JML-02", "2026-06-01", "2026-06-01", Some(CLOSED));
    assert_eq!(current.outcome("ann", "C"), Contradicted);
}

#[test]
fn where_hr_told_up_to_the_due_instant_it_was_late() {
    let judged = told("JML-02", "2025-09-03", "2026-06-01", None);
    assert_eq!(judged.outcome("ann", "B"), Contradicted, "HR still told of the day it was due");
    assert_eq!(judged.outcome("ann", "E"), NotDemonstrated);
}

#[test]
fn where_both_agree_a_stale_file_is_no_doubt() {
    let judged = told("JML-02", "2025-08-25", "2026-06-01", Some("2025-09-01T18:00:00Z"));
    assert_eq!(judged.outcome("ann", "B"), Supported);
    assert_eq!(judged.outcome("ann", "C"), Supported);
}

#[test]
fn where_the_directory_is_stale_nothing_says_that_the_account_stands() {
    let judged = told("JML-02", "2026-06-01", "2025-09-01", None);
    assert_eq!(judged.outcome("ann", "B"), Indeterminate);
    let reason = judged.reason("ann", "B");
    assert!(reason.contains("hr says") && reason.contains("okta that"), "{reason}");
    assert!(reason.contains("on record only until 2025-09-01"), "{reason}");
}

#[test]
fn uses_are_doubtful_only_after_hr_stopped_telling() {
    let judged = told("JML-03", "2025-10-01", "2026-06-01", None);
    let found = judged.findings("ann", "A");
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0].1, Contradicted, "HR still told of 20 September");
    assert_eq!(found[1].1, Indeterminate, "and of 20 October no more");
    let list = &judged.result.deviations.list;
    let reason = &list.iter().find(|d| d.outcome == Indeterminate).expect("one").reason;
    assert!(reason.contains("so says hr") && reason.contains("the log of okta"), "{reason}");
    let current = told("JML-03", "2026-06-01", "2026-06-01", None);
    let found = current.findings("ann", "A");
    assert!(found.len() == 2 && found.iter().all(|f| f.1 == Contradicted), "{found:?}");
}

#[test]
fn a_source_that_declares_nothing_is_not_called_stale() {
    let mut world = World::new();
    let people = vec![worker("1", "ann"), left("1", "ann", END, Some("2025-08-20"))];
    world.run_of(HR, people, Vec::new(), &[]);
    let accounts = vec![account("ann", "active", "2025-01-01")];
    world.run_of(DIRECTORY, accounts, Vec::new(), &[covers("accounts", "2026-06-01")]);
    assert_eq!(Judged::of(&world, "JML-02").outcome("ann", "B"), Contradicted);
}
