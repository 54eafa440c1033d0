//! Runs of facts and uses, written with the timeline's own writers.

use std::error::Error;
use std::path::Path;

use tenure_model::digest::Digest;
use tenure_model::entry::{CoverageBody, CoverageStatus, RunBody, RunKind, RunOutcome};
use tenure_model::fact::{Fact, UsageEvent};
use tenure_model::ids::{RunId, Seq, SourceName};
use tenure_model::usage::UsageRows;
use tenure_timeline::build::{RunInput, build};
use tenure_timeline::facts::{FactsWriter, Line};
use tenure_timeline::store::Store;
use tenure_timeline::usage::UsageWriter;

use crate::company::{Company, DAYS, day};
use crate::{access, governance, nhi, people};

/// Takes what one run tells.
pub(crate) struct Run {
    facts: FactsWriter,
    uses: UsageWriter,
    rows: UsageRows,
    record: u64,
}

const ARTIFACT: Digest = Digest([7; 32]);
/// Memory for uses, of which so many are handed over at once.
const MEMORY: usize = 512 << 20;
const TOGETHER: usize = 500_000;

impl Run {
    fn create(store: &Store, system: &str, seq: u64) -> Result<Self, Box<dyn Error>> {
        let mut facts = FactsWriter::create(&store.facts_path(seq), system)?;
        facts.line(&Line::Artifact(ARTIFACT))?;
        let uses = UsageWriter::new(store, system, system, MEMORY);
        Ok(Self { facts, uses, rows: UsageRows::default(), record: 0 })
    }

    /// A fact of the next record.
    pub(crate) fn fact(&mut self, fact: Fact) -> Result<(), Box<dyn Error>> {
        self.record += 1;
        Ok(self.facts.line(&Line::Fact(self.record, fact))?)
    }

    /// A use of the next record.
    pub(crate) fn used(&mut self, event: &UsageEvent) -> Result<(), Box<dyn Error>> {
        self.record += 1;
        self.rows.push(event, 0, self.record);
        if self.rows.rows.len() >= TOGETHER {
            self.uses.absorb(std::mem::take(&mut self.rows), &[ARTIFACT])?;
        }
        Ok(())
    }

    fn finish(mut self, store: &Store, seq: u64) -> Result<(), Box<dyn Error>> {
        self.uses.absorb(self.rows, &[ARTIFACT])?;
        let rows = self.uses.finish(store, seq)?;
        self.facts.line(&Line::Uses(rows))?;
        Ok(self.facts.finish_as(&store.facts_path(seq))?)
    }
}

type Write = fn(&Company, bool, &mut Run) -> Result<(), Box<dyn Error>>;

/// The systems, what they tell of, and the streams that are complete for them.
const SYSTEMS: &[(&str, Write, &[&str])] = &[
    ("hr", people::write, &["people"]),
    ("directory", access::write, &["accounts", "identities", "grants", "usage"]),
    (
        "cloud",
        nhi::write,
        &["accounts", "identities", "credentials", "grants", "iam-state", "usage"],
    ),
    (
        "desk",
        governance::write,
        &[
            "approvals",
            "reviews",
            "changes",
            "alerts",
            "incidents",
            "inventory",
            "duty_rules",
            "systems",
            "integrations",
            "vendors",
            "control_owners",
            "exercises",
        ],
    ),
];

/// Writes the twelve months but their last day, or that day as well, and builds the tables.
pub(crate) fn write(company: &Company, root: &Path, last_day: bool) -> Result<(), Box<dyn Error>> {
    let store = Store::new(root.to_owned());
    // The months before lie there already when a day is added.
    for (number, (system, write, _)) in (0..).zip(SYSTEMS) {
        let seq = seq(last_day, number);
        let mut run = Run::create(&store, system, seq)?;
        write(company, last_day, &mut run)?;
        run.finish(&store, seq)?;
        println!("{system}: written");
    }
    tables(&store, last_day)
}

/// Builds the tables again from the facts and uses that lie there.
pub(crate) fn again(root: &Path) -> Result<(), Box<dyn Error>> {
    let store = Store::new(root.to_owned());
    let last_day = store.facts_path(seq(true, 0)).exists();
    tables(&store, last_day)
}

fn tables(store: &Store, last_day: bool) -> Result<(), Box<dyn Error>> {
    let mut runs = Vec::new();
    for last in [false, true] {
        for (number, (system, _, streams)) in (0..).zip(SYSTEMS).filter(|_| last_day || !last) {
            runs.push(input(system, streams, seq(last, number), last)?);
        }
    }
    let built = build(store, &runs, &[])?;
    for (table, rows) in built.rows.iter().filter(|(_, rows)| **rows > 0) {
        println!("{table} {rows}");
    }
    Ok(())
}

/// The ledger index of a system's run.
fn seq(last_day: bool, number: u64) -> u64 {
    u64::from(last_day) * SYSTEMS.len() as u64 + number
}

/// The run as a ledger would have it.
fn input(system: &str, streams: &[&str], seq: u64, last: bool) -> Result<RunInput, Box<dyn Error>> {
    let source: SourceName = system.parse()?;
    let run = RunId::new(&source, seq + 1);
    let days = i64::try_from(DAYS)?;
    let (from, to) = if last { (day(days), day(days + 1)) } else { (day(-1), day(days)) };
    let coverage = streams.iter().map(|stream| {
        let body = CoverageBody {
            part_of: None,
            run: run.clone(),
            source: source.clone(),
            system: system.parse()?,
            stream: (*stream).to_owned(),
            from,
            to,
            status: CoverageStatus::Proven,
            proof_kind: "made".to_owned(),
            detail: "stated by the generator".to_owned(),
        };
        Ok((Seq(seq), body))
    });
    let body = RunBody {
        run: run.clone(),
        source: source.clone(),
        system: system.parse()?,
        source_kind: "made".to_owned(),
        reader_version: 1,
        config: Digest([0; 32]),
        scope: "everything".to_owned(),
        kind: RunKind::Events,
        started: to,
        ended: to,
        outcome: RunOutcome::Complete,
        requests: 1,
        source_totals: Default::default(),
        received_totals: Default::default(),
        checks: Vec::new(),
        gaps: Vec::new(),
        gap_count: 0,
        gap_list: None,
        cursor: None,
        cursor_blob: None,
    };
    let coverage = coverage.collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    Ok(RunInput { seq: Seq(seq), coverage, artifacts: Vec::new(), body })
}
