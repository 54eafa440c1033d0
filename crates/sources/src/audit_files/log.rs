//! What is new of a log since the last collection.

use tenure_model::entry::Gap;
use tenure_model::time::Timestamp;

use crate::source::{Artifact, Payload};

use super::collect::gap;
use super::pairs::Pairs;
use super::split::Split;
use super::state::{Hole, State, Taken, sha256};
use super::{Dialect, Half};

/// A silence longer than this is told: idle and not logging look the same.
const LONG_SILENCE: i64 = 3_600 * 1_000_000;
/// A request younger than this may still be answered; it is left for the next collection.
const IN_FLIGHT: i64 = 600 * 1_000_000;

/// What a run found in logs.
#[derive(Default)]
pub(super) struct Logs {
    pub(super) pairs: Pairs,
    pub(super) holes: Vec<Hole>,
    pub(super) silences: Vec<(Timestamp, Timestamp)>,
    /// The first and last record of this run.
    pub(super) span: Option<(Timestamp, Timestamp)>,
}

impl Logs {
    fn absorb(&mut self, scan: Scan) {
        if let Some((first, last)) = scan.span {
            let (from, to) = self.span.unwrap_or((first, last));
            self.span = Some((from.min(first), to.max(last)));
        }
        self.pairs.absorb(scan.pairs);
        self.holes.extend(scan.holes);
        self.silences.extend(scan.silences);
    }
}

/// A file that is a log.
pub(super) struct Log<'a> {
    pub(super) name: &'a str,
    pub(super) bytes: &'a [u8],
    pub(super) now: Timestamp,
}

impl Log<'_> {
    /// What is new in it, as an artifact; what was recorded before must stand there unchanged.
    pub(super) fn take(
        &self,
        dialect: &dyn Dialect,
        state: &mut State,
        logs: &mut Logs,
        gaps: &mut Vec<Gap>,
    ) -> Option<Artifact> {
        let head = sha256(first_line(self.bytes)).to_string();
        let known = state.logs.get(&head);
        let from = known.map_or(0, |taken| taken.bytes);
        if let Some(taken) = known
            && self.bytes.get(..from).map(sha256) != Some(taken.sha256)
        {
            let cause = "it changed after it was collected: what was recorded is not its beginning";
            let hint = "logs only grow: find out who wrote this one; what was recorded is kept";
            gaps.push(gap(self.name, cause, hint));
            return None;
        }
        let scan = self.settled(dialect, &self.bytes[from..], gaps);
        let to = from + scan.taken;
        let last = scan.span.map(|(_, last)| last).or_else(|| known.and_then(|taken| taken.last));
        let taken = Taken { bytes: to, sha256: sha256(&self.bytes[..to]), last };
        state.logs.insert(head.clone(), taken);
        if scan.blotted > 0
            && let Some(hint) = dialect.blotted_hint()
        {
            let cause = format!("{} values in clear were blotted out before storing", scan.blotted);
            gaps.push(gap(self.name, cause, hint));
        }
        let bytes = scan.stored(&self.bytes[from..to])?;
        if let Some((first, last)) = scan.span {
            state.spans(first, last);
        }
        logs.absorb(scan);
        Some(Artifact {
            name: format!("{}#{}@{from}", self.name, &head[..12]),
            media_type: "application/x-ndjson",
            payload: Payload::Bytes(bytes),
        })
    }

    /// Scans up to where everything is settled.
    fn settled(&self, dialect: &dyn Dialect, tail: &[u8], gaps: &mut Vec<Gap>) -> Scan {
        let mut end = tail.len();
        loop {
            let scan = Scan::of(dialect, &tail[..end]);
            if let Some(cut) = scan.unfinished.filter(|_| end == tail.len()) {
                let hint = "collect again when it is; if the file is final, its end is missing";
                gaps.push(gap(
                    self.name,
                    "its last record is not finished, and was not read",
                    hint,
                ));
                end = cut;
                continue;
            }
            match scan.first_waiting(self.now.plus_micros(-IN_FLIGHT)) {
                Some(cut) if cut < end => end = cut,
                _ => return scan,
            }
        }
    }
}

