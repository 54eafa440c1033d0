//! Whose something is: the identity, who stands behind it, who answers for it.

use serde_json::json;

use super::look::{Look, Row, json, list, literal};
use super::page::Section;

/// An identity as known last.
pub(super) fn identity(look: &Look<'_>, id: &str) -> anyhow::Result<Option<Row>> {
    look.first(&format!(
        "SELECT * FROM identities WHERE identity_id = {} ORDER BY version_no DESC LIMIT 1",
        literal(id)
    ))
}

/// `identity` is absent when nothing says whose it is; `targets` are native ids of what may be owned.
pub(super) fn section(
    look: &Look<'_>,
    identity: Option<&Row>,
    targets: &[&str],
) -> anyhow::Result<Section> {
    let id = identity.and_then(|row| row.text("identity_id"));
    let owners = look.rows(&format!(
        "SELECT owner, role, source, target FROM ownerships
         WHERE target IN ({}) AND valid_to_hi IS NULL ORDER BY owner, role",
        list(targets.iter().copied())
    ))?;
    let subjects = look.rows(&format!(
        "SELECT DISTINCT s.subject_id, s.kind, s.display_name, s.email, s.employment_status, l.basis
         FROM subject_links l JOIN subjects s ON s.subject_id = l.subject_id
         WHERE l.identity_id IN ({}) AND l.valid_to_hi IS NULL AND s.valid_to_hi IS NULL ORDER BY 1",
        list(id)
    ))?;
    let facts = json!({
        "identity": identity.map(Row::json), "owners": json(&owners), "subjects": json(&subjects),
    });
    let mut section = Section::new("whose", facts);
    section = match identity {
        Some(row) => account(section, row),
        None => section.warn("nothing says whose it is").unknown("whose it is"),
    };
    for subject in &subjects {
        section = section.line(format!(
            "behind it: {} ({}, {}; linked by {})",
            subject.text("display_name").or_else(|| subject.text("email")).unwrap_or("?"),
            subject.text("kind").unwrap_or("unknown"),
            subject.text("employment_status").unwrap_or("status not said"),
            subject.text("basis").unwrap_or("a basis not said")
        ));
    }
    let owned = owners.iter().take(3).map(|o| {
        let role = o.text("role").unwrap_or("owner");
        format!(
            "{} ({role}, by {})",
            o.text("owner").unwrap_or("?"),
            o.text("source").unwrap_or("?")
        )
    });
    let owned: Vec<_> = owned.collect();
    Ok(if owned.is_empty() {
        section.unknown("owner")
    } else {
        section.line(format!("owner {}", owned.join(", ")))
    })
}

fn account(section: Section, row: &Row) -> Section {
    let kind = row.text("kind").unwrap_or("unknown");
    let basis = row.text("kind_basis").map(|basis| format!(": {basis}")).unwrap_or_default();
    let mut section = section
        .line(format!(
            "{} {}",
            row.text("native_type").unwrap_or_default(),
            row.text("native_id").unwrap_or_default()
        ))
        .line(format!("kind {}{basis}", kind.replace('_', " ")));
    let said = ["status", "purpose", "environment", "tier"].iter().filter_map(|column| {
        row.text(column).map(|value| format!("{} {value}", column.replace('_', " ")))
    });
    let mfa = row.flag("mfa").map(|mfa| if mfa { "MFA enabled" } else { "no MFA" }.to_owned());
    let said: Vec<_> = said.chain(mfa).collect();
    if !said.is_empty() {
        section = section.line(said.join(", "));
    }
    section
        .unknown_if(row.text("purpose").is_none(), "purpose")
        .unknown_if(kind == "unknown", "whether a person or a program uses it")
}
