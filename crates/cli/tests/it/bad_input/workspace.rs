//! A workspace that was damaged, or that two programs use at once.

use std::fs;
use std::process::{Child, Stdio};

use serde_json::json;
use tenure_testkit::tenure::Ran;
use tenure_testkit::{fixtures, tree};

use super::Stage;
use crate::support::entries;

/// A collected roster.
fn collected() -> Stage {
    let stage = Stage::new();
    let path = stage.write("people.csv", fixtures::roster(25));
    stage.tenure.add("hr", "roster-csv", &path, &[]);
    stage.tenure.ok(&["collect"]);
    stage
}

#[test]
fn no_workspace() {
    let (dir, tenure) = crate::support::fresh();
    let stage = Stage { dir, tenure };
    insta::assert_snapshot!(stage.says(&["collect"]), @r"
    error: [dir]/w is no workspace: [dir]/w/tenure.toml: No such file or directory (os error 2)

    hint: make one with 'tenure init DIR', or name one with --workspace
    exit 1
    ");
}

#[test]
fn a_workspace_twice() {
    let stage = Stage::new();
    insta::assert_snapshot!(stage.says(&["init"]), @r"
    error: [dir]/w is a workspace already

    hint: use it with --workspace, or choose another directory
    exit 1
    ");
}

/// A writer does not build on a tree that contradicts itself.
#[test]
fn a_corrupted_tile() {
    let stage = collected();
    let tiles = stage.tenure.workspace().join("ledger/tiles/tile/0/000.p");
    let size = stage.tenure.json(&["ledger", "status"])["published"].clone();
    let tile = tiles.join(size.to_string());
    let mut bytes = fs::read(&tile).unwrap();
    bytes[40] ^= 1;
    fs::write(&tile, bytes).unwrap();
    insta::assert_snapshot!(stage.says(&["ledger", "verify"]), @r"
    verified 10
    missing  0
    mismatch 2
      mismatch: tile/0/000.p/4: its hash 1 is not that of what it covers
      mismatch: tile/0/000.p/2: it is not the start of 'tile/0/000.p/4'
    exit 20
    ");
    insta::assert_snapshot!(stage.says(&["collect"]), @r"
    error: the published ledger contradicts the database: the tiles do not hash to the root of size 4

    hint: do not publish again, keep both, verify the ledger and restore the part that is wrong
    exit 1
    ");
    let after = stage.tenure.json(&["ledger", "status"])["published"].clone();
    assert_eq!(after, size, "no second history is published");
}

#[test]
fn a_missing_blob() {
    let stage = collected();
    let blobs = stage.tenure.workspace().join("blobs/sha256");
    for blob in tree::read(&blobs).into_keys() {
        fs::remove_file(blobs.join(blob)).unwrap();
    }
    fs::remove_dir_all(stage.tenure.workspace().join("timeline")).unwrap();
    insta::assert_snapshot!(stage.says(&["query", "SELECT count(*) FROM subjects"]), @r"
    error: cannot read run hr-1 again
      because cannot read artifact people.csv@2026-02-01T00:00:00Z again
      because blob [digest] is missing: there is no [dir]/w/blobs/sha256/b4/[digest]

    hint: put the blob back from a copy of the workspace; 'tenure ledger verify' lists all that is missing or changed
    exit 1
    ");
    insta::assert_snapshot!(stage.says(&["ledger", "verify"]), @r"
    verified 11
    missing  1
    mismatch 0
      missing: artifact people.csv@2026-02-01T00:00:00Z: blob [digest] is missing: there is no [dir]/w/blobs/sha256/b4/[digest]
    exit 21
    ");
}

#[test]
fn a_pack_with_one_byte_changed() {
    let stage = collected();
    let pack = stage.dir.path().join("pack.zip");
    let out = pack.to_str().unwrap();
    let control = ["--from", "2025-01-01", "--to", "2026-01-01", "--control", "GOV-02"];
    stage.tenure.ok(&[&["pack", "build", "--out", out], &control[..]].concat());
    let mut bytes = fs::read(&pack).unwrap();
    let name = b"evaluation";
    let at = bytes.windows(name.len()).position(|window| window == name).unwrap();
    bytes[at] ^= 1;
    fs::write(&pack, bytes).unwrap();
    let said = stage.says(&["verify", out]);
    assert!(said.ends_with("exit 20"), "{said}");
    assert!(said.contains("VERIFICATION FAILED"), "{said}");
}

#[test]
fn something_that_is_no_pack() {
    let stage = Stage::new();
    let words = stage.write("words.zip", "these are words");
    insta::assert_snapshot!(stage.says(&["verify", words.to_str().unwrap()]), @r"
    Evidence pack (what it is about could not be read)
      SHA-256     [digest]

    The file
      MISMATCH every byte of the file is accounted for
               the file is cut off: the end record should lie at byte 0

    What this does not show
      -        everything else
               the files cannot be told apart, so nothing in them was looked at

    VERIFICATION FAILED: 1 claims do not hold, 0 lack something, 0 hold; 1 were not checked.
    exit 20
    ");
    let nowhere = stage.input().join("nowhere.zip");
    insta::assert_snapshot!(stage.says(&["verify", nowhere.to_str().unwrap()]), @r"
    error: cannot read [dir]/input/nowhere.zip: No such file or directory (os error 2)

    hint: name the pack file, as written by 'tenure pack build --out FILE'
    exit 1
    ");
}

#[test]
fn questions_that_cannot_be_answered() {
    let stage = collected();
    insta::assert_snapshot!(stage.says(&["query", "SELECT * FROM persons"]), @r"
    error: the query cannot be answered: Error during planning: table 'datafusion.public.persons' not found

    hint: docs/tables.md lists the tables and their columns
    exit 1
    ");
    insta::assert_snapshot!(stage.says(&["query", "DROP TABLE grants"]), @r"
    error: the query cannot be answered: Error during planning: DDL not supported: DropTable

    hint: docs/tables.md lists the tables and their columns
    exit 1
    ");
    insta::assert_snapshot!(stage.says(&["collect", "payroll"]), @r"
    error: there is no source 'payroll'

    hint: 'tenure source list' lists the sources
    exit 1
    ");
    let backwards = ["evaluate", "--from", "2026-01-01", "--to", "2025-01-01"];
    insta::assert_snapshot!(stage.says(&backwards), @r"
    error: the period's end 2025-01-01T00:00:00Z is not after its start 2026-01-01T00:00:00Z

    hint: a period is [from, to): its end is not included
    exit 1
    ");
    let beyond = ["evaluate", "--from", "2025-01-01", "--to", "2026-01-01", "--known-at", "1000"];
    insta::assert_snapshot!(stage.says(&beyond), @r"
    error: the ledger has no entry 1000, only 4 entries

    hint: entries are counted from 0; 'tenure ledger status' tells how many there are
    exit 1
    ");
}

/// The history takes long enough to be collected that two collections overlap.
fn history() -> Stage {
    let stage = Stage::new();
    stage.tenure.add("k8s", "git-access", &fixtures::kubernetes_bundle(), &[]);
    stage
}

fn start(stage: &Stage, args: &[&str]) -> Child {
    let mut command = stage.tenure.command(args);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn end(child: Child) -> Ran {
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn two_collections_at_once() {
    let stage = history();
    let both = [start(&stage, &["collect"]), start(&stage, &["collect"])];
    let pids = both.each_ref().map(|child| child.id().to_string());
    let mut outcomes = both.map(end);
    outcomes.sort_by_key(|ran| ran.code);
    assert_eq!(outcomes[0].code, 0, "one of them collects: {outcomes:?}");
    if outcomes[1].code != 0 {
        let said = stage.redacted(&outcomes[1]);
        let said = pids.iter().fold(said, |said, pid| said.replace(pid, "[pid]"));
        insta::assert_snapshot!(said, @r"
        error: the ledger is being written by process [pid]

        hint: wait for it to end, or stop it
        exit 1
        ");
    }
    assert_eq!(stage.tenure.run(&["ledger", "verify"]).code, 0);
    let before = tree::read(&stage.tenure.workspace().join("timeline"));
    fs::remove_dir_all(stage.tenure.workspace().join("timeline")).unwrap();
    let grants = stage.tenure.cell("SELECT count(*) > 5000 FROM grants");
    assert_eq!(grants, json!(true));
    let after = tree::read(&stage.tenure.workspace().join("timeline"));
    assert_eq!(tree::differences(&before, &after), Vec::<String>::new());
}

#[test]
fn questions_during_a_collection() {
    let stage = history();
    let mut collection = start(&stage, &["collect"]);
    let (mut asked, mut answers) = (0, std::collections::BTreeSet::new());
    while collection.try_wait().unwrap().is_none() {
        let count =
            stage.tenure.cell("SELECT count(*) FROM grants WHERE native_type = 'org-member'");
        answers.insert(count.as_u64().unwrap());
        asked += 1;
    }
    let collected = end(collection);
    assert_eq!(collected.code, 0, "{collected:?}");
    answers.insert(
        stage
            .tenure
            .cell("SELECT count(*) FROM grants WHERE native_type = 'org-member'")
            .as_u64()
            .unwrap(),
    );
    assert!(asked > 2, "the collection was over too soon");
    assert!(answers.len() <= 2, "before or after, never in between: {answers:?}");
    assert_eq!(stage.tenure.run(&["ledger", "verify"]).code, 0);
}

#[test]
fn a_run_is_not_recorded_before_what_it_said_is_written() {
    let stage = Stage::new();
    let trail = fixtures::stratus_trail();
    let trail = trail.to_str().unwrap();
    let before = entries(stage.tenure.workspace()).len();
    let timeline = stage.tenure.workspace().join("timeline");
    fs::create_dir_all(&timeline).unwrap();
    fs::write(timeline.join("usage"), "no directory").unwrap();
    let ran = stage.tenure.run(&["ingest", "cloudtrail", trail]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("timeline/usage"), "{ran:?}");
    // The source is configured, and that is all.
    assert_eq!(entries(stage.tenure.workspace()).len(), before + 1);

    fs::remove_file(timeline.join("usage")).unwrap();
    stage.tenure.ok(&["ingest", "cloudtrail", trail]);
    assert!(entries(stage.tenure.workspace()).len() > before + 2);
    stage.tenure.ok(&["ledger", "verify"]);
}
