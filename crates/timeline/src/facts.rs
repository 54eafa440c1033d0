//! Files of facts: what the readers said of a run, kept so that a build need not read the raw
//! bytes again. A projection like all else here: delete it and the blobs are read again.
//!
//! One JSON object per line, zstd: `{"a":digest}` opens an artifact, `{"f":[record,fact]}` and
//! `{"u":[record,event]}` are its facts and uses, in record order.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tenure_model::digest::Digest;
use tenure_model::fact::{Fact, UsageEvent};

use crate::store::{StoreError, io_error};

/// A line of a file of facts.
#[derive(Debug, Serialize, Deserialize)]
pub enum Line {
    /// What follows rests on this artifact.
    #[serde(rename = "a")]
    Artifact(Digest),
    /// A fact and its record.
    #[serde(rename = "f")]
    Fact(u64, Fact),
    /// A use of access and its record.
    #[serde(rename = "u")]
    Usage(u64, Box<UsageEvent>),
}

/// Writes a file of facts.
pub struct FactsWriter {
    path: PathBuf,
    temporary: PathBuf,
    out: zstd::Encoder<'static, BufWriter<File>>,
    source: String,
}

impl FactsWriter {
    /// For the facts of one run of a source; they appear at `path` when [`Self::finish`]ed.
    ///
    /// # Errors
    /// When the file cannot be created.
    pub fn create(path: &Path, source: &str) -> Result<Self, StoreError> {
        let parent = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(|e| io_error(parent, e))?;
        let temporary = path.with_extension("new");
        let file = File::create(&temporary).map_err(|e| io_error(&temporary, e))?;
        let mut out =
            zstd::Encoder::new(BufWriter::new(file), 1).map_err(|e| io_error(&temporary, e))?;
        out.include_checksum(true).map_err(|e| io_error(&temporary, e))?;
        Ok(Self { path: path.to_owned(), temporary, out, source: source.to_owned() })
    }

    /// Adds a line.
    ///
    /// # Errors
    /// When a fact has a column that its table does not declare, or the file cannot be written.
    pub fn line(&mut self, line: &Line) -> Result<(), StoreError> {
        if let Line::Fact(_, fact) = line
            && let Some(problem) = fact.misfit()
        {
            return Err(StoreError::Undeclared { source_name: self.source.clone(), problem });
        }
        serde_json::to_writer(&mut self.out, line)
            .map_err(|e| io_error(&self.temporary, e.into()))?;
        self.out.write_all(b"\n").map_err(|e| io_error(&self.temporary, e))
    }

    /// Completes the file under another name than it was created for, and puts it in place.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish_as(mut self, path: &Path) -> Result<(), StoreError> {
        self.path = path.to_owned();
        self.finish()
    }

    /// Completes the file and puts it in place.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish(self) -> Result<(), StoreError> {
        let temporary = self.temporary;
        let mut out = self.out.finish().map_err(|e| io_error(&temporary, e))?;
        out.flush().map_err(|e| io_error(&temporary, e))?;
        fs::rename(&temporary, &self.path).map_err(|e| io_error(&self.path, e))
    }
}

/// Whether the file is there and whole: its zstd frame ends with a checksum of everything in it.
#[must_use]
pub fn is_readable(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    let Ok(mut decoder) = zstd::Decoder::new(file) else { return false };
    std::io::copy(&mut decoder, &mut std::io::sink()).is_ok()
}

/// Reads a file of facts, line by line.
///
/// # Errors
/// When the file cannot be read or a line is damaged, or from `take`.
pub fn read(
    path: &Path,
    mut take: impl FnMut(Line) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let file = File::open(path).map_err(|e| io_error(path, e))?;
    let mut reader = BufReader::new(zstd::Decoder::new(file).map_err(|e| io_error(path, e))?);
    let mut text = Vec::new();
    let mut number = 0;
    loop {
        text.clear();
        number += 1;
        if reader.read_until(b'\n', &mut text).map_err(|e| io_error(path, e))? == 0 {
            return Ok(());
        }
        let line = serde_json::from_slice(&text).map_err(|e| StoreError::Facts {
            path: path.to_owned(),
            line: number,
            cause: e.to_string(),
        })?;
        take(line)?;
    }
}
