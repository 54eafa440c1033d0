//! The bitemporal state: observations by key, the rows that follow from them, and what each run
//! changed about them.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use tenure_model::Timestamp;
use tenure_model::fact::{Attrs, Basis, Change, Fact, Value};
use tenure_model::ids::Seq;
use tenure_model::tables::{ColumnKind, TableId};

use crate::fold::{Observation, Version, versions};

/// What a fact is about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Key {
    pub(crate) table: TableId,
    pub(crate) system: Rc<str>,
    pub(crate) native_type: Rc<str>,
    pub(crate) native_id: Rc<str>,
}

impl Key {
    /// The id of an incarnation, as in SQL.
    pub(crate) fn id(&self, incarnation: u32) -> String {
        let base = format!("{}/{}/{}", self.system, self.native_type, self.native_id);
        if incarnation > 1 { format!("{base}~{incarnation}") } else { base }
    }
}

/// A row of a fact table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) version: Version,
    pub(crate) tx_from: Seq,
    pub(crate) tx_to: Option<Seq>,
}

/// Everything known of one key.
#[derive(Default)]
struct Thing {
    observations: Vec<Observation>,
    rows: Vec<Row>,
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
#[derive(Default)]
pub(crate) struct State {
    things: BTreeMap<Key, Thing>,
    /// Keys that a complete listing of a scope contained, by scope, as of the last such listing.
    listed: BTreeMap<String, BTreeSet<Key>>,
}

/// The facts of one run on their way into the state.
pub(crate) struct RunFacts {
    system: Rc<str>,
    order: Order,
    by_key: BTreeMap<Key, Vec<Observation>>,
    names: BTreeSet<Rc<str>>,
}

impl RunFacts {
    pub(crate) fn new(system: &str, order: Order) -> Self {
        Self { system: system.into(), order, by_key: BTreeMap::new(), names: BTreeSet::new() }
    }

    /// Adds a fact and the record it rests on.
    pub(crate) fn add(&mut self, fact: Fact, evidence: &Rc<str>) {
        let key = Key {
            table: fact.table,
            system: Rc::clone(&self.system),
            native_type: self.name(&fact.native_type),
            native_id: fact.native_id.into(),
        };
        let list = self.by_key.entry(key).or_default();
        let at = fact.change.at();
        let order = match (self.order, list.last()) {
            (Order::Causal, Some(before)) => before.order.max(at),
            _ => at,
        };
        let attrs = shared(list, Rc::new(fact.attrs));
        list.push(Observation { order, change: fact.change, attrs, evidence: Rc::clone(evidence) });
    }

    /// Native types are few; one allocation each.
    fn name(&mut self, name: &str) -> Rc<str> {
        if let Some(known) = self.names.get(name) {
            return Rc::clone(known);
        }
        let new: Rc<str> = name.into();
        self.names.insert(Rc::clone(&new));
        new
    }
}

/// The attributes of one of the last statements, if it said the same. Of the last few, because a
/// record may tell of a beginning and of a sight by turns.
fn shared(before: &[Observation], attrs: Rc<Attrs>) -> Rc<Attrs> {
    let same = before.iter().rev().take(4).find(|before| before.attrs == attrs);
    same.map_or(attrs, |before| Rc::clone(&before.attrs))
}

impl State {
    /// Takes in the facts of a run that is known from ledger index `seq` on.
    ///
    /// `listing` is the scope and instant of a complete listing: what it no longer contains was
    /// absent then.
    pub(crate) fn apply(
        &mut self,
        mut facts: RunFacts,
        seq: Seq,
        listing: Option<(String, Timestamp)>,
    ) {
        if let Some((scope, at)) = listing {
            self.close_unlisted(&mut facts, scope, at);
        }
        let mut renumbered = false;
        let mut touched = Vec::with_capacity(facts.by_key.len());
        for (key, observations) in facts.by_key {
            let thing = self.things.entry(key.clone()).or_default();
            for mut observation in observations {
                observation.attrs = shared(&thing.observations, observation.attrs);
                thing.observations.push(observation);
            }
            thing.observations.sort_by_key(|o| o.order);
            let next = versions(key.table.table(), &thing.observations);
            renumbered |= renumbers(&thing.rows, &next);
            touched.push((key, next));
        }
        // Rows refer to incarnations, so everything touched is folded before anything is resolved.
        let starts = touched
            .iter()
            .filter(|(key, _)| referable(key.table))
            .map(|(key, next)| (key.clone(), incarnation_starts(next)))
            .collect();
        let resolver = Resolver { things: &self.things, fresh: starts };
        let resolved: Vec<_> = touched
            .into_iter()
            .map(|(key, next)| {
                let rows = next.into_iter().map(|v| resolver.resolve(&key, v)).collect();
                (key, rows)
            })
            .collect();
        for (key, next) in resolved {
            if let Some(thing) = self.things.get_mut(&key) {
                supersede(&mut thing.rows, next, seq);
            }
        }
        if renumbered {
            self.resolve_again(seq);
        }
    }

