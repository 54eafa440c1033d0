//! Results that contradict themselves although log, proofs and signatures are all genuine: what a
//! dishonest or faulty packer could log.

use serde_json::json;
use tenure_model::evaluation::{Difference, Evaluated, Timing};
use tenure_model::ids::Seq;
use tenure_model::outcome::PopulationVerdict;
use tenure_model::{Digest, Outcome};
use tenure_verify::verify_pack;

use crate::fixture::{Company, day};
use crate::support::{assert_mismatches, failures};

const ITEMS: usize = 40;
/// Places of the controls in the results.
const MFA: usize = 0;
const LEAVERS: usize = 1;
const PRIVILEGED: usize = 2;
const REVIEWS: usize = 3;

#[track_caller]
fn assert_fails(expected: &[&str], change: impl FnOnce(&mut Evaluated)) {
    assert_mismatches(&verify_pack(&Company::with(ITEMS, change).pack(), None), expected);
}

#[test]
fn an_honest_pack_holds() {
    let report = verify_pack(&Company::new(ITEMS).pack(), None);
    assert_eq!(failures(&report), []);
    assert!(report.ok());
    assert_eq!(report.exit_code(), 0);
}

#[test]
fn counts_by_outcome_are_recounted() {
    assert_fails(&["control/PRA-01/outcomes"], |e| {
        *e.evaluation.controls[PRIVILEGED].items.get_mut(&Outcome::Supported).expect("a count") +=
            1;
    });
    assert_fails(&["control/PRA-01/outcomes"], |e| {
        e.evaluation.controls[PRIVILEGED].items.remove(&Outcome::NotYetDue);
    });
}

#[test]
fn an_item_takes_its_worst_attribute() {
    assert_fails(&["control/PRA-01/outcomes"], |e| {
        let control = &mut e.evaluation.controls[PRIVILEGED];
        *control.items.get_mut(&Outcome::Supported).expect("a count") += 1;
        *control.items.get_mut(&Outcome::Contradicted).expect("a count") -= 1;
        e.items.get_mut("PRA-01").expect("items")[3].outcome = Outcome::Supported;
    });
}

#[test]
fn the_population_is_counted_and_digested() {
    assert_fails(&["control/PRA-01/population", "control/PRA-01/items"], |e| {
        e.evaluation.controls[PRIVILEGED].population.count += 1;
    });
    assert_fails(&["control/PRA-01/population"], |e| {
        e.evaluation.controls[PRIVILEGED].population.digest = Digest([1; 32]);
    });
    assert_fails(&["control/PRA-01/items"], |e| {
        e.items.get_mut("PRA-01").expect("items").swap(0, 1)
    });
}

#[test]
fn the_definition_is_the_one_evaluated() {
    assert_fails(&["control/PRA-01/definition"], |e| {
        e.definitions.get_mut("PRA-01").expect("a definition").push_str("grace_days: 90\n");
    });
}

#[test]
fn deviations_are_recounted() {
    assert_fails(&["control/JML-02/deviations"], |e| {
        e.evaluation.controls[LEAVERS].deviations.gross = 1
    });
    assert_fails(&["control/JML-02/deviations"], |e| {
        e.evaluation.controls[LEAVERS].deviations.net = 0
    });
    assert_fails(&["control/JML-02/deviations"], |e| {
        e.evaluation.controls[LEAVERS].deviations.list.swap(0, 2)
    });
}

#[test]
fn deviations_belong_to_items_and_none_is_left_out() {
    let id = ["control/JML-02/attribution"];
    assert_fails(&id, |e| {
        let found = &mut e.evaluation.controls[LEAVERS].deviations;
        found.list.remove(0);
        (found.gross, found.net) = (1, 1);
    });
    assert_fails(&id, |e| {
        e.evaluation.controls[LEAVERS].deviations.list[0].outcome = Outcome::NotDemonstrated;
    });
    assert_fails(&id, |e| e.evaluation.controls[LEAVERS].deviations.list[0].attribute = "Z".into());
    assert_fails(&id, |e| {
        e.evaluation.controls[LEAVERS].deviations.list[0].item = "worker:none".into()
    });
    assert_fails(&id, |e| {
        let found = &mut e.evaluation.controls[LEAVERS].deviations;
        found.list[0].attribute = "B".into();
    });
    assert_fails(&["control/JML-02/attribution"], |e| {
        e.evaluation.controls[LEAVERS].deviations.list[2].outcome = Outcome::Supported;
    });
}

#[test]
fn deviations_lie_in_the_period() {
    let id = ["control/PRA-01/times"];
    let first = |e: &mut Evaluated| e.evaluation.controls[PRIVILEGED].deviations.list[0].clone();
    assert_fails(&id, |e| e.evaluation.controls[PRIVILEGED].deviations.list[0].from = day(-1));
    assert_fails(&id, |e| e.evaluation.controls[PRIVILEGED].deviations.list[0].carry_in = true);
    assert_fails(&id, |e| {
        let mut changed = first(e);
        (changed.to, changed.carry_out) = (Some(day(100)), true);
        e.evaluation.controls[PRIVILEGED].deviations.list[0] = changed;
    });
    assert_fails(&id, |e| {
        let mut changed = first(e);
        (changed.to, changed.carry_out) = (None, false);
        e.evaluation.controls[PRIVILEGED].deviations.list[0] = changed;
    });
    assert_fails(&id, |e| e.evaluation.controls[PRIVILEGED].deviations.list[0].to = Some(day(185)));
    assert_fails(&["control/JML-02/times"], |e| {
        e.evaluation.controls[LEAVERS].deviations.list[0].to = Some(day(1));
    });
}

