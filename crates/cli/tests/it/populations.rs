//! How complete populations are shown to be, on files: of a real log, of a log in two stretches, and
//! where HR's file is older than the directory.

use std::fs;

use serde_json::{Value, json};
use tenure_testkit::fixtures::stratus_trail;
use tenure_testkit::tenure::Tenure;

use crate::support::fresh;

/// A control over a period.
fn evaluated(w: &Tenure, control: &str, from: &str, to: &str) -> Value {
    let args = ["--format", "json", "evaluate", "--control", control, "--from", from, "--to", to];
    let ran = w.run(&args);
    let all: Value = serde_json::from_str(&ran.stdout).unwrap();
    all["controls"][0].clone()
}

/// Thirty-two long-lived keys act in the log of these attacks; two others are issued in it. Counted
/// in the archive by hand.
#[test]
fn keys_of_a_real_log_are_in_no_list() {
    let (_dir, w) = fresh();
    w.ok(&["ingest", "cloudtrail", &stratus_trail().display().to_string()]);
    let control = evaluated(&w, "CRD-01", "2024-07-01", "2025-01-01");
    let compared = &control["population"]["reconciliations"][0];
    assert_eq!(compared["against"], "keys in use by the log of cloudtrail");
    let counts = json!([compared["ours"], compared["theirs"], compared["unmatched"]]);
    assert_eq!(counts, json!([0, 32, 32]));
    assert_eq!(compared["agrees"], false);
    let differences = compared["differences"].as_array().unwrap();
    assert_eq!(differences.len(), 32);
    let named = |key: &str| differences.iter().any(|d| d["item"] == key && d["ours"] == false);
    assert!(named("AKIAW9X2Q2U25SK79UCX") && named("AKIA6V1GNZTT65XQH36M"));
    assert!(!named("AKIAL80DWDVKKM0UXEER"), "issued in the log, and never used in it");
    let notes = control["population"]["notes"].to_string();
    assert!(notes.contains("0 here, 32 there, 32 known to one side only"), "{notes}");
}

const REGISTER: &str = "id,control_id,target,approved_by,approved_at,expires_at\n";

/// The register of exceptions in two files, each declared to hold everything of its half-year.
fn kept_in_halves(part_of: bool) -> Value {
    let (dir, w) = fresh();
    w.init();
    let halves = [("h1", "2025-07-01", "2025-10-01"), ("h2", "2025-10-01", "2026-01-01")];
    for (name, from, to) in halves {
        let file = dir.path().join(format!("{name}.csv"));
        let row = format!("X-{name},CRD-01,key-{name},zoe,{from},{to}\n");
        fs::write(&file, format!("{REGISTER}{row}")).unwrap();
        let path = format!("path={}", file.display());
        let (from, to) = (format!("covers-from={from}"), format!("covers-to={to}"));
        let mut args = vec!["source", "add", name, "--kind", "register-csv", "--system", "grc"];
        for setting in [&path, "register=exceptions", &from, &to] {
            args.extend(["--set", setting]);
        }
        if part_of {
            args.extend(["--set", "part-of=exceptions"]);
        }
        w.ok(&args);
    }
    w.ok(&["collect"]);
    evaluated(&w, "EXC-01", "2025-07-01", "2026-01-01")["population"].clone()
}

#[test]
fn stretches_of_one_register_cover_the_period_together() {
    let united = kept_in_halves(true);
    assert_eq!(united["verdict"], "demonstrated_complete", "{}", united["notes"]);
    let parts = united["coverage"].as_array().unwrap().iter();
    assert!(parts.clone().all(|part| part["part_of"] == "grc/exceptions"));
    assert_eq!(parts.count(), 2);
    let apart = kept_in_halves(false);
    assert_eq!(apart["verdict"], "complete_with_noted_gaps");
    let notes = apart["notes"].to_string();
    assert!(notes.contains("with the setting part-of"), "{notes}");
    assert!(notes.contains("h1: the stream exceptions of grc is not shown complete"), "{notes}");
}

/// HR tells up to the instant for which its last file speaks, or up to the end that is declared.
#[test]
fn hr_tells_until_its_last_file() {
    let (dir, w) = fresh();
    w.init();
    let people = "employee_id,name,email,hire_date,termination_date\n\
                  E1,Ann,ann@example.com,2020-01-01,\n";
    let (single, dated) = (dir.path().join("single.csv"), dir.path().join("dated"));
    fs::create_dir(&dated).unwrap();
    fs::write(&single, people).unwrap();
    for day in ["2025-06-01", "2025-07-01"] {
        fs::write(dated.join(format!("roster-{day}.csv")), people).unwrap();
    }
    w.add("one", "roster-csv", &single, &["as-of=2025-08-25"]);
    w.add("many", "roster-csv", &dated, &[]);
    let declared = ["as-of=2025-05-01", "covers-from=2025-01-01", "covers-to=2025-09-30"];
    w.add("said", "roster-csv", &single, &declared);
    w.ok(&["collect"]);
    let until = w.rows("SELECT system, source, until FROM heard ORDER BY system");
    let expected = json!([
        ["many", "many", "2025-07-01T00:00:00Z"],
        ["one", "one", "2025-08-25T00:00:00Z"],
        ["said", "said", "2025-09-30T00:00:00Z"]
    ]);
    assert_eq!(until, expected);
}
