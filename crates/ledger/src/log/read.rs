//! Reading a ledger: entries from the database, proofs from the published tiles. Takes no lock.

use std::collections::BTreeMap;
use std::ops::Range;

use tenure_model::ids::Seq;

use super::edge::subtree_in_tile;
use super::error::LedgerError;
use super::files::Files;
use super::{Ledger, NOTE_FILE};
use crate::checkpoint::SignedCheckpoint;
use crate::entry::Entry;
use crate::merkle::{Hash, consistency_proof, inclusion_proof, leaf_hash};
use crate::proof::TlogProof;
use crate::store::Stored;
use crate::tiles::{TILE_HEIGHT, TILE_WIDTH, TileKind, TilePath, tile_at};

/// Entries fetched at a time: at most 16 MiB, whatever their number.
pub(crate) const PAGE: u32 = 256;

/// An entry with its place in the ledger.
#[derive(Clone, PartialEq, Debug)]
pub struct Sequenced {
    /// Its index.
    pub seq: Seq,
    /// What it says.
    pub entry: Entry,
    /// Its canonical bytes, as hashed.
    pub bytes: Vec<u8>,
    /// Its leaf hash.
    pub leaf_hash: Hash,
}

impl Ledger {
    /// Number of sequenced entries: durable, published or not.
    ///
    /// # Errors
    /// When the database fails.
    pub fn size(&self) -> Result<u64, LedgerError> {
        Ok(self.reader().count()?)
    }

    /// The published checkpoint, its signature checked.
    ///
    /// # Errors
    /// When the file is missing, malformed, or not signed by the log's key.
    pub fn checkpoint(&self) -> Result<SignedCheckpoint, LedgerError> {
        self.published_checkpoint()?
            .ok_or_else(|| LedgerError::TileMissing(self.files.path(NOTE_FILE)))
    }

    pub(crate) fn published_checkpoint(&self) -> Result<Option<SignedCheckpoint>, LedgerError> {
        let Some(bytes) = self.files.read(NOTE_FILE)? else { return Ok(None) };
        self.check_note(&bytes).map(Some)
    }

    pub(crate) fn check_note(&self, note: &[u8]) -> Result<SignedCheckpoint, LedgerError> {
        let failed = |source| LedgerError::Checkpoint { path: self.files.path(NOTE_FILE), source };
        let signed = SignedCheckpoint::parse(note).map_err(failed)?;
        signed.verify(&self.verifier).map_err(failed)?;
        Ok(signed)
    }

    /// One entry.
    ///
    /// # Errors
    /// When there is none at that index, or its bytes do not match its hash.
    pub fn entry(&self, seq: Seq) -> Result<Sequenced, LedgerError> {
        let row = self.reader().page(seq.0, seq.0.saturating_add(1), 1)?.pop();
        row.map_or(Err(LedgerError::NoEntry(seq.0)), check)
    }

    /// The entries of a range of indexes, in order, with bounded memory.
    #[must_use]
    pub fn entries(&self, range: Range<u64>) -> Entries<'_> {
        // The database counts in signed numbers.
        let end = range.end.min(i64::MAX.cast_unsigned());
        Entries::new(self, Cursor::Range(range.start.min(end)..end))
    }

    /// The entries of one stream, by revision, with bounded memory.
    #[must_use]
    pub fn stream(&self, stream: &str) -> Entries<'_> {
        Entries::new(self, Cursor::Stream { stream: stream.to_owned(), from: 0 })
    }

    /// The entries of one kind among those sequenced so far, in order, with bounded memory. Others
    /// are passed over without being parsed.
    ///
    /// # Errors
    /// When the database fails.
    pub fn of_kind(&self, kind: &str) -> Result<Entries<'_>, LedgerError> {
        let range = 0..self.size()?;
        Ok(Entries::new(self, Cursor::Kind { kind: kind.to_owned(), range }))
    }

    /// The first free revision of a stream; 0 when it has no entry.
    ///
    /// # Errors
    /// When the database fails.
    pub fn next_rev(&self, stream: &str) -> Result<u64, LedgerError> {
        Ok(self.reader().last_rev(stream)?.map_or(0, |rev| rev + 1))
    }

    /// The hashes that prove an entry to be in the tree of a size up to the published one.
    ///
    /// # Errors
    /// When the size is not published, the entry is outside, or a tile is missing.
    pub fn inclusion_proof(&self, seq: Seq, size: u64) -> Result<Vec<Hash>, LedgerError> {
        let published = self.published_size(size)?;
        let mut tiles = TileHashes::new(&self.files, published);
        inclusion_proof(seq.0, size, |level, index| tiles.subtree(level, index))
    }

    /// The hashes that prove the tree of size `new` to extend that of size `old`.
    ///
    /// # Errors
    /// When the sizes do not fit or are not published, or a tile is missing.
    pub fn consistency_proof(&self, old: u64, new: u64) -> Result<Vec<Hash>, LedgerError> {
        let published = self.published_size(new)?;
        let mut tiles = TileHashes::new(&self.files, published);
        consistency_proof(old, new, |level, index| tiles.subtree(level, index))
    }

    /// A proof of an entry that verifies offline, against the published checkpoint.
    ///
    /// # Errors
    /// When the entry is not published yet, or a tile is missing.
    pub fn tlog_proof(&self, seq: Seq) -> Result<TlogProof, LedgerError> {
        let checkpoint = self.checkpoint()?;
        let size = checkpoint.checkpoint.size;
        let mut tiles = TileHashes::new(&self.files, size);
        let hashes = inclusion_proof(seq.0, size, |level, index| tiles.subtree(level, index))
            .map_err(|error| match error {
                LedgerError::Proof(_) => {
                    LedgerError::NotPublished { size: seq.0.saturating_add(1), published: size }
                }
                other => other,
            })?;
        Ok(TlogProof { extra: None, index: seq.0, hashes, checkpoint })
    }

    fn published_size(&self, size: u64) -> Result<u64, LedgerError> {
        let published = self.checkpoint()?.checkpoint.size;
        if size > published {
            return Err(LedgerError::NotPublished { size, published });
        }
        Ok(published)
    }
}

