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
}

impl Coverage {
    pub(super) fn of<'t>(
        look: &Look<'_>,
        systems: impl IntoIterator<Item = &'t str>,
    ) -> anyhow::Result<Self> {
        let rows = look.rows(&format!(
            "SELECT source, covered_from, covered_to, status, proof_kind, detail FROM coverage
             WHERE stream = 'usage' AND system IN ({}) ORDER BY covered_from, covered_to, source",
            list(systems)
        ))?;
        Ok(Self { rows })
    }

    /// The first and last instant that anything is said of.
    pub(super) fn reach(&self) -> Option<(Timestamp, Timestamp)> {
        let from = self.rows.iter().filter_map(|r| r.time("covered_from")).min()?;
        Some((from, self.rows.iter().filter_map(|r| r.time("covered_to")).max()?))
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
        if self.rows.iter().all(complete) {
            return section;
        }
        section
            .dim("\"not used\" holds where it is proven or asserted only")
            .unknown("uses where the log is not proven or asserted to be complete")
    }
}

fn complete(row: &Row) -> bool {
    matches!(row.text("status"), Some("proven" | "asserted"))
}
