//! Files changed, removed or added in a pack that is sealed again with the right key.

use tenure_verify::canonical::{self, sha256};
use tenure_verify::format::{Manifest, manifest_note_text};
use tenure_verify::{Report, Verdict, container, verify_pack};

use crate::fixture::{Company, EVALUATION_ENTRY};
use crate::support::{assert_mismatches, edit, failures, resealed, resealed_bytes};

fn company() -> Company {
    Company::new(10)
}

/// Removes a file; exactly these checks lack something.
#[track_caller]
fn assert_missing(name: &str, expected: &[&str]) {
    let report =
        resealed(&company(), |files| assert!(files.remove(name).is_some(), "{name} in the pack"));
    let expected: Vec<_> = expected.iter().map(|id| (*id, Verdict::Missing)).collect();
    assert_eq!(failures(&report), expected, "{name}");
    assert_eq!(report.exit_code(), 21);
}

fn some_record(company: &Company) -> String {
    let record = &company.records[0];
    format!("records/{}/{}", record.artifact, record.index)
}

#[test]
fn what_is_missing_is_said_to_be_missing() {
    assert_missing("consistency.json", &["log/consistency"]);
    assert_missing("deviations.csv", &["results/csv"]);
    assert_missing("definitions/PRA-01.yaml", &["control/PRA-01/definition"]);
    assert_missing("populations/PRA-01.tsv", &["control/PRA-01/population"]);
    assert_missing("items/PRA-01.jsonl", &["control/PRA-01/items"]);
    let record = some_record(&company());
    assert_missing(&format!("{record}.proof.json"), &["control/JML-02/evidence", "records/proofs"]);
    assert_missing(&format!("{record}.bin"), &["control/JML-02/evidence", "records/proofs"]);
}

#[test]
fn an_entry_without_its_proof_counts_for_nothing() {
    let report = resealed(&company(), |files| drop(files.remove("entries/1.tlog-proof")));
    let expected = [
        ("log/entries", Verdict::Missing),
        ("control/JML-02/evidence", Verdict::Missing),
        ("records/proofs", Verdict::Missing),
    ];
    assert_eq!(failures(&report), expected);
    let report = resealed(&company(), |files| drop(files.remove("entries/2.json")));
    assert!(failures(&report).contains(&("log/entries", Verdict::Missing)));
    assert!(failures(&report).contains(&("control/PRA-01/sources", Verdict::Missing)));
}

#[test]
fn an_entry_is_the_one_logged() {
    let report = resealed(&company(), |files| {
        edit(files, "entries/6.json", |text| text.replace("\"proven\"", "\"asserted\""));
    });
    assert_mismatches(&report, &["log/entries", "control/JML-02/completeness"]);
    let report = resealed(&company(), |files| {
        let other = files["entries/5.tlog-proof"].clone();
        files.insert("entries/7.tlog-proof".into(), other);
    });
    assert_mismatches(&report, &["log/entries", "control/JML-02/completeness"]);
    let report = resealed(&company(), |files| {
        edit(files, "entries/5.tlog-proof", |text| {
            text.replacen("index 5\n", "extra AAAA\nindex 5\n", 1)
        });
    });
    assert!(failures(&report).contains(&("log/entries", Verdict::Mismatch)));
}

#[test]
fn results_are_those_logged() {
    let report = resealed(&company(), |files| {
        edit(files, "evaluation.json", |text| {
            text.replace("one late removal", "one prompt removal")
        });
    });
    assert_mismatches(&report, &["results/anchor", "results/csv"]);
    let report = resealed(&company(), |files| {
        edit(files, "evaluation.json", |text| text.replacen(',', ", ", 1))
    });
    assert!(failures(&report).contains(&("results/form", Verdict::Mismatch)));
    let report = resealed(&company(), |files| {
        edit(files, "evaluation.json", |text| text.replacen('{', "{\"aaa\":1,", 1));
    });
    assert!(failures(&report).contains(&("results/form", Verdict::Mismatch)));
    let report =
        resealed(&company(), |files| edit(files, "definitions/PRA-01.yaml", |text| text + "\n"));
    assert_mismatches(&report, &["results/anchor", "control/PRA-01/definition"]);
    let report = resealed(&company(), |files| {
        edit(files, "items/PRA-01.jsonl", |text| text.replacen("member-3\"", "member-4\"", 1));
    });
    assert_mismatches(&report, &["results/anchor"]);
    let report = resealed(&company(), |files| {
        edit(files, "populations/PRA-01.tsv", |text| {
            text.replacen("grant:0000000", "grant:0000001", 1)
        });
    });
    assert_mismatches(
        &report,
        &["results/anchor", "control/PRA-01/population", "control/PRA-01/items"],
    );
}

