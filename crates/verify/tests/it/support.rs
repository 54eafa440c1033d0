//! Packs that are tampered with and sealed again with the right key.

use tenure_pack::{Files, Seal, assemble, seal};
use tenure_verify::{Report, Verdict, verify_pack};

use crate::fixture::Company;

/// Changes files, seals the pack again and verifies it.
pub(crate) fn resealed(company: &Company, change: impl FnOnce(&mut Files)) -> Report {
    verify_pack(&resealed_bytes(company, change), None)
}

pub(crate) fn resealed_bytes(company: &Company, change: impl FnOnce(&mut Files)) -> Vec<u8> {
    let mut files = assemble(&company.input()).expect("files");
    change(&mut files);
    let facts = Seal::of(&company.input()).expect("a checkpoint");
    seal(files, &facts, &company.signer).expect("a pack")
}

/// Ids of the checks that do not hold, with their verdicts.
pub(crate) fn failures(report: &Report) -> Vec<(&str, Verdict)> {
    let failed = |verdict| matches!(verdict, Verdict::Missing | Verdict::Mismatch);
    report.checks.iter().filter(|c| failed(c.verdict)).map(|c| (c.id.as_str(), c.verdict)).collect()
}

/// Exactly these checks fail with a mismatch, and nothing else fails.
#[track_caller]
pub(crate) fn assert_mismatches(report: &Report, expected: &[&str]) {
    let expected: Vec<_> = expected.iter().map(|id| (*id, Verdict::Mismatch)).collect();
    assert_eq!(failures(report), expected, "{:#?}", report.checks);
    assert_eq!(report.exit_code(), 20);
}

/// The file of that name, as text, changed.
pub(crate) fn edit(files: &mut Files, name: &str, change: impl FnOnce(String) -> String) {
    let content = files.get_mut(name).unwrap_or_else(|| panic!("{name} in the pack"));
    let text = String::from_utf8(std::mem::take(content)).expect("text");
    *content = change(text).into_bytes();
}
