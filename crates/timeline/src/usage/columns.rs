//! A row group of uses as columns. Rows are read once, in their order: each is as large as a line
//! of the processor's cache or two, and there are thirty columns.

use parquet::errors::Result;
use parquet::schema::types::{ColumnDescPtr, SchemaDescriptor};
use tenure_model::fact::UseOutcome;
use tenure_model::usage::{Actor, ActorId, EventId, Row, TextId, UsageRows};

use super::Run;
use super::distinct::Kept;
use crate::pages::Chunk;
use crate::pages::{Encoder, NONE, Numbered};

/// Kept rows that make a row group.
pub(super) struct Group<'r> {
    pub(super) run: &'r Run,
    pub(super) rows: &'r UsageRows,
    pub(super) kept: &'r [Kept],
    pub(super) seq: u64,
}

/// Their columns.
struct Columns {
    times: Vec<i64>,
    account: Vec<TextId>,
    region: Vec<TextId>,
    service: Vec<TextId>,
    action: Vec<TextId>,
    resource: Vec<TextId>,
    error_code: Vec<TextId>,
    src_ip: Vec<TextId>,
    user_agent: Vec<TextId>,
    issued_key: Vec<TextId>,
    outcome: Vec<u32>,
    mfa: Vec<Option<bool>>,
    read_only: Vec<Option<bool>>,
    management: Vec<Option<bool>>,
    actor: Vec<u32>,
    artifact: Vec<u32>,
    record: Vec<i64>,
    records: Vec<i64>,
}

impl Group<'_> {
    /// Encodes every column of the schema, in its order.
    pub(super) fn encode(
        &self,
        schema: &SchemaDescriptor,
        encoder: &mut Encoder,
    ) -> Result<Vec<Chunk>> {
        let mut columns = Columns::with_capacity(self.kept.len());
        let mut actors = Codes::default();
        let mut artifacts = Codes::default();
        for kept in self.kept {
            let row = &self.rows.rows[kept.row as usize];
            columns.push(row, kept.records);
            columns.actor.push(actors.code(row.actor.0));
            columns.artifact.push(artifacts.code(row.artifact));
        }
        let group = Gathered { group: self, columns, actors: actors.met, artifacts: artifacts.met };
        schema.columns().iter().map(|column| group.column(column.clone(), encoder)).collect()
    }
}

impl Columns {
    fn with_capacity(rows: usize) -> Self {
        let texts = || Vec::with_capacity(rows);
        let flags = || Vec::with_capacity(rows);
        let codes = || Vec::with_capacity(rows);
        let numbers = || Vec::with_capacity(rows);
        Self {
            times: numbers(),
            account: texts(),
            region: texts(),
            service: texts(),
            action: texts(),
            resource: texts(),
            error_code: texts(),
            src_ip: texts(),
            user_agent: texts(),
            issued_key: texts(),
            outcome: codes(),
            mfa: flags(),
            read_only: flags(),
            management: flags(),
            actor: codes(),
            artifact: codes(),
            record: numbers(),
            records: numbers(),
        }
    }

    fn push(&mut self, row: &Row, records: u32) {
        self.times.push(row.event_time.micros());
        self.account.push(row.account);
        self.region.push(row.region);
        self.service.push(row.service);
        self.action.push(row.action);
        self.resource.push(row.resource);
        self.error_code.push(row.error_code);
        self.src_ip.push(row.src_ip);
        self.user_agent.push(row.user_agent);
        self.issued_key.push(row.issued_key);
        self.outcome.push(outcome_code(row.outcome));
        self.mfa.push(row.mfa);
        self.read_only.push(row.read_only);
        self.management.push(row.management);
        self.record.push(i64::try_from(row.record).unwrap_or(i64::MAX));
        self.records.push(i64::from(records));
    }
}

/// The columns of a group, with its actors and artifacts as their codes number them.
struct Gathered<'g> {
    group: &'g Group<'g>,
    columns: Columns,
    actors: Vec<u32>,
    artifacts: Vec<u32>,
}

