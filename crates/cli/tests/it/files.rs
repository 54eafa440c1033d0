//! Commands that work on files alone.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use crate::support::fresh;

/// What `docs/histories.md` shows.
#[test]
fn listings_to_answers() {
    let (dir, tenure) = fresh();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let [listings, out, state, index] = ["listings", "h.parquet", "state", "index"].map(path);
    fs::create_dir(&listings).unwrap();
    let ann = "{\"principal\":\"ann\",\"entitlement\":\"db:admin\",\"via\":\"group:ops\"}\n";
    for (day, text) in [("01", ann), ("02", ann), ("05", "")] {
        fs::write(format!("{listings}/2026-01-{day}.jsonl"), text).unwrap();
    }
    let history = ["history", &listings, "--out", &out, "--state", &state, "--format", "json"];
    let told: Value = serde_json::from_str(&tenure.ok(&history)).unwrap();
    assert_eq!(
        (&told["listings"], &told["read"], &told["stretches"]),
        (&3.into(), &3.into(), &1.into())
    );
    tenure.ok(&["as-of", "load", &out, &index]);
    let who = |day: &str| tenure.ok(&["as-of", "who", "db:admin", day, "--index", &index]);
    let bounds = "\t2026-01-01T00:00:00Z\t2026-01-02T00:00:00Z\t2026-01-05T00:00:00Z\n";
    assert_eq!(who("2026-01-02"), format!("db:admin\tann\tgroup:ops\tyes\t{bounds}"));
    assert_eq!(who("2026-01-03"), format!("db:admin\tann\tgroup:ops\tmaybe\t{bounds}"));
    assert_eq!(who("2026-01-05"), "");
}

#[test]
fn many_questions_in_one_process() {
    let (dir, tenure) = fresh();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let [listings, out, index] = ["listings", "h.parquet", "index"].map(path);
    fs::create_dir(&listings).unwrap();
    let grant = "{\"principal\":\"ann b\",\"entitlement\":\"db\"}\n";
    fs::write(format!("{listings}/2026-01-01.jsonl"), grant).unwrap();
    tenure.ok(&["history", &listings, "--out", &out]);
    tenure.ok(&["as-of", "load", &out, &index]);
    let mut command = tenure.command(&["as-of", "ask", "--index", &index, "--timing"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let questions = b"what ann b 2026-01-02\n\nwho db 2026-01-02T00:00:00Z\nwhy db 2026-01-02\n";
    child.stdin.take().unwrap().write_all(questions).unwrap();
    let ended = child.wait_with_output().unwrap();
    let answers = String::from_utf8(ended.stdout).unwrap();
    let asked: Vec<_> =
        answers.lines().map(|l| l.split('\t').take(2).collect::<Vec<_>>()).collect();
    assert_eq!(asked, [["ann b", "db"], ["db", "ann b"]]);
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(said.contains("question 4 cannot be read: why db 2026-01-02"), "{said}");
    assert_eq!(ended.status.code(), Some(1));
}

/// What cannot be read is told, and the rest is kept.
#[test]
fn unreadable_lines_are_told() {
    let (dir, tenure) = fresh();
    let listing = dir.path().join("2026-01-01.jsonl");
    fs::write(&listing, "{\"principal\":\"ann\",\"entitlement\":\"db\"}\n{\"principal\":7}\n")
        .unwrap();
    let out = dir.path().join("h.parquet").display().to_string();
    let input = dir.path().display().to_string();
    let ran = tenure.run(&["history", &input, "--out", &out, "--format", "json"]);
    assert_eq!(ran.code, 21);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&told["stretches"], &told["gaps"][0]["record"]), (&1.into(), &2.into()));
    assert!(ran.stderr.contains("2026-01-01.jsonl, line 2: "), "{}", ran.stderr);
}