/// Hashes of full subtrees, read from the tile files of a published size.
pub(crate) struct TileHashes<'f> {
    files: &'f Files,
    size: u64,
    tiles: BTreeMap<TilePath, Vec<u8>>,
}

impl<'f> TileHashes<'f> {
    pub(crate) const fn new(files: &'f Files, size: u64) -> Self {
        Self { files, size, tiles: BTreeMap::new() }
    }

    pub(crate) fn subtree(&mut self, level: u8, index: u64) -> Result<Hash, LedgerError> {
        let (tile_level, level) = (level / TILE_HEIGHT, level % TILE_HEIGHT);
        let number = (index << level) / u64::from(TILE_WIDTH);
        let path = tile_at(TileKind::Hashes(tile_level), number, self.size)
            .ok_or_else(|| LedgerError::inconsistent("a proof needs a tile outside the tree"))?;
        if !self.tiles.contains_key(&path) {
            self.tiles.insert(path, read_tile(self.files, path)?);
        }
        self.tiles
            .get(&path)
            .and_then(|tile| subtree_in_tile(tile, level, index))
            .ok_or_else(|| LedgerError::inconsistent(format!("'{path}' is too short")))
    }
}

/// The bytes of a hash tile. Where a partial tile has been replaced by its full successor, the
/// first hashes of that one are the same.
pub(crate) fn read_tile(files: &Files, path: TilePath) -> Result<Vec<u8>, LedgerError> {
    let length = usize::from(path.width()) * 32;
    let mut tile = match files.read(&path.to_string())? {
        None if !path.is_full() => files.read(&path.full().to_string())?,
        found => found,
    }
    .ok_or_else(|| LedgerError::TileMissing(files.path(&path.to_string())))?;
    if tile.len() < length {
        return Err(LedgerError::inconsistent(format!("'{path}' is too short")));
    }
    tile.truncate(length);
    Ok(tile)
}

#[derive(Debug)]
enum Cursor {
    Range(Range<u64>),
    Kind { kind: String, range: Range<u64> },
    Stream { stream: String, from: i64 },
}

/// A streaming read; see [`Ledger::entries`], [`Ledger::of_kind`] and [`Ledger::stream`].
#[derive(Debug)]
pub struct Entries<'l> {
    ledger: &'l Ledger,
    cursor: Cursor,
    page: std::vec::IntoIter<Stored>,
    ended: bool,
}

impl<'l> Entries<'l> {
    fn new(ledger: &'l Ledger, cursor: Cursor) -> Self {
        Self { ledger, cursor, page: Vec::new().into_iter(), ended: false }
    }

    fn fetch(&mut self) -> Result<(), LedgerError> {
        let store = self.ledger.reader();
        let page = match &self.cursor {
            Cursor::Range(range) => store.page(range.start, range.end, PAGE)?,
            Cursor::Kind { kind, range } => store.kind_page(kind, range.start, range.end, PAGE)?,
            Cursor::Stream { stream, from } => store.stream_page(stream, *from, PAGE)?,
        };
        drop(store);
        match (page.last(), &mut self.cursor) {
            (None, _) => self.ended = true,
            (Some(last), Cursor::Range(range) | Cursor::Kind { range, .. }) => {
                range.start = last.seq + 1;
            }
            (Some(last), Cursor::Stream { from, .. }) => *from = last.rev + 1,
        }
        self.page = page.into_iter();
        Ok(())
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<Sequenced, LedgerError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.page.len() == 0
            && !self.ended
            && let Err(error) = self.fetch()
        {
            self.ended = true;
            return Some(Err(error));
        }
        self.page.next().map(check)
    }
}

/// What the database holds is believed only if the bytes still have their hash.
fn check(row: Stored) -> Result<Sequenced, LedgerError> {
    let Stored { seq, bytes, leaf_hash: stored, .. } = row;
    let hash = leaf_hash(&bytes);
    if hash != *stored {
        let cause = format!("the bytes of entry {seq} do not match its hash");
        return Err(LedgerError::inconsistent(cause));
    }
    let entry = serde_json::from_slice(&bytes)
        .map_err(|_| LedgerError::inconsistent(format!("entry {seq} is not readable")))?;
    Ok(Sequenced { seq: Seq(seq), entry, bytes, leaf_hash: hash })
}
