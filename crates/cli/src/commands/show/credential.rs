//! The dossier of a key or any other credential.

use serde_json::json;

use super::coverage::Coverage;
use super::life::Life;
use super::look::{Look, Row, at, json, list, literal};
use super::page::{Dossier, Section, short};
use super::uses::Uses;
use super::{decisions, privileges, rotation, sessions, whose};

/// A credential by its public id (its versions may come from several systems), or a key that is
/// only seen in use (no versions at all).
pub(super) fn dossier(look: &Look<'_>, id: &str, versions: &[Row]) -> anyhow::Result<Dossier> {
    let key = versions.iter().find_map(|row| row.text("public_id")).unwrap_or(id);
    let uses = Uses::of(look, format!("credential_key = {}", literal(key)))?;
    let seen = look.first(&format!(
        "SELECT system, actor_type, actor FROM usage WHERE {} ORDER BY event_time, event_id LIMIT 1",
        uses.condition()
    ))?;
    let identity = match versions.iter().find_map(|row| row.text("identity_id")) {
        Some(id) => whose::identity(look, id)?,
        None => acting(look, seen.as_ref())?,
    };
    let systems = versions.iter().chain(&seen).filter_map(|row| row.text("system"));
    let coverage = Coverage::of(look, systems)?;
    let own: Vec<_> = versions.iter().filter_map(|row| row.text("credential_id")).collect();
    let identity_id = identity.as_ref().and_then(|row| row.text("identity_id"));
    let natives = [Some(key), identity.as_ref().and_then(|row| row.text("native_id"))];
    let natives: Vec<_> = natives.into_iter().flatten().collect();
    let targets: Vec<_> =
        own.iter().copied().chain(natives.iter().copied()).chain(identity_id).collect();
    let unknown = uses.count() > 0 && !versions.iter().any(is_listed);
    let sections = vec![
        whose::section(look, identity.as_ref(), &natives)?,
        created(look, versions, unknown)?,
        Life { versions, uses: &uses, coverage: &coverage }.section(look)?,
        rotation::section(look, &own)?,
        uses.summary()?,
        uses.last_use(Some(versions))?,
        uses.origins()?,
        privileges::section(look, identity_id, uses.condition())?,
        sessions::section(
            look,
            "sessions",
            &format!("behind_key = {0} OR parent_key = {0}", literal(key)),
            "role",
        )?,
        decisions::section(look, &targets, identity_id)?,
        decisions::findings(look)?,
        coverage.section(),
    ];
    let remarks = if unknown { vec![UNLISTED.to_owned()] } else { Vec::new() };
    Ok(Dossier {
        kind: "credential",
        title: title(key, versions, identity.as_ref()),
        remarks,
        sections,
    })
}

const UNLISTED: &str =
    "seen in use, in no listing: no record of its creation and no list of credentials has it";

fn title(key: &str, versions: &[Row], identity: Option<&Row>) -> String {
    let kind = versions.iter().find_map(|row| row.text("native_kind")).unwrap_or("credential");
    let whose = identity.and_then(|row| row.text("login").or_else(|| row.text("native_id")));
    format!("{key}  {} of {}", kind.replace('_', " "), whose.unwrap_or("nobody known"))
}

/// Whether more than its use tells of it.
fn is_listed(row: &Row) -> bool {
    let said = ["status", "created_by", "created_at_src", "slot", "last_used_source", "revoked_by"];
    said.iter().any(|column| row.text(column).is_some())
        || row.flag("never_used").is_some()
        || matches!(row.text("valid_basis"), Some("event" | "source_attribute"))
}

/// The identity that acts with it, when only its use is known.
fn acting(look: &Look<'_>, seen: Option<&Row>) -> anyhow::Result<Option<Row>> {
    let Some(actor) = seen.and_then(|row| row.text("actor")) else { return Ok(None) };
    let found = look.first(&format!(
        "SELECT * FROM identities WHERE native_id = {0} OR display_name = {0}
         ORDER BY version_no DESC, identity_id LIMIT 1",
        literal(actor)
    ))?;
    Ok(found.or_else(|| seen.map(|row| actor_only(row, actor))))
}

/// All that is known is the actor that the log names.
fn actor_only(seen: &Row, actor: &str) -> Row {
    let cell = |name: &str, value: &str| (name.to_owned(), value.into());
    let kind = seen.text("actor_type").unwrap_or("actor");
    Row(vec![
        cell("native_id", actor),
        cell("native_type", kind),
        cell("kind_basis", "the log names it as the actor, and nothing else tells of it"),
    ])
}

/// When, by whom, from where.
fn created(look: &Look<'_>, versions: &[Row], unlisted: bool) -> anyhow::Result<Section> {
    let first = versions.first();
    let when = first.and_then(|row| {
        let pinned = row.validity().filter(|v| v.from_lo == Some(v.from_hi)).map(|v| v.from_hi);
        versions.iter().find_map(|row| row.time("created_at_src")).or(pinned)
    });
    let by = versions.iter().find_map(|row| row.text("created_by"));
    let event = match (first, when) {
        (Some(first), Some(when)) if by.is_some() => {
            let records = list(first.text("evidence").unwrap_or_default().split(' '));
            look.first(&format!(
                "SELECT event_id, action, actor, src_ip, user_agent, session_mfa, evidence FROM usage
                 WHERE event_time = {} AND outcome = 'success'
                   AND (evidence IN ({records}) OR (action LIKE 'Create%' AND actor = {}))
                 ORDER BY CASE WHEN evidence IN ({records}) THEN 0 ELSE 1 END, event_id LIMIT 1",
                at(when),
                literal(by.unwrap_or_default())
            ))?
        }
        _ => None,
    };
    let facts = json!({
        "at": when.map(|at| at.to_string()), "by": by, "event": event.as_ref().map(Row::json),
        "versions": json(versions),
    });
    let section = Section::new("created", facts);
    let section = match (when, first.and_then(Row::validity)) {
        (Some(when), _) => section.line(format!("{when} by {}", by.unwrap_or("nobody known"))),
        (None, Some(v)) => section
            .line(format!("before {}, when a record first shows it", v.from_hi))
            .unknown("when it was created"),
        (None, None) => section.line("no record tells").unknown("when it was created"),
    };
    let section = section.unknown_if(by.is_none(), "who created it");
    Ok(match event {
        Some(event) => section.line(format!(
            "from {} with {}, event {}",
            event.text("src_ip").unwrap_or("an unnamed place"),
            short(event.text("user_agent").unwrap_or("an unnamed client"), 40),
            event.text("event_id").unwrap_or_default()
        )),
        None if unlisted => section,
        None => section.unknown("from where it was created"),
    })
}
