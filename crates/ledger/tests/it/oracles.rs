//! The same inputs through independent implementations: `signed_note` and `tlog_tiles` (azul),
//! `ct-merkle`.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use proptest::prelude::*;
use sha2::Sha256;
use signed_note::{StandardVerifier, VerifierList};
use tenure_ledger::merkle::{
    Hash, consistency_proof_in, inclusion_proof_in, leaf_hash, root_of, verify_consistency,
    verify_inclusion,
};
use tenure_ledger::{Checkpoint, KeyType, SignedCheckpoint, SigningKey};
use tlog_tiles::HashReader;

use crate::support::leaves;

type Theirs = MemoryBackedTree<Sha256, Vec<u8>>;

fn ct_tree(size: usize) -> Theirs {
    let mut tree = Theirs::new();
    (0..size).for_each(|index| tree.push(index.to_string().into_bytes()));
    tree
}

/// All stored hashes of a log, in the order of `tlog_tiles`.
struct Stored(Vec<tlog_tiles::Hash>);

impl Stored {
    fn new(size: u64) -> Self {
        let mut stored = Self(Vec::new());
        for index in 0..size {
            let more = tlog_tiles::stored_hashes(index, index.to_string().as_bytes(), &stored);
            stored.0.extend(more.expect("earlier hashes are stored"));
        }
        stored
    }
}

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        let read = |index: &u64| self.0.get(usize::try_from(*index).expect("small")).copied();
        indexes.iter().map(read).collect::<Option<_>>().ok_or(tlog_tiles::Error::IndexesNotInTree)
    }
}

fn plain(hashes: &[tlog_tiles::Hash]) -> Vec<Hash> {
    hashes.iter().map(|hash| hash.0).collect()
}

#[test]
fn roots_and_proofs_equal_ct_merkle() {
    for size in 1..=48_usize {
        let (ours, theirs) = (leaves(size), ct_tree(size));
        assert_eq!(root_of(&ours)[..], theirs.root().as_bytes()[..], "size {size}");
        for index in 0..size {
            let proof = inclusion_proof_in(&ours, index);
            assert_eq!(proof.concat(), theirs.prove_inclusion(index).as_bytes());
        }
        for old in 1..=size {
            let theirs = theirs.prove_consistency(size - old);
            assert_eq!(consistency_proof_in(&ours, old).concat(), theirs.as_bytes(), "{old}");
        }
    }
}

