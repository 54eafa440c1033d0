//! How the tree lies in files: tile paths, tile geometry, entry bundles (C2SP `tlog-tiles`).
//!
//! Nothing here touches a disk.

use std::fmt;
use std::str::FromStr;

use crate::merkle::{Hash, leaf_hash};
use crate::text::parse_decimal;

/// Hashes in a full tile, entries in a full bundle.
pub const TILE_WIDTH: u16 = 256;
/// Tree levels that a tile spans.
pub const TILE_HEIGHT: u8 = 8;
/// The highest tile level a path can name.
pub const MAX_LEVEL: u8 = 63;

/// What a tile holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TileKind {
    /// Hashes of a tile level: item `i` covers 256^level leaves.
    Hashes(u8),
    /// The entries themselves.
    Entries,
}

/// The name of one tile below the log's prefix, e.g. `tile/1/x001/234.p/17`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TilePath {
    kind: TileKind,
    index: u64,
    width: u16,
}

/// The text is not the path of a tile.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("'{0}' is not the path of a tile")]
pub struct TilePathError(String);

impl TilePath {
    /// Tile `index` of a level, holding `width` (1 to 256) hashes. `None` outside these bounds.
    #[must_use]
    pub fn hashes(level: u8, index: u64, width: u16) -> Option<Self> {
        let fits = level <= MAX_LEVEL && (1..=TILE_WIDTH).contains(&width);
        fits.then_some(Self { kind: TileKind::Hashes(level), index, width })
    }

    /// Bundle `index`, holding `width` (1 to 256) entries. `None` outside these bounds.
    #[must_use]
    pub fn entries(index: u64, width: u16) -> Option<Self> {
        let fits = (1..=TILE_WIDTH).contains(&width);
        fits.then_some(Self { kind: TileKind::Entries, index, width })
    }

    /// What the tile holds.
    #[must_use]
    pub const fn kind(&self) -> TileKind {
        self.kind
    }

    /// Its place in its level.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// How many items it holds.
    #[must_use]
    pub const fn width(&self) -> u16 {
        self.width
    }

    /// Whether it can never grow again.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The tile that replaces this one when it is full.
    #[must_use]
    pub const fn full(self) -> Self {
        Self { width: TILE_WIDTH, ..self }
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes(level) => write!(f, "tile/{level}/")?,
            TileKind::Entries => f.write_str("tile/entries/")?,
        }
        let digits = self.index.to_string();
        let digits = format!("{}{digits}", "0".repeat((3 - digits.len() % 3) % 3));
        let groups = digits.len() / 3;
        for group in 0..groups {
            let last = group + 1 == groups;
            let three = &digits[group * 3..group * 3 + 3];
            write!(f, "{}{three}{}", if last { "" } else { "x" }, if last { "" } else { "/" })?;
        }
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

impl FromStr for TilePath {
    type Err = TilePathError;

    fn from_str(text: &str) -> Result<Self, TilePathError> {
        // Each tile has one name: what would be written differently is refused.
        parse_path(text)
            .filter(|path| path.to_string() == text)
            .ok_or_else(|| TilePathError(text.to_owned()))
    }
}

fn parse_path(text: &str) -> Option<TilePath> {
    let (level, rest) = text.strip_prefix("tile/")?.split_once('/')?;
    let (number, width) = match rest.split_once(".p/") {
        Some((number, width)) => (number, parse_decimal(width).filter(|w| (1..256).contains(w))?),
        None => (rest, u64::from(TILE_WIDTH)),
    };
    let width = u16::try_from(width).ok()?;
    let groups = number.split('/').map(|group| group.strip_prefix('x').unwrap_or(group));
    let index = groups.into_iter().try_fold(0_u64, |index, group| {
        let digits = group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit());
        let value = digits.then(|| group.parse::<u64>().ok()).flatten()?;
        index.checked_mul(1000)?.checked_add(value)
    })?;
    match level {
        "entries" => TilePath::entries(index, width),
        level => TilePath::hashes(u8::try_from(parse_decimal(level)?).ok()?, index, width),
    }
}

