//! Lets the disk take in blobs while others are received: what is to be durable before the run is
//! on record is mostly on the disk by then.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

use tenure_blobs::{BlobError, BlobStore};

use super::record::joined;

/// The disk is asked for this many bytes at a time: fewer cost more waiting in between.
const TOGETHER: u64 = 16 << 20;

/// The disk at work.
pub(super) struct Disk<'scope> {
    more: SyncSender<()>,
    written: ScopedJoinHandle<'scope, Result<(), BlobError>>,
}

impl<'scope> Disk<'scope> {
    pub(super) fn begin<'env>(scope: &'scope Scope<'scope, 'env>, blobs: &'env BlobStore) -> Self {
        // One notice waits at most: it stands for all that came.
        let (more, received) = sync_channel(1);
        let written = scope.spawn(move || write(blobs, received));
        Self { more, written }
    }

    /// Where to say that there may be more blobs, without waiting.
    pub(super) fn more(&self) -> SyncSender<()> {
        self.more.clone()
    }

    /// Says that no more come.
    pub(super) fn end(self) -> Written<'scope> {
        Written(self.written)
    }
}

/// A disk that was told of everything.
pub(super) struct Written<'scope>(ScopedJoinHandle<'scope, Result<(), BlobError>>);

impl Written<'_> {
    /// Waits until it has begun with all of it; says what it could not write.
    pub(super) fn wait(self) -> anyhow::Result<()> {
        joined(self.0)
    }
}

/// Ends when nobody can say any more that there is more.
fn write(blobs: &BlobStore, received: Receiver<()>) -> Result<(), BlobError> {
    for () in received {
        if blobs.fresh() >= TOGETHER {
            blobs.write_back()?;
        }
    }
    blobs.write_back()
}
