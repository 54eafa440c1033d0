//! The daily roll-up of uses.

use hashbrown::HashMap;
use parquet::errors::Result;
use parquet::schema::types::{ColumnDescPtr, SchemaDescriptor};
use tenure_model::Timestamp;
use tenure_model::fact::UseOutcome;
use tenure_model::usage::{Row, TextId, UsageRows};

use super::columns::{OUTCOMES, outcome_code};
use super::distinct::Kept;
use super::plan::even;
use super::{Run, day_of};
use crate::pages::Chunk;
use crate::pages::Encoder;

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
    events: i64,
    first_at: Timestamp,
    last_at: Timestamp,
    unattributed: i64,
    incomplete: i64,
}

/// Days of a run, rolled up.
pub(super) struct Daily<'r> {
    pub(super) run: &'r Run,
    pub(super) rows: &'r UsageRows,
    pub(super) seq: u64,
    rolls: Vec<(Key, Roll)>,
}

impl<'r> Daily<'r> {
    /// The roll-up of kept rows, which are all of some days and in order of time.
    pub(super) fn of(run: &'r Run, rows: &'r UsageRows, kept: &[Kept], seq: u64) -> Self {
        let row = |kept: &Kept| &rows.rows[kept.row as usize];
        let mut rolls = Vec::new();
        for day in kept.chunk_by(|a, b| day_of(row(a).event_time) == day_of(row(b).event_time)) {
            let mut of_day: HashMap<Key, Roll> = HashMap::new();
            for row in day.iter().map(row) {
                add(&mut of_day, rows, row);
            }
            rolls.extend(of_day);
        }
        in_order(&mut rolls, rows);
        Self { run, rows, seq, rolls }
    }

    /// Encodes row groups with every column of the schema, in its order.
    pub(super) fn encode(
        &self,
        schema: &SchemaDescriptor,
        encoder: &mut Encoder,
    ) -> Result<Vec<Vec<Chunk>>> {
        even(&self.rolls)
            .map(|rolls| {
                let columns = schema.columns().iter();
                columns.map(|column| self.column(rolls, column.clone(), encoder)).collect()
            })
            .collect()
    }

    fn column(
        &self,
        rolls: &[(Key, Roll)],
        to: ColumnDescPtr,
        encoder: &mut Encoder,
    ) -> Result<Chunk> {
        let numbers =
            |of: fn(&Roll) -> i64| rolls.iter().map(|(_, roll)| of(roll)).collect::<Vec<_>>();
        match to.name() {
            "day" => encoder.numbers(to, &numbers(|roll| roll.first_at.day_start().micros()), true),
            "source" => encoder.constant(to, &self.run.source, rolls.len()),
            "system" => encoder.constant(to, &self.run.system, rolls.len()),
            "outcome" => {
                let codes: Vec<_> =
                    rolls.iter().map(|(key, _)| outcome_code(key.outcome)).collect();
                encoder.coded(to, &codes, OUTCOMES.map(|o| o.as_str()).into_iter())
            }
            "mfa" => encoder.flags(to, &rolls.iter().map(|(key, _)| key.mfa).collect::<Vec<_>>()),
            "events" => encoder.numbers(to, &numbers(|roll| roll.events), false),
            "first_at" => encoder.numbers(to, &numbers(|roll| roll.first_at.micros()), false),
            "last_at" => encoder.numbers(to, &numbers(|roll| roll.last_at.micros()), false),
            "unattributed" => encoder.numbers(to, &numbers(|roll| roll.unattributed), false),
            "incomplete" => encoder.numbers(to, &numbers(|roll| roll.incomplete), false),
            "tx_from_seq" => {
                let seq = i64::try_from(self.seq).unwrap_or(i64::MAX);
                encoder.numbers(to, &vec![seq; rolls.len()], false)
            }
            name => {
                let of = key_text(name).expect("every declared column is known");
                let ids: Vec<TextId> = rolls.iter().map(|(key, _)| of(key)).collect();
                encoder.texts(to, &ids, &self.rows.texts)
            }
        }
    }
}

/// The column of a key that has this name.
fn key_text(name: &str) -> Option<fn(&Key) -> TextId> {
    Some(match name {
        "actor_type" => |key| key.actor_type,
        "actor" => |key| key.actor,
        "credential_key" => |key| key.credential_key,
        "service" => |key| key.service,
        "action" => |key| key.action,
        "src_ip" => |key| key.src_ip,
        _ => return None,
    })
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
    roll.unattributed += i64::from(!attributed);
    roll.incomplete += i64::from(!answers);
}

/// Puts rolls in order of day and texts: ids depend on the order in which texts came.
fn in_order(rolls: &mut [(Key, Roll)], rows: &UsageRows) {
    let texts = |k: &Key| [k.actor_type, k.actor, k.credential_key, k.service, k.action, k.src_ip];
    let mut met: Vec<TextId> = rolls.iter().flat_map(|(key, _)| texts(key)).collect();
    met.sort_unstable();
    met.dedup();
    met.sort_unstable_by_key(|id| rows.text(*id));
    let mut ranks = vec![0_u32; rows.texts.len() + 1];
    for (id, rank) in met.iter().zip(0..) {
        ranks[id.0 as usize] = rank;
    }
    let rank = |id: TextId| ranks[id.0 as usize];
    rolls.sort_by_cached_key(|(key, roll)| {
        (
            day_of(roll.first_at),
            [key.actor_type, key.actor, key.credential_key, key.service, key.action].map(rank),
            key.outcome,
            rank(key.src_ip),
            key.mfa,
        )
    });
}
