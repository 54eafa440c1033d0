//! Small objects in few files. A log may come in a million objects of two kilobytes, and making a
//! file costs far more than storing so little.
//!
//! A pack is `packs/<digest>.pack`: objects one after another, then an index with 48 bytes for each
//! in the order of their digests (digest, place, length; numbers big-endian), then their number and
//! a mark, eight bytes each. Its name is the SHA-256 of the index.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use tenure_model::Digest;

use super::temporary::locked_file;
use super::{BlobError, io_error};

const MARK: &[u8; 8] = b"tenpack1";
const ENTRY: usize = 48;
const TRAILER: u64 = 16;
/// Bytes are written in pieces of about this size.
const PIECE: usize = 1 << 20;

/// Where an object lies.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) file: Arc<File>,
    pub(super) path: PathBuf,
    pub(super) at: u64,
    pub(super) length: u64,
}

impl Place {
    pub(super) fn read(&self) -> Result<Vec<u8>, BlobError> {
        let length = usize::try_from(self.length).unwrap_or(usize::MAX);
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, self.at).map_err(io_error("read", &self.path))?;
        Ok(bytes)
    }
}

/// A pack that is being written. It has no name before it is closed, and goes with the process.
#[derive(Debug)]
pub(super) struct PackWriter {
    file: NamedTempFile,
    again: Arc<File>,
    piece: Vec<u8>,
    written: u64,
    entries: BTreeMap<Digest, (u64, u64)>,
}

impl PackWriter {
    pub(super) fn create(temporary: &Path) -> Result<Self, BlobError> {
        let file =
            locked_file(temporary).map_err(io_error("make a temporary file in", temporary))?;
        let again = file.reopen().map_err(io_error("open", file.path()))?;
        Ok(Self {
            file,
            again: Arc::new(again),
            piece: Vec::with_capacity(PIECE),
            written: 0,
            entries: BTreeMap::new(),
        })
    }

    pub(super) fn add(&mut self, digest: Digest, bytes: &[u8]) -> Result<(), BlobError> {
        if self.entries.contains_key(&digest) {
            return Ok(());
        }
        let at = self.written + self.piece.len() as u64;
        self.piece.extend_from_slice(bytes);
        self.entries.insert(digest, (at, bytes.len() as u64));
        if self.piece.len() >= PIECE { self.flush() } else { Ok(()) }
    }

    pub(super) fn find(&mut self, digest: &Digest) -> Result<Option<Place>, BlobError> {
        let Some((at, length)) = self.entries.get(digest).copied() else { return Ok(None) };
        self.flush()?;
        let (file, path) = (Arc::clone(&self.again), self.file.path().to_owned());
        Ok(Some(Place { file, path, at, length }))
    }

    /// The file, with all that was added.
    pub(super) fn begun(&mut self) -> Result<Arc<File>, BlobError> {
        self.flush()?;
        Ok(Arc::clone(&self.again))
    }

    /// Completes the pack and gives it its name.
    pub(super) fn close(mut self, directory: &Path) -> Result<(), BlobError> {
        let mut index = Vec::with_capacity(self.entries.len() * ENTRY);
        for (digest, (at, length)) in &self.entries {
            index.extend_from_slice(digest.as_bytes());
            index.extend_from_slice(&at.to_be_bytes());
            index.extend_from_slice(&length.to_be_bytes());
        }
        let name = Digest(Sha256::digest(&index).into());
        self.piece.extend_from_slice(&index);
        self.piece.extend_from_slice(&(self.entries.len() as u64).to_be_bytes());
        self.piece.extend_from_slice(MARK);
        self.flush()?;
        let path = directory.join(format!("{name}.pack"));
        self.file.as_file().sync_all().map_err(io_error("sync", &path))?;
        match fs::create_dir(directory) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(io_error("make the directory", directory)(error));
            }
            _ => {}
        }
        self.file.persist(&path).map_err(|e| io_error("rename to", &path)(e.error))?;
        File::open(directory).and_then(|d| d.sync_all()).map_err(io_error("sync", directory))
    }

    fn flush(&mut self) -> Result<(), BlobError> {
        self.file.write_all(&self.piece).map_err(io_error("write", self.file.path()))?;
        self.written += self.piece.len() as u64;
        self.piece.clear();
        Ok(())
    }
}

