//! A directory of objects named by the SHA-256 of their bytes: `sha256/ab/abcd…`. Where a process
//! stores many small ones, most of them lie in packs.
//!
//! Objects are never changed and never trusted: what is read is hashed again, and what is stored
//! again is compared with what is there. Several processes may use one directory.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use tenure_model::Digest;

mod pack;
mod temporary;

use pack::{PackWriter, Packs, Place};
pub use temporary::BlobWriter;

/// Larger objects are files of their own.
const SMALL: usize = 64 * 1024;
/// So many small objects of a process are files of their own, too, which people find more easily.
const LOOSE: u64 = 256;

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
    /// Objects put since the last [`Self::sync`]; only the slow way of syncing needs them.
    unsynced: Mutex<BTreeSet<Digest>>,
    small: Mutex<Small>,
}

/// Small objects.
#[derive(Debug, Default)]
struct Small {
    /// How many this process has put.
    count: u64,
    writer: Option<PackWriter>,
    packs: Packs,
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
        Ok(Self { objects, temporary, packs, unsynced: Mutex::default(), small: Mutex::default() })
    }

    /// Stores the bytes. An object that is already there is compared, and written again when its
    /// bytes are wrong.
    ///
    /// # Errors
    /// When the object cannot be written.
    pub fn put(&self, bytes: &[u8]) -> Result<Digest, BlobError> {
        let digest = Digest(Sha256::digest(bytes).into());
        let path = self.path_of(&digest);
        if fs::metadata(&path).is_ok_and(|m| m.len() == bytes.len() as u64)
            && fs::read(&path).is_ok_and(|there| there == bytes)
        {
            self.remember(digest);
            return Ok(digest);
        }
        if bytes.len() <= SMALL && self.put_small(digest, bytes)? {
            return Ok(digest);
        }
        let mut writer = self.writer()?;
        writer.write_hashed(bytes)?;
        writer.place(digest)?;
        Ok(digest)
    }

    /// Puts a small object into a pack, unless it should be a file of its own.
    fn put_small(&self, digest: Digest, bytes: &[u8]) -> Result<bool, BlobError> {
        let mut small = self.small.lock().unwrap_or_else(PoisonError::into_inner);
        small.count += 1;
        if small.count <= LOOSE {
            return Ok(false);
        }
        let Small { writer, packs, .. } = &mut *small;
        let writer = match writer {
            Some(writer) => writer,
            none => {
                packs.refresh(&self.packs)?;
                none.insert(PackWriter::create(&self.temporary)?)
            }
        };
        let there = packs.look_up(&digest);
        if there.is_none_or(|place| !place.read().is_ok_and(|there| there == bytes)) {
            writer.add(digest, bytes)?;
        }
        Ok(true)
    }

    /// Where an object lies that is no file of its own.
    fn packed(&self, digest: &Digest) -> Result<Option<Place>, BlobError> {
        let mut small = self.small.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(writer) = &mut small.writer
            && let Some(place) = writer.find(digest)?
        {
            return Ok(Some(place));
        }
        small.packs.find(&self.packs, digest)
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
        self.path_of(digest).is_file() || self.packed(digest).is_ok_and(|place| place.is_some())
    }

    /// Where the object is, or would be.
    #[must_use]
    pub fn path_of(&self, digest: &Digest) -> PathBuf {
        let name = digest.to_string();
        self.objects.join(&name[..2]).join(name)
    }

    /// Every object, in the order of the digests. Files that are no objects are passed over.
    pub fn list(&self) -> impl Iterator<Item = Result<Digest, BlobError>> {
        let packed = {
            let mut small = self.small.lock().unwrap_or_else(PoisonError::into_inner);
            small.packs.list(&self.packs)
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

    /// Makes everything put so far durable: names and bytes.
    ///
    /// One `syncfs` for the whole file system replaces an `fsync` for each object and its
    /// directory. A run stores thousands of small objects and names them only afterwards, in the
    /// ledger, so nothing needs an object to be durable earlier; an object that a crash leaves
    /// half written is never named, and is written again by the next [`Self::put`].
    ///
    /// # Errors
    /// When the operating system cannot say that everything is on the disk.
    pub fn sync(&self) -> Result<(), BlobError> {
        let writer = self.small.lock().unwrap_or_else(PoisonError::into_inner).writer.take();
        if let Some(writer) = writer {
            writer.close(&self.packs)?;
        }
        let unsynced =
            std::mem::take(&mut *self.unsynced.lock().unwrap_or_else(PoisonError::into_inner));
        let done = sync_file_system(&self.objects).or_else(|_| self.sync_each(&unsynced));
        if done.is_err() {
            // What could not be made durable is still to be made durable.
            self.unsynced.lock().unwrap_or_else(PoisonError::into_inner).extend(unsynced);
        }
        done
    }

    fn sync_each(&self, digests: &BTreeSet<Digest>) -> Result<(), BlobError> {
        let mut directories = BTreeSet::from([self.objects.clone()]);
        let sync = |path: &Path| {
            File::open(path).and_then(|f| f.sync_all()).map_err(io_error("sync", path))
        };
        for digest in digests {
            let path = self.path_of(digest);
            sync(&path)?;
            directories.extend(path.parent().map(Path::to_path_buf));
        }
        directories.iter().try_for_each(|path| sync(path))
    }

    fn remember(&self, digest: Digest) {
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

#[cfg(target_os = "linux")]
fn sync_file_system(path: &Path) -> Result<(), BlobError> {
    let directory = File::open(path).map_err(io_error("open", path))?;
    rustix::fs::syncfs(&directory).map_err(|errno| io_error("sync", path)(errno.into()))
}

#[cfg(not(target_os = "linux"))]
fn sync_file_system(path: &Path) -> Result<(), BlobError> {
    Err(io_error("sync", path)(io::ErrorKind::Unsupported.into()))
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
