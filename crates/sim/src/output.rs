//! The files that systems wrote, and how Tenure is told of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Serialize;
use tenure_model::Timestamp;

use crate::truth::Planted;

/// Files by path, relative to the directory of the simulation, and the sources that read them.
#[derive(Clone, Default, Debug)]
pub struct Output {
    files: BTreeMap<String, Vec<u8>>,
    sources: Vec<Source>,
    arrivals: Vec<Arrival>,
}

/// Files that appear at an instant, at which a source is collected.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Arrival {
    /// When.
    pub at: Timestamp,
    /// The source that is collected then.
    pub source: String,
    /// The files, by path; they take the place of earlier ones.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// A source as `tenure source add NAME --kind KIND --set key=value…` takes it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// The system that it reads; equal to the name where none is given.
    pub system: String,
    /// Its settings; a value that begins with `@/` is a path below the directory.
    pub settings: BTreeMap<String, String>,
}

impl Output {
    /// The files by path.
    #[must_use]
    pub const fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.files
    }

    /// Lets go of the files, once they are written: a large company's take gigabytes.
    pub fn forget_files(&mut self) {
        self.files = BTreeMap::new();
    }

    /// Adds a file.
    pub fn file(&mut self, path: impl Into<String>, bytes: Vec<u8>) {
        self.files.insert(path.into(), bytes);
    }

    /// Adds a file as gzip, without name or time in its header.
    pub fn gzip(&mut self, path: impl Into<String>, bytes: &[u8]) {
        self.files.insert(path.into(), crate::bucket::gzip(bytes));
    }

    /// Has a file appear at an instant, at which the source that reads it is collected. The last of
    /// them is what is there in the end.
    pub fn arrive(&mut self, at: Timestamp, source: &str, path: &str, bytes: Vec<u8>) {
        self.file(path, bytes.clone());
        let files = BTreeMap::from([(path.to_owned(), bytes)]);
        self.arrivals.push(Arrival { at, source: source.to_owned(), files });
    }

    /// What appears before the day of collection, in order of time.
    #[must_use]
    pub fn arrivals(&self) -> Vec<&Arrival> {
        let mut arrivals: Vec<_> = self.arrivals.iter().collect();
        arrivals.sort();
        arrivals
    }

    /// Adds a source of a system of its own name.
    pub fn source(&mut self, name: &str, kind: &str, settings: &[(&str, &str)]) {
        self.source_of(name, name, kind, settings);
    }

    /// Adds a source of a system.
    pub fn source_of(&mut self, name: &str, system: &str, kind: &str, settings: &[(&str, &str)]) {
        let settings =
            settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let (name, kind, system) = (name.to_owned(), kind.to_owned(), system.to_owned());
        self.sources.push(Source { name, kind, system, settings });
    }

    /// The sources, in the order in which they were added.
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Writes every file, `sources.json` and `truth.jsonl` below `dir`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, dir: &Path, truth: &[Planted]) -> std::io::Result<()> {
        for (path, bytes) in &self.files {
            let path = dir.join(path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, bytes)?;
        }
        fs::create_dir_all(dir)?;
        fs::write(dir.join("sources.json"), serde_json::to_vec_pretty(&self.sources)?)?;
        let mut lines = Vec::new();
        for planted in truth {
            serde_json::to_writer(&mut lines, planted)?;
            lines.push(b'\n');
        }
        fs::write(dir.join("truth.jsonl"), lines)
    }
}
