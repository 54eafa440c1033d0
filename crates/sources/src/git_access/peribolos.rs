//! The peribolos layout: organisations and teams as the Kubernetes project writes them, and the
//! `OWNERS` files beside them.

use std::borrow::Cow;

use super::doc::{Doc, Kind};
use super::layout::{FileKind, Scope};
use super::yaml::{self, Node};

/// Keys of an organisation that describe it or hold addresses, and control nothing.
const DESCRIPTIVE: &[&str] = &[
    "name",
    "description",
    "company",
    "location",
    "blog",
    "email",
    "billing_email",
    "twitter_username",
];
/// Keys that are read on their own.
const STRUCTURE: &[&str] = &["admins", "members", "teams", "repos"];

/// Reads one file.
pub(super) fn parse<'a>(
    scope: &Scope,
    kind: FileKind,
    path: &str,
    text: &'a str,
) -> Result<Doc<'a>, String> {
    let node = yaml::parse(text)?;
    let mut reader = Reader { org: scope.organisation(path).to_owned(), doc: Doc::default() };
    match kind {
        FileKind::Org => reader.organisation(node)?,
        FileKind::Teams => {
            known(&node, &["teams"], &mut reader.doc.oddities)?;
            reader.teams(take(node, "teams"))?;
        }
        FileKind::Owners => reader.owners(scope.directory(path), node)?,
        FileKind::Person | FileKind::Team => return Err("it is of another layout".to_owned()),
    }
    Ok(reader.doc)
}

struct Reader<'a> {
    org: String,
    doc: Doc<'a>,
}

impl<'a> Reader<'a> {
    fn organisation(&mut self, node: Node<'a>) -> Result<(), String> {
        let Node::Map(entries) = node else { return Err("it is no map".to_owned()) };
        let scope = format!("org:{}", self.org);
        self.doc.roster(Kind::OrgAdmin, format!("{scope}:admin"));
        self.doc.roster(Kind::OrgMember, format!("{scope}:member"));
        for (key, value) in entries {
            match (key.as_ref(), value) {
                ("admins", value) => self.names(Kind::OrgAdmin, format!("{scope}:admin"), value)?,
                ("members", value) => {
                    self.names(Kind::OrgMember, format!("{scope}:member"), value)?
                }
                ("teams", value) => self.teams(value)?,
                (name, Node::Text(value)) if !DESCRIPTIVE.contains(&name) => {
                    self.doc.settings.insert((scope.clone(), name.to_owned()), value.into_owned());
                }
                (name, Node::List(_) | Node::Map(_)) if !STRUCTURE.contains(&name) => {
                    self.doc.oddities.push(format!("the key '{name}' is not known"));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn teams(&mut self, node: Node<'a>) -> Result<(), String> {
        let entries = match node {
            Node::Map(entries) => entries,
            Node::Null => return Ok(()),
            _ => return Err("'teams' is no map".to_owned()),
        };
        for (name, team) in entries {
            self.team(&name, team)?;
        }
        Ok(())
    }

    fn team(&mut self, name: &str, node: Node<'a>) -> Result<(), String> {
        let id = format!("team:{}/{name}", self.org);
        let member = format!("{id}:member");
        if self.doc.rosters.contains_key(&(Kind::TeamMember, member.clone())) {
            self.doc.oddities.push(format!("the team '{name}' is there twice; it is read as one"));
        }
        self.doc.roster(Kind::TeamMember, member.clone());
        self.doc.roster(Kind::TeamMaintainer, format!("{id}:maintainer"));
        let entries = match node {
            Node::Map(entries) => entries,
            Node::Null => return Ok(()),
            _ => return Err(format!("the team '{name}' is no map")),
        };
        for (key, value) in entries {
            match key.as_ref() {
                "members" => self.names(Kind::TeamMember, member.clone(), value)?,
                "maintainers" => {
                    self.names(Kind::TeamMaintainer, format!("{id}:maintainer"), value)?
                }
                "teams" | "children" => self.teams(value)?,
                "repos" => self.repositories(&id, value)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn repositories(&mut self, team: &str, node: Node<'a>) -> Result<(), String> {
        let entries = match node {
            Node::Map(entries) => entries,
            Node::Null => return Ok(()),
            _ => return Err(format!("'repos' of {team} is no map")),
        };
        for (repository, permission) in entries {
            let Node::Text(permission) = permission else {
                return Err(format!("{team} has no permission on '{repository}'"));
            };
            let entitlement = format!("repo:{}/{repository}:{permission}", self.org);
            self.doc.roster(Kind::TeamRepo, entitlement).push(Cow::Owned(team.to_owned()));
        }
        Ok(())
    }

    fn owners(&mut self, directory: &str, node: Node<'a>) -> Result<(), String> {
        let entries = match node {
            Node::Map(entries) => entries,
            Node::Null => return Ok(()),
            _ => return Err("it is no map".to_owned()),
        };
        for (key, value) in entries {
            match (key.as_ref(), value) {
                ("approvers", value) => {
                    self.names(
                        Kind::OwnersApprover,
                        format!("owners:{directory}:approver"),
                        value,
                    )?;
                }
                ("reviewers", value) => {
                    self.names(
                        Kind::OwnersReviewer,
                        format!("owners:{directory}:reviewer"),
                        value,
                    )?;
                }
                ("filters", Node::Map(filters)) => {
                    for (_, filter) in filters {
                        self.owners(directory, filter)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn names(&mut self, kind: Kind, entitlement: String, node: Node<'a>) -> Result<(), String> {
        let items = match node {
            Node::List(items) => items,
            Node::Null => Vec::new(),
            _ => return Err(format!("the list of {entitlement} is no list")),
        };
        let names = self.doc.rosters.entry((kind, entitlement)).or_default();
        names.reserve(items.len());
        for item in items {
            match item {
                Node::Text(name) => names.push(name),
                Node::Null => self.doc.oddities.push("a list has an empty place".to_owned()),
                _ => return Err("a list of names holds a list or a map".to_owned()),
            }
        }
        Ok(())
    }
}

/// The value under a key, owned.
fn take<'a>(node: Node<'a>, key: &str) -> Node<'a> {
    match node {
        Node::Map(entries) => {
            entries.into_iter().find(|(k, _)| k == key).map_or(Node::Null, |(_, value)| value)
        }
        _ => Node::Null,
    }
}

/// Notes keys that the reader does not know; what they mean might matter.
fn known(node: &Node<'_>, keys: &[&str], oddities: &mut Vec<String>) -> Result<(), String> {
    match node {
        Node::Null => Ok(()),
        Node::Map(entries) => {
            for (key, _) in entries.iter().filter(|(key, _)| !keys.contains(&key.as_ref())) {
                oddities.push(format!("the key '{key}' is not known"));
            }
            Ok(())
        }
        _ => Err("it is no map".to_owned()),
    }
}
