//! Coverage by log rather than by source, and over which time a stream of a system is shown complete,
//! as views for queries.

use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;

/// Each statement with the log that it is about: what its source declared last to keep a stretch of,
/// or else the source itself. A gap of one source of a log is none where another one has it whole.
const LOG_COVERAGE: &str = "CREATE VIEW log_coverage AS
    WITH named AS (
        SELECT source, system, stream, covered_from, covered_to, status, proof_kind, detail,
            coalesce(first_value(part_of) OVER (PARTITION BY source, stream ORDER BY tx_from_seq DESC), source) AS log FROM coverage
    )
    SELECT n.log, n.source, n.system, n.stream, n.covered_from, n.covered_to, n.status, n.proof_kind, n.detail FROM named n
    LEFT JOIN (SELECT DISTINCT source, system, stream, log, covered_from, covered_to FROM named WHERE status IN ('proven', 'asserted')) o
        ON n.status = 'gap' AND o.system = n.system AND o.stream = n.stream AND o.log = n.log AND o.source <> n.source
        AND o.covered_from <= n.covered_from AND n.covered_to <= o.covered_to
    WHERE o.source IS NULL";

/// The logs of uses: `log`, `source` and `system`.
const USAGE_LOGS: &str = "CREATE VIEW usage_logs AS
    SELECT DISTINCT coalesce(c.log, u.source) AS log, u.source, u.system FROM (SELECT DISTINCT source, system FROM usage) u
    LEFT JOIN (SELECT DISTINCT source, system, log FROM log_coverage WHERE stream = 'usage') c ON c.source = u.source AND c.system = u.system";

/// Maximal stretches that every log of the stream proves or asserts, less those of which a gap is
/// stated. Where the logs of a stream cover different times, only whole stretches of them count.
const SHOWN: &str = "CREATE VIEW shown AS
    WITH stretches AS (
        SELECT split_part(key, ' ', 1) AS system, split_part(key, ' ', 2) AS stream, key AS log, from_ts, to_ts
        FROM islands('SELECT system || '' '' || stream || '' '' || log AS key, covered_from AS from_ts, covered_to AS to_ts FROM log_coverage
                      WHERE status IN (''proven'', ''asserted'')')
    ), logs AS (
        SELECT system, stream, count(DISTINCT log) AS logs FROM log_coverage GROUP BY system, stream
    ), common AS (
        SELECT s.system, s.stream, s.from_ts, s.to_ts, count(DISTINCT o.log) AS logs
        FROM stretches s JOIN stretches o ON o.system = s.system AND o.stream = s.stream AND o.from_ts <= s.from_ts AND s.to_ts <= o.to_ts
        GROUP BY s.system, s.stream, s.from_ts, s.to_ts
    )
    SELECT c.system, c.stream, c.from_ts, c.to_ts FROM common c JOIN logs l ON l.system = c.system AND l.stream = c.stream AND l.logs = c.logs
    LEFT JOIN log_coverage g ON g.system = c.system AND g.stream = c.stream AND g.status = 'gap' AND g.covered_from < c.to_ts AND g.covered_to > c.from_ts
    WHERE g.system IS NULL";

/// Adds the views to a session.
pub(crate) async fn register(context: &SessionContext) -> Result<(), DataFusionError> {
    for view in [LOG_COVERAGE, USAGE_LOGS, SHOWN] {
        context.sql(view).await?.collect().await?;
    }
    Ok(())
}
