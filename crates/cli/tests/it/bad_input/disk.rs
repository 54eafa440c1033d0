//! A disk without room. A small file system in memory is filled up to a few kilobytes, so that
//! one thing after another finds no room: blobs, the database, tiles, the timeline.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tenure_testkit::{fixtures, tree};

use super::Stage;
use crate::support::entries;

/// A mounted file system, until it is dropped.
struct Disk(PathBuf);

impl Disk {
    fn mount(path: PathBuf, kilobytes: u32) -> Option<Self> {
        fs::create_dir(&path).unwrap();
        let size = format!("size={kilobytes}k");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tenure-test"]).arg(&path);
        mount.output().is_ok_and(|output| output.status.success()).then_some(Self(path))
    }

    /// Fills it, and frees this much again.
    fn leave(&self, kilobytes: usize) -> PathBuf {
        let path = self.0.join("ballast");
        let mut ballast = File::create(&path).unwrap();
        let mut written = 0;
        while ballast.write_all(&[0; 4096]).is_ok() {
            written += 4096;
        }
        ballast.set_len(u64::try_from(written - (kilobytes * 1024).min(written)).unwrap()).unwrap();
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _unmounted = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

const PARTS: [&str; 3] = ["ledger/tiles", "blobs", "timeline"];

fn parts(workspace: &Path) -> Vec<tree::Tree> {
    PARTS.iter().map(|part| tree::read(&workspace.join(part))).collect()
}

#[test]
fn a_full_disk() {
    let stage = Stage::new();
    let roster = stage.write("people.csv", fixtures::roster(400));
    stage.tenure.add("aws", "cloudtrail", &fixtures::stratus_trail(), &[]);
    stage.tenure.add("hr", "roster-csv", &roster, &[]);
    let Some(disk) = Disk::mount(stage.dir.path().join("disk"), 8192) else {
        eprintln!("skipped: no file system can be mounted here");
        return;
    };
    let undisturbed = stage.tenure.on(stage.dir.path().join("undisturbed"));
    tree::copy(stage.tenure.workspace(), undisturbed.workspace());
    undisturbed.ok(&["collect"]);
    let before = entries(stage.tenure.workspace());

    let (mut refused, mut sizes) = (Vec::new(), std::collections::BTreeSet::new());
    for left in (0..2_400).step_by(100) {
        let tenure = stage.tenure.on(disk.0.join("w"));
        tree::copy(stage.tenure.workspace(), tenure.workspace());
        let ballast = disk.leave(left);
        let ran = tenure.run(&["collect"]);
        let what = format!("{left} KiB left: {ran:?}");
        fs::remove_file(ballast).unwrap();
        let recorded = entries(tenure.workspace());
        assert!(recorded.starts_with(&before), "{what}: an entry is lost");
        assert_eq!(tenure.run(&["ledger", "verify"]).code, 0, "{what}");
        if ran.code != 0 {
            assert_eq!(ran.code, 1, "{what}");
            assert!(ran.stderr.starts_with("error: "), "{what}");
            assert!(ran.stderr.contains("\n\nhint: free disk space"), "{what}");
            let converged = tenure.run(&["collect"]);
            assert_eq!(converged.code, 0, "{what}\nthen {converged:?}");
            if recorded == before {
                let same = parts(tenure.workspace()) == parts(undisturbed.workspace());
                assert!(same, "{what}: collecting again gives other bytes");
            }
            sizes.insert(recorded.len());
            refused.push(left);
        }
        fs::remove_dir_all(tenure.workspace()).unwrap();
    }
    eprintln!("no room with {refused:?} KiB left, after {sizes:?} entries");
    assert!(refused.len() > 2, "the disk was not full");
    assert!(sizes.len() > 1, "the disk was full only before the first entry, or only after it");
}
