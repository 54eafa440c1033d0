//! Results of an evaluation: the frozen wire form `tenure.evaluation/v1`.
//!
//! `controls` writes it, `pack` carries it, `verify` re-derives from it whatever can be re-derived
//! without the raw evidence. The order of everything is fixed, so equal results are equal bytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::evidence::Evidence;
use crate::ids::Seq;
use crate::outcome::{Outcome, PopulationVerdict};
use crate::outcomes::Outcomes;
use crate::text::Text;
use crate::time::{Period, Timestamp};

/// Schema name of [`Evaluation`].
pub const SCHEMA: &str = "tenure.evaluation/v1";

/// All controls over one period, as known at one ledger index.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The period tested.
    pub period: Period,
    /// The last ledger index taken into account.
    pub known_at: Seq,
    /// One result per control, in order of their ids.
    pub controls: Vec<ControlResult>,
}

/// How a control is tested; `domain` words in `docs/controls.md`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ControlKind {
    /// A predicate that must hold for each entity at each instant.
    State,
    /// Each occurrence.
    Event,
    /// Each expected slot.
    Recurring,
    /// An automated setting: one test plus unbroken change history.
    Config,
}

impl ControlKind {
    /// The name in YAML and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::State => "STATE",
            Self::Event => "EVENT",
            Self::Recurring => "RECURRING",
            Self::Config => "CONFIG",
        }
    }
}

/// One control over the period.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlResult {
    /// The control, e.g. `JML-01`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// How it is tested.
    pub kind: ControlKind,
    /// SHA-256 of the definition's bytes (YAML and parameters in force).
    pub definition: Digest,
    /// What was tested, and how complete that is.
    pub population: Population,
    /// Items by outcome; every outcome is present.
    pub items: BTreeMap<Outcome, u64>,
    /// What was found.
    pub deviations: Deviations,
    /// One sentence for people, in the auditor's words.
    pub conclusion: String,
    /// Figures by name, e.g. `violating_days`, rounded to three decimals and kept as text.
    pub figures: BTreeMap<String, String>,
    /// When what had to be done was done, against the end of the period; absent where nothing that
    /// was done has an instant on record.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timing: Option<Timing>,
    /// Why the control could not be evaluated, with the place; then nothing else is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_evaluated: Option<String>,
}

/// The population and its IPE statement (information produced by the entity).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Population {
    /// Number of items.
    pub count: u64,
    /// SHA-256 of the population's canonical lines (see [`PopulationItem::line`]).
    pub digest: Digest,
    /// How complete it is shown to be.
    pub verdict: PopulationVerdict,
    /// The query that drew it.
    pub sql: String,
    /// The sources it rests on.
    pub sources: Vec<PopulationSource>,
    /// Reconciliations with a second source.
    pub reconciliations: Vec<Reconciliation>,
    /// Coverage of the streams it needs, over the period.
    pub coverage: Vec<CoverageStretch>,
    /// What the verdict rests on or lacks, for people.
    pub notes: Vec<String>,
}

/// When performances, approvals and repairs were made: whether they bunch before the end of the
/// period, or came after the fact.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    /// How many are on record with their instant, for items of the period.
    pub performed: u64,
    /// Start of the tail of the period.
    pub tail_from: Timestamp,
    /// Made in the tail.
    pub in_tail: u64,
    /// Made after the period.
    pub after_period: u64,
    /// What they were for lies in the tail: so many of them belong there.
    pub of_tail: u64,
    /// Made later than they had to be.
    pub late: u64,
    /// Whether they bunch: more than the share allowed was made in the tail or after the period, and
    /// more than belongs there.
    pub clustered: bool,
    /// The first of those made late, or in the tail or after the period for what lies before it, in
    /// order of item and instant.
    pub examples: Vec<Performance>,
}

/// One performance, approval or repair.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Performance {
    /// The item.
    pub item: Text,
    /// The instant of what it was for: of the event, the end of the slot, the start of the violation.
    pub about: Timestamp,
    /// When it was made.
    pub made: Timestamp,
    /// The attribute.
    pub attribute: Text,
}

