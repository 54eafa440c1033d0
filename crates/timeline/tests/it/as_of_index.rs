//! The index answers as a look at every version does.

use std::fs;

use proptest::prelude::*;
use tenure_model::ids::Seq;
use tenure_model::{Held, Timestamp, Validity};
use tenure_timeline::asof_index::{Builder, Index, Side};

/// A version as generated.
#[derive(Clone, Debug)]
struct Version {
    names: [String; 3],
    validity: Validity,
    known: (Seq, Option<Seq>),
}

fn bound() -> impl Strategy<Value = i64> {
    // Whole seconds mostly; some instants between them, and some far away.
    prop_oneof![
        6 => (0_i64..60).prop_map(|s| s * 1_000_000),
        2 => 0_i64..60_000_000,
        1 => -5_000_000_000_000_i64..5_000_000_000_000,
    ]
}

fn validity() -> impl Strategy<Value = Validity> {
    let ends = (proptest::option::of(bound()), bound(), proptest::option::of(bound()));
    (ends, proptest::option::of(bound()), 0_u8..4).prop_map(|((lo, a, b), c, exact)| {
        let time = Timestamp::from_micros;
        let (from_hi, lo) = (a.max(lo.unwrap_or(a)), lo.map(|lo| lo.min(a)));
        let to_hi = b.map(|b| from_hi.saturating_add(b.saturating_abs()));
        let to_lo = c.map(|c| from_hi.saturating_add(c.saturating_abs()));
        let to_lo = to_lo.map(|lo| to_hi.map_or(lo, |hi| lo.min(hi)));
        // Most sources tell exact times.
        let pinned = exact > 0;
        Validity {
            from_lo: if pinned { Some(time(from_hi)) } else { lo.map(time) },
            from_hi: time(from_hi),
            to_lo: if pinned { to_hi.map(time) } else { to_lo.map(time) },
            to_hi: to_hi.map(time),
        }
    })
}

fn version() -> impl Strategy<Value = Version> {
    let known = (0_u64..6, proptest::option::of(0_u64..4));
    // One entitlement is so popular that it has many blocks.
    let held = prop_oneof![3 => Just(0_u8), 1 => 1_u8..6];
    (0_u8..40, held, 0_u8..4, validity(), known).prop_map(|(p, e, via, validity, (from, after))| {
        let via = if via == 0 { String::new() } else { format!("team-{via}") };
        Version {
            names: [format!("person é{p}"), format!("right {e}"), via],
            validity,
            known: (Seq(from), after.map(|after| Seq(from + 1 + after))),
        }
    })
}

type Row = (String, Option<String>, Held, Validity);

fn order(rows: &mut [Row]) {
    rows.sort_by_key(|(name, via, _, v)| (name.clone(), via.clone(), *v));
}

fn naive(versions: &[Version], side: Side, key: &str, at: Timestamp, known_at: Seq) -> Vec<Row> {
    let (own, other) = if side == Side::Who { (1, 0) } else { (0, 1) };
    let mut rows: Vec<Row> = versions
        .iter()
        .filter(|v| v.names[own] == key)
        .filter(|v| v.known.0 <= known_at && v.known.1.is_none_or(|to| to > known_at))
        .map(|v| {
            let via = Some(v.names[2].clone()).filter(|via| !via.is_empty());
            (v.names[other].clone(), via, v.validity.held_at(at), v.validity)
        })
        .filter(|(_, _, held, _)| *held != Held::No)
        .collect();
    order(&mut rows);
    rows
}

fn asked(index: &Index, side: Side, key: &str, at: Timestamp, known_at: Seq) -> Vec<Row> {
    let found = index.ask(side, key, at, known_at).unwrap();
    let mut rows: Vec<Row> = found
        .into_iter()
        .map(|f| (f.name.to_owned(), f.via.map(str::to_owned), f.held, f.validity))
        .collect();
    assert!(rows.is_sorted_by_key(|row| row.0.clone()), "in order of names");
    order(&mut rows);
    rows
}

fn built(dir: &std::path::Path, versions: &[Version]) {
    let mut builder = Builder::default();
    for v in versions {
        let [p, e, via] = &v.names;
        builder.push([p, e, via], &v.validity, v.known);
    }
    builder.write(dir).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Bounds, what was known when, exact and uncertain ends, many blocks of one key.
    #[test]
    fn answers_are_those_of_every_version(
        versions in proptest::collection::vec(version(), 0..900),
        instants in proptest::collection::vec(bound(), 1..8),
        known_at in prop_oneof![Just(Seq::LATEST), (0_u64..10).prop_map(Seq)],
    ) {
        let dir = tempfile::tempdir().unwrap();
        built(dir.path(), &versions);
        let index = Index::open(dir.path()).unwrap();
        prop_assert_eq!(index.versions, versions.len() as u64);
        for at in instants.into_iter().map(Timestamp::from_micros) {
            for key in (0..7).map(|e| format!("right {e}")) {
                let expected = naive(&versions, Side::Who, &key, at, known_at);
                prop_assert_eq!(asked(&index, Side::Who, &key, at, known_at), expected);
            }
            for key in (0..5).map(|p| format!("person é{p}")) {
                let expected = naive(&versions, Side::What, &key, at, known_at);
                prop_assert_eq!(asked(&index, Side::What, &key, at, known_at), expected);
            }
        }
    }

    /// A damaged index gives an error or another answer, never a panic.
    #[test]
    fn damage_is_no_panic(
        versions in proptest::collection::vec(version(), 1..60),
        file in 0_usize..6,
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<bool>(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        built(dir.path(), &versions);
        let mut paths: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().path()).collect();
        paths.sort();
        let path = &paths[file];
        let mut bytes = fs::read(path).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if cut {
            bytes.truncate(at);
        }
        fs::write(path, bytes).unwrap();
        if let Ok(index) = Index::open(dir.path()) {
            for e in 0..6 {
                let _either = index.ask(Side::Who, &format!("right {e}"), Timestamp::from_seconds(9), Seq::LATEST);
            }
        }
    }

    /// The order in which versions come does not matter to the answers, and the same order gives the
    /// same bytes.
    #[test]
    fn the_same_bytes(versions in proptest::collection::vec(version(), 0..100)) {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        built(one.path(), &versions);
        let backwards: Vec<_> = versions.iter().rev().cloned().collect();
        built(two.path(), &backwards);
        prop_assert_eq!(crate::support::files(one.path()), crate::support::files(two.path()));
    }
}
