//! What the tests share: the command under test, workspaces of shipped data, expectations.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;
use tenure_testkit::fixtures;
use tenure_testkit::tenure::Tenure;

/// The command under test, on a workspace that is not there yet and goes with the directory.
pub(crate) fn fresh() -> (TempDir, Tenure) {
    let dir = TempDir::new().unwrap();
    let tenure = tenure(dir.path().join("w"));
    (dir, tenure)
}

/// The command under test on a workspace.
pub(crate) fn tenure(workspace: impl Into<PathBuf>) -> Tenure {
    Tenure::new(env!("CARGO_BIN_EXE_tenure"), workspace)
}

/// The shipped data as two sources: access as code and a log.
pub(crate) fn demo_sources(tenure: &Tenure) {
    tenure.add("aws", "cloudtrail", &fixtures::stratus_trail(), &[]);
    tenure.add("k8s", "git-access", &fixtures::kubernetes_bundle(), &[]);
}

/// The entries of a workspace's ledger, as stored. A copy is read: reading a database that a
/// killed process left would tidy it up.
pub(crate) fn entries(workspace: &Path) -> Vec<Vec<u8>> {
    let copy = TempDir::new().unwrap();
    for name in ["ledger.sqlite", "ledger.sqlite-wal"] {
        let path = workspace.join("ledger").join(name);
        if path.exists() {
            fs::copy(path, copy.path().join(name)).unwrap();
        }
    }
    let database = Connection::open(copy.path().join("ledger.sqlite")).unwrap();
    let mut statement = database.prepare("SELECT bytes FROM entries ORDER BY seq").unwrap();
    let entries = statement.query_map([], |row| row.get(0)).unwrap();
    entries.collect::<Result<_, _>>().unwrap()
}

/// The text of a cell; null is empty.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Compares what was reproduced with what is expected; tells of all differences at the end.
pub(crate) struct Expectations {
    expected: BTreeMap<String, Value>,
    failures: Vec<String>,
}

impl Expectations {
    pub(crate) fn new(expected: Vec<(String, Value)>) -> Self {
        Self { expected: expected.into_iter().collect(), failures: Vec::new() }
    }

    /// What is expected under a number.
    pub(crate) fn of(&self, number: &str) -> &Value {
        self.expected.get(number).unwrap_or_else(|| panic!("there is no expectation {number}"))
    }

    pub(crate) fn check(&mut self, number: &str, reproduced: &Value) {
        let expected = self.of(number);
        if expected != reproduced {
            let message = format!("{number}: expected {expected}\n    reproduced {reproduced}");
            self.failures.push(message);
        }
    }

    pub(crate) fn done(self) {
        assert!(self.failures.is_empty(), "\n{}", self.failures.join("\n"));
    }
}
