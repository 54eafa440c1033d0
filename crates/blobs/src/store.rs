//! A directory of objects named by the SHA-256 of their bytes: `sha256/ab/abcd…`. Where a process
//! stores many small ones, most of them lie in packs.
//!
//! Objects are never changed and never trusted: what is read is hashed again, and what is stored
//! again is compared with what is there. Several processes may use one directory.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use sha2::{Digest as _, Sha256};
use tenure_model::Digest;

mod durable;
mod pack;
mod small;
mod temporary;

use pack::Place;
use small::{SMALL, Small};
pub use temporary::BlobWriter;

/// Why an object could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// There is no such object.
    #[error("blob {digest} is missing: there is no {}", path.display())]
    Missing {
        /// The object.
        digest: Digest,
        /// Where it should be.
        path: PathBuf,
    },
    /// The file's bytes are not those that its name promises.
    #[error("blob {} has changed: its bytes hash to {found}, not {expected}", path.display())]
    Mismatch {
        /// The digest asked for.
        expected: Digest,
        /// The digest of the bytes there.
        found: Digest,
        /// Where they are.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot {what} {}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// What it said.
        #[source]
        source: io::Error,
    },
}

/// A content-addressed directory.
#[derive(Debug)]
pub struct BlobStore {
    objects: PathBuf,
    temporary: PathBuf,
    packs: PathBuf,
    /// Objects put into files of their own since the last [`Self::sync`].
    unsynced: Mutex<BTreeSet<Digest>>,
    /// Their bytes, but for those that the disk was let begin with.
    fresh: AtomicU64,
    small: Mutex<Small>,
    /// Directories of objects that there are, by the first byte of the digest.
    shards: OnceLock<[AtomicBool; 256]>,
}

