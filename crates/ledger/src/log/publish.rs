//! From *sequenced* to *published*: tiles, a signed checkpoint, and the order that makes a crash
//! harmless.
//!
//! One step is: compute the new tiles; sign; in one transaction compare-and-swap the checkpoint
//! row and stage the tiles; write the tile files; replace the `checkpoint` file. The transaction
//! decides. What comes after it can be repeated until it is done, and is, before the next step.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use tenure_model::Timestamp;

use super::edge::Edge;
use super::error::LedgerError;
use super::read::{PAGE, TileHashes, read_tile};
use super::writer::{Job, Writer};
use super::{Ledger, NOTE_FILE};
use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::merkle::{leaf_hash, root_with};
use crate::signing::SigningKey;
use crate::store::{NewCheckpoint, Staged, Stored};
use crate::tiles::{TILE_WIDTH, TileKind, TilePath, push_entry, tile_at};

/// A step ends at the next multiple of this size, so that a long backlog needs little memory.
const STEP: u64 = 1 << 16;
/// Bundles are kept until they have about so many bytes; further ones are read again.
const KEPT_BUNDLES: usize = 16 << 20;

impl Ledger {
    /// Integrates everything that is sequenced into the tree and publishes a signed checkpoint.
    /// `now` is recorded beside it. Without new entries it returns the published checkpoint.
    ///
    /// # Errors
    /// When the ledger has no signing key, is being written by another process, contradicts what
    /// is published, or a file cannot be written. It can be called again.
    pub fn publish(&self, now: Timestamp) -> Result<Checkpoint, LedgerError> {
        let key = self.key.as_ref().ok_or(LedgerError::NoSigningKey)?;
        let _one_at_a_time = self.publishing();
        let writer = self.writer()?;
        let mut current = self.settle()?;
        loop {
            let (size, sequenced) = (current.checkpoint.size, self.size()?);
            match size.cmp(&sequenced) {
                Ordering::Equal => return Ok(current.checkpoint),
                Ordering::Greater => {
                    let cause = format!("{size} entries are signed, {sequenced} are stored");
                    return Err(LedgerError::inconsistent(cause));
                }
                Ordering::Less => {
                    let end = sequenced.min((size / STEP + 1).saturating_mul(STEP));
                    current = self.advance(&current, end, (key, now), &writer)?;
                }
            }
        }
    }

    /// Finishes what a killed process began, and refuses to go on where published and stored
    /// states contradict each other.
    fn settle(&self) -> Result<SignedCheckpoint, LedgerError> {
        let decided = self.check_note(self.reader().checkpoint()?.as_bytes())?;
        let Some(published) = self.published_checkpoint()? else {
            self.finish(&decided)?;
            return Ok(decided);
        };
        let (old, new) = (&published.checkpoint, &decided.checkpoint);
        match old.size.cmp(&new.size) {
            Ordering::Greater => {
                let cause = format!("size {} is published, {} is stored", old.size, new.size);
                return Err(LedgerError::inconsistent(cause));
            }
            Ordering::Equal if old == new => return Ok(decided),
            Ordering::Equal => {
                let cause = format!("two roots are signed for size {}", new.size);
                return Err(LedgerError::inconsistent(cause));
            }
            Ordering::Less => {}
        }
        self.write_tiles()?;
        let mut tiles = TileHashes::new(&self.files, new.size);
        let root = root_with(old.size, |level, index| tiles.subtree(level, index))?;
        if root != old.root {
            let cause = format!("the published root of size {} is no earlier state", old.size);
            return Err(LedgerError::inconsistent(cause));
        }
        self.finish(&decided)?;
        Ok(decided)
    }

    fn advance(
        &self,
        current: &SignedCheckpoint,
        end: u64,
        (key, now): (&SigningKey, Timestamp),
        writer: &Writer,
    ) -> Result<SignedCheckpoint, LedgerError> {
        let old = &current.checkpoint;
        let mut edge = Edge::load(old.size, |path| read_tile(&self.files, path))?;
        if edge.root() != Some(old.root) {
            let cause = format!("the tiles do not hash to the root of size {}", old.size);
            return Err(LedgerError::inconsistent(cause));
        }
        let (staged, bundles) = self.stage(&mut edge, end)?;
        let root =
            edge.root().ok_or_else(|| LedgerError::inconsistent("the tiles have another shape"))?;
        let next = Checkpoint { size: end, root, ..old.clone() };
        let signed = next.sign(key).map_err(|source| LedgerError::Checkpoint {
            path: self.files.path(NOTE_FILE),
            source,
        })?;
        self.files.fault.step(self.files.path(NOTE_FILE).as_path())?;
        let new = NewCheckpoint {
            size: end,
            note: signed.note.to_string(),
            signed_at: now.micros(),
            staged: staged.clone(),
        };
        let old = current.note.to_string();
        if !writer.call(|reply| Job::Swap { old, new, reply })? {
            let cause = "another process has signed a checkpoint in between";
            return Err(LedgerError::inconsistent(cause));
        }
        self.files.fault.step(self.files.path(NOTE_FILE).as_path())?;
        // As they were staged, or else they would be read back.
        self.write_staged(&staged, &bundles)?;
        self.files.replace(NOTE_FILE, signed.note.to_string().as_bytes())?;
        Ok(signed)
    }