#[test]
fn spreadsheets_say_what_the_results_say() {
    let report = resealed(&company(), |files| {
        edit(files, "deviations.csv", |text| text.replace("contradicted", "supported"))
    });
    assert_mismatches(&report, &["results/csv"]);
    let report = resealed(&company(), |files| edit(files, "controls.csv", |text| text + "x\r\n"));
    assert_mismatches(&report, &["results/csv"]);
}

#[test]
fn records_are_those_collected() {
    let record = some_record(&company());
    let (bin, proof) = (format!("{record}.bin"), format!("{record}.proof.json"));
    let fails = |change: &dyn Fn(String) -> String, name: &str| -> Report {
        resealed(&company(), |files| edit(files, name, change))
    };
    let ids =
        [("control/JML-02/evidence", Verdict::Missing), ("records/proofs", Verdict::Mismatch)];
    let salt = |text: String| text.replacen("\"salt\":\"0", "\"salt\":\"1", 1);
    assert_eq!(failures(&fails(&|text| text.replace("w000", "w001"), &bin)), ids);
    assert_eq!(failures(&fails(&salt, &proof)), ids);
    assert_eq!(
        failures(&fails(&|text| text.replace("\"records\":8", "\"records\":9"), &proof)),
        ids
    );
    assert_eq!(failures(&fails(&|text| text.replace("\"index\":0", "\"index\":1"), &proof)), ids);
    assert_eq!(
        failures(&fails(
            &|text| text.replace("\"artifact_entry\":1", "\"artifact_entry\":2"),
            &proof
        )),
        ids
    );
    assert_eq!(
        failures(&fails(
            &|text| text.replace("\"artifact_entry\":1", "\"artifact_entry\":3"),
            &proof
        )),
        ids
    );
}

/// Salt and record run together in the commitment: bytes must not move from one to the other.
#[test]
fn the_salt_has_a_fixed_length() {
    let record = some_record(&company());
    let report = resealed(&company(), |files| {
        let bytes = files.get_mut(&format!("{record}.bin")).expect("a record");
        let moved: String = bytes.drain(..2).map(|byte| format!("{byte:02x}")).collect();
        edit(files, &format!("{record}.proof.json"), |text| {
            let (head, tail) = text.split_once("\"salt\":\"").expect("a salt");
            let (salt, tail) = tail.split_once('"').expect("its end");
            format!("{head}\"salt\":\"{salt}{moved}\"{tail}")
        });
    });
    assert!(failures(&report).contains(&("records/proofs", Verdict::Mismatch)));
}

#[test]
fn what_is_left_out_is_listed() {
    let report = resealed(&company(), |files| edit(files, "undisclosed.jsonl", |_| String::new()));
    assert_eq!(failures(&report), [("control/JML-02/evidence", Verdict::Missing)]);
    let report =
        resealed(&company(), |files| edit(files, "undisclosed.jsonl", |text| text.clone() + &text));
    assert_mismatches(&report, &["records/undisclosed"]);
    let report = resealed(&company(), |files| {
        edit(files, "undisclosed.jsonl", |text| {
            text + "{\"pointer\":\"zzz\",\"why\":\"because\"}\n"
        });
    });
    assert_mismatches(&report, &["records/undisclosed"]);
    let open = verify_pack(&company().pack(), None);
    let line = open.check("control/JML-02/undisclosed").expect("a line");
    assert_eq!((line.verdict, line.count), (Verdict::NotChecked, 1));
}

#[test]
fn no_file_is_about_another_control() {
    let report =
        resealed(&company(), |files| drop(files.insert("items/XXX-01.jsonl".into(), vec![])));
    assert_mismatches(&report, &["results/files"]);
}

