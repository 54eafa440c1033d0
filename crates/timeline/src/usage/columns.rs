//! Rows to Arrow columns. Texts that repeat become dictionaries, so that each is encoded once.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, DictionaryArray, Int64Array, PrimitiveArray, StringArray,
    StringBuilder, TimestampMicrosecondArray,
};
use arrow::datatypes::Int32Type;
use hashbrown::HashMap;
use tenure_model::digest::Digest;
use tenure_model::usage::{Actor, EventId, Row, TextId, UsageRows};

use super::Run;
use super::distinct::Kept;

/// A slice of the kept rows of a run.
pub(super) struct Slice<'r> {
    pub(super) run: &'r Run,
    pub(super) rows: &'r UsageRows,
    pub(super) kept: &'r [Kept],
    pub(super) seq: u64,
}

impl Slice<'_> {
    /// The column of that name.
    pub(super) fn column(&self, name: &str) -> Option<ArrayRef> {
        Some(match name {
            "event_id" => self.ids(|row| row.event_id),
            "source" => self.constant(&self.run.source),
            "system" => self.constant(&self.run.system),
            "event_time" => self.times(),
            "account" => self.texts(|row| row.account),
            "region" => self.texts(|row| row.region),
            "service" => self.texts(|row| row.service),
            "action" => self.texts(|row| row.action),
            "actor_type" => self.actors(|actor| actor.actor_type),
            "actor" => self.actors(|actor| actor.actor),
            "actor_id" => self.actors(|actor| actor.actor_id),
            "actor_name" => self.actors(|actor| actor.actor_name),
            "credential_key" => self.actors(|actor| actor.credential_key),
            "session_issuer" => self.actors(|actor| actor.session_issuer),
            "resource" => self.texts(|row| row.resource),
            "outcome" => self.outcomes(),
            "error_code" => self.texts(|row| row.error_code),
            "src_ip" => self.texts(|row| row.src_ip),
            "user_agent" => self.texts(|row| row.user_agent),
            "mfa" => self.flags(|row| row.mfa),
            "read_only" => self.flags(|row| row.read_only),
            "management" => self.flags(|row| row.management),
            "actor_account" => self.actors(|actor| actor.actor_account),
            "invoked_by" => self.actors(|actor| actor.invoked_by),
            "source_identity" => self.actors(|actor| actor.source_identity),
            "federated" => self.actors(|actor| actor.federated),
            "on_behalf_of" => self.actors(|actor| actor.on_behalf_of),
            "issued_key" => self.texts(|row| row.issued_key),
            "shared_event_id" => self.ids(|row| row.shared_event_id),
            "session_mfa" => self.flags(|row| self.rows.actor(row.actor).session_mfa),
            "records" => self.numbers(|kept, _| i64::from(kept.records)),
            "tx_from_seq" => {
                let seq = i64::try_from(self.seq).unwrap_or(i64::MAX);
                self.numbers(|_, _| seq)
            }
            "artifact" => self.artifacts(),
            "record" => self.numbers(|_, row| i64::try_from(row.record).unwrap_or(i64::MAX)),
            _ => return None,
        })
    }

    fn each(&self) -> impl Iterator<Item = &Row> {
        self.kept.iter().map(|kept| &self.rows.rows[kept.row as usize])
    }

    fn constant(&self, text: &str) -> ArrayRef {
        let values = StringArray::from(vec![text]);
        coded(self.kept.iter().map(|_| Some(0)), values)
    }

    fn texts(&self, of: impl Fn(&Row) -> TextId) -> ArrayRef {
        let mut codes = Codes::new(self.rows.texts.len() + 1);
        let keys: Vec<_> = self.each().map(|row| codes.code(of(row))).collect();
        coded(keys.into_iter(), codes.values(&self.rows))
    }

    /// By actor, of whom there are far fewer than rows.
    fn actors(&self, of: impl Fn(&Actor) -> TextId) -> ArrayRef {
        self.texts(|row| of(self.rows.actor(row.actor)))
    }

    fn ids(&self, of: impl Fn(&Row) -> EventId) -> ArrayRef {
        let mut column = StringBuilder::with_capacity(self.kept.len(), self.kept.len() * 36);
        let mut text = String::new();
        for row in self.each() {
            let id = of(row);
            if id.is_none() {
                column.append_null();
                continue;
            }
            text.clear();
            id.write(&self.rows.texts, &mut text);
            column.append_value(&text);
        }
        Arc::new(column.finish())
    }

    fn times(&self) -> ArrayRef {
        let micros = self.each().map(|row| row.event_time.micros());
        Arc::new(TimestampMicrosecondArray::from_iter_values(micros).with_timezone("UTC"))
    }

    fn outcomes(&self) -> ArrayRef {
        use tenure_model::fact::UseOutcome::{Denied, Error, Success};
        let all = [Success, Denied, Error];
        let values = StringArray::from_iter_values(all.iter().map(|outcome| outcome.as_str()));
        let code = |row: &Row| match row.outcome? {
            Success => Some(0),
            Denied => Some(1),
            Error => Some(2),
        };
        coded(self.each().map(code), values)
    }

    fn flags(&self, of: impl Fn(&Row) -> Option<bool>) -> ArrayRef {
        Arc::new(self.each().map(of).collect::<BooleanArray>())
    }

    fn numbers(&self, of: impl Fn(&Kept, &Row) -> i64) -> ArrayRef {
        let each = self.kept.iter().map(|kept| of(kept, &self.rows.rows[kept.row as usize]));
        Arc::new(Int64Array::from_iter_values(each))
    }

    fn artifacts(&self) -> ArrayRef {
        let mut codes: HashMap<u32, i32> = HashMap::new();
        let mut values: Vec<Digest> = Vec::new();
        let keys: Vec<_> = self
            .each()
            .map(|row| {
                Some(*codes.entry(row.artifact).or_insert_with(|| {
                    values.push(self.run.artifacts[row.artifact as usize]);
                    i32::try_from(values.len() - 1).expect("fewer artifacts than rows")
                }))
            })
            .collect();
        let values = StringArray::from_iter_values(values.iter().map(Digest::to_string));
        coded(keys.into_iter(), values)
    }
}

/// Texts of a column, numbered as they first occur in it.
struct Codes {
    /// By text id; 0 = not met yet.
    codes: Vec<i32>,
    met: Vec<TextId>,
}

impl Codes {
    fn new(texts: usize) -> Self {
        Self { codes: vec![0; texts], met: Vec::new() }
    }

    fn code(&mut self, id: TextId) -> Option<i32> {
        if id.is_none() {
            return None;
        }
        let code = &mut self.codes[id.0 as usize];
        if *code == 0 {
            self.met.push(id);
            *code = i32::try_from(self.met.len()).expect("fewer texts than rows");
        }
        Some(*code - 1)
    }

    fn values(&self, rows: &UsageRows) -> StringArray {
        StringArray::from_iter_values(self.met.iter().filter_map(|id| rows.text(*id)))
    }
}

fn coded(keys: impl Iterator<Item = Option<i32>>, values: StringArray) -> ArrayRef {
    let keys: PrimitiveArray<Int32Type> = keys.collect();
    Arc::new(DictionaryArray::new(keys, Arc::new(values)))
}