    /// Grows the edge to `end` and lists the tiles that this makes, with the bundles that are at
    /// hand because their entries were read anyway, up to a bound.
    fn stage(&self, edge: &mut Edge, end: u64) -> Result<(Vec<Staged>, Bundles), LedgerError> {
        let width = u64::from(TILE_WIDTH);
        let mut staged: Vec<Staged> = Vec::new();
        let mut bundles = Bundles::default();
        let first_bundle = edge.size() / width;
        while edge.size() < end {
            // A page never reaches beyond a bundle.
            let bundle = edge.size() / width;
            let page_end = end.min((bundle + 1) * width);
            let page = self.reader().page(edge.size(), page_end, PAGE)?;
            if page.is_empty() {
                return Err(LedgerError::NoEntry(edge.size()));
            }
            if edge.size().is_multiple_of(width) {
                bundles.keep(tile_at(TileKind::Entries, bundle, end), &page)?;
            }
            for row in page {
                let leaf = leaf_hash(&row.bytes);
                if row.seq != edge.size() || leaf != *row.leaf_hash {
                    let cause = format!("the stored entry {} is damaged", edge.size());
                    return Err(LedgerError::inconsistent(cause));
                }
                edge.push(&leaf, |path, tile| {
                    staged.push((path.to_string(), Some(tile.to_owned())));
                    Ok::<_, LedgerError>(())
                })?;
            }
        }
        staged.extend(edge.grown().map(|(path, tile)| (path.to_string(), Some(tile.to_owned()))));
        let paths = (first_bundle..).map_while(|index| tile_at(TileKind::Entries, index, end));
        staged.extend(paths.map(|path| (path.to_string(), None)));
        Ok((staged, bundles))
    }

    fn finish(&self, signed: &SignedCheckpoint) -> Result<(), LedgerError> {
        self.write_tiles()?;
        self.files.replace(NOTE_FILE, signed.note.to_string().as_bytes())
    }

    /// Writes the staged tiles. Doing it again changes nothing.
    fn write_tiles(&self) -> Result<(), LedgerError> {
        let staged = self.reader().staged()?;
        self.write_staged(&staged, &Bundles::default())
    }

    /// Writes tiles. Bundles that are not at hand are read from the database.
    fn write_staged(&self, staged: &[Staged], bundles: &Bundles) -> Result<(), LedgerError> {
        let mut batch = self.files.batch()?;
        let mut full = Vec::new();
        for (name, tile) in staged {
            let path: TilePath = name
                .parse()
                .map_err(|_| LedgerError::inconsistent(format!("'{name}' is staged")))?;
            match (tile, bundles.at_hand.get(&path)) {
                (Some(bytes), _) | (None, Some(bytes)) => batch.add(name, bytes)?,
                (None, None) => batch.add(name, &self.bundle(path)?)?,
            }
            if path.is_full() {
                full.push(name);
            }
        }
        batch.commit()?;
        // A full tile replaces its partial versions (tlog-tiles, partial tiles).
        full.into_iter().try_for_each(|name| self.files.remove_dir(&format!("{name}.p")))
    }

    fn bundle(&self, path: TilePath) -> Result<Vec<u8>, LedgerError> {
        let first = path.index() * u64::from(TILE_WIDTH);
        let end = first + u64::from(path.width());
        let rows = self.reader().page(first, end, u32::from(TILE_WIDTH))?;
        if rows.len() != usize::from(path.width()) {
            return Err(LedgerError::NoEntry(first + rows.len() as u64));
        }
        bundle_of(&rows)
    }
}

/// Bundles whose entries were read anyway, up to a bound.
#[derive(Debug, Default)]
struct Bundles {
    at_hand: BTreeMap<TilePath, Vec<u8>>,
    bytes: usize,
}

impl Bundles {
    /// Keeps the bundle at this path if the rows are all of it.
    fn keep(&mut self, path: Option<TilePath>, rows: &[Stored]) -> Result<(), LedgerError> {
        let whole = path.filter(|path| rows.len() == usize::from(path.width()));
        if let Some(path) = whole.filter(|_| self.bytes < KEPT_BUNDLES) {
            let bundle = bundle_of(rows)?;
            self.bytes += bundle.len();
            self.at_hand.insert(path, bundle);
        }
        Ok(())
    }
}

fn bundle_of(rows: &[Stored]) -> Result<Vec<u8>, LedgerError> {
    let mut bundle = Vec::new();
    for row in rows {
        push_entry(&mut bundle, &row.bytes)
            .map_err(|error| LedgerError::inconsistent(error.to_string()))?;
    }
    Ok(bundle)
}
