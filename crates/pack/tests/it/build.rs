//! The bytes of a pack.

use std::collections::BTreeSet;

use tenure_ledger::SigningKey;
use tenure_ledger::note::KeyType;
use tenure_model::ids::Seq;
use tenure_pack::{PackError, Undisclosed, assemble, build};
use tenure_verify::layout::FileKind;
use tenure_verify::{Verdict, verify_pack};

use crate::fixture::{Company, ORIGIN};

#[test]
fn a_pack_verifies() {
    let report = verify_pack(&Company::cosigned(40).pack(), None);
    assert!(report.ok(), "{:#?}", report.checks);
    assert_eq!(report.check("log/witnesses").expect("a line").verdict, Verdict::Verified);
}

#[test]
fn built_twice_it_is_the_same() {
    let mut company = Company::new(60);
    let first = company.pack();
    company.entries.reverse();
    company.records.reverse();
    assert!(first == company.pack(), "the order of the input changes nothing");
    let again = std::thread::spawn(|| Company::new(60).pack()).join().expect("a pack");
    assert!(first == again);
}

/// The surroundings of the process are not asked: the test runs itself in others.
#[test]
fn surroundings_change_nothing() {
    let print = |variables: &[(&str, &str)]| {
        let output = std::process::Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "build::print_digest", "--nocapture"])
            .envs(variables.iter().copied())
            .output()
            .expect("it runs");
        let text = String::from_utf8(output.stdout).expect("text");
        text.lines().find(|line| line.contains("digest=")).map(str::to_owned).expect("a digest")
    };
    let here = print(&[("TZ", "UTC"), ("LANG", "C")]);
    assert_eq!(
        here,
        print(&[("TZ", "Asia/Kathmandu"), ("LANG", "tr_TR.UTF-8"), ("LC_ALL", "de_DE.UTF-8")])
    );
}

#[test]
fn print_digest() {
    println!("digest={}", tenure_verify::canonical::sha256(&Company::new(20).pack()));
}

#[test]
fn every_file_is_one_of_the_format() {
    let company = Company::new(10);
    for name in assemble(&company.input()).expect("files").keys() {
        let kind = FileKind::of(name).unwrap_or_else(|| panic!("{name} is none of the format's"));
        assert_eq!(kind.name(), *name);
    }
}

#[test]
fn evidence_is_disclosed_or_listed() {
    let mut company = Company::new(10);
    let pointer = format!("{}#0", company.records[0].artifact);
    // Disclosed wins: what is in the pack is not called left out.
    let mut chosen = vec![Undisclosed { pointer: pointer.clone(), why: "asked for".into() }];
    let mut input = company.input();
    input.undisclosed = &chosen;
    assert!(!listed(&assemble(&input).expect("files")["undisclosed.jsonl"]).contains(&pointer));
    company.records.retain(|record| record.index != 0);
    chosen[0].why = "personal data".into();
    let mut input = company.input();
    input.undisclosed = &chosen;
    let list = String::from_utf8(assemble(&input).expect("files")["undisclosed.jsonl"].clone())
        .expect("text");
    assert!(list.contains("personal data"));
    assert!(verify_pack(&build(&input).expect("a pack"), None).ok());
}

fn listed(file: &[u8]) -> BTreeSet<String> {
    let lines: Vec<Undisclosed> = tenure_verify::canonical::lines(file).expect("lines");
    lines.into_iter().map(|line| line.pointer).collect()
}

#[test]
fn a_record_too_large_is_left_out_and_listed() {
    let mut company = Company::new(10);
    company.records[0].record = vec![b'x'; 256 * 1024 + 1];
    let pointer = format!("{}#{}", company.records[0].artifact, company.records[0].index);
    let files = assemble(&company.input()).expect("files");
    assert!(listed(&files["undisclosed.jsonl"]).contains(&pointer));
    assert!(verify_pack(&company.pack(), None).ok());
}

#[test]
fn contradictions_are_refused() {
    let company = Company::new(4);
    let refused = |change: &dyn Fn(&mut Company)| {
        let mut changed = Company::new(4);
        change(&mut changed);
        build(&changed.input()).expect_err("refused")
    };
    assert!(matches!(
        refused(&|c| c.signer = SigningKey::from_seed([1; 32])),
        PackError::Signer(_)
    ));
    let other = company.signer.verifier("other.example", KeyType::Ed25519).expect("a key name");
    assert!(matches!(refused(&|c| c.log_key = other.clone()), PackError::Origin { .. }));
    let wrong =
        SigningKey::from_seed([1; 32]).verifier(ORIGIN, KeyType::Ed25519).expect("a key name");
    assert!(matches!(refused(&|c| c.log_key = wrong.clone()), PackError::Checkpoint(_)));
    assert!(matches!(
        refused(&|c| c.entries.retain(|e| e.seq != Seq(9))),
        PackError::NoEvaluationEntry(_)
    ));
    assert!(matches!(refused(&|c| c.entries.push(c.entries[0].clone())), PackError::Twice(_)));
    assert!(matches!(refused(&|c| c.records.push(c.records[0].clone())), PackError::Twice(_)));
    assert!(matches!(
        refused(&|c| drop(c.evaluated.items.remove("JML-02"))),
        PackError::Incomplete { .. }
    ));
    assert!(matches!(
        refused(&|c| drop(c.evaluated.definitions.remove("JML-02"))),
        PackError::Incomplete { .. }
    ));
    let renamed = refused(&|c| {
        let items = c.evaluated.items.remove("JML-02").expect("items");
        let definition = c.evaluated.definitions.remove("JML-02").expect("a definition");
        c.evaluated.items.insert("../JML".into(), items);
        c.evaluated.definitions.insert("../JML".into(), definition);
        c.evaluated.evaluation.controls[1].id = "../JML".into();
    });
    assert!(matches!(renamed, PackError::ControlId(_)));
    let mut input = company.input();
    input.evaluation_entry = Seq(2);
    assert!(matches!(build(&input), Err(PackError::EvaluationEntry { .. })));
}
