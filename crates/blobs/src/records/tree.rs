//! The tree over an artifact's records, hashed several records at a time.

use std::cell::Cell;

use tenure_hash::{Batch, Hash};
use tenure_ledger::merkle::TreeBuilder;
use tenure_model::Digest;

use super::{RecordSalts, record_commitment};

/// So many records are hashed together, fewer at an artifact's end …
const TOGETHER: usize = 32;
/// … or fewer when they take so many bytes: what waits should stay in the processor's cache.
const WAITING: usize = 128 * 1024;
/// Longer records do not wait: there is nothing to gain, and much to copy.
const LONG: usize = 32 * 1024;

/// What stands before a record in what is hashed, until its salt is known.
const HEAD: [u8; 17] = [0; 17];

/// The tree over an artifact's records, growing in record order in bounded memory.
#[derive(Clone, Debug)]
pub struct RecordTree {
    salts: RecordSalts,
    /// Over the records that do not wait any more.
    tree: TreeBuilder,
    memory: Memory,
}

/// What a tree is built in.
#[derive(Clone, Debug, Default)]
struct Memory {
    waiting: Batch,
    scratch: Batch,
    hashes: Vec<Hash>,
    nodes: Vec<Hash>,
}

thread_local! {
    /// What the last tree of this thread was built in: an artifact often has a few records only,
    /// and fresh memory for each costs more than hashing them.
    static SPARE: Cell<Option<Memory>> = const { Cell::new(None) };
}

impl RecordTree {
    /// An empty tree for an artifact whose records have these salts.
    #[must_use]
    pub fn new(salts: RecordSalts) -> Self {
        let memory = SPARE.take().unwrap_or_default();
        Self { salts, tree: TreeBuilder::new(), memory }
    }

    /// The salts of the artifact's records.
    #[must_use]
    pub const fn salts(&self) -> &RecordSalts {
        &self.salts
    }

    /// Adds the next record.
    pub fn push(&mut self, record: &[u8]) {
        if record.len() > LONG {
            self.commit();
            let salt = self.salts.salt(self.tree.size());
            self.tree.push(record_commitment(&salt, record));
            return;
        }
        let waiting = &mut self.memory.waiting;
        waiting.push(&[&HEAD, record]);
        if waiting.len() >= TOGETHER || waiting.bytes() >= WAITING {
            self.commit();
        }
    }

    /// How many records it holds.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.tree.size() + self.memory.waiting.len() as u64
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The root; of the empty tree it is the SHA-256 of nothing.
    #[must_use]
    pub fn root(mut self) -> Digest {
        self.commit();
        SPARE.set(Some(self.memory));
        Digest(self.tree.root())
    }

    /// Takes the records that wait into the tree.
    fn commit(&mut self) {
        let numbers = self.tree.size()..self.len();
        let Memory { waiting, scratch, hashes, nodes } = &mut self.memory;
        for (number, salt) in self.salts.each(numbers, scratch, hashes).enumerate() {
            waiting.message_mut(number)[1..HEAD.len()].copy_from_slice(&salt);
        }
        hashes.clear();
        waiting.finish(hashes);
        let mut leaves = hashes.as_slice();
        while let Some(most) = leaves.len().checked_ilog2() {
            let level = self.tree.size().trailing_zeros().min(most);
            let (subtree, rest) = leaves.split_at(1 << level);
            let root = subtree_root(subtree, scratch, nodes);
            self.tree.push_subtree(level, root);
            leaves = rest;
        }
    }
}

/// The root over leaves whose number is a power of two, level by level (RFC 6962, section 2.1).
fn subtree_root(leaves: &[Hash], batch: &mut Batch, nodes: &mut Vec<Hash>) -> Hash {
    nodes.clear();
    nodes.extend_from_slice(leaves);
    while nodes.len() > 1 {
        let (pairs, _) = nodes.as_chunks::<2>();
        pairs.iter().for_each(|[left, right]| batch.push(&[&[1], left, right]));
        nodes.clear();
        batch.finish(nodes);
    }
    nodes[0]
}
