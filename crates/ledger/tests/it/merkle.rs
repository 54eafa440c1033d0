use proptest::prelude::*;
use tenure_ledger::merkle::{
    Hash, ProofError, TreeBuilder, consistency_proof_in, empty_root, inclusion_proof_in, leaf_hash,
    node_hash, root_of, verify_consistency, verify_from_empty, verify_inclusion,
};

use crate::support::{hash, hex_hash, leaves, vectors};

#[test]
fn hasher_and_roots_match_the_known_answers() {
    let known = vectors("rfc6962-known-answers.json");
    let hasher = &known["hasher"];
    assert_eq!(empty_root(), hex_hash(&hasher["empty_root"]));
    assert_eq!(leaf_hash(b""), hex_hash(&hasher["leaf_of_empty"]));
    assert_eq!(leaf_hash(b"L123456"), hex_hash(&hasher["leaf_of_ascii_L123456"]));
    // The published node is over two short texts, which our typed function cannot take.
    let entries = known["classic_leaves_hex"].as_array().expect("leaves");
    let entries = entries.iter().map(|entry| hex::decode(entry.as_str().expect("text")));
    let hashes: Vec<Hash> = entries.map(|entry| leaf_hash(&entry.expect("hex"))).collect();
    for (size, root) in known["classic_roots_by_size"].as_object().expect("roots") {
        let size: usize = size.parse().expect("a size");
        assert_eq!(root_of(&hashes[..size]), hex_hash(root), "size {size}");
    }
    let mut tree = TreeBuilder::new();
    let roots = known["decimal_tree"]["roots_by_size"].as_object().expect("roots");
    let mut seen = 0;
    for index in 0..70_000_u64 {
        tree.push(leaf_hash(index.to_string().as_bytes()));
        if let Some(root) = roots.get(&tree.size().to_string()) {
            assert_eq!(tree.root(), hex_hash(root), "size {}", tree.size());
            seen += 1;
        }
    }
    assert_eq!(seen, roots.len());
}

#[test]
fn a_node_is_the_hash_of_a_prefix_and_two_children() {
    use sha2::Digest as _;
    let (left, right) = ([1; 32], [2; 32]);
    let input = [&[0x01][..], &left, &right].concat();
    assert_eq!(node_hash(&left, &right), <Hash>::from(sha2::Sha256::digest(input)));
}

#[test]
fn full_subtrees_may_be_appended_whole() {
    let hashes: Vec<Hash> = (0..200_u8).map(|index| leaf_hash(&[index])).collect();
    for first in 0..=64_usize {
        let mut tree = TreeBuilder::new();
        hashes[..first].iter().for_each(|hash| tree.push(*hash));
        let mut end = first;
        while end < hashes.len() {
            let most = end.trailing_zeros().min((hashes.len() - end).ilog2());
            let next = end + (1 << most);
            tree.push_subtree(most, root_of(&hashes[end..next]));
            end = next;
            assert_eq!(tree.size(), end as u64);
            assert_eq!(tree.root(), root_of(&hashes[..end]), "{first} leaves, then to {end}");
        }
    }
}

#[test]
#[should_panic(expected = "a subtree begins at a multiple of its size")]
fn a_subtree_in_the_wrong_place_is_refused() {
    let mut tree = TreeBuilder::new();
    tree.push(leaf_hash(b"one"));
    tree.push_subtree(1, leaf_hash(b"two"));
}

#[test]
fn inclusion_agrees_with_the_published_cases() {
    let file = vectors("merkle-inclusion.json");
    let cases = file["cases"].as_array().expect("cases");
    assert_eq!(cases.len(), 98);
    for case in cases {
        let wanted = !case["wantErr"].as_bool().expect("wantErr");
        let proof = proof(&case["proof"]);
        let verified = match (hash(&case["leafHash"]), hash(&case["root"]), proof) {
            (Some(leaf), Some(root), Some(proof)) => {
                let index = case["leafIdx"].as_u64().expect("leafIdx");
                let size = case["treeSize"].as_u64().expect("treeSize");
                verify_inclusion(&leaf, index, size, &proof, &root).is_ok()
            }
            // A hash without bytes cannot be expressed, so it is refused.
            _ => false,
        };
        assert_eq!(verified, wanted, "{}", case["file"]);
    }
}

