//! Whatever a source holds, it is told of: as a gap of the run when the rest can be kept, as an
//! error with a hint when it cannot. Nothing that was recorded is lost.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tenure_testkit::tenure::{Ran, Tenure};

use crate::support::fresh;

mod disk;
mod git;
mod log;
mod roster;
mod workspace;

/// A workspace, and a directory beside it for what a source reads.
struct Stage {
    dir: TempDir,
    tenure: Tenure,
}

impl Stage {
    fn new() -> Self {
        let (dir, tenure) = fresh();
        tenure.init();
        fs::create_dir(dir.path().join("input")).unwrap();
        Self { dir, tenure }
    }

    fn input(&self) -> PathBuf {
        self.dir.path().join("input")
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.input().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Runs a command; gives all that it says and its exit code, the same on each machine.
    fn says(&self, args: &[&str]) -> String {
        self.redacted(&self.tenure.run(args))
    }

    fn redacted(&self, ran: &Ran) -> String {
        let Ran { code, stdout, stderr } = ran;
        let text = format!("{stdout}{stderr}exit {code}");
        let text = text.replace(&self.dir.path().display().to_string(), "[dir]");
        text.split_inclusive(|c: char| !c.is_ascii_alphanumeric())
            .map(|word| {
                let digest =
                    word.get(..64).is_some_and(|w| w.bytes().all(|b| b.is_ascii_hexdigit()));
                if digest { word.replacen(&word[..64], "[digest]", 1) } else { word.to_owned() }
            })
            .collect()
    }

    /// Adds a source and collects it; gives what both say. A source that cannot be added is not
    /// collected.
    fn collects(&self, kind: &str, path: &Path, settings: &[&str]) -> String {
        let path = format!("path={}", path.display());
        let mut args = vec!["--quiet", "source", "add", "it", "--kind", kind, "--set", &path];
        for setting in settings {
            args.extend(["--set", setting]);
        }
        let added = self.tenure.run(&args);
        if added.code != 0 {
            return self.redacted(&added);
        }
        let said = self.says(&["collect"]);
        let verified = self.tenure.run(&["ledger", "verify"]);
        assert_eq!(verified.code, 0, "the ledger is whole whatever came: {}", verified.stdout);
        said
    }
}
