//! Finds the files below a path and hands over what is new.

use std::collections::BTreeSet;
use std::path::Path;

use tenure_model::entry::{Gap, RunKind};
use tenure_model::time::Timestamp;

use crate::file_tree;
use crate::source::{Artifacts, Collect, CollectError, Collected};

use super::coverage::{self, Declared};
use super::listing;
use super::log::{Log, Logs};
use super::pairs::Pairs;
use super::split::Split;
use super::state::State;
use super::{Dialect, Shape, inflate};

/// Lines of a log that may be damaged before it is recognised.
const LINES_TRIED: usize = 20;

const WANTED: &str = "set path to a file or a directory of logs or listings";
const KNOWN: &str = "give what docs/sources names for this kind; move other files elsewhere";

/// One line for people: what is there.
pub(crate) fn test(path: &str, dialect: &dyn Dialect) -> Result<String, CollectError> {
    let root = Path::new(path);
    let mut gaps = Vec::new();
    let (mut logs, mut listings) = (0_u64, 0_u64);
    for file in file_tree::files(root, WANTED, &mut gaps)? {
        let name = file_tree::name(root, &file);
        match inflate::of_file(&file).map(|bytes| shape(dialect, &bytes, &name)) {
            Ok(Some(Shape::Log)) => logs += 1,
            Ok(Some(Shape::Listing(_))) => listings += 1,
            Ok(None) => gaps.push(gap(&name, "it is nothing that is known", KNOWN)),
            Err(cause) => gaps.push(gap(&name, cause, "")),
        }
    }
    let not_read = gaps.first().map(|first| {
        format!("; {} files are not read ({}: {})", gaps.len(), first.artifact, first.cause)
    });
    Ok(format!("{logs} logs, {listings} listings{}", not_read.unwrap_or_default()))
}

/// Hands over what is new, in the order of names.
pub(crate) fn collect(
    cx: &Collect<'_>,
    dialect: &dyn Dialect,
    out: &mut dyn Artifacts,
) -> Result<Collected, CollectError> {
    let now = cx.clock.now();
    let path = cx.settings.get("path").unwrap_or_default();
    let mut state = State::from_cursor(cx.cursor);
    let run = Run {
        cx,
        dialect,
        as_of: listing::as_of(cx.settings, now)?,
        now,
        logs: Logs { pairs: Pairs::after(std::mem::take(&mut state.open)), ..Logs::default() },
        state,
        gaps: Vec::new(),
        requests: 0,
        listed: BTreeSet::new(),
        took: Took::default(),
    };
    let declared = Declared::of(cx.settings)?;
    run.all(Path::new(path), declared, out)
}

/// What was handed over.
#[derive(Default)]
struct Took {
    logs: bool,
    listings: bool,
    /// A listing that is recorded already, so that the others are not all there is.
    known: bool,
}

struct Run<'a> {
    cx: &'a Collect<'a>,
    dialect: &'a dyn Dialect,
    as_of: Option<Timestamp>,
    now: Timestamp,
    logs: Logs,
    state: State,
    gaps: Vec<Gap>,
    requests: u64,
    listed: BTreeSet<String>,
    took: Took,
}

