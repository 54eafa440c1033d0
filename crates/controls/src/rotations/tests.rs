//! Replacements over synthetic versions of keys.

use proptest::prelude::*;

use super::pair::{Beside, rotations};
use super::*;

fn day(n: i64) -> Timestamp {
    Timestamp::from_seconds(n * 86_400)
}

fn key(name: &str, from: i64, to: Option<i64>) -> Version {
    Version {
        credential: format!("aws/access-key/{name}"),
        number: 1,
        group: Group {
            system: "aws".to_owned(),
            identity: Some("aws/iam-user/app".to_owned()),
            kind: "access_key".to_owned(),
            issued_for: None,
        },
        name: name.to_owned(),
        public_id: Some(name.to_owned()),
        material: None,
        slot: None,
        status: Some("active".to_owned()),
        created_at: None,
        last_used_at: None,
        never_used: None,
        validity: Validity {
            from_lo: Some(day(from)),
            from_hi: day(from),
            to_lo: to.map(day),
            to_hi: to.map(day),
        },
        evidence: format!("blob#{name}-{from}"),
    }
}

fn next(before: &Version, from: i64, change: impl FnOnce(&mut Version)) -> [Version; 2] {
    let mut before = before.clone();
    (before.validity.to_lo, before.validity.to_hi) = (Some(day(from)), Some(day(from)));
    let mut after = key(&before.name, from, None);
    after.number = before.number + 1;
    after.slot.clone_from(&before.slot);
    after.material.clone_from(&before.material);
    after.public_id.clone_from(&before.public_id);
    change(&mut after);
    [before, after]
}

/// The log is complete from day 0 on.
fn covered_to(to: i64, uses: &[(&str, i64, i64)]) -> Beside {
    let mut beside = Beside::default();
    beside.logs.state("aws", day(0), day(to), true);
    for (key, first, last) in uses {
        beside.uses.insert((*key).to_owned(), (day(*first), day(*last)));
    }
    beside
}

fn verdicts(versions: &[Version], beside: &Beside) -> Vec<(String, Option<String>, &'static str)> {
    let row = |row: Rotation| {
        let new = row.new.map(|new| new.name);
        (row.old.name, new, row.judged.verdict.as_str())
    };
    rotations(versions.to_vec(), beside).into_iter().map(row).collect()
}

fn verdict_of(versions: &[Version], beside: &Beside) -> &'static str {
    verdicts(versions, beside)[0].2
}

#[test]
fn the_old_one_ended_and_the_new_one_is_used() {
    let beside = covered_to(100, &[("A", 1, 32), ("B", 31, 99)]);
    let keys = [key("A", 1, Some(33)), key("B", 30, None)];
    let none = ("B".to_owned(), None, "none");
    assert_eq!(
        verdicts(&keys, &beside),
        [("A".to_owned(), Some("B".to_owned()), "complete"), none]
    );
}

#[test]
fn deactivating_is_enough() {
    let [active, inactive] =
        next(&key("A", 1, None), 33, |v| v.status = Some("inactive".to_owned()));
    let keys = [active, inactive, key("B", 30, None)];
    let rows = rotations(keys.to_vec(), &covered_to(100, &[("B", 31, 99)]));
    assert_eq!(rows[0].judged.verdict, Verdict::Complete);
    assert_eq!(rows[0].old.deactivated, Some(When { lo: Some(day(33)), hi: day(33) }));
    assert_eq!(rows[0].old.deleted, None);
}

#[test]
fn the_old_one_goes_on() {
    let keys = [key("A", 1, None), key("B", 30, None)];
    assert_eq!(verdict_of(&keys, &covered_to(36, &[("B", 31, 35)])), "in_progress");
    assert_eq!(verdict_of(&keys, &covered_to(38, &[("B", 31, 35)])), "old_still_active");
    assert_eq!(verdict_of(&keys, &covered_to(60, &[("A", 2, 40)])), "old_still_used");
    // Used after the new one was there, but not after the overlap.
    assert_eq!(verdict_of(&keys, &covered_to(60, &[("A", 2, 36)])), "old_still_active");
}

#[test]
fn nobody_took_the_new_one_up() {
    let keys = [key("A", 1, Some(33)), key("B", 30, None)];
    assert_eq!(verdict_of(&keys, &covered_to(60, &[("A", 1, 32)])), "new_never_used");
    let mut gaps = covered_to(20, &[("A", 1, 32)]);
    gaps.logs.state("aws", day(40), day(60), true);
    assert_eq!(verdict_of(&keys, &gaps), "not_known");
    let mut said = keys.clone();
    said[1].never_used = Some(true);
    assert_eq!(verdict_of(&said, &gaps), "new_never_used");
}

#[test]
fn an_end_that_the_log_may_have_missed_is_not_known() {
    let keys = [key("A", 1, None), key("B", 30, None)];
    let mut gaps = covered_to(20, &[("A", 1, 19), ("B", 31, 59)]);
    gaps.logs.state("aws", day(40), day(60), true);
    let row = &rotations(keys.to_vec(), &gaps)[0];
    assert_eq!(row.judged.verdict, Verdict::NotKnown);
    assert!(row.judged.why.as_ref().is_some_and(|why| why.contains("gaps")));
    assert!(!row.usage_known);
    // A listing of the whole system after the overlap shows it.
    gaps.listed.insert("aws".to_owned(), day(58));
    assert_eq!(verdict_of(&keys, &gaps), "old_still_active");
}

