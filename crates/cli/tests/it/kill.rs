//! A collection that is killed at any moment loses no entry that was there, and collecting again
//! gives the bytes that undisturbed collections give.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tenure_testkit::random::Random;
use tenure_testkit::tenure::Tenure;
use tenure_testkit::tree::{self, Tree};
use tenure_testkit::{fixtures, tenure as runner};

use crate::support::{entries, tenure};

/// One trial in so many is on the slow scene, the history of a git repository.
const SLOW_SCENE_EVERY: u64 = 8;
const PARALLEL: usize = 2;

#[test]
fn a_killed_collection_converges() {
    let dir = TempDir::new().unwrap();
    let scenes = [objects_and_people(dir.path()), history(dir.path())];
    let seed = variable("TENURE_KILL_SEED").unwrap_or(20_250_701);
    let default = if std::env::var_os("CI").is_some() { 200 } else { 20 };
    let trials = variable("TENURE_KILL_TRIALS").unwrap_or(default);
    eprintln!("{trials} trials, TENURE_KILL_SEED={seed}");

    let next = AtomicU64::new(0);
    let [killed, recorded] = [AtomicU64::new(0), AtomicU64::new(0)];
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= trials {
                return;
            }
            let scene = &scenes[usize::from(number.is_multiple_of(SLOW_SCENE_EVERY))];
            let what = format!("trial {number} of seed {seed} on {}", scene.name);
            let mut random = Random::new(seed.wrapping_add(number));
            let directory = dir.path().join(format!("trial-{number}"));
            let hit = trial(scene, &directory, &mut random, &what);
            killed.fetch_add(u64::from(hit.killed), Ordering::Relaxed);
            recorded.fetch_add(u64::from(hit.killed && hit.recorded), Ordering::Relaxed);
        }
    };
    scope(|threads| {
        for _ in 0..PARALLEL {
            threads.spawn(work);
        }
    });
    let (killed, recorded) = (killed.into_inner(), recorded.into_inner());
    eprintln!("{killed} of {trials} were killed before they ended, {recorded} of them after a run");
    assert!(killed > trials / 4, "the kills come too late to mean anything");
}

fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// A workspace ready to be collected, and what it becomes.
struct Scene {
    name: &'static str,
    prepared: Tenure,
    /// How long an undisturbed collection takes.
    takes: Duration,
    /// What collecting again gives, by the number of entries that the killed one had recorded.
    outcomes: BTreeMap<usize, Outcome>,
}

/// The bytes that count: the published log, the blobs, the timeline.
struct Outcome {
    entries: Vec<Vec<u8>>,
    bytes: Tree,
}

fn outcome(tenure: &Tenure) -> Outcome {
    let mut bytes = Tree::new();
    for part in ["ledger/tiles", "ledger/staging", "blobs", "timeline"] {
        let files = tree::read(&tenure.workspace().join(part));
        bytes.extend(files.into_iter().map(|(path, b)| (Path::new(part).join(path), b)));
    }
    Outcome { entries: entries(tenure.workspace()), bytes }
}

/// CloudTrail objects and a roster: two runs, each acknowledged by itself.
fn objects_and_people(dir: &Path) -> Scene {
    let prepared = tenure(dir.join("objects"));
    prepared.init();
    let roster = dir.join("people.csv");
    fs::write(&roster, fixtures::roster(3_000)).unwrap();
    prepared.add("aws", "cloudtrail", &fixtures::stratus_trail(), &[]);
    prepared.add("hr", "roster-csv", &roster, &[]);
    scene("objects and people", prepared, &["aws", "hr"])
}

/// The history of a git repository: one large artifact and a long build.
fn history(dir: &Path) -> Scene {
    let prepared = tenure(dir.join("history"));
    prepared.init();
    prepared.add("k8s", "git-access", &fixtures::kubernetes_bundle(), &[]);
    scene("history", prepared, &["k8s"])
}

/// A collection appends one batch per source, in the order of their names. A killed one has
/// recorded the first few of them, as an undisturbed collection of these sources would have.
fn scene(name: &'static str, prepared: Tenure, sources: &[&str]) -> Scene {
    let mut outcomes = BTreeMap::new();
    let mut takes = Duration::ZERO;
    for recorded in 0..=sources.len() {
        let path = prepared.workspace().with_extension(format!("{recorded}-recorded"));
        let undisturbed = prepared.on(path);
        tree::copy(prepared.workspace(), undisturbed.workspace());
        if recorded > 0 {
            undisturbed.ok(&[&["collect"], &sources[..recorded]].concat());
        }
        let before = entries(undisturbed.workspace()).len();
        let started = Instant::now();
        undisturbed.ok(&["collect"]);
        takes = takes.max(started.elapsed());
        outcomes.insert(before, outcome(&undisturbed));
    }
    Scene { name, prepared, takes, outcomes }
}

/// When the kill came.
struct Hit {
    /// Before the collection ended.
    killed: bool,
    /// After a run was recorded.
    recorded: bool,
}

fn trial(scene: &Scene, workspace: &Path, random: &mut Random, what: &str) -> Hit {
    let tenure = scene.prepared.on(workspace);
    tree::copy(scene.prepared.workspace(), workspace);
    let before = entries(workspace);

    let mut command = tenure.command(&["collect"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // Trials run beside each other, so that they take longer than one alone.
    let micros = u64::try_from(scene.takes.as_micros()).unwrap() * 3 / 2;
    sleep(Duration::from_micros(random.below(micros)));
    child.kill().unwrap();
    let killed = child.wait().unwrap().code().is_none();

    let recorded = entries(workspace);
    assert!(recorded.starts_with(&before), "{what}: an entry is lost");
    let expected = scene.outcomes.get(&recorded.len());
    let expected = expected.unwrap_or_else(|| {
        panic!("{what}: {} entries are no whole number of runs", recorded.len())
    });
    let again = tenure.run(&["collect"]);
    assert_eq!(again.code, 0, "{what}: collecting again failed: {}", again.stderr);
    let converged = outcome(&tenure);
    assert!(converged.entries.starts_with(&recorded), "{what}: an entry is lost");
    assert!(converged.entries == expected.entries, "{what}: other entries than undisturbed");
    let differences = tree::differences(&converged.bytes, &expected.bytes);
    assert!(
        differences.is_empty(),
        "{what}, {} entries recorded: {differences:#?}",
        recorded.len()
    );
    verifies(&tenure, what);
    fs::remove_dir_all(workspace).unwrap();
    Hit { killed, recorded: recorded.len() > before.len() }
}

fn verifies(tenure: &Tenure, what: &str) {
    let runner::Ran { code, stdout, .. } = tenure.run(&["ledger", "verify"]);
    assert_eq!(code, 0, "{what}: the ledger does not verify: {stdout}");
}
