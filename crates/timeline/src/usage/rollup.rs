//! The daily roll-up of uses.

use std::collections::BTreeMap;

use arrow::record_batch::RecordBatch;
use hashbrown::HashMap;
use tenure_model::Timestamp;
use tenure_model::fact::UseOutcome;
use tenure_model::tables::TableId;
use tenure_model::usage::{Row, TextId, UsageRows};

use super::distinct::Kept;
use super::{Run, day_of};
use crate::rows::{Cell, Columns};
use crate::store::StoreError;

/// What events are rolled up by.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    actor_type: TextId,
    actor: TextId,
    credential_key: TextId,
    service: TextId,
    action: TextId,
    outcome: Option<UseOutcome>,
    src_ip: TextId,
    mfa: Option<bool>,
}

#[derive(Clone, Copy)]
struct Roll {
    events: u64,
    first_at: Timestamp,
    last_at: Timestamp,
    unattributed: u64,
    incomplete: u64,
}

/// The roll-up of the days of kept rows, which are in order of time.
pub(super) fn daily(run: &Run, rows: &UsageRows, kept: &[Kept]) -> Result<RecordBatch, StoreError> {
    let mut columns = Columns::new(TableId::UsageDaily);
    let row = |kept: &Kept| &rows.rows[kept.row as usize];
    for day in kept.chunk_by(|a, b| day_of(row(a).event_time) == day_of(row(b).event_time)) {
        let mut rolls: HashMap<Key, Roll> = HashMap::new();
        for row in day.iter().map(row) {
            add(&mut rolls, rows, row);
        }
        let Some(first) = day.first().map(row) else { continue };
        write(&mut columns, run, rows, first.event_time.day_start(), rolls);
    }
    columns.finish()
}

fn add(rolls: &mut HashMap<Key, Roll>, rows: &UsageRows, row: &Row) {
    let actor = rows.actor(row.actor);
    let key = Key {
        actor_type: actor.actor_type,
        actor: actor.actor,
        credential_key: actor.credential_key,
        service: row.service,
        action: row.action,
        outcome: row.outcome,
        src_ip: row.src_ip,
        mfa: row.mfa,
    };
    // Whether it names somebody or something that did it.
    let named = [actor.actor, actor.actor_id, actor.actor_name, actor.invoked_by];
    let attributed = named.iter().any(|text| !text.is_none());
    // Whether it tells who, what, when, where from and with which outcome.
    let answers =
        attributed && !row.action.is_none() && !row.src_ip.is_none() && row.outcome.is_some();
    let at = row.event_time;
    let fresh = Roll { events: 0, first_at: at, last_at: at, unattributed: 0, incomplete: 0 };
    let roll = rolls.entry(key).or_insert(fresh);
    roll.events += 1;
    roll.first_at = roll.first_at.min(at);
    roll.last_at = roll.last_at.max(at);
    roll.unattributed += u64::from(!attributed);
    roll.incomplete += u64::from(!answers);
}

fn write(
    columns: &mut Columns,
    run: &Run,
    rows: &UsageRows,
    day: Timestamp,
    rolls: HashMap<Key, Roll>,
) {
    // By text: ids depend on the order in which texts came.
    let text = |id: TextId| rows.text(id);
    let sorted: BTreeMap<_, _> = rolls
        .into_iter()
        .map(|(k, roll)| {
            let key = (
                (text(k.actor_type), text(k.actor), text(k.credential_key)),
                (text(k.service), text(k.action), k.outcome, text(k.src_ip), k.mfa),
            );
            (key, roll)
        })
        .collect();
    for (((actor_type, actor, key), (service, action, outcome, src_ip, mfa)), roll) in sorted {
        columns.row([
            Some(Cell::Time(day)),
            Some(Cell::Text(&run.source)),
            Some(Cell::Text(&run.system)),
            actor_type.map(Cell::Text),
            actor.map(Cell::Text),
            key.map(Cell::Text),
            service.map(Cell::Text),
            action.map(Cell::Text),
            outcome.map(|o| Cell::Text(o.as_str())),
            src_ip.map(Cell::Text),
            mfa.map(Cell::Bool),
            Some(Cell::from(roll.events)),
            Some(Cell::Time(roll.first_at)),
            Some(Cell::Time(roll.last_at)),
            Some(Cell::from(roll.unattributed)),
            Some(Cell::from(roll.incomplete)),
        ]);
    }
}
