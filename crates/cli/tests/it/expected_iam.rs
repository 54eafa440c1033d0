//! A credential report and the authorization details of real accounts, as files that somebody
//! handed over: what is known to be true of them comes out of `tenure query`.

use serde_json::{Value, json};
use tempfile::TempDir;
use tenure_testkit::datasets::Datasets;
use tenure_testkit::tenure::Tenure;

use crate::support::{Expectations, fresh};

mod details;
mod report;

type Reproduce = fn(&Tenure) -> Value;

#[test]
fn a_credential_report_is_reproduced() {
    let Some(data) = Datasets::find("a_credential_report_is_reproduced") else { return };
    let file = "aws-iam/awstestbench-credential_report.csv";
    reproduces(&data, file, "expected/aws-credential-report.json", report::REPRODUCED);
}

#[test]
fn authorization_details_are_reproduced() {
    let Some(data) = Datasets::find("authorization_details_are_reproduced") else { return };
    let file = "aws-iam/cloudsplaining-example-authz-details.json.gz";
    let expected = "expected/aws-iam-authorization-details.json";
    reproduces(&data, file, expected, details::REPRODUCED);
}

fn reproduces(data: &Datasets, file: &str, expected: &str, reproduced: &[(&str, Reproduce)]) {
    let (_dir, w) = collected(data, file);
    let expected = data.expected(expected);
    let numbers: Vec<_> = expected.iter().map(|(number, _)| number.clone()).collect();
    assert_eq!(numbers, reproduced.iter().map(|(number, _)| *number).collect::<Vec<_>>());
    let mut expectations = Expectations::new(expected);
    for (number, reproduce) in reproduced {
        expectations.check(number, &reproduce(&w));
    }
    expectations.done();
}

/// A workspace in which the file was collected, without a word on when it was made: all of it was
/// understood, and that the time is missing is the one gap.
fn collected(data: &Datasets, file: &str) -> (TempDir, Tenure) {
    let (dir, w) = fresh();
    w.init();
    w.add("aws", "aws-iam", &data.file(file), &[]);
    w.ok(&["collect"]);
    let run = w.rows("SELECT outcome, artifacts, records, with_facts, rejected, gaps FROM runs");
    assert_eq!(run, json!([["partial", 1, 1, 1, 0, 1]]), "{file}");
    let coverage = w.rows("SELECT DISTINCT status FROM coverage");
    assert_eq!(coverage, json!([["asserted"]]), "{file}: files are no proof");
    (dir, w)
}

/// The first column of a query, as a list.
fn list(w: &Tenure, sql: &str) -> Value {
    w.query(sql).into_iter().map(|row| row[0].clone()).collect()
}
