//! Files of facts: what the readers said of a run, kept so that a build need not read the raw
//! bytes again. A projection like all else here: delete it and the blobs are read again.
//!
//! One JSON object per line, zstd: `{"a":digest}` opens an artifact, `{"f":[record,fact]}` are its
//! facts. The last line is `{"u":rows}`: how many rows the run's file of uses has.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tenure_model::digest::Digest;
use tenure_model::fact::Fact;

use crate::store::{StoreError, io_error};

mod told;

pub(crate) use told::{Said, Told, ToldFact};

/// A line of a file of facts.
#[derive(Debug, Serialize, Deserialize)]
pub enum Line {
    /// What follows rests on this artifact.
    #[serde(rename = "a")]
    Artifact(Digest),
    /// A fact and its record.
    #[serde(rename = "f")]
    Fact(u64, Fact),
    /// How many rows the run's file of uses has.
    #[serde(rename = "u")]
    Uses(u64),
}

/// Writes a file of facts.
pub struct FactsWriter {
    temporary: PathBuf,
    out: zstd::Encoder<'static, BufWriter<File>>,
    /// Lines on their way to the encoder, which wants more than a few bytes at a time.
    lines: Vec<u8>,
    source: String,
}

/// Lines are compressed when they have about so many bytes.
const TOGETHER: usize = 64 * 1024;

impl FactsWriter {
    /// For the facts of one run of a source; on their way they lie beside `path`.
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
        Ok(Self { temporary, out, lines: Vec::new(), source: source.to_owned() })
    }

    /// Adds a line.
    ///
    /// # Errors
    /// When a fact has a column that its table does not declare, or the file cannot be written.
    pub fn line(&mut self, line: &Line) -> Result<(), StoreError> {
        match line {
            Line::Fact(record, fact) => self.fact(*record, fact),
            other => self.written(other),
        }
    }

    /// Adds the line of a fact that is somebody else's, too.
    ///
    /// # Errors
    /// As [`Self::line`].
    pub fn fact(&mut self, record: u64, fact: &Fact) -> Result<(), StoreError> {
        #[derive(Serialize)]
        enum Borrowed<'f> {
            #[serde(rename = "f")]
            Fact(u64, &'f Fact),
        }
        if let Some(problem) = fact.misfit() {
            return Err(StoreError::Undeclared { source_name: self.source.clone(), problem });
        }
        self.written(&Borrowed::Fact(record, fact))
    }

    fn written(&mut self, line: &impl Serialize) -> Result<(), StoreError> {
        serde_json::to_writer(&mut self.lines, line)
            .map_err(|e| io_error(&self.temporary, e.into()))?;
        self.lines.push(b'\n');
        if self.lines.len() >= TOGETHER { self.compress() } else { Ok(()) }
    }

    fn compress(&mut self) -> Result<(), StoreError> {
        self.out.write_all(&self.lines).map_err(|e| io_error(&self.temporary, e))?;
        self.lines.clear();
        Ok(())
    }

    /// Completes the file and puts it in place.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish_as(mut self, path: &Path) -> Result<(), StoreError> {
        self.compress()?;
        let temporary = self.temporary;
        let mut out = self.out.finish().map_err(|e| io_error(&temporary, e))?;
        out.flush().map_err(|e| io_error(&temporary, e))?;
        fs::rename(&temporary, path).map_err(|e| io_error(path, e))
    }
}

/// How many rows the run's file of uses has, if the file of facts is there and whole: its zstd
/// frame ends with a checksum of everything in it.
#[must_use]
pub fn uses(path: &Path) -> Option<u64> {
    let mut decoder = zstd::Decoder::new(File::open(path).ok()?).ok()?;
    let mut last = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let n = decoder.read(&mut buffer).ok()?;
        if n == 0 {
            break;
        }
        // Only the last line counts, and it is short.
        last.extend_from_slice(&buffer[..n]);
        last.drain(..last.len().saturating_sub(64));
    }
    let line = last.strip_suffix(b"\n")?.rsplit(|byte| *byte == b'\n').next()?;
    match serde_json::from_slice(line).ok()? {
        Line::Uses(rows) => Some(rows),
        _ => None,
    }
}

/// Reads a file of facts, line by line. What `take` refuses is wrong with the line.
///
/// # Errors
/// When the file cannot be read or a line is damaged.
pub(crate) fn read(
    path: &Path,
    mut take: impl FnMut(Told<'_>) -> Result<(), String>,
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
        let told = serde_json::from_slice(&text).map_err(|e| e.to_string());
        told.and_then(&mut take).map_err(|cause| StoreError::Facts {
            path: path.to_owned(),
            line: number,
            cause,
        })?;
    }
}

#[cfg(test)]
mod tests;