#[test]
fn roots_and_proofs_equal_tlog_tiles() {
    for size in 1..=48_u64 {
        let (ours, theirs) = (leaves(size as usize), Stored::new(size));
        let root = tlog_tiles::tree_hash(size, &theirs).expect("a root");
        assert_eq!(root_of(&ours), root.0, "size {size}");
        for index in 0..size {
            let proof = tlog_tiles::prove_record(size, index, &theirs).expect("a proof");
            assert_eq!(inclusion_proof_in(&ours, index as usize), plain(&proof));
        }
        for old in 1..=size {
            let proof = tlog_tiles::prove_tree(size, old, &theirs).expect("a proof");
            assert_eq!(consistency_proof_in(&ours, old as usize), plain(&proof), "{old}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Valid and damaged proofs alike: all three verifiers give the same answer.
    #[test]
    fn inclusion_verdicts_agree(
        size in 1_usize..400,
        pick in any::<prop::sample::Index>(),
        claimed in any::<prop::sample::Index>(),
        damage in prop::option::of((any::<prop::sample::Index>(), 1_u8..)),
    ) {
        let tree = leaves(size);
        let (index, claimed) = (pick.index(size), claimed.index(size));
        let claimed = if damage.is_some() { claimed } else { index };
        let mut proof = inclusion_proof_in(&tree, index);
        if let Some((place, mask)) = damage.filter(|_| !proof.is_empty()) {
            let byte = place.index(proof.len() * 32);
            proof[byte / 32][byte % 32] ^= mask;
        }
        let entry = claimed.to_string().into_bytes();
        let (leaf, root) = (leaf_hash(&entry), root_of(&tree));
        let (at, size) = (claimed as u64, size as u64);
        let ours = verify_inclusion(&leaf, at, size, &proof, &root).is_ok();
        let theirs = RootHash::<Sha256>::new(root.into(), size)
            .verify_inclusion(&entry, at, &InclusionProof::from_bytes(proof.concat()));
        prop_assert_eq!(ours, theirs.is_ok());
        let azul: Vec<_> = proof.iter().map(|hash| tlog_tiles::Hash(*hash)).collect();
        let azul = tlog_tiles::check_record(
            &azul, size, tlog_tiles::Hash(root), at, tlog_tiles::Hash(leaf));
        prop_assert_eq!(ours, azul.is_ok());
    }

    #[test]
    fn consistency_verdicts_agree(
        size in 1_usize..400,
        pick in any::<prop::sample::Index>(),
        damage in prop::option::of((any::<prop::sample::Index>(), 1_u8..)),
    ) {
        let tree = leaves(size);
        let old = pick.index(size) + 1;
        let mut proof = consistency_proof_in(&tree, old);
        if let Some((place, mask)) = damage.filter(|_| !proof.is_empty()) {
            let byte = place.index(proof.len() * 32);
            proof[byte / 32][byte % 32] ^= mask;
        }
        let (old_root, root) = (root_of(&tree[..old]), root_of(&tree));
        let (old, new) = (old as u64, size as u64);
        let ours = verify_consistency(old, new, &proof, &old_root, &root).is_ok();
        let read = ConsistencyProof::<Sha256>::try_from_bytes(proof.concat()).expect("whole hashes");
        let theirs = RootHash::<Sha256>::new(root.into(), new)
            .verify_consistency(&RootHash::new(old_root.into(), old), &read);
        prop_assert_eq!(ours, theirs.is_ok());
        let azul: Vec<_> = proof.iter().map(|hash| tlog_tiles::Hash(*hash)).collect();
        let azul = tlog_tiles::check_tree(
            &azul, new, tlog_tiles::Hash(root), old, tlog_tiles::Hash(old_root));
        prop_assert_eq!(ours, azul.is_ok());
    }

    #[test]
    fn signed_note_verifies_what_we_sign(seed in any::<[u8; 32]>(), size in any::<u64>()) {
        let (key, origin) = (SigningKey::from_seed(seed), "log.example/ß");
        let checkpoint =
            Checkpoint { origin: origin.to_owned(), size, root: seed, extensions: Vec::new() };
        let signed = checkpoint.sign(&key).expect("signed");
        let vkey = key.verifier(origin, KeyType::Ed25519).expect("a key").to_string();
        let bytes = signed.note.to_string().into_bytes();
        let trusted = StandardVerifier::new(&vkey).expect("they read our key");
        let known = VerifierList::new(vec![Box::new(trusted)]);
        let theirs = signed_note::Note::from_bytes(&bytes).expect("they read our note");
        let (verified, unknown) = theirs.verify(&known).expect("they verify our signature");
        prop_assert_eq!((verified.len(), unknown.len()), (1, 0));
        prop_assert_eq!(theirs.to_bytes(), bytes);
        let read = tlog_tiles::Checkpoint::from_bytes(theirs.text()).expect("a checkpoint");
        prop_assert_eq!((read.origin(), read.size(), read.hash().0), (origin, size, seed));
    }

    /// Whatever single byte of a note changes, both readers agree on whether it still verifies.
    #[test]
    fn verdicts_on_damaged_notes_agree(place in any::<prop::sample::Index>(), byte in 1_u8..128) {
        let key = SigningKey::from_seed([5; 32]);
        let vkey = key.verifier("a.example", KeyType::Ed25519).expect("a key");
        let note = key.sign_note("a.example", "some\n\ntext\n").expect("signed");
        let mut bytes = note.to_string().into_bytes();
        let place = place.index(bytes.len());
        bytes[place] ^= byte;
        let ours = tenure_ledger::Note::parse(&bytes)
            .is_ok_and(|note| note.verify([&vkey]).is_ok());
        let trusted = StandardVerifier::new(&vkey.to_string()).expect("they read our key");
        let known = VerifierList::new(vec![Box::new(trusted)]);
        let theirs = signed_note::Note::from_bytes(&bytes)
            .is_ok_and(|note| note.verify(&known).is_ok());
        prop_assert_eq!(ours, theirs);
        prop_assert!(!ours);
    }
}

#[test]
fn tessera_roots_are_ours() {
    let log = crate::support::vectors("tessera-testdata-log.json");
    let entries = log["entries"].as_array().expect("entries");
    let hashes: Vec<_> =
        entries.iter().map(|entry| leaf_hash(entry.as_str().expect("text").as_bytes())).collect();
    for (size, note) in log["checkpoints"].as_object().expect("checkpoints") {
        let signed = SignedCheckpoint::parse(note.as_str().expect("a note").as_bytes());
        let size: usize = size.parse().expect("a size");
        assert_eq!(signed.expect("a checkpoint").checkpoint.root, root_of(&hashes[..size]));
    }
}
