//! Small objects on their way to the disk: kept in memory while they are few, in a pack from then
//! on. So a run that brings a handful leaves files that people find, and one that brings thousands
//! makes no file for any of them.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use tenure_model::Digest;

use super::BlobError;
use super::pack::{PackWriter, Packs, Place};

/// Objects up to this size are small.
pub(super) const SMALL: usize = 64 * 1024;
/// So many small objects of a process become files of their own, which people find more easily.
const LOOSE: u64 = 256;

/// The small objects of a store.
#[derive(Debug, Default)]
pub(super) struct Small {
    /// How many this process has put.
    count: u64,
    /// Those that are to be files of their own, unless too many follow.
    waiting: BTreeMap<Digest, Vec<u8>>,
    writer: Option<PackWriter>,
    packs: Packs,
}

impl Small {
    /// Takes an object. From the first one on that is too many, all go into a pack.
    pub(super) fn put(
        &mut self,
        digest: Digest,
        bytes: &[u8],
        (temporary, packs): (&Path, &Path),
    ) -> Result<(), BlobError> {
        self.count += 1;
        if self.count <= LOOSE {
            self.waiting.entry(digest).or_insert_with(|| bytes.to_vec());
            return Ok(());
        }
        if self.writer.is_none() {
            self.packs.refresh(packs)?;
            self.writer = Some(PackWriter::create(temporary)?);
            for (digest, bytes) in std::mem::take(&mut self.waiting) {
                self.pack(digest, &bytes)?;
            }
        }
        self.pack(digest, bytes)
    }

    fn pack(&mut self, digest: Digest, bytes: &[u8]) -> Result<(), BlobError> {
        let there = self.packs.look_up(&digest);
        match &mut self.writer {
            Some(writer) if !there.is_some_and(|place| holds(&place, bytes)) => {
                writer.add(digest, bytes)
            }
            _ => Ok(()),
        }
    }

    /// Gives up the objects that wait for a file of their own, and are in no pack.
    pub(super) fn take_waiting(
        &mut self,
        packs: &Path,
    ) -> Result<BTreeMap<Digest, Vec<u8>>, BlobError> {
        if !self.waiting.is_empty() {
            self.packs.refresh(packs)?;
        }
        let known = &self.packs;
        self.waiting.retain(|digest, bytes| {
            !known.look_up(digest).is_some_and(|place| holds(&place, bytes))
        });
        Ok(std::mem::take(&mut self.waiting))
    }

    /// Whether an object waits for a file of its own.
    pub(super) fn waits(&self, digest: &Digest) -> bool {
        self.waiting.contains_key(digest)
    }

    /// The pack that is being written, if there is one.
    pub(super) fn take_writer(&mut self) -> Option<PackWriter> {
        self.writer.take()
    }

    /// The file of the pack that is being written, with all that is in the pack so far.
    pub(super) fn begun(&mut self) -> Result<Option<Arc<File>>, BlobError> {
        self.writer.as_mut().map(PackWriter::begun).transpose()
    }

    /// Where an object lies in a pack.
    pub(super) fn find(
        &mut self,
        digest: &Digest,
        packs: &Path,
    ) -> Result<Option<Place>, BlobError> {
        if let Some(writer) = &mut self.writer
            && let Some(place) = writer.find(digest)?
        {
            return Ok(Some(place));
        }
        self.packs.find(packs, digest)
    }

    /// Every object in packs that are whole.
    pub(super) fn list(&mut self, packs: &Path) -> Result<Vec<Digest>, BlobError> {
        self.packs.list(packs)
    }
}

fn holds(place: &Place, bytes: &[u8]) -> bool {
    place.length == bytes.len() as u64 && place.read().is_ok_and(|there| there == bytes)
}
