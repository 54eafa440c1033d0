//! The rows of each table, and their columns in the order of the declarations.

use tenure_model::entry::ArtifactBody;
use tenure_model::ids::Seq;
use tenure_model::tables::{COORDINATES, TableId, TableKind};
use tenure_model::usage::Texts;

use super::{EntryRow, RunInput};
use crate::attrs::get;
use crate::cells::Cell;
use crate::coverage::Stretch;
use crate::state::{Key, Row, State, assertion, row_id};
use crate::store::{Store, StoreError};

/// The columns of a table, each as a function of the row.
type Columns<R, const N: usize> = [for<'r> fn(&'r R) -> Option<Cell<'r>>; N];

/// Writes a table and tells how many rows it has.
pub(super) fn write(
    store: &Store,
    id: TableId,
    state: &State,
    stretches: &[Stretch],
    runs: &[RunInput],
    entries: &[EntryRow],
) -> Result<u64, StoreError> {
    match id {
        TableId::Coverage => by_columns(store, id, stretches, &COVERAGE),
        TableId::Runs => by_columns(store, id, runs, &RUNS),
        TableId::Artifacts => {
            let artifacts: Vec<_> = runs.iter().flat_map(|run| &run.artifacts).collect();
            store.write(id, &artifacts, |row, column| ARTIFACTS[column](row))
        }
        TableId::Entries => by_columns(store, id, entries, &ENTRIES),
        _ => facts(store, id, state),
    }
}

fn by_columns<R, const N: usize>(
    store: &Store,
    id: TableId,
    rows: &[R],
    columns: &Columns<R, N>,
) -> Result<u64, StoreError> {
    store.write(id, rows, |row, column| columns[column](row))
}

fn facts(store: &Store, id: TableId, state: &State) -> Result<u64, StoreError> {
    debug_assert_eq!(id.table().kind, TableKind::Fact);
    let rows: Vec<_> = state.rows(id).collect();
    let own = 1 + COORDINATES.len();
    let envelope = own + id.table().columns.len();
    store.write(id, &rows, |(key, row), column| {
        if column < own {
            head(*key, row, column, &state.texts)
        } else if column < envelope {
            let number = u8::try_from(column - own).ok()?;
            get(&row.version.attrs, number)?.cell(&state.texts)
        } else {
            tail(row, column - envelope, &state.texts)
        }
    })
}

/// The id and the coordinates.
fn head<'t>(key: Key, row: &Row, column: usize, texts: &'t Texts) -> Option<Cell<'t>> {
    let names = key.names(texts);
    let incarnation = row.version.incarnation;
    match column {
        0 => Some(row_id(names, incarnation).into()),
        1 => Some(row.version.version_no.into()),
        2 => Some(incarnation.into()),
        name => names.get(name - 3).map(|name| Cell::from(*name)),
    }
}

/// The envelope.
fn tail<'t>(row: &'t Row, column: usize, texts: &'t Texts) -> Option<Cell<'t>> {
    let Row { version, tx_from, tx_to } = row;
    let validity = version.validity;
    match column {
        0 => validity.from_lo.map(Cell::Time),
        1 => Some(validity.from_hi.into()),
        2 => validity.to_lo.map(Cell::Time),
        3 => validity.to_hi.map(Cell::Time),
        4 => Some(version.basis.as_str().into()),
        5 => Some(tx_from.0.into()),
        6 => tx_to.map(|seq| seq.0.into()),
        7 => Some(assertion(version.basis).into()),
        _ => {
            let evidence = version.evidence.iter().filter_map(|record| record.text(texts));
            Some(evidence.collect::<Vec<_>>().join(" ").into())
        }
    }
}

const COVERAGE: Columns<Stretch, 12> = [
    |s| Some(s.body.source.as_str().into()),
    |s| Some(s.body.system.as_str().into()),
    |s| Some(s.body.stream.as_str().into()),
    |s| Some(s.body.from.into()),
    |s| Some(s.body.to.into()),
    |s| Some(s.body.status.as_str().into()),
    |s| Some(s.body.proof_kind.as_str().into()),
    |s| Some(s.body.detail.as_str().into()),
    |s| s.body.part_of.as_deref().map(Cell::from),
    |s| Some(s.body.run.as_str().into()),
    |s| Some(s.tx_from.0.into()),
    |s| s.tx_to.map(|seq| seq.0.into()),
];

const RUNS: Columns<RunInput, 19> = [
    |r| Some(r.body.run.as_str().into()),
    |r| Some(r.body.source.as_str().into()),
    |r| Some(r.body.source_kind.as_str().into()),
    |r| Some(r.body.system.as_str().into()),
    |r| Some(r.body.scope.as_str().into()),
    |r| Some(r.body.kind.as_str().into()),
    |r| Some(r.body.started.into()),
    |r| Some(r.body.ended.into()),
    |r| Some(r.body.outcome.as_str().into()),
    |r| Some(r.body.reader_version.into()),
    |r| Some((r.artifacts.len() as u64).into()),
    |r| Some(total(r, |a| a.records)),
    |r| Some(total(r, |a| a.with_facts)),
    |r| Some(total(r, |a| a.skipped.values().sum())),
    |r| Some(total(r, |a| a.rejected)),
    |r| Some(r.body.gap_count.into()),
    |r| Some(gaps(r).into()),
    |r| Some(r.body.checks.join(" ").into()),
    |r| Some(r.seq.0.into()),
];

fn total(run: &RunInput, count: fn(&ArtifactBody) -> u64) -> Cell<'static> {
    run.artifacts.iter().map(|(_, artifact)| count(artifact)).sum::<u64>().into()
}

fn gaps(run: &RunInput) -> String {
    let gaps = run.body.gaps.iter().map(|gap| match gap.record {
        Some(record) => format!("{}#{record}: {}", gap.artifact, gap.cause),
        None => format!("{}: {}", gap.artifact, gap.cause),
    });
    gaps.collect::<Vec<_>>().join("\n")
}

const ARTIFACTS: Columns<(Seq, ArtifactBody), 12> = [
    |(_, a)| Some(a.run.as_str().into()),
    |(_, a)| Some(a.source.as_str().into()),
    |(_, a)| Some(a.name.as_str().into()),
    |(_, a)| Some(a.blob.to_string().into()),
    |(_, a)| Some(a.media_type.as_str().into()),
    |(_, a)| Some(a.bytes.into()),
    |(_, a)| Some(a.records.into()),
    |(_, a)| Some(a.with_facts.into()),
    |(_, a)| Some(a.skipped.values().sum::<u64>().into()),
    |(_, a)| Some(a.rejected.into()),
    |(_, a)| Some(a.records_root.to_string().into()),
    |(seq, _)| Some(seq.0.into()),
];

const ENTRIES: Columns<EntryRow, 7> = [
    |e| Some(e.seq.0.into()),
    |e| Some(e.kind.as_str().into()),
    |e| Some(e.at.into()),
    |e| Some(e.actor.as_str().into()),
    |e| Some(e.stream.as_str().into()),
    |e| Some(e.rev.into()),
    |e| Some(e.leaf_hash.as_str().into()),
];
