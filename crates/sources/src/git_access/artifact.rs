//! The artifact: a stretch of history as verifiable git objects, in one compressed stream.
//!
//! ```text
//! tenure-git-history 1
//! {"branch":"main", …}            the header, one line of JSON
//! record 1234                     then every record: its length, and its bytes
//! <id> commit <size>              which are what `git cat-file --batch` prints:
//! <bytes>                         the commit, the trees and the files that are new with it
//! <id> missing                    an object that the repository does not have
//! ```
//!
//! Record 0 is the state that the stretch starts from; every further record is one commit of the
//! first-parent line. Ids are hashes of the bytes, a commit names its parent and its tree, and a
//! tree names its files: so whoever has the head's id can check all of it, without us.

use std::collections::HashSet;
use std::io::{Read, Write};

use gix::ObjectId;
use gix::objs::Kind;
use serde::{Deserialize, Serialize};
use tenure_model::time::Timestamp;

use super::layout::Scope;

/// The media type.
pub(super) const MEDIA_TYPE: &str = "application/vnd.tenure.git-history.v1+zstd";
/// The first line.
const MAGIC: &[u8] = b"tenure-git-history 1\n";
/// Uncompressed bytes after which a new artifact is begun.
pub(super) const SPLIT_AT: usize = 32 << 20;
/// A file larger than this is not taken: no list of people is that long.
pub(super) const MAX_FILE: usize = 16 << 20;
/// Uncompressed bytes that the reader takes at most, whatever the artifact claims.
const MAX_UNCOMPRESSED: u64 = 512 << 20;
/// Successive versions of one file are alike over a long distance; so the window is large.
const WINDOW_LOG: u32 = 26;
const LEVEL: i32 = 3;

/// The header.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub(super) branch: String,
    pub(super) scope: Scope,
    pub(super) base: Base,
    /// The last commit of the stretch, in hex.
    pub(super) head: String,
    /// Number of records, the base included.
    pub(super) records: u64,
    /// Files of the base that cannot be read, and the last version that could.
    pub(super) held: Vec<Held>,
}

/// What the stretch starts from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Base {
    /// The root commit follows: nothing was before.
    Root,
    /// This commit's state, which earlier artifacts have told.
    Continues { commit: String },
    /// This commit's state; what was before is not in the repository (a shallow clone).
    Boundary { commit: String },
    /// This commit's state, which earlier artifacts have told; but the branch was rewritten, and
    /// the stretch goes on from `onto`, the last commit that both lines share (or the new root).
    Rewritten { commit: String, onto: String, seen_at: Timestamp },
}

/// A file that stays in force although its version in the base cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Held {
    pub(super) path: String,
    /// The last version that could be read, in hex; its bytes are in record 0.
    pub(super) blob: String,
}

/// Builds an artifact.
pub(super) struct Writer {
    bytes: Vec<u8>,
    record: Vec<u8>,
    records: u64,
    known: HashSet<ObjectId>,
}

impl Writer {
    pub(super) fn new() -> Self {
        Self { bytes: Vec::new(), record: Vec::new(), records: 0, known: HashSet::new() }
    }

    /// Whether the artifact is as large as it should get.
    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() >= SPLIT_AT
    }

    /// Whether the object is already inside; if not, it counts as inside from now on.
    pub(super) fn take(&mut self, id: ObjectId) -> bool {
        self.known.insert(id)
    }

    /// Adds an object to the open record.
    pub(super) fn object(&mut self, id: ObjectId, kind: Kind, data: &[u8]) {
        self.record.extend_from_slice(format!("{id} {kind} {}\n", data.len()).as_bytes());
        self.record.extend_from_slice(data);
        self.record.push(b'\n');
    }

    /// Says in the open record that the repository does not have an object.
    pub(super) fn missing(&mut self, id: ObjectId) {
        self.record.extend_from_slice(format!("{id} missing\n").as_bytes());
    }

    /// Closes the open record.
    pub(super) fn end_record(&mut self) {
        self.bytes.extend_from_slice(format!("record {}\n", self.record.len()).as_bytes());
        self.bytes.append(&mut self.record);
        self.records += 1;
    }

    /// Number of closed records.
    pub(super) fn records(&self) -> u64 {
        self.records
    }

    /// The artifact's bytes. The same history gives the same bytes.
    pub(super) fn finish(self, header: &Header) -> std::io::Result<Vec<u8>> {
        let header = serde_json::to_vec(header)?;
        let size = MAGIC.len() + header.len() + 1 + self.bytes.len();
        let mut zstd = zstd::stream::Encoder::new(Vec::with_capacity(size / 16), LEVEL)?;
        zstd.window_log(WINDOW_LOG)?;
        zstd.long_distance_matching(true)?;
        zstd.include_checksum(true)?;
        zstd.set_pledged_src_size(Some(size as u64))?;
        zstd.write_all(MAGIC)?;
        zstd.write_all(&header)?;
        zstd.write_all(b"\n")?;
        zstd.write_all(&self.bytes)?;
        zstd.finish()
    }
}

