//! Re-derives a whole ledger and compares: every entry, bundle, tile, root and signature.
//!
//! Three verdicts: verified, missing, mismatch. One pass, bounded memory, nothing is repaired.

mod leftovers;
mod rows;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use tenure_model::ids::Seq;

use self::rows::Rows;
use super::edge::Edge;
use super::error::LedgerError;
use super::files::Files;
use super::{DATABASE, NOTE_FILE};
use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::merkle::{Hash, leaf_hash};
use crate::note::VerifierKey;
use crate::store::Store;
use crate::tiles::{TILE_WIDTH, TileKind, TilePath, read_bundle, tile_at};

/// Findings kept by name; the counts go on.
const MAX_FINDINGS: usize = 1000;

/// What a check found of one thing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verdict {
    /// It is there and what it should be.
    Verified,
    /// It is not there.
    Missing,
    /// It is there and something else than it should be.
    Mismatch,
}

/// What a finding is about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Subject {
    /// A published file, by its path below `tiles/`.
    File(String),
    /// An entry in the database.
    Entry(Seq),
    /// The database as a whole, or one of its tables.
    Database(&'static str),
}

/// Something that is missing or different.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What it is about.
    pub subject: Subject,
    /// [`Verdict::Missing`] or [`Verdict::Mismatch`].
    pub verdict: Verdict,
    /// What was expected, lower case, no full stop.
    pub cause: String,
}

/// How many things got a verdict.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Count {
    /// Published files: the checkpoint, hash tiles, entry bundles.
    pub files: u64,
    /// Entries in the database.
    pub entries: u64,
}

/// The outcome of [`verify`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct VerifyReport {
    /// The state that was verified; none when there is no readable checkpoint.
    pub checkpoint: Option<Checkpoint>,
    /// Entries that are sequenced, but not in the checkpoint yet. They are checked too.
    pub unpublished: u64,
    /// Things that are what they should be.
    pub verified: Count,
    /// Things that are not there.
    pub missing: Count,
    /// Things that are different.
    pub mismatch: Count,
    /// The first thousand things that are missing or different.
    pub findings: Vec<Finding>,
    /// Findings beyond these.
    pub findings_omitted: u64,
}

impl VerifyReport {
    /// Whether everything is there and what it should be.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.checkpoint.is_some() && self.findings.is_empty()
    }

    fn count(&mut self, verdict: Verdict) -> &mut Count {
        match verdict {
            Verdict::Verified => &mut self.verified,
            Verdict::Missing => &mut self.missing,
            Verdict::Mismatch => &mut self.mismatch,
        }
    }

    fn find(&mut self, subject: Subject, verdict: Verdict, cause: impl Into<String>) {
        match &subject {
            Subject::File(_) => self.count(verdict).files += 1,
            Subject::Entry(_) => self.count(verdict).entries += 1,
            Subject::Database(_) => {}
        }
        if self.findings.len() == MAX_FINDINGS {
            self.findings_omitted += 1;
            return;
        }
        self.findings.push(Finding { subject, verdict, cause: cause.into() });
    }

    fn file(&mut self, name: impl ToString, verdict: Verdict, cause: impl Into<String>) {
        self.find(Subject::File(name.to_string()), verdict, cause);
    }
}

/// Verifies the ledger in a directory against the log's public key, reading every byte of it.
/// Without a database (a copy of the published files) only the files are verified, and its
/// absence is a finding.
///
/// # Errors
/// Only when something cannot be read at all; what is wrong with what was read is in the report.
pub fn verify(dir: &Path, log: &VerifierKey) -> Result<VerifyReport, LedgerError> {
    let files = Files::new(dir);
    let store = Store::open(&dir.join(DATABASE))?;
    let mut report = VerifyReport::default();
    let published = check_checkpoint(&files, log, &mut report)?;
    let decided = store.as_ref().and_then(|store| check_database(store, log, &mut report));
    // A damaged checkpoint file does not keep us from checking everything else.
    let state = published.as_ref().or(decided.as_ref());
    if let (Some(published), Some(decided)) = (&published, &decided) {
        let (old, new) = (&published.checkpoint, &decided.checkpoint);
        if old.size > new.size || (old.size == new.size && old != new) {
            let cause = "its checkpoint is not the published one";
            report.find(Subject::Database("checkpoint"), Verdict::Mismatch, cause);
        }
    }
    let mut run = Run { files: &files, report, edge: Some(Edge::default()), tile: Vec::new() };
    let size = state.map_or(0, |signed| signed.checkpoint.size);
    match &store {
        Some(store) => {
            let mut statement = rows::prepare(store)?;
            let mut rows = Rows::new(&mut statement)?;
            run.bundles(size, Some(&mut rows))?;
            rows.rest(size, &mut run.report);
            rows.compare_index(store, &mut run.report);
        }
        None => {
            run.report.find(Subject::Database("file"), Verdict::Missing, "there is no database");
            run.bundles(size, None)?;
        }
    }
    run.partial_tiles()?;
    run.root(state.map(|signed| &signed.checkpoint));
    // Files of a publication that a killed process left unfinished are not wrong yet.
    let pending = decided.as_ref().map_or(size, |decided| decided.checkpoint.size.max(size));
    leftovers::check(&files, size, pending, &mut run.report)?;
    run.report.checkpoint = state.map(|signed| signed.checkpoint.clone());
    Ok(run.report)
}

