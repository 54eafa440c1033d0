use tenure_ledger::cosignature::cosign;
use tenure_ledger::note::NoteError;
use tenure_ledger::policy::PolicyError;
use tenure_ledger::{Checkpoint, KeyType, Policy, SignedCheckpoint, SigningKey};

use crate::support::{ORIGIN, key};

fn witness(number: u8) -> SigningKey {
    SigningKey::from_seed([100 + number; 32])
}

fn name(number: u8) -> String {
    format!("witness{number}.example")
}

fn log_line() -> String {
    format!("log {}\n", key().verifier(ORIGIN, KeyType::Ed25519).expect("a key"))
}

fn witness_line(number: u8) -> String {
    let vkey = witness(number).verifier(&name(number), KeyType::Cosignature).expect("a key");
    format!("witness w{number} {vkey} https://{}/\n", name(number))
}

fn cosigned(witnesses: &[u8]) -> SignedCheckpoint {
    let checkpoint =
        Checkpoint { origin: ORIGIN.to_owned(), size: 4, root: [4; 32], extensions: Vec::new() };
    let mut signed = checkpoint.sign(&key()).expect("signed");
    for number in witnesses {
        let line =
            cosign(&witness(*number), &name(*number), &signed.note, 1000 + u64::from(*number));
        signed.note.push(line.expect("cosigned")).expect("room");
    }
    signed
}

fn policy(rest: &str) -> Result<Policy, PolicyError> {
    let witnesses: String = (1..=5).map(witness_line).collect();
    Policy::parse(format!("# trust\n\n\t{}{witnesses}{rest}", log_line()).as_bytes())
}

#[test]
fn quorums_are_met_or_not() {
    let two_of_three = "group x 2 w1 w2 w3\n";
    let nested = "group x 2 w1 w2 w3\ngroup y any w4 w5\ngroup all all x y\nquorum all\n";
    let cases: [(&str, &[u8], bool); 10] = [
        ("quorum none", &[], true),
        ("quorum w1", &[], false),
        ("quorum w1\n", &[1], true),
        ("quorum w1\n", &[2], false),
        (&format!("{two_of_three}quorum x\n"), &[1], false),
        (&format!("{two_of_three}quorum x\n"), &[3, 1], true),
        (nested, &[1, 2, 3], false),
        (nested, &[1, 4, 5], false),
        (nested, &[1, 3, 5], true),
        ("group x all w1 w2\nquorum x\n", &[1], false),
    ];
    for (rest, witnesses, met) in cases {
        let policy = policy(rest).expect("a policy");
        let signed = cosigned(witnesses);
        match policy.evaluate(&signed) {
            Ok(accepted) => {
                assert!(met, "{rest} {witnesses:?}");
                assert_eq!(accepted.log.name(), ORIGIN);
                assert_eq!(accepted.witnesses.len(), witnesses.len());
                for (name, time) in accepted.witnesses {
                    assert_eq!(format!("w{}", time - 1000), name);
                }
            }
            Err(error) => {
                assert!(!met, "{rest} {witnesses:?}");
                assert!(matches!(error, PolicyError::Quorum { .. }), "{error}");
            }
        }
    }
}

#[test]
fn a_repeated_cosignature_counts_once() {
    let policy = policy("group x 2 w1 w2\nquorum x\n").expect("a policy");
    assert!(matches!(policy.evaluate(&cosigned(&[1, 1])), Err(PolicyError::Quorum { .. })));
}

#[test]
fn a_forged_cosignature_refuses_everything() {
    let mut signed = cosigned(&[]);
    let other = Checkpoint { size: 5, ..signed.checkpoint.clone() }.sign(&key()).expect("signed");
    let line = cosign(&witness(1), &name(1), &other.note, 7).expect("cosigned");
    signed.note.push(line).expect("room");
    let policy = policy("quorum none\n").expect("a policy");
    assert_eq!(policy.evaluate(&signed), Err(PolicyError::Note(NoteError::Forged(name(1)))));
}

#[test]
fn only_listed_logs_are_accepted_under_their_own_name() {
    let signed = cosigned(&[1]);
    let no_log = Policy::parse(b"quorum none\n").expect("a policy");
    assert_eq!(no_log.evaluate(&signed), Err(PolicyError::NoLog));
    // A listed log that signs a checkpoint of another origin does not vouch for that origin.
    let foreign = Checkpoint { origin: "other.example".to_owned(), ..signed.checkpoint.clone() };
    let note = key().sign_note(ORIGIN, &foreign.to_string()).expect("signed");
    let foreign = SignedCheckpoint::parse(note.to_string().as_bytes()).expect("a checkpoint");
    let policy = policy("quorum none\n").expect("a policy");
    let refused = policy.evaluate(&foreign);
    assert_eq!(refused, Err(PolicyError::UnknownLog("other.example".to_owned())));
    assert!(policy.evaluate(&signed).is_ok());
    let own = Policy::log_only(key().verifier(ORIGIN, KeyType::Ed25519).expect("a key"));
    assert!(own.evaluate(&signed).is_ok_and(|accepted| accepted.witnesses.is_empty()));
}

#[test]
fn each_rule_of_the_format_is_kept() {
    let again = witness_line(1).replace("w1 ", "w9 ");
    let log_as_witness = log_line().replace("log ", "witness w9 ");
    let witness_as_log = witness_line(1).replace("witness w1 ", "log ");
    let cases: [(&str, &str); 19] = [
        ("", "has no quorum line"),
        ("quorum none\nquorum none\n", "already a quorum"),
        ("quorum x\n", "not defined on an earlier line"),
        ("quorum x\ngroup x any w1\n", "not defined on an earlier line"),
        ("group x any x\n", "not defined on an earlier line"),
        ("group x any\n", "threshold"),
        ("group x 0 w1\n", "threshold"),
        ("group x 2 w1\n", "threshold"),
        ("group x 01 w1\n", "threshold"),
        ("group x some w1\n", "threshold"),
        ("group x any w1 w1\n", "already a member"),
        ("group x any w1\ngroup y any w1\n", "already a member"),
        ("group w1 any w2\n", "already defined"),
        ("group none any w2\n", "reserved"),
        ("group x any none\n", "not defined on an earlier line"),
        (&log_line(), "listed twice"),
        (&again, "listed twice"),
        (&log_as_witness, "log's, not a witness's"),
        (&witness_as_log, "witness's, not a log's"),
    ];
    for (rest, wanted) in cases {
        let error = policy(rest).expect_err(rest).to_string();
        assert!(error.contains(wanted), "{rest}: {error}");
    }
    for (rest, wanted) in [("quorum none\r\n", "control character"), ("trust me\n", "is not a log")]
    {
        let error = policy(rest).expect_err(rest).to_string();
        assert!(error.contains(wanted) && error.contains("line 9"), "{rest}: {error}");
    }
}
