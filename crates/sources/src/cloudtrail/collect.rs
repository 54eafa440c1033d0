//! Finds log objects: in a directory tree, in an archive, a single one, or in a bucket. Nothing is
//! written, and no link is followed out of the tree.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tenure_model::digest::Digest;
use tenure_model::entry::Gap;

use crate::settings::Settings;
use crate::source::{
    Artifact, Artifacts, Collect, CollectError, Collected, NoProgress, Payload, SourceFile,
    UNREADABLE_HINT,
};

use super::inflate::is_gzip;
use super::names::ObjectName;

mod archive;
mod bucket;
mod tree;

/// Objects up to this size are handed over in memory, larger ones as files.
const IN_MEMORY: u64 = 8 * 1024 * 1024;

/// Where the settings say that the objects are.
enum Place<'a> {
    Path(&'a Path),
    Bucket,
}

impl<'a> Place<'a> {
    fn of(settings: &'a Settings) -> Result<Self, CollectError> {
        let set = |name| settings.get(name).filter(|value| !value.is_empty());
        let wrong = |cause: &str| CollectError {
            what: "path or bucket".to_owned(),
            cause: cause.to_owned(),
            hint: "set path for a directory, an archive or a file; set bucket for objects in S3"
                .to_owned(),
        };
        match (set("path"), set("bucket")) {
            (Some(path), None) => Ok(Self::Path(Path::new(path))),
            (None, Some(_)) => Ok(Self::Bucket),
            (None, None) => Err(wrong("neither is set, so there is nothing to collect from")),
            (Some(_), Some(_)) => Err(wrong("both are set, and a source is one of the two")),
        }
    }
}

/// Hands over every object that was not recorded before, in the order of names (a tree, a bucket)
/// or of the archive.
pub(super) fn collect(
    cx: &Collect<'_>,
    most: u64,
    out: &mut dyn Artifacts,
) -> Result<Collected, CollectError> {
    let path = match Place::of(cx.settings)? {
        Place::Path(path) => path,
        Place::Bucket => return bucket::collect(cx, most, out),
    };
    let mut gather = Gather { cx, out, most, seen: 0, collected: Collected::default() };
    gather.collected.scope = format!("CloudTrail objects in {}", path.display());
    if !cx.known.is_empty() {
        gather.collected.checks.push("recorded_objects_unchanged".to_owned());
    }
    gather.path(path)?;
    Ok(gather.collected)
}

/// Says what is there without recording it.
pub(super) fn test(settings: &Settings, most: u64) -> Result<String, CollectError> {
    #[derive(Default)]
    struct Count {
        objects: u64,
        named: u64,
        unreadable: usize,
    }
    impl Artifacts for Count {
        fn put(&mut self, artifact: Artifact) -> Result<(), CollectError> {
            self.objects += 1;
            self.named += u64::from(ObjectName::parse(&artifact.name).is_some());
            Ok(())
        }

        fn put_file(&mut self, file: SourceFile) -> Result<(), CollectError> {
            let Ok(artifact) = file.read() else {
                self.unreadable += 1;
                return Ok(());
            };
            self.put(artifact)
        }
    }
    if let Place::Bucket = Place::of(settings)? {
        return bucket::test(settings, most);
    }
    let mut count = Count::default();
    let cx = Collect {
        settings,
        clock: &tenure_model::clock::FixedClock(tenure_model::Timestamp::from_seconds(0)),
        cursor: None,
        known: &std::collections::BTreeMap::new(),
        progress: &NoProgress,
        scratch: Path::new(""),
    };
    let collected = collect(&cx, most, &mut count)?;
    let Count { objects, named, unreadable } = count;
    let gaps = collected.gaps.len() + unreadable;
    Ok(format!("{objects} objects, {named} of them named as CloudTrail names them, {gaps} gaps"))
}

struct Gather<'a> {
    cx: &'a Collect<'a>,
    out: &'a mut dyn Artifacts,
    most: u64,
    seen: u64,
    collected: Collected,
}

