//! What the command says of itself, and how it ends when it is used wrongly.

use serde_json::Value;
use tenure_testkit::fixtures;

use crate::support::fresh;

const USAGE: i32 = 2;
const NOTHING_TO_DO: i32 = 3;

#[test]
fn help() {
    let (_dir, tenure) = fresh();
    insta::assert_snapshot!(tenure.ok(&["--help"]), @r"
    Who and what held which access, from when to when, why, and on whose approval

    Usage: tenure [OPTIONS] <COMMAND>

    Commands:
      init       Make a workspace
      demo       Run the main job on shipped data, end to end
      source     Configure sources
      collect    Collect what is new
      ingest     Record what lies at a path, in one step
      who        Who held what at an instant
      as-of      Who held what at an instant, from an index over many versions
      history    Who held what from when to when, out of full listings, one a day
      show       Everything about an identity, credential, grant or control item
      query      SQL over the public tables
      controls   The control library
      evaluate   Test controls over every instant of a period
      readiness  What would be noted if the window closed on a day
      sim        A simulated company, to measure what evaluation finds
      intervals  Interval questions over large tables of your own
      pack       Evidence packs
      verify     Verify an evidence pack, offline
      ledger     The ledger
      help       Print this message or the help of the given subcommand(s)

    Options:
          --workspace <DIR>
              The workspace
              
              [env: TENURE_WORKSPACE=]
              [default: .]

          --format <FORMAT>
              How answers are written

              Possible values:
              - text: For people
              - json: One JSON document that names its schema
              - csv:  Comma-separated, for spreadsheets
              
              [default: text]

      -q, --quiet
              Say nothing on stderr but warnings and errors

          --now <T>
              Take this instant as the present, for demonstrations and re-performance

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version
    ");
}

#[test]
fn wrong_command_lines_end_with_2() {
    let (_dir, tenure) = fresh();
    let wrong: [&[&str]; 6] = [
        &["frobnicate"],
        &["evaluate", "--from", "2025-07-01"],
        &["evaluate", "--from", "01/07/2025", "--to", "2026-01-01"],
        &["source", "add", "a b", "--kind", "roster-csv"],
        &["query"],
        &["collect", "--format", "xml"],
    ];
    for args in wrong {
        let ran = tenure.run(args);
        assert_eq!(ran.code, USAGE, "{args:?}: {ran:?}");
        assert!(ran.stderr.starts_with("error: "), "{args:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{args:?}: errors are no data");
    }
}

#[test]
fn nothing_to_collect_ends_with_3() {
    let (_dir, tenure) = fresh();
    tenure.init();
    let ran = tenure.run(&["collect"]);
    assert_eq!(ran.code, NOTHING_TO_DO);
    insta::assert_snapshot!(ran.stderr, @r"
    no source is configured; add one with 'tenure source add'
    ");
}

#[test]
fn an_unknown_control_ends_with_1() {
    let (_dir, tenure) = fresh();
    tenure.init();
    let ran = tenure.run(&[
        "evaluate",
        "--from",
        "2025-07-01",
        "--to",
        "2026-01-01",
        "--control",
        "XYZ-99",
    ]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!(ran.stderr, @r"
    error: there is no control 'XYZ-99'

    hint: 'tenure controls list' lists the controls
    ");
}

/// Programs branch on what was found; people read it.
#[test]
fn findings_end_with_their_code_where_programs_read() {
    let (_dir, tenure) = fresh();
    tenure.init();
    tenure.add("aws", "cloudtrail", &fixtures::stratus_trail(), &[]);
    tenure.ok(&["collect"]);
    let evaluate = ["evaluate", "--from", "2024-07-01", "--to", "2025-01-01", "--control"];
    let run =
        |control: &str, more: &[&str]| tenure.run(&[&evaluate[..], &[control], more].concat());
    // A log that was switched off, and stretches of which nothing is known; grants without a
    // request.
    for (control, code) in [("MON-01", 12), ("JML-01", 11)] {
        let ran = run(control, &["--format", "json"]);
        assert_eq!((ran.code, code_of(&ran.stdout)), (code, code), "{control}");
        assert_eq!(run(control, &["--format", "csv"]).code, code, "{control}: csv is for programs");
        assert_eq!(run(control, &[]).code, 0, "{control}: text is for people");
        assert_eq!(run(control, &["--exit-codes", "always"]).code, code, "{control}");
        let never = run(control, &["--format", "json", "--exit-codes", "never"]);
        assert_eq!(never.code, 0, "{control}");
    }
    for control in ["AUT-01", "CFG-01", "GOV-02", "INV-02", "MON-02", "PRA-01", "UAR-01"] {
        let ran = run(control, &["--format", "json"]);
        assert_eq!(ran.code, code_of(&ran.stdout), "{control}");
    }
}

/// The code that follows from an evaluation: 10 contradicted, 11 not shown, 12 both, else 0.
fn code_of(evaluation: &str) -> i32 {
    let evaluation: Value = serde_json::from_str(evaluation).unwrap();
    let control = &evaluation["controls"][0];
    let list = control["deviations"]["list"].as_array().unwrap();
    let any =
        |outcomes: &[&str]| list.iter().any(|d| outcomes.contains(&d["outcome"].as_str().unwrap()));
    let contradicted = any(&["contradicted"]);
    let population = control["population"]["verdict"] == "not_demonstrated";
    match (contradicted, any(&["not_demonstrated", "indeterminate"]) || population) {
        (true, true) => 12,
        (true, false) => 10,
        (false, true) => 11,
        (false, false) => 0,
    }
}

/// A reader that has seen enough, as `head` does, is no error.
#[test]
fn a_closed_pipe_ends_quietly() {
    let (_dir, tenure) = fresh();
    tenure.init();
    let mut command = tenure.command(&["source", "kinds"]);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(String::from_utf8(ended.stderr).unwrap(), "");
}
