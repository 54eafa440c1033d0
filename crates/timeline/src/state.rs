//! The bitemporal state: observations by key, the rows that follow from them, and what each run
//! changed about them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tenure_model::Timestamp;
use tenure_model::digest::Digest;
use tenure_model::fact::{Basis, Change};
use tenure_model::ids::Seq;
use tenure_model::tables::TableId;
use tenure_model::usage::{TextId, Texts};

use crate::attrs::{self, Attrs, shared};
use crate::facts::ToldFact;
use crate::fold::{Observation, Pointer, Version, versions};

mod resolve;
mod things;

use resolve::{Resolver, Starts, referable, refers, starts};
pub(crate) use things::{Key, row_id};
use things::{ThingId, Things};

/// A row of a fact table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) version: Version,
    pub(crate) tx_from: Seq,
    pub(crate) tx_to: Option<Seq>,
}

/// How the statements of a run stand to each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Order {
    /// As emitted: a later statement about a thing is later in fact, whatever the clocks say.
    Causal,
    /// By their instants.
    ByTime,
}

/// The state of all fact tables.
pub(crate) struct State {
    /// Every text of a key, an attribute or a pointer.
    pub(crate) texts: Texts,
    things: Things,
    /// Of what rows may refer to.
    starts: HashMap<ThingId, Starts>,
    /// What a complete listing of a scope contained, by scope, as of the last such listing.
    listed: BTreeMap<String, BTreeSet<ThingId>>,
}

/// The facts of one run on their way into the state.
pub(crate) struct RunFacts<'s> {
    state: &'s mut State,
    system: TextId,
    order: Order,
    artifact: TextId,
    /// What the run tells of, each once.
    touched: Vec<ThingId>,
}

impl RunFacts<'_> {
    /// What follows rests on this artifact.
    pub(crate) fn artifact(&mut self, digest: &Digest) {
        self.artifact = self.state.texts.add(&digest.to_string());
    }

    /// Adds a fact and the record it rests on. The error is what is wrong with it.
    pub(crate) fn add(&mut self, record: u64, fact: &ToldFact<'_>) -> Result<(), String> {
        if self.artifact.is_none() {
            return Err("a fact before its artifact".to_owned());
        }
        let State { texts, things, .. } = &mut *self.state;
        let attrs = attrs::said(fact.table.table(), fact.attrs.iter(), texts)?;
        let id = things.at(Key {
            table: fact.table,
            system: self.system,
            native_type: texts.add(&fact.native_type),
            native_id: texts.add(&fact.native_id),
        });
        // One of the last few may say the same: a record may tell of a beginning and of a sight by turns.
        let last = things[id].observations.iter().rev().take(4);
        let attrs = shared(attrs, last.map(|before| &before.attrs));
        self.observe(id, fact.change, attrs, Pointer { artifact: self.artifact, record });
        Ok(())
    }

    fn observe(&mut self, id: ThingId, change: Change, attrs: Attrs, evidence: Pointer) {
        let thing = &mut self.state.things[id];
        if thing.fresh == 0 {
            self.touched.push(id);
        }
        let at = change.at();
        let order = match (self.order, thing.observations.last()) {
            (Order::Causal, Some(before)) if thing.fresh > 0 => before.order.max(at),
            _ => at,
        };
        thing.observe(Observation { order, change, attrs, evidence });
    }

    /// Takes in the facts as known from ledger index `seq` on.
    ///
    /// `listing` is the scope and instant of a complete listing: what it no longer contains was
    /// absent then.
    pub(crate) fn end(mut self, seq: Seq, listing: Option<(String, Timestamp)>) {
        if let Some((scope, at)) = listing {
            self.close_unlisted(scope, at);
        }
        self.state.apply(&self.touched, seq);
    }

    fn close_unlisted(&mut self, scope: String, at: Timestamp) {
        let now: BTreeSet<_> = self.touched.iter().copied().collect();
        let before = self.state.listed.remove(&scope).unwrap_or_default();
        for id in before.difference(&now) {
            self.observe(*id, Change::Absent { at }, Attrs::default(), Pointer::default());
        }
        self.state.listed.insert(scope, now);
    }
}

impl State {
    pub(crate) fn new() -> Self {
        Self {
            texts: attrs::texts(),
            things: Things::default(),
            starts: HashMap::new(),
            listed: BTreeMap::new(),
        }
    }