impl Gather<'_> {
    fn path(&mut self, path: &Path) -> Result<(), CollectError> {
        let hint = "check the setting path";
        let failed = |e: io::Error| error(path, &format!("it cannot be read: {e}"), hint);
        let metadata = fs::metadata(path).map_err(failed)?;
        if metadata.is_dir() {
            return tree::walk(self, path);
        }
        if !metadata.is_file() {
            return Err(error(path, "it is neither a directory nor a file", hint));
        }
        match Shape::of(path).map_err(failed)? {
            Shape::Archive => {
                archive::walk(self, BufReader::new(File::open(path).map_err(failed)?))
            }
            Shape::ArchiveGz => {
                let file = BufReader::new(File::open(path).map_err(failed)?);
                archive::walk(self, flate2::bufread::MultiGzDecoder::new(file))
            }
            Shape::Object => {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                self.file(name, path.to_owned(), metadata.len(), false)
            }
        }
    }

    /// A file that is an object. One that is not recorded is read when its turn comes.
    fn file(
        &mut self,
        name: String,
        path: PathBuf,
        bytes: u64,
        content_hash_wanted: bool,
    ) -> Result<(), CollectError> {
        if !self.cx.known.contains_key(&name) {
            self.count();
            let file = SourceFile { name, path, bytes, media_type, content_hash_wanted };
            return self.out.put_file(file);
        }
        if bytes > IN_MEMORY {
            return self.offer(name, Payload::File(path));
        }
        match fs::read(path) {
            Ok(bytes) => self.offer(name, Payload::Bytes(bytes)),
            Err(e) => {
                self.gap(name, format!("it cannot be read: {e}"), UNREADABLE_HINT);
                Ok(())
            }
        }
    }

    fn count(&mut self) {
        self.collected.requests += 1;
        self.seen += 1;
        self.cx.progress.report("objects", self.seen, 0);
    }

    /// Hands an object over unless it is recorded. A recorded object is compared: logs do not
    /// change, so one that did is a finding, and what was recorded stays.
    fn offer(&mut self, name: String, payload: Payload) -> Result<(), CollectError> {
        self.count();
        let Some(recorded) = self.cx.known.get(&name) else {
            let media_type = media_type(&payload);
            return self.out.put(Artifact { name, media_type, payload });
        };
        match digest(&payload) {
            Ok(found) if found == *recorded => {}
            Ok(found) => {
                let cause = format!(
                    "it changed after it was collected: its SHA-256 was {recorded}, now it is {found}"
                );
                let hint = "log objects never change: find out who wrote this one; the recorded bytes are kept";
                self.gap(name, cause, hint);
            }
            Err(e) => self.gap(name, format!("it cannot be read: {e}"), UNREADABLE_HINT),
        }
        Ok(())
    }

    fn gap(&mut self, artifact: String, cause: impl Into<String>, hint: &str) {
        let (cause, hint) = (cause.into(), hint.to_owned());
        self.collected.gaps.push(Gap { artifact, record: None, cause, hint });
    }
}

/// What a single file holds.
enum Shape {
    Archive,
    ArchiveGz,
    Object,
}

impl Shape {
    /// By the mark in the first header of an archive (POSIX ustar and GNU tar have "ustar" at
    /// byte 257), else by the name.
    fn of(path: &Path) -> io::Result<Self> {
        let mut head = Vec::new();
        File::open(path)?.take(64 * 1024).read_to_end(&mut head)?;
        let gzip = is_gzip(&head);
        if gzip {
            let mut inflated = Vec::new();
            // Whatever is wrong with the gzip data is found when they are read in earnest.
            let _ = flate2::read::GzDecoder::new(&*head).take(512).read_to_end(&mut inflated);
            head = inflated;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let marked = head.get(257..262) == Some(b"ustar");
        let named = [".tar", ".tar.gz", ".tgz"].iter().any(|end| name.ends_with(end));
        Ok(match (marked || named, gzip) {
            (true, true) => Self::ArchiveGz,
            (true, false) => Self::Archive,
            (false, _) => Self::Object,
        })
    }
}

fn media_type(payload: &Payload) -> &'static str {
    let gzip = match payload {
        Payload::Bytes(bytes) => is_gzip(bytes),
        Payload::File(path) => {
            let mut head = [0; 2];
            File::open(path).and_then(|mut f| f.read_exact(&mut head)).is_ok() && is_gzip(&head)
        }
    };
    if gzip { "application/gzip" } else { "application/json" }
}

fn digest(payload: &Payload) -> io::Result<Digest> {
    match payload {
        Payload::Bytes(bytes) => Ok(Digest(Sha256::digest(bytes).into())),
        Payload::File(path) => {
            let (mut file, mut hash) = (File::open(path)?, Sha256::new());
            let mut buffer = vec![0; 256 * 1024];
            loop {
                match file.read(&mut buffer)? {
                    0 => return Ok(Digest(hash.finalize().into())),
                    n => hash.update(&buffer[..n]),
                }
            }
        }
    }
}

fn error(path: &Path, cause: &str, hint: &str) -> CollectError {
    let what = path.display().to_string();
    CollectError { what, cause: cause.to_owned(), hint: hint.to_owned() }
}

/// Whether a name can be that of a log object.
fn is_object_name(name: &str) -> bool {
    let ends_with = |end: &&str| {
        let from = name.len().checked_sub(end.len());
        from.is_some_and(|from| name.as_bytes()[from..].eq_ignore_ascii_case(end.as_bytes()))
    };
    [".json", ".json.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz"].iter().any(ends_with)
}

const NOT_AN_OBJECT: &str = "it is no log object by its name, and was not read";
const NOT_AN_OBJECT_HINT: &str = "log objects end in .json or .json.gz; keep other files elsewhere";