impl Run<'_> {
    fn all(
        mut self,
        root: &Path,
        declared: Declared,
        out: &mut dyn Artifacts,
    ) -> Result<Collected, CollectError> {
        let files = file_tree::files(root, WANTED, &mut self.gaps)?;
        let total = files.len() as u64;
        for (done, file) in (0_u64..).zip(&files) {
            self.cx.progress.report("files", done, total);
            self.requests += 1;
            let name = file_tree::name(root, file);
            match inflate::of_file(file) {
                Ok(bytes) => self.file(&name, &bytes, out)?,
                Err(cause) => {
                    let hint = "make it readable; split a file that is too large";
                    self.gaps.push(gap(&name, cause, hint));
                }
            }
        }
        Ok(self.end(root, declared))
    }

    fn file(
        &mut self,
        name: &str,
        bytes: &[u8],
        out: &mut dyn Artifacts,
    ) -> Result<(), CollectError> {
        match shape(self.dialect, bytes, name) {
            Some(Shape::Log) => {
                let log = Log { name, bytes, now: self.now };
                let new = log.take(self.dialect, &mut self.state, &mut self.logs, &mut self.gaps);
                if let Some(artifact) = new {
                    self.took.logs = true;
                    out.put(artifact)?;
                }
                Ok(())
            }
            Some(Shape::Listing(_)) => self.listing(name, bytes, out),
            None if bytes.trim_ascii().is_empty() => {
                self.gaps.push(gap(name, "it is empty", KNOWN));
                Ok(())
            }
            None => {
                self.gaps.push(gap(name, "it is nothing that is known", KNOWN));
                Ok(())
            }
        }
    }

    fn listing(
        &mut self,
        name: &str,
        bytes: &[u8],
        out: &mut dyn Artifacts,
    ) -> Result<(), CollectError> {
        let mut gaps = Vec::new();
        let Some(listing) = listing::of(self.dialect, name, bytes, self.as_of, &mut gaps) else {
            self.gaps.append(&mut gaps);
            return Ok(());
        };
        match self.cx.known.get(&listing.artifact.name) {
            Some(known) if *known == listing.digest => {
                self.took.known = true;
                return Ok(());
            }
            Some(_) => {
                let cause = "it changed after it was collected for that instant";
                let hint = "set as-of to the instant for which the new file speaks";
                self.gaps.push(gap(&listing.artifact.name, cause, hint));
                self.took.known = true;
                return Ok(());
            }
            None => {}
        }
        self.gaps.append(&mut gaps);
        self.took.listings = true;
        self.listed.extend(listing.what);
        out.put(listing.artifact)
    }

    fn end(mut self, root: &Path, declared: Declared) -> Collected {
        let mut scope = format!("files in {}", root.display());
        let mut kind = RunKind::Events;
        if self.took.listings && !self.took.logs && !self.took.known {
            // Listings of other things do not close each other's.
            let listed: Vec<_> = self.listed.iter().cloned().collect();
            scope = format!("listings: {}", listed.join(", "));
            kind = RunKind::Full;
        }
        self.older_than_before(&scope);
        let mut checks = Vec::new();
        if self.logs.pairs.any() {
            checks.push("request_response_pairs".to_owned());
            self.gaps.extend(self.logs.pairs.gaps(&scope));
            self.state.holes.retain(|hole| !self.logs.pairs.closes(hole));
            self.state.holes.extend(self.logs.pairs.holes());
        }
        self.state.holes.append(&mut self.logs.holes);
        self.state.bounded();
        let mut coverage = coverage::claims(declared, self.now, &self.state, &self.logs);
        if let Some(as_of) = self.as_of.filter(|_| self.took.listings) {
            coverage.push(coverage::listed(self.dialect.state(), as_of, &self.gaps));
        }
        self.state.open = self.logs.pairs.open();
        Collected {
            scope,
            requests: self.requests,
            gaps: self.gaps,
            cursor: Some(self.state.to_cursor()),
            checks,
            coverage,
            kind: Some(kind),
            ..Collected::default()
        }
    }

    /// Listings that are older than those collected before say nothing of what is gone by now.
    fn older_than_before(&mut self, scope: &str) {
        let Some(as_of) = self.as_of.filter(|_| self.took.listings) else { return };
        if let Some(before) = self.state.listed.filter(|before| *before > as_of) {
            let cause = format!(
                "the listings are of {as_of}, older than those of {before} collected before"
            );
            let hint = "nothing is taken as gone because of them; collect newer ones for that";
            self.gaps.push(gap(scope, cause, hint));
        }
        self.state.listed = self.state.listed.max(Some(as_of));
    }
}

/// What a file is, by its first values.
fn shape(dialect: &dyn Dialect, bytes: &[u8], name: &str) -> Option<Shape> {
    let values = Split::new(bytes).take(LINES_TRIED).filter_map(|part| part.value.ok());
    values.into_iter().find_map(|value| dialect.shape(&value, name))
}

/// A gap of a file as a whole.
pub(super) fn gap(artifact: &str, cause: impl Into<String>, hint: impl Into<String>) -> Gap {
    Gap { artifact: artifact.to_owned(), record: None, cause: cause.into(), hint: hint.into() }
}
