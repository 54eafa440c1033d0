//! The tree: hashing, roots, proofs and their verification (RFC 6962 §2.1, RFC 9162 §2.1).
//!
//! Nothing here reads a file. Proofs are made over a reader of full subtrees, so that the same
//! code serves tiles on disk and leaf hashes in memory.

use sha2::{Digest as _, Sha256};

/// A SHA-256 value: of a leaf, of an inner node, or a root.
pub type Hash = [u8; 32];

/// Why a proof was refused, or cannot be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ProofError {
    /// The index names no leaf of the tree.
    #[error("index {index} is outside a tree of size {size}")]
    IndexOutside {
        /// The index asked for.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// The two sizes cannot be those of a tree and its extension.
    #[error("a tree of size {old} is no earlier state of one of size {new}")]
    Sizes {
        /// The size said to be earlier.
        old: u64,
        /// The size said to be later.
        new: u64,
    },
    /// The proof has too few or too many hashes for these sizes.
    #[error("the proof's length does not fit the tree's shape")]
    Length,
    /// The proof leads to another root.
    #[error("the proof leads to another root")]
    Root,
}

/// `SHA-256(0x00 ‖ entry)` (RFC 6962 §2.1).
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0x00]);
    hasher.update(entry);
    hasher.finalize().into()
}

/// `SHA-256(0x01 ‖ left ‖ right)` (RFC 6962 §2.1).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    // One buffer, one update: this is the hottest function of a verification.
    let mut input = [0x01; 65];
    input[1..33].copy_from_slice(left);
    input[33..].copy_from_slice(right);
    Sha256::digest(input).into()
}

/// The root of the tree without leaves: `SHA-256("")` (RFC 6962 §2.1).
#[must_use]
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// Builds a root leaf by leaf, keeping one hash per set bit of the size.
#[derive(Clone, Debug, Default)]
pub struct TreeBuilder {
    size: u64,
    /// Roots of the full subtrees the size decomposes into, the largest first.
    peaks: Vec<Hash>,
}

impl TreeBuilder {
    /// The empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends one leaf.
    pub fn push(&mut self, leaf_hash: Hash) {
        self.push_subtree(0, leaf_hash);
    }

    /// Appends `2^level` leaves at once, by the root of the full subtree over them.
    ///
    /// # Panics
    /// When the size is no multiple of `2^level`: the subtree would be none of this tree's.
    pub fn push_subtree(&mut self, level: u32, root: Hash) {
        assert!(self.size.trailing_zeros() >= level, "a subtree begins at a multiple of its size");
        let mut hash = root;
        // Each trailing one bit of the size is a full subtree that now gets its right sibling.
        for _ in 0..(self.size >> level).trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1 << level;
    }

    /// Number of leaves so far.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root over the leaves so far.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return empty_root() };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }
}

/// Checks that `leaf` is entry `index` of the tree (RFC 9162 §2.1.3.2).
///
/// # Errors
/// When the index is outside, or the proof does not lead to `root`.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::IndexOutside { index, size });
    }
    let (mut node, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            skip_missing_siblings(&mut node, &mut last);
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(ProofError::Length);
    }
    if hash == *root { Ok(()) } else { Err(ProofError::Root) }
}

/// Checks that the tree of size `new` extends the one of size `old` (RFC 9162 §2.1.4.2).
///
/// `old` = 0 is refused: an empty tree proves nothing. A witness that must accept it says so with
/// [`verify_from_empty`].
///
/// # Errors
/// When the sizes do not fit, or the proof leads to another root.
pub fn verify_consistency(
    old: u64,
    new: u64,
    proof: &[Hash],
    old_root: &Hash,
    new_root: &Hash,
) -> Result<(), ProofError> {
    if old == 0 || old > new {
        return Err(ProofError::Sizes { old, new });
    }
    if old == new {
        return match (proof.is_empty(), old_root == new_root) {
            (true, true) => Ok(()),
            (false, _) => Err(ProofError::Length),
            (true, false) => Err(ProofError::Root),
        };
    }
    // When the old tree is one full subtree, its root is the first hash and is left out.
    let (first, rest) = if old.is_power_of_two() && !proof.is_empty() {
        (old_root, proof)
    } else {
        proof.split_first().ok_or(ProofError::Length)?
    };
    climb(old, new, first, rest, (old_root, new_root))
}

fn climb(
    old: u64,
    new: u64,
    first: &Hash,
    rest: &[Hash],
    roots: (&Hash, &Hash),
) -> Result<(), ProofError> {
    let (mut node, mut last) = (old - 1, new - 1);
    let below = node.trailing_ones();
    node >>= below;
    last >>= below;
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            skip_missing_siblings(&mut node, &mut last);
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(ProofError::Length);
    }
    if old_hash == *roots.0 && new_hash == *roots.1 { Ok(()) } else { Err(ProofError::Root) }
}

/// On the right edge a node may have no sibling for several levels; such levels have no hash.
fn skip_missing_siblings(node: &mut u64, last: &mut u64) {
    while *node & 1 == 0 && *node != 0 {
        *node >>= 1;
        *last >>= 1;
    }
}