    /// Begins a run of a system.
    pub(crate) fn run(&mut self, system: &str, order: Order) -> RunFacts<'_> {
        let system = self.texts.add(system);
        RunFacts { state: self, system, order, artifact: TextId::NONE, touched: Vec::new() }
    }

    fn apply(&mut self, touched: &[ThingId], seq: Seq) {
        let mut renumbered = false;
        // Rows refer to incarnations, so everything touched is folded before anything is resolved.
        let folded: Vec<_> = touched
            .iter()
            .map(|id| {
                let next = self.fold(*id, seq);
                renumbered |= renumbers(&self.things[*id].rows, &next);
                next
            })
            .collect();
        for (id, next) in touched.iter().zip(folded) {
            self.settle(*id, next, seq);
        }
        if renumbered {
            self.resolve_again(seq);
        }
    }

    /// The rows that follow from all that is known of a thing, not resolved yet.
    fn fold(&mut self, id: ThingId, seq: Seq) -> Vec<Row> {
        let thing = &mut self.things[id];
        thing.fresh = 0;
        thing.observations.sort_by_key(|o| o.order);
        let versions = versions(thing.key.table.table(), &thing.observations);
        if referable(thing.key.table) {
            self.starts.insert(id, starts(&versions));
        }
        let row = |version| Row { version, tx_from: seq, tx_to: None };
        versions.into_iter().map(row).collect()
    }

    fn settle(&mut self, id: ThingId, mut next: Vec<Row>, seq: Seq) {
        let key = self.things[id].key;
        let Self { texts, things, starts, .. } = self;
        let mut resolver = Resolver { texts, things, starts };
        next.iter_mut().for_each(|row| resolver.resolve(&key, &mut row.version));
        supersede(&mut self.things[id].rows, next, seq);
    }

    /// After late evidence renumbered incarnations, references to them are taken again.
    fn resolve_again(&mut self, seq: Seq) {
        let refer = self.things.iter().filter(|(_, thing)| refers(thing.key.table.table()));
        let refer: Vec<_> = refer.map(|(id, _)| id).collect();
        for id in refer {
            let next = self.fold(id, seq);
            self.settle(id, next, seq);
        }
    }

    /// Lets go of all that rows no longer need: no run is to come.
    pub(crate) fn forget_observations(&mut self) {
        self.things.forget_observations();
        self.starts = HashMap::new();
        self.listed = BTreeMap::new();
    }

    /// Every row in order of key, incarnation, version and transaction time.
    pub(crate) fn rows(&self, table: TableId) -> impl Iterator<Item = (Key, &Row)> {
        let mut things: Vec<_> =
            self.things.iter().map(|(_, thing)| thing).filter(|t| t.key.table == table).collect();
        things.sort_unstable_by(|a, b| a.key.names(&self.texts).cmp(&b.key.names(&self.texts)));
        things.into_iter().flat_map(|thing| thing.rows.iter().map(|row| (thing.key, row)))
    }
}

/// The versions that are what we know, as far as the rows tell.
fn current(rows: &[Row]) -> impl Iterator<Item = &Version> {
    rows.iter().filter(|row| row.tx_to.is_none()).map(|row| &row.version)
}

/// Whether an incarnation that rows may already refer to now begins at another instant.
fn renumbers(rows: &[Row], next: &[Row]) -> bool {
    let known = starts(current(rows));
    !known.is_empty() && !starts(current(next)).starts_with(&known)
}

/// Rows that no longer follow from what is known get their end; new ones get their start.
fn supersede(rows: &mut Vec<Row>, next: Vec<Row>, seq: Seq) {
    if rows.is_empty() {
        *rows = next;
        return;
    }
    let mut fresh = Vec::new();
    let mut kept = vec![false; rows.len()];
    for row in next {
        let same = rows.iter().position(|r| r.tx_to.is_none() && r.version == row.version);
        match same {
            Some(index) => kept[index] = true,
            None => fresh.push(row),
        }
    }
    for (row, kept) in rows.iter_mut().zip(kept) {
        if row.tx_to.is_none() && !kept {
            row.tx_to = Some(seq);
        }
    }
    // A row learned and superseded at one index was never what we knew.
    rows.retain(|r| r.tx_to != Some(r.tx_from));
    rows.extend(fresh);
    rows.sort_by_key(|r| {
        (r.version.incarnation, r.version.version_no, r.version.validity, r.tx_from)
    });
}

/// Whether a row's start was observed or follows from something else.
pub(crate) fn assertion(basis: Basis) -> &'static str {
    match basis {
        Basis::Event | Basis::SourceAttribute | Basis::SnapshotDiff | Basis::Unknown => "observed",
        Basis::Attested => "attested",
    }
}
