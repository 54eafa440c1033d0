//! The actions that are known, with their access levels, and the rule for the others.
//!
//! The list is `data/aws-actions.tsv`: service prefix, level, actions. Levels have
//! the classes of the Service Authorization Reference; they come from the rule, and by hand where it
//! errs.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

use super::glob::{covers, is_any, literal_prefix};

/// What an action does, by the classes of the Service Authorization Reference.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Access {
    /// Tells what there is.
    List,
    /// Reads contents or attributes.
    Read,
    /// Changes tags only.
    Tagging,
    /// Creates, changes or deletes.
    Write,
    /// Grants or changes permissions.
    Permissions,
}

impl Access {
    /// Whether nothing changes by it.
    pub(super) const fn is_read(self) -> bool {
        matches!(self, Self::List | Self::Read)
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "list" => Self::List,
            "read" => Self::Read,
            "tagging" => Self::Tagging,
            "write" => Self::Write,
            "permissions" => Self::Permissions,
            _ => return None,
        })
    }
}

/// A set of known actions.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl fmt::Debug for Bits {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: u32 = self.0.iter().map(|word| word.count_ones()).sum();
        write!(to, "{known} known actions")
    }
}

impl Bits {
    pub(super) fn none() -> Self {
        Self(vec![0; CATALOGUE.actions.len().div_ceil(64)])
    }

    pub(super) fn set(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }

    pub(super) fn has(&self, at: usize) -> bool {
        self.0[at / 64] & (1 << (at % 64)) != 0
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(mine, theirs)| *mine |= theirs);
    }

    pub(super) fn remove(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(mine, theirs)| *mine &= !theirs);
    }

    pub(super) fn keep(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(mine, theirs)| *mine &= theirs);
    }

    pub(super) fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(mine, theirs)| mine & theirs != 0)
    }

    /// All but these.
    pub(super) fn others(&self) -> Self {
        let mut all = Self::none();
        (0..CATALOGUE.actions.len()).for_each(|at| all.set(at));
        all.remove(self);
        all
    }

    /// Those within the range.
    pub(super) fn within(&self, range: Range<usize>) -> impl Iterator<Item = usize> {
        range.filter(|at| self.has(*at))
    }
}

/// A known action.
#[derive(Debug)]
pub(super) struct Action {
    /// `service:action` in lower case.
    lower: String,
    /// As written by AWS.
    pub(super) name: String,
    pub(super) access: Access,
}

/// All known actions, sorted by their names in lower case: a service's are neighbours.
#[derive(Debug)]
pub(super) struct Catalogue {
    pub(super) actions: Vec<Action>,
    services: BTreeMap<String, Range<usize>>,
}

pub(super) static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::read(include_str!("../../../data/aws-actions.tsv")));

impl Catalogue {
    fn read(list: &str) -> Self {
        let mut actions = Vec::new();
        for line in list.lines().filter(|line| !line.starts_with('#')) {
            let mut fields = line.split('\t');
            let (Some(service), Some(access), Some(names)) =
                (fields.next(), fields.next().and_then(Access::named), fields.next())
            else {
                continue;
            };
            actions.extend(names.split(' ').map(|action| {
                let name = format!("{service}:{action}");
                Action { lower: name.to_ascii_lowercase(), name, access }
            }));
        }
        actions.sort_by(|a, b| a.lower.cmp(&b.lower));
        let mut services: BTreeMap<String, Range<usize>> = BTreeMap::new();
        for (at, action) in actions.iter().enumerate() {
            let service = action.lower.split(':').next().unwrap_or_default();
            services.entry(service.to_owned()).or_insert(at..at).end = at + 1;
        }
        Self { actions, services }
    }

    /// The services, with where their actions are.
    pub(super) fn services(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        self.services.iter().map(|(name, range)| (name.as_str(), range.clone()))
    }

    /// Where a service's actions are; empty for a service that is not known.
    pub(super) fn service(&self, name: &str) -> Range<usize> {
        self.services.get(name).cloned().unwrap_or(0..0)
    }

    /// The place of one action, named in lower case.
    pub(super) fn find(&self, lower: &str) -> Option<usize> {
        self.actions.binary_search_by(|action| action.lower.as_str().cmp(lower)).ok()
    }

    /// Adds the known actions that a pattern in lower case matches.
    pub(super) fn select(&self, pattern: &str, into: &mut Bits) {
        if is_any(pattern) {
            (0..self.actions.len()).for_each(|at| into.set(at));
            return;
        }
        let prefix = literal_prefix(pattern);
        if prefix.len() == pattern.len() {
            if let Some(at) = self.find(pattern) {
                into.set(at);
            }
            return;
        }
        let start = self.actions.partition_point(|action| action.lower.as_str() < prefix);
        let rest = self.actions[start..].iter().enumerate();
        for (at, action) in rest.take_while(|(_, action)| action.lower.starts_with(prefix)) {
            if covers(pattern, &action.lower) {
                into.set(start + at);
            }
        }
    }
}

