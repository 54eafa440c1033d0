//! Stores and reads a few artifacts at a time, and keeps what they said until its turn comes.

use std::sync::atomic::{AtomicUsize, Ordering};

use tenure_blobs::{BlobError, BlobStore, RecordKey};
use tenure_model::Timestamp;
use tenure_model::digest::Digest;
use tenure_model::entry::{ArtifactBody, Gap};
use tenure_model::usage::UsageRows;

use crate::records::{Account, Records};
use crate::settings::Settings;
use crate::source::{Artifact, Payload, Source, SourceFile, UNREADABLE_HINT, give_back};

use super::said::Said;

/// Files up to this size are read into memory.
const IN_MEMORY: u64 = 8 * 1024 * 1024;

/// What reading needs, the same for every artifact of a run.
pub(super) struct Reader<'a> {
    pub(super) source: &'a dyn Source,
    pub(super) settings: &'a Settings,
    pub(super) key: &'a RecordKey,
    pub(super) blobs: &'a BlobStore,
    /// Nobody can tell of what comes after this.
    pub(super) latest: Timestamp,
    pub(super) last_job: LastJob,
}

/// How much a job told of last: the next tells about as much, and takes its memory at once.
#[derive(Debug, Default)]
pub(super) struct LastJob {
    rows: AtomicUsize,
    texts: AtomicUsize,
}

/// What is to be stored and read.
pub(super) enum Item {
    Artifact(Artifact),
    File(SourceFile),
}

/// What a job's artifacts said, and how their records are accounted for.
pub(super) struct Readings {
    pub(super) artifacts: Vec<Reading>,
    /// Files that could not be read.
    pub(super) unreadable: Vec<Gap>,
    pub(super) said: Said,
}

/// One artifact, stored and read.
pub(super) struct Reading {
    pub(super) name: String,
    pub(super) media_type: &'static str,
    pub(super) digest: Digest,
    pub(super) bytes: u64,
    pub(super) account: Account,
    pub(super) records_root: Digest,
}

impl Reader<'_> {
    /// Stores the artifacts and reads them.
    pub(super) fn receive(&self, items: Vec<Item>) -> Result<Readings, BlobError> {
        let mut readings = self.open();
        let unreadable = &mut readings.unreadable;
        let taken: Vec<_> = items.into_iter().filter_map(|item| taken(item, unreadable)).collect();
        for (artifact, stored, content_hash_wanted) in self.store(taken)? {
            self.read(artifact, stored, content_hash_wanted, &mut readings);
        }
        self.close(&mut readings);
        Ok(readings)
    }

    /// Reads recorded artifacts again.
    pub(super) fn again(
        &self,
        recorded: &[&ArtifactBody],
    ) -> Result<Readings, (String, BlobError)> {
        let mut readings = self.open();
        for body in recorded {
            let payload = payload(body, self.blobs).map_err(|e| (body.name.clone(), e))?;
            // Readers go by name and bytes; the media type is for people.
            let media_type = "application/octet-stream";
            let artifact = Artifact { name: body.name.clone(), media_type, payload };
            self.read(artifact, (body.blob, body.bytes), false, &mut readings);
        }
        self.close(&mut readings);
        Ok(readings)
    }

    fn open(&self) -> Readings {
        // A bit more than that: whoever tells a bit more should not move all of it.
        let room = |of: &AtomicUsize| of.load(Ordering::Relaxed) / 8 * 9;
        let rows = UsageRows::with_room(room(&self.last_job.rows), room(&self.last_job.texts));
        let said = Said::new(self.latest, rows);
        Readings { artifacts: Vec::new(), unreadable: Vec::new(), said }
    }

    fn close(&self, readings: &mut Readings) {
        let UsageRows { rows, texts, .. } = &readings.said.rows;
        self.last_job.rows.store(rows.len(), Ordering::Relaxed);
        self.last_job.texts.store(texts.bytes(), Ordering::Relaxed);
        readings.said.note_actors(self.source);
    }

    /// Raw before parsed. A large file is read from the store afterwards, so that exactly what was
    /// stored is read, even when the file changes meanwhile.
    fn store(&self, taken: Vec<Taken>) -> Result<Vec<(Artifact, Stored, bool)>, BlobError> {
        let in_memory: Vec<&[u8]> = taken.iter().filter_map(in_memory).collect();
        let mut digests = self.blobs.put_all(&in_memory)?.into_iter();
        let stored = |(artifact, wanted): Taken| {
            let Artifact { name, media_type, payload } = artifact;
            let (stored, payload) = match payload {
                Payload::Bytes(bytes) => {
                    let digest = digests.next().expect("each object in memory has one");
                    ((digest, bytes.len() as u64), Payload::Bytes(bytes))
                }
                Payload::File(path) => {
                    let (digest, bytes) = self.blobs.put_file(path)?;
                    ((digest, bytes), Payload::File(self.blobs.path_of(&digest)))
                }
            };
            Ok((Artifact { name, media_type, payload }, stored, wanted))
        };
        taken.into_iter().map(stored).collect()
    }

    fn read(
        &self,
        artifact: Artifact,
        (digest, bytes): (Digest, u64),
        content_hash_wanted: bool,
        readings: &mut Readings,
    ) {
        let number = u32::try_from(readings.artifacts.len()).expect("a job has few artifacts");
        readings.said.open(number);
        let salts = self.key.salts(&digest);
        let mut records = Records::new(&artifact.name, salts, &mut readings.said);
        if content_hash_wanted {
            records.want_content_hash();
        }
        let read = self.source.read(self.settings, &artifact, &mut records);
        if let Err(error) = read {
            records.stopped(error);
        }
        let (mut account, records_root) = records.finish();
        let Artifact { name, media_type, payload } = artifact;
        give_back(payload);
        readings.said.close(&name, &mut account.gaps);
        readings.artifacts.push(Reading { name, media_type, digest, bytes, account, records_root });
    }
}

/// An artifact, and whether its content hash is wanted.
type Taken = (Artifact, bool);

/// An object's digest, and how many bytes it has.
type Stored = (Digest, u64);

fn in_memory((artifact, _): &Taken) -> Option<&[u8]> {
    match &artifact.payload {
        Payload::Bytes(bytes) => Some(bytes),
        Payload::File(_) => None,
    }
}

/// Reads what is not in memory yet, unless it is too large for that.
fn taken(item: Item, unreadable: &mut Vec<Gap>) -> Option<Taken> {
    let file = match item {
        Item::Artifact(artifact) => return Some((artifact, false)),
        Item::File(file) => file,
    };
    let (name, wanted) = (file.name.clone(), file.content_hash_wanted);
    match file.read() {
        Ok(artifact) => Some((artifact, wanted)),
        Err(e) => {
            unreadable.push(not_read(name, &e));
            None
        }
    }
}

fn not_read(artifact: String, error: &std::io::Error) -> Gap {
    let (cause, hint) = (format!("it cannot be read: {error}"), UNREADABLE_HINT.to_owned());
    Gap { artifact, record: None, cause, hint }
}

/// The bytes of a recorded artifact: small ones in memory, and checked.
pub(super) fn payload(recorded: &ArtifactBody, blobs: &BlobStore) -> Result<Payload, BlobError> {
    if recorded.bytes <= IN_MEMORY {
        return blobs.get(&recorded.blob).map(Payload::Bytes);
    }
    blobs.verify(&recorded.blob)?;
    Ok(Payload::File(blobs.path_of(&recorded.blob)))
}
