//! The container, with the `zip` crate as a second reader.

use std::io::Read as _;

use proptest::prelude::*;
use tenure_verify::container::{Archive, ContainerError, check_name, encode, encoded_len};

use crate::fixture::Company;

fn encoded(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    encode(files.iter().copied(), &mut out).expect("memory");
    out
}

const SMALL: [(&str, &[u8]); 3] = [("a", b"first"), ("b/c.txt", b""), ("d", b"\x00\xff third")];

#[test]
fn another_reader_finds_the_same_files() {
    let pack = Company::new(10).pack();
    let archive = Archive::open(&pack).expect("a container");
    let mut other = zip::ZipArchive::new(std::io::Cursor::new(&pack)).expect("a ZIP file");
    assert_eq!(other.len(), archive.files().len());
    for (at, (name, content)) in archive.files().enumerate() {
        let mut file = other.by_index(at).expect("a file");
        assert_eq!(file.name().expect("UTF-8"), name);
        assert_eq!(file.compression(), zip::CompressionMethod::Stored);
        let mut read = Vec::new();
        // The other reader checks the CRC-32 as well.
        file.read_to_end(&mut read).expect("its content");
        assert_eq!(read, content);
    }
}

#[test]
fn what_is_written_is_read() {
    let bytes = encoded(&SMALL);
    let lengths = SMALL.iter().map(|(name, content)| (*name, content.len() as u64));
    assert_eq!(encoded_len(lengths), Ok(bytes.len() as u64));
    let archive = Archive::open(&bytes).expect("a container");
    assert_eq!(archive.files().collect::<Vec<_>>(), SMALL);
    assert_eq!(archive.first_difference(), None);
    assert_eq!(archive.get("d"), Some(SMALL[2].1));
    assert_eq!(archive.get("e"), None);
    assert_eq!(archive.under("b/").count(), 1);
}

#[test]
fn every_bit_counts() {
    let bytes = encoded(&SMALL);
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let sound =
            Archive::open(&changed).is_ok_and(|archive| archive.first_difference().is_none());
        // A flip in content is a different, equally sound container only if its CRC-32 agreed.
        assert!(!sound, "bit {bit}");
    }
}

#[test]
fn nothing_is_appended_cut_or_put_in_between() {
    let bytes = encoded(&SMALL);
    let sound = |bytes: &[u8]| {
        Archive::open(bytes).is_ok_and(|archive| archive.first_difference().is_none())
    };
    for length in 0..bytes.len() {
        assert!(!sound(&bytes[..length]), "cut to {length}");
    }
    for at in 0..=bytes.len() {
        let mut longer = bytes.clone();
        longer.insert(at, 0);
        assert!(!sound(&longer), "a byte more at {at}");
    }
    // A second container in front: every unzip program would show the last one only.
    assert!(!sound(&[encoded(&[("x", b"hidden")]), bytes].concat()));
}

#[test]
fn order_and_names_are_strict() {
    let refused = |files: &[(&str, &[u8])]| Archive::open(&encoded(files)).expect_err("refused");
    assert!(matches!(refused(&[("b", b""), ("a", b"")]), ContainerError::Order(_)));
    assert!(matches!(refused(&[("a", b"1"), ("a", b"2")]), ContainerError::Order(_)));
    let long = "x".repeat(256);
    for name in
        ["../x", "/etc/passwd", "a/../../b", "a//b", "a/", "./a", "a\\b", "ä", "a b", "a\0b", &long]
    {
        assert!(check_name(name).is_err(), "{name}");
        assert!(matches!(refused(&[(name, b"")]), ContainerError::Name { .. }), "{name}");
    }
}

#[test]
fn limits_are_said_before_anything_is_written() {
    let huge = [("a", u64::from(u32::MAX))].into_iter();
    assert!(matches!(encoded_len(huge), Err(ContainerError::TooLarge { .. })));
    let names: Vec<_> = (0..65_535).map(|n| format!("{n:05}")).collect();
    let many = names.iter().map(|name| (name.as_str(), 0));
    assert!(matches!(encoded_len(many), Err(ContainerError::TooLarge { .. })));
}

#[test]
fn compressed_entries_are_refused() {
    let mut bytes = encoded(&SMALL);
    bytes[8] = 8;
    let archive = Archive::open(&bytes).expect("found all the same");
    assert_eq!(archive.first_difference(), Some(8));
}

proptest! {
    #[test]
    fn any_files_round_trip(files in proptest::collection::btree_map("[a-z]{1,8}(/[a-z0-9.]{1,6}x)?", any::<Vec<u8>>(), 0..8)) {
        let list: Vec<_> = files.iter().map(|(name, content)| (name.as_str(), content.as_slice())).collect();
        let bytes = encoded(&list);
        let archive = Archive::open(&bytes).expect("a container");
        prop_assert_eq!(archive.first_difference(), None);
        prop_assert_eq!(archive.files().collect::<Vec<_>>(), list);
    }

    #[test]
    fn arbitrary_bytes_are_never_sound(bytes in any::<Vec<u8>>()) {
        prop_assert!(Archive::open(&bytes).is_err());
    }

    #[test]
    fn a_damaged_directory_never_panics(at in 0usize..400, with in any::<[u8; 4]>()) {
        let mut bytes = encoded(&SMALL);
        let at = at % (bytes.len() - 4);
        bytes[at..at + 4].copy_from_slice(&with);
        let _ = Archive::open(&bytes).map(|archive| archive.first_difference());
    }
}
