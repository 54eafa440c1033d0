//! Collects in a process of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tenure_model::clock::FixedClock;
use tenure_sources::registry;
use tenure_sources::settings::Settings;
use tenure_sources::source::{Artifact, Artifacts, Collect, CollectError, NoProgress, Payload};
use tenure_testkit::aws::FakeAws;

use crate::support::at;

/// The instant at which the collector's clock stands.
pub(super) const NOW: &str = "2026-01-01T00:00:00Z";
const REQUEST: &str = "TENURE_TEST_COLLECTION";

/// A collection to be run.
pub(super) struct Collection {
    settings: BTreeMap<String, String>,
    environment: Vec<(String, String)>,
    now: String,
    pub(super) directory: tempfile::TempDir,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Outcome {
    result: Value,
    /// The lines of each artifact, by its name.
    pub(super) artifacts: BTreeMap<String, Vec<Value>>,
}

impl Collection {
    /// From a fake server, with its credentials.
    pub(super) fn of(fake: &FakeAws) -> Self {
        let environment = fake.environment().map(|(name, value)| (name.to_owned(), value));
        Self::at(&fake.url(), environment.to_vec())
    }

    /// From any server.
    pub(super) fn at(url: &str, environment: Vec<(String, String)>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let settings = [("endpoint", url), ("requests-per-second", "5000")];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Self { settings, environment, now: NOW.to_owned(), directory }
    }

    pub(super) fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(super) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn without_env(mut self) -> Self {
        self.environment.clear();
        self
    }

    pub(super) fn now(mut self, now: &str) -> Self {
        self.now = now.to_owned();
        self
    }

    /// Starts it.
    pub(super) fn start(&self) -> Child {
        self.spawn("collect")
    }

    /// Runs it to its end.
    pub(super) fn run(&self) -> Outcome {
        let status = self.start().wait().unwrap();
        assert!(status.success(), "the collection's process failed: {status}");
        self.outcome()
    }

    /// What `source test` says.
    pub(super) fn test(&self) -> Value {
        assert!(self.spawn("test").wait().unwrap().success());
        self.outcome().result
    }

    fn spawn(&self, verb: &str) -> Child {
        let request = json!({
            "verb": verb, "settings": self.settings, "now": self.now,
            "directory": self.directory.path(),
        });
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env_clear();
        for name in ["PATH", "HOME"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command
            .args(["--exact", "aws_live::child::runs_in_a_process_of_its_own", "--ignored"])
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
            .env("AWS_CONFIG_FILE", "/nonexistent")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env(REQUEST, request.to_string())
            .stdout(Stdio::null());
        command.spawn().unwrap()
    }

    fn outcome(&self) -> Outcome {
        let read = |path: PathBuf| std::fs::read_to_string(path).unwrap();
        let result: Value =
            serde_json::from_str(&read(self.directory.path().join("result.json"))).unwrap();
        let artifacts = result["artifacts"].as_array().into_iter().flatten().map(|artifact| {
            let text = read(artifact["path"].as_str().unwrap().into());
            let lines = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            (artifact["name"].as_str().unwrap().to_owned(), lines)
        });
        Outcome { artifacts: artifacts.collect(), result }
    }
}

impl Outcome {
    /// The causes of the gaps.
    pub(super) fn causes(&self) -> Vec<&str> {
        let gaps = self.result["gaps"].as_array().expect("it came to an end");
        gaps.iter().map(|gap| gap["cause"].as_str().unwrap()).collect()
    }

    /// A part of what came back.
    pub(super) fn get(&self, name: &str) -> &Value {
        &self.result[name]
    }

    /// The lines of the one artifact.
    pub(super) fn lines(&self) -> &[Value] {
        assert_eq!(self.artifacts.len(), 1, "one artifact is expected");
        self.artifacts.values().next().unwrap()
    }

    /// How many answers of an action the artifacts have.
    pub(super) fn count(&self, action: &str) -> usize {
        let lines = self.artifacts.values().flatten();
        lines.filter(|line| line["action"] == action && line.get("error").is_none()).count()
    }

    /// The lines without what differs from time to time.
    pub(super) fn comparable(&self) -> Vec<Value> {
        let mut lines = self.lines().to_vec();
        for line in &mut lines {
            line.as_object_mut().unwrap().remove("request_id");
        }
        lines
    }
}

struct Keep<'a> {
    directory: &'a Path,
    kept: Vec<Value>,
}

impl Artifacts for Keep<'_> {
    fn put(&mut self, artifact: Artifact) -> Result<(), CollectError> {
        let path = self.directory.join(format!("artifact-{}", self.kept.len()));
        let Payload::File(from) = &artifact.payload else { panic!("a file is expected") };
        std::fs::copy(from, &path).unwrap();
        self.kept.push(json!({"name": artifact.name, "path": path, "type": artifact.media_type}));
        Ok(())
    }
}

#[test]
#[ignore = "started by the tests beside it, with an environment of its own"]
fn runs_in_a_process_of_its_own() {
    let Some(request) = std::env::var_os(REQUEST) else { return };
    let request: Value = serde_json::from_str(request.to_str().unwrap()).unwrap();
    let directory = Path::new(request["directory"].as_str().unwrap());
    let values = serde_json::from_value(request["settings"].clone()).unwrap();
    let source = registry::find("aws-iam").unwrap();
    let settings = Settings::checked("aws-iam", source.about().settings, values).unwrap();
    let failed = |e: CollectError| json!({"what": e.what, "cause": e.cause, "hint": e.hint});
    let result = if request["verb"] == "test" {
        source.test(&settings).map_or_else(failed, |said| json!({ "said": said }))
    } else {
        let mut keep = Keep { directory, kept: Vec::new() };
        let cx = Collect {
            settings: &settings,
            clock: &FixedClock(at(request["now"].as_str().unwrap())),
            cursor: None,
            known: &BTreeMap::new(),
            progress: &NoProgress,
            scratch: &directory.join("scratch"),
        };
        match source.collect(&cx, &mut keep) {
            Ok(c) => json!({
                "artifacts": keep.kept, "gaps": c.gaps, "totals": c.source_totals,
                "requests": c.requests, "checks": c.checks, "scope": c.scope,
            }),
            Err(e) => failed(e),
        }
    };
    std::fs::write(directory.join("result.json"), result.to_string()).unwrap();
}