#[test]
fn consistency_agrees_with_the_published_cases() {
    let file = vectors("merkle-consistency.json");
    let cases = file["cases"].as_array().expect("cases");
    assert_eq!(cases.len(), 98);
    for case in cases {
        let wanted = !case["wantErr"].as_bool().expect("wantErr");
        let verified = match (hash(&case["root1"]), hash(&case["root2"]), proof(&case["proof"])) {
            (Some(old_root), Some(new_root), Some(proof)) => {
                let old = case["size1"].as_u64().expect("size1");
                let new = case["size2"].as_u64().expect("size2");
                verify_consistency(old, new, &proof, &old_root, &new_root).is_ok()
            }
            _ => false,
        };
        assert_eq!(verified, wanted, "{}", case["file"]);
    }
}

fn proof(value: &serde_json::Value) -> Option<Vec<Hash>> {
    value.as_array().map_or_else(|| Some(Vec::new()), |hashes| hashes.iter().map(hash).collect())
}

#[test]
fn a_witness_accepts_anything_after_the_empty_tree() {
    let root = root_of(&leaves(3));
    assert_eq!(verify_from_empty(3, &[], &root), Ok(()));
    assert_eq!(verify_from_empty(0, &[], &empty_root()), Ok(()));
    assert_eq!(verify_from_empty(0, &[], &root), Err(ProofError::Root));
    assert_eq!(verify_from_empty(3, &[root], &root), Err(ProofError::Length));
    let refused = verify_consistency(0, 3, &[], &empty_root(), &root);
    assert_eq!(refused, Err(ProofError::Sizes { old: 0, new: 3 }));
}

#[test]
fn every_entry_of_every_small_tree_is_provable() {
    let all = leaves(70);
    for size in 1..=all.len() {
        let tree = &all[..size];
        let root = root_of(tree);
        for index in 0..size {
            let proof = inclusion_proof_in(tree, index);
            let verify = |index: usize| {
                verify_inclusion(&tree[index], index as u64, size as u64, &proof, &root)
            };
            assert_eq!(verify(index), Ok(()), "{index} of {size}");
            assert!(size == 1 || verify((index + 1) % size).is_err(), "{index} of {size}");
        }
        for old in 1..=size {
            let proof = consistency_proof_in(tree, old);
            let old_root = root_of(&tree[..old]);
            let (old, new) = (old as u64, size as u64);
            assert_eq!(verify_consistency(old, new, &proof, &old_root, &root), Ok(()));
            assert!(verify_consistency(old, new, &proof, &[0; 32], &root).is_err());
            assert!(verify_consistency(old, new, &proof, &old_root, &[0; 32]).is_err());
        }
    }
}

proptest! {
    #[test]
    fn changed_proofs_are_refused(
        size in 2_usize..600,
        pick in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        bit in 0_u8..8,
    ) {
        let tree = leaves(size);
        let (index, root) = (pick.index(size), root_of(&tree));
        let proof = inclusion_proof_in(&tree, index);
        let verify = |proof: &[Hash]| {
            verify_inclusion(&tree[index], index as u64, size as u64, proof, &root)
        };
        prop_assert_eq!(verify(&proof), Ok(()));
        let mut flipped = proof.clone();
        let byte = place.index(flipped.len() * 32);
        flipped[byte / 32][byte % 32] ^= 1 << bit;
        prop_assert_eq!(verify(&flipped), Err(ProofError::Root));
        prop_assert!(verify(&proof[1..]).is_err());
        let longer = [proof.as_slice(), &[root]].concat();
        prop_assert_eq!(verify(&longer), Err(ProofError::Length));
    }

    #[test]
    fn proofs_of_arbitrary_numbers_never_panic(
        numbers in any::<(u64, u64)>(),
        proof in prop::collection::vec(any::<Hash>(), 0..70),
    ) {
        let (first, second) = numbers;
        let zero = [0; 32];
        prop_assert!(verify_inclusion(&zero, first, second, &proof, &zero).is_err());
        let verified = verify_consistency(first, second, &proof, &zero, &zero);
        prop_assert_eq!(verified.is_ok(), first == second && first != 0 && proof.is_empty());
    }
}
