//! The resources that a statement is about, as seen by one principal.

use std::borrow::Cow;

use super::document::{Selector, Statement};
use super::glob::{covers, is_any, overlap};
use super::principal::Principal;

/// A resource pattern. One with variables that could not be replaced is widened to any value.
#[derive(Clone, Debug)]
struct Pattern<'a> {
    text: Cow<'a, str>,
    /// Whether nothing was widened.
    exact: bool,
}

/// Resources: those that match, or all but those.
#[derive(Clone, Debug)]
pub(super) struct Scope<'a> {
    patterns: Vec<Pattern<'a>>,
    negated: bool,
}

impl<'a> Scope<'a> {
    /// The scope of a statement; one without resources, in the policy of a resource, is about
    /// that resource.
    pub(super) fn of(statement: &'a Statement, on: Option<&'a str>, who: &Principal<'_>) -> Self {
        let (patterns, negated): (&[String], _) = match &statement.resources {
            Some(Selector::Only(patterns)) => (patterns, false),
            Some(Selector::AllBut(patterns)) => (patterns, true),
            None => {
                let text = Cow::Borrowed(on.unwrap_or("*"));
                return Self { patterns: vec![Pattern { text, exact: true }], negated: false };
            }
        };
        let resolve = |text: &'a String| {
            if statement.variables { resolved(text, who) } else { plain(text) }
        };
        Self { patterns: patterns.iter().map(resolve).collect(), negated }
    }

    /// Whether it is about every resource of a service.
    pub(super) fn is_whole(&self, service: &str) -> bool {
        if self.negated {
            let of_service = format!("arn:*:{service}:*");
            return !self.patterns.iter().any(|pattern| overlap(&pattern.text, &of_service));
        }
        self.patterns.iter().any(|pattern| pattern.exact && is_whole(&pattern.text, service))
    }

    /// Whether it is about nothing.
    pub(super) fn is_empty(&self) -> bool {
        match self.negated {
            true => self.patterns.iter().any(|pattern| pattern.exact && is_any(&pattern.text)),
            false => self.patterns.is_empty(),
        }
    }

    /// Whether it certainly has all of the other.
    pub(super) fn has_all(&self, other: &Self) -> bool {
        let covered = |by: &Self, inner: &Pattern<'_>| {
            by.patterns.iter().any(|outer| outer.exact && covers(&outer.text, &inner.text))
        };
        match (self.negated, other.negated) {
            (false, false) => other.patterns.iter().all(|inner| covered(self, inner)),
            (false, true) => self.patterns.iter().any(|outer| outer.exact && is_any(&outer.text)),
            (true, false) => {
                let apart =
                    |a: &Pattern<'_>| !self.patterns.iter().any(|b| overlap(&a.text, &b.text));
                other.patterns.iter().all(apart)
            }
            (true, true) => self.patterns.iter().all(|inner| covered(other, inner)),
        }
    }

    /// Whether the two may have a resource in common.
    pub(super) fn touches(&self, other: &Self) -> bool {
        let outside = |these: &Self, those: &Self| {
            these.patterns.iter().any(|pattern| {
                let within = |out: &Pattern<'_>| out.exact && covers(&out.text, &pattern.text);
                !those.patterns.iter().any(within)
            })
        };
        match (self.negated, other.negated) {
            (false, false) => self
                .patterns
                .iter()
                .any(|a| other.patterns.iter().any(|b| overlap(&a.text, &b.text))),
            (false, true) => outside(self, other),
            (true, false) => outside(other, self),
            (true, true) => !self.is_empty() && !other.is_empty(),
        }
    }

    /// The patterns, as this principal sees them, that may match an ARN of this form; all of them
    /// when negated. Empty when none does.
    pub(super) fn meeting(&self, form: &str) -> Vec<&str> {
        let texts = self.patterns.iter().map(|pattern| pattern.text.as_ref());
        if !self.negated {
            return texts.filter(|text| overlap(text, form)).collect();
        }
        let excluded = |pattern: &Pattern<'_>| pattern.exact && covers(&pattern.text, form);
        if self.patterns.iter().any(excluded) { Vec::new() } else { texts.collect() }
    }

    /// Whether it is about every resource of every service, by a pattern that says so.
    pub(super) fn is_plain(&self) -> bool {
        !self.negated && self.patterns.iter().any(|pattern| is_any(&pattern.text))
    }

    /// Whether it is told by what it leaves out.
    pub(super) const fn is_negated(&self) -> bool {
        self.negated
    }
}

/// Whether a pattern matches every resource of a service: `*`, or an ARN that leaves partition,
/// region, account and name open. An account may be named: it is the principal's own.
fn is_whole(text: &str, service: &str) -> bool {
    if is_any(text) {
        return true;
    }
    let mut fields = text.splitn(6, ':');
    let mut next = || fields.next().unwrap_or_default();
    let (arn, partition, named, region, account, name) =
        (next(), next(), next(), next(), next(), next());
    let open = |field: &str| field.is_empty() || is_any(field);
    let of_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    arn == "arn"
        && !partition.is_empty()
        && covers(named, service)
        && open(region)
        && (open(account) || of_account)
        && is_any(name)
}

fn plain(text: &str) -> Pattern<'_> {
    Pattern { text: Cow::Borrowed(text), exact: true }
}

/// Replaces the variables that are known; those that depend on the request match anything (IAM
/// User Guide, "IAM policy elements: Variables and tags").
fn resolved<'a>(text: &'a str, who: &Principal<'_>) -> Pattern<'a> {
    if !text.contains("${") {
        return plain(text);
    }
    let (mut out, mut exact, mut rest) = (String::new(), true, text);
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((variable, tail)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            continue;
        };
        match who.variable(variable) {
            Some(value) => out.push_str(value),
            None => {
                out.push('*');
                exact = false;
            }
        }
        rest = tail;
    }
    out.push_str(rest);
    Pattern { text: Cow::Owned(out), exact }
}
