//! The program: arguments, streams and exit codes.

use std::path::PathBuf;
use std::process::{Command, Output};

use crate::fixture::Company;

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tenure-verify")).args(args).output().expect("it runs")
}

fn file(name: &str, content: &[u8]) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, content).expect("a file");
    path.to_str().expect("a plain path").to_owned()
}

#[test]
fn exit_codes() {
    let company = Company::new(4);
    let sound = company.pack();
    let pack = file("sound.zip", &sound);
    let policy = file("trust.policy", format!("log {}\nquorum none\n", company.log_key).as_bytes());
    let ok = run(&[&pack, "--policy", &policy]);
    assert_eq!(ok.status.code(), Some(0));
    assert!(ok.stderr.is_empty());
    assert!(!ok.stdout.contains(&0x1b), "no colour in a pipe");
    let mut broken = sound.clone();
    broken[sound.len() / 2] ^= 1;
    assert_eq!(run(&[&file("broken.zip", &broken)]).status.code(), Some(20));
    let lacking =
        crate::support::resealed_bytes(&company, |files| drop(files.remove("consistency.json")));
    assert_eq!(run(&[&file("lacking.zip", &lacking)]).status.code(), Some(21));
    assert_eq!(run(&["/nowhere/pack.zip"]).status.code(), Some(1));
    assert_eq!(run(&[&pack, "--policy", &pack]).status.code(), Some(1));
}

#[test]
fn usage() {
    for args in
        [&[][..], &["--frobnicate"], &["a", "b"], &["a", "--format", "xml"], &["a", "--policy"]]
    {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty());
        assert!(String::from_utf8_lossy(&output.stderr).contains("usage:"));
    }
    assert_eq!(run(&["--help"]).status.code(), Some(0));
    assert_eq!(run(&["-V"]).status.code(), Some(0));
}

#[test]
fn json_is_data_only() {
    let pack = file("json.zip", &Company::new(4).pack());
    let output = run(&[&pack, "--format=json"]);
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(value["schema"], "tenure.verification/v1");
    assert_eq!(value["verdict"], "verified");
}
