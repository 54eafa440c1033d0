//! From what is left of each statement to rows by service.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::actions::Pattern;
use super::catalogue::{Access, Bits, CATALOGUE, by_verb};
use super::document::{Effect, Selector};
use super::evaluate::{Level, PathKind, ServicePrivilege};
use super::glob::{covers, is_any};
use super::judge::{Grant, Judge, Left};
use super::principal::{Principal, Via};

/// Every service.
const EVERY: &str = "*";

/// Stands for a service that the catalogue does not know.
const UNLISTED: &str = "-";

/// A grant and what is left of it.
#[derive(Debug)]
pub(super) struct Reached<'g, 'a> {
    pub(super) grant: &'g Grant<'a>,
    pub(super) left: Left<'a>,
    /// Why its level cannot be told, if so.
    pub(super) uncertain: BTreeSet<String>,
}

impl<'g, 'a> Reached<'g, 'a> {
    pub(super) fn of(grant: &'g Grant<'a>, judge: &Judge<'a>) -> Self {
        let statement = grant.rule.statement;
        let mut uncertain: BTreeSet<String> = judge
            .unknown
            .iter()
            .map(|name| format!("bounded by {name}, which is not known"))
            .collect();
        let condition = statement.condition.as_deref().unwrap_or_default().to_ascii_lowercase();
        if condition.contains("aws:principaltag/") {
            uncertain.insert("depends on tags of the principal".to_owned());
        }
        if statement.resources.is_none() && grant.kind != PathKind::Resource {
            uncertain.insert("the statement names no resource".to_owned());
        }
        Self { grant, left: judge.left(grant, None), uncertain }
    }

    pub(super) fn resources(&self) -> Vec<String> {
        let resources = &self.grant.rule.statement.resources;
        resources.as_ref().map(|these| these.spelled("NotResource")).unwrap_or_default()
    }

    /// What is left on every resource of a service; `None` when it is not about every resource.
    fn whole(&self, judge: &Judge<'a>, service: &str) -> Option<Left<'a>> {
        let scope = &self.grant.rule.scope;
        if !scope.is_whole(service) {
            return None;
        }
        let plain = judge.is_plain();
        Some(if plain { self.left.clone() } else { judge.left(self.grant, Some(service)) })
    }

    fn row(&self, service: &str, level: Level, note: Option<String>) -> ServicePrivilege {
        let rule = &self.grant.rule;
        let group = self.grant.group.map(|name| format!("by group {name}"));
        let notes: Vec<_> = self
            .uncertain
            .iter()
            .cloned()
            .chain(self.uncertain.iter().next().map(|_| format!("at most {}", level.as_str())))
            .chain(group)
            .chain(note)
            .chain(self.left.notes.iter().cloned())
            .collect();
        ServicePrivilege {
            service: service.to_owned(),
            statement: rule.name.clone(),
            level: if self.uncertain.is_empty() { level } else { Level::Unknown },
            path_kind: self.grant.kind,
            actions: self.actions(service),
            resources: self.resources(),
            condition: rule.statement.condition.clone(),
            bounded_by: self.left.cut_by.iter().map(|name| (*name).to_owned()).collect(),
            note: (!notes.is_empty()).then(|| notes.join("; ")),
        }
    }

    /// The actions that make a row: the patterns that are left, as written, or the known actions
    /// where no pattern is.
    fn actions(&self, service: &str) -> Vec<String> {
        if let negated @ Selector::AllBut(_) = &self.grant.rule.statement.actions {
            return negated.spelled("NotAction");
        }
        let wider =
            |one: &Pattern, other: &Pattern| one != other && covers(&one.lower, &other.lower);
        let elements = self.left.elements.iter().filter(|element| {
            is_about(element, service)
                && !self.left.elements.iter().any(|other| wider(other, element))
        });
        let named: Vec<_> = elements.map(|element| element.text.clone()).collect();
        if !named.is_empty() {
            return named;
        }
        let known = self.left.known.within(CATALOGUE.service(service));
        known.map(|at| CATALOGUE.actions[at].name.clone()).collect()
    }
}

fn is_about(element: &Pattern, service: &str) -> bool {
    element.is_every_service() || element.parts().0 == service
}

/// All rows of what statements give.
pub(super) fn services(reached: &[Reached<'_, '_>], judge: &Judge<'_>) -> Vec<ServicePrivilege> {
    let mut rows: BTreeMap<(String, String), ServicePrivilege> = BTreeMap::new();
    let mut partial: BTreeMap<&str, Vec<Part<'_>>> = BTreeMap::new();
    for one in reached {
        for (row, parts) in of_statement(one, judge) {
            for (service, whole) in parts {
                partial.entry(service).or_default().push(Part { row: row.clone(), whole });
            }
            let key = (row.service.clone(), row.statement.clone());
            match rows.get_mut(&key) {
                None => drop(rows.insert(key, row)),
                Some(first) => also(first, row),
            }
        }
    }
    let together = partial.into_iter().filter_map(|(service, parts)| together(service, &parts));
    rows.into_values().chain(together).collect()
}

/// A policy that came by two ways is one row; the nearer way is its path.
fn also(first: &mut ServicePrivilege, other: ServicePrivilege) {
    let (near, far) = if first.path_kind <= other.path_kind {
        (first.clone(), other)
    } else {
        (other, first.clone())
    };
    let further = far.note.filter(|note| near.note.as_ref() != Some(note));
    let note: Vec<_> = near.note.iter().cloned().chain(further).collect();
    *first = ServicePrivilege { note: (!note.is_empty()).then(|| note.join("; also ")), ..near };
}

/// What is left on every resource of a service, of a row that is not admin by itself.
struct Part<'a> {
    row: ServicePrivilege,
    whole: Left<'a>,
}

