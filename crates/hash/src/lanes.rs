//! Runs the compression function over messages, several at a time where the processor can.

use std::ops::Range;

#[cfg(target_arch = "x86_64")]
mod sha_ni;
#[cfg(test)]
mod tests;

/// Bytes in a block.
pub(crate) const BLOCK: usize = 64;

/// FIPS 180-4, section 5.3.3.
pub(crate) const START: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// A message: its state so far, and which of the blocks are still to come.
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) state: [u32; 8],
    pub(crate) blocks: Range<usize>,
}

/// Runs every job to its end; `of` gives the blocks among which those of a job are, by its number.
pub(crate) fn compress<'b>(of: impl Fn(usize) -> &'b [[u8; BLOCK]], jobs: &mut [Job]) {
    #[cfg(target_arch = "x86_64")]
    if let Some(pair) = sha_ni::pair() {
        return paired(of, jobs, pair);
    }
    each(of, jobs);
}

/// One message after the other: the fallback.
fn each<'b>(of: impl Fn(usize) -> &'b [[u8; BLOCK]], jobs: &mut [Job]) {
    for (number, job) in jobs.iter_mut().enumerate() {
        one(&mut job.state, &of(number)[job.blocks.clone()]);
    }
}

/// One message, with whatever the processor has for that.
pub(crate) fn one(state: &mut [u32; 8], blocks: &[[u8; BLOCK]]) {
    sha2::block_api::compress256(state, blocks);
}

/// Compresses as many blocks of one message as of another.
type Pair = fn([&mut [u32; 8]; 2], [&[[u8; BLOCK]]; 2]);

/// Two messages at a time: where one ends, the next takes its place, so that only the very last
/// one may be left alone.
#[cfg(target_arch = "x86_64")]
fn paired<'b>(of: impl Fn(usize) -> &'b [[u8; BLOCK]], jobs: &mut [Job], pair: Pair) {
    let mut waiting = jobs.iter_mut().enumerate();
    let (mut left, mut right) = (waiting.next(), waiting.next());
    while let (Some((first, a)), Some((second, b))) = (&mut left, &mut right) {
        let n = a.blocks.len().min(b.blocks.len());
        let next = [&of(*first)[a.step(n)], &of(*second)[b.step(n)]];
        pair([&mut a.state, &mut b.state], next);
        if a.blocks.is_empty() {
            left = waiting.next();
        }
        if b.blocks.is_empty() {
            right = waiting.next();
        }
    }
    if let Some((number, last)) = left.or(right) {
        one(&mut last.state, &of(number)[last.blocks.clone()]);
    }
}

#[cfg(target_arch = "x86_64")]
impl Job {
    /// Takes the next blocks.
    fn step(&mut self, n: usize) -> Range<usize> {
        let start = self.blocks.start;
        self.blocks.start += n;
        start..start + n
    }
}
