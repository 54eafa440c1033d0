//! What is left of one allowing statement after denies, boundary and service control policies.

use std::collections::BTreeSet;

use super::actions::Pattern;
use super::catalogue::Bits;
use super::document::{Document, Effect, Statement};
use super::evaluate::PathKind;
use super::principal::{Bound, Principal, Via};
use super::scope::Scope;

/// A statement, named, with its resources as the principal sees them.
#[derive(Debug)]
pub(super) struct Rule<'a> {
    /// `<policy>#<Sid or index>`.
    pub(super) name: String,
    pub(super) statement: &'a Statement,
    pub(super) scope: Scope<'a>,
    /// The boundary or service control policy it stands in.
    bound: Option<&'a str>,
}

impl<'a> Rule<'a> {
    fn all(
        (policy, document): (&'a str, &'a Document),
        on: Option<&'a str>,
        bound: Option<&'a str>,
        who: &'a Principal<'a>,
    ) -> impl Iterator<Item = Self> {
        document.statements.iter().map(move |statement| Self {
            name: format!("{policy}{}", document.label(statement)),
            statement,
            scope: Scope::of(statement, on, who),
            bound,
        })
    }
}

impl<'a> Rule<'a> {
    /// Whether a deny certainly takes from a grant what their actions share.
    fn bites(&self, grant: &Grant<'_>) -> bool {
        self.statement.condition.is_none() && self.scope.has_all(&grant.rule.scope)
    }

    /// Notes of a grant that a deny takes from it, or may.
    fn note(&self, grant: &Grant<'_>, left: &mut Left<'a>) {
        let denied = &self.statement.compiled;
        let concerned = denied.known.meets(&left.known)
            || left.elements.iter().any(|element| denied.touches(element));
        if !concerned || !self.scope.touches(&grant.rule.scope) {
            return;
        }
        let reason = if self.bites(grant) {
            left.cut_by.extend(self.bound);
            "denied in part by"
        } else if self.statement.condition.is_some() {
            "may be denied under a condition by"
        } else {
            "denied on some resources by"
        };
        left.notes.insert(format!("{reason} {}", self.name));
    }
}

/// A set of policies of which at least one must allow.
#[derive(Debug)]
struct Group<'a> {
    allows: Vec<Rule<'a>>,
    names: Vec<&'a str>,
    is_boundary: bool,
    /// Whether all its statements are about every resource.
    is_plain: bool,
}

/// An allowing statement of the principal, or of a resource that names it.
#[derive(Debug)]
pub(super) struct Grant<'a> {
    pub(super) rule: Rule<'a>,
    pub(super) kind: PathKind,
    pub(super) group: Option<&'a str>,
}

/// What is left of a grant.
#[derive(Clone, Debug)]
pub(super) struct Left<'a> {
    pub(super) known: Bits,
    /// Patterns that stand for what is not known one by one.
    pub(super) elements: Vec<&'a Pattern>,
    /// Names of the boundaries and service control policies that cut it.
    pub(super) cut_by: BTreeSet<&'a str>,
    pub(super) notes: BTreeSet<String>,
}

/// All that takes away.
#[derive(Debug)]
pub(super) struct Judge<'a> {
    denies: Vec<Rule<'a>>,
    groups: Vec<Group<'a>>,
    /// Boundaries and service control policies whose content is not wholly known.
    pub(super) unknown: Vec<&'a str>,
    is_user: bool,
}

impl<'a> Judge<'a> {
    /// The judge of a principal, and what it is to judge.
    pub(super) fn of(who: &'a Principal<'a>) -> (Self, Vec<Grant<'a>>) {
        let mut judge = Self {
            denies: Vec::new(),
            groups: Vec::new(),
            unknown: Vec::new(),
            is_user: who.is_user(),
        };
        if let Some(boundary) = &who.boundary {
            judge.bind(std::slice::from_ref(boundary), true, who);
        }
        who.scps.iter().for_each(|level| judge.bind(level, false, who));
        let mut grants = Vec::new();
        for attached in &who.attached {
            let Some(document) = attached.document else { continue };
            let (kind, group) = match attached.via {
                Via::Direct => (PathKind::Direct, None),
                Via::Group(name) => (PathKind::Group, Some(name)),
            };
            for rule in Rule::all((attached.id, document), None, None, who) {
                match rule.statement.effect {
                    Effect::Allow => grants.push(Grant { rule, kind, group }),
                    Effect::Deny => judge.denies.push(rule),
                }
            }
        }
        for policy in &who.resources {
            let named = (policy.id, policy.document);
            for rule in Rule::all(named, Some(policy.resource), None, who) {
                let parties = &rule.statement.parties;
                match rule.statement.effect {
                    Effect::Allow if who.is_named(parties) => {
                        grants.push(Grant { rule, kind: PathKind::Resource, group: None });
                    }
                    Effect::Deny if who.is_denied(parties) => judge.denies.push(rule),
                    _ => {}
                }
            }
        }
        (judge, grants)
    }

