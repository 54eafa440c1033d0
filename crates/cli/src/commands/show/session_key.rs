//! The dossier of a temporary key: back to whoever started the session.

use super::coverage::Coverage;
use super::look::{Look, Row, json, literal};
use super::page::{Dossier, Section, counted, short};
use super::uses::Uses;
use super::{privileges, sessions, whose};

/// So many hops are told of.
const TOLD: usize = 8;

pub(super) fn dossier(look: &Look<'_>, chain: &Row) -> anyhow::Result<Dossier> {
    let key = chain.text("credential_key").unwrap_or_default();
    let uses = Uses::of(look, format!("credential_key = {}", literal(key)))?;
    let coverage = Coverage::of(look, chain.text("system"))?;
    let role = match chain.text("role") {
        Some(role) => by_arn(look, role)?,
        None => None,
    };
    let role_id = role.as_ref().and_then(|row| row.text("identity_id"));
    let of = chain.text("role").or_else(|| chain.text("behind")).unwrap_or("nobody known");
    let mut sections = vec![origin(chain), hops(look, chain)?];
    if let Some(role) = &role {
        let native = role.text("native_id").unwrap_or_default();
        sections.push(whose::section(look, Some(role), &[native])?);
    }
    sections.extend([
        uses.summary()?,
        uses.last_use(None)?,
        uses.origins()?,
        privileges::section(look, role_id, uses.condition())?,
        sessions::section(look, "sessions", &format!("parent_key = {}", literal(key)), "role")?,
        coverage.section(),
    ]);
    let unattributable = chain.text("basis") == Some("unattributable");
    let remarks = unattributable.then(|| "who stands behind it is not known".to_owned());
    Ok(Dossier {
        kind: "session",
        title: format!("{key}  temporary key, session of {}", short_arn(of)),
        remarks: remarks.into_iter().collect(),
        sections,
    })
}

/// An identity by its ARN, with or without the path.
fn by_arn(look: &Look<'_>, arn: &str) -> anyhow::Result<Option<Row>> {
    let plain = match arn.split_once('/') {
        Some((head, path)) => format!("{head}/{}", path.rsplit('/').next().unwrap_or(path)),
        None => arn.to_owned(),
    };
    look.first(&format!(
        "SELECT * FROM identities WHERE native_id IN ({}, {}) ORDER BY version_no DESC, identity_id LIMIT 1",
        literal(arn),
        literal(&plain)
    ))
}

/// The name in an ARN, without what comes before the last slash.
fn short_arn(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

fn origin(chain: &Row) -> Section {
    let section = Section::new("behind", chain.json());
    let basis = chain.text("basis").unwrap_or("unattributable");
    let hops = match chain.int("hops") {
        0 => String::new(),
        n => format!(", {}", counted(n, "hop", "hops")),
    };
    let why = chain.text("why");
    let mut section = match chain.text("behind") {
        Some(behind) => section.line(format!("{behind} ({}{hops})", basis.replace('_', " "))),
        None => section.warn(why.unwrap_or("nothing says who")).unknown("who stands behind it"),
    };
    if chain.text("behind").is_some()
        && let Some(why) = why
    {
        section = section.dim(why.to_owned());
    }
    if let Some(key) = chain.text("behind_key") {
        section = section.line(format!("with key {key}"));
    }
    if let Some(said) = chain.text("source_identity") {
        section = section.line(format!("the session says source identity {said}"));
    }
    if chain.flag("cross_account") == Some(true) {
        section = section.warn("the chain crosses accounts");
    }
    section
}

/// Each key of the chain, from this one back.
fn hops(look: &Look<'_>, chain: &Row) -> anyhow::Result<Section> {
    let mut rows = vec![chain.clone()];
    while let Some(parent) = rows.last().and_then(|row| row.text("parent_key")) {
        if rows.len() > TOLD || rows.iter().any(|row| row.text("credential_key") == Some(parent)) {
            break;
        }
        let sql =
            format!("SELECT * FROM session_chains WHERE credential_key = {}", literal(parent));
        match look.first(&sql)? {
            Some(row) => rows.push(row),
            None => break,
        }
    }
    let section = Section::new("chain", json(&rows));
    let more = rows.len() > TOLD;
    let section = rows.iter().take(TOLD).fold(section, |section, row| section.line(told(row)));
    let section = if more { section.dim("and further back") } else { section };
    Ok(match rows.last().and_then(|row| row.text("parent_key")) {
        Some(key) if !more => section.line(format!(
            "← {key} ({})",
            short(chain.text("behind").unwrap_or("nobody known"), 60)
        )),
        _ => section,
    })
}

fn told(row: &Row) -> String {
    let key = row.text("credential_key").unwrap_or_default();
    match row.text("issued_at") {
        Some(at) => format!(
            "← {key} by {} at {at}, {}, event {}",
            row.text("issuing_action").unwrap_or("a call not named"),
            short(row.text("role").unwrap_or("role not said"), 70),
            row.text("issued_event").unwrap_or_default()
        ),
        None => format!(
            "← {key}, first used {}; no event that issued it is in the log",
            row.text("first_used_at").unwrap_or("at a time not known")
        ),
    }
}

/// The chain of a temporary key, if it is one.
pub(super) fn chain(look: &Look<'_>, key: &str) -> anyhow::Result<Option<Row>> {
    look.first(&format!("SELECT * FROM session_chains WHERE credential_key = {}", literal(key)))
}
