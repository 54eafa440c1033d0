//! Over which time the log is known to be complete, so what "not used" means.

use serde_json::json;
use tenure_model::Timestamp;

use super::look::{Look, Row, json, list};
use super::page::Section;

/// So many stretches are told of.
const TOLD: usize = 4;

/// What is known of the completeness of the logs of some systems.
pub(super) struct Coverage {
    rows: Vec<Row>,
    listed: Option<Timestamp>,
    last_event: Option<Timestamp>,
}

impl Coverage {
    pub(super) fn of<'t>(
        look: &Look<'_>,
        systems: impl IntoIterator<Item = &'t str>,
    ) -> anyhow::Result<Self> {
        let systems = list(systems);
        let rows = look.rows(&format!(
            "SELECT source, covered_from, covered_to, status, proof_kind, detail FROM coverage
             WHERE stream = 'usage' AND system IN ({systems})
             ORDER BY covered_from, covered_to, source"
        ))?;
        let listed = look.first(&format!(
            "SELECT max(ended_at) AS listed_at FROM runs
             WHERE kind = 'full' AND outcome = 'complete' AND system IN ({systems})"
        ))?;
        let last_event = look.first(&format!(
            "SELECT max(event_time) AS last_at FROM usage WHERE system IN ({systems})"
        ))?;
        Ok(Self {
            rows,
            listed: listed.and_then(|row| row.time("listed_at")),
            last_event: last_event.and_then(|row| row.time("last_at")),
        })
    }

    /// The last instant that the logs reach to, completely or not.
    pub(super) fn end(&self) -> Option<Timestamp> {
        self.rows.iter().filter_map(|r| r.time("covered_to")).max().max(self.last_event)
    }

    /// Whether no log of uses was collected at all.
    pub(super) const fn is_without_log(&self) -> bool {
        self.rows.is_empty() && self.last_event.is_none()
    }

    /// Whether what is not known to have ended is known to be there at an instant: what a record shows at
    /// `shown` is there as long as the log would tell of its end, or a whole listing still has it.
    pub(super) fn there_at(&self, shown: Timestamp, at: Timestamp) -> bool {
        at <= shown || self.listed.is_some_and(|listed| at <= listed) || self.covers(shown, at)
    }

    /// Whether the log is complete from one instant to another. Rows are in order of their start.
    pub(super) fn covers(&self, from: Timestamp, to: Timestamp) -> bool {
        let mut reached = from;
        for row in self.rows.iter().filter(|row| complete(row)) {
            let (Some(begin), Some(end)) = (row.time("covered_from"), row.time("covered_to"))
            else {
                continue;
            };
            if begin <= reached {
                reached = reached.max(end);
            }
        }
        reached >= to
    }

    pub(super) fn section(&self) -> Section {
        let facts = json!({"usage": json(&self.rows)});
        let mut section = Section::new("coverage", facts);
        if self.rows.is_empty() {
            return section
                .line("nothing is said of the completeness of the log: no use seen is not \"not used\"")
                .unknown("over which time the log is complete");
        }
        for row in self.rows.iter().take(TOLD) {
            let line = format!(
                "{} {} to {}{}",
                row.text("status").unwrap_or("unknown"),
                row.text("covered_from").unwrap_or_default(),
                row.text("covered_to").unwrap_or_default(),
                match row.text("proof_kind") {
                    None | Some("none") => String::new(),
                    Some(kind) => format!(" ({})", kind.replace('_', " ")),
                }
            );
            section = if complete(row) { section.line(line) } else { section.warn(line) };
        }
        if self.rows.len() > TOLD {
            section = section.dim(format!("and {} later stretches", self.rows.len() - TOLD));
        }
        let section = section
            .dim("\"not used\" holds where it is proven or asserted only; nothing is said of other times");
        if self.rows.iter().all(complete) {
            return section;
        }
        section.unknown("uses where the log is not proven or asserted to be complete")
    }
}

fn complete(row: &Row) -> bool {
    matches!(row.text("status"), Some("proven" | "asserted"))
}
