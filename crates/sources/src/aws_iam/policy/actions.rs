//! Sets of actions: those known, one by one, and the patterns, which stand for the rest.

use std::sync::LazyLock;

use super::catalogue::{Bits, CATALOGUE};
use super::document::Selector;
use super::glob::{covers, is_any, overlap};

/// A pattern of actions. Action names are compared without case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Pattern {
    pub(super) lower: String,
    pub(super) text: String,
}

/// What `NotAction` leaves: everything else, also what is not known.
pub(super) static REST: LazyLock<Pattern> =
    LazyLock::new(|| Pattern { lower: "*".to_owned(), text: "*".to_owned() });

impl Pattern {
    fn of(text: &str) -> Self {
        // Any action of any service is any action.
        let lower = if text == "*:*" { "*".to_owned() } else { text.to_ascii_lowercase() };
        Self { lower, text: text.to_owned() }
    }

    /// Whether it is about every service.
    pub(super) fn is_every_service(&self) -> bool {
        is_any(&self.lower)
    }

    /// Whether it shares something with the element that is not just all of its own.
    fn meets_beyond(&self, element: &Self) -> bool {
        covers(&self.lower, &element.lower)
            || !covers(&element.lower, &self.lower) && overlap(&element.lower, &self.lower)
    }

    /// The service part in lower case, and the action part as written.
    pub(super) fn parts(&self) -> (&str, &str) {
        let at = self.lower.find(':').unwrap_or(self.lower.len());
        (&self.lower[..at], self.text.get(at + 1..).unwrap_or_default())
    }
}

/// What a statement's `Action` or `NotAction` selects.
#[derive(Clone, Debug)]
pub(super) struct Actions {
    pub(super) known: Bits,
    negated: bool,
    pub(super) patterns: Vec<Pattern>,
}

impl Default for Actions {
    fn default() -> Self {
        Self { known: Bits::none(), negated: false, patterns: Vec::new() }
    }
}

impl Actions {
    pub(super) fn of(selector: &Selector) -> Self {
        let (patterns, negated) = match selector {
            Selector::Only(patterns) => (patterns, false),
            Selector::AllBut(patterns) => (patterns, true),
        };
        let patterns: Vec<_> = patterns.iter().map(|text| Pattern::of(text)).collect();
        let mut known = Bits::none();
        patterns.iter().for_each(|pattern| CATALOGUE.select(&pattern.lower, &mut known));
        let known = if negated { known.others() } else { known };
        Self { known, negated, patterns }
    }

    /// The patterns that stand for what it selects.
    pub(super) fn elements(&self) -> impl Iterator<Item = &Pattern> {
        let (own, rest) = if self.negated {
            (&self.patterns[..0], (!self.selects_nothing()).then(|| &*REST))
        } else {
            (&self.patterns[..], None)
        };
        own.iter().chain(rest)
    }

    fn selects_nothing(&self) -> bool {
        self.patterns.iter().any(Pattern::is_every_service)
    }

    /// Whether it selects all that the pattern matches.
    pub(super) fn has_all(&self, element: &Pattern) -> bool {
        if self.negated {
            !self.patterns.iter().any(|pattern| overlap(&pattern.lower, &element.lower))
        } else {
            self.patterns.iter().any(|pattern| covers(&pattern.lower, &element.lower))
        }
    }

    /// Whether it selects something that the pattern matches and that is not one of its own
    /// patterns: those are elements by themselves.
    pub(super) fn has_some(&self, element: &Pattern) -> bool {
        if self.negated {
            return !self.patterns.iter().any(|pattern| covers(&pattern.lower, &element.lower));
        }
        self.patterns.iter().any(|pattern| pattern.meets_beyond(element))
    }

    /// Whether a pattern of a boundary is to stand for a part of what this selects.
    pub(super) fn admits(&self, element: &Pattern) -> bool {
        if self.negated { self.has_some(element) } else { self.has_all(element) }
    }

    /// Of a deny: the patterns that it leaves, when it denies all but those.
    pub(super) fn spared(&self) -> &[Pattern] {
        if self.negated { &self.patterns } else { &[] }
    }

    /// Of a deny: whether something that the pattern matches is left of what `allowed` selects, and
    /// not by one of the patterns that it leaves: those are elements by themselves.
    pub(super) fn spares(&self, element: &Pattern, allowed: &Self) -> bool {
        if !self.negated {
            return !self.has_all(element);
        }
        // What is left by the deny but never allowed is nothing.
        let left = |pattern: &&Pattern| pattern.meets_beyond(element) && allowed.touches(pattern);
        self.patterns.iter().any(|pattern| left(&pattern))
    }

    /// Whether it may select what the pattern matches, or part of it.
    pub(super) fn touches(&self, element: &Pattern) -> bool {
        if self.negated {
            self.has_some(element)
        } else {
            self.patterns.iter().any(|pattern| overlap(&pattern.lower, &element.lower))
        }
    }
}