/// Uncompresses as far as possible; the second value says why not further.
pub(super) fn uncompress(compressed: &[u8]) -> (Vec<u8>, Option<String>) {
    let mut bytes = Vec::new();
    let decoder = zstd::stream::Decoder::with_buffer(compressed).and_then(|mut decoder| {
        decoder.window_log_max(WINDOW_LOG + 1)?;
        Ok(decoder)
    });
    let result = decoder.and_then(|d| d.take(MAX_UNCOMPRESSED + 1).read_to_end(&mut bytes));
    match result {
        Err(error) => (bytes, Some(format!("the artifact does not uncompress: {error}"))),
        Ok(_) if bytes.len() as u64 > MAX_UNCOMPRESSED => {
            let limit = MAX_UNCOMPRESSED >> 20;
            (bytes, Some(format!("the artifact is larger than {limit} MiB uncompressed")))
        }
        Ok(_) => (bytes, None),
    }
}

/// The header, and the records that follow it.
pub(super) fn open(bytes: &[u8]) -> Result<(Header, Frames<'_>), String> {
    let rest = bytes.strip_prefix(MAGIC).ok_or("this is no git history of format 1")?;
    let (line, rest) = split_line(rest).ok_or("the header is cut off")?;
    let header =
        serde_json::from_slice(line).map_err(|e| format!("the header is malformed: {e}"))?;
    Ok((header, Frames { rest }))
}

/// Iterates over records.
pub(super) struct Frames<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<&'a [u8], String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let frame = split_line(self.rest).and_then(|(line, rest)| {
            let length: usize = ascii(line.strip_prefix(b"record ")?)?.parse().ok()?;
            rest.split_at_checked(length)
        });
        match frame {
            Some((record, rest)) => {
                self.rest = rest;
                Some(Ok(record))
            }
            None => {
                self.rest = &[];
                Some(Err("the artifact is cut off inside a record".to_owned()))
            }
        }
    }
}

/// An object in a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Object<'a> {
    pub(super) id: ObjectId,
    /// What it is and its bytes; `None` when the repository does not have it.
    pub(super) data: Option<(Kind, &'a [u8])>,
}

/// The objects of a record.
pub(super) fn objects(mut record: &[u8]) -> Result<Vec<Object<'_>>, String> {
    let mut found = Vec::new();
    while !record.is_empty() {
        let (object, rest) =
            split_line(record).and_then(object).ok_or("the record is no list of git objects")?;
        found.push(object);
        record = rest;
    }
    Ok(found)
}

/// An object has one way to be written: the collector's. Another spelling of the same id or size
/// was made by another hand.
fn object<'a>((line, rest): (&'a [u8], &'a [u8])) -> Option<(Object<'a>, &'a [u8])> {
    let line = ascii(line)?;
    let mut words = line.split(' ');
    let id = ObjectId::from_hex(words.next()?.as_bytes()).ok()?;
    let kind = words.next()?;
    if kind == "missing" {
        return (line == format!("{id} missing")).then_some((Object { id, data: None }, rest));
    }
    let kind = Kind::from_bytes(kind.as_bytes()).ok()?;
    let size: usize = words.next()?.parse().ok()?;
    if line != format!("{id} {kind} {size}") {
        return None;
    }
    let (data, rest) = rest.split_at_checked(size)?;
    Some((Object { id, data: Some((kind, data)) }, rest.strip_prefix(b"\n")?))
}

fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|b| *b == b'\n')?;
    Some((&bytes[..end], &bytes[end + 1..]))
}

fn ascii(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}
