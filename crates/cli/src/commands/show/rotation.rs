//! What a credential replaced, and what replaced it.

use serde_json::json;

use super::look::{Look, Row, json, list};
use super::page::Section;

pub(super) fn section(look: &Look<'_>, credentials: &[&str]) -> anyhow::Result<Section> {
    let ids = list(credentials.iter().copied());
    let rows = look.rows(&format!(
        "SELECT * FROM rotations WHERE old_credential_id IN ({ids}) OR new_credential_id IN ({ids})
         ORDER BY new_created_hi, old_created_hi, old_credential_id"
    ))?;
    let is_own =
        |row: &Row, column: &str| row.text(column).is_some_and(|id| credentials.contains(&id));
    let mut section = Section::new("rotation", json!({"rows": json(&rows)}));
    for row in &rows {
        let (old, new) = (is_own(row, "old_credential_id"), is_own(row, "new_credential_id"));
        let line = match (old, new) {
            (true, true) => {
                format!("relabelled {}", row.text("new_created_hi").unwrap_or_default())
            }
            (false, _) => format!(
                "replaces {} (made {})",
                row.text("old_key").unwrap_or("?"),
                row.text("old_created_hi").unwrap_or_default()
            ),
            (true, false) => match row.text("new_key") {
                Some(new) => format!(
                    "replaced by {new} (made {})",
                    row.text("new_created_hi").unwrap_or_default()
                ),
                None => {
                    section = section.line("not replaced so far");
                    continue;
                }
            },
        };
        section = told(section, row, &line);
    }
    Ok(section)
}

/// The line, the verdict and what it rests on.
fn told(section: Section, row: &Row, line: &str) -> Section {
    let verdict = row.text("verdict").unwrap_or("not_known");
    let mut parts = vec![format!("{line}: {}", verdict.replace('_', " "))];
    parts.extend(row.own("why"));
    parts.extend(row.text("old_used_after_new_at").map(|at| format!("old last used {at}")));
    let line = parts.join("; ");
    match verdict {
        "complete" => section.line(line),
        _ => section.warn(line),
    }
}
