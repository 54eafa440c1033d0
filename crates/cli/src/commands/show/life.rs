//! A life as a bar: in which stretch it was in force, and in which it was used.

use serde_json::{Value, json};
use tenure_model::{Held, Timestamp, Validity};

use super::coverage::Coverage;
use super::look::{Look, Row, since, until};
use super::page::Section;

/// Cells of the bar.
const CELLS: i64 = 60;
/// So many versions are told of.
const TOLD: usize = 4;

/// The status history of versions of one thing (oldest first), and its uses.
pub(super) fn section(
    look: &Look<'_>,
    versions: &[Row],
    uses: &str,
    first_use: Option<Timestamp>,
    coverage: &Coverage,
) -> anyhow::Result<Section> {
    let history: Vec<Value> = versions.iter().map(stretch).collect();
    let mut section = Section::new("life", json!({"history": history}));
    let begin = versions.iter().filter_map(Row::validity).map(|v| v.from_hi).chain(first_use).min();
    let ends = versions.iter().filter_map(|row| row.time("valid_to_hi"));
    let end = ends.chain(coverage.reach().map(|(_, to)| to)).max();
    if let (Some(begin), Some(end)) = (begin, end)
        && end.micros() - begin.micros() >= CELLS
    {
        let scale = Scale { begin, width: (end.micros() - begin.micros()) / CELLS + 1 };
        let used = used_cells(look, uses, &scale)?;
        let bar: String = (0..CELLS).map(|cell| state(versions, scale.middle(cell))).collect();
        let marks: String = (0..CELLS)
            .map(|cell| match used.contains(&cell) {
                true => '▪',
                false if coverage.covers(scale.start(cell), scale.start(cell + 1).min(end)) => '·',
                false => '?',
            })
            .collect();
        section = section
            .line(format!("|{bar}| {} to {}", begin.date(), end.date()))
            .line(format!("|{marks}| █ active ▒ inactive × ended"))
            .dim("▪ used · not used ? nothing known".to_owned());
    }
    section = section.lines(versions.iter().take(TOLD).map(phrase));
    if versions.len() > TOLD {
        section = section.dim(format!("and {} later versions", versions.len() - TOLD));
    }
    Ok(section)
}

struct Scale {
    begin: Timestamp,
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

/// What is in force at an instant: certain answers first.
fn state(versions: &[Row], at: Timestamp) -> char {
    let held = |want: Held| {
        versions.iter().find(|row| row.validity().is_some_and(|v| v.held_at(at) == want))
    };
    if let Some(version) = held(Held::Yes) {
        return match version.text("status") {
            Some("inactive" | "disabled") => '▒',
            _ => '█',
        };
    }
    if held(Held::Maybe).is_some() || versions.is_empty() {
        return '?';
    }
    let ended = |v: Validity| v.to_hi.is_some_and(|to| to <= at);
    if versions.iter().filter_map(Row::validity).any(ended) { '×' } else { ' ' }
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

fn phrase(row: &Row) -> String {
    let status = row.text("status").unwrap_or("in being (status not said)");
    match row.validity() {
        Some(v) => {
            let basis = row.text("valid_basis").unwrap_or("unknown").replace('_', " ");
            let end = row.text("revoked_by").filter(|_| v.to_hi.is_some());
            let by = end.map(|by| format!(", ended by {by}")).unwrap_or_default();
            format!("{status} {} ({basis}) {}{by}", since(&v), until(&v))
        }
        None => status.to_owned(),
    }
}
