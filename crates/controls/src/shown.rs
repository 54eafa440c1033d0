//! Over which time a stream of a system is proven or asserted to be complete, as a view for queries that
//! compare two sources.

use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;

/// Maximal stretches, less those of which a gap is stated.
const SHOWN: &str = "CREATE VIEW shown AS
    WITH stretches AS (
        SELECT split_part(key, ' ', 1) AS system, split_part(key, ' ', 2) AS stream, from_ts, to_ts
        FROM islands('SELECT system || '' '' || stream AS key, covered_from AS from_ts, covered_to AS to_ts FROM coverage
                      WHERE status IN (''proven'', ''asserted'')')
    )
    SELECT s.system, s.stream, s.from_ts, s.to_ts FROM stretches s
    LEFT JOIN coverage g ON g.system = s.system AND g.stream = s.stream AND g.status = 'gap' AND g.covered_from < s.to_ts AND g.covered_to > s.from_ts
    WHERE g.system IS NULL";

/// Adds the view to a session.
pub(crate) async fn register(context: &SessionContext) -> Result<(), DataFusionError> {
    context.sql(SHOWN).await?.collect().await?;
    Ok(())
}