impl Gathered<'_> {
    fn column(&self, to: ColumnDescPtr, encoder: &mut Encoder) -> Result<Chunk> {
        let Group { run, rows, kept, seq } = self.group;
        let columns = &self.columns;
        let mut texts = |to, ids: &[TextId]| encoder.texts(to, ids, &rows.texts);
        match to.name() {
            "account" => texts(to, &columns.account),
            "region" => texts(to, &columns.region),
            "service" => texts(to, &columns.service),
            "action" => texts(to, &columns.action),
            "resource" => texts(to, &columns.resource),
            "error_code" => texts(to, &columns.error_code),
            "src_ip" => texts(to, &columns.src_ip),
            "user_agent" => texts(to, &columns.user_agent),
            "issued_key" => texts(to, &columns.issued_key),
            "event_id" => self.ids(to, encoder, |row| row.event_id),
            "shared_event_id" => self.ids(to, encoder, |row| row.shared_event_id),
            "source" => encoder.constant(to, &run.source, kept.len()),
            "system" => encoder.constant(to, &run.system, kept.len()),
            "event_time" => encoder.numbers(to, &columns.times, true),
            "outcome" => {
                encoder.coded(to, &columns.outcome, OUTCOMES.map(|o| o.as_str()).into_iter())
            }
            "mfa" => encoder.flags(to, &columns.mfa),
            "read_only" => encoder.flags(to, &columns.read_only),
            "management" => encoder.flags(to, &columns.management),
            "session_mfa" => {
                let of: Vec<_> = self.actors().map(|actor| actor.session_mfa).collect();
                let each = columns.actor.iter().map(|code| of[*code as usize]);
                encoder.flags(to, &each.collect::<Vec<_>>())
            }
            "records" => encoder.numbers(to, &columns.records, false),
            "tx_from_seq" => {
                let seq = i64::try_from(*seq).unwrap_or(i64::MAX);
                encoder.numbers(to, &vec![seq; kept.len()], false)
            }
            "artifact" => {
                let digest = |code: &u32| run.artifacts[*code as usize].to_string();
                let digests: Vec<_> = self.artifacts.iter().map(digest).collect();
                encoder.coded(to, &columns.artifact, digests.iter().map(String::as_str))
            }
            "record" => encoder.numbers(to, &columns.record, false),
            name => {
                let of = actor_text(name).expect("every declared column is known");
                self.actor_texts(to, encoder, of)
            }
        }
    }

    fn actors(&self) -> impl Iterator<Item = &Actor> {
        self.actors.iter().map(|actor| self.group.rows.actor(ActorId(*actor)))
    }

    /// By actor, of whom there are far fewer than rows.
    fn actor_texts(
        &self,
        to: ColumnDescPtr,
        encoder: &mut Encoder,
        of: fn(&Actor) -> TextId,
    ) -> Result<Chunk> {
        let texts = &self.group.rows.texts;
        let ids: Vec<TextId> = self.actors().map(of).collect();
        let Numbered { codes, met } = encoder.numbered(&ids, texts);
        let codes: Vec<u32> =
            self.columns.actor.iter().map(|actor| codes[*actor as usize]).collect();
        encoder.coded(to, &codes, met.iter().map(|id| texts.get(*id).unwrap_or_default()))
    }

    fn ids(
        &self,
        to: ColumnDescPtr,
        encoder: &mut Encoder,
        of: fn(&Row) -> EventId,
    ) -> Result<Chunk> {
        let Group { rows, kept, .. } = self.group;
        encoder.strings(to, kept.len(), |row, out| {
            let id = of(&rows.rows[kept[row].row as usize]);
            id.write(&rows.texts, out);
            !id.is_none()
        })
    }
}

/// The column of an actor's that has this name.
fn actor_text(name: &str) -> Option<fn(&Actor) -> TextId> {
    Some(match name {
        "actor_type" => |actor| actor.actor_type,
        "actor" => |actor| actor.actor,
        "actor_id" => |actor| actor.actor_id,
        "actor_name" => |actor| actor.actor_name,
        "credential_key" => |actor| actor.credential_key,
        "session_issuer" => |actor| actor.session_issuer,
        "actor_account" => |actor| actor.actor_account,
        "invoked_by" => |actor| actor.invoked_by,
        "source_identity" => |actor| actor.source_identity,
        "federated" => |actor| actor.federated,
        "on_behalf_of" => |actor| actor.on_behalf_of,
        _ => return None,
    })
}

/// Numbers of a run, numbered anew as they first occur in a group.
#[derive(Default)]
struct Codes {
    /// By number, its code and one more; 0 = not met yet.
    codes: Vec<u32>,
    met: Vec<u32>,
}

impl Codes {
    fn code(&mut self, number: u32) -> u32 {
        let at = number as usize;
        if at >= self.codes.len() {
            self.codes.resize(at + 1, 0);
        }
        if self.codes[at] == 0 {
            self.met.push(number);
            self.codes[at] = u32::try_from(self.met.len()).expect("fewer than rows");
        }
        self.codes[at] - 1
    }
}

/// Outcomes by their codes.
pub(super) const OUTCOMES: [UseOutcome; 3] =
    [UseOutcome::Success, UseOutcome::Denied, UseOutcome::Error];

pub(super) fn outcome_code(outcome: Option<UseOutcome>) -> u32 {
    match outcome {
        None => NONE,
        Some(UseOutcome::Success) => 0,
        Some(UseOutcome::Denied) => 1,
        Some(UseOutcome::Error) => 2,
    }
}