/// The tiles of one level at some tree size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LevelTiles {
    /// The tile level.
    pub level: u8,
    /// Number of full tiles.
    pub full: u64,
    /// Width of the partial tile after them; 0 when there is none.
    pub partial_width: u16,
}

/// Which tiles a tree of this size has, level by level. Bundles lie like level 0.
#[must_use]
pub fn geometry(size: u64) -> Vec<LevelTiles> {
    let at = |level: u8| size.checked_shr(u32::from(level) * 8).unwrap_or(0);
    (0..TILE_HEIGHT)
        .map(|level| (level, at(level)))
        .take_while(|(_, hashes)| *hashes > 0)
        .map(|(level, hashes)| LevelTiles {
            level,
            full: hashes >> TILE_HEIGHT,
            partial_width: (hashes % u64::from(TILE_WIDTH)) as u16,
        })
        .collect()
}

/// The tile of `kind` at `index` in a tree of this size; `None` when the tree has no such tile.
#[must_use]
pub fn tile_at(kind: TileKind, index: u64, size: u64) -> Option<TilePath> {
    let level = match kind {
        TileKind::Hashes(level) => level,
        TileKind::Entries => 0,
    };
    let hashes = size.checked_shr(u32::from(level) * 8).unwrap_or(0);
    let left = hashes.checked_sub(index.checked_mul(u64::from(TILE_WIDTH))?)?;
    let width = left.min(u64::from(TILE_WIDTH)) as u16;
    (width > 0).then_some(TilePath { kind, index, width })
}

/// The bundle that holds an entry in a tree of this size; `None` when the tree has no such entry.
#[must_use]
pub fn entry_path(entry: u64, size: u64) -> Option<TilePath> {
    (entry < size).then(|| tile_at(TileKind::Entries, entry / u64::from(TILE_WIDTH), size))?
}

/// Why bytes are not an entry bundle.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BundleError {
    /// The bytes end inside an entry, or before the last one.
    #[error("the entry bundle ends early, at its entry {0}")]
    Truncated(u16),
    /// Bytes after the last entry.
    #[error("the entry bundle has {0} bytes after its last entry")]
    Trailing(usize),
    /// An entry that two bytes cannot measure.
    #[error("an entry of {0} bytes does not fit into a bundle")]
    TooLarge(usize),
}

/// Appends one entry to a bundle: two bytes of length, big-endian, then the entry.
///
/// # Errors
/// When the entry has more than 65,535 bytes.
pub fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), BundleError> {
    let length = u16::try_from(entry.len()).map_err(|_| BundleError::TooLarge(entry.len()))?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// The entries of a bundle that must hold exactly `width` of them, calling `each` in order.
/// Nothing is allocated.
///
/// # Errors
/// When the bundle holds fewer, more, or other bytes.
pub fn read_bundle<'b>(
    bundle: &'b [u8],
    width: u16,
    mut each: impl FnMut(&'b [u8]),
) -> Result<(), BundleError> {
    let mut rest = bundle;
    for item in 0..width {
        let (length, after) = rest.split_first_chunk().ok_or(BundleError::Truncated(item))?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, after) = after.split_at_checked(length).ok_or(BundleError::Truncated(item))?;
        each(entry);
        rest = after;
    }
    if rest.is_empty() { Ok(()) } else { Err(BundleError::Trailing(rest.len())) }
}

/// The entries of a bundle as slices.
///
/// # Errors
/// As [`read_bundle`].
pub fn decode_bundle(bundle: &[u8], width: u16) -> Result<Vec<&[u8]>, BundleError> {
    let mut entries = Vec::with_capacity(usize::from(width));
    read_bundle(bundle, width, |entry| entries.push(entry))?;
    Ok(entries)
}

/// The leaf hashes of a bundle.
///
/// # Errors
/// As [`read_bundle`].
pub fn bundle_leaves(bundle: &[u8], width: u16) -> Result<Vec<Hash>, BundleError> {
    let mut leaves = Vec::with_capacity(usize::from(width));
    read_bundle(bundle, width, |entry| leaves.push(leaf_hash(entry)))?;
    Ok(leaves)
}
