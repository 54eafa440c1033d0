//! What is stated of every stream, and which runs there were, as the tables have it.

use std::collections::BTreeMap;

use tenure_model::evaluation::{CoverageStretch, PopulationSource};
use tenure_model::ids::Seq;

use crate::cells::{Rows, Texts};
use crate::session::{QueryError, Session};

/// Everything that is stated, whenever it is about.
pub(crate) struct Known {
    /// Each with its system.
    pub(crate) stretches: Vec<(CoverageStretch, String)>,
    pub(crate) sources: Vec<PopulationSource>,
}

/// Reads what is stated about every stream, and which runs there were.
pub(crate) fn known(session: &Session) -> Result<Known, QueryError> {
    Ok(Known { stretches: stretches(session)?, sources: sources(session)? })
}

/// Statements by source and stream. What a source declares last to be a part of counts for
/// everything that it stated.
fn stretches(session: &Session) -> Result<Vec<(CoverageStretch, String)>, QueryError> {
    let sql = "SELECT source, system, stream, covered_from, covered_to, status, detail, \
               first_value(part_of) OVER (PARTITION BY source, stream ORDER BY tx_from_seq DESC) AS part_of \
               FROM coverage ORDER BY source, stream, covered_from, covered_to, status";
    let mut stretches = Vec::new();
    for batch in session.sql(sql)? {
        let rows = Rows::new("coverage", &batch);
        let text = |name: &str| rows.need(name, rows.text(name)?);
        let (source, system, stream) = (text("source")?, text("system")?, text("stream")?);
        let (status, detail, part_of) = (text("status")?, text("detail")?, text("part_of")?);
        let from = rows.need("covered_from", rows.time("covered_from")?)?;
        let to = rows.need("covered_to", rows.time("covered_to")?)?;
        for row in 0..batch.num_rows() {
            let (Some(start), Some(end)) = (from.get(row), to.get(row)) else { continue };
            if start > end {
                continue;
            }
            let get = |column: &Texts| column.get(row).unwrap_or_default().to_owned();
            let system = get(&system);
            let stretch = CoverageStretch {
                source: get(&source),
                stream: get(&stream),
                from: start,
                to: end,
                status: get(&status),
                part_of: part_of.get(row).map(|name| format!("{system}/{name}")),
                detail: get(&detail),
            };
            stretches.push((stretch, system));
        }
    }
    Ok(stretches)
}

fn sources(session: &Session) -> Result<Vec<PopulationSource>, QueryError> {
    let mut by_source: BTreeMap<(String, String), Vec<(String, Seq)>> = BTreeMap::new();
    let sql = "SELECT source, source_kind, run, CAST(seq AS VARCHAR) AS seq FROM runs ORDER BY seq";
    for batch in session.sql(sql)? {
        let rows = Rows::new("runs", &batch);
        let text = |name: &str| rows.need(name, rows.text(name)?);
        let (source, kind, run, seq) =
            (text("source")?, text("source_kind")?, text("run")?, text("seq")?);
        for row in 0..batch.num_rows() {
            let get = |column: &Texts| column.get(row).unwrap_or_default().to_owned();
            let seq =
                get(&seq).parse().map_err(|_| rows.shape("a run without an index".to_owned()))?;
            by_source.entry((get(&source), get(&kind))).or_default().push((get(&run), Seq(seq)));
        }
    }
    Ok(by_source
        .into_iter()
        .map(|((source, kind), runs)| PopulationSource { source, kind, runs })
        .collect())
}
