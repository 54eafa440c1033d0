//! Who held what at an instant, from an index made for nothing else:
//! [decision 0015](../../../docs/adr/0015-as-of-index.md).
//!
//! The versions lie there twice: by what is held and by who holds it, each key's in order of their
//! start, in blocks that say between which instants any of them can answer. A question reads the
//! blocks of one key, one stretch of one file.

mod block;
mod build;
mod keyed;
mod load;
mod names;
mod packed;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tenure_model::ids::Seq;
use tenure_model::{Held, Timestamp, Validity};

pub use build::Builder;
pub use load::{Loaded, load};

use block::Block;
use keyed::Keyed;
use names::Names;

/// Why an index cannot be made or asked.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// A file could not be written or read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The index is damaged, or not one of this version.
    #[error("{} is not an as-of index of this version, or is damaged", .0.display())]
    Damaged(PathBuf),
    /// A Parquet file cannot be read.
    #[error("{}: {source}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the Parquet library says.
        source: parquet::errors::ParquetError,
    },
    /// A column cannot be read as what it should be.
    #[error("{}: column {column}: {source}", path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
        /// What Arrow says.
        source: arrow::error::ArrowError,
    },
    /// A column is not there.
    #[error("{} has no column {column}", path.display())]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
    },
}

/// Which way a question goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// Who held an entitlement.
    Who,
    /// What a principal held.
    What,
}

/// A grant that was held, or perhaps held.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Holding<'i> {
    /// Who held it, or what was held: what the question did not name.
    pub name: &'i str,
    /// How it was held, where that is said.
    pub via: Option<&'i str>,
    /// `yes`, or `maybe` when the instant lies inside the uncertainty of an end.
    pub held: Held,
    /// When, as far as is known.
    #[serde(flatten)]
    pub validity: Validity,
}

/// What `index.json` says; written last, so that an index cut short is none.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    schema: String,
    versions: u64,
}

const SCHEMA: &str = "tenure.as-of/v1";
const HEAD: &str = "index.json";
const TEXTS: [&str; 3] = ["principals", "entitlements", "vias"];
const BY_ENTITLEMENT: &str = "by-entitlement";
const BY_PRINCIPAL: &str = "by-principal";

/// An index that can be asked. Names and the places of blocks are in memory; versions are read.
#[derive(Debug)]
pub struct Index {
    principals: Names,
    entitlements: Names,
    vias: Names,
    by_entitlement: Keyed,
    by_principal: Keyed,
    /// Versions in the index.
    pub versions: u64,
}

impl Index {
    /// Opens the index in a directory.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn open(dir: &Path) -> Result<Self, IndexError> {
        let path = dir.join(HEAD);
        let text = fs::read(&path).map_err(|e| io_error(&path, e))?;
        let head: Head = serde_json::from_slice(&text)
            .ok()
            .filter(|head: &Head| head.schema == SCHEMA)
            .ok_or(IndexError::Damaged(path))?;
        let names = |n: usize| Names::read(&dir.join(TEXTS[n]));
        Ok(Self {
            principals: names(0)?,
            entitlements: names(1)?,
            vias: names(2)?,
            by_entitlement: Keyed::open(&dir.join(BY_ENTITLEMENT))?,
            by_principal: Keyed::open(&dir.join(BY_PRINCIPAL))?,
            versions: head.versions,
        })
    }

    /// What was held, or perhaps held, at the instant, as known at the ledger index, in order of
    /// names and start. Names are compared exactly; one that is not known held nothing.
    ///
    /// # Errors
    /// When the index cannot be read or is damaged.
    pub fn ask(
        &self,
        side: Side,
        key: &str,
        at: Timestamp,
        known_at: Seq,
    ) -> Result<Vec<Holding<'_>>, IndexError> {
        let (keys, others, copy) = match side {
            Side::Who => (&self.entitlements, &self.principals, &self.by_entitlement),
            Side::What => (&self.principals, &self.entitlements, &self.by_principal),
        };
        let Some(key) = keys.find(key) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        copy.blocks(key, at, |block: &Block<'_>| block.held_at(at, known_at, &mut found))?;
        found.sort_unstable_by_key(|f| (f.other, f.validity.from_hi, f.via));
        let damaged = || IndexError::Damaged(copy.path().to_owned());
        let named = |f: &block::Found| {
            let via = match f.via {
                None => None,
                Some(via) => Some(self.vias.get(via).ok_or_else(damaged)?),
            };
            let name = others.get(f.other).ok_or_else(damaged)?;
            Ok(Holding { name, via, held: f.held, validity: f.validity })
        };
        found.iter().map(named).collect()
    }
}

fn io_error(path: &Path, source: io::Error) -> IndexError {
    IndexError::Io { path: path.to_owned(), source }
}
