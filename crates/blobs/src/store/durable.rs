//! Making durable what was put.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use tenure_model::Digest;

use super::{BlobError, BlobStore, io_error};

/// From this many files on, one sync of the whole file system is cheaper than one for each.
const SYNC_ALL_FROM: usize = 16;

impl BlobStore {
    /// Bytes put into files of their own since [`Self::write_back`] last began.
    #[must_use]
    pub fn fresh(&self) -> u64 {
        self.fresh.load(Ordering::Relaxed)
    }

    /// Lets the disk begin with what was put so far, where that is much, so that [`Self::sync`] has
    /// less to wait for. Objects can be put and read meanwhile.
    ///
    /// # Errors
    /// When the operating system says that something could not be written: it may say so only once.
    pub fn write_back(&self) -> Result<(), BlobError> {
        self.fresh.store(0, Ordering::Relaxed);
        let pack = self.small().begun()?;
        if let Some(pack) = pack {
            pack.sync_data().map_err(io_error("sync a pack in", &self.temporary))?;
        }
        let unsynced = self.unsynced.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if unsynced.len() < SYNC_ALL_FROM || sync_file_system(&self.objects) {
            return Ok(());
        }
        self.sync_each(&unsynced)
    }

    /// Makes everything put so far durable: names and bytes.
    ///
    /// A pack is synced by itself. Where many objects are files of their own, one `syncfs` for the
    /// whole file system replaces an `fsync` for each and its directory. A run stores thousands of
    /// small objects and names them only afterwards, in the ledger, so nothing needs an object to
    /// be durable earlier; an object that a crash leaves half written is never named, and is
    /// written again by the next [`Self::put`].
    ///
    /// # Errors
    /// When the operating system cannot say that everything is on the disk.
    pub fn sync(&self) -> Result<(), BlobError> {
        let writer = {
            let mut small = self.small();
            self.place_waiting(&mut small)?;
            small.take_writer()
        };
        if let Some(writer) = writer {
            writer.close(&self.packs)?;
        }
        let mut unsynced = self.unsynced.lock().unwrap_or_else(PoisonError::into_inner);
        let many = unsynced.len() >= SYNC_ALL_FROM;
        if !(many && sync_file_system(&self.objects)) {
            self.sync_each(&unsynced)?;
        }
        // What could not be made durable is still to be made durable.
        unsynced.clear();
        Ok(())
    }

    /// Syncs the objects, their directories, and those above, which this store may have made.
    fn sync_each(&self, digests: &BTreeSet<Digest>) -> Result<(), BlobError> {
        let blobs = self.objects.parent();
        let above = [blobs, blobs.and_then(Path::parent)].into_iter().flatten();
        let mut directories: BTreeSet<PathBuf> = above.map(Path::to_path_buf).collect();
        directories.insert(self.objects.clone());
        // A process that was killed may have named a pack and not synced the name.
        directories.extend(self.packs.is_dir().then(|| self.packs.clone()));
        for digest in digests {
            let path = self.path_of(digest);
            sync_path(&path)?;
            directories.extend(path.parent().map(Path::to_path_buf));
        }
        directories.iter().try_for_each(|path| sync_path(path))
    }
}

fn sync_path(path: &Path) -> Result<(), BlobError> {
    // The parent of a path of one name is here.
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    File::open(path).and_then(|file| file.sync_all()).map_err(io_error("sync", path))
}

/// `false` where that does not work.
#[cfg(target_os = "linux")]
fn sync_file_system(path: &Path) -> bool {
    File::open(path).is_ok_and(|directory| rustix::fs::syncfs(&directory).is_ok())
}

#[cfg(not(target_os = "linux"))]
fn sync_file_system(_: &Path) -> bool {
    false
}
