//! Writes a git bundle: objects in a pack, newer versions of a file as differences to older ones.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use gix::ObjectId;
use gix::objs::Kind;

/// Differences to differences are not stacked higher than this.
const MAX_CHAIN: u32 = 40;
/// Shorter equal runs are not worth a copy instruction.
const MIN_COPY: usize = 8;

/// A pack in the making.
#[derive(Default)]
pub(super) struct Pack {
    bytes: Vec<u8>,
    count: u32,
    /// Where each object is, what it is, and how many differences it rests on.
    entries: HashMap<ObjectId, Entry>,
}

struct Entry {
    offset: usize,
    chain: u32,
    kind: Kind,
    data: Vec<u8>,
}

impl Pack {
    /// Adds an object, perhaps as the difference to an older one; gives its id.
    pub(super) fn add(
        &mut self,
        kind: Kind,
        data: Vec<u8>,
        like: Option<ObjectId>,
    ) -> Result<ObjectId> {
        let id = gix::objs::compute_hash(gix::hash::Kind::Sha1, kind, &data)
            .map_err(|error| anyhow::anyhow!("cannot hash an object: {error}"))?;
        if self.entries.contains_key(&id) {
            return Ok(id);
        }
        // 12 bytes of pack header come before.
        let offset = self.bytes.len() + 12;
        let base = like
            .and_then(|id| self.entries.get(&id))
            .filter(|e| e.kind == kind && e.chain < MAX_CHAIN);
        let chain = match base.map(|base| (base.offset, base.chain, difference(&base.data, &data)))
        {
            Some((at, chain, delta)) if delta.len() < data.len() / 2 => {
                self.header(6, delta.len());
                self.distance(offset - at);
                self.deflate(&delta)?;
                chain + 1
            }
            _ => {
                let number = match kind {
                    Kind::Commit => 1,
                    Kind::Tree => 2,
                    Kind::Blob => 3,
                    Kind::Tag => 4,
                };
                self.header(number, data.len());
                self.deflate(&data)?;
                0
            }
        };
        self.count += 1;
        self.entries.insert(id, Entry { offset, chain, kind, data });
        Ok(id)
    }

    /// Every object's bytes.
    pub(super) fn contents(&self) -> impl Iterator<Item = (Kind, &[u8])> {
        self.entries.values().map(|entry| (entry.kind, entry.data.as_slice()))
    }

    /// The bundle with one branch.
    pub(super) fn bundle(&self, branch: &str, head: ObjectId) -> Result<Vec<u8>> {
        let mut pack = b"PACK\0\0\0\x02".to_vec();
        pack.extend_from_slice(&self.count.to_be_bytes());
        pack.extend_from_slice(&self.bytes);
        let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
        hasher.update(&pack);
        let sum = hasher
            .try_finalize()
            .map_err(|error| anyhow::anyhow!("cannot hash the pack: {error}"))?;
        let mut bundle =
            format!("# v2 git bundle\n{head} refs/heads/{branch}\n{head} HEAD\n\n").into_bytes();
        bundle.extend_from_slice(&pack);
        bundle.extend_from_slice(sum.as_bytes());
        Ok(bundle)
    }

    /// Type and size: 4 bits of size in the first byte, 7 in each further.
    fn header(&mut self, kind: u8, size: usize) {
        let mut byte = (kind << 4) | (size & 0x0f) as u8;
        let mut rest = size >> 4;
        while rest > 0 {
            self.bytes.push(byte | 0x80);
            byte = (rest & 0x7f) as u8;
            rest >>= 7;
        }
        self.bytes.push(byte);
    }

    /// How far back the base is: big-endian groups of 7 bits, each but the last less one.
    fn distance(&mut self, distance: usize) {
        let mut groups = vec![(distance & 0x7f) as u8];
        let mut rest = distance >> 7;
        while rest > 0 {
            rest -= 1;
            groups.push(0x80 | (rest & 0x7f) as u8);
            rest >>= 7;
        }
        self.bytes.extend(groups.iter().rev());
    }

    fn deflate(&mut self, data: &[u8]) -> Result<()> {
        let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::best());
        let mut out = vec![0; compressor.zlib_compress_bound(data.len())];
        let size = compressor.zlib_compress(data, &mut out).context("cannot deflate an object")?;
        self.bytes.extend_from_slice(&out[..size]);
        Ok(())
    }
}

/// Git's difference format: both sizes, then instructions to copy from the base or to insert.
fn difference(base: &[u8], target: &[u8]) -> Vec<u8> {
    let mut delta = Vec::new();
    size(&mut delta, base.len());
    size(&mut delta, target.len());
    let mut lines: HashMap<&[u8], usize> = HashMap::new();
    let mut at = 0;
    for line in base.split_inclusive(|b| *b == b'\n') {
        lines.entry(line).or_insert(at);
        at += line.len();
    }
    let (mut position, mut pending) = (0, 0);
    // Where the base would go on after the last copy: lists are mostly alike in order.
    let mut follows = 0;
    while position < target.len() {
        let run = |from: usize| {
            base[from..].iter().zip(&target[position..]).take_while(|(a, b)| a == b).count()
        };
        let rest = &target[position..];
        let line = &rest[..rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |end| end + 1)];
        let candidates = [Some(follows).filter(|at| *at < base.len()), lines.get(line).copied()];
        let best = candidates.into_iter().flatten().map(|from| (run(from), from)).max();
        match best.filter(|(length, _)| *length >= MIN_COPY) {
            Some((length, from)) => {
                insert(&mut delta, &target[pending..position]);
                copy(&mut delta, from, length);
                position += length;
                pending = position;
                follows = from + length;
            }
            None => {
                position += line.len();
                follows = (follows + line.len()).min(base.len());
            }
        }
    }
    insert(&mut delta, &target[pending..]);
    delta
}

fn size(delta: &mut Vec<u8>, mut size: usize) {
    while size >= 0x80 {
        delta.push((size & 0x7f) as u8 | 0x80);
        size >>= 7;
    }
    delta.push(size as u8);
}

fn insert(delta: &mut Vec<u8>, bytes: &[u8]) {
    for chunk in bytes.chunks(0x7f) {
        delta.push(chunk.len() as u8);
        delta.extend_from_slice(chunk);
    }
}

fn copy(delta: &mut Vec<u8>, mut from: usize, mut length: usize) {
    while length > 0 {
        let now = length.min(0xff_ffff);
        let at = delta.len();
        delta.push(0x80);
        for (bit, value) in [from, from >> 8, from >> 16, from >> 24].into_iter().enumerate() {
            if value & 0xff != 0 {
                delta[at] |= 1 << bit;
                delta.push((value & 0xff) as u8);
            }
        }
        for (bit, value) in [now, now >> 8, now >> 16].into_iter().enumerate() {
            if value & 0xff != 0 {
                delta[at] |= 1 << (bit + 4);
                delta.push((value & 0xff) as u8);
            }
        }
        from += now;
        length -= now;
    }
}