fn check_checkpoint(
    files: &Files,
    log: &VerifierKey,
    report: &mut VerifyReport,
) -> Result<Option<SignedCheckpoint>, LedgerError> {
    let Some(bytes) = files.read(NOTE_FILE)? else {
        report.file(NOTE_FILE, Verdict::Missing, "there is no published checkpoint");
        return Ok(None);
    };
    match parse_signed(&bytes, log) {
        Ok(signed) => {
            report.verified.files += 1;
            Ok(Some(signed))
        }
        Err(cause) => {
            report.file(NOTE_FILE, Verdict::Mismatch, cause);
            Ok(None)
        }
    }
}

fn parse_signed(bytes: &[u8], log: &VerifierKey) -> Result<SignedCheckpoint, String> {
    let signed = SignedCheckpoint::parse(bytes).map_err(|error| error.to_string())?;
    signed.verify(log).map_err(|error| error.to_string())?;
    // Only the spelling we would write: a lenient reader would accept changed bytes.
    if signed.note.to_string().as_bytes() != bytes {
        return Err("it has another spelling than the signed note".to_owned());
    }
    Ok(signed)
}

fn check_database(
    store: &Store,
    log: &VerifierKey,
    report: &mut VerifyReport,
) -> Option<SignedCheckpoint> {
    let subject = Subject::Database;
    if store.meta("verifier_key").ok().flatten() != Some(log.to_string()) {
        report.find(subject("meta"), Verdict::Mismatch, "it names another verifier key");
    }
    let note = store.checkpoint().map_err(|error| error.to_string());
    match note.and_then(|note| parse_signed(note.as_bytes(), log)) {
        Ok(signed) => {
            let beside = store.checkpoint_size().ok().map(i64::cast_unsigned);
            if beside != Some(signed.checkpoint.size) {
                let cause = "the size beside its checkpoint is another one";
                report.find(subject("checkpoint"), Verdict::Mismatch, cause);
            }
            Some(signed)
        }
        Err(cause) => {
            report.find(subject("checkpoint"), Verdict::Mismatch, cause);
            None
        }
    }
}

/// One verification on its way through the log.
struct Run<'f> {
    files: &'f Files,
    report: VerifyReport,
    /// The tree over the leaves so far; none after leaves that cannot be recovered.
    edge: Option<Edge>,
    /// Buffer for tile files.
    tile: Vec<u8>,
}