/// A row, and the services of which it may be a part of all.
type Rowed<'a> = (ServicePrivilege, Vec<(&'static str, Left<'a>)>);

/// The rows of one statement. Where it is about every service, services of which the level
/// differs have rows too.
fn of_statement<'a>(one: &Reached<'_, 'a>, judge: &Judge<'a>) -> Vec<Rowed<'a>> {
    let mut rows = Vec::new();
    let every = one.left.elements.iter().any(|element| element.is_every_service());
    let mut general = None;
    if every {
        let whole = one.whole(judge, "iam");
        let admin = whole.as_ref().is_some_and(|whole| is_everything(whole));
        let level = if admin { Level::Admin } else { Level::Write };
        general = Some(level);
        let part = whole.filter(|_| !admin).map(|whole| (EVERY, whole));
        let note = if admin { left_out(one) } else { open_elsewhere(one, judge).or(left_out(one)) };
        rows.push((one.row(EVERY, level, note), part.into_iter().collect()));
    }
    for (service, range) in CATALOGUE.services() {
        if one.left.known.within(range.clone()).next().is_none() {
            continue;
        }
        let (level, whole) = level_of(one, judge, service, range);
        if general == Some(level) {
            continue;
        }
        let mut parts = Vec::new();
        if let Some(whole) = whole {
            // All but IAM, and IAM, is everything.
            if service == "iam" {
                parts.push((EVERY, whole.clone()));
            }
            if level != Level::Admin {
                parts.push((service, whole));
            }
        }
        rows.push((one.row(service, level, None), parts));
    }
    rows.extend(unlisted(one, judge, general).map(|row| (row, Vec::new())));
    rows
}

