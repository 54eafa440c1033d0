//! What a run proves: that the parts of the state whose calls all succeeded were seen whole at the
//! instants of the run. Nothing is said of the time in between two runs.

use std::collections::{BTreeMap, BTreeSet};

use tenure_model::entry::{CoverageStatus, Gap};
use tenure_model::time::Timestamp;

use crate::source::{Claim, Collected, Conclude, Conclusion};

use super::read::{Part, Totals};

/// The stream of the state as a whole; a part of it is `iam-state/<part>`.
const STREAM: &str = "iam-state";

/// The check of totals. A live collection makes it, too, and tells what it finds.
const TOTALS: &str = "account_summary_totals";

pub(super) fn conclude(cx: &Conclude<'_>, collected: Collected) -> Conclusion {
    let (mut gaps, mut checks) = (collected.gaps, collected.checks);
    let mut coverage = collected.coverage;
    let mut state = State::default();
    for artifact in cx.artifacts {
        match cx.blobs.get(&artifact.blob) {
            Ok(bytes) => gaps.extend(state.take(&artifact.name, &Totals::of(&bytes))),
            Err(e) => gaps.push(Gap {
                artifact: artifact.name.clone(),
                record: None,
                cause: format!("what was collected cannot be read back: {e}"),
                hint: "check the disk".to_owned(),
            }),
        }
    }
    coverage.extend(state.claims());
    if state.reconciled && !checks.iter().any(|check| check == TOTALS) {
        checks.push(TOTALS.to_owned());
    }
    Conclusion { coverage, cursor: collected.cursor, gaps, totals: state.received, checks }
}

/// The artifacts of a run together.
#[derive(Default)]
struct State {
    span: Option<(Timestamp, Timestamp)>,
    received: BTreeMap<String, u64>,
    parts: BTreeMap<Part, BTreeSet<String>>,
    whole: BTreeSet<String>,
    files: bool,
    reconciled: bool,
}

impl State {
    /// Adds a capture; gives what does not reconcile.
    fn take(&mut self, name: &str, totals: &Totals) -> Vec<Gap> {
        if let Some((from, to)) = totals.span {
            let (first, last) = self.span.unwrap_or((from, to));
            self.span = Some((first.min(from), last.max(to)));
        }
        self.files |= totals.files;
        self.reconciled |= !totals.said.is_empty();
        for (kind, count) in &totals.received {
            *self.received.entry(kind.clone()).or_default() += count;
        }
        for (part, failures) in &totals.parts {
            self.parts.entry(part).or_default().extend(failures.iter().cloned());
        }
        if !totals.whole {
            self.whole.insert(format!("{name} is not whole"));
        }
        let mut gaps = Vec::new();
        for (kind, said, received) in totals.differences() {
            let cause = format!("GetAccountSummary says {said} {kind}, {received} were listed");
            self.parts.entry("identities").or_default().insert(cause.clone());
            if totals.files {
                let hint = "make the files again: the account changed meanwhile, or one is missing";
                let hint = hint.to_owned();
                gaps.push(Gap { artifact: name.to_owned(), record: None, cause, hint });
            }
        }
        gaps
    }

    fn claims(&self) -> Vec<Claim> {
        let Some((from, last)) = self.span else { return Vec::new() };
        // The end of a claim is exclusive, and the last answer is covered.
        let to = last.plus_micros(1);
        let all: BTreeSet<_> = self.parts.values().flatten().chain(&self.whole).collect();
        let whole = self.claim(STREAM.to_owned(), from, to, &all.into_iter().collect::<Vec<_>>());
        let parts = self.parts.iter().map(|(part, failures)| {
            let failures: Vec<_> = failures.iter().chain(&self.whole).collect();
            self.claim(format!("{STREAM}/{part}"), from, to, &failures)
        });
        std::iter::once(whole).chain(parts).collect()
    }

    fn claim(&self, stream: String, from: Timestamp, to: Timestamp, holes: &[&String]) -> Claim {
        let (status, proof_kind, detail) = match (holes.first(), self.files) {
            (Some(first), _) => {
                let more = if holes.len() > 1 { ", and others" } else { "" };
                (CoverageStatus::Gap, "none", format!("not all was received: {first}{more}"))
            }
            (None, true) => (
                CoverageStatus::Asserted,
                "none",
                "somebody gave files; nothing shows that they are all".to_owned(),
            ),
            (None, false) => {
                let totals = if self.reconciled {
                    ", and the totals are those of the account summary"
                } else {
                    ""
                };
                let proof = if self.reconciled { "total_match" } else { "cursor_continuity" };
                let detail = format!("every call was answered to the last page{totals}");
                (CoverageStatus::Proven, proof, detail)
            }
        };
        Claim { stream, from, to, status, proof_kind, detail }
    }
}