#[test]
fn which_is_older_may_be_not_known() {
    let mut seen = key("A", 40, None);
    seen.validity.from_lo = None;
    let keys = [seen, key("B", 30, Some(50))];
    assert_eq!(verdict_of(&keys, &covered_to(60, &[("A", 40, 59)])), "not_known");
}

#[test]
fn the_same_secret_is_no_rotation() {
    let beside = covered_to(100, &[]);
    let mut keys = [key("A", 1, Some(33)), key("B", 30, None)];
    for key in &mut keys {
        key.material = Some("fingerprint".to_owned());
    }
    assert_eq!(verdict_of(&keys, &beside), "relabelled");

    let active = key("A", 1, None);
    let [active, mut inactive] = next(&active, 20, |v| v.status = Some("inactive".to_owned()));
    let [closed, again] = next(&inactive, 21, |_| {});
    inactive = closed;
    let rows = verdicts(&[active, inactive, again], &beside);
    assert_eq!(rows[0], ("A".to_owned(), Some("A".to_owned()), "relabelled"));
    assert_eq!(rows[1], ("A".to_owned(), None, "none"));
}

#[test]
fn a_new_label_is_a_new_secret_only_where_the_secret_is_another() {
    let beside = covered_to(100, &[]);
    let labelled = |slot: &str, material: Option<&str>| {
        let (slot, material) = (slot.to_owned(), material.map(str::to_owned));
        move |v: &mut Version| (v.slot, v.material) = (Some(slot), material)
    };
    let mut first = key("db", 1, None);
    labelled("1", Some("x"))(&mut first);
    let same = next(&first, 20, labelled("2", Some("x")));
    assert_eq!(verdict_of(&same, &beside), "relabelled");
    let other = next(&first, 20, labelled("2", Some("y")));
    assert_eq!(verdict_of(&other, &beside), "new_never_used");
    (first.material, first.public_id) = (None, None);
    let unsaid = next(&first, 20, labelled("2", None));
    assert_eq!(verdict_of(&unsaid, &beside), "not_known");
}

#[test]
fn what_a_source_says_of_its_last_use_is_of_the_last_secret() {
    let mut first = key("password", 1, None);
    first.material = Some("set on day 1".to_owned());
    let [mut before, mut after] =
        next(&first, 20, |v| v.material = Some("set on day 20".to_owned()));
    for version in [&mut before, &mut after] {
        (version.last_used_at, version.never_used) = (Some(day(25)), Some(false));
    }
    let rows = rotations(vec![before, after], &covered_to(30, &[]));
    assert_eq!(rows[0].judged.verdict, Verdict::Complete);
    assert_eq!((rows[0].old.last_used, rows[1].old.last_used), (None, Some(day(25))));
}

#[test]
fn keys_of_nobody_known_are_not_paired() {
    let mut keys = [key("A", 1, None), key("B", 30, None)];
    for key in &mut keys {
        key.group.identity = None;
    }
    let found = verdicts(&keys, &covered_to(60, &[]));
    assert!(found.iter().all(|(_, new, verdict)| new.is_none() && *verdict == "none"));
}

fn any_version() -> impl Strategy<Value = Version> {
    let status = prop::option::of(prop::sample::select(vec!["active", "inactive"]));
    let short = || prop::option::of(0_i64..3);
    (
        0_i64..4,
        0_i64..3,
        (0_i64..40, prop::option::of(0_i64..20)),
        any::<bool>(),
        status,
        short(),
        short(),
    )
        .prop_map(|(name, number, (from, length), unknown, status, slot, material)| {
            let mut version = key(&format!("K{name}"), from, length.map(|days| from + days));
            version.number = number;
            version.status = status.map(str::to_owned);
            version.slot = slot.map(|n| n.to_string());
            version.material = material.map(|n| n.to_string());
            if unknown {
                version.validity.from_lo = None;
            }
            version
        })
}

proptest! {
    #[test]
    fn the_order_of_rows_is_of_no_consequence(
        (versions, shuffled) in prop::collection::vec(any_version(), 0..12)
            .prop_flat_map(|v| (Just(v.clone()), Just(v).prop_shuffle())),
        to in 0_i64..80,
    ) {
        let beside = covered_to(to, &[("K0", 3, 30), ("K2", 20, 21)]);
        prop_assert_eq!(rotations(versions, &beside), rotations(shuffled, &beside));
    }

    #[test]
    fn each_secret_has_one_row_of_its_own(versions in prop::collection::vec(any_version(), 0..12)) {
        let beside = covered_to(50, &[]);
        let secrets = units::units(versions.clone(), &beside.uses);
        let labels: usize = secrets.iter().map(|(_, labels)| labels.len()).sum();
        prop_assert_eq!(rotations(versions, &beside).len(), secrets.len() + labels);
    }
}