/// Verbs after which nothing changes.
const READING: &[&str] = &[
    "batchcheck",
    "batchdescribe",
    "batchget",
    "check",
    "count",
    "describe",
    "download",
    "estimate",
    "explain",
    "fetch",
    "filter",
    "get",
    "head",
    "list",
    "lookup",
    "preview",
    "query",
    "read",
    "scan",
    "search",
    "select",
    "simulate",
    "validate",
    "view",
];

/// Verbs that grant, when a policy or permission is what they are about.
const GRANTING: &[&str] =
    &["add", "attach", "create", "delete", "detach", "put", "remove", "set", "update"];

/// What an action that is not known does, by its verb; `None` when a wildcard comes before the
/// verb ends. The action is its part after the service, as written, or a pattern.
pub(super) fn by_verb(action: &str) -> Option<Access> {
    let known = literal_prefix(action);
    let lower = known.to_ascii_lowercase();
    if READING.iter().any(|verb| lower.starts_with(verb) && ends_there(known, verb.len())) {
        return Some(Access::Read);
    }
    // `G*` could be `Get*`, or anything else.
    if known.len() < action.len() && READING.iter().any(|verb| verb.starts_with(&lower)) {
        return None;
    }
    let granted = ["policy", "permission", "acl"].iter().any(|what| lower.contains(what));
    if granted && GRANTING.iter().any(|verb| lower.starts_with(verb)) {
        return Some(Access::Permissions);
    }
    Some(Access::Write)
}

/// Whether a word ends at this place: `Check` does in `CheckAlias`, not in `CheckoutLicense`. A
/// name all in lower case does not tell.
fn ends_there(name: &str, at: usize) -> bool {
    let next = name[at..].chars().next();
    next.is_none_or(|next| !next.is_ascii_lowercase())
        || !name.bytes().any(|byte| byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_read() {
        let list = include_str!("../../../data/aws-actions.tsv");
        let mut count = 0;
        for line in list.lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<_> = line.split('\t').collect();
            let [service, access, actions] = fields[..] else { panic!("three fields: {line}") };
            assert!(Access::named(access).is_some(), "{line}");
            for action in actions.split(' ') {
                let at = CATALOGUE.find(&format!("{service}:{action}").to_ascii_lowercase());
                let found = &CATALOGUE.actions[at.expect("it is found")];
                assert_eq!(found.name, format!("{service}:{action}"));
                assert_eq!(found.access, Access::named(access).unwrap(), "one level: {action}");
                count += 1;
            }
        }
        assert_eq!(count, CATALOGUE.actions.len());
        assert!(CATALOGUE.services.len() >= 90);
    }

    #[test]
    fn levels_are_those_of_the_reference() {
        for (action, access) in [
            ("iam:passrole", Access::Permissions),
            ("iam:getuser", Access::Read),
            ("iam:listusers", Access::List),
            ("s3:putbucketpolicy", Access::Permissions),
            ("s3:putobject", Access::Write),
            ("s3:putobjecttagging", Access::Tagging),
            ("s3:getobject", Access::Read),
            ("kms:creategrant", Access::Permissions),
            ("kms:decrypt", Access::Write),
            ("sts:assumerole", Access::Write),
            ("redshift:getclustercredentials", Access::Write),
            ("lambda:invokefunction", Access::Write),
            ("ec2:describeinstances", Access::List),
        ] {
            let at = CATALOGUE.find(action).expect(action);
            let found = CATALOGUE.actions[at].access;
            assert!(found == access || found.is_read() && access.is_read(), "{action} {found:?}");
        }
    }

    #[test]
    fn a_pattern_selects_what_it_matches() {
        for pattern in
            ["*", "s3:*", "s3:get*", "*:get*", "s3:*object*", "s3:getobject", "x:*", "s?:get*", ""]
        {
            let mut selected = Bits::none();
            CATALOGUE.select(pattern, &mut selected);
            for (at, action) in CATALOGUE.actions.iter().enumerate() {
                assert_eq!(
                    selected.has(at),
                    covers(pattern, &action.lower),
                    "{pattern} {}",
                    action.name
                );
            }
        }
    }

    #[test]
    fn verbs_tell_what_is_not_known() {
        for (action, access) in [
            ("DescribeThing", Some(Access::Read)),
            ("getthing", Some(Access::Read)),
            ("Get*", Some(Access::Read)),
            ("GettyUpload", Some(Access::Write)),
            ("G*", None),
            ("*", None),
            ("PutThingPolicy", Some(Access::Permissions)),
            ("CreateThing", Some(Access::Write)),
            ("Run*", Some(Access::Write)),
        ] {
            assert_eq!(by_verb(action), access, "{action}");
        }
    }
}
