//! Collecting: each file is told apart by what is in it, logs are taken as they are, listings go
//! into one artifact.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tenure_model::entry::{CoverageStatus, RunKind};
use tenure_model::time::Timestamp;

use crate::settings::Settings;
use crate::source::{
    Artifact, Artifacts, Claim, Collect, CollectError, Collected, NoProgress, Payload,
};

use super::exchange::{self, Exchange};
use super::items::{self, Items};
use super::pages::Pages;
use super::state::State;
use super::{Listed, Vendor, gap};
use crate::declared;
use crate::file_tree;

mod answer;

/// A file, and its name below the path with `/` between the parts.
struct Found {
    path: PathBuf,
    name: String,
}

/// Begins the names of artifacts of listings.
pub(super) const LISTINGS: &str = "listings/";
/// Larger files stay where they are while they are read.
const IN_MEMORY: u64 = 1024 * 1024;

const KNOWN: &str = "name it as the request that gave it, see the documentation of this source; move other files elsewhere";
const AS_OF: &str = "set as-of to the instant at which the files were made";
const MIXED: &str = "listings were collected together with a log or with changes: nothing is taken as gone because a listing lacks it";
const MIXED_HINT: &str =
    "give listings, changes and log files a directory and a source each, with the same --system";

/// One line for people: what is there.
pub(crate) fn test(vendor: &Vendor, settings: &Settings) -> Result<String, CollectError> {
    struct Nowhere;
    impl Artifacts for Nowhere {
        fn put(&mut self, _: Artifact) -> Result<(), CollectError> {
            Ok(())
        }
    }
    let cx = Collect {
        settings,
        clock: &tenure_model::clock::FixedClock(Timestamp::from_micros(i64::MAX)),
        cursor: None,
        known: &std::collections::BTreeMap::new(),
        progress: &NoProgress,
        scratch: Path::new(""),
    };
    let mut nowhere = Nowhere;
    let mut gather = Gather::new(vendor, &cx, &mut nowhere)?;
    gather.files()?;
    let kinds = gather.listed.scope(vendor.scoped);
    let kinds = if kinds.is_empty() { "none".to_owned() } else { kinds };
    let (logs, gaps) = (gather.logs, gather.collected.gaps.len());
    let first = gather.collected.gaps.first();
    let first = first.map(|gap| format!(" ({}: {})", gap.artifact, gap.cause)).unwrap_or_default();
    Ok(format!("listings: {kinds}; {logs} log files; {gaps} gaps{first}"))
}

/// Collects what is below the setting `path`.
pub(crate) fn collect(
    vendor: &Vendor,
    cx: &Collect<'_>,
    out: &mut dyn Artifacts,
) -> Result<Collected, CollectError> {
    declared::declared(cx.settings, cx.clock.now())?;
    let mut gather = Gather::new(vendor, cx, out)?;
    gather.files()?;
    gather.close()
}

struct Gather<'a> {
    vendor: &'a Vendor,
    cx: &'a Collect<'a>,
    out: &'a mut dyn Artifacts,
    now: Timestamp,
    as_of: Option<Timestamp>,
    state: State,
    collected: Collected,
    listed: Listed,
    pages: Pages,
    lines: Vec<u8>,
    answers: u64,
    /// The first and the last instant that answers speak for.
    span: Option<(Timestamp, Timestamp)>,
    logs: u64,
    new_logs: u64,
}

impl<'a> Gather<'a> {
    fn new(
        vendor: &'a Vendor,
        cx: &'a Collect<'a>,
        out: &'a mut dyn Artifacts,
    ) -> Result<Self, CollectError> {
        let now = cx.clock.now();
        Ok(Self {
            vendor,
            cx,
            out,
            now,
            as_of: declared::instant(cx.settings, "as-of", now)?,
            state: State::of(cx.cursor),
            collected: Collected::default(),
            listed: Listed::default(),
            pages: Pages::default(),
            lines: Vec::new(),
            answers: 0,
            span: None,
            logs: 0,
            new_logs: 0,
        })
    }

    fn files(&mut self) -> Result<(), CollectError> {
        let root = Path::new(self.cx.settings.get("path").unwrap_or_default());
        let hint =
            format!("set path to a file or a directory of files that {} gave", self.vendor.name);
        let files = file_tree::files(root, &hint, &mut self.collected.gaps)?;
        let found =
            files.into_iter().map(|path| Found { name: file_tree::name(root, &path), path });
        let mut files: Vec<_> = found.collect();
        // Pages of one answer stand together by their names.
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let total = files.len() as u64;
        for (done, file) in (0..).zip(&files) {
            self.cx.progress.report("files", done, total);
            self.collected.requests += 1;
            self.file(file)?;
        }
        self.collected.gaps.extend(self.pages.gaps());
        Ok(())
    }

    fn file(&mut self, found: &Found) -> Result<(), CollectError> {
        let payload = match load(&found.path) {
            Ok(payload) => payload,
            Err(e) => {
                self.damaged(&found.name, &e.to_string(), "check its permissions");
                return Ok(());
            }
        };
        let (name, what) = (&found.name, self.told_apart(&payload));
        match what {
            Err(e) => self.damaged(name, &e.cause, &e.hint),
            Ok(What::Log) => return self.log(name, payload),
            Ok(What::Exchanges) => answer::exchanges(self, name, &payload),
            Ok(What::Answer) => answer::native(self, name, &payload),
        }
        Ok(())
    }

