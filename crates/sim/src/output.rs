//! The files that systems wrote, and how Tenure is told of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::truth::Planted;

/// Files by path, relative to the directory of the simulation, and the sources that read them.
#[derive(Clone, Default, Debug)]
pub struct Output {
    files: BTreeMap<String, Vec<u8>>,
    sources: Vec<Source>,
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

    /// Adds a file.
    pub fn file(&mut self, path: impl Into<String>, bytes: Vec<u8>) {
        self.files.insert(path.into(), bytes);
    }

    /// Adds a file as gzip, without name or time in its header.
    pub fn gzip(&mut self, path: impl Into<String>, bytes: &[u8]) {
        self.files.insert(path.into(), crate::bucket::gzip(bytes));
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
