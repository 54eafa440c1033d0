//! The dossier of an identity: a user, a role, any account.

use serde_json::{Value, json};

use super::coverage::Coverage;
use super::life::Life;
use super::look::{Look, Row, json, list, literal, since, until};
use super::page::{Dossier, Section, counted, short};
use super::uses::Uses;
use super::{decisions, privileges, sessions, trust, whose};

/// So many credentials and grants are told of.
const TOLD: usize = 5;

/// Versions of one identity, oldest first.
pub(super) fn dossier(look: &Look<'_>, versions: &[Row]) -> anyhow::Result<Dossier> {
    let last = versions.last().cloned().unwrap_or_default();
    let text = |column: &str| last.text(column).unwrap_or_default();
    let (id, native, login) = (text("identity_id"), text("native_id"), text("login"));
    // The display name of an IAM identity is its ARN with the path, as logs write it.
    let names = list([native, text("display_name")]);
    let uses = Uses::of(look, format!("(actor IN ({names}) OR session_issuer IN ({names}))"))?;
    let coverage = Coverage::of(look, last.text("system"))?;
    let is_role = text("kind") == "assumable_role";
    let mut sections = vec![whose::section(look, Some(&last), &[native, login])?, created(&last)];
    sections.push(Life { versions, uses: &uses, coverage: &coverage }.section(look)?);
    sections.extend([credentials(look, id)?, grants(look, id)?]);
    if is_role {
        sections.push(trust::section(look, &last)?);
    }
    if coverage.is_without_log() {
        let silent = "no log of its uses is collected";
        sections.push(Section::new("uses", json!({})).line(silent).unknown("its uses"));
    } else {
        sections.push(uses.summary()?);
    }
    if uses.count() > 0 {
        let own = sign_in(&last);
        sections.extend([uses.last_use(Some(&[own]))?, uses.origins()?]);
    }
    if !coverage.is_without_log() || privileges::are_known(look, id)? {
        sections.push(privileges::section(look, Some(id), uses.condition())?);
    }
    let (of, by) = if is_role { ("role", "behind") } else { ("behind", "role") };
    if !coverage.is_without_log() {
        let condition = format!("{of} IN ({names})");
        sections.push(sessions::section(look, "sessions", &condition, by)?);
        sections.push(coverage.section());
    }
    let decisions = decisions::section(look, &[id, native, login], Some(id))?;
    sections.extend([decisions, decisions::findings(look)?]);
    let name = if login.is_empty() { native } else { login };
    let kind = text("native_type").replace('-', " ");
    Ok(Dossier {
        kind: "identity",
        title: format!("{name}  {kind} of {}", text("system")),
        remarks: Vec::new(),
        sections,
    })
}

/// The source's own record of the last sign-in, as records of last use are given.
fn sign_in(identity: &Row) -> Row {
    let at = identity.0.iter().filter(|(name, _)| name == "last_auth_at");
    Row(at.map(|(_, at)| ("last_used_at".to_owned(), at.clone())).collect())
}

fn created(identity: &Row) -> Section {
    let (when, by) = (identity.text("created_at_src"), identity.text("created_by"));
    let section = Section::new("created", json!({"at": when, "by": by}));
    let section = match (when, by) {
        (None, None) => section,
        (when, by) => section.line(format!(
            "{} by {}",
            when.unwrap_or("at a time not known"),
            by.unwrap_or("nobody known")
        )),
    };
    section
        .unknown_if(when.is_none(), "when it was created")
        .unknown_if(by.is_none(), "who created it")
}

fn credentials(look: &Look<'_>, id: &str) -> anyhow::Result<Section> {
    let rows = look.rows(&format!(
        "SELECT c.*, u.uses, u.last_at FROM credentials c LEFT JOIN (
            SELECT credential_key, count(*) AS uses, max(event_time) AS last_at
            FROM usage WHERE credential_key IS NOT NULL GROUP BY 1
         ) u ON u.credential_key = c.public_id
         WHERE c.identity_id = {} ORDER BY c.valid_from_hi DESC, c.credential_id, c.version_no DESC",
        literal(id)
    ))?;
    let mut latest: Vec<&Row> = Vec::new();
    for row in &rows {
        if !latest.iter().any(|known| known.text("credential_id") == row.text("credential_id")) {
            latest.push(row);
        }
    }
    let section = Section::new("credentials", json(&rows));
    if latest.is_empty() {
        return Ok(section.line("none known").unknown("credentials"));
    }
    let section = latest.iter().take(TOLD).fold(section, |s, row| s.line(credential(row)));
    let more = latest.len().saturating_sub(TOLD);
    Ok(if more > 0 { section.dim(format!("and {more} more")) } else { section })
}

fn credential(row: &Row) -> String {
    let kind = row.text("native_kind").unwrap_or("credential").replace('_', " ");
    let name = row.text("public_id").map(|id| format!("{id} ")).unwrap_or_default();
    let state = match row.text("valid_to_hi") {
        Some(at) => format!("ended {at}"),
        None => row.text("status").unwrap_or("status not said").to_owned(),
    };
    let last = match (row.text("last_at"), row.text("last_used_at")) {
        (Some(at), _) => format!("{}, last {at}", counted(row.int("uses"), "use", "uses")),
        (None, Some(at)) => format!("last used {at} by the source's record"),
        (None, None) => "no use known".to_owned(),
    };
    format!("{name}{kind}, {state}, {last}")
}

fn grants(look: &Look<'_>, id: &str) -> anyhow::Result<Section> {
    let rows = look.rows(&format!(
        "SELECT * FROM grants WHERE identity_id = {}
         ORDER BY valid_to_hi IS NOT NULL, valid_from_hi DESC, entitlement, grant_id",
        literal(id)
    ))?;
    let section = Section::new("grants", json(&rows));
    if rows.is_empty() {
        return Ok(section.line("none known").unknown("grants"));
    }
    let section = rows.iter().take(TOLD).fold(section, |s, row| s.line(grant(row)));
    let more = rows.len().saturating_sub(TOLD);
    Ok(if more > 0 { section.dim(format!("and {more} more")) } else { section })
}

fn grant(row: &Row) -> String {
    let name = short(row.text("entitlement").unwrap_or("?"), 60);
    let approval = row.text("approval_ref").map(|r| format!(", approval {r}")).unwrap_or_default();
    match row.validity() {
        Some(v) => format!("{name} {} {}{approval}", since(&v), until(&v)),
        None => name,
    }
}

/// Versions of the identities that an id names, by identity.
pub(super) fn find(look: &Look<'_>, id: &str) -> anyhow::Result<Vec<Vec<Row>>> {
    let id = literal(id);
    let rows = look.rows(&format!(
        "SELECT * FROM identities WHERE identity_id IN (
            SELECT identity_id FROM identities WHERE identity_id = {id}
              OR lower(native_id) = lower({id}) OR lower(login) = lower({id}) OR display_name = {id})
         ORDER BY identity_id, version_no"
    ))?;
    let same = |a: &Row, b: &Row| a.text("identity_id") == b.text("identity_id");
    Ok(rows.chunk_by(same).map(<[Row]>::to_vec).collect())
}

/// Several identities of one name.
pub(super) fn names(found: &[Vec<Row>]) -> Value {
    found.iter().filter_map(|versions| versions.first()?.own("identity_id")).collect()
}
