//! A pack of which any byte was changed never verifies, and nothing makes the verifier panic.

use std::sync::LazyLock;

use proptest::prelude::*;
use tenure_pack::{Files, Seal, assemble, seal};
use tenure_verify::container::Archive;
use tenure_verify::{Verdict, verify_pack};

use crate::fixture::Company;

static PACK: LazyLock<Vec<u8>> = LazyLock::new(|| Company::new(10).pack());

/// A whole pack, as small as one gets: no control, no record, no page.
fn tiny() -> Vec<u8> {
    let company = Company::with(4, |evaluated| evaluated.evaluation.controls.clear());
    let mut files = assemble(&company.input()).expect("files");
    files.retain(|name, _| !name.starts_with("records/") && name != "index.html");
    files.retain(|name, _| !name.starts_with("entries/") || name.starts_with("entries/9."));
    seal(files, &Seal::of(&company.input()).expect("a checkpoint"), &company.signer)
        .expect("a pack")
}

/// The container alone notices every changed byte, and nothing that comes after it can outweigh
/// that; so the signatures need not be checked again for each of them.
#[test]
fn every_byte_of_a_tiny_pack_counts() {
    let mut pack = tiny();
    assert!(verify_pack(&pack, None).ok());
    for at in 0..pack.len() {
        pack[at] ^= 0x01;
        let sound = Archive::open(&pack).is_ok_and(|archive| archive.first_difference().is_none());
        assert!(!sound, "byte {at}");
        if at % 29 == 0 {
            assert_eq!(verify_pack(&pack, None).exit_code(), 20, "byte {at}");
        }
        pack[at] ^= 0x01;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_flipped_byte_anywhere_fails(at in any::<prop::sample::Index>(), with in 1u8..) {
        let mut pack = PACK.clone();
        let at = at.index(pack.len());
        pack[at] ^= with;
        prop_assert_eq!(verify_pack(&pack, None).verdict, Verdict::Mismatch);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_cut_or_longer_pack_fails(at in any::<prop::sample::Index>(), more in proptest::collection::vec(any::<u8>(), 1..9)) {
        let cut = &PACK[..at.index(PACK.len())];
        prop_assert_eq!(verify_pack(cut, None).verdict, Verdict::Mismatch);
        prop_assert_eq!(verify_pack(&[PACK.as_slice(), &more].concat(), None).verdict, Verdict::Mismatch);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in any::<Vec<u8>>()) {
        prop_assert_eq!(verify_pack(&bytes, None).verdict, Verdict::Mismatch);
    }

    /// Parsers of every file meet bytes that the right key has signed.
    #[test]
    fn arbitrary_content_never_panics(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        with in proptest::collection::vec(any::<u8>(), 0..12),
    ) {
        let mut files = FILES.0.clone();
        let name = files.keys().nth(which.index(files.len())).expect("a file").clone();
        let content = files.get_mut(&name).expect("it");
        let at = at.index(content.len() + 1);
        let end = (at + with.len() / 2).min(content.len());
        content.splice(at..end, with);
        let pack = seal(files, &FILES.1, &tenure_ledger::SigningKey::from_seed([7; 32])).expect("a pack");
        let _ = verify_pack(&pack, None);
    }
}

static FILES: LazyLock<(Files, Seal)> = LazyLock::new(|| {
    let company = Company::new(6);
    (assemble(&company.input()).expect("files"), Seal::of(&company.input()).expect("a checkpoint"))
});
