//! Files beyond those a size needs: earlier partial tiles are checked, others do not belong.

use std::fs;
use std::path::Path;

use super::{NOTE_FILE, Verdict, VerifyReport, prefix_length};
use crate::log::error::LedgerError;
use crate::log::files::Files;
use crate::tiles::{TilePath, tile_at};

/// Walks the published files. Those of sizes up to `size` were compared already, except partial
/// tiles of earlier sizes: these must be a prefix of what replaced them.
pub(super) fn check(
    files: &Files,
    size: u64,
    pending: u64,
    report: &mut VerifyReport,
) -> Result<(), LedgerError> {
    let mut dirs = vec![String::new()];
    while let Some(dir) = dirs.pop() {
        let path = files.path(&dir);
        let entries = match fs::read_dir(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            entries => entries.map_err(LedgerError::io(&path))?,
        };
        for entry in entries {
            let entry = entry.map_err(LedgerError::io(&path))?;
            let name = Path::new(&dir).join(entry.file_name()).to_string_lossy().into_owned();
            if entry.file_type().map_err(LedgerError::io(&path))?.is_dir() {
                dirs.push(name);
            } else if name != NOTE_FILE {
                file(files, &name, (size, pending), report)?;
            }
        }
    }
    Ok(())
}

fn file(
    files: &Files,
    name: &str,
    (size, pending): (u64, u64),
    report: &mut VerifyReport,
) -> Result<(), LedgerError> {
    let stranger = "no tile of the published tree has this path";
    let Ok(path) = name.parse::<TilePath>() else {
        report.file(name, Verdict::Mismatch, stranger);
        return Ok(());
    };
    let now = tile_at(path.kind(), path.index(), size);
    match now {
        Some(now) if now == path => Ok(()),
        Some(now) if path.width() < now.width() => earlier(files, path, now, report),
        _ => {
            let later = tile_at(path.kind(), path.index(), pending);
            if later.is_none_or(|later| path.width() > later.width()) {
                report.file(name, Verdict::Mismatch, stranger);
            }
            Ok(())
        }
    }
}

fn earlier(
    files: &Files,
    path: TilePath,
    now: TilePath,
    report: &mut VerifyReport,
) -> Result<(), LedgerError> {
    let (Some(old), Some(new)) = (files.read(&path.to_string())?, files.read(&now.to_string())?)
    else {
        return Ok(()); // Its successor is missing, which is a finding already.
    };
    let length = prefix_length(path, &new);
    if new.get(..length) == Some(&old) {
        report.verified.files += 1;
    } else {
        report.file(path, Verdict::Mismatch, format!("it is not the start of '{now}'"));
    }
    Ok(())
}
