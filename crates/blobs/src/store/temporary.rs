//! Files on their way to becoming objects. A writer holds a lock on its file while it lives, so
//! a file that can be locked belongs to nobody any more.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::atomic::Ordering;

use rustix::fs::{FlockOperation, flock};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use tenure_model::Digest;

use super::{BlobError, BlobStore, io_error};

/// Writes one object whose digest is known only at the end. Dropped before
/// [`BlobWriter::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct BlobWriter<'a> {
    store: &'a BlobStore,
    file: NamedTempFile,
    hash: Sha256,
    bytes: u64,
}

impl<'a> BlobWriter<'a> {
    pub(super) fn new(store: &'a BlobStore) -> Result<Self, BlobError> {
        let file = locked_file(&store.temporary)
            .map_err(io_error("make a temporary file in", &store.temporary))?;
        Ok(Self { store, file, hash: Sha256::new(), bytes: 0 })
    }

    /// Puts the object in its place; gives its digest and the number of bytes.
    ///
    /// # Errors
    /// When the object cannot be put in its place.
    pub fn finish(self) -> Result<(Digest, u64), BlobError> {
        let digest = Digest(self.hash.clone().finalize().into());
        let bytes = self.bytes;
        self.store.fresh.fetch_add(bytes, Ordering::Relaxed);
        match self.store.verify(&digest) {
            Ok(_) => self.store.remember(digest),
            // Missing, changed or unreadable: either way our bytes are the right ones.
            Err(_) => self.place(digest)?,
        }
        Ok((digest, bytes))
    }

    /// Writes bytes whose digest the caller has taken already.
    pub(super) fn write_hashed(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        self.file.write_all(bytes).map_err(io_error("write", self.file.path()))
    }

    pub(super) fn place(self, digest: Digest) -> Result<(), BlobError> {
        let path = self.store.path_of(&digest);
        let placed = self.file.persist(&path).or_else(|refused| {
            // Once all 256 directories are there, trying first saves a call for each object.
            match (refused.error.kind(), path.parent()) {
                (io::ErrorKind::NotFound, Some(shard)) => {
                    fs::create_dir_all(shard).map_err(io_error("make the directory", shard))?;
                    refused.file.persist(&path).map_err(|e| io_error("rename to", &path)(e.error))
                }
                _ => Err(io_error("rename to", &path)(refused.error)),
            }
        });
        placed?;
        self.store.remember(digest);
        Ok(())
    }
}

impl Write for BlobWriter<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let n = self.file.write(buffer)?;
        self.hash.update(&buffer[..n]);
        self.bytes += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A new file in the directory, locked by this process.
pub(super) fn locked_file(directory: &Path) -> io::Result<NamedTempFile> {
    loop {
        // Nobody changes an object, not even its owner by accident; the open file stays writable.
        let protected = Permissions::from_mode(0o440);
        let file = tempfile::Builder::new()
            .prefix("blob-")
            .permissions(protected)
            .tempfile_in(directory)?;
        flock(file.as_file(), FlockOperation::LockExclusive)?;
        // Another process may have cleaned the file up before it was locked.
        if file.as_file().metadata()?.nlink() > 0 {
            return Ok(file);
        }
    }
}

/// Removes the files of writers that are gone.
pub(super) fn clean(directory: &Path) -> Result<(), BlobError> {
    let entries = fs::read_dir(directory).map_err(io_error("list", directory))?;
    for entry in entries {
        let path = entry.map_err(io_error("list", directory))?.path();
        // A file that cannot be opened or locked is somebody else's, or already gone.
        let Ok(file) = File::open(&path) else { continue };
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(io_error("remove", &path)(error));
                }
                _ => {}
            }
        }
    }
    Ok(())
}
