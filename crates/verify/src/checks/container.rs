//! The bytes of the file.

use crate::container::Archive;
use crate::report::{Probe, Report};

pub(super) fn check<'a>(bytes: &'a [u8], report: &mut Report) -> Option<Archive<'a>> {
    let mut probe = Probe::new("pack/container", "every byte of the file is accounted for");
    probe.look();
    let archive = match Archive::open(bytes) {
        Ok(archive) => {
            if let Some(at) = archive.first_difference() {
                probe.mismatch(format!(
                    "byte {at} is not what the files and their names alone would give"
                ));
            }
            Some(archive)
        }
        Err(error) => {
            probe.mismatch(error.to_string());
            None
        }
    };
    let files = archive.as_ref().map_or(0, |archive| archive.files().len());
    probe.finish(
        report,
        format!("{files} files, {} bytes, nothing hidden between them", bytes.len()),
    );
    archive
}
