//! The examples of `docs/own-controls.md`, each as it stands there, in a workspace.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use tenure_testkit::tenure::Tenure;

use crate::support::fresh;

/// The files that the page shows, by name.
fn examples() -> Vec<(String, String)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/own-controls.md");
    let page = fs::read_to_string(page).unwrap();
    page.split("```yaml file=")
        .skip(1)
        .map(|block| {
            let (name, rest) = block.split_once('\n').unwrap();
            (name.to_owned(), rest.split("```").next().unwrap().to_owned())
        })
        .collect()
}

const ROSTER: &str = "Employee ID,Name,Work Email,Status,Manager ID,Hire Date
1,Ada Abara,ada@example.com,active,,2024-01-08
2,Bea Berg,bea@example.com,active,1,2024-01-08
";

/// A workspace with the roster and these files; its directory goes with the first value.
fn workspace(files: &[(String, String)]) -> (TempDir, Tenure) {
    let (dir, tenure) = fresh();
    tenure.init();
    for (name, text) in files {
        let path = tenure.workspace().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    roster(&dir, ROSTER);
    tenure.add("hr", "roster-csv", &dir.path().join("people-2025-01-06.csv"), &[]);
    tenure.ok(&["collect"]);
    (dir, tenure)
}

fn roster(dir: &TempDir, text: &str) {
    fs::write(dir.path().join("people-2025-01-06.csv"), text).unwrap();
}

fn evaluate(tenure: &Tenure, controls: &[&str]) -> Value {
    let mut args = vec!["evaluate", "--from", "2025-01-01", "--to", "2026-01-01"];
    for control in controls {
        args.extend(["--control", *control]);
    }
    tenure.json(&args)
}

#[test]
fn the_examples_of_the_page_work() {
    let files = examples();
    assert_eq!(files.len(), 6, "{files:?}");
    let (_dir, tenure) = workspace(&files);
    let checked = tenure.ok(&["controls", "check"]);
    assert!(checked.contains("every query names tables and columns that exist"), "{checked}");
    let ten = &evaluate(&tenure, &["ACME-01"])["controls"][0];
    assert_eq!(ten["population"]["count"], 2);
    let found = ten["deviations"]["list"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{ten}");
    assert!(found[0]["item"].as_str().unwrap().ends_with("/1"), "{}", found[0]);
    let shown = tenure.ok(&["controls", "show", "CRD-01"]);
    assert!(shown.contains("2025-10-01") && shown.contains("60d"), "{shown}");
    let compared = &evaluate(&tenure, &["ACME-03"])["controls"][0]["population"];
    assert_eq!(compared["reconciliations"], serde_json::json!([]), "nothing is connected");
    assert_eq!(compared["verdict"], "not_demonstrated");
    let often = tenure.ok(&["controls", "show", "ACME-04"]);
    assert!(often.contains("cadence_data") && often.contains("half-year"), "{often}");
    let extended = tenure.ok(&["controls", "show", "ACME-02"]);
    assert!(extended.contains("30d") && extended.contains("violation:"), "{extended}");
}

#[test]
fn a_broken_control_is_told_and_the_others_are_evaluated() {
    let good = examples().remove(0);
    let broken =
        good.1.replace("ACME-01", "ACME-09").replace("FROM subjects WHERE", "FROM subjets WHERE");
    let files = [good, ("controls/broken.yaml".to_owned(), broken)];
    let (_dir, tenure) = workspace(&files);
    let ran = tenure.run(&["controls", "check"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let said = ran.stdout;
    assert!(said.contains("broken.yaml, line 8, sql.violation"), "{said}");
    assert!(said.contains("subjets"), "{said}");
    let evaluated = evaluate(&tenure, &["ACME-01", "ACME-09"]);
    let why = evaluated["controls"][1]["not_evaluated"].as_str().unwrap();
    assert!(why.contains("subjets"), "{why}");
    assert_eq!(evaluated["controls"][0]["population"]["count"], 2);
}

#[test]
fn readiness_says_what_would_be_noted() {
    let files = [examples().remove(0)];
    let (_dir, tenure) = workspace(&files);
    let args = ["readiness", "--close", "2026-03-01", "--control", "ACME-01"];
    let said = tenure.ok(&args);
    assert!(said.contains("no manager is on record"), "{said}");
    assert!(said.contains("nobody on record"), "{said}");
    assert!(said.contains("the window closes"), "{said}");
    let json = tenure.json(&args);
    assert_eq!(json["actions"][0]["closes"], 1);
}

#[test]
fn what_moved_since_an_index_is_told_with_its_evidence() {
    let files = [examples().remove(0)];
    let (dir, tenure) = workspace(&files);
    let seqs = tenure.query("SELECT max(seq) FROM entries");
    let since = seqs[0][0].as_u64().unwrap().to_string();
    roster(&dir, &(ROSTER.to_owned() + "3,Chidi Costa,chidi@example.com,active,,2024-01-08\n"));
    tenure.at("2026-02-02T00:00:00Z").ok(&["collect"]);
    let moved = tenure.json(&[
        "evaluate",
        "--from",
        "2025-01-01",
        "--to",
        "2026-01-01",
        "--control",
        "ACME-01",
        "--since",
        &since,
    ]);
    let changes = moved["changes"].as_array().unwrap();
    assert!(changes.iter().any(|c| c["item"].as_str().unwrap().ends_with("/3")), "{moved}");
    assert!(!moved["runs"].as_array().unwrap().is_empty());
}
