//! The same ledger and blobs give the same bytes: whenever they are built, in how many steps they
//! were collected, and on whatever machine.

use std::fs;
use std::path::Path;
use std::process::Command;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::json;
use tempfile::TempDir;
use tenure_testkit::fixtures;
use tenure_testkit::tenure::Tenure;
use tenure_testkit::tree::{self, Tree};

use crate::support::{demo_sources, fresh, tenure};

const PERIOD: [&str; 4] = ["--from", "2025-07-01", "--to", "2026-01-01"];

fn timeline(tenure: &Tenure) -> Tree {
    tree::read(&tenure.workspace().join("timeline"))
}

#[track_caller]
fn assert_same(left: &Tree, right: &Tree, what: &str) {
    assert!(!left.is_empty(), "{what}: there is nothing to compare");
    let differences = tree::differences(left, right);
    assert!(differences.is_empty(), "{what}: {differences:#?}");
}

/// Deletes the projections, has them built again, and compares.
#[track_caller]
fn assert_rebuilds(tenure: &Tenure, what: &str) {
    let before = timeline(tenure);
    fs::remove_dir_all(tenure.workspace().join("timeline")).unwrap();
    let _count = tenure.cell("SELECT count(*) FROM grants");
    assert_same(&before, &timeline(tenure), what);
}

#[test]
fn deleted_projections_come_back_byte_for_byte() {
    let (_dir, tenure) = fresh();
    tenure.init();
    demo_sources(&tenure);
    tenure.ok(&["collect"]);
    let before = timeline(&tenure);
    assert!(before.keys().any(|path| path.starts_with("facts")), "facts are kept");
    assert_rebuilds(&tenure, "all of the timeline deleted");

    fs::remove_dir_all(tenure.workspace().join("timeline/facts")).unwrap();
    fs::remove_file(tenure.workspace().join("timeline/built.json")).unwrap();
    fs::write(tenure.workspace().join("timeline/grants.parquet"), "damaged").unwrap();
    let _count = tenure.cell("SELECT count(*) FROM grants");
    assert_same(&before, &timeline(&tenure), "a part of the timeline deleted, a part damaged");
}

#[test]
fn collecting_in_steps_builds_what_a_rebuild_builds() {
    let (dir, tenure) = fresh();
    tenure.init();
    let (roster, trail) = (dir.path().join("people.csv"), dir.path().join("trail"));
    fs::create_dir(&trail).unwrap();
    let objects = fixtures::stratus_objects();
    let people = fixtures::roster(40);
    let lines: Vec<&str> = people.lines().collect();
    // More objects each day; more people, one called otherwise, one no longer listed.
    let rosters = [
        lines[..20].join("\n"),
        lines[..30].join("\n").replace("Person 3,", "Person Three,"),
        [&lines[..20], &lines[21..]].concat().join("\n"),
    ];
    for (day, roster_then) in rosters.iter().enumerate() {
        fs::write(&roster, roster_then).unwrap();
        for (name, bytes) in objects.iter().skip(day * 12).take(12) {
            fs::write(trail.join(name), bytes).unwrap();
        }
        let tenure = tenure.at(&format!("2026-02-0{}", day + 1));
        if day == 0 {
            tenure.add("hr", "roster-csv", &roster, &[]);
            tenure.add("aws", "cloudtrail", &trail, &[]);
        }
        tenure.ok(&["collect"]);
    }
    let runs = tenure.cell("SELECT count(*) FROM runs WHERE artifacts > 0");
    assert_eq!(runs, json!(6), "each step found something new");
    let superseded =
        tenure.cell("SELECT count(*) FROM history.subjects WHERE tx_to_seq IS NOT NULL");
    assert_ne!(superseded, json!(0), "later rosters changed what was known");
    assert_rebuilds(&tenure, "three steps");
}

#[test]
fn a_growing_repository_builds_what_a_rebuild_builds() {
    let (dir, tenure) = fresh();
    let clone = dir.path().join("clone.git");
    let bundle = fixtures::kubernetes_bundle();
    let git = |args: &[&str]| Command::new("git").args(args).status().is_ok_and(|s| s.success());
    let cloned = git(&["clone", "-q", "--bare", bundle.to_str().unwrap(), clone.to_str().unwrap()]);
    if !cloned {
        eprintln!("skipped: no git that clones a bundle");
        return;
    }
    let head = fs::read_to_string(clone.join("HEAD")).unwrap();
    let branch = head.trim().strip_prefix("ref: ").unwrap().to_owned();
    let in_clone = |args: &[&str]| {
        assert!(git(&[&["--git-dir", clone.to_str().unwrap()], args].concat()), "git {args:?}");
    };
    in_clone(&["update-ref", "refs/tenure/last", &branch]);
    tenure.init();
    for (day, commit) in
        ["refs/tenure/last~100", "refs/tenure/last~40", "refs/tenure/last"].iter().enumerate()
    {
        in_clone(&["update-ref", &branch, commit]);
        let tenure = tenure.at(&format!("2026-02-0{}", day + 1));
        if day == 0 {
            tenure.add("k8s", "git-access", &clone, &[]);
        }
        tenure.ok(&["collect"]);
    }
    let runs = tenure.cell("SELECT count(*) FROM runs WHERE artifacts > 0");
    assert_eq!(runs, json!(3), "each step found new commits");

    let at_once = tenure.on(dir.path().join("at-once"));
    at_once.init();
    at_once.add("k8s", "git-access", &clone, &[]);
    at_once.ok(&["collect"]);
    let facts = "SELECT grant_id, principal, entitlement, approval_ref, removal_ref, granted_event,
                        valid_from_lo, valid_from_hi, valid_to_lo, valid_to_hi
                 FROM grants ORDER BY grant_id, version_no";
    let grants = tenure.rows(facts);
    assert!(grants.as_array().unwrap().len() > 1000);
    assert!(grants == at_once.rows(facts), "steps do not change what was held when");
    assert_rebuilds(&tenure, "three steps of a repository");
}