    /// Every row in order of key, incarnation, version and transaction time.
    pub(crate) fn rows(&self, table: TableId) -> impl Iterator<Item = (&Key, &Row)> {
        self.things
            .iter()
            .filter(move |(key, _)| key.table == table)
            .flat_map(|(key, thing)| thing.rows.iter().map(move |row| (key, row)))
    }

    fn close_unlisted(&mut self, facts: &mut RunFacts, scope: String, at: Timestamp) {
        let now: BTreeSet<_> = facts.by_key.keys().cloned().collect();
        let before = self.listed.insert(scope, now.clone()).unwrap_or_default();
        for key in before.difference(&now) {
            let absent = Observation {
                order: at,
                change: Change::Absent { at },
                attrs: Rc::default(),
                evidence: "".into(),
            };
            facts.by_key.entry(key.clone()).or_default().push(absent);
        }
    }

    /// After late evidence renumbered incarnations, references to them are taken again.
    fn resolve_again(&mut self, seq: Seq) {
        let resolver = Resolver { things: &self.things, fresh: BTreeMap::new() };
        let mut again = Vec::new();
        for (key, thing) in &self.things {
            let table = key.table.table();
            if table.columns.iter().any(|c| matches!(c.kind, ColumnKind::Ref(_))) {
                let next = versions(table, &thing.observations);
                let rows: Vec<_> = next.into_iter().map(|v| resolver.resolve(key, v)).collect();
                again.push((key.clone(), rows));
            }
        }
        for (key, rows) in again {
            if let Some(thing) = self.things.get_mut(&key) {
                supersede(&mut thing.rows, rows, seq);
            }
        }
    }
}

/// Finds the incarnation that a reference means.
struct Resolver<'s> {
    things: &'s BTreeMap<Key, Thing>,
    /// Starts of the incarnations of things that the present run touches.
    fresh: BTreeMap<Key, Vec<(Timestamp, u32)>>,
}

impl Resolver<'_> {
    /// Replaces `native_type/native_id` by the id of the incarnation in force at the row's start.
    fn resolve(&self, key: &Key, mut version: Version) -> Version {
        for column in key.table.table().columns {
            let ColumnKind::Ref(table) = column.kind else { continue };
            let Some(Value::Text(text)) = version.attrs.get(column.name) else { continue };
            let (native_type, native_id) = text.split_once('/').unwrap_or(("", text));
            let target = Key {
                table,
                system: Rc::clone(&key.system),
                native_type: native_type.into(),
                native_id: native_id.into(),
            };
            let incarnation = self.in_force(&target, version.validity.from_hi);
            version.attrs.insert(column.name, Value::Text(target.id(incarnation)));
        }
        version
    }

    /// The last incarnation that began by then; the first, if none had.
    fn in_force(&self, target: &Key, at: Timestamp) -> u32 {
        let known;
        let starts = match (self.fresh.get(target), self.things.get(target)) {
            (Some(starts), _) => starts.as_slice(),
            (None, Some(thing)) => {
                known = incarnation_starts(
                    thing.rows.iter().filter(|r| r.tx_to.is_none()).map(|r| &r.version),
                );
                known.as_slice()
            }
            (None, None) => &[],
        };
        starts.iter().rev().find(|(from, _)| *from <= at).or(starts.first()).map_or(1, |(_, n)| *n)
    }
}

fn referable(table: TableId) -> bool {
    matches!(
        table,
        TableId::Subjects | TableId::Identities | TableId::Entitlements | TableId::Resources
    )
}

fn incarnation_starts<'v>(
    versions: impl IntoIterator<Item = &'v Version>,
) -> Vec<(Timestamp, u32)> {
    let mut starts: Vec<_> = versions
        .into_iter()
        .filter(|v| v.version_no == 1)
        .map(|v| (v.validity.from_hi, v.incarnation))
        .collect();
    starts.sort_unstable();
    starts
}

/// Whether an incarnation that rows may already refer to now begins at another instant.
fn renumbers(rows: &[Row], next: &[Version]) -> bool {
    let known = incarnation_starts(rows.iter().filter(|r| r.tx_to.is_none()).map(|r| &r.version));
    !known.is_empty() && !incarnation_starts(next).starts_with(&known)
}

/// Rows that no longer follow from what is known get their end; new ones get their start.
fn supersede(rows: &mut Vec<Row>, next: Vec<Version>, seq: Seq) {
    let mut fresh = Vec::new();
    let mut kept = vec![false; rows.len()];
    for version in next {
        let same = rows.iter().position(|r| r.tx_to.is_none() && r.version == version);
        match same {
            Some(index) => kept[index] = true,
            None => fresh.push(Row { version, tx_from: seq, tx_to: None }),
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