impl BlobStore {
    /// Opens the directory, makes it when it is not there, and removes what writers that were
    /// killed have left.
    ///
    /// # Errors
    /// When the directory cannot be made or listed.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, BlobError> {
        let (objects, temporary) = (dir.as_ref().join("sha256"), dir.as_ref().join("tmp"));
        for path in [&objects, &temporary] {
            fs::create_dir_all(path).map_err(io_error("make the directory", path))?;
        }
        temporary::clean(&temporary)?;
        let packs = dir.as_ref().join("packs");
        Ok(Self {
            objects,
            temporary,
            packs,
            unsynced: Mutex::default(),
            fresh: AtomicU64::new(0),
            small: Mutex::default(),
            shards: OnceLock::new(),
        })
    }

    /// Stores the bytes. An object that is already there is compared, and written again when its
    /// bytes are wrong. Others find it only after [`Self::sync`].
    ///
    /// # Errors
    /// When the object cannot be written.
    pub fn put(&self, bytes: &[u8]) -> Result<Digest, BlobError> {
        let digest = Digest(Sha256::digest(bytes).into());
        self.put_as(digest, bytes)?;
        Ok(digest)
    }

    /// Stores several objects, as [`Self::put`] each. Hashing several takes less time than hashing
    /// one after another.
    ///
    /// # Errors
    /// When an object cannot be written; others may be there then.
    pub fn put_all(&self, objects: &[&[u8]]) -> Result<Vec<Digest>, BlobError> {
        let digests: Vec<_> = tenure_hash::hashes(objects).into_iter().map(Digest).collect();
        digests.iter().zip(objects).try_for_each(|(digest, bytes)| self.put_as(*digest, bytes))?;
        Ok(digests)
    }

    fn put_as(&self, digest: Digest, bytes: &[u8]) -> Result<(), BlobError> {
        if self.has_shard(&digest) {
            let path = self.path_of(&digest);
            if fs::metadata(&path).is_ok_and(|m| m.len() == bytes.len() as u64)
                && fs::read(&path).is_ok_and(|there| there == bytes)
            {
                self.remember(digest);
                return Ok(());
            }
        }
        if bytes.len() <= SMALL {
            return self.small().put(digest, bytes, (&self.temporary, &self.packs));
        }
        self.put_file_of_its_own(digest, bytes)
    }

    fn put_file_of_its_own(&self, digest: Digest, bytes: &[u8]) -> Result<(), BlobError> {
        let mut writer = self.writer()?;
        writer.write_hashed(bytes)?;
        self.fresh.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        writer.place(digest)
    }

    fn small(&self) -> MutexGuard<'_, Small> {
        self.small.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there was a directory for the object when the first one was put, or since. Where
    /// there was none, looking for the file costs more than storing a small object; what another
    /// process puts there meanwhile is only stored twice.
    fn has_shard(&self, digest: &Digest) -> bool {
        let [first, ..] = digest.as_bytes();
        self.shards()[usize::from(*first)].load(Ordering::Relaxed)
    }

    fn shards(&self) -> &[AtomicBool; 256] {
        self.shards.get_or_init(|| {
            let there = [const { AtomicBool::new(false) }; 256];
            let Ok(entries) = fs::read_dir(&self.objects) else {
                return [const { AtomicBool::new(true) }; 256];
            };
            for name in entries.flatten().map(|entry| entry.file_name()) {
                let byte = name.to_str().and_then(|name| u8::from_str_radix(name, 16).ok());
                if let Some(byte) = byte {
                    there[usize::from(byte)].store(true, Ordering::Relaxed);
                }
            }
            there
        })
    }

    /// Puts small objects that wait into files of their own.
    fn place_waiting(&self, small: &mut Small) -> Result<(), BlobError> {
        let waiting = small.take_waiting(&self.packs)?;
        waiting.iter().try_for_each(|(digest, bytes)| self.put_file_of_its_own(*digest, bytes))
    }

    /// Where an object lies that is no file of its own.
    fn packed(&self, digest: &Digest) -> Result<Option<Place>, BlobError> {
        self.small().find(digest, &self.packs)
    }

    /// Sees to it that an object which waits for a file of its own gets it before it is read.
    fn settle(&self, digest: &Digest) -> Result<(), BlobError> {
        let mut small = self.small();
        if small.waits(digest) { self.place_waiting(&mut small) } else { Ok(()) }
    }

    /// A writer for bytes whose digest is not known yet.
    ///
    /// # Errors
    /// When no temporary file can be made.
    pub fn writer(&self) -> Result<BlobWriter<'_>, BlobError> {
        BlobWriter::new(self)
    }

    /// Stores the bytes of a file; gives the digest and the number of bytes.
    ///
    /// # Errors
    /// When the file cannot be read or the object cannot be written.
    pub fn put_file(&self, path: impl AsRef<Path>) -> Result<(Digest, u64), BlobError> {
        let path = path.as_ref();
        let mut file = File::open(path).map_err(io_error("open", path))?;
        let mut writer = self.writer()?;
        let mut buffer = vec![0; 256 * 1024];
        loop {
            match file.read(&mut buffer).map_err(io_error("read", path))? {
                0 => return writer.finish(),
                n => writer.write_all(&buffer[..n]).map_err(io_error("write", &self.temporary))?,
            }
        }
    }

    /// The object's bytes, checked.
    ///
    /// # Errors
    /// When the object is missing, changed or unreadable.
    pub fn get(&self, digest: &Digest) -> Result<Vec<u8>, BlobError> {
        self.settle(digest)?;
        let mut path = self.path_of(digest);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let place = self.packed(digest)?;
                let place = place.ok_or_else(|| absent_or_io(digest, &path, error))?;
                path.clone_from(&place.path);
                place.read()?
            }
            read => read.map_err(|source| absent_or_io(digest, &path, source))?,
        };
        let found = Digest(Sha256::digest(&bytes).into());
        if found != *digest {
            return Err(BlobError::Mismatch { expected: *digest, found, path });
        }
        Ok(bytes)
    }

    /// The object as a stream. Bytes given out before the end are not yet checked: only when a
    /// read has returned 0 are all of them the object's.
    ///
    /// # Errors
    /// When the object is missing or cannot be opened. Changed bytes are an error of the read at
    /// the end, of kind [`io::ErrorKind::InvalidData`] around a [`BlobError::Mismatch`].
    pub fn open_blob(&self, digest: &Digest) -> Result<BlobReader, BlobError> {
        self.settle(digest)?;
        let path = self.path_of(digest);
        let (bytes, path): (Box<dyn Read>, _) = match File::open(&path) {
            Ok(file) => (Box::new(file), path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let place = self.packed(digest)?;
                let place = place.ok_or_else(|| absent_or_io(digest, &path, error))?;
                (Box::new(io::Cursor::new(place.read()?)), place.path)
            }
            Err(error) => return Err(absent_or_io(digest, &path, error)),
        };
        Ok(BlobReader { bytes, expected: *digest, hash: Sha256::new(), path, checked: false })
    }

    /// Reads the whole object and checks it; gives the number of bytes.
    ///
    /// # Errors
    /// When the object is missing, changed or unreadable.
    pub fn verify(&self, digest: &Digest) -> Result<u64, BlobError> {
        let mut reader = self.open_blob(digest)?;
        io::copy(&mut reader, &mut io::sink()).map_err(|source| {
            match source.downcast::<BlobError>() {
                Ok(mismatch) => mismatch,
                Err(source) => io_error("read", &reader.path)(source),
            }
        })
    }

    /// Whether there is a file for the object. Its bytes are not looked at.
    #[must_use]
    pub fn contains(&self, digest: &Digest) -> bool {
        self.small().waits(digest)
            || self.path_of(digest).is_file()
            || self.packed(digest).is_ok_and(|place| place.is_some())
    }

    /// Where the object is, or would be: once it is durable, if it is no small one of many.
    #[must_use]
    pub fn path_of(&self, digest: &Digest) -> PathBuf {
        let name = digest.to_string();
        self.objects.join(&name[..2]).join(name)
    }

    /// Every object, in the order of the digests. Files that are no objects are passed over.
    pub fn list(&self) -> impl Iterator<Item = Result<Digest, BlobError>> {
        let packed = {
            let mut small = self.small();
            self.place_waiting(&mut small).and_then(|()| small.list(&self.packs))
        };
        let (packed, unreadable) = match packed {
            Ok(packed) => (packed.into_iter().collect::<BTreeSet<_>>(), None),
            Err(error) => (BTreeSet::new(), Some(Err(error))),
        };
        let shards = (0..=u8::MAX).flat_map(move |shard| match self.list_shard(shard) {
            Ok(mut digests) => {
                digests.extend(packed.iter().filter(|d| d.as_bytes()[0] == shard));
                digests.sort_unstable();
                digests.dedup();
                digests.into_iter().map(Ok).collect()
            }
            Err(error) => vec![Err(error)],
        });
        unreadable.into_iter().chain(shards)
    }

    fn remember(&self, digest: Digest) {
        self.shards()[usize::from(digest.as_bytes()[0])].store(true, Ordering::Relaxed);
        self.unsynced.lock().unwrap_or_else(PoisonError::into_inner).insert(digest);
    }

    fn list_shard(&self, shard: u8) -> Result<Vec<Digest>, BlobError> {
        let path = self.objects.join(format!("{shard:02x}"));
        let entries = match fs::read_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(io_error("list", &path))?,
        };
        let mut digests = Vec::new();
        for entry in entries {
            let name = entry.map_err(io_error("list", &path))?.file_name();
            digests.extend(name.to_str().and_then(|name| name.parse::<Digest>().ok()));
        }
        digests.sort_unstable();
        Ok(digests)
    }
}

/// An object as a stream, hashed while it is read.
pub struct BlobReader {
    bytes: Box<dyn Read>,
    expected: Digest,
    hash: Sha256,
    path: PathBuf,
    checked: bool,
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.bytes.read(buffer)?;
        self.hash.update(&buffer[..n]);
        if n > 0 || buffer.is_empty() || self.checked {
            return Ok(n);
        }
        let found = Digest(self.hash.clone().finalize().into());
        if found != self.expected {
            let (expected, path) = (self.expected, self.path.clone());
            let mismatch = BlobError::Mismatch { expected, found, path };
            return Err(io::Error::new(io::ErrorKind::InvalidData, mismatch));
        }
        self.checked = true;
        Ok(0)
    }
}

fn absent_or_io(digest: &Digest, path: &Path, source: io::Error) -> BlobError {
    match source.kind() {
        io::ErrorKind::NotFound => BlobError::Missing { digest: *digest, path: path.to_owned() },
        _ => io_error("read", path)(source),
    }
}

fn io_error(what: &'static str, path: &Path) -> impl Fn(io::Error) -> BlobError {
    move |source| BlobError::Io { what, path: path.to_owned(), source }
}
