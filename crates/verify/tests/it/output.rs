//! What people and programs read.

use tenure_verify::{Report, render_json, render_text, verify_pack};

use crate::fixture::Company;
use crate::support::{edit, resealed};

/// Digest and size of the whole pack change with every word of the page in it.
fn redacted(report: &Report, text: &str) -> String {
    let container = &report.check("pack/container").expect("always checked").detail;
    let size =
        container.split(", ").nth(1).filter(|part| part.ends_with(" bytes")).unwrap_or("no size");
    text.replace(size, "[size] bytes")
        .replace(&report.pack.to_string(), "[pack]")
        .replace(env!("CARGO_PKG_VERSION"), "[version]")
}

fn broken() -> Report {
    resealed(&Company::new(10), |files| {
        edit(files, "deviations.csv", |text| text.replace("contradicted", "\u{1b}[2Jsupported"));
        edit(files, "definitions/PRA-01.yaml", |text| text + "\n");
        files.remove("consistency.json");
        files.insert("items/zzz.jsonl".into(), vec![]);
    })
}

#[test]
fn text_of_a_pack_that_holds() {
    let report = verify_pack(&Company::new(10).pack(), None);
    insta::assert_snapshot!(redacted(&report, &render_text(&report, false)));
}

#[test]
fn text_of_a_pack_that_does_not_hold() {
    let report = broken();
    insta::assert_snapshot!(redacted(&report, &render_text(&report, false)));
}

#[test]
fn text_in_colour() {
    let report = broken();
    insta::assert_snapshot!(redacted(&report, &render_text(&report, true)).replace('\u{1b}', "␛"));
}

#[test]
fn text_of_something_else() {
    let report = verify_pack(b"PK but no pack", None);
    insta::assert_snapshot!(redacted(&report, &render_text(&report, false)));
}

#[test]
fn json() {
    let report = verify_pack(&Company::cosigned(10).pack(), None);
    insta::assert_snapshot!(redacted(&report, &render_json(&report).expect("JSON")));
}

/// A pack's words reach a terminal; they must not command it.
#[test]
fn terminals_are_not_commanded() {
    let company = Company::with(4, |e| {
        e.evaluation.controls[2].deviations.list[0].item = "\u{1b}]0;owned\u{7}\u{202e}".into();
    });
    let text = render_text(&verify_pack(&company.pack(), None), false);
    assert!(text.contains("owned"));
    assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']));
}
