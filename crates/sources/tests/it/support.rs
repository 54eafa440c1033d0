//! Runs a source through the pipeline, with a store of its own, and keeps everything it says.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use tenure_blobs::{BlobStore, RecordKey};
use tenure_model::clock::FixedClock;
use tenure_model::entry::{Gap, RunBody};
use tenure_model::fact::{Fact, UsageEvent, Value};
use tenure_model::ids::{RunId, SourceName};
use tenure_model::tables::TableId;
use tenure_model::usage::{Row, UsageRows};
use tenure_model::{Digest, Timestamp};
use tenure_sources::pipeline::{self, Run, RunDraft, RunSink, SinkError};
use tenure_sources::registry;
use tenure_sources::settings::Settings;
use tenure_sources::source::{NoProgress, Source};

pub(crate) const KEY: RecordKey = RecordKey::new([7; 32]);

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse_or_date(text).expect("an instant")
}

/// What a run said.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Said {
    pub(crate) facts: Vec<(Digest, u64, Fact)>,
    pub(crate) usage: Vec<(Digest, u64, UsageEvent)>,
}

impl RunSink for Said {
    fn fact(&mut self, artifact: &Digest, record: u64, fact: Arc<Fact>) -> Result<(), SinkError> {
        self.facts.push((*artifact, record, Fact::clone(&fact)));
        Ok(())
    }

    fn usage(&mut self, rows: UsageRows, artifacts: &[Digest]) -> Result<(), SinkError> {
        let of = |row: &Row| (artifacts[row.artifact as usize], row.record, rows.event(row));
        self.usage.extend(rows.rows.iter().map(of));
        Ok(())
    }
}

impl Said {
    pub(crate) fn table(&self, table: TableId) -> Vec<&Fact> {
        self.facts.iter().map(|(_, _, fact)| fact).filter(|fact| fact.table == table).collect()
    }
}

pub(crate) fn text<'f>(fact: &'f Fact, column: &str) -> Option<&'f str> {
    match fact.attrs.get(column)? {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

pub(crate) fn time(fact: &Fact, column: &str) -> Option<Timestamp> {
    match fact.attrs.get(column)? {
        Value::Time(at) => Some(*at),
        _ => None,
    }
}

/// A source with a ledger of sorts: each run knows what the runs before it recorded.
pub(crate) struct Workspace {
    pub(crate) dir: TempDir,
    pub(crate) blobs: BlobStore,
    pub(crate) kind: &'static str,
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) known: BTreeMap<String, Digest>,
    pub(crate) cursor: Option<String>,
    pub(crate) runs: u64,
    pub(crate) workers: usize,
    pub(crate) now: Timestamp,
}

impl Workspace {
    pub(crate) fn new(kind: &'static str) -> Self {
        let dir = TempDir::new().unwrap();
        let blobs = BlobStore::open(dir.path().join("blobs")).unwrap();
        Self {
            dir,
            blobs,
            kind,
            settings: BTreeMap::new(),
            known: BTreeMap::new(),
            cursor: None,
            runs: 0,
            workers: 2,
            now: at("2026-01-01"),
        }
    }

    /// A source whose `path` is the directory `data`, which is made.
    pub(crate) fn with_data(kind: &'static str) -> Self {
        let workspace = Self::new(kind);
        let data = workspace.data();
        std::fs::create_dir(&data).unwrap();
        workspace.set("path", data.to_str().unwrap())
    }

    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.data().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub(crate) fn source(&self) -> &'static dyn Source {
        registry::find(self.kind).expect("the kind is registered")
    }

    pub(crate) fn checked(&self) -> Settings {
        let about = self.source().about();
        Settings::checked(about.kind, about.settings, self.settings.clone()).unwrap()
    }

    /// Runs the source and takes what it drafts as recorded.
    pub(crate) fn run(&mut self) -> (RunDraft, Said) {
        self.run_as(self.source())
    }

    /// As [`Self::run`], with another implementation of the source.
    pub(crate) fn run_as(&mut self, source: &dyn Source) -> (RunDraft, Said) {
        let name: SourceName = "s".parse().unwrap();
        self.runs += 1;
        let mut said = Said::default();
        let settings = self.checked();
        let request = Run {
            source,
            name: &name,
            system: &"aws".parse().unwrap(),
            id: RunId::new(&name, self.runs),
            settings: &settings,
            cursor: self.cursor.as_deref(),
            known: &self.known,
            clock: &FixedClock(self.now),
            progress: &NoProgress,
            blobs: &self.blobs,
            key: &KEY,
            scratch: &self.dir.path().join("scratch"),
            workers: self.workers,
        };
        let draft = pipeline::run(&request, &mut said).unwrap();
        for artifact in &draft.artifacts {
            let skipped: u64 = artifact.skipped.values().sum();
            let sum = artifact.with_facts + skipped + artifact.rejected;
            assert_eq!(artifact.records, sum, "the account adds up");
            self.known.insert(artifact.name.clone(), artifact.blob);
        }
        self.cursor = cursor(&self.blobs, &draft.run);
        (draft, said)
    }
}

fn cursor(blobs: &BlobStore, run: &RunBody) -> Option<String> {
    match run.cursor_blob {
        Some(blob) => Some(String::from_utf8(blobs.get(&blob).unwrap()).unwrap()),
        None => run.cursor.clone(),
    }
}

/// Every gap of a run, from its entry or from the blob that has them all.
pub(crate) fn gaps(workspace: &Workspace, run: &RunBody) -> Vec<Gap> {
    let Some(blob) = run.gap_list else { return run.gaps.clone() };
    let lines = workspace.blobs.get(&blob).unwrap();
    let lines = lines.split(|b| *b == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The members of a tar archive, by name.
pub(crate) fn untar(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = tar::Archive::new(bytes);
    let mut members = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        if entry.header().entry_type().is_file() {
            let mut bytes = Vec::new();
            std::io::copy(&mut entry, &mut bytes).unwrap();
            members.insert(entry.path().unwrap().to_str().unwrap().to_owned(), bytes);
        }
    }
    members
}

/// A tar archive with these members, names taken as they are.
pub(crate) fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
}

/// A file of the shared data sets, which are not shipped with the project.
pub(crate) fn dataset(name: &str) -> Option<PathBuf> {
    std::env::var_os("TENURE_DATASETS").map(|root| Path::new(&root).join(name))
}
