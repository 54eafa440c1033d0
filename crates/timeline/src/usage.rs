//! Uses of access: one row per event however often it was delivered, by source and day, with a
//! daily roll-up.

use std::collections::BTreeMap;
use std::rc::Rc;

use arrow::record_batch::RecordBatch;
use tenure_model::Timestamp;
use tenure_model::fact::UsageEvent;
use tenure_model::ids::Seq;
use tenure_model::tables::TableId;

use crate::rows::{Cell, Columns};
use crate::store::StoreError;

/// An event as collected, and how often.
#[derive(Debug)]
pub(crate) struct Use {
    pub(crate) event: Box<UsageEvent>,
    pub(crate) records: u64,
    pub(crate) tx_from: Seq,
    pub(crate) evidence: Rc<str>,
}

/// The distinct events of one source and day, by instant and id.
pub(crate) type Day = BTreeMap<(Timestamp, String), Use>;

/// Adds a record. The first record of an event is kept, later ones are counted.
pub(crate) fn add(
    day: &mut Day,
    event: Box<UsageEvent>,
    at: Timestamp,
    seq: Seq,
    evidence: Rc<str>,
) {
    day.entry((at, event.event_id.clone())).and_modify(|known| known.records += 1).or_insert(Use {
        event,
        records: 1,
        tx_from: seq,
        evidence,
    });
}

/// The rows of one source and day.
pub(crate) fn batch(source: &str, system: &str, day: &Day) -> Result<RecordBatch, StoreError> {
    let mut columns = Columns::new(TableId::Usage);
    for ((at, event_id), used) in day {
        let e = &used.event;
        columns.row([
            Some(Cell::Text(event_id)),
            Some(Cell::Text(source)),
            Some(Cell::Text(system)),
            Some(Cell::Time(*at)),
            e.account.as_deref().map(Cell::Text),
            e.region.as_deref().map(Cell::Text),
            e.service.as_deref().map(Cell::Text),
            e.action.as_deref().map(Cell::Text),
            e.actor_type.as_deref().map(Cell::Text),
            e.actor.as_deref().map(Cell::Text),
            e.actor_id.as_deref().map(Cell::Text),
            e.actor_name.as_deref().map(Cell::Text),
            e.credential_key.as_deref().map(Cell::Text),
            e.session_issuer.as_deref().map(Cell::Text),
            e.resource.as_deref().map(Cell::Text),
            e.outcome.map(|o| Cell::Text(o.as_str())),
            e.error_code.as_deref().map(Cell::Text),
            e.src_ip.as_deref().map(Cell::Text),
            e.user_agent.as_deref().map(Cell::Text),
            e.mfa.map(Cell::Bool),
            e.read_only.map(Cell::Bool),
            e.management.map(Cell::Bool),
            e.actor_account.as_deref().map(Cell::Text),
            e.invoked_by.as_deref().map(Cell::Text),
            e.source_identity.as_deref().map(Cell::Text),
            e.federated.as_deref().map(Cell::Text),
            e.on_behalf_of.as_deref().map(Cell::Text),
            e.issued_key.as_deref().map(Cell::Text),
            e.shared_event_id.as_deref().map(Cell::Text),
            e.session_mfa.map(Cell::Bool),
            Some(Cell::from(used.records)),
            Some(Cell::from(used.tx_from.0)),
            Some(Cell::Text(&used.evidence)),
        ]);
    }
    columns.finish()
}

/// What events are rolled up by.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct RollupKey<'e> {
    day: Timestamp,
    source: &'e str,
    actor_type: Option<&'e str>,
    actor: Option<&'e str>,
    credential_key: Option<&'e str>,
    service: Option<&'e str>,
    action: Option<&'e str>,
    outcome: Option<&'static str>,
    src_ip: Option<&'e str>,
    mfa: Option<bool>,
}

struct Rollup<'e> {
    system: &'e str,
    events: u64,
    first_at: Timestamp,
    last_at: Timestamp,
    unattributed: u64,
    incomplete: u64,
}

/// The daily roll-up of all days of all sources.
pub(crate) fn daily(
    days: &BTreeMap<(String, Timestamp), (String, Day)>,
) -> Result<RecordBatch, StoreError> {
    let mut columns = Columns::new(TableId::UsageDaily);
    for ((source, day), (system, uses)) in days {
        for (key, roll) in roll_up(source, *day, system, uses) {
            columns.row([
                Some(Cell::Time(key.day)),
                Some(Cell::Text(key.source)),
                Some(Cell::Text(roll.system)),
                key.actor_type.map(Cell::Text),
                key.actor.map(Cell::Text),
                key.credential_key.map(Cell::Text),
                key.service.map(Cell::Text),
                key.action.map(Cell::Text),
                key.outcome.map(Cell::Text),
                key.src_ip.map(Cell::Text),
                key.mfa.map(Cell::Bool),
                Some(Cell::from(roll.events)),
                Some(Cell::Time(roll.first_at)),
                Some(Cell::Time(roll.last_at)),
                Some(Cell::from(roll.unattributed)),
                Some(Cell::from(roll.incomplete)),
            ]);
        }
    }
    columns.finish()
}

fn roll_up<'e>(
    source: &'e str,
    day: Timestamp,
    system: &'e str,
    uses: &'e Day,
) -> BTreeMap<RollupKey<'e>, Rollup<'e>> {
    let mut rolled: BTreeMap<RollupKey<'e>, Rollup<'e>> = BTreeMap::new();
    for ((at, _), used) in uses {
        let e = &used.event;
        let key = RollupKey {
            day,
            source,
            actor_type: e.actor_type.as_deref(),
            actor: e.actor.as_deref(),
            credential_key: e.credential_key.as_deref(),
            service: e.service.as_deref(),
            action: e.action.as_deref(),
            outcome: e.outcome.map(|o| o.as_str()),
            src_ip: e.src_ip.as_deref(),
            mfa: e.mfa,
        };
        let fresh = Rollup {
            system,
            events: 0,
            first_at: *at,
            last_at: *at,
            unattributed: 0,
            incomplete: 0,
        };
        let roll = rolled.entry(key).or_insert(fresh);
        roll.events += 1;
        roll.first_at = roll.first_at.min(*at);
        roll.last_at = roll.last_at.max(*at);
        roll.unattributed += u64::from(!attributed(e));
        roll.incomplete += u64::from(!answers(e));
    }
    rolled
}

/// Whether the event names somebody or something that did it.
fn attributed(e: &UsageEvent) -> bool {
    e.actor.is_some() || e.actor_id.is_some() || e.actor_name.is_some()
}

/// Whether the event tells who, what, when, where from and with which outcome.
fn answers(e: &UsageEvent) -> bool {
    attributed(e)
        && e.action.is_some()
        && e.event_time.is_some()
        && e.src_ip.is_some()
        && e.outcome.is_some()
}
