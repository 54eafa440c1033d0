//! Records per second from objects on disk to facts: found, hashed, stored, inflated, parsed,
//! committed to. The fixtures are small objects repeated; where `TENURE_DATASETS` names the data
//! sets, a real account's five days are read as well.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use tempfile::TempDir;
use tenure_blobs::{BlobStore, RecordKey};
use tenure_model::clock::FixedClock;
use tenure_model::fact::Fact;
use tenure_model::ids::RunId;
use tenure_model::usage::UsageRows;
use tenure_model::{Digest, Timestamp};
use tenure_sources::pipeline::{self, Run, RunSink, SinkError};
use tenure_sources::records::{Heard, Records};
use tenure_sources::registry;
use tenure_sources::settings::Settings;
use tenure_sources::source::{Artifact, NoProgress, Payload};

#[derive(Default)]
struct Count(u64);

impl RunSink for Count {
    fn fact(&mut self, _: &Digest, _: u64, fact: Arc<Fact>) -> Result<(), SinkError> {
        black_box(fact);
        Ok(())
    }

    fn usage(&mut self, rows: UsageRows, _: &[Digest]) -> Result<(), SinkError> {
        self.0 += rows.rows.len() as u64;
        black_box(rows);
        Ok(())
    }
}

fn settings(path: &Path) -> Settings {
    let about = registry::find("cloudtrail").expect("the kind is registered").about();
    let values = BTreeMap::from([("path".to_owned(), path.display().to_string())]);
    Settings::checked(about.kind, about.settings, values).expect("valid settings")
}

/// A whole run into a fresh store; gives the number of records.
fn collect(path: &Path, store: &Path, workers: usize) -> u64 {
    let name = "bench".parse().expect("a name");
    let settings = settings(path);
    let blobs = BlobStore::open(store).expect("a store");
    let request = Run {
        source: registry::find("cloudtrail").expect("the kind is registered"),
        name: &name,
        system: &"aws".parse().expect("a name"),
        id: RunId::new(&name, 1),
        settings: &settings,
        cursor: None,
        known: &BTreeMap::new(),
        clock: &FixedClock(Timestamp::from_seconds(1_700_000_000)),
        progress: &NoProgress,
        blobs: &blobs,
        key: &RecordKey::new([7; 32]),
        scratch: Path::new("/nonexistent"),
        workers,
    };
    let mut count = Count::default();
    pipeline::run(&request, &mut count).expect("a run");
    count.0
}

/// Reading alone, without a disk.
fn read(settings: &Settings, artifact: &Artifact) -> u64 {
    let mut heard = Heard::default();
    let salts = RecordKey::new([7; 32]).salts(&Digest([1; 32]));
    let mut records = Records::new(&artifact.name, salts, &mut heard);
    let source = registry::find("cloudtrail").expect("the kind is registered");
    source.read(settings, artifact, &mut records).expect("a good object");
    black_box(records.finish());
    heard.uses.rows.len() as u64
}

fn runs(c: &mut Criterion) {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let stratus = fixtures.join("cloudtrail/stratus-detonation-logs.tar.gz");
    let sans = std::env::var_os("TENURE_DATASETS")
        .map(|root| PathBuf::from(root).join("cloudtrail/sans504-falsimentis-342082656213.tar"));
    let sets = [("stratus", Some(stratus)), ("sans504", sans)];
    let mut group = c.benchmark_group("run");
    group.sample_size(10);
    for (name, path) in sets {
        let Some(path) = path else { continue };
        let records = collect(&path, TempDir::new().expect("a directory").path(), 2);
        group.throughput(Throughput::Elements(records));
        for workers in [1, 2] {
            group.bench_function(format!("{name}/{workers}"), |b| {
                b.iter_batched(
                    || TempDir::new().expect("a directory"),
                    |store| {
                        black_box(collect(&path, store.path(), workers));
                        store
                    },
                    BatchSize::PerIteration,
                );
            });
        }
    }
    group.finish();
}

fn reading(c: &mut Criterion) {
    let one = r#"{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:i-0123456789","arn":"arn:aws:sts::111122223333:assumed-role/app/i-0123456789","accountId":"111122223333","accessKeyId":"ASIAEXAMPLE","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE","arn":"arn:aws:iam::111122223333:role/app","accountId":"111122223333","userName":"app"},"attributes":{"creationDate":"2024-05-01T09:00:00Z","mfaAuthenticated":"false"}}},"eventTime":"2024-05-01T09:59:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.1","userAgent":"[aws-sdk-rust/1.0]","requestParameters":{"bucketName":"example","key":"path/to/an/object"},"responseElements":null,"requestID":"A1B2C3","eventID":"01234567-89ab-cdef-0123-456789abcdef","readOnly":true,"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::example/path/to/an/object"}],"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"111122223333","eventCategory":"Data"}"#;
    let text = format!("{{\"Records\":[{}]}}", vec![one; 10_000].join(","));
    let settings = settings(Path::new("x"));
    let bytes = text.len() as u64;
    let payload = Payload::Bytes(text.into_bytes());
    let artifact = Artifact { name: "x.json".to_owned(), media_type: "application/json", payload };
    let mut group = c.benchmark_group("read");
    group.sample_size(20);
    group.throughput(Throughput::Bytes(bytes));
    group.bench_function("10000 records in one object", |b| b.iter(|| read(&settings, &artifact)));
    group.finish();
}

criterion_group!(benches, runs, reading);
criterion_main!(benches);