    /// One more set of policies of which at least one must allow. Where the content of one is not
    /// known, it may allow anything: the set cuts nothing, and the answer is uncertain.
    fn bind(&mut self, bounds: &[Bound<'a>], is_boundary: bool, who: &'a Principal<'a>) {
        let (mut allows, mut certain) = (Vec::new(), true);
        for bound in bounds {
            let sound = bound.document.filter(|document| document.problems.is_empty());
            if sound.is_none() {
                self.unknown.push(bound.name);
                certain = false;
            }
            let Some(document) = bound.document else { continue };
            for rule in Rule::all((bound.name, document), None, Some(bound.name), who) {
                match rule.statement.effect {
                    Effect::Allow => allows.push(rule),
                    Effect::Deny => self.denies.push(rule),
                }
            }
        }
        if certain && !bounds.is_empty() {
            let is_plain = allows.iter().all(|rule| rule.scope.is_plain());
            let names = bounds.iter().map(|bound| bound.name).collect();
            self.groups.push(Group { allows, names, is_boundary, is_plain });
        }
    }

    /// Whether what is left on every resource is all that is left.
    pub(super) fn is_plain(&self) -> bool {
        self.groups.iter().all(|group| group.is_plain)
    }

    /// What is left of a grant. With a service, only what is left on every resource of it.
    pub(super) fn left(&self, grant: &Grant<'a>, whole: Option<&str>) -> Left<'a> {
        let actions = &grant.rule.statement.compiled;
        let mut left = Left {
            known: actions.known.clone(),
            elements: actions.elements().collect(),
            cut_by: BTreeSet::new(),
            notes: BTreeSet::new(),
        };
        if grant.rule.scope.is_empty() {
            (left.known, left.elements) = (Bits::none(), Vec::new());
            return left;
        }
        let groups: Vec<_> = self.groups.iter().filter(|group| self.binds(group, grant)).collect();
        for deny in &self.denies {
            deny.note(grant, &mut left);
        }
        let denies: Vec<_> = self.denies.iter().filter(|deny| deny.bites(grant)).collect();
        // What a boundary allows of a pattern, and what a deny of all but some leaves of it, are
        // patterns too.
        let allowed = groups.iter().flat_map(|group| &group.allows);
        let narrower = allowed
            .flat_map(|allow| allow.statement.compiled.elements())
            .chain(denies.iter().flat_map(|deny| deny.statement.compiled.spared()));
        left.elements.extend(narrower.filter(|element| actions.admits(element)));
        left.elements.sort_unstable();
        left.elements.dedup_by(|a, b| a.lower == b.lower);
        groups.iter().for_each(|group| group.cut(grant, whole, &mut left));
        for deny in denies {
            let denied = &deny.statement.compiled;
            left.known.remove(&denied.known);
            left.elements.retain(|element| denied.spares(element, actions));
        }
        left
    }

    /// A boundary does not limit what a resource's policy gives to a user by name (IAM User Guide,
    /// "Permissions boundaries", evaluating effective permissions).
    const fn binds(&self, group: &Group<'_>, grant: &Grant<'_>) -> bool {
        !(group.is_boundary && self.is_user && matches!(grant.kind, PathKind::Resource))
    }
}

impl<'a> Group<'a> {
    /// Leaves of a grant what the group allows too.
    fn cut(&self, grant: &Grant<'_>, whole: Option<&str>, left: &mut Left<'a>) {
        let scope = &grant.rule.scope;
        let allows: Vec<_> = self
            .allows
            .iter()
            .filter(|allow| match whole {
                Some(service) => allow.scope.is_whole(service),
                None => allow.scope.touches(scope),
            })
            .collect();
        let mut allowed = Bits::none();
        allows.iter().for_each(|allow| allowed.add(&allow.statement.compiled.known));
        let before = (left.known.clone(), left.elements.len());
        left.known.keep(&allowed);
        left.elements.retain(|element| {
            allows.iter().any(|allow| allow.statement.compiled.has_some(element))
        });
        let narrowed = allows.iter().any(|allow| !allow.scope.has_all(scope));
        if narrowed || before.0 != left.known || before.1 != left.elements.len() {
            left.cut_by.extend(&self.names);
        }
        for allow in allows.iter().filter(|allow| allow.statement.condition.is_some()) {
            left.notes.insert(format!("{} allows it under a condition", allow.name));
        }
    }
}