/// Rows for services of which no known action is left, by their patterns alone.
fn unlisted<'g, 'a>(
    one: &'g Reached<'_, 'a>,
    judge: &'g Judge<'a>,
    general: Option<Level>,
) -> impl Iterator<Item = ServicePrivilege> + 'g {
    let mut found: BTreeMap<&str, Vec<&Pattern>> = BTreeMap::new();
    for element in one.left.elements.iter().filter(|element| !element.is_every_service()) {
        let service = element.parts().0;
        if one.left.known.within(CATALOGUE.service(service)).next().is_none() {
            found.entry(service).or_default().push(element);
        }
    }
    found.into_iter().filter_map(move |(service, elements)| {
        let all = |element: &&Pattern| is_about(element, service) && is_any(element.parts().1);
        let whole = one.whole(judge, service);
        let admin = whole.is_some_and(|whole| whole.elements.iter().any(all));
        let level = if admin && CATALOGUE.service(service).is_empty() {
            Level::Admin
        } else {
            elements.iter().map(|element| verb_level(element)).reduce(worse)?
        };
        (general != Some(level)).then(|| {
            let note = (level == Level::Unknown).then(|| "actions are not known".to_owned());
            one.row(service, level, note)
        })
    })
}

fn verb_level(element: &Pattern) -> Level {
    let action = element.parts().1;
    match by_verb(action) {
        None if is_any(action) => Level::Write,
        None => Level::Unknown,
        Some(access) if access.is_read() => Level::Read,
        Some(_) => Level::Write,
    }
}

/// What certainly changes something says more than what may only read.
fn worse(a: Level, b: Level) -> Level {
    if a == Level::Write || b == Level::Write { Level::Write } else { a.max(b) }
}

/// The level at a service of which known actions are left; what is left on every resource of it,
/// when that changes something.
fn level_of<'a>(
    one: &Reached<'_, 'a>,
    judge: &Judge<'a>,
    service: &str,
    range: Range<usize>,
) -> (Level, Option<Left<'a>>) {
    let known = &one.left.known;
    let changes = known.within(range.clone()).any(|at| !CATALOGUE.actions[at].access.is_read());
    let elements = || one.left.elements.iter().filter(|element| is_about(element, service));
    let open = elements().any(|element| element.is_every_service() || is_any(element.parts().1));
    if !(changes || open) {
        let level = elements().map(|element| unlisted_level(element)).fold(Level::Read, worse);
        return (level, None);
    }
    match one.whole(judge, service) {
        Some(whole) if is_all_of(&whole, service, range) => (Level::Admin, Some(whole)),
        whole => (Level::Write, whole),
    }
}

/// The level by a pattern beyond the known actions that it matches; those have been looked at.
fn unlisted_level(element: &Pattern) -> Level {
    let mut known = Bits::none();
    CATALOGUE.select(&element.lower, &mut known);
    if known == Bits::none() { verb_level(element) } else { Level::Read }
}

/// Whether it is everything: any service, and all that grants in IAM.
fn is_everything(whole: &Left<'_>) -> bool {
    whole.elements.iter().any(|element| element.is_every_service())
        && grants_all(&whole.known, "iam")
}

fn grants_all(known: &Bits, service: &str) -> bool {
    let granting = |at: &usize| CATALOGUE.actions[*at].access == Access::Permissions;
    CATALOGUE.service(service).filter(granting).all(|at| known.has(at))
}

/// Whether it is all of a service: `service:*` with nothing taken of what grants, or all that
/// changes something where some of it grants.
fn is_all_of(whole: &Left<'_>, service: &str, range: Range<usize>) -> bool {
    let changing = |at: &usize| !CATALOGUE.actions[*at].access.is_read();
    let granting = |at: &usize| CATALOGUE.actions[*at].access == Access::Permissions;
    let open = whole.elements.iter().any(|element| {
        element.is_every_service() || is_about(element, service) && is_any(element.parts().1)
    });
    let some = whole.known.within(range.clone()).any(|at| changing(&at))
        || !range.clone().any(|at| changing(&at));
    let listed = range.clone().any(|at| granting(&at))
        && range.filter(changing).all(|at| whole.known.has(at));
    open && some && grants_all(&whole.known, service) || listed
}

