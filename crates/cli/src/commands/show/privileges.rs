//! What an identity can do, and which of it was used.

use std::collections::BTreeMap;

use serde_json::json;

use super::look::{Look, Row, json, literal};
use super::page::{Section, counted, short};

/// Services whose events name them otherwise than policies do (Service Authorization Reference).
const EVENT_NAMES: &[(&str, &str)] = &[("monitoring", "cloudwatch"), ("tagging", "tag")];

/// Whether anything is said of what an identity can effectively do.
pub(super) fn are_known(look: &Look<'_>, identity: &str) -> anyhow::Result<bool> {
    let identity = literal(identity);
    let sql = format!("SELECT count(*) FROM privileges WHERE identity_id = {identity}");
    Ok(look.count(&sql)? > 0)
}

/// `uses` is the condition over `usage`.
pub(super) fn section(
    look: &Look<'_>,
    identity: Option<&str>,
    uses: &str,
) -> anyhow::Result<Section> {
    let id = literal(identity.unwrap_or_default());
    let granted = look.rows(&format!(
        "SELECT kind, service, level, escalation, statement, condition_expr, bounded_by, note, evidence
         FROM privileges WHERE identity_id = {id} AND valid_to_hi IS NULL
         ORDER BY kind, service, escalation, statement"
    ))?;
    let used = look.rows(&format!(
        "SELECT service, count(*) AS uses,
            sum(CASE WHEN outcome = 'denied' THEN 1 ELSE 0 END) AS denied,
            max(event_time) AS last_at
         FROM usage WHERE {uses} AND service IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
    ))?;
    let levels = levels(&granted);
    let names: Vec<_> = used.iter().map(name).collect();
    let unused: Vec<_> =
        levels.keys().filter(|s| **s != "*" && !names.iter().any(|n| n == *s)).copied().collect();
    let escalations: Vec<_> = granted.iter().filter_map(|row| row.text("escalation")).collect();
    let facts = json!({
        "granted": json(&granted), "used": json(&used),
        "granted_not_used": unused, "escalations": escalations,
    });
    let section = Section::new("services", facts);
    let told = used.iter().take(5).map(|row| told(row, &levels, granted.is_empty()));
    let told: Vec<_> = told.collect();
    let more = used.len().saturating_sub(told.len());
    let section = match told.is_empty() {
        true => section.line("used none in the log"),
        false if more > 0 => section.line(format!("used {} and {more} more", told.join(", "))),
        false => section.line(format!("used {}", told.join(", "))),
    };
    if granted.is_empty() {
        return entitlements(look, section.unknown("effective privileges"), &id);
    }
    Ok(told_granted(section, &levels, &unused, &escalations))
}

fn told_granted(
    section: Section,
    levels: &BTreeMap<&str, &str>,
    unused: &[&str],
    escalations: &[&str],
) -> Section {
    let total = i64::try_from(levels.len()).unwrap_or(i64::MAX);
    let all = levels.get("*").map(|level| format!(", {level} on every service"));
    let mut section = section.line(format!(
        "granted {}{}; granted and not seen used: {}",
        counted(total, "service", "services"),
        all.unwrap_or_default(),
        if unused.is_empty() { "none".to_owned() } else { short(&unused.join(", "), 120) }
    ));
    if !escalations.is_empty() {
        section =
            section.warn(format!("could gain more by {}", short(&escalations.join(", "), 120)));
    }
    section
}

/// What is known where no policy was judged: the names of what is held.
fn entitlements(look: &Look<'_>, section: Section, id: &str) -> anyhow::Result<Section> {
    let rows = look.rows(&format!(
        "SELECT DISTINCT entitlement FROM grants
         WHERE identity_id = {id} AND valid_to_hi IS NULL ORDER BY 1"
    ))?;
    let names: Vec<_> = rows.iter().filter_map(|row| row.text("entitlement")).collect();
    Ok(match names.is_empty() {
        true => section.dim("what its identity may do is not known"),
        false => section.line(format!("its identity holds {}", short(&names.join(", "), 160))),
    })
}

/// The highest level by service.
fn levels(granted: &[Row]) -> BTreeMap<&str, &str> {
    const ORDER: [&str; 4] = ["unknown", "read", "write", "admin"];
    let rank = |level: &str| ORDER.iter().position(|l| *l == level);
    let mut levels = BTreeMap::new();
    for row in granted.iter().filter(|row| row.text("kind") == Some("service")) {
        let (Some(service), Some(level)) = (row.text("service"), row.text("level")) else {
            continue;
        };
        let known = levels.entry(service).or_insert(level);
        if rank(level) > rank(known) {
            *known = level;
        }
    }
    levels
}

fn name(row: &Row) -> &str {
    let service = row.text("service").unwrap_or_default();
    let service = service.strip_suffix(".amazonaws.com").unwrap_or(service);
    EVENT_NAMES.iter().find(|(event, _)| *event == service).map_or(service, |(_, policy)| policy)
}

fn told(row: &Row, levels: &BTreeMap<&str, &str>, unjudged: bool) -> String {
    let service = name(row);
    let level = match levels.get(service).or_else(|| levels.get("*")) {
        _ if unjudged => String::new(),
        Some(level) => format!("; {level} granted"),
        None => "; no grant known".to_owned(),
    };
    let denied = match row.int("denied") {
        0 => String::new(),
        n => format!(", {n} denied"),
    };
    format!("{service} ({}{denied}{level})", row.int("uses"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[(&str, &str)]) -> Row {
        Row(cells.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect())
    }

    #[test]
    fn the_highest_level_of_a_service_counts() {
        let service =
            |name, level| row(&[("kind", "service"), ("service", name), ("level", level)]);
        let path = row(&[("kind", "escalation"), ("escalation", "CreatePolicyVersion")]);
        let rows = [service("s3", "read"), service("s3", "admin"), service("s3", "write"), path];
        assert_eq!(levels(&rows), BTreeMap::from([("s3", "admin")]));
    }

    #[test]
    fn a_use_is_told_with_the_level_that_allows_it() {
        let levels = BTreeMap::from([("cloudwatch", "read")]);
        let used = |service: &str| {
            Row(vec![
                ("service".to_owned(), service.into()),
                ("uses".to_owned(), 3.into()),
                ("denied".to_owned(), 1.into()),
            ])
        };
        let told = |service, unjudged| told(&used(service), &levels, unjudged);
        assert_eq!(
            told("monitoring.amazonaws.com", false),
            "cloudwatch (3, 1 denied; read granted)"
        );
        assert_eq!(told("s3.amazonaws.com", false), "s3 (3, 1 denied; no grant known)");
        assert_eq!(told("s3.amazonaws.com", true), "s3 (3, 1 denied)");
    }
}