/// The first line that is not empty, which is that of no other log.
fn first_line(bytes: &[u8]) -> &[u8] {
    let mut parts = Split::new(bytes);
    parts.next().map_or(bytes, |part| part.raw)
}

/// What the records of a part of a log say.
#[derive(Default)]
struct Scan {
    taken: usize,
    rewritten: Option<Vec<u8>>,
    records: u64,
    span: Option<(Timestamp, Timestamp)>,
    blotted: u64,
    pairs: Pairs,
    halves: std::collections::BTreeMap<String, usize>,
    holes: Vec<Hole>,
    silences: Vec<(Timestamp, Timestamp)>,
    /// Where a record begins that is cut off at the end of the file.
    unfinished: Option<usize>,
}

impl Scan {
    fn of(dialect: &dyn Dialect, tail: &[u8]) -> Self {
        let mut scan = Self { taken: tail.len(), ..Self::default() };
        let mut damaged: Option<String> = None;
        let mut off = false;
        for part in Split::new(tail) {
            scan.records += 1;
            let mut value = match part.value {
                Ok(value) => value,
                Err(cause) => {
                    let last = part.from + part.raw.len() == tail.len();
                    scan.unfinished = last.then_some(part.from);
                    damaged = Some(cause);
                    scan.rewrite(part.raw, None, part.from, tail);
                    continue;
                }
            };
            let seen = dialect.examine(&mut value);
            scan.blotted += seen.blotted;
            scan.rewrite(part.raw, (seen.blotted > 0).then(|| value.to_string()), part.from, tail);
            let Some(at) = seen.at else { continue };
            scan.then(at, damaged.take(), off);
            off = seen.off;
            if let Some(half) = seen.half {
                let (Half::Request(id) | Half::Response(id)) = &half;
                scan.halves.entry(id.clone()).or_insert(part.from);
                scan.pairs.take(half, at);
            }
        }
        if let (Some(cause), Some((_, last))) = (damaged, scan.span) {
            scan.hole(last, last, format!("a record cannot be read: {cause}"));
        }
        scan
    }

    /// Keeps the record as it is to be stored. Nothing is copied before something is blotted out.
    fn rewrite(&mut self, raw: &[u8], blotted: Option<String>, from: usize, tail: &[u8]) {
        if blotted.is_some() && self.rewritten.is_none() {
            self.rewritten = Some(tail[..from].to_vec());
        }
        if let Some(bytes) = &mut self.rewritten {
            bytes.extend_from_slice(blotted.as_ref().map_or(raw, |text| text.as_bytes()));
            bytes.push(b'\n');
        }
    }

    /// A record at that time follows those before.
    fn then(&mut self, at: Timestamp, damaged: Option<String>, off: bool) {
        let (first, last) = self.span.unwrap_or((at, at));
        if let Some(cause) = damaged {
            let cause = format!("a record cannot be read: {cause}");
            self.hole(last, at, cause);
        }
        if off {
            self.hole(last, at, "logging was switched off".to_owned());
        } else if at.micros() - last.micros() > LONG_SILENCE {
            self.silences.push((last, at));
        }
        self.span = Some((first.min(at), last.max(at)));
    }

    fn hole(&mut self, one: Timestamp, other: Timestamp, cause: String) {
        let (from, to) = (one.min(other), one.max(other).plus_micros(1));
        self.holes.push(Hole { from, to, cause });
    }

    /// Where the first request stands that may still be answered.
    fn first_waiting(&self, since: Timestamp) -> Option<usize> {
        self.pairs.waiting(since).filter_map(|id| self.halves.get(id)).min().copied()
    }

    /// The bytes to store; none when there is no record.
    fn stored(&self, found: &[u8]) -> Option<Vec<u8>> {
        (self.records > 0).then(|| self.rewritten.clone().unwrap_or_else(|| found.to_vec()))
    }
}
