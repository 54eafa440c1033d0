//! The manifest: it lists every file, every file is listed, and the log's key signed it.

use std::collections::BTreeSet;

use tenure_ledger::{Note, VerifierKey};

use super::Pack;
use crate::canonical;
use crate::format::{Manifest, PACK_SCHEMA, manifest_note_text};
use crate::layout::{FileKind, MANIFEST, MANIFEST_NOTE};
use crate::report::{Probe, Report, Subject};

pub(super) fn check(pack: &Pack<'_>, report: &mut Report) -> Option<Manifest> {
    let mut probe = Probe::new("pack/manifest", "the manifest is one of pack format v1");
    probe.look();
    let manifest = pack.get(MANIFEST).map(canonical::from_bytes::<Manifest>);
    match &manifest {
        None => probe.missing("manifest.json is not in the pack"),
        Some(Err(error)) => probe.mismatch(format!("manifest.json: {error}")),
        Some(Ok(manifest)) if manifest.schema != PACK_SCHEMA => {
            probe.mismatch(format!(
                "its schema is '{}', this program reads '{PACK_SCHEMA}'",
                manifest.schema
            ));
        }
        Some(Ok(_)) => {}
    }
    probe.finish(report, "canonical JSON, no unknown field");
    let manifest = manifest.and_then(Result::ok)?;
    files(pack, &manifest, report);
    Some(manifest)
}

/// Both ways: everything listed is there and unchanged, everything there is listed.
fn files(pack: &Pack<'_>, manifest: &Manifest, report: &mut Report) {
    let mut probe =
        Probe::new("pack/files", "the manifest lists every file, and every file is as listed");
    let mut listed = BTreeSet::from([MANIFEST, MANIFEST_NOTE]);
    let mut last = "";
    for file in &manifest.files {
        probe.look();
        if file.name.as_str() <= last || !listed.insert(&file.name) {
            probe.mismatch(format!("the list is not in strict order at {}", file.name));
        }
        last = &file.name;
        let Some(content) = pack.get(&file.name) else {
            probe.missing(format!("{} is listed and not in the pack", file.name));
            continue;
        };
        if content.len() as u64 != file.bytes
            || pack.digests.get(file.name.as_str()) != Some(&file.sha256)
        {
            probe.mismatch(format!("{} is not as listed", file.name));
        }
        match FileKind::of(&file.name) {
            None => probe.mismatch(format!("format v1 knows no file named {}", file.name)),
            Some(kind) if kind.what() != file.what => {
                probe.mismatch(format!("{} is not '{}'", file.name, file.what));
            }
            Some(_) => {}
        }
    }
    for (name, _) in pack.archive.files().filter(|(name, _)| !listed.contains(name)) {
        probe.mismatch(format!("{name} is in the pack and not listed"));
    }
    probe.finish(report, "sizes and SHA-256 agree, nothing unlisted");
}

pub(super) fn signature(
    pack: &Pack<'_>,
    manifest: Option<&Manifest>,
    key: Option<&VerifierKey>,
    report: &mut Report,
) {
    let mut probe = Probe::new("pack/signature", "the log's key signed the manifest");
    probe.look();
    match (pack.get(MANIFEST_NOTE), pack.digests.get(MANIFEST), manifest, key) {
        (None, ..) => probe.missing("manifest.note is not in the pack"),
        (Some(note), Some(digest), Some(manifest), Some(key)) => {
            let text = manifest_note_text(&manifest.origin, digest);
            if let Err(problem) = check_note(note, &text, key) {
                probe.mismatch(problem);
            }
        }
        _ => {
            probe.mismatch("without a manifest and a log key there is nothing to check it against")
        }
    }
    probe.finish(report, key.map(|key| format!("signed by {}", key.name())).unwrap_or_default());
}

fn check_note(bytes: &[u8], text: &str, key: &VerifierKey) -> Result<(), String> {
    let note = Note::parse(bytes).map_err(|error| error.to_string())?;
    if note.text() != text {
        return Err("the note is about another manifest".to_owned());
    }
    note.verify([key]).map_err(|error| error.to_string())?;
    // The note is not listed in the manifest, so nothing but the one signature may be in it.
    if note.signatures().len() != 1 || note.to_string().as_bytes() != bytes {
        return Err("the note holds more than the one signature".to_owned());
    }
    Ok(())
}

pub(super) fn subject(manifest: &Manifest) -> Subject {
    Subject {
        origin: manifest.origin.clone(),
        period: manifest.period,
        known_at: manifest.known_at,
        checkpoint_size: manifest.checkpoint_size,
        checkpoint_root: manifest.checkpoint_root,
        tenure: manifest.tenure.clone(),
    }
}