    fn told_apart(&self, payload: &Payload) -> Result<What, crate::source::ReadError> {
        let mut items = Items::open(payload)?;
        let Some(first) = items.next()? else { return Ok(What::Answer) };
        if Exchange::parse(first).is_some() {
            return Ok(What::Exchanges);
        }
        let event =
            serde_json::from_slice::<Value>(first).is_ok_and(|v| (self.vendor.is_event)(&v));
        Ok(if event { What::Log } else { What::Answer })
    }

    /// A log file is handed over as it is, once.
    fn log(&mut self, name: &str, payload: Payload) -> Result<(), CollectError> {
        self.logs += 1;
        let found = items::digest(&payload);
        match (self.cx.known.get(name), found) {
            (None, _) => {
                self.new_logs += 1;
                let media_type = "application/json";
                return self.out.put(Artifact { name: name.to_owned(), media_type, payload });
            }
            (Some(known), Ok(found)) if *known == found => {}
            (Some(known), Ok(found)) => {
                let cause = format!(
                    "it changed after it was collected: its SHA-256 was {known}, now it is {found}"
                );
                let hint = "events do not change: export what is new under another name; the recorded bytes are kept";
                self.collected.gaps.push(gap(name, cause, hint));
            }
            (Some(_), Err(e)) => self.damaged(name, &e.to_string(), "check its permissions"),
        }
        Ok(())
    }

    /// A file that cannot be read: it may have held events.
    fn damaged(&mut self, name: &str, cause: &str, hint: &str) {
        self.state.damaged.insert(name.to_owned());
        self.collected.gaps.push(gap(name, cause, hint));
    }

    fn close(mut self) -> Result<Collected, CollectError> {
        let kinds = self.listed.scope(self.vendor.scoped);
        self.collected.scope = match kinds.is_empty() {
            true => format!("{} log files", self.vendor.name),
            false => format!("{} listings: {}", self.vendor.name, kinds),
        };
        let known = |bytes: &[u8]| {
            let digest = items::digest(&Payload::Bytes(bytes.to_vec()));
            digest.is_ok_and(|digest| self.cx.known.values().any(|known| *known == digest))
        };
        if !self.lines.is_empty() && !known(&self.lines) {
            self.listings()?;
        }
        self.collected.kind.get_or_insert(RunKind::Events);
        self.collected.cursor = self.state.to_cursor();
        Ok(self.collected)
    }

    /// All listings together: complete, unless something is known to be missing.
    fn listings(&mut self) -> Result<(), CollectError> {
        let scope = self.collected.scope.clone();
        for missing in (self.vendor.missing)(&self.listed) {
            self.collected.gaps.push(gap(scope.as_str(), missing.cause, missing.hint));
        }
        let windows = self.vendor.windows;
        let (passing, lasting): (Vec<_>, Vec<_>) =
            self.listed.kinds().into_iter().partition(|kind| windows.contains(kind));
        let alone = self.new_logs == 0 && passing.is_empty();
        self.collected.kind = Some(if alone { RunKind::Full } else { RunKind::Events });
        if !alone && !lasting.is_empty() {
            self.collected.gaps.push(gap(scope.as_str(), MIXED, MIXED_HINT));
        }
        if let Some((from, last)) = self.span.filter(|_| !lasting.is_empty()) {
            self.older_than_before(&scope, from);
            self.state.as_of = self.state.as_of.max(Some(last));
            self.collected.coverage.push(Claim {
                stream: self.vendor.stream.to_owned(),
                from,
                to: last.plus_micros(1),
                status: CoverageStatus::Asserted,
                proof_kind: "none",
                detail: "somebody gave files; nothing shows that they are all".to_owned(),
            });
        }
        self.windows(&passing)?;
        let payload = Payload::Bytes(std::mem::take(&mut self.lines));
        let name = format!("{LISTINGS}{}.ndjson", self.now);
        self.out.put(Artifact { name, media_type: super::line::MEDIA_TYPE, payload })
    }

    /// What whoever set `covers-from` and `covers-to` says of what an export holds of that time.
    fn windows(&mut self, passing: &[&str]) -> Result<(), CollectError> {
        let Some((from, to)) = declared::declared(self.cx.settings, self.now)? else {
            return Ok(());
        };
        let streams = self.vendor.window_streams.iter();
        let streams = streams.filter(|(kind, _)| passing.contains(kind));
        self.collected.coverage.extend(streams.map(|(kind, stream)| Claim {
            stream: (*stream).to_owned(),
            from,
            to,
            status: CoverageStatus::Asserted,
            proof_kind: "declared",
            detail: format!("whoever set covers-from and covers-to says that the {kind} are all"),
        }));
        Ok(())
    }

    /// Listings that are older than those collected before say nothing of what is gone by now.
    fn older_than_before(&mut self, scope: &str, from: Timestamp) {
        if let Some(before) = self.state.as_of.filter(|before| *before > from) {
            let cause = format!(
                "these listings are of {from}, older than those of {before} collected before"
            );
            let hint = "nothing is taken as gone because of them; collect newer files for that";
            self.collected.gaps.push(gap(scope, cause, hint));
        }
    }
}

/// What a file is.
enum What {
    Log,
    Exchanges,
    Answer,
}

fn load(path: &Path) -> std::io::Result<Payload> {
    if std::fs::metadata(path)?.len() > IN_MEMORY {
        return Ok(Payload::File(path.to_owned()));
    }
    std::fs::read(path).map(Payload::Bytes)
}

/// The request that a file stands for, and its page.
fn request(name: &str) -> (String, Option<u32>) {
    exchange::of_name(name)
}
