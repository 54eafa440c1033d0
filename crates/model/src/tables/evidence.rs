//! What was logged, what was collected, and what is known of its completeness.

use super::ColumnKind::{Bool, Int, Text, Time};
use super::{Column, Table, TableId, TableKind, col, latest};

const fn event(
    id: TableId,
    key: &'static str,
    doc: &'static str,
    columns: &'static [Column],
) -> Table {
    Table { id, name: id.name(), key, kind: TableKind::Event, doc, columns }
}

pub(super) const LOG_OBJECTS: Table = Table {
    id: TableId::LogObjects,
    name: TableId::LogObjects.name(),
    key: "log_object_id",
    kind: TableKind::Fact,
    doc: "an object of a log: one that the log says it delivered, one that is here, or both",
    columns: &[
        latest("kind", Text, "log or digest"),
        latest("account", Text, "the account in its name"),
        latest("region", Text, "the region in its name"),
        latest(
            "delivered_at",
            Time,
            "when the log says it was delivered; null = no delivery record",
        ),
        latest("trail", Text, "the trail that delivered it, where the delivery record says"),
        latest("present", Bool, "whether the object was collected; null = it was not"),
        latest("records", Int, "records inside, when present"),
    ],
};

pub(super) const USAGE: Table = event(
    TableId::Usage,
    "event_id",
    "one use of access; duplicates of one event are one row",
    &[
        col("event_id", Text, "the source's id of the event"),
        col("source", Text, "the source it was collected from"),
        col("system", Text, "the system it happened in"),
        col("event_time", Time, "when it happened, by the source's clock"),
        col("account", Text, "account or tenant that received it"),
        col("region", Text, "region"),
        col("service", Text, "service used, e.g. iam.amazonaws.com"),
        col("action", Text, "what was done, e.g. CreateAccessKey"),
        col("actor_type", Text, "the source's type of the actor"),
        col("actor", Text, "the actor as logged, e.g. an ARN"),
        col("actor_id", Text, "the actor's immutable id, where the source says"),
        col("actor_name", Text, "the actor's name, where the source says"),
        col("credential_key", Text, "public id of the credential used"),
        col("session_issuer", Text, "who issued the session"),
        col("resource", Text, "what it was done to, where the source says"),
        col("outcome", Text, "success, denied or error"),
        col("error_code", Text, "the source's error code"),
        col("src_ip", Text, "where from: an address, or a service's name"),
        col("user_agent", Text, "the caller's own word on its software"),
        col(
            "mfa",
            Bool,
            "whether multi-factor authentication was used; null = the record does not say",
        ),
        col("read_only", Bool, "whether it could change nothing"),
        col("management", Bool, "whether it is a management event"),
        col("actor_account", Text, "the actor's own account, where the source says"),
        col("invoked_by", Text, "the service that acted for itself or on somebody's behalf"),
        col("source_identity", Text, "who the session says stands behind it (sourceIdentity)"),
        col("federated", Text, "the identity provider of a federated session, and its subject"),
        col("on_behalf_of", Text, "the person on whose behalf a service acted (onBehalfOf)"),
        col("issued_key", Text, "public id of the session credential that the call issued"),
        col("shared_event_id", Text, "the id that the same event has in other accounts"),
        col("session_mfa", Bool, "whether the session's record says mfaAuthenticated"),
        col("records", Int, "records of that run that told of it (duplicates included)"),
        col("tx_from_seq", Int, "ledger index that taught us"),
        col("evidence", Text, "the first record that told of it, as artifact-digest#record"),
    ],
);

pub(super) const USAGE_DAILY: Table = event(
    TableId::UsageDaily,
    "day",
    "uses rolled up by day, actor, credential, action and outcome",
    &[
        col("day", Time, "midnight UTC of the day"),
        col("source", Text, "the source"),
        col("system", Text, "the system"),
        col("actor_type", Text, "the source's type of the actor"),
        col("actor", Text, "the actor as logged"),
        col("credential_key", Text, "public id of the credential used"),
        col("service", Text, "service used"),
        col("action", Text, "what was done"),
        col("outcome", Text, "success, denied or error"),
        col("src_ip", Text, "where from"),
        col("mfa", Bool, "whether multi-factor authentication was used"),
        col("events", Int, "distinct events"),
        col("first_at", Time, "first of the day"),
        col("last_at", Time, "last of the day"),
        col("unattributed", Int, "events without an actor"),
        col("incomplete", Int, "events that lack who, what, when, where or outcome"),
    ],
);

pub(super) const COVERAGE: Table = event(
    TableId::Coverage,
    "stream",
    "what is known of the completeness of a stream over an interval, as last stated",
    &[
        col("source", Text, "the source"),
        col("system", Text, "the system"),
        col("stream", Text, "grants, usage, …"),
        col("covered_from", Time, "start of the interval"),
        col("covered_to", Time, "end of the interval"),
        col("status", Text, "proven, asserted, gap or unknown"),
        col("proof_kind", Text, "commit_chain, delivery_manifest, …"),
        col("detail", Text, "why"),
        col(
            "part_of",
            Text,
            "the log or list of which the source keeps a stretch, as declared; null = a whole of its own",
        ),
        col("run", Text, "the run that found it"),
        col("tx_from_seq", Int, "ledger index that taught us"),
        col("tx_to_seq", Int, "ledger index that superseded it; null = still what we know"),
    ],
);

pub(super) const RUNS: Table = event(
    TableId::Runs,
    "run",
    "one collection of one source",
    &[
        col("run", Text, "the run"),
        col("source", Text, "the source"),
        col("source_kind", Text, "its kind"),
        col("system", Text, "the system"),
        col("scope", Text, "what was asked for"),
        col("kind", Text, "full, delta, events or file"),
        col("started_at", Time, "start"),
        col("ended_at", Time, "end"),
        col("outcome", Text, "complete, partial or failed"),
        col("reader_version", Int, "version of the reader"),
        col("artifacts", Int, "artifacts received"),
        col("records", Int, "records inside them"),
        col("with_facts", Int, "records that gave facts"),
        col("skipped", Int, "records skipped with a reason"),
        col("rejected", Int, "records that could not be understood"),
        col("gaps", Int, "gaps recorded"),
        col("gap_detail", Text, "the first gaps, one per line"),
        col("checks", Text, "checks that ran, separated by spaces"),
        col("seq", Int, "ledger index of the run's entry"),
    ],
);

pub(super) const ARTIFACTS: Table = event(
    TableId::Artifacts,
    "name",
    "bytes as received from a source",
    &[
        col("run", Text, "the run that received it"),
        col("source", Text, "the source"),
        col("name", Text, "its name at the source"),
        col("blob", Text, "SHA-256 of the bytes"),
        col("media_type", Text, "what the bytes are"),
        col("bytes", Int, "number of bytes"),
        col("records", Int, "records inside"),
        col("with_facts", Int, "records that gave facts"),
        col("skipped", Int, "records skipped with a reason"),
        col("rejected", Int, "records that could not be understood"),
        col("records_root", Text, "Merkle root over the salted record commitments"),
        col("seq", Int, "ledger index of its entry"),
    ],
);

pub(super) const ENTRIES: Table = event(
    TableId::Entries,
    "seq",
    "the ledger, one row per entry",
    &[
        col("seq", Int, "ledger index"),
        col("kind", Text, "what the entry is"),
        col("at", Time, "when it was written, by the writer's clock"),
        col("actor", Text, "who wrote it"),
        col("stream", Text, "the stream it belongs to"),
        col("rev", Int, "its number in the stream"),
        col("leaf_hash", Text, "RFC 6962 leaf hash"),
    ],
);