/// Of a statement about every service: which services nothing is left of.
fn left_out(one: &Reached<'_, '_>) -> Option<String> {
    let none = |range: Range<usize>| one.left.known.within(range).next().is_none();
    let out: Vec<_> = CATALOGUE
        .services()
        .filter(|(_, range)| none(range.clone()))
        .map(|(name, _)| name)
        .collect();
    (!out.is_empty()).then(|| format!("nothing of {}", out.join(", ")))
}

/// Of a statement about every service that is not everything: whether it is, of services that
/// the catalogue does not know.
fn open_elsewhere<'a>(one: &Reached<'_, 'a>, judge: &Judge<'a>) -> Option<String> {
    let whole = one.whole(judge, UNLISTED)?;
    let open = whole.elements.iter().any(|element| element.is_every_service());
    let rest = left_out(one).map(|out| format!("{out}; ")).unwrap_or_default();
    open.then(|| format!("{rest}everything of services that are not in the catalogue"))
}

/// The row of statements that only together give all of a service.
fn together(service: &str, parts: &[Part<'_>]) -> Option<ServicePrivilege> {
    let (first, rest) = parts.split_first().filter(|(_, rest)| !rest.is_empty())?;
    let mut whole = first.whole.clone();
    for part in rest {
        whole.known.add(&part.whole.known);
        whole.elements.extend(&part.whole.elements);
    }
    let all = match service {
        EVERY => is_everything(&whole),
        _ => is_all_of(&whole, service, CATALOGUE.service(service)),
    };
    if !all {
        return None;
    }
    let rows: Vec<_> = parts.iter().map(|part| &part.row).collect();
    let union = |of: fn(&ServicePrivilege) -> Vec<String>| -> Vec<String> {
        rows.iter().flat_map(|row| of(row)).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let conditions = union(|row| row.condition.iter().cloned().collect());
    let notes = union(|row| row.note.iter().cloned().collect());
    let unknown = rows.iter().any(|row| row.level == Level::Unknown);
    Some(ServicePrivilege {
        service: service.to_owned(),
        statement: union(|row| vec![row.statement.clone()]).join(" + "),
        level: if unknown { Level::Unknown } else { Level::Admin },
        path_kind: rows.iter().map(|row| row.path_kind).max().unwrap_or(PathKind::Direct),
        actions: union(|row| row.actions.clone()),
        resources: union(|row| row.resources.clone()),
        condition: (!conditions.is_empty()).then(|| conditions.join(" ")),
        bounded_by: union(|row| row.bounded_by.clone()),
        note: (!notes.is_empty()).then(|| notes.join("; ")),
    })
}

/// Rows for what cannot be read: documents that are not known, statements that are no statements.
/// They may give anything.
pub(super) fn unreadable(who: &Principal<'_>) -> Vec<ServicePrivilege> {
    let row = |statement: String, path_kind, note: String| ServicePrivilege {
        service: EVERY.to_owned(),
        statement,
        level: Level::Unknown,
        path_kind,
        actions: Vec::new(),
        resources: Vec::new(),
        condition: None,
        bounded_by: Vec::new(),
        note: Some(note),
    };
    let mut rows = BTreeMap::new();
    for attached in &who.attached {
        let path = match attached.via {
            Via::Direct => PathKind::Direct,
            Via::Group(_) => PathKind::Group,
        };
        let Some(document) = attached.document else {
            let one =
                row(attached.id.to_owned(), path, "the policy's document is not known".to_owned());
            rows.entry(one.statement.clone()).or_insert(one);
            continue;
        };
        for problem in document.problems.iter().filter(|it| it.effect != Some(Effect::Deny)) {
            let name = format!("{}#{}", attached.id, problem.index);
            let one = row(name, path, format!("the statement cannot be read: {}", problem.cause));
            rows.entry(one.statement.clone()).or_insert(one);
        }
    }
    rows.into_values().collect()
}
