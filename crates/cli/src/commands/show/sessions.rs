//! Sessions that something started: the temporary keys that its calls returned.

use serde_json::json;

use super::look::{Look, Row, json};
use super::page::{Section, counted, short};

/// `condition` is over `session_chains`.
pub(super) fn section(
    look: &Look<'_>,
    label: &'static str,
    condition: &str,
    group: &str,
) -> anyhow::Result<Section> {
    let rows = look.rows(&format!(
        "SELECT coalesce({group}, 'not known') AS name, count(*) AS sessions, sum(uses) AS uses,
            min(coalesce(issued_at, first_used_at)) AS first_at,
            max(coalesce(issued_at, first_used_at)) AS last_at
         FROM session_chains WHERE {condition} GROUP BY 1 ORDER BY 2 DESC, 1"
    ))?;
    let section = Section::new(label, json!({"by": group, "rows": json(&rows)}));
    if rows.is_empty() {
        return Ok(section.line("none in the log"));
    }
    let total: i64 = rows.iter().map(|row| row.int("sessions")).sum();
    let more = rows.len().saturating_sub(3);
    let section =
        section.line(counted(total, "session", "sessions")).lines(rows.iter().take(3).map(told));
    Ok(if more > 0 { section.dim(format!("and {more} more")) } else { section })
}

fn told(row: &Row) -> String {
    format!(
        "{} × {}, {}",
        row.int("sessions"),
        short(row.text("name").unwrap_or_default(), 60),
        counted(row.int("uses"), "use", "uses")
    )
}
