//! A state that is whole by its checksum may say anything.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::snapshots::out;

/// A state of some days.
fn saved(dir: &Path) -> Vec<u8> {
    let mut kept = Kept::default();
    for (day, holders) in [(20_000, 0..9), (20_001, 3..12), (20_005, 2..7)] {
        let line = |n: u32| format!("{{\"principal\":\"p{n}\",\"entitlement\":\"e{}\"}}\n", n % 3);
        kept.course.take(day, holders.map(line).collect::<String>().into_bytes());
        kept.taken.push(Listing { name: format!("{day}.jsonl"), day, bytes: 9, tail: 9 });
    }
    kept.live_of = kept.taken.last().map(|listing| listing.name.clone());
    save(&kept, &InOrder::of(&kept.course.grants), dir).unwrap();
    fs::read(dir.join(FILE)).unwrap()
}

/// The state with other sections, and with the checksum that they have.
fn sealed(state: &[u8], change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let end = memchr::memchr(b'\n', state).unwrap();
    let mut head: Value = serde_json::from_slice(&state[..end]).unwrap();
    let mut sections = state[end + 1..].to_vec();
    change(&mut sections);
    let mut crc = Crc::new();
    crc.update(&sections);
    head["checksum"] = crc.sum().into();
    [head.to_string().as_bytes(), b"\n", &sections].concat()
}

#[test]
fn what_is_saved_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let state = saved(dir.path());
    let kept = whole(&state).unwrap();
    // Twelve holders, one of them twice.
    assert_eq!(kept.course.stretches().count(), 13);
    save(&kept, &InOrder::of(&kept.course.grants), dir.path()).unwrap();
    assert_eq!(fs::read(dir.path().join(FILE)).unwrap(), state);
}

#[test]
fn a_listing_that_was_not_taken_is_no_last_one() {
    let dir = tempfile::tempdir().unwrap();
    let state = String::from_utf8_lossy(&saved(dir.path())).into_owned();
    let other = state.replace("\"live_of\":\"20005", "\"live_of\":\"20006");
    assert_ne!(state, other);
    assert!(whole(other.as_bytes()).is_none());
}

proptest! {
    /// It is refused, or goes on like any other.
    #[test]
    fn any_sections(edits in proptest::collection::vec(
        (any::<prop::sample::Index>(), prop_oneof![0..4_u8, any::<u8>()]), 1..4,
    )) {
        let dir = tempfile::tempdir().unwrap();
        let state = sealed(&saved(dir.path()), |sections| {
            for (at, byte) in edits {
                let at = at.index(sections.len());
                sections[at] = byte;
            }
        });
        if let Some(mut kept) = whole(&state) {
            let line = b"{\"principal\":\"p33\",\"entitlement\":\"e0\"}\n";
            kept.course.take(20_009, line.to_vec());
            let history = InOrder::of(&kept.course.grants);
            let rows = out::write(&history, &dir.path().join("out.parquet")).unwrap();
            prop_assert_eq!(rows, history.count());
            prop_assert_eq!(rows, history.stretches().count());
        }
    }
}
