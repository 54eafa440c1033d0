//! Collecting and reading a repository of access files: half a year, and, where the datasets are,
//! eight years.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{Criterion, criterion_group, criterion_main};
use tenure_blobs::RecordKey;
use tenure_model::clock::FixedClock;
use tenure_model::{Digest, Timestamp};
use tenure_sources::records::{Heard, Records};
use tenure_sources::registry;
use tenure_sources::settings::Settings;
use tenure_sources::source::{Artifact, Artifacts, Collect, CollectError, NoProgress, Source};

#[derive(Default)]
struct Kept(Vec<Artifact>);

impl Artifacts for Kept {
    fn put(&mut self, artifact: Artifact) -> Result<(), CollectError> {
        self.0.push(artifact);
        Ok(())
    }
}

fn source() -> &'static dyn Source {
    registry::find("git-access").expect("the kind is registered")
}

fn settings(path: &Path) -> Settings {
    let values = BTreeMap::from([("path".to_owned(), path.display().to_string())]);
    Settings::checked("git-access", source().about().settings, values).expect("valid settings")
}

fn collect(settings: &Settings) -> Vec<Artifact> {
    let clock = FixedClock(Timestamp::from_seconds(1_800_000_000));
    let known = BTreeMap::new();
    let cx = Collect {
        settings,
        clock: &clock,
        cursor: None,
        known: &known,
        progress: &NoProgress,
        scratch: Path::new("/nonexistent"),
    };
    let mut kept = Kept::default();
    source().collect(&cx, &mut kept).expect("it can be collected");
    kept.0
}

fn read(settings: &Settings, artifacts: &[Artifact]) -> u64 {
    let mut heard = Heard::default();
    for artifact in artifacts {
        let salts = RecordKey::new([7; 32]).salts(&Digest([1; 32]));
        let mut records = Records::new(&artifact.name, salts, &mut heard);
        source().read(settings, artifact, &mut records).expect("it can be read");
        black_box(records.finish());
    }
    heard.facts.len() as u64
}

fn both(c: &mut Criterion, name: &str, path: &Path) {
    let settings = settings(path);
    let artifacts = collect(&settings);
    let mut group = c.benchmark_group(name);
    group.sample_size(10);
    group.bench_function("collect", |b| b.iter(|| collect(&settings)));
    group.bench_function("read", |b| b.iter(|| read(&settings, &artifacts)));
    group.finish();
}

fn git_access(c: &mut Criterion) {
    let bundle = "../../fixtures/demo/kubernetes-org-2025H2.bundle";
    both(c, "half a year", &Path::new(env!("CARGO_MANIFEST_DIR")).join(bundle));
    if let Some(datasets) = std::env::var_os("TENURE_DATASETS").map(PathBuf::from) {
        both(c, "eight years", &datasets.join("access-as-code/kubernetes-org.git.tar"));
    }
}

criterion_group!(benches, git_access);
criterion_main!(benches);
