//! The right edge of a tree in tiles: all that is needed to make it grow.
//!
//! One partial tile per level. Full tiles are handed out as they complete and forgotten, so memory
//! does not depend on the size of the log.

use crate::merkle::{Hash, node_hash, root_with};
use crate::tiles::{TILE_HEIGHT, TILE_WIDTH, TileKind, TilePath, tile_at};

const HASH: usize = 32;
const FULL: usize = TILE_WIDTH as usize * HASH;

#[derive(Clone, Debug, Default)]
struct Level {
    index: u64,
    hashes: Vec<u8>,
    /// Whether the partial tile differs from the one the edge was loaded from.
    grown: bool,
}

/// The partial tiles of a tree.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edge {
    size: u64,
    levels: Vec<Level>,
}

impl Edge {
    /// The edge of a published tree; `read` gives the bytes of its partial tiles.
    pub(crate) fn load<E>(
        size: u64,
        mut read: impl FnMut(TilePath) -> Result<Vec<u8>, E>,
    ) -> Result<Self, E> {
        let mut levels = Vec::new();
        for tiles in crate::tiles::geometry(size) {
            let kind = TileKind::Hashes(tiles.level);
            let hashes = match tile_at(kind, tiles.full, size) {
                Some(path) => read(path)?,
                None => Vec::new(),
            };
            levels.push(Level { index: tiles.full, hashes, grown: false });
        }
        Ok(Self { size, levels })
    }

    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf; `emit` gets each tile that thereby becomes full.
    pub(crate) fn push<E>(
        &mut self,
        leaf: &Hash,
        mut emit: impl FnMut(TilePath, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.size += 1;
        let mut hash = *leaf;
        for number in 0.. {
            if self.levels.len() == usize::from(number) {
                self.levels.push(Level::default());
            }
            let level = &mut self.levels[usize::from(number)];
            level.hashes.extend_from_slice(&hash);
            level.grown = true;
            if level.hashes.len() < FULL {
                break;
            }
            if let Some(path) = TilePath::hashes(number, level.index, TILE_WIDTH) {
                emit(path, &level.hashes)?;
            }
            hash = subtree_root(&level.hashes);
            level.hashes.clear();
            level.grown = false;
            level.index += 1;
        }
        Ok(())
    }

    /// The partial tiles that grew since the edge was loaded.
    pub(crate) fn grown(&self) -> impl Iterator<Item = (TilePath, &[u8])> {
        self.levels.iter().zip(0..).filter_map(|(level, number)| {
            let width = (level.hashes.len() / HASH) as u16;
            let path = TilePath::hashes(number, level.index, width)?;
            level.grown.then_some((path, level.hashes.as_slice()))
        })
    }

    /// The tree's root. `None` when the edge was loaded from tiles of another shape.
    pub(crate) fn root(&self) -> Option<Hash> {
        // The subtrees a size decomposes into always lie in the partial tiles.
        root_with(self.size, |level, index| {
            let tile = self.levels.get(usize::from(level / TILE_HEIGHT)).ok_or(())?;
            subtree_in_tile(&tile.hashes, level % TILE_HEIGHT, index).ok_or(())
        })
        .ok()
    }
}

/// The hash of a full subtree that lies in one tile: 2^level of the tile's hashes, where `index`
/// counts such subtrees from the start of the log. `None` when the tile is too short.
pub(crate) fn subtree_in_tile(tile: &[u8], level: u8, index: u64) -> Option<Hash> {
    let first = (index << level) % u64::from(TILE_WIDTH);
    let start = first as usize * HASH;
    tile.get(start..start + (HASH << level)).map(subtree_root)
}

/// The root over a power of two of concatenated hashes, at most a full tile of them.
pub(crate) fn subtree_root(hashes: &[u8]) -> Hash {
    let mut row = [[0; HASH]; TILE_WIDTH as usize];
    let (whole, _) = hashes.as_chunks::<HASH>();
    let mut width = whole.len();
    row[..width].copy_from_slice(whole);
    while width > 1 {
        width /= 2;
        for item in 0..width {
            row[item] = node_hash(&row[2 * item], &row[2 * item + 1]);
        }
    }
    row[0]
}
