//! A life as a bar: in which stretch it was in force, and in which it was used.

use serde_json::{Value, json};
use tenure_model::{Held, Timestamp, Validity};

use super::coverage::Coverage;
use super::look::{Look, Row, since, until};
use super::page::Section;
use super::uses::Uses;

/// Cells of the bar.
const CELLS: i64 = 56;
/// So many versions are told of.
const TOLD: usize = 4;

/// What a bar is drawn of.
pub(super) struct Life<'a> {
    /// Versions of one thing, oldest first.
    pub(super) versions: &'a [Row],
    pub(super) uses: &'a Uses<'a>,
    pub(super) coverage: &'a Coverage,
}

impl Life<'_> {
    /// The status history and its uses.
    pub(super) fn section(&self, look: &Look<'_>) -> anyhow::Result<Section> {
        let history: Vec<Value> = self.versions.iter().map(stretch).collect();
        let mut section = Section::new("life", json!({"history": history}));
        if let Some(scale) = self.scale() {
            let used = used_cells(look, self.uses.condition(), &scale)?;
            let states: String = (0..CELLS).map(|cell| self.state(&used, &scale, cell)).collect();
            let marks: String = (0..CELLS).map(|cell| self.mark(&used, &scale, cell)).collect();
            section = section
                .line(format!("|{states}| {} to {}", scale.begin.date(), scale.end.date()))
                .line(format!("|{marks}|"))
                .dim("█ active ▒ inactive × ended ▪ used · not used ? not known");
        }
        let told = self.versions.iter().take(TOLD).enumerate();
        let last = self.versions.len().saturating_sub(1);
        section = section.lines(told.map(|(place, row)| phrase(row, place == last)));
        let more = self.versions.len().saturating_sub(TOLD);
        Ok(if more > 0 { section.dim(format!("and {more} later versions")) } else { section })
    }

    /// From the first to the last instant that anything is known of.
    fn scale(&self) -> Option<Scale> {
        let starts = self.versions.iter().filter_map(Row::validity).map(|v| v.from_hi);
        let begin = starts.chain(self.uses.first()).min()?;
        let ends = self.versions.iter().filter_map(|row| row.time("valid_to_hi"));
        let end = ends.chain(self.coverage.end()).chain(self.uses.last()).max()?;
        let width = (end.micros() - begin.micros()) / CELLS + 1;
        (width > 1).then_some(Scale { begin, end, width })
    }

    /// What is in force in the middle of a cell: certain answers first. What a record shows in the
    /// cell was there.
    fn state(&self, used: &[i64], scale: &Scale, cell: i64) -> char {
        let at = scale.middle(cell);
        let held = |want: Held| {
            let mut all = self.versions.iter();
            all.find(|row| row.validity().is_some_and(|v| v.held_at(at) == want))
        };
        if let Some(version) = held(Held::Yes) {
            let shown = version.time("valid_from_hi").max(self.uses.last()).unwrap_or(at);
            let here = used.contains(&cell) || shown >= scale.start(cell);
            return match (version.text("status"), version.time("valid_to_hi")) {
                (_, None) if !here && !self.coverage.there_at(shown, at) => '?',
                (Some("inactive" | "disabled"), _) => '▒',
                _ => '█',
            };
        }
        if held(Held::Maybe).is_some() || self.versions.is_empty() {
            return '?';
        }
        let ended = |v: Validity| v.to_hi.is_some_and(|to| to <= at);
        if self.versions.iter().filter_map(Row::validity).any(ended) { '×' } else { ' ' }
    }

    fn mark(&self, used: &[i64], scale: &Scale, cell: i64) -> char {
        if used.contains(&cell) {
            return '▪';
        }
        let (from, to) = (scale.start(cell), scale.start(cell + 1).min(scale.end));
        if self.coverage.covers(from, to) { '·' } else { '?' }
    }
}

struct Scale {
    begin: Timestamp,
    end: Timestamp,
    width: i64,
}

impl Scale {
    const fn start(&self, cell: i64) -> Timestamp {
        self.begin.plus_micros(cell * self.width)
    }

    const fn middle(&self, cell: i64) -> Timestamp {
        self.begin.plus_micros(cell * self.width + self.width / 2)
    }
}

fn used_cells(look: &Look<'_>, uses: &str, scale: &Scale) -> anyhow::Result<Vec<i64>> {
    let micros = "CAST(arrow_cast(event_time, 'Timestamp(Microsecond, Some(\"UTC\"))') AS BIGINT)";
    let rows = look.rows(&format!(
        "SELECT DISTINCT ({micros} - {}) / {} AS cell FROM usage WHERE {uses}",
        scale.begin.micros(),
        scale.width
    ))?;
    Ok(rows.iter().map(|row| row.int("cell")).collect())
}

fn stretch(row: &Row) -> Value {
    json!({
        "status": row.text("status"),
        "from_lo": row.text("valid_from_lo"),
        "from_hi": row.text("valid_from_hi"),
        "to_lo": row.text("valid_to_lo"),
        "to_hi": row.text("valid_to_hi"),
        "basis": row.text("valid_basis"),
        "evidence": row.text("evidence"),
    })
}

/// Who ended it is said of the thing as a whole, so of its last version.
fn phrase(row: &Row, is_last: bool) -> String {
    let status = row.text("status").unwrap_or("in being (status not said)");
    match row.validity() {
        Some(v) => {
            let basis = row.text("valid_basis").unwrap_or("unknown").replace('_', " ");
            let end = row.text("revoked_by").filter(|_| is_last && v.to_hi.is_some());
            let by = end.map(|by| format!(", ended by {by}")).unwrap_or_default();
            format!("{status} {} ({basis}) {}{by}", since(&v), until(&v))
        }
        None => status.to_owned(),
    }
}
