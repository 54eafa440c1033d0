use proptest::prelude::*;
use sha2::{Digest as _, Sha256};
use tenure_blobs::{RecordKey, RecordTree, inclusion_proof, record_commitment, records_root};
use tenure_model::Digest;

fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// RFC 6962, section 2.1, word for word: split at the largest power of two below n.
fn root_by_definition(leaves: &[[u8; 32]]) -> [u8; 32] {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => *leaf,
        _ => {
            let mut k = 1;
            while k * 2 < leaves.len() {
                k *= 2;
            }
            node(&root_by_definition(&leaves[..k]), &root_by_definition(&leaves[k..]))
        }
    }
}

/// RFC 9162, section 2.1.3.2.
fn root_from_proof(leaf: [u8; 32], index: u64, size: u64, path: &[[u8; 32]]) -> Option<[u8; 32]> {
    let (mut f, mut s, mut r) = (index, size.checked_sub(1)?, leaf);
    for p in path {
        if s == 0 {
            return None;
        }
        if f & 1 == 1 || f == s {
            r = node(p, &r);
            while f & 1 == 0 && f != 0 {
                f >>= 1;
                s >>= 1;
            }
        } else {
            r = node(&r, p);
        }
        f >>= 1;
        s >>= 1;
    }
    (s == 0).then_some(r)
}

#[test]
fn the_empty_tree_is_the_hash_of_nothing() {
    let expected = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let tree = RecordTree::new(RecordKey::new([7; 32]).salts(&Digest([1; 32])));
    assert!(tree.is_empty());
    assert_eq!(tree.root().to_string(), expected);
    assert_eq!(records_root(&[]).to_string(), expected);
}

#[test]
fn a_commitment_is_a_leaf_over_salt_and_record() {
    let mut leaf = vec![0];
    leaf.extend([9; 16]);
    leaf.extend(b"record");
    assert_eq!(record_commitment(&[9; 16], b"record"), <[u8; 32]>::from(Sha256::digest(leaf)));
}

#[test]
fn salts_are_fixed_by_key_artifact_and_number() {
    // Worked out with Python's hmac: seed = HMAC(key, "tenure/record-salts/v1" || digest),
    // salt = HMAC(seed, index as u64 big endian)[:16], key = 32 * 07, digest = 32 * 01.
    let salts = RecordKey::new([7; 32]).salts(&Digest([1; 32]));
    assert_eq!(hex::encode(salts.salt(0)), "497f22778879665714e8291913a23ea5");
    assert_eq!(hex::encode(salts.salt(258)), "747e88c9e35e8e8b2ec83082f05e1ced");
    assert_ne!(RecordKey::new([7; 32]).salts(&Digest([2; 32])).salt(0), salts.salt(0));
    assert_ne!(RecordKey::new([8; 32]).salts(&Digest([1; 32])).salt(0), salts.salt(0));
}

#[test]
fn secrets_are_not_printed() {
    let key = RecordKey::new([7; 32]);
    assert_eq!(format!("{key:?}"), "RecordKey(****)");
    assert_eq!(format!("{:?}", key.salts(&Digest([1; 32]))), "RecordSalts(****)");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn streaming_is_the_definition_and_every_record_is_provable(
        records in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..70),
    ) {
        let salts = RecordKey::new([3; 32]).salts(&Digest([4; 32]));
        let mut tree = RecordTree::new(salts.clone());
        let mut commitments = Vec::new();
        for (index, record) in (0u64..).zip(&records) {
            tree.push(record);
            commitments.push(record_commitment(&salts.salt(index), record));
        }
        prop_assert_eq!(tree.len(), records.len() as u64);
        let root = root_by_definition(&commitments);
        prop_assert_eq!(records_root(&commitments), Digest(root));
        prop_assert_eq!(tree.root(), Digest(root));
        let size = commitments.len() as u64;
        for index in 0..size {
            let path = inclusion_proof(&commitments, index).unwrap();
            let leaf = commitments[usize::try_from(index).unwrap()];
            prop_assert_eq!(root_from_proof(leaf, index, size, &path), Some(root));
        }
        prop_assert_eq!(inclusion_proof(&commitments, size), None);
    }
}

/// Records that wait for one another, and such that are too long to wait, in any order.
#[test]
fn records_of_any_length_lie_in_their_order() {
    let salts = RecordKey::new([3; 32]).salts(&Digest([4; 32]));
    let lengths = [0, 70_000, 1_500, 32_768, 32_769, 20_000, 30_000, 30_000, 30_000, 1, 200_000, 7];
    for count in 0..150 {
        let records: Vec<Vec<u8>> = (0..count)
            .map(|i| {
                vec![i as u8; if count % 3 == 0 { lengths[i % lengths.len()] } else { i * 40 }]
            })
            .collect();
        let mut tree = RecordTree::new(salts.clone());
        let mut commitments = Vec::new();
        for (index, record) in (0u64..).zip(&records) {
            tree.push(record);
            commitments.push(record_commitment(&salts.salt(index), record));
            assert_eq!(tree.len(), index + 1);
        }
        assert_eq!(tree.root(), Digest(root_by_definition(&commitments)), "{count} records");
    }
}
