//! Rows in and out.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Int64Array, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;

use crate::cells::{Rows, Texts};
use crate::covered::{BEGINNINGS, COVERAGE, Logs};
use crate::functions::instant;
use crate::session::QueryError;

use super::{Chain, Issued, Seen, resolve};

pub(super) const QUERIES: &[&str] = &[
    "SELECT issued_key, event_time, event_id, system, evidence, action, resource, credential_key,
        actor_type, coalesce(actor, actor_id) AS actor, account, actor_account, invoked_by,
        source_identity, federated, on_behalf_of, shared_event_id
     FROM usage
     WHERE issued_key IS NOT NULL OR (shared_event_id IS NOT NULL AND action LIKE 'AssumeRole%')",
    "SELECT credential_key, system, actor_type, actor, session_issuer, account, actor_account,
        source_identity, federated, on_behalf_of,
        min(event_time) AS first_at, max(event_time) AS last_at, count(*) AS uses
     FROM usage WHERE credential_key IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10",
    COVERAGE,
    BEGINNINGS,
];

pub(super) fn compute(given: &[RecordBatch]) -> Result<RecordBatch, QueryError> {
    let [issued, seen, coverage, beginnings] = given else {
        let problem = "it takes four queries".to_owned();
        return Err(QueryError::Shape { query: "session_chains".to_owned(), problem });
    };
    let mut logs = Logs::read(coverage)?;
    logs.begin(beginnings)?;
    write(&resolve::chains(read_issued(issued)?, read_seen(seen)?, &logs))
}

/// Text columns of a batch by name.
struct Texted<'b>(Rows<'b>);

impl Texted<'_> {
    fn column(&self, name: &str) -> Result<Texts, QueryError> {
        let column = self.0.text(name)?;
        self.0.need(name, column)
    }
}

fn read_issued(batch: &RecordBatch) -> Result<Vec<Issued>, QueryError> {
    let rows = Texted(Rows::new("issuing events", batch));
    let at = rows.0.time("event_time")?;
    let at = rows.0.need("event_time", at)?;
    let names = [
        "issued_key",
        "event_id",
        "system",
        "evidence",
        "action",
        "resource",
        "credential_key",
        "actor_type",
        "actor",
        "account",
        "actor_account",
        "invoked_by",
        "source_identity",
        "federated",
        "on_behalf_of",
        "shared_event_id",
    ];
    let columns = names.into_iter().map(|n| rows.column(n)).collect::<Result<Vec<_>, _>>()?;
    let issued = |row: usize| {
        let mut cells = columns.iter().map(|column| column.get(row).map(str::to_owned));
        let mut next = || cells.next().flatten();
        let key = next();
        let (event, system, evidence) = (next(), next(), next());
        let mut issued = Issued {
            at: at.get(row),
            key,
            event: event.unwrap_or_default(),
            system: system.unwrap_or_default(),
            evidence: evidence.unwrap_or_default(),
            action: next(),
            role: next(),
            caller_key: next(),
            caller_type: next(),
            caller: next(),
            account: next(),
            caller_account: next(),
            invoked_by: next(),
            source_identity: next(),
            federated: next(),
            on_behalf_of: next(),
            shared_event: next(),
            without_caller_key: false,
        };
        issued.without_caller_key = issued.caller_key.is_none();
        issued
    };
    Ok((0..batch.num_rows()).map(issued).collect())
}

fn read_seen(batch: &RecordBatch) -> Result<Vec<Seen>, QueryError> {
    let rows = Texted(Rows::new("uses of keys", batch));
    let (first, last) = (rows.0.time("first_at")?, rows.0.time("last_at")?);
    let (first, last) = (rows.0.need("first_at", first)?, rows.0.need("last_at", last)?);
    let uses = rows.0.int("uses")?;
    let uses = rows.0.need("uses", uses)?;
    let names = [
        "credential_key",
        "system",
        "actor_type",
        "actor",
        "session_issuer",
        "account",
        "actor_account",
        "source_identity",
        "federated",
        "on_behalf_of",
    ];
    let columns = names.into_iter().map(|n| rows.column(n)).collect::<Result<Vec<_>, _>>()?;
    let seen = |row: usize| {
        let mut cells = columns.iter().map(|column| column.get(row).map(str::to_owned));
        let mut next = || cells.next().flatten();
        Some(Seen {
            first: first.get(row)?,
            last: last.get(row)?,
            uses: uses.get(row)?,
            key: next()?,
            system: next().unwrap_or_default(),
            actor_type: next(),
            actor: next(),
            issuer: next(),
            account: next(),
            actor_account: next(),
            source_identity: next(),
            federated: next(),
            on_behalf_of: next(),
        })
    };
    Ok((0..batch.num_rows()).filter_map(seen).collect())
}

pub(super) fn schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let time = |name: &str| Field::new(name, instant(), true);
    let int = |name: &str| Field::new(name, DataType::Int64, true);
    Arc::new(Schema::new(vec![
        text("credential_key"),
        text("system"),
        time("issued_at"),
        text("issued_event"),
        text("issued_evidence"),
        text("issuing_action"),
        text("role"),
        text("parent_key"),
        int("hops"),
        text("chain"),
        text("behind"),
        text("behind_key"),
        text("source_identity"),
        Field::new("cross_account", DataType::Boolean, false),
        text("basis"),
        text("why"),
        time("first_used_at"),
        time("last_used_at"),
        int("uses"),
    ]))
}

fn write(chains: &[Chain]) -> Result<RecordBatch, QueryError> {
    let texts = |of: fn(&Chain) -> Option<&str>| -> ArrayRef {
        Arc::new(chains.iter().map(of).collect::<StringArray>())
    };
    let times = |of: fn(&Chain) -> Option<tenure_model::Timestamp>| -> ArrayRef {
        let micros = chains.iter().map(|c| of(c).map(tenure_model::Timestamp::micros));
        Arc::new(micros.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    };
    let ints = |of: fn(&Chain) -> Option<i64>| -> ArrayRef {
        Arc::new(chains.iter().map(of).collect::<Int64Array>())
    };
    let columns = vec![
        texts(|c| Some(&c.key)),
        texts(|c| {
            let issued = c.issued.as_ref().map(|call| call.system.as_str());
            issued.or_else(|| c.seen.as_ref().map(|seen| seen.system.as_str()))
        }),
        times(|c| c.issued.as_ref()?.at),
        texts(|c| c.issued.as_ref().map(|call| call.event.as_str())),
        texts(|c| c.issued.as_ref().map(|call| call.evidence.as_str())),
        texts(|c| c.issued.as_ref()?.action.as_deref()),
        texts(|c| c.role.as_deref()),
        texts(|c| c.issued.as_ref()?.caller_key.as_deref()),
        ints(|c| c.hops),
        texts(|c| Some(&c.text)),
        texts(|c| c.origin.behind.as_deref()),
        texts(|c| c.origin.key.as_deref()),
        texts(|c| c.source_identity.as_deref()),
        Arc::new(chains.iter().map(|c| Some(c.cross_account)).collect::<BooleanArray>()),
        texts(|c| Some(c.origin.basis.as_str())),
        texts(|c| c.origin.why.as_deref()),
        times(|c| c.seen.as_ref().map(|seen| seen.first)),
        times(|c| c.seen.as_ref().map(|seen| seen.last)),
        ints(|c| Some(c.seen.as_ref().map_or(0, |seen| seen.uses))),
    ];
    RecordBatch::try_new(schema(), columns).map_err(|e| QueryError::Engine(e.into()))
}
