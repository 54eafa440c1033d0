//! Runs the source without the pipeline, and folds its facts naively.

use std::collections::BTreeMap;
use std::path::Path;

use tenure_blobs::RecordKey;
use tenure_model::clock::FixedClock;
use tenure_model::fact::{Change, Fact, Value};
use tenure_model::tables::TableId;
use tenure_model::{Digest, Timestamp};
use tenure_sources::records::{Account, Heard, Records};
use tenure_sources::registry;
use tenure_sources::settings::Settings;
use tenure_sources::source::{
    Artifact, Artifacts, Collect, CollectError, Collected, NoProgress, ReadError, Source,
};

pub(crate) fn source() -> &'static dyn Source {
    registry::find("git-access").expect("the kind is registered")
}

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse_or_date(text).expect("an instant")
}

pub(crate) fn settings(path: &Path, more: &[(&str, &str)]) -> Settings {
    let mut values = BTreeMap::from([("path".to_owned(), path.display().to_string())]);
    values.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let about = source().about();
    Settings::checked(about.kind, about.settings, values).expect("valid settings")
}

/// A run: what was collected and what was read from it.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) artifacts: Vec<Artifact>,
    pub(crate) collected: Collected,
    pub(crate) facts: Vec<Fact>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) errors: Vec<ReadError>,
}

impl Run {
    pub(crate) fn cursor(&self) -> &str {
        self.collected.cursor.as_deref().expect("a cursor")
    }

    /// Causes of all gaps, of collecting and of reading.
    pub(crate) fn gaps(&self) -> Vec<&str> {
        let read = self.accounts.iter().flat_map(|account| &account.gaps);
        self.collected.gaps.iter().chain(read).map(|gap| gap.cause.as_str()).collect()
    }
}

#[derive(Default)]
struct Kept(Vec<Artifact>);

impl Artifacts for Kept {
    fn put(&mut self, artifact: Artifact) -> Result<(), CollectError> {
        self.0.push(artifact);
        Ok(())
    }
}

/// Whether each fact has only columns of its table.
fn check(fact: &Fact) {
    let table = fact.table.table();
    for (name, value) in &fact.attrs {
        let column = table.column(name).unwrap_or_else(|| panic!("{}.{name}", table.name));
        assert!(fits(column.kind, value), "{}.{name} = {value:?}", table.name);
    }
}

fn fits(kind: tenure_model::tables::ColumnKind, value: &Value) -> bool {
    use tenure_model::tables::ColumnKind;
    match kind {
        ColumnKind::Text | ColumnKind::Ref(_) => matches!(value, Value::Text(_)),
        ColumnKind::Int => matches!(value, Value::Int(_)),
        ColumnKind::Bool => matches!(value, Value::Bool(_)),
        ColumnKind::Time => matches!(value, Value::Time(_)),
    }
}

pub(crate) fn collect(
    settings: &Settings,
    cursor: Option<&str>,
    now: &str,
) -> Result<(Vec<Artifact>, Collected), CollectError> {
    let clock = FixedClock(at(now));
    let known = BTreeMap::new();
    let cx = Collect {
        settings,
        clock: &clock,
        cursor,
        known: &known,
        progress: &NoProgress,
        scratch: std::path::Path::new("/nonexistent"),
    };
    let mut kept = Kept::default();
    let collected = source().collect(&cx, &mut kept)?;
    Ok((kept.0, collected))
}

pub(crate) fn read(
    settings: &Settings,
    artifact: &Artifact,
) -> (Vec<Fact>, Account, Option<ReadError>) {
    let mut sink = Heard::default();
    let salts = RecordKey::new([7; 32]).salts(&Digest([1; 32]));
    let mut records = Records::new(&artifact.name, salts, &mut sink);
    let error = source().read(settings, artifact, &mut records).err();
    let (account, _root) = records.finish();
    assert!(sink.uses.rows.is_empty(), "a repository tells of no use");
    let facts: Vec<_> = sink.facts.into_iter().map(|(_, fact)| fact).collect();
    facts.iter().for_each(check);
    (facts, account, error)
}

pub(crate) fn run(settings: &Settings, cursor: Option<&str>, now: &str) -> Run {
    let (artifacts, collected) = collect(settings, cursor, now).expect("it can be collected");
    let mut run = Run {
        artifacts: Vec::new(),
        collected,
        facts: Vec::new(),
        accounts: Vec::new(),
        errors: Vec::new(),
    };
    for artifact in artifacts {
        let (facts, account, error) = read(settings, &artifact);
        run.facts.extend(facts);
        run.accounts.push(account);
        run.errors.extend(error);
        run.artifacts.push(artifact);
    }
    run
}

/// An unbroken stretch of holding something.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Stretch {
    pub(crate) kind: String,
    pub(crate) holder: String,
    pub(crate) what: String,
    pub(crate) from: Timestamp,
    /// Whether the start is an event, and not only a first sight.
    pub(crate) pinned: bool,
    pub(crate) to: Option<Timestamp>,
    pub(crate) begun: Fact,
    pub(crate) ended: Option<Fact>,
}

impl Stretch {
    pub(crate) fn held_at(&self, at: Timestamp) -> bool {
        self.from <= at && self.to.is_none_or(|to| at < to)
    }

    pub(crate) fn attr(&self, name: &str) -> &str {
        text(&self.begun, name)
    }

    pub(crate) fn end_attr(&self, name: &str) -> &str {
        self.ended.as_ref().map_or("", |fact| text(fact, name))
    }
}

/// A text attribute; empty when it is not said.
pub(crate) fn text<'f>(fact: &'f Fact, name: &str) -> &'f str {
    match fact.attrs.get(name) {
        Some(Value::Text(text)) => text,
        _ => "",
    }
}

/// Folds the facts of a table to stretches, ordered by native id and time.
pub(crate) fn stretches(facts: &[Fact], table: TableId) -> Vec<Stretch> {
    let mut by_id: BTreeMap<(String, String), Vec<Stretch>> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.table == table) {
        let key = (fact.native_type.to_string(), fact.native_id.clone());
        let stretches = by_id.entry(key).or_default();
        let open = stretches.last_mut().filter(|stretch| stretch.to.is_none());
        match (fact.change, open) {
            (Change::Begun { .. } | Change::Seen { .. }, Some(_)) => {}
            (Change::Begun { at, .. } | Change::Seen { at }, None) => {
                let (holder, what) =
                    fact.native_id.split_once('|').unwrap_or(("", &fact.native_id));
                stretches.push(Stretch {
                    kind: fact.native_type.to_string(),
                    holder: holder.to_owned(),
                    what: what.to_owned(),
                    from: at,
                    pinned: matches!(fact.change, Change::Begun { .. }),
                    to: None,
                    begun: fact.clone(),
                    ended: None,
                });
            }
            (Change::Ended { at, .. } | Change::Absent { at }, Some(open)) => {
                open.to = Some(at);
                open.ended = Some(fact.clone());
            }
            (Change::Absent { .. }, None) => {}
            (Change::Ended { .. }, None) => panic!("{} ended and had not begun", fact.native_id),
        }
    }
    by_id.into_values().flatten().collect()
}
