//! Real inputs that are too large to ship: a directory named by `TENURE_DATASETS`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Names the directory.
pub const VARIABLE: &str = "TENURE_DATASETS";

/// The real inputs, and what is known to be true of them.
#[derive(Clone, Debug)]
pub struct Datasets(PathBuf);

impl Datasets {
    /// The data sets, or `None` after saying on stderr that `test` did not run.
    #[must_use]
    #[expect(clippy::print_stderr, reason = "a test that did not run says so")]
    pub fn find(test: &str) -> Option<Self> {
        let found = std::env::var_os(VARIABLE).map(|dir| Self(dir.into()));
        if found.is_none() {
            eprintln!("skipped: {test} needs the data sets; {VARIABLE} names no directory");
        }
        found
    }

    /// A file of the data sets.
    ///
    /// # Panics
    /// When it is not there: a directory without it is not what the variable promises.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        let path = self.0.join(name);
        assert!(path.exists(), "{VARIABLE} has no {name}");
        path
    }

    /// The expectations of a file, in order: number (`01`) and what is expected.
    ///
    /// # Panics
    /// When the file is not a file of expectations.
    #[must_use]
    pub fn expected(&self, name: &str) -> Vec<(String, Value)> {
        let text = fs::read(self.file(name)).expect("the expectations can be read");
        let json: Value = serde_json::from_slice(&text).expect("the expectations are JSON");
        let list = json["expectations"].as_array().expect("there is a list of expectations");
        let one = |item: &Value| {
            let id = item["id"].as_str().expect("an expectation has an id");
            let number = id.rsplit('-').next().unwrap_or(id);
            (number.to_owned(), item["expect"].clone())
        };
        list.iter().map(one).collect()
    }

    /// Unpacks a tar of the data sets into `target`.
    ///
    /// # Panics
    /// When it cannot be unpacked.
    pub fn unpack(&self, name: &str, target: &Path) {
        let file = File::open(self.file(name)).expect("the archive can be opened");
        tar::Archive::new(file).unpack(target).expect("the archive can be unpacked");
    }
}