/// The case that `tlog-witness` asks for and [`verify_consistency`] refuses: anything extends the
/// empty tree, with an empty proof; size 0 has one root only.
///
/// # Errors
/// When the proof is not empty, or a tree of size 0 has another root.
pub fn verify_from_empty(new: u64, proof: &[Hash], new_root: &Hash) -> Result<(), ProofError> {
    if !proof.is_empty() {
        return Err(ProofError::Length);
    }
    if new == 0 && *new_root != empty_root() {
        return Err(ProofError::Root);
    }
    Ok(())
}

/// The root of the first `size` leaves. `read(level, index)` gives the hash of the full subtree
/// over leaves `[index·2^level, (index+1)·2^level)`.
///
/// # Errors
/// Those of the reader.
pub fn root_with<E>(
    size: u64,
    mut read: impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Hash, E> {
    if size == 0 {
        return Ok(empty_root());
    }
    range_root(0, size, &mut read)
}

/// The hashes that prove leaf `index` of the first `size` leaves, leaf upward (RFC 9162 §2.1.3.1).
///
/// # Errors
/// When the index is outside, or the reader fails.
pub fn inclusion_proof<E: From<ProofError>>(
    index: u64,
    size: u64,
    mut read: impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    if index >= size {
        return Err(ProofError::IndexOutside { index, size }.into());
    }
    let mut proof = Vec::new();
    let (mut start, mut end) = (0, size);
    while end - start > 1 {
        let middle = start + split(end - start);
        let sibling = if index < middle { (middle, end) } else { (start, middle) };
        proof.push(range_root(sibling.0, sibling.1, &mut read)?);
        (start, end) = if index < middle { (start, middle) } else { (middle, end) };
    }
    proof.reverse();
    Ok(proof)
}

/// The hashes that prove the first `new` leaves to extend the first `old` (RFC 9162 §2.1.4.1).
///
/// # Errors
/// When `old` is 0 or above `new`, or the reader fails.
pub fn consistency_proof<E: From<ProofError>>(
    old: u64,
    new: u64,
    mut read: impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    if old == 0 || old > new {
        return Err(ProofError::Sizes { old, new }.into());
    }
    let mut proof = Vec::new();
    let (mut start, mut end) = (0, new);
    while end != old {
        let middle = start + split(end - start);
        let sibling = if old <= middle { (middle, end) } else { (start, middle) };
        proof.push(range_root(sibling.0, sibling.1, &mut read)?);
        (start, end) = if old <= middle { (start, middle) } else { (middle, end) };
    }
    // The verifier knows the old root: it is needed only when it is not the last subtree itself.
    if start != 0 {
        proof.push(range_root(start, end, &mut read)?);
    }
    proof.reverse();
    Ok(proof)
}

/// The largest power of two below `n`; `n` is at least 2.
const fn split(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}

/// `MTH(D[start:end])`. The start is always a multiple of the power of two that covers the range,
/// because ranges come from splitting `[0, size)`.
fn range_root<E>(
    start: u64,
    end: u64,
    read: &mut impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Hash, E> {
    let width = end - start;
    if width.is_power_of_two() {
        let level = width.trailing_zeros() as u8;
        return read(level, start >> level);
    }
    let middle = start + split(width);
    let left = range_root(start, middle, read)?;
    let right = range_root(middle, end, read)?;
    Ok(node_hash(&left, &right))
}

/// The root over leaf hashes in memory.
#[must_use]
pub fn root_of(leaf_hashes: &[Hash]) -> Hash {
    let mut tree = TreeBuilder::new();
    leaf_hashes.iter().for_each(|leaf| tree.push(*leaf));
    tree.root()
}

/// [`inclusion_proof`] over leaf hashes in memory.
///
/// # Panics
/// When `index` is outside the slice, as indexing it would.
#[must_use]
pub fn inclusion_proof_in(leaf_hashes: &[Hash], index: usize) -> Vec<Hash> {
    let read = |level, index| Ok::<_, ProofError>(subtree_in(leaf_hashes, level, index));
    inclusion_proof(index as u64, leaf_hashes.len() as u64, read)
        .expect("the index is inside the slice, as the contract says")
}

/// [`consistency_proof`] from the first `old` of some leaf hashes in memory to all of them.
///
/// # Panics
/// When `old` is 0 or beyond the slice.
#[must_use]
pub fn consistency_proof_in(leaf_hashes: &[Hash], old: usize) -> Vec<Hash> {
    let read = |level, index| Ok::<_, ProofError>(subtree_in(leaf_hashes, level, index));
    consistency_proof(old as u64, leaf_hashes.len() as u64, read)
        .expect("the old size is 1 to the slice's length, as the contract says")
}

fn subtree_in(leaf_hashes: &[Hash], level: u8, index: u64) -> Hash {
    let start = (index << level) as usize;
    root_of(&leaf_hashes[start..start + (1 << level)])
}
