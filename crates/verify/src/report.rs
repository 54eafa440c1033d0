//! What a verification found: `tenure.verification/v1`.

use serde::Serialize;
use tenure_model::ids::Seq;
use tenure_model::{Digest, Period};

/// Schema name of [`Report`].
pub const SCHEMA: &str = "tenure.verification/v1";

/// Groups of checks, in the order in which people read them.
const GROUPS: [&str; 6] = ["pack", "log", "results", "control", "records", "limits"];

/// What became of one claim.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was checked and holds.
    Verified,
    /// It was not checked, and the detail says why or by whom it can be.
    NotChecked,
    /// Something needed to check it is not in the pack.
    Missing,
    /// It was checked and does not hold.
    Mismatch,
}

impl Verdict {
    /// The name in JSON and text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::NotChecked => "not_checked",
            Self::Missing => "missing",
            Self::Mismatch => "mismatch",
        }
    }
}

/// One claim of the pack and what became of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Check {
    /// Stable name, `group/check` or `control/<id>/check`.
    pub id: String,
    /// The claim, for people.
    pub title: String,
    /// What became of it.
    pub verdict: Verdict,
    /// Why, for people.
    pub detail: String,
    /// How many things were looked at.
    pub count: u64,
}

impl Check {
    /// The part of the id before the last slash.
    #[must_use]
    pub fn group(&self) -> &str {
        self.id.rsplit_once('/').map_or("", |(group, _)| group)
    }
}

/// What the pack is about, as far as it could be read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Subject {
    /// The log's origin.
    pub origin: String,
    /// The period tested.
    pub period: Period,
    /// The last ledger index taken into account.
    pub known_at: Seq,
    /// Number of entries under the checkpoint.
    pub checkpoint_size: u64,
    /// Root hash of the checkpoint.
    pub checkpoint_root: Digest,
    /// Version of Tenure that wrote the pack.
    pub tenure: String,
}

/// Everything that a verification found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Report {
    /// Always [`SCHEMA`].
    pub schema: &'static str,
    /// Version of the program that verified.
    pub verifier: &'static str,
    /// The worst verdict: `verified`, `missing` or `mismatch`.
    pub verdict: Verdict,
    /// SHA-256 of the whole pack.
    pub pack: Digest,
    /// What the pack is about; absent when its manifest could not be read.
    pub subject: Option<Subject>,
    /// The claims, in the order in which they build on each other.
    pub checks: Vec<Check>,
}

impl Report {
    pub(crate) fn new(pack: Digest) -> Self {
        let verifier = env!("CARGO_PKG_VERSION");
        Self {
            schema: SCHEMA,
            verifier,
            verdict: Verdict::Verified,
            pack,
            subject: None,
            checks: Vec::new(),
        }
    }

    /// Whether nothing is wrong and nothing is missing.
    #[must_use]
    pub fn ok(&self) -> bool {
        self.verdict == Verdict::Verified
    }

    /// 0, or 20 when verification failed, or 21 when something is missing.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self.verdict {
            Verdict::Mismatch => 20,
            Verdict::Missing => 21,
            Verdict::Verified | Verdict::NotChecked => 0,
        }
    }

    /// Number of checks with that verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.checks.iter().filter(|check| check.verdict == verdict).count()
    }

    /// The check of that id.
    #[must_use]
    pub fn check(&self, id: &str) -> Option<&Check> {
        self.checks.iter().find(|check| check.id == id)
    }

    pub(crate) fn push(&mut self, check: Check) {
        // What nobody claims to have checked does not make the pack worse.
        if check.verdict != Verdict::NotChecked {
            self.verdict = self.verdict.max(check.verdict);
        }
        self.checks.push(check);
    }

    /// Brings the checks of one group together; within a group they stay in the order they ran.
    pub(crate) fn arrange(&mut self) {
        let rank = |check: &Check| {
            let group = check.group().split('/').next().unwrap_or_default();
            GROUPS.iter().position(|known| *known == group).unwrap_or(GROUPS.len())
        };
        self.checks.sort_by_key(rank);
    }

    pub(crate) fn not_checked(
        &mut self,
        id: impl Into<String>,
        title: &str,
        detail: impl Into<String>,
        count: u64,
    ) {
        self.push(Check {
            id: id.into(),
            title: title.to_owned(),
            verdict: Verdict::NotChecked,
            detail: detail.into(),
            count,
        });
    }
}

/// Messages kept per check; the rest is counted.
const KEPT: usize = 3;

/// One check while it runs: counts what it looks at and collects what is wrong.
pub(crate) struct Probe {
    id: String,
    title: &'static str,
    count: u64,
    messages: Vec<String>,
    problems: u64,
    verdict: Verdict,
}

impl Probe {
    pub(crate) fn new(id: impl Into<String>, title: &'static str) -> Self {
        Self {
            id: id.into(),
            title,
            count: 0,
            messages: Vec::new(),
            problems: 0,
            verdict: Verdict::Verified,
        }
    }

    /// One more thing is looked at.
    pub(crate) fn look(&mut self) {
        self.count += 1;
    }

    pub(crate) fn mismatch(&mut self, message: impl Into<String>) {
        self.problem(Verdict::Mismatch, message.into());
    }

    pub(crate) fn missing(&mut self, message: impl Into<String>) {
        self.problem(Verdict::Missing, message.into());
    }

    /// Looks at one thing that must hold.
    pub(crate) fn require(&mut self, holds: bool, message: impl FnOnce() -> String) {
        self.look();
        if !holds {
            self.mismatch(message());
        }
    }

    pub(crate) fn clean(&self) -> bool {
        self.problems == 0
    }

    /// Closes the check; `detail` is what to say when nothing is wrong.
    pub(crate) fn finish(self, report: &mut Report, detail: impl Into<String>) {
        let more = self.problems - self.messages.len() as u64;
        let mut text = if self.problems == 0 { detail.into() } else { self.messages.join("; ") };
        if more > 0 {
            text.push_str(&format!("; and {more} more"));
        }
        let (id, title, verdict) = (self.id, self.title.to_owned(), self.verdict);
        report.push(Check { id, title, verdict, detail: text, count: self.count });
    }

    fn problem(&mut self, verdict: Verdict, message: String) {
        self.problems += 1;
        self.verdict = self.verdict.max(verdict);
        if self.messages.len() < KEPT {
            self.messages.push(message);
        }
    }
}
