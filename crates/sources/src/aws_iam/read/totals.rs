//! What a capture holds, in numbers, beside what AWS itself says the numbers are; and which parts
//! of it were refused.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tenure_model::time::Timestamp;

use super::operation::Operation;
use super::{Capture, Content, Refused, pages, settings};

/// A part of the state that may be covered on its own.
pub(in super::super) type Part = &'static str;

/// The numbers of a capture.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in super::super) struct Totals {
    /// First and last instant that answers speak for.
    pub(in super::super) span: Option<(Timestamp, Timestamp)>,
    /// Distinct users, groups, roles and customer-managed policies.
    pub(in super::super) received: BTreeMap<String, u64>,
    /// The same by the account summary, where it was asked for.
    pub(in super::super) said: BTreeMap<String, u64>,
    /// Parts that were asked for, with what was refused or missing of each.
    pub(in super::super) parts: BTreeMap<Part, BTreeSet<String>>,
    /// Whether files are among the lines.
    pub(in super::super) files: bool,
    /// Whether the last line is there, and pages are whole.
    pub(in super::super) whole: bool,
}

impl Totals {
    /// Of one capture.
    pub(in super::super) fn of(bytes: &[u8]) -> Self {
        let capture = Capture::parse(bytes);
        let mut totals = Self {
            whole: capture.declared == Some(capture.entries.len() as u64)
                && pages::missing(&capture).is_empty(),
            ..Self::default()
        };
        for entry in &capture.entries {
            totals.files |= entry.call.is_none();
            let at = entry.said.as_ref().map_or(entry.at, |answer| Some(answer.at));
            totals.span = match (totals.span, at) {
                (Some((from, to)), Some(at)) => Some((from.min(at), to.max(at))),
                (None, Some(at)) => Some((at, at)),
                (span, None) => span,
            };
            totals.part(entry);
        }
        totals.count(&capture);
        totals
    }

    fn part(&mut self, entry: &super::Entry<'_>) {
        let part = match (&entry.call, &entry.said) {
            (Some(call), _) => call.operation.and_then(Operation::part),
            (None, Ok(answer)) => part_of(&answer.content),
            (None, Err(_)) => Some("identities"),
        };
        let Some(part) = part else { return };
        let failures = self.parts.entry(part).or_default();
        let name = entry.call.as_ref().and_then(|call| call.operation).map(Operation::name);
        let what = name.unwrap_or("a file");
        match &entry.said {
            Ok(answer) if answer.problems.is_empty() => {}
            Ok(_) => drop(failures.insert(format!("{what}: in part not understood"))),
            Err(Refused::Skip(reason)) => drop(failures.insert(format!("{what}: {reason}"))),
            Err(Refused::Reject(_)) => drop(failures.insert(format!("{what}: not understood"))),
        }
    }

    fn count(&mut self, capture: &Capture<'_>) {
        let mut distinct: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for answer in capture.answers() {
            match &answer.content {
                Content::Listing(listing) => {
                    let users = listing.users.iter().filter_map(|user| user.arn.get());
                    distinct.entry("Users").or_default().extend(users);
                    let groups = listing.groups.iter().filter_map(|group| group.arn.get());
                    distinct.entry("Groups").or_default().extend(groups);
                    let roles = listing.roles.iter().filter_map(|role| role.arn.get());
                    distinct.entry("Roles").or_default().extend(roles);
                    let policies = listing.policies.iter().filter_map(|policy| policy.arn.get());
                    let own = policies.filter(|arn| !arn.contains(":iam::aws:"));
                    distinct.entry("Policies").or_default().extend(own);
                }
                Content::Summary(map) => {
                    for name in COUNTS {
                        if let Some(count) = settings::count(map, name) {
                            *self.said.entry((*name).to_owned()).or_default() += count;
                        }
                    }
                }
                Content::Report(report) => {
                    let rows = report.rows.iter().map(|row| row.arn.as_str());
                    distinct.entry("credential_report_rows").or_default().extend(rows);
                }
                Content::AccessKeys(keys) => {
                    let ids = keys.iter().filter_map(|key| key.access_key_id.get());
                    distinct.entry("access_keys").or_default().extend(ids);
                }
                _ => {}
            }
        }
        self.received = distinct.into_iter().map(|(k, v)| (k.to_owned(), v.len() as u64)).collect();
    }

    /// Totals that the account summary says otherwise: name, said, received.
    pub(in super::super) fn differences(&self) -> Vec<(&str, u64, u64)> {
        let both = self
            .said
            .iter()
            .filter_map(|(name, said)| Some((name.as_str(), *said, *self.received.get(name)?)));
        both.filter(|(_, said, received)| said != received).collect()
    }
}

/// Totals of the account summary that listings can be held against; it counts customers' policies
/// only.
const COUNTS: &[&str] = &["Users", "Groups", "Roles", "Policies"];

/// The part of the state that a file tells of.
fn part_of(content: &Content) -> Option<Part> {
    Some(match content {
        Content::Listing(_) | Content::UserTags { .. } => "identities",
        Content::Report(_) => "credential-report",
        Content::AccessKeys(_) | Content::KeyUsed { .. } => "access-keys",
        Content::MfaDevices { .. } | Content::VirtualMfaDevices(_) => "mfa",
        Content::Login(_) | Content::NoLogin { .. } => "passwords",
        Content::OtherCredentials(_) => "other-credentials",
        Content::Summary(_) | Content::PasswordPolicy(_) | Content::Aliases(_) => "settings",
        Content::Saml(_) | Content::Oidc { .. } | Content::OidcList(_) => "federation",
        Content::OrgAccounts { .. }
        | Content::OrgNodes { .. }
        | Content::OrgParents { .. }
        | Content::OrgPolicies(_)
        | Content::OrgPolicy(_)
        | Content::OrgTargets { .. } => "organization",
        Content::Trails(_) | Content::TrailStatus { .. } | Content::TrailSelectors { .. } => {
            "trails"
        }
        Content::Nothing(_) => return None,
        _ => "identity-center",
    })
}

/// Members that hold an instant that has passed when the text is printed.
const PAST: &[&str] = &[
    "CreateDate",
    "UpdateDate",
    "UploadDate",
    "EnableDate",
    "LastUsedDate",
    "PasswordLastUsed",
    "JoinedTimestamp",
    "CreatedDate",
    "CreatedAt",
    "UpdatedAt",
];

/// The latest instant in the members that are known to lie in the past. Policy documents may hold
/// any instant, and dates of expiry lie in the future.
pub(super) fn latest(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Array(items) => items.iter().filter_map(latest).max(),
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| !name.ends_with("Document") && *name != "Content")
            .filter_map(|(name, value)| match value {
                Value::String(text) if PAST.contains(&name.as_str()) => text.parse().ok(),
                value => latest(value),
            })
            .max(),
        _ => None,
    }
}
