//! Whose key, and which witnesses.

use tenure_ledger::note::KeyType;
use tenure_ledger::{Policy, SigningKey};
use tenure_pack::Seal;
use tenure_verify::{Verdict, container, verify_pack};

use crate::fixture::{Company, ORIGIN};
use crate::support::{assert_mismatches, edit, failures, resealed};

fn policy(company: &Company, rest: &str) -> Policy {
    Policy::parse(format!("log {}\n{rest}", company.log_key).as_bytes()).expect("a policy")
}

#[test]
fn a_key_from_the_pack_is_no_proof() {
    let company = Company::new(4);
    let own = verify_pack(&company.pack(), None);
    let line = own.check("log/key").expect("a line");
    assert_eq!(line.verdict, Verdict::NotChecked);
    assert!(line.detail.contains("taken from the pack itself: compare it with the one you hold"));
    let given = verify_pack(&company.pack(), Some(&policy(&company, "quorum none\n")));
    assert_eq!(given.check("log/key").expect("a line").verdict, Verdict::Verified);
    assert!(given.ok());
}

#[test]
fn another_key_of_the_same_name_is_refused() {
    let company = Company::new(4);
    let other =
        SigningKey::from_seed([1; 32]).verifier(ORIGIN, KeyType::Ed25519).expect("a key name");
    let report = verify_pack(&company.pack(), Some(&Policy::log_only(other)));
    let failed = failures(&report);
    for id in ["pack/signature", "log/checkpoint", "log/entries"] {
        assert!(failed.contains(&(id, Verdict::Mismatch)), "{id}: {failed:?}");
    }
    let stranger = SigningKey::from_seed([1; 32])
        .verifier("other.example", KeyType::Ed25519)
        .expect("a key name");
    let report = verify_pack(&company.pack(), Some(&Policy::log_only(stranger)));
    assert!(failures(&report).contains(&("log/key", Verdict::Mismatch)));
}

#[test]
fn a_log_may_have_had_several_keys() {
    let company = Company::new(4);
    let older =
        SigningKey::from_seed([1; 32]).verifier(ORIGIN, KeyType::Ed25519).expect("a key name");
    let both = policy(&company, &format!("log {older}\nquorum none\n"));
    let first =
        Policy::parse(format!("log {older}\nlog {}\nquorum none\n", company.log_key).as_bytes());
    for policy in [both, first.expect("a policy")] {
        assert!(verify_pack(&company.pack(), Some(&policy)).ok());
    }
}

#[test]
fn witnesses_are_asked_for_by_the_policy() {
    let cosigned = Company::cosigned(4);
    let asks = policy(&cosigned, &cosigned.witness_lines());
    let report = verify_pack(&cosigned.pack(), Some(&asks));
    assert_eq!(report.check("log/witnesses").expect("a line").verdict, Verdict::Verified);
    assert!(report.ok());
    let alone = Company::new(4);
    let report = verify_pack(&alone.pack(), Some(&asks));
    assert_mismatches(&report, &["log/witnesses"]);
    let report = verify_pack(&alone.pack(), None);
    assert_eq!(report.check("log/witnesses").expect("a line").verdict, Verdict::NotChecked);
    let lines = cosigned.witness_lines().replace("quorum auditor", "quorum none");
    let report = verify_pack(&alone.pack(), Some(&policy(&alone, &lines)));
    assert_eq!(report.check("log/witnesses").expect("a line").verdict, Verdict::NotChecked);
}

#[test]
fn a_policy_that_cannot_be_read_fails() {
    let company = Company::new(4);
    let report =
        resealed(&company, |files| edit(files, "trust.policy", |text| text + "trust everyone\n"));
    assert!(failures(&report).contains(&("log/policy", Verdict::Mismatch)));
    let report = resealed(&company, |files| drop(files.remove("trust.policy")));
    assert!(failures(&report).contains(&("log/policy", Verdict::Missing)));
    let report = resealed(&company, |files| drop(files.remove("checkpoint")));
    assert!(failures(&report).contains(&("log/checkpoint", Verdict::Missing)));
}

#[test]
fn the_manifest_is_signed_by_the_log() {
    let company = Company::new(4);
    let files = tenure_pack::assemble(&company.input()).expect("files");
    let facts = Seal::of(&company.input()).expect("a checkpoint");
    let forged = tenure_pack::seal(files, &facts, &SigningKey::from_seed([1; 32])).expect("a pack");
    assert_mismatches(&verify_pack(&forged, None), &["pack/signature"]);
}

#[test]
fn nothing_else_is_in_the_manifest_note() {
    let company = Company::new(4);
    let pack = company.pack();
    let archive = container::Archive::open(&pack).expect("a container");
    let note = String::from_utf8(archive.get("manifest.note").expect("it").to_vec()).expect("text");
    let swapped = |note: Option<&str>| {
        let files = archive.files().filter_map(|(name, content)| match (name, note) {
            ("manifest.note", None) => None,
            ("manifest.note", Some(note)) => Some((name, note.as_bytes())),
            _ => Some((name, content)),
        });
        let mut out = Vec::new();
        container::encode(files, &mut out).expect("memory");
        verify_pack(&out, None)
    };
    let hidden = note.clone() + "\u{2014} hidden.example c2VjcmV0LXBheWxvYWQ=\n";
    assert_mismatches(&swapped(Some(&hidden)), &["pack/signature"]);
    // The log's genuine signature over its checkpoint is none over a manifest.
    let checkpoint = String::from_utf8(company.checkpoint.clone()).expect("text");
    assert_mismatches(&swapped(Some(&checkpoint)), &["pack/signature"]);
    assert_eq!(failures(&swapped(None)), [("pack/signature", Verdict::Missing)]);
}
