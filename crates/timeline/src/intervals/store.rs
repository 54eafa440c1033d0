//! Where the parts of a store lie, and what it says of itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::IntervalsError;
use super::tables::Subject;

const FORMAT: u32 = 1;

/// `store.json`, written last: a store without it is none.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: u32,
    /// How many parts each subject has.
    parts: BTreeMap<String, usize>,
    /// Tables that were there to be loaded, with or without rows.
    tables: BTreeSet<String>,
}

impl Manifest {
    pub(super) fn new(
        parts: impl IntoIterator<Item = (Subject, usize)>,
        tables: impl IntoIterator<Item = &'static str>,
    ) -> Self {
        let tables = tables.into_iter().map(str::to_owned).collect();
        let named = parts.into_iter().map(|(subject, parts)| (subject.name().to_owned(), parts));
        Self { format: FORMAT, parts: named.collect(), tables }
    }

    pub(super) fn read(root: &Path) -> Result<Self, IntervalsError> {
        let path = root.join("store.json");
        let bytes = match fs::read(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Err(IntervalsError::NotLoaded {
                    path: root.to_owned(),
                    what: "store.json",
                });
            }
            read => read.map_err(|e| IntervalsError::io(&path, e))?,
        };
        let manifest: Self = serde_json::from_slice(&bytes)
            .map_err(|e| IntervalsError::damaged(&path, e.to_string()))?;
        if manifest.format != FORMAT {
            let cause = format!("format {} is not read by this program", manifest.format);
            return Err(IntervalsError::damaged(&path, cause));
        }
        Ok(manifest)
    }

    pub(super) fn write(&self, root: &Path) -> Result<(), IntervalsError> {
        let path = root.join("store.json");
        let text =
            serde_json::to_vec(self).map_err(|e| IntervalsError::damaged(&path, e.to_string()))?;
        fs::write(&path, text).map_err(|e| IntervalsError::io(&path, e))
    }

    /// An error when one of the tables was not loaded: what is not there is not empty.
    pub(super) fn require(
        &self,
        root: &Path,
        tables: &'static [&'static str],
    ) -> Result<(), IntervalsError> {
        match tables.iter().find(|table| !self.tables.contains(**table)) {
            Some(what) => Err(IntervalsError::NotLoaded { path: root.to_owned(), what }),
            None => Ok(()),
        }
    }

    /// The files of a subject's parts, in order of their keys.
    pub(super) fn parts(
        &self,
        root: &Path,
        subject: Subject,
    ) -> Result<Vec<PathBuf>, IntervalsError> {
        let Some(count) = self.parts.get(subject.name()) else {
            return Err(IntervalsError::NotLoaded { path: root.to_owned(), what: subject.name() });
        };
        Ok((0..*count).map(|number| part_path(root, subject, number)).collect())
    }
}

pub(super) fn part_path(root: &Path, subject: Subject, number: usize) -> PathBuf {
    root.join(subject.name()).join(format!("{number:06}.part"))
}