/// What a machine may make of a prepared workspace.
struct Made {
    timeline: Tree,
    tiles: Tree,
    evaluation: String,
    pack: Vec<u8>,
}

fn make(tenure: &Tenure) -> Made {
    tenure.ok(&["collect"]);
    let evaluation = tenure.run(&[&["--format", "json", "evaluate"], &PERIOD[..]].concat());
    assert!(evaluation.stdout.starts_with('{'), "{}", evaluation.stderr);
    Made {
        timeline: timeline(tenure),
        evaluation: evaluation.stdout,
        pack: pack(tenure),
        tiles: tree::read(&tenure.workspace().join("ledger/tiles")),
    }
}

fn pack(tenure: &Tenure) -> Vec<u8> {
    let path = tenure.workspace().join("pack.zip");
    let out = path.to_str().unwrap();
    tenure.ok(&[&["pack", "build"], &PERIOD[..], &["--out", out]].concat());
    fs::read(path).unwrap()
}

#[test]
fn machines_do_not_show_in_the_bytes() {
    let (dir, prepared) = fresh();
    prepared.init();
    demo_sources(&prepared);
    let machine = |name: &str| {
        let path = dir.path().join(name);
        tree::copy(prepared.workspace(), &path);
        tenure(path)
    };
    let usual = machine("usual");
    let made = make(&usual);
    assert_eq!(made.pack, pack(&usual), "the same pack twice");
    assert_eq!(made.pack, pack(&usual.at("2026-03-01")), "the same pack a month later");

    let mut others = vec![
        machine("elsewhere")
            .with("TZ", "Pacific/Kiritimati")
            .with("LANG", "tr_TR.UTF-8")
            .with("LC_ALL", "tr_TR.UTF-8"),
        machine("one-thread").with("RAYON_NUM_THREADS", "1").with("TOKIO_WORKER_THREADS", "1"),
    ];
    if Command::new("taskset").args(["-c", "0", "true"]).status().is_ok_and(|s| s.success()) {
        others.push(machine("one-processor").under(&["taskset", "-c", "0"]));
    } else {
        eprintln!("not tried: one processor, because there is no taskset");
    }
    for other in others {
        let name = other.workspace().file_name().unwrap().to_string_lossy().into_owned();
        let theirs = make(&other);
        assert_same(&made.timeline, &theirs.timeline, &format!("timeline, {name}"));
        assert_same(&made.tiles, &theirs.tiles, &format!("tiles, {name}"));
        assert!(made.evaluation == theirs.evaluation, "{name}: another evaluation");
        assert!(made.pack == theirs.pack, "{name}: another pack");
    }
}

#[test]
fn queries_answer_in_each_format() {
    let (dir, tenure) = fresh();
    tenure.init();
    tenure.add("aws", "cloudtrail", &fixtures::stratus_trail(), &[]);
    tenure.ok(&["collect"]);
    let sql = "SELECT kind, seq, at FROM entries WHERE seq < 2 ORDER BY seq";

    let json = tenure.json(&["query", sql]);
    let expected = json!({
        "schema": "tenure.query/v1",
        "columns": [
            {"name": "kind", "type": "text"},
            {"name": "seq", "type": "int"},
            {"name": "at", "type": "time"},
        ],
        "rows": [
            ["workspace", 0, "2026-02-01T00:00:00Z"],
            ["source", 1, "2026-02-01T00:00:00Z"],
        ],
    });
    assert_eq!(json, expected);

    insta::assert_snapshot!(tenure.ok(&["--format", "csv", "query", sql]), @r"
    kind,seq,at
    workspace,0,2026-02-01T00:00:00Z
    source,1,2026-02-01T00:00:00Z
    ");
    insta::assert_snapshot!(tenure.ok(&["query", sql]), @r"
    kind       seq  at
    workspace  0    2026-02-01T00:00:00Z
    source     1    2026-02-01T00:00:00Z
    ");

    let file = dir.path().join("entries.parquet");
    assert_eq!(tenure.ok(&["query", sql, "--parquet", file.to_str().unwrap()]), "");
    assert_eq!(columns_and_rows(&file), (vec!["kind".into(), "seq".into(), "at".into()], 2));
}

fn columns_and_rows(file: &Path) -> (Vec<String>, usize) {
    let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(file).unwrap()).unwrap();
    let names = reader.schema().fields().iter().map(|field| field.name().clone()).collect();
    (names, reader.build().unwrap().map(|batch| batch.unwrap().num_rows()).sum())
}

#[test]
fn two_workspaces_never_share_a_name_or_a_key() {
    let dir = TempDir::new().unwrap();
    let key = |name: &str| tenure(dir.path().join(name)).ok(&["init"]);
    assert_ne!(key("one"), key("two"));
}
