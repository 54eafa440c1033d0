//! `cloudtrail` from a bucket: against a server of our own that misbehaves at will, and against
//! moto.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use tenure_model::clock::FixedClock;
use tenure_model::digest::Digest;
use tenure_sources::settings::Settings;
use tenure_sources::source::{Artifact, Artifacts, Collect, CollectError, Collected, NoProgress};

use crate::support::{Workspace, at};

mod against_moto;
mod digests;
mod fake;
mod faults;
mod incremental;
mod listing;
mod moto;
mod resume;
mod server;

const ACCOUNT: &str = "111122223333";

/// Credentials are found in the environment, and a process has one: the test of that name runs
/// itself in a process of its own that has keys.
fn with_keys(name: &str, test: impl FnOnce()) {
    if std::env::var_os("TENURE_TEST_WITH_KEYS").is_some() {
        return test();
    }
    let output = with_key_variables(Command::new(std::env::current_exe().unwrap()))
        .args(["--exact", name, "--nocapture"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

fn with_key_variables(mut command: Command) -> Command {
    for name in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION"] {
        command.env_remove(name);
    }
    command
        .env("TENURE_TEST_WITH_KEYS", "1")
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "not-a-secret")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

/// A key as CloudTrail makes them.
fn key(region: &str, day: &str, unique: &str) -> String {
    let compact = day.replace('/', "");
    format!(
        "AWSLogs/{ACCOUNT}/CloudTrail/{region}/{day}/{ACCOUNT}_CloudTrail_{region}_{compact}T0005Z_{unique}.json.gz"
    )
}

/// A key of a digest file.
fn digest_key(region: &str, day: &str, hour: u32) -> String {
    let compact = day.replace('/', "");
    format!(
        "AWSLogs/{ACCOUNT}/CloudTrail-Digest/{region}/{day}/{ACCOUNT}_CloudTrail-Digest_{region}_trail_eu-west-1_{compact}T{hour:02}0000Z.json.gz"
    )
}

fn workspace(address: SocketAddr) -> Workspace {
    Workspace::new("cloudtrail")
        .set("bucket", "logs")
        .set("endpoint", &format!("http://{address}"))
        .set("digests", "no")
}

/// Artifacts as they were handed over: name and bytes.
#[derive(Default)]
struct Taken {
    artifacts: Vec<(String, Vec<u8>)>,
    /// The process ends at the artifact of this number.
    dies_at: Option<usize>,
}

impl Artifacts for Taken {
    fn put(&mut self, artifact: Artifact) -> Result<(), CollectError> {
        let bytes = artifact.payload.bytes().unwrap().into_owned();
        self.artifacts.push((artifact.name, bytes));
        if self.dies_at == Some(self.artifacts.len()) {
            std::process::abort();
        }
        Ok(())
    }
}

impl Taken {
    fn names(&self) -> Vec<&str> {
        self.artifacts.iter().map(|(name, _)| name.as_str()).collect()
    }
}

/// Collects without reading.
fn collect(
    settings: &Settings,
    known: &BTreeMap<String, Digest>,
    scratch: &Path,
    taken: &mut Taken,
) -> Result<Collected, CollectError> {
    let cx = Collect {
        settings,
        clock: &FixedClock(at("2026-01-01")),
        cursor: None,
        known,
        progress: &NoProgress,
        scratch,
    };
    tenure_sources::registry::find("cloudtrail").unwrap().collect(&cx, taken)
}

/// Collects from nothing, and gives the gaps as text.
fn collected(workspace: &Workspace) -> (Taken, Vec<String>) {
    let mut taken = Taken::default();
    let scratch = workspace.dir.path().join("scratch");
    let collected = collect(&workspace.checked(), &workspace.known, &scratch, &mut taken).unwrap();
    let gaps = collected.gaps.iter().map(|g| format!("{}: {} ({})", g.artifact, g.cause, g.hint));
    (taken, gaps.collect())
}