/// A source that a population rests on.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PopulationSource {
    /// The source's name.
    pub source: String,
    /// Its kind.
    pub kind: String,
    /// Its runs that were taken into account, with their ledger indexes.
    pub runs: Vec<(String, Seq)>,
}

/// A count compared with a second source.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reconciliation {
    /// What it was compared with.
    pub against: String,
    /// Our count.
    pub ours: u64,
    /// Theirs.
    pub theirs: u64,
    /// How many are known to one side only.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unmatched: u64,
    /// Whether they agree: as many on each side, and the same ones.
    pub agrees: bool,
    /// What only one side knows, in order of the things; the first thousand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
}

/// A thing that only one of two sources knows.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// What both would call it.
    pub item: String,
    /// Whether it is the population that knows it, and not the second source.
    pub ours: bool,
    /// Why, for people.
    pub reason: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands references over")]
const fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// A stretch of the period and what is known of a stream's completeness in it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoverageStretch {
    /// The source.
    pub source: String,
    /// The stream.
    pub stream: String,
    /// Start, clipped to the period.
    pub from: Timestamp,
    /// End, clipped to the period.
    pub to: Timestamp,
    /// `proven`, `asserted`, `gap` or `unknown`.
    pub status: String,
    /// The log or list of which the source keeps a stretch, as `system/name`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub part_of: Option<String>,
    /// Why.
    pub detail: String,
}

/// What was found, gross and net of policy exceptions.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deviations {
    /// Deviations found.
    pub gross: u64,
    /// Those not covered by a policy exception.
    pub net: u64,
    /// Each of them, and each indeterminate or not yet due attribute, in order of item and start.
    pub list: Vec<Deviation>,
}

/// One attribute of one item that is not supported.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deviation {
    /// The item.
    pub item: Text,
    /// Start, clipped to the period; for an event, its instant.
    pub from: Timestamp,
    /// End, clipped to the period; for an event, when it was put right, or null.
    pub to: Option<Timestamp>,
    /// The attribute, e.g. `B`.
    pub attribute: Text,
    /// `contradicted`, `not_demonstrated`, `indeterminate` or `not_yet_due`.
    pub outcome: Outcome,
    /// Whether it began before the period.
    pub carry_in: bool,
    /// Whether it was still open at the period's end.
    pub carry_out: bool,
    /// When it is or was due, where a deadline decides.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub due: Option<Timestamp>,
    /// Why, for people.
    pub reason: Text,
    /// The policy exception that covers it, if one does.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub exception: Option<Text>,
    /// Records it rests on, `artifact-digest#record`.
    pub evidence: Evidence,
}

/// One item of a population with the outcome of each attribute. Not part of [`Evaluation`]:
/// packs carry the items of each control in a file of their own.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PopulationItem {
    /// The item: the id of a row of a public table, or a slot.
    pub item: Text,
    /// Start of its exposure, or the event's instant.
    pub from: Timestamp,
    /// End of its exposure; null = still open at the period's end, or an event.
    pub to: Option<Timestamp>,
    /// What it is, for people.
    pub label: Text,
    /// Outcome by attribute.
    pub attributes: Outcomes,
    /// The worst of them.
    pub outcome: Outcome,
    /// Records it rests on, `artifact-digest#record`.
    pub evidence: Evidence,
}

impl PopulationItem {
    /// The canonical line of the population: item, from, to (empty when null), separated by tabs,
    /// ended by a line feed. The digest of a population is SHA-256 over its lines sorted bytewise.
    #[must_use]
    pub fn line(&self) -> String {
        let to = self.to.map(|t| t.to_string()).unwrap_or_default();
        format!("{}\t{}\t{}\n", self.item, self.from, to)
    }
}

/// An evaluation with the items behind it, as `controls` hands it to `pack`.
#[derive(Clone, PartialEq, Debug)]
pub struct Evaluated {
    /// The results.
    pub evaluation: Evaluation,
    /// The items of each control, by control id, sorted by item and start.
    pub items: BTreeMap<String, Vec<PopulationItem>>,
    /// The definition of each control as YAML with its parameters in force, by control id.
    pub definitions: BTreeMap<String, String>,
}