#[test]
fn conclusions_say_no_more_than_the_results_allow() {
    let say = |control: usize, text: &'static str| {
        move |e: &mut Evaluated| e.evaluation.controls[control].conclusion = text.into()
    };
    assert_fails(&["control/UAR-01/conclusion"], say(REVIEWS, "All reviews passed."));
    assert_fails(&["control/UAR-01/conclusion"], say(REVIEWS, "The company is Compliant."));
    assert_fails(&["control/AUT-01/conclusion"], say(MFA, "No deviations noted."));
    assert_fails(&["control/PRA-01/conclusion"], say(PRIVILEGED, "no deviations noted"));
    assert_fails(&["control/UAR-01/conclusion"], |e| {
        e.evaluation.controls[REVIEWS].population.verdict = PopulationVerdict::NotDemonstrated;
    });
}

#[test]
fn completeness_follows_from_coverage_and_reconciliation() {
    assert_fails(&["control/AUT-01/completeness"], |e| {
        e.evaluation.controls[MFA].population.verdict = PopulationVerdict::DemonstratedComplete;
    });
    assert_fails(&["control/PRA-01/completeness"], |e| {
        e.evaluation.controls[PRIVILEGED].population.coverage.clear();
    });
    assert_fails(&["control/PRA-01/completeness"], |e| {
        e.evaluation.controls[PRIVILEGED].population.reconciliations[0].theirs += 1;
    });
    // The log's coverage entries end at day 120; this result says otherwise.
    assert_fails(&["control/JML-02/completeness"], |e| {
        e.evaluation.controls[LEAVERS].population.coverage[1].to = day(130);
    });
    assert_fails(&["control/JML-02/completeness"], |e| {
        e.evaluation.controls[LEAVERS].population.coverage[0].from = day(-1);
    });
}

#[test]
fn a_stretch_of_a_log_is_declared_in_the_log() {
    assert_fails(&["control/PRA-01/completeness"], |e| {
        let stretch = &mut e.evaluation.controls[PRIVILEGED].population.coverage[0];
        stretch.part_of = Some("org/all-grants".into());
    });
}

#[test]
fn no_more_differences_are_named_than_counted() {
    assert_fails(&["control/PRA-01/completeness"], |e| {
        let reconciliation = &mut e.evaluation.controls[PRIVILEGED].population.reconciliations[0];
        let (item, reason) = ("grant/9".to_owned(), String::new());
        reconciliation.differences.push(Difference { item, ours: true, reason });
    });
}

#[test]
fn counts_of_when_things_were_done_agree() {
    let timing = |e: &mut Evaluated, change: fn(&mut Timing)| {
        change(e.evaluation.controls[REVIEWS].timing.as_mut().expect("a timing"));
    };
    assert_fails(&["control/UAR-01/timing"], |e| timing(e, |t| t.after_period = 1));
    assert_fails(&["control/UAR-01/timing"], |e| timing(e, |t| t.of_tail = 2));
    assert_fails(&["control/UAR-01/timing"], |e| timing(e, |t| t.tail_from = day(200)));
}

#[test]
fn the_runs_named_are_in_the_log() {
    assert_fails(&["control/PRA-01/sources"], |e| {
        e.evaluation.controls[PRIVILEGED].population.sources[0].runs[0].0 = "hr-roster-2".into();
    });
    assert_fails(&["control/PRA-01/sources"], |e| {
        e.evaluation.controls[PRIVILEGED].population.sources[0].runs[0].1 = Seq(3);
    });
    let missing = Company::with(ITEMS, |e| {
        e.evaluation.controls[PRIVILEGED].population.sources[0].runs[0].1 = Seq(8);
    });
    assert_eq!(verify_pack(&missing.pack(), None).exit_code(), 21);
}

#[test]
fn the_results_are_of_this_schema_and_order() {
    assert_fails(&["results/form"], |e| e.evaluation.schema = "tenure.evaluation/v2".into());
    assert_fails(&["results/form"], |e| e.evaluation.controls.swap(0, 1));
}

#[test]
fn the_log_fixes_the_results() {
    let cases = [
        ("evaluation", json!("00".repeat(32)), &["results/anchor"][..]),
        ("schema", json!("tenure.evaluation-entry/v2"), &["results/anchor"]),
        ("ledger_size", json!(7), &["log/consistency", "results/anchor"]),
        ("ledger_root", json!("00".repeat(32)), &["log/consistency"]),
        ("controls", json!([]), &["results/anchor"]),
    ];
    for (field, value, expected) in cases {
        let company = Company::with_anchor(ITEMS, |body| body[field] = value);
        let mut pack = company.input();
        // A proof for the sizes as they are: the lie is in the entry alone.
        pack.consistency = &company.consistency;
        let report = verify_pack(&tenure_pack::build(&pack).expect("a pack"), None);
        assert_mismatches(&report, expected);
    }
    let unknown =
        Company::with_anchor(ITEMS, |body| body["controls"][0]["items"] = json!("00".repeat(32)));
    assert_mismatches(&verify_pack(&unknown.pack(), None), &["results/anchor"]);
}
