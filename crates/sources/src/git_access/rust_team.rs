//! The layout of the Rust project's team repository: one file per person, one per team.
//!
//! Alumni are past members and hold nothing. What a team holds as a whole (a permission, a place in
//! another team, a team at GitHub) is a grant of the team and not of its members.

use std::borrow::Cow;

use toml::{Table, Value};

use super::doc::{Doc, Kind, Person};
use super::layout::FileKind;

/// Keys of `[people]` that include everybody of a sort.
const SETS: &[(&str, &str)] = &[
    ("include-all-team-members", "set:all-team-members"),
    ("include-team-leads", "set:team-leads"),
    ("include-wg-leads", "set:wg-leads"),
    ("include-project-group-leads", "set:project-group-leads"),
    ("include-all-alumni", "set:all-alumni"),
];

/// Nesting of `[permissions]` at most.
const MAX_DEPTH: usize = 8;

/// Reads one file.
pub(super) fn parse<'a>(kind: FileKind, text: &str) -> Result<Doc<'a>, String> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map(|span| 1 + text[..span.start].matches('\n').count());
        let message = error.message().to_owned();
        line.map_or_else(|| message.clone(), |line| format!("line {line}: {message}"))
    })?;
    let mut doc = Doc::default();
    match kind {
        FileKind::Person => person(&table, &mut doc)?,
        FileKind::Team => team(&table, &mut doc)?,
        FileKind::Org | FileKind::Teams | FileKind::Owners => {
            return Err("it is of another layout".to_owned());
        }
    }
    Ok(doc)
}

fn person(table: &Table, doc: &mut Doc<'_>) -> Result<(), String> {
    let login = table.get("github").and_then(Value::as_str).ok_or("it has no 'github'")?;
    let number = table.get("github-id").and_then(Value::as_integer);
    let person = Person {
        spelling: login.to_owned(),
        name: table.get("name").and_then(Value::as_str).map(str::to_owned),
        github_id: number.and_then(|number| u64::try_from(number).ok()),
    };
    doc.people.insert(login.to_lowercase(), person);
    permissions(table.get("permissions"), "permission", Kind::Permission, login, doc, 0);
    Ok(())
}

fn team(table: &Table, doc: &mut Doc<'_>) -> Result<(), String> {
    let name = table.get("name").and_then(Value::as_str).ok_or("it has no 'name'")?;
    let id = format!("team:{name}");
    let (member, lead) = (format!("{id}:member"), format!("{id}:lead"));
    let empty = Table::new();
    let people = match table.get("people") {
        Some(Value::Table(people)) => people,
        None => &empty,
        Some(_) => return Err("'people' is no table".to_owned()),
    };
    let members = names(people, "members")?;
    let leads = names(people, "leads")?;
    doc.roster(Kind::TeamMember, member.clone()).extend(members);
    doc.roster(Kind::TeamLead, lead.clone()).extend(leads);
    for included in names(people, "included-teams")? {
        doc.roster(Kind::TeamIncluded, member.clone()).push(Cow::Owned(format!("team:{included}")));
    }
    for (key, set) in SETS {
        if people.get(*key).and_then(Value::as_bool) == Some(true) {
            doc.roster(Kind::TeamIncluded, member.clone()).push(Cow::Borrowed(*set));
        }
    }
    github(table, name, &id, doc)?;
    permissions(table.get("permissions"), "permission", Kind::TeamPermission, &id, doc, 0);
    permissions(table.get("leads-permissions"), "permission", Kind::TeamPermission, &lead, doc, 0);
    Ok(())
}

/// Teams at GitHub that the team's members become part of.
fn github(table: &Table, name: &str, id: &str, doc: &mut Doc<'_>) -> Result<(), String> {
    let Some(list) = table.get("github") else { return Ok(()) };
    for entry in list.as_array().ok_or("'github' is no list of tables")? {
        let entry = entry.as_table().ok_or("'github' is no list of tables")?;
        let team = entry.get("team-name").and_then(Value::as_str).unwrap_or(name);
        for org in names(entry, "orgs")? {
            let at_github = format!("github:{org}/{team}:member");
            let extra = names(entry, "extra-teams")?
                .into_iter()
                .map(|extra| Cow::Owned(format!("team:{extra}")));
            let roster = doc.roster(Kind::TeamGithub, at_github);
            roster.push(Cow::Owned(id.to_owned()));
            roster.extend(extra);
        }
    }
    Ok(())
}

/// Permissions are named by the path of their keys and given by `true`.
fn permissions(
    value: Option<&Value>,
    path: &str,
    kind: Kind,
    holder: &str,
    doc: &mut Doc<'_>,
    depth: usize,
) {
    match value {
        Some(Value::Boolean(true)) => {
            doc.roster(kind, path.to_owned()).push(Cow::Owned(holder.to_owned()))
        }
        Some(Value::Table(table)) if depth < MAX_DEPTH => {
            for (key, value) in table {
                let separator = if depth == 0 { ':' } else { '.' };
                permissions(
                    Some(value),
                    &format!("{path}{separator}{key}"),
                    kind,
                    holder,
                    doc,
                    depth + 1,
                );
            }
        }
        _ => {}
    }
}

/// The names under a key: texts, or tables that name an account.
fn names<'a>(table: &Table, key: &str) -> Result<Vec<Cow<'a, str>>, String> {
    let Some(list) = table.get(key) else { return Ok(Vec::new()) };
    let list = list.as_array().ok_or_else(|| format!("'{key}' is no list"))?;
    list.iter()
        .map(|item| {
            let named = item.as_table().and_then(|table| table.get("github")).unwrap_or(item);
            let name =
                named.as_str().ok_or_else(|| format!("'{key}' holds something that is no name"))?;
            Ok(Cow::Owned(name.to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alumni_are_no_members_and_roles_are_read_over() {
        let text = "name = \"infra\"\n[people]\nleads = [\"Ann\"]\nmembers = [\"Ann\", { github = \"Bob\", roles = [\"x\"] }]\nalumni = [\"Cid\"]\nincluded-teams = [\"core\"]\n[permissions]\nbors.rust.review = true\nperf = false\n";
        let doc = parse(FileKind::Team, text).expect("a team");
        let found: Vec<String> = doc
            .rosters
            .iter()
            .map(|((_, id), names)| format!("{id} {}", names.join(",")))
            .collect();
        assert_eq!(
            found,
            [
                "team:infra:lead Ann",
                "team:infra:member Ann,Bob",
                "team:infra:member team:core",
                "permission:bors.rust.review team:infra",
            ]
        );
    }

    #[test]
    fn errors_name_the_line() {
        let error = parse(FileKind::Team, "name = \"a\"\nname = \"b\"\n").expect_err("a key twice");
        assert!(error.starts_with("line 2: "), "{error}");
    }
}