/// The packs of a store that are complete.
#[derive(Debug, Default)]
pub(super) struct Packs {
    known: BTreeMap<PathBuf, Pack>,
}

#[derive(Debug)]
struct Pack {
    file: Arc<File>,
    /// As in the file.
    index: Vec<u8>,
}

impl Packs {
    /// Looks an object up, in packs that came meanwhile, too.
    pub(super) fn find(
        &mut self,
        directory: &Path,
        digest: &Digest,
    ) -> Result<Option<Place>, BlobError> {
        if let Some(place) = self.look_up(digest) {
            return Ok(Some(place));
        }
        Ok(if self.refresh(directory)? { self.look_up(digest) } else { None })
    }

    /// Every object, in the order of the digests within each pack.
    pub(super) fn list(&mut self, directory: &Path) -> Result<Vec<Digest>, BlobError> {
        self.refresh(directory)?;
        let entries = self.known.values().flat_map(|pack| pack.index.chunks_exact(ENTRY));
        Ok(entries.filter_map(|entry| entry[..32].try_into().ok().map(Digest)).collect())
    }

    /// Looks an object up in the packs that are known.
    pub(super) fn look_up(&self, digest: &Digest) -> Option<Place> {
        self.known.iter().find_map(|(path, pack)| {
            let (at, length) = pack.place(digest)?;
            Some(Place { file: Arc::clone(&pack.file), path: path.clone(), at, length })
        })
    }

    /// Loads packs that are not known yet; says whether there were any.
    pub(super) fn refresh(&mut self, directory: &Path) -> Result<bool, BlobError> {
        let entries = match fs::read_dir(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            other => other.map_err(io_error("list", directory))?,
        };
        let mut new = false;
        for entry in entries {
            let path = entry.map_err(io_error("list", directory))?.path();
            if path.extension().is_some_and(|e| e == "pack") && !self.known.contains_key(&path) {
                let pack = Pack::open(&path)?;
                self.known.insert(path, pack);
                new = true;
            }
        }
        Ok(new)
    }
}

impl Pack {
    fn open(path: &Path) -> Result<Self, BlobError> {
        let failed = io_error("read the index of", path);
        let damaged = |cause: &str| io::Error::new(io::ErrorKind::InvalidData, cause.to_owned());
        let read = || {
            let file = File::open(path)?;
            let bytes = file.metadata()?.len();
            let mut trailer = [0; TRAILER as usize];
            let end = bytes.checked_sub(TRAILER).ok_or_else(|| damaged("it is cut off"))?;
            file.read_exact_at(&mut trailer, end)?;
            let (count, mark) = trailer.split_at(8);
            let count = u64::from_be_bytes(count.try_into().map_err(io::Error::other)?);
            let length = count.checked_mul(ENTRY as u64).filter(|length| *length <= end);
            let length = length.filter(|_| mark == MARK).ok_or_else(|| damaged("it is no pack"))?;
            let mut index = vec![0; usize::try_from(length).map_err(io::Error::other)?];
            file.read_exact_at(&mut index, end - length)?;
            Ok((file, index))
        };
        let (file, index) = read().map_err(failed)?;
        let found = Digest(Sha256::digest(&index).into());
        let expected = path.file_stem().and_then(|name| name.to_str()?.parse::<Digest>().ok());
        match expected {
            Some(expected) if expected != found => {
                Err(BlobError::Mismatch { expected, found, path: path.to_owned() })
            }
            _ => Ok(Self { file: Arc::new(file), index }),
        }
    }

    fn place(&self, digest: &Digest) -> Option<(u64, u64)> {
        let entry = |at: usize| &self.index[at * ENTRY..(at + 1) * ENTRY];
        let (mut low, mut high) = (0, self.index.len() / ENTRY);
        while low < high {
            let middle = low.midpoint(high);
            if entry(middle)[..32] < digest.as_bytes()[..] {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let found = (low < self.index.len() / ENTRY).then(|| entry(low))?;
        let number = |at: usize| found[at..at + 8].try_into().map(u64::from_be_bytes).ok();
        (found[..32] == digest.as_bytes()[..]).then_some((number(32)?, number(40)?))
    }
}
