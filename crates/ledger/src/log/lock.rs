//! One writer per ledger: an advisory lock on a file. Readers take none.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use super::error::LedgerError;

/// Held as long as the value lives; the system frees it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "the open file is the lock")] File);

impl Lock {
    pub(crate) fn acquire(path: &Path) -> Result<Self, LedgerError> {
        let io = || LedgerError::io(path);
        let mut options = OpenOptions::new();
        let mut file =
            options.create(true).truncate(false).read(true).write(true).open(path).map_err(io())?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(LedgerError::Locked { pid: holder(&mut file) });
            }
            Err(error) => return Err(io()(error.into())),
        }
        // For people only: the lock itself does not depend on the content.
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(io())?;
        Ok(Self(file))
    }
}

/// Who holds the lock. It writes its id only after it got the lock, so it may be about to.
fn holder(file: &mut File) -> String {
    for _ in 0..20 {
        let mut pid = String::new();
        if file.rewind().and_then(|()| file.read_to_string(&mut pid)).is_ok() && pid.ends_with('\n')
        {
            return pid.trim().to_owned();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    "unknown".to_owned()
}
