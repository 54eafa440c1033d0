//! A process that is killed while it appends and publishes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use tenure_ledger::log::verify;
use tenure_model::ids::Seq;

use crate::support::{at, batch, new_entry, new_ledger, reopen};

const CHILD: &str = "TENURE_LEDGER_TEST_CHILD";

/// The test runs itself as a child that appends for ever and prints what was acknowledged.
#[test]
fn kill_nine_loses_nothing_that_was_acknowledged() {
    if let Some(dir) = std::env::var_os(CHILD) {
        append_for_ever(Path::new(&dir));
    }
    for kill_after in [1, 7, 40] {
        let (dir, ledger) = new_ledger();
        drop(ledger);
        let acknowledged = run_and_kill(dir.path(), kill_after);
        let ledger = reopen(dir.path());
        assert!(acknowledged >= kill_after);
        assert!(ledger.size().expect("a size") >= acknowledged * 3);
        for rev in 0..acknowledged * 3 {
            let read = ledger.entry(Seq(rev)).expect("an acknowledged entry is there");
            assert_eq!(read.entry, new_entry("a", rev).into());
        }
        let before = ledger.checkpoint().expect("a checkpoint").checkpoint;
        let after = ledger.publish(at(0)).expect("published");
        if before.size > 0 {
            let proof = ledger.consistency_proof(before.size, after.size).expect("a proof");
            let (old, new) = (&before.root, &after.root);
            tenure_ledger::merkle::verify_consistency(before.size, after.size, &proof, old, new)
                .expect("one history");
        }
        let report = verify(dir.path(), ledger.verifier_key()).expect("a report");
        assert!(report.is_verified(), "{:?}", report.findings);
    }
}

fn append_for_ever(dir: &Path) -> ! {
    let ledger = reopen(dir);
    for number in 0.. {
        ledger.append(batch("a", number * 3..number * 3 + 3)).expect("appended");
        writeln!(std::io::stdout(), "acknowledged {number}").expect("the parent reads");
        ledger.publish(at(0)).expect("published");
    }
    unreachable!("the numbers do not end");
}

fn run_and_kill(dir: &Path, kill_after: u64) -> u64 {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "kill::kill_nine_loses_nothing_that_was_acknowledged", "--nocapture"])
        .env(CHILD, dir)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the child starts");
    let mut acknowledged = 0;
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    while acknowledged < kill_after {
        let line = lines.next().expect("the child goes on").expect("a line");
        acknowledged += u64::from(line.contains("acknowledged"));
    }
    child.kill().expect("killed");
    // What it printed before it died was acknowledged too.
    acknowledged +=
        lines.filter(|line| line.as_ref().is_ok_and(|l| l.contains("acknowledged"))).count() as u64;
    child.wait().expect("ended");
    acknowledged
}
