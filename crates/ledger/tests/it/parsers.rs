//! Every parser of untrusted bytes: arbitrary input gives an answer, never a panic, and what is
//! accepted is written back as the same bytes.

use proptest::prelude::*;
use tenure_ledger::tiles::{TilePath, decode_bundle, push_entry};
use tenure_ledger::{
    Checkpoint, Entry, KeyType, Note, Policy, SignedCheckpoint, SigningKey, TlogProof, VerifierKey,
};

use crate::support::{ORIGIN, key, new_entry};

/// Valid input with some bytes replaced, removed or repeated; sometimes plain noise.
fn mangled(valid: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let edit = (any::<prop::sample::Index>(), any::<u8>(), 0_u8..4);
    let edits = prop::collection::vec(edit, 0..5).prop_map(move |edits| {
        let mut bytes = valid.clone();
        for (place, byte, what) in edits {
            let place = place.index(bytes.len().max(1));
            match what {
                _ if bytes.is_empty() => bytes.push(byte),
                0 => bytes[place] = byte,
                1 => drop(bytes.remove(place)),
                2 => bytes.insert(place, b"\n +0=x\xff\0"[usize::from(byte % 8)]),
                _ => bytes.extend_from_within(place..),
            }
        }
        bytes
    });
    prop_oneof![4 => edits, 1 => prop::collection::vec(any::<u8>(), 0..200)]
}

fn checkpoint() -> SignedCheckpoint {
    let checkpoint =
        Checkpoint { origin: ORIGIN.to_owned(), size: 10, root: [6; 32], extensions: Vec::new() };
    checkpoint.sign(&key()).expect("signed")
}

fn proof() -> TlogProof {
    let hashes = vec![[1; 32], [2; 32]];
    TlogProof { extra: Some(vec![1, 2]), index: 9, hashes, checkpoint: checkpoint() }
}

fn policy() -> String {
    let log = key().verifier(ORIGIN, KeyType::Ed25519).expect("a key");
    let witness = key().verifier("w", KeyType::Cosignature).expect("a key");
    format!("log {log}\nwitness w {witness} url\ngroup g 1 w\nquorum g\n")
}

fn bundle() -> Vec<u8> {
    let mut bundle = Vec::new();
    for entry in [&b"one"[..], b"", b"three"] {
        push_entry(&mut bundle, entry).expect("short");
    }
    bundle
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn notes(bytes in mangled(checkpoint().note.to_string().into_bytes())) {
        if let Ok(note) = Note::parse(&bytes) {
            prop_assert_eq!(note.to_string().into_bytes(), bytes.clone());
            let log = key().verifier(ORIGIN, KeyType::Ed25519).expect("a key");
            let verified = note.verify([&log]).is_ok();
            prop_assert!(!verified || note.text() == checkpoint().note.text());
        }
        if let Ok(signed) = SignedCheckpoint::parse(&bytes) {
            prop_assert_eq!(signed.checkpoint.to_string(), signed.note.text());
        }
    }

    #[test]
    fn proofs(bytes in mangled(proof().to_string().into_bytes())) {
        if let Ok(read) = TlogProof::parse(&bytes) {
            prop_assert_eq!(read.to_string().into_bytes(), bytes);
        }
    }

    #[test]
    fn policies(bytes in mangled(policy().into_bytes())) {
        if let Ok(policy) = Policy::parse(&bytes) {
            let _either = policy.evaluate(&checkpoint());
        }
    }

    #[test]
    fn tile_paths(bytes in mangled(b"tile/15/x123/x456/789.p/41".to_vec())) {
        let text = String::from_utf8_lossy(&bytes);
        if let Ok(path) = text.parse::<TilePath>() {
            prop_assert_eq!(path.to_string(), text);
        }
    }

    #[test]
    fn bundles(bytes in mangled(bundle()), width in 0_u16..5) {
        if let Ok(entries) = decode_bundle(&bytes, width) {
            let mut again = Vec::new();
            for entry in &entries {
                push_entry(&mut again, entry).expect("short");
            }
            prop_assert_eq!(entries.len(), usize::from(width));
            prop_assert_eq!(again, bytes);
        }
    }

    #[test]
    fn entries(bytes in mangled(Entry::from(new_entry("s", 1)).to_bytes().expect("an entry"))) {
        if let Ok(entry) = Entry::from_bytes(&bytes) {
            prop_assert_eq!(entry.to_bytes().expect("an entry"), bytes);
        }
    }

    #[test]
    fn keys(
        public in mangled(key().verifier("a", KeyType::Ed25519).expect("a key").to_string().into_bytes()),
        private in mangled(key().to_text().into_bytes()),
    ) {
        let text = String::from_utf8_lossy(&public);
        if let Ok(read) = text.parse::<VerifierKey>() {
            prop_assert_eq!(read.to_string(), text);
        }
        let text = String::from_utf8_lossy(&private);
        if let Ok(read) = SigningKey::from_text(&text) {
            prop_assert_eq!(read.to_text(), format!("{}\n", text.trim_ascii_end()));
        }
    }
}

#[test]
fn the_unmangled_inputs_are_valid() {
    assert_eq!(TlogProof::parse(proof().to_string().as_bytes()), Ok(proof()));
    assert!(Policy::parse(policy().as_bytes()).is_ok());
    assert!(decode_bundle(&bundle(), 3).is_ok());
    let short = TlogProof { extra: None, hashes: Vec::new(), ..proof() };
    assert_eq!(TlogProof::parse(short.to_string().as_bytes()), Ok(short));
}
