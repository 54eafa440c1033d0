//! Runs the `tenure` command on a workspace, with a clock that stands still and an environment
//! that holds nothing but what a test puts in.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The instant at which the clock stands unless a test sets another one.
pub const NOW: &str = "2026-02-01T00:00:00Z";

/// The command, a workspace, a clock and an environment.
#[derive(Clone, Debug)]
pub struct Tenure {
    binary: PathBuf,
    workspace: PathBuf,
    now: String,
    environment: BTreeMap<String, OsString>,
    launcher: Vec<String>,
}

/// How a command ended and what it said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ran {
    /// The exit code; -1 when a signal ended it.
    pub code: i32,
    /// Data.
    pub stdout: String,
    /// Talk.
    pub stderr: String,
}

impl Tenure {
    /// The command `binary` on a workspace that need not be there yet.
    #[must_use]
    pub fn new(binary: impl Into<PathBuf>, workspace: impl Into<PathBuf>) -> Self {
        let inherited = ["PATH", "HOME"];
        let environment = inherited
            .into_iter()
            .filter_map(|name| std::env::var_os(name).map(|value| (name.to_owned(), value)))
            .collect();
        Self {
            binary: binary.into(),
            workspace: workspace.into(),
            now: NOW.to_owned(),
            environment,
            launcher: Vec::new(),
        }
    }

    /// The same on another workspace.
    #[must_use]
    pub fn on(&self, workspace: impl Into<PathBuf>) -> Self {
        Self { workspace: workspace.into(), ..self.clone() }
    }

    /// The same at another instant.
    #[must_use]
    pub fn at(&self, now: &str) -> Self {
        Self { now: now.to_owned(), ..self.clone() }
    }

    /// The same with an environment variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.into());
        self
    }

    /// The same started by another program, such as `taskset`.
    #[must_use]
    pub fn under(mut self, launcher: &[&str]) -> Self {
        self.launcher = launcher.iter().map(|&word| word.to_owned()).collect();
        self
    }

    /// The workspace's directory.
    #[must_use]
    pub fn workspace(&self) -> &Path {
        &self.workspace
    }

    /// The command, ready to be started.
    #[must_use]
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = match self.launcher.split_first() {
            Some((program, rest)) => {
                let mut command = Command::new(program);
                command.args(rest).arg(&self.binary);
                command
            }
            None => Command::new(&self.binary),
        };
        command.env_clear().envs(&self.environment);
        command.args(["--now", &self.now, "--workspace"]).arg(&self.workspace).args(args);
        command
    }

    /// Runs the command to its end.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn run(&self, args: &[&str]) -> Ran {
        let output = self.command(args).output().expect("the command can be started");
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs a command that has to end well; gives its data.
    ///
    /// # Panics
    /// When it ends otherwise.
    pub fn ok(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!(ran.code, 0, "tenure {args:?} failed:\n{}{}", ran.stdout, ran.stderr);
        ran.stdout
    }

    /// Makes the workspace.
    pub fn init(&self) {
        self.ok(&["init"]);
    }

    /// Adds a source that reads a path, with further settings (`name=value`).
    pub fn add(&self, name: &str, kind: &str, path: &Path, settings: &[&str]) {
        let path = format!("path={}", path.display());
        let mut args = vec!["source", "add", name, "--kind", kind, "--set", &path];
        for setting in settings {
            args.extend(["--set", setting]);
        }
        self.ok(&args);
    }

    /// Runs a command with `--format json`, whatever its exit code; gives the document.
    ///
    /// # Panics
    /// When it writes no JSON document.
    #[must_use]
    pub fn json(&self, args: &[&str]) -> Value {
        let ran = self.run(&[&["--format", "json"], args].concat());
        let parsed = serde_json::from_str(&ran.stdout);
        parsed.unwrap_or_else(|e| panic!("tenure {args:?} wrote no JSON ({e}):\n{ran:?}"))
    }

    /// The rows of a query.
    ///
    /// # Panics
    /// When the query fails.
    #[must_use]
    pub fn query(&self, sql: &str) -> Vec<Vec<Value>> {
        let ran = self.run(&["--format", "json", "query", sql]);
        assert_eq!(ran.code, 0, "the query failed:\n{sql}\n{}", ran.stderr);
        let json: Value = serde_json::from_str(&ran.stdout).expect("a query writes JSON");
        let rows = json["rows"].as_array().expect("a query has rows");
        rows.iter().map(|row| row.as_array().expect("a row is a list").clone()).collect()
    }

    /// The rows of a query as one JSON value.
    #[must_use]
    pub fn rows(&self, sql: &str) -> Value {
        self.query(sql).into_iter().map(Value::Array).collect()
    }

    /// The one row of a query, as an object by column.
    ///
    /// # Panics
    /// When the query fails or gives another number of rows.
    #[must_use]
    pub fn object(&self, sql: &str) -> Value {
        let json = self.json(&["query", sql]);
        let rows = json["rows"].as_array().expect("a query has rows");
        assert_eq!(rows.len(), 1, "one row is expected of:\n{sql}");
        let columns = json["columns"].as_array().expect("a query has columns");
        let name = |column: &Value| column["name"].as_str().expect("a column's name").to_owned();
        let row = rows[0].as_array().expect("a row is a list");
        columns.iter().map(name).zip(row.iter().cloned()).collect()
    }

    /// The one cell of a query.
    ///
    /// # Panics
    /// When the query fails or gives another number of cells.
    #[must_use]
    pub fn cell(&self, sql: &str) -> Value {
        let rows = self.query(sql);
        assert!(rows.len() == 1 && rows[0].len() == 1, "one cell is expected of:\n{sql}");
        rows[0][0].clone()
    }
}
