//! Messages that wait to be hashed together.

use crate::Hash;
use crate::lanes::{self, BLOCK, Job, START};

/// Messages that are hashed together, each by itself, in the order in which they were added.
///
/// The bytes of a message are copied, which costs a twentieth of hashing them: so the batch may
/// outlive them, and the rounds run over whole blocks.
#[derive(Clone, Default)]
pub struct Batch {
    /// The messages, padded: a whole number of blocks each.
    bytes: Vec<u8>,
    jobs: Vec<Job>,
    /// Where each message ends, without its padding.
    ends: Vec<usize>,
}

/// The state after some whole blocks, with which messages can begin.
#[derive(Clone, Copy)]
pub(crate) struct Begun {
    pub(crate) state: [u32; 8],
    pub(crate) blocks: u64,
}

impl Batch {
    /// An empty batch. It keeps its memory when it is emptied.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a message, given in parts.
    pub fn push(&mut self, parts: &[&[u8]]) {
        self.push_after(Begun { state: START, blocks: 0 }, parts);
    }

    pub(crate) fn push_after(&mut self, begun: Begun, parts: &[&[u8]]) {
        let first = self.bytes.len();
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
        let end = self.bytes.len();
        let bits = (begun.blocks * BLOCK as u64 + (end - first) as u64) * 8;
        // FIPS 180-4, section 5.1.1: a one, zeros, and the length in bits.
        self.bytes.push(0x80);
        self.bytes.resize((end + 9).next_multiple_of(BLOCK) - 8, 0);
        self.bytes.extend_from_slice(&bits.to_be_bytes());
        let blocks = first / BLOCK..self.bytes.len() / BLOCK;
        self.jobs.push(Job { state: begun.state, blocks });
        self.ends.push(end);
    }

    /// The bytes of a message that waits, by its number from 0: a part that was not known yet can
    /// be filled in.
    ///
    /// # Panics
    /// When no such message waits, as indexing would.
    pub fn message_mut(&mut self, number: usize) -> &mut [u8] {
        &mut self.bytes[self.jobs[number].blocks.start * BLOCK..self.ends[number]]
    }

    /// How many messages wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.jobs.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// How many bytes of memory the waiting messages take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Appends the hash of each message that waits, and empties the batch.
    pub fn finish(&mut self, hashes: &mut Vec<Hash>) {
        let (blocks, rest) = self.bytes.as_chunks();
        debug_assert!(rest.is_empty(), "messages are padded");
        lanes::compress(|_| blocks, &mut self.jobs);
        hashes.extend(self.jobs.drain(..).map(|job| bytes_of(job.state)));
        self.bytes.clear();
        self.ends.clear();
    }
}

/// The hashes of messages, in their order. They stay where they are: only the end of each is copied.
#[must_use]
pub fn hashes(messages: &[&[u8]]) -> Vec<Hash> {
    let whole = |number: usize| messages[number].as_chunks::<BLOCK>();
    let job = |number| Job { state: START, blocks: 0..whole(number).0.len() };
    let mut jobs: Vec<Job> = (0..messages.len()).map(job).collect();
    lanes::compress(|number| whole(number).0, &mut jobs);
    let mut ends = Batch::new();
    for (number, Job { state, .. }) in jobs.into_iter().enumerate() {
        let (blocks, end) = whole(number);
        ends.push_after(Begun { state, blocks: blocks.len() as u64 }, &[end]);
    }
    let mut hashes = Vec::with_capacity(messages.len());
    ends.finish(&mut hashes);
    hashes
}

fn bytes_of(state: [u32; 8]) -> Hash {
    let mut hash = [0; 32];
    for (bytes, word) in hash.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    hash
}

impl std::fmt::Debug for Batch {
    // What waits may be secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch").field("messages", &self.len()).finish_non_exhaustive()
    }
}