impl Run<'_> {
    fn bundles(&mut self, size: u64, mut rows: Option<&mut Rows<'_>>) -> Result<(), LedgerError> {
        let mut bundle = Vec::new();
        let mut leaves: Vec<Hash> = Vec::with_capacity(usize::from(TILE_WIDTH));
        for index in 0.. {
            let Some(path) = tile_at(TileKind::Entries, index, size) else { break };
            leaves.clear();
            let first = index * u64::from(TILE_WIDTH);
            let usable = self.bundle(path, &mut bundle, &mut leaves)?;
            if let Some(rows) = &mut rows {
                let entries = if usable { bundle.as_slice() } else { &[] };
                rows.compare(first, path.width(), entries, &mut leaves, &mut self.report);
            }
            if leaves.len() == usize::from(path.width()) {
                self.push(&leaves)?;
            } else {
                self.edge = None;
            }
        }
        Ok(())
    }

    /// Reads a bundle and hashes its entries. When it is unusable, `leaves` are those of its tile.
    fn bundle(
        &mut self,
        path: TilePath,
        bundle: &mut Vec<u8>,
        leaves: &mut Vec<Hash>,
    ) -> Result<bool, LedgerError> {
        let cause = if read_tile(self.files, path, bundle)? {
            match read_bundle(bundle, path.width(), |entry| leaves.push(leaf_hash(entry))) {
                Ok(()) => {
                    self.report.verified.files += 1;
                    return Ok(true);
                }
                Err(error) => (Verdict::Mismatch, error.to_string()),
            }
        } else {
            (Verdict::Missing, "there is no such entry bundle".to_owned())
        };
        self.report.file(path, cause.0, cause.1);
        leaves.clear();
        if let Some(tile) = TilePath::hashes(0, path.index(), path.width())
            && read_tile(self.files, tile, &mut self.tile)?
        {
            leaves.extend_from_slice(self.tile.as_chunks().0);
        }
        Ok(false)
    }

    fn push(&mut self, leaves: &[Hash]) -> Result<(), LedgerError> {
        let Some(edge) = &mut self.edge else { return Ok(()) };
        let (files, tile, report) = (self.files, &mut self.tile, &mut self.report);
        leaves.iter().try_for_each(|leaf| {
            edge.push(leaf, |path, expected| compare_tile(files, path, expected, tile, report))
        })
    }

    fn partial_tiles(&mut self) -> Result<(), LedgerError> {
        let Some(edge) = &self.edge else { return Ok(()) };
        for (path, expected) in edge.grown() {
            compare_tile(self.files, path, expected, &mut self.tile, &mut self.report)?;
        }
        Ok(())
    }

    fn root(&mut self, checkpoint: Option<&Checkpoint>) {
        let Some(checkpoint) = checkpoint else { return };
        let root = self.edge.as_ref().and_then(Edge::root);
        if root != Some(checkpoint.root) {
            let cause = "the entries do not hash to its root";
            self.report.file(NOTE_FILE, Verdict::Mismatch, cause);
        }
    }
}

fn compare_tile(
    files: &Files,
    path: TilePath,
    expected: &[u8],
    buffer: &mut Vec<u8>,
    report: &mut VerifyReport,
) -> Result<(), LedgerError> {
    if !read_tile(files, path, buffer)? {
        report.file(path, Verdict::Missing, "there is no such tile");
        return Ok(());
    }
    if buffer == expected {
        report.verified.files += 1;
        return Ok(());
    }
    let (found, wanted) = (buffer.as_chunks::<32>().0, expected.as_chunks::<32>().0);
    let place = found.iter().zip(wanted).position(|(found, wanted)| found != wanted);
    let cause = place.map_or_else(
        || format!("it has {} bytes and should have {}", buffer.len(), expected.len()),
        |place| format!("its hash {place} is not that of what it covers"),
    );
    report.file(path, Verdict::Mismatch, cause);
    Ok(())
}

/// Reads a tile into a buffer. Where a partial tile has been replaced by its full successor, its
/// part of that one is read (tlog-tiles, partial tiles).
fn read_tile(files: &Files, path: TilePath, buffer: &mut Vec<u8>) -> Result<bool, LedgerError> {
    if read_into(files, &path.to_string(), buffer)? {
        return Ok(true);
    }
    if path.is_full() || !read_into(files, &path.full().to_string(), buffer)? {
        return Ok(false);
    }
    buffer.truncate(prefix_length(path, buffer));
    Ok(true)
}

/// The number of bytes of a tile that the first items of it take, as many as `path` has.
fn prefix_length(path: TilePath, tile: &[u8]) -> usize {
    if let TileKind::Hashes(_) = path.kind() {
        return usize::from(path.width()) * 32;
    }
    let mut length = 0;
    for _ in 0..path.width() {
        let Some(prefix) = tile.get(length..).and_then(<[u8]>::first_chunk) else { break };
        length += 2 + usize::from(u16::from_be_bytes(*prefix));
    }
    length
}

/// Reads a file into a buffer that is used again. `false` when there is none.
fn read_into(files: &Files, name: &str, buffer: &mut Vec<u8>) -> Result<bool, LedgerError> {
    buffer.clear();
    let path = files.path(name);
    match File::open(&path).and_then(|mut file| file.read_to_end(buffer)) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(LedgerError::io(&path)(error)),
    }
}
