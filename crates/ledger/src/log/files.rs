//! The published files: written once, durably, and never changed. Only `checkpoint` is replaced.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::error::LedgerError;
use super::fault::Fault;

/// From this many files on, one sync of the whole filesystem is cheaper than one per file.
const SYNC_ALL_FROM: usize = if cfg!(test) { 6 } else { 16 };

/// The directory of published files, and the one where they are prepared.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    root: PathBuf,
    temporary: PathBuf,
    /// Directories whose own names this process has made durable.
    durable: Arc<Mutex<BTreeSet<PathBuf>>>,
    pub(crate) fault: Fault,
}

impl Files {
    pub(crate) fn new(dir: &Path) -> Self {
        let (root, temporary) = (dir.join("tiles"), dir.join("staging"));
        Self { root, temporary, durable: Arc::default(), fault: Fault::none() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// `Ok(None)` when there is no such file.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        let path = self.path(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(LedgerError::io(&path)(error)),
        }
    }

    /// Makes the directories and forgets what a killed process left half-written.
    pub(crate) fn prepare(&self) -> Result<(), LedgerError> {
        if self.temporary.exists() {
            fs::remove_dir_all(&self.temporary).map_err(LedgerError::io(&self.temporary))?;
        }
        for dir in [&self.temporary, &self.root] {
            fs::create_dir_all(dir).map_err(LedgerError::io(dir))?;
        }
        Ok(())
    }

    /// Replaces a file: readers see the old or the new bytes, also after a crash.
    pub(crate) fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), LedgerError> {
        let target = self.path(name);
        let temporary = self.temporary.join(name);
        let file = self.write_temporary(&temporary, bytes)?;
        self.fault.step(&temporary)?;
        file.sync_all().map_err(LedgerError::io(&temporary))?;
        self.fault.step(&target)?;
        fs::rename(&temporary, &target).map_err(LedgerError::io(&target))?;
        self.fault.step(&target)?;
        sync_path(&self.root)
    }

    /// Removes a directory of files that nobody needs any more.
    pub(crate) fn remove_dir(&self, name: &str) -> Result<(), LedgerError> {
        let path = self.path(name);
        self.fault.step(&path)?;
        self.durable.lock().unwrap_or_else(PoisonError::into_inner).remove(&path);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(LedgerError::io(&path)(error))
            }
            _ => Ok(()),
        }
    }

    /// Starts a set of files that become visible and durable together.
    pub(crate) fn batch(&self) -> Result<Batch<'_>, LedgerError> {
        // Opened before anything is written: a write-back error is reported to descriptors that
        // were open when it happened.
        let root = File::open(&self.root).map_err(LedgerError::io(&self.root))?;
        Ok(Batch { files: self, root, new: Vec::new(), open: Vec::new() })
    }

    fn write_temporary(&self, path: &Path, bytes: &[u8]) -> Result<File, LedgerError> {
        let mut file = File::create(path).map_err(LedgerError::io(path))?;
        // Half a file is what a crash leaves behind.
        let (first, second) = bytes.split_at(bytes.len() / 2);
        if self.fault.is_armed() {
            file.write_all(first).map_err(LedgerError::io(path))?;
            self.fault.step(path)?;
            file.write_all(second).map_err(LedgerError::io(path))?;
        } else {
            file.write_all(bytes).map_err(LedgerError::io(path))?;
        }
        Ok(file)
    }
}

/// Files on their way to being published.
#[derive(Debug)]
pub(crate) struct Batch<'f> {
    files: &'f Files,
    root: File,
    /// Temporary and final paths.
    new: Vec<(PathBuf, PathBuf)>,
    /// The first new files, still open.
    open: Vec<File>,
}

impl Batch<'_> {
    /// Adds a file. One that exists with the same bytes is fine; with other bytes it is an error.
    pub(crate) fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), LedgerError> {
        if self.files.read(name)?.is_some_and(|existing| existing != bytes) {
            let cause = format!("'{name}' exists with other content");
            return Err(LedgerError::inconsistent(cause));
        }
        // The same bytes are written again: after a failed sync the page cache may show a file
        // that the disk does not have.
        let temporary = self.files.temporary.join(self.new.len().to_string());
        let file = self.files.write_temporary(&temporary, bytes)?;
        self.new.push((temporary, self.files.path(name)));
        if self.new.len() < SYNC_ALL_FROM {
            self.open.push(file);
        }
        Ok(())
    }

    /// Makes the contents durable, the files visible, and their names durable, in this order.
    pub(crate) fn commit(self) -> Result<(), LedgerError> {
        let (fault, root) = (&self.files.fault, &self.files.root);
        fault.step(root)?;
        let many = self.new.len() >= SYNC_ALL_FROM;
        if !(many && sync_filesystem(&self.root).map_err(LedgerError::io(root))?) {
            self.sync_contents()?;
        }
        for (temporary, target) in &self.new {
            let parent = target.parent().unwrap_or(root);
            fs::create_dir_all(parent).map_err(LedgerError::io(parent))?;
            fault.step(target)?;
            fs::rename(temporary, target).map_err(LedgerError::io(target))?;
            fault.step(target)?;
        }
        self.sync_names()
    }

    /// Syncs each directory that got a file, and those above it as far as their names are not
    /// known to be durable: a killed process may have made them without a sync.
    fn sync_names(&self) -> Result<(), LedgerError> {
        let root = &self.files.root;
        let mut durable = self.files.durable.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut dirs, mut named) = (BTreeSet::new(), BTreeSet::new());
        for (_, target) in &self.new {
            for dir in target.ancestors().skip(1).take_while(|dir| dir.starts_with(root)) {
                dirs.insert(dir);
                if durable.contains(dir) {
                    break;
                }
                named.insert(dir.to_owned());
            }
        }
        // Directories are few even when files are many, and one sync often writes the names of all.
        let many = dirs.len() >= SYNC_ALL_FROM;
        if !(many && sync_filesystem(&self.root).map_err(LedgerError::io(root))?) {
            dirs.into_iter().try_for_each(sync_path)?;
        }
        durable.append(&mut named);
        Ok(())
    }

    fn sync_contents(&self) -> Result<(), LedgerError> {
        for (file, (path, _)) in self.open.iter().zip(&self.new) {
            file.sync_all().map_err(LedgerError::io(path))?;
        }
        let closed = self.new.iter().skip(self.open.len()).map(|(path, _)| path);
        closed.into_iter().try_for_each(|path| sync_path(path))
    }
}

fn sync_path(path: &Path) -> Result<(), LedgerError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(LedgerError::io(path))
}

/// `false` where the system has no such call.
#[cfg(target_os = "linux")]
fn sync_filesystem(dir: &File) -> io::Result<bool> {
    rustix::fs::syncfs(dir)?;
    Ok(true)
}

#[cfg(not(target_os = "linux"))]
fn sync_filesystem(_: &File) -> io::Result<bool> {
    Ok(false)
}
