//! A small world of facts, built into a timeline.

use tempfile::TempDir;
use tenure_model::Timestamp;
use tenure_model::digest::Digest;
use tenure_model::entry::{CoverageBody, CoverageStatus, RunBody, RunKind, RunOutcome};
use tenure_model::fact::{Basis, Change, Fact, UsageEvent};
use tenure_model::ids::{RunId, Seq};
use tenure_model::tables::TableId;
use tenure_model::usage::UsageRows;
use tenure_timeline::build::{RunInput, build};
use tenure_timeline::facts::{FactsWriter, Line};
use tenure_timeline::store::Store;
use tenure_timeline::usage::UsageWriter;

/// Whose run it is.
#[derive(Clone, Copy)]
pub(crate) struct Teller {
    pub(crate) source: &'static str,
    pub(crate) system: &'static str,
    /// The log of which the source keeps a stretch.
    pub(crate) part_of: Option<&'static str>,
}

impl Teller {
    /// A source that tells of the system of its own name.
    pub(crate) const fn of(source: &'static str) -> Self {
        Self { source, system: source, part_of: None }
    }
}

/// Runs of facts, one after another.
pub(crate) struct World {
    _dir: TempDir,
    pub(crate) store: Store,
    runs: Vec<RunInput>,
}

pub(crate) fn t(text: &str) -> Timestamp {
    Timestamp::parse_or_date(text).expect("an instant")
}

impl World {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let store = Store::new(dir.path().join("timeline"));
        Self { _dir: dir, store, runs: Vec::new() }
    }

    /// A run of `lab` with these facts, its grants covered over `covered`.
    pub(crate) fn run(
        &mut self,
        facts: Vec<Fact>,
        events: Vec<UsageEvent>,
        covered: &[(&str, &str, &str, CoverageStatus)],
    ) {
        self.run_of(Teller::of("lab"), facts, events, covered);
    }

    /// The same of another source.
    pub(crate) fn run_of(
        &mut self,
        teller: Teller,
        facts: Vec<Fact>,
        events: Vec<UsageEvent>,
        covered: &[(&str, &str, &str, CoverageStatus)],
    ) {
        self.told(teller, facts, events, covered, |body| body);
    }

    /// A collection that ended at an instant, with nothing new in it.
    pub(crate) fn collection(
        &mut self,
        source: &'static str,
        at: &str,
        outcome: RunOutcome,
        covered: &[(&str, &str, &str, CoverageStatus)],
    ) {
        let made = |body| RunBody { started: t(at), ended: t(at), outcome, ..body };
        self.told(Teller::of(source), Vec::new(), Vec::new(), covered, made);
    }

    fn told(
        &mut self,
        teller: Teller,
        facts: Vec<Fact>,
        events: Vec<UsageEvent>,
        covered: &[(&str, &str, &str, CoverageStatus)],
        made: impl Fn(RunBody) -> RunBody,
    ) {
        let Teller { source, system, part_of } = teller;
        let seq = Seq(self.runs.len() as u64);
        let source: tenure_model::ids::SourceName = source.parse().expect("a name");
        let run = RunId::new(&source, seq.0 + 1);
        let mut writer =
            FactsWriter::create(&self.store.facts_path(seq.0), teller.source).expect("a writer");
        writer.line(&Line::Artifact(Digest([7; 32]))).expect("a line");
        for (record, fact) in facts.into_iter().enumerate() {
            writer.line(&Line::Fact(record as u64, fact)).expect("a line");
        }
        let mut rows = UsageRows::default();
        for (record, event) in events.into_iter().enumerate() {
            rows.push(&event, 0, record as u64);
        }
        let mut uses = UsageWriter::new(&self.store, teller.source, system, 1 << 30);
        uses.absorb(rows, &[Digest([7; 32])]).expect("rows");
        let rows = uses.finish(&self.store, seq.0).expect("a file");
        writer.line(&Line::Uses(rows)).expect("a line");
        writer.finish_as(&self.store.facts_path(seq.0)).expect("a file");
        let statement =
            |(stream, from, to, status): &(&str, &str, &str, CoverageStatus)| CoverageBody {
                part_of: part_of.map(str::to_owned),
                run: run.clone(),
                source: source.clone(),
                system: system.parse().expect("a name"),
                stream: (*stream).to_owned(),
                from: t(from),
                to: t(to),
                status: *status,
                proof_kind: "test".to_owned(),
                detail: "stated by a test".to_owned(),
            };
        self.runs.push(RunInput {
            seq,
            coverage: covered.iter().map(|c| (seq, statement(c))).collect(),
            artifacts: Vec::new(),
            body: made(body(run, source, system)),
        });
        build(&self.store, &self.runs, &[]).expect("a timeline");
    }
}

fn body(run: RunId, source: tenure_model::ids::SourceName, system: &str) -> RunBody {
    RunBody {
        run,
        source,
        system: system.parse().expect("a name"),
        source_kind: "lab".to_owned(),
        reader_version: 1,
        config: Digest([0; 32]),
        scope: "everything".to_owned(),
        kind: RunKind::Events,
        started: t("2025-12-31"),
        ended: t("2025-12-31"),
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
    }
}

/// `principal` is granted `entitlement` at an instant.
pub(crate) fn granted(principal: &str, entitlement: &str, at: &str) -> Fact {
    let change = Change::Begun { at: t(at), basis: Basis::Event };
    Fact::new(TableId::Grants, "member", format!("{principal}|{entitlement}"), change)
        .with("identity_id", format!("login/{principal}"))
        .with("entitlement_id", format!("right/{entitlement}"))
        .with("principal", principal)
        .with("entitlement", entitlement)
}

/// It is taken away.
pub(crate) fn removed(principal: &str, entitlement: &str, at: &str) -> Fact {
    let change = Change::Ended { at: t(at), basis: Basis::Event };
    Fact::new(TableId::Grants, "member", format!("{principal}|{entitlement}"), change)
}

/// An identity of a kind.
pub(crate) fn identity(login: &str, kind: &str) -> Fact {
    Fact::new(TableId::Identities, "login", login, Change::Seen { at: t("2025-01-01") })
        .with("login", login)
        .with("kind", kind)
}

/// An entitlement, privileged or not.
pub(crate) fn entitlement(name: &str, privileged: bool) -> Fact {
    Fact::new(TableId::Entitlements, "right", name, Change::Seen { at: t("2025-01-01") })
        .with("privileged", privileged)
}

/// An approved request.
pub(crate) fn approval(reference: &str, approver: Option<&str>, at: &str) -> Fact {
    let change = Change::Begun { at: t(at), basis: Basis::Event };
    Fact::new(TableId::Approvals, "request", reference, change)
        .with("request_ref", reference)
        .with("resolved_at", t(at))
        .with_some("approver", approver)
}
