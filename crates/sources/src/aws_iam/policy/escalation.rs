//! Which of the known ways to gain more are open.

use std::collections::BTreeSet;

use super::catalogue::CATALOGUE;
use super::evaluate::{Escalation, Level, PathKind, ServicePrivilege};
use super::glob::{covers, is_any};
use super::paths::{ADMINISTRATOR, EscalationPath, Need, PATHS, Target};
use super::principal::Principal;
use super::rows::Reached;

/// The open paths, by name; of an administrator without conditions only that it is one.
pub(super) fn escalations(
    reached: &[Reached<'_, '_>],
    rows: &[ServicePrivilege],
    who: &Principal<'_>,
) -> Vec<Escalation> {
    let certain: Vec<_> = rows
        .iter()
        .filter(|row| row.service == "*" && row.level == Level::Admin && row.condition.is_none())
        .collect();
    if !certain.is_empty() {
        return vec![administrator(&certain)];
    }
    let paths = PATHS.iter().flat_map(|paths| paths.iter());
    let mut open: Vec<_> = paths.filter_map(|path| opened(path, reached, who)).collect();
    open.sort();
    open
}

fn administrator(rows: &[&ServicePrivilege]) -> Escalation {
    let union = |of: fn(&ServicePrivilege) -> &[String]| -> Vec<String> {
        let all: BTreeSet<_> = rows.iter().flat_map(|row| of(row)).collect();
        all.into_iter().cloned().collect()
    };
    Escalation {
        name: ADMINISTRATOR.to_owned(),
        level: Some(Level::Admin),
        actions: union(|row| &row.actions),
        resources: union(|row| &row.resources),
        statements: rows.iter().map(|row| row.statement.clone()).collect(),
        path_kind: rows.iter().map(|row| row.path_kind).min().unwrap_or(PathKind::Direct),
        condition: None,
        bounded_by: union(|row| &row.bounded_by),
        note: Some(
            "already administrator: paths of escalation are not listed one by one".to_owned(),
        ),
    }
}

/// A statement that gives one of the needs, and on what.
struct Way<'r, 'g, 'a> {
    by: &'r Reached<'g, 'a>,
    resources: Vec<&'r str>,
}

fn opened(
    path: &EscalationPath,
    reached: &[Reached<'_, '_>],
    who: &Principal<'_>,
) -> Option<Escalation> {
    let mut ways = Vec::new();
    for need in path.needs {
        let of_need: Vec<_> =
            reached.iter().filter_map(|by| way(need, by, path.others_only, who)).collect();
        if of_need.is_empty() {
            return None;
        }
        ways.push(of_need);
    }
    let all = || ways.iter().flatten();
    let nearest =
        |of_need: &Vec<Way<'_, '_, '_>>| of_need.iter().map(|way| way.by.grant.kind).min();
    let uncertain =
        |of_need: &Vec<Way<'_, '_, '_>>| of_need.iter().all(|way| !way.by.uncertain.is_empty());
    let level = ways.iter().any(uncertain).then_some(Level::Unknown);
    let rule = |way: &Way<'_, '_, '_>| way.by.grant.rule.name.clone();
    let condition = |way: &Way<'_, '_, '_>| way.by.grant.rule.statement.condition.clone();
    let conditions = sorted(all().filter_map(condition));
    let notes = sorted(all().flat_map(|way| {
        way.by.uncertain.iter().chain(&way.by.left.notes).cloned().collect::<Vec<_>>()
    }));
    Some(Escalation {
        name: path.name.to_owned(),
        level,
        actions: path.needs.iter().map(|need| need.action.to_owned()).collect(),
        resources: sorted(
            all().flat_map(|way| way.resources.iter().map(|text| (*text).to_owned())),
        ),
        statements: sorted(all().map(rule)),
        path_kind: ways.iter().filter_map(nearest).max().unwrap_or(PathKind::Direct),
        condition: (!conditions.is_empty()).then(|| conditions.join(" ")),
        bounded_by: sorted(
            all().flat_map(|way| way.by.left.cut_by.iter().map(|name| (*name).to_owned())),
        ),
        note: (!notes.is_empty()).then(|| notes.join("; ")),
    })
}

fn sorted(all: impl Iterator<Item = String>) -> Vec<String> {
    all.collect::<BTreeSet<_>>().into_iter().collect()
}

/// How a statement gives a need, if it does.
fn way<'r, 'g, 'a>(
    need: &Need,
    by: &'r Reached<'g, 'a>,
    others_only: bool,
    who: &Principal<'_>,
) -> Option<Way<'r, 'g, 'a>> {
    let at = CATALOGUE.find(&need.action.to_ascii_lowercase())?;
    let passed = need.passed_to.is_none_or(|service| passes_to(by, service));
    if !by.left.known.has(at) || !passed {
        return None;
    }
    let scope = &by.grant.rule.scope;
    let form = match need.target {
        Target::User => "arn:*:iam::*:user/*",
        Target::Group => "arn:*:iam::*:group/*",
        Target::Role | Target::AnyRole => "arn:*:iam::*:role/*",
        Target::Policy => "arn:*:iam::*:policy/*",
        Target::Anything => "*",
    };
    let fits = |text: &&str| {
        scope.is_negated()
            || !is_of_aws(text)
                && (need.target != Target::AnyRole || is_many(text))
                && !(others_only && is_self(text, who))
    };
    let resources: Vec<_> = scope.meeting(form).into_iter().filter(fits).collect();
    (!resources.is_empty()).then_some(Way { by, resources })
}

/// Whether the statement lets a role be passed to the service.
fn passes_to(by: &Reached<'_, '_>, service: &str) -> bool {
    let limited = by.grant.rule.statement.passed_to.as_ref();
    limited.is_none_or(|services| services.iter().any(|pattern| covers(pattern, service)))
}

/// Whether an ARN's account is AWS itself: what is there cannot be changed.
fn is_of_aws(pattern: &str) -> bool {
    pattern.split(':').nth(4) == Some("aws")
}

/// Whether a pattern is about many roles.
fn is_many(pattern: &str) -> bool {
    is_any(pattern) || pattern.splitn(6, ':').nth(5).is_none_or(|name| name.contains('*'))
}

/// Whether a pattern matches nothing but the user itself.
fn is_self(pattern: &str, who: &Principal<'_>) -> bool {
    let name = pattern.splitn(6, ':').nth(5).unwrap_or_default();
    who.is_user()
        && name.starts_with("user/")
        && name.rsplit('/').next() == Some(who.name())
        && !who.name().is_empty()
}