#[test]
fn only_files_of_the_format_are_in_a_pack() {
    let report =
        resealed(&company(), |files| drop(files.insert("notes.txt".into(), b"hello".to_vec())));
    assert_mismatches(&report, &["pack/files"]);
    let report = resealed(&company(), |files| {
        drop(files.insert("reports/workbook.xlsx".into(), b"PK".to_vec()))
    });
    assert!(report.ok());
}

#[test]
fn the_ledger_only_grew() {
    let report = resealed(&company(), |files| {
        edit(files, "consistency.json", |text| text.replace("\"from_size\":8", "\"from_size\":7"));
    });
    assert_mismatches(&report, &["log/consistency"]);
    let report = resealed(&company(), |files| {
        edit(files, "consistency.json", |text| {
            let (head, _) = text.split_once("\"proof\":[").expect("a proof");
            format!("{head}\"proof\":[]{}", &text[text.find("],\"schema\"").expect("an end") + 1..])
        });
    });
    assert_mismatches(&report, &["log/consistency"]);
}

#[test]
fn the_manifest_lists_everything_both_ways() {
    let changed = |change: &dyn Fn(&mut Manifest)| verify_pack(&with_manifest(change), None);
    assert_mismatches(&changed(&|m| drop(m.files.remove(0))), &["pack/files"]);
    assert_mismatches(&changed(&|m| m.files[0].bytes += 1), &["pack/files"]);
    assert_mismatches(&changed(&|m| m.files.swap(0, 1)), &["pack/files"]);
    assert_mismatches(&changed(&|m| m.files[0].what = "something else".into()), &["pack/files"]);
    assert_mismatches(&changed(&|m| m.files[0].sha256 = sha256(b"")), &["pack/files"]);
    let listed = changed(&|m| {
        let mut file = m.files[0].clone();
        file.name = "checkpoint2".into();
        m.files.insert(1, file);
    });
    assert_eq!(failures(&listed), [("pack/files", Verdict::Missing)]);
    assert_mismatches(&changed(&|m| m.schema = "tenure.pack/v2".into()), &["pack/manifest"]);
    assert_mismatches(&changed(&|m| m.checkpoint_size += 1), &["log/checkpoint"]);
    assert!(
        failures(&changed(&|m| m.known_at.0 += 1)).contains(&("results/form", Verdict::Mismatch))
    );
    let entry = changed(&|m| m.evaluation_entry.0 = 2);
    assert!(failures(&entry).contains(&("results/anchor", Verdict::Mismatch)));
    assert_eq!(EVALUATION_ENTRY, 9);
}

/// A pack whose manifest was changed and signed again.
fn with_manifest(change: &dyn Fn(&mut Manifest)) -> Vec<u8> {
    let company = company();
    let pack = company.pack();
    let archive = container::Archive::open(&pack).expect("a container");
    let mut manifest: Manifest =
        canonical::from_bytes(archive.get("manifest.json").expect("it")).expect("a manifest");
    change(&mut manifest);
    let bytes = canonical::to_bytes(&manifest).expect("JSON");
    let text = manifest_note_text(&manifest.origin, &sha256(&bytes));
    let note = company.signer.sign_note(&manifest.origin, &text).expect("a note").to_string();
    let files = archive.files().map(|(name, content)| match name {
        "manifest.json" => (name, bytes.as_slice()),
        "manifest.note" => (name, note.as_bytes()),
        _ => (name, content),
    });
    let mut out = Vec::new();
    container::encode(files, &mut out).expect("memory");
    out
}

#[test]
fn a_manifest_is_spelled_one_way() {
    let pack = resealed_bytes(&company(), |_| {});
    let archive = container::Archive::open(&pack).expect("a container");
    let spaced =
        String::from_utf8(archive.get("manifest.json").expect("it").to_vec()).expect("text");
    let spaced = spaced.replacen(':', ": ", 1);
    let files = archive
        .files()
        .map(|(n, c)| if n == "manifest.json" { (n, spaced.as_bytes()) } else { (n, c) });
    let mut out = Vec::new();
    container::encode(files, &mut out).expect("memory");
    assert!(failures(&verify_pack(&out, None)).contains(&("pack/manifest", Verdict::Mismatch)));
}
