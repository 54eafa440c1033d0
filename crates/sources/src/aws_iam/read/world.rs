//! What the answers of a capture say together: users, their keys and devices come in different
//! answers, and one of them decides what another may say.

use std::collections::{BTreeMap, BTreeSet};

use tenure_model::time::Timestamp;

use crate::cloudtrail::identity::{Account, Identity};
use crate::cloudtrail::policy::{Reach, is_administrator, reach};

use super::answer::{Answer, Content, Listing};
use super::lenient::List;
use super::model::{Attached, Inline};
use super::privileges::Policies;
use super::report::Report;
use super::tags::Tags;

/// The capture as a whole. Users and roles are known by their ARN without path.
#[derive(Debug, Default)]
pub(super) struct World {
    /// The partition of each account whose identities are here.
    partitions: BTreeMap<String, String>,
    /// Users and roles that a listing shows in full.
    pub(super) listed: BTreeSet<String>,
    /// Whether users have a password for the console.
    pub(super) logins: BTreeMap<String, bool>,
    /// Whether users have an enabled device, by their own listings.
    pub(super) devices: BTreeMap<String, bool>,
    /// The same, by the report: older than a listing.
    pub(super) report_mfa: BTreeMap<String, bool>,
    /// The keys of users whose keys were listed: id and creation.
    pub(super) keys: BTreeMap<String, Vec<(String, Option<Timestamp>)>>,
    /// Keys whose last use was asked for.
    pub(super) keys_asked: BTreeSet<String>,
    /// Whether accounts' root users have a device, by the account summary.
    pub(super) root_mfa: BTreeMap<String, bool>,
    /// Holders of something that gives everything.
    pub(super) admins: BTreeSet<String>,
    /// Tags of users that were asked for on their own.
    pub(super) tags: BTreeMap<String, Tags>,
    /// What lies in what, in an organisation.
    pub(super) parents: BTreeMap<String, String>,
    /// Names of accounts that they give themselves.
    pub(super) aliases: BTreeMap<String, String>,
    /// Permission sets by ARN.
    pub(super) sets: BTreeMap<String, SetInfo>,
    /// Documents, for what they allow in the end.
    pub(super) policies: Policies,
    /// Policies of an organisation: their names by id.
    pub(super) org_policies: BTreeMap<String, String>,
}

/// What is known of a permission set.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct SetInfo {
    pub(super) name: Option<String>,
    pub(super) admin: bool,
}

impl World {
    /// From all answers; those that do not say their account take the only one that others say.
    pub(super) fn of(answers: &mut [&mut Answer]) -> Self {
        let mut world = Self::default();
        for answer in answers.iter_mut() {
            answer.account = own_account(&answer.content).or(answer.account.take());
            for arn in own_arns(&answer.content) {
                world.partition(arn);
            }
        }
        let accounts: BTreeSet<_> = answers.iter().filter_map(|a| a.account.clone()).collect();
        let only = if accounts.len() == 1 { accounts.first().cloned() } else { None };
        for answer in answers.iter_mut().filter(|answer| answer.account.is_none()) {
            answer.account.clone_from(&only);
        }
        for answer in &*answers {
            world.take(answer);
        }
        world
    }

    /// The account with its partition.
    pub(super) fn account<'a>(&'a self, id: &'a str) -> Account<'a> {
        Account { partition: self.partitions.get(id).map_or("aws", String::as_str), id }
    }

    fn partition(&mut self, arn: &str) {
        let mut parts = arn.split(':');
        if let (Some(partition), Some(id)) = (parts.nth(1), parts.nth(2)) {
            self.partitions.entry(id.to_owned()).or_insert_with(|| partition.to_owned());
        }
    }

    fn take(&mut self, answer: &Answer) {
        let account = answer.account.clone().unwrap_or_default();
        let partition = self.account(&account).partition.to_owned();
        let of_group =
            |name: &str| Account { partition: &partition, id: &account }.arn("group", name);
        self.policies.take(of_group, &answer.content);
        match &answer.content {
            Content::Listing(listing) => self.listing(listing),
            Content::Report(report) => self.report(report),
            Content::Summary(map) => {
                if let Some(enabled) = super::settings::count(map, "AccountMFAEnabled") {
                    self.root_mfa.insert(account, enabled > 0);
                }
            }
            Content::Aliases(aliases) => {
                self.aliases.extend(aliases.first().map(|alias| (account, alias.clone())));
            }
            other => {
                let user = |name: &str| {
                    Identity::user(&Account { partition: &partition, id: &account }, name).arn
                };
                self.of_users(user, other);
                self.organization(other);
            }
        }
    }

    fn report(&mut self, report: &Report) {
        for row in &report.rows {
            let Some(identity) = Identity::from_arn(&row.arn) else { continue };
            if let Some(enabled) = row.password_enabled {
                // A listing of its own says it better.
                self.logins.entry(identity.arn.clone()).or_insert(enabled);
            }
            if let Some(mfa) = row.mfa {
                self.report_mfa.insert(identity.arn, mfa);
            }
        }
    }

    fn of_users(&mut self, user: impl Fn(&str) -> String, content: &Content) {
        match content {
            Content::AccessKeys(keys) => {
                for key in keys {
                    if let (Some(name), Some(id)) = (key.user_name.get(), key.access_key_id.get()) {
                        let of_user = self.keys.entry(user(name)).or_default();
                        of_user.push((id.to_owned(), key.create_date.0));
                    }
                }
            }
            Content::KeyUsed { key: Some(key), .. } => {
                self.keys_asked.insert(key.clone());
            }
            Content::MfaDevices { user: asked, devices } => {
                let named = devices.iter().find_map(|device| device.user_name.get());
                if let Some(name) = asked.as_deref().or(named) {
                    *self.devices.entry(user(name)).or_default() |= !devices.is_empty();
                }
            }
            Content::UserTags { user: name, tags } => {
                self.tags.insert(user(name), Tags::of(tags));
            }
            Content::Login(profile) => {
                self.logins.extend(profile.user_name.get().map(|name| (user(name), true)));
            }
            Content::NoLogin { user: name } => {
                self.logins.insert(user(name), false);
            }
            _ => {}
        }
    }

    fn listing(&mut self, listing: &Listing) {
        for user in &listing.users {
            let Some(arn) = user.arn.get().and_then(Identity::from_arn) else { continue };
            self.admin(&arn.arn, &user.attached_managed_policies, &user.user_policy_list);
            self.listed.insert(arn.arn);
        }
        for role in &listing.roles {
            let Some(arn) = role.arn.get().and_then(Identity::from_arn) else { continue };
            self.admin(&arn.arn, &role.attached_managed_policies, &role.role_policy_list);
            self.listed.insert(arn.arn);
        }
    }

    fn admin(&mut self, holder: &str, attached: &List<Attached>, inline: &List<Inline>) {
        let managed = attached.0.iter().any(|a| a.policy_arn.get().is_some_and(is_administrator));
        let own = inline.0.iter().filter_map(|policy| policy.policy_document.as_ref());
        if managed || own.into_iter().any(|document| reach(&document.0) == Reach::Admin) {
            self.admins.insert(holder.to_owned());
        }
    }

    fn organization(&mut self, content: &Content) {
        match content {
            Content::OrgAccounts { parent: Some(parent), accounts } => {
                let ids = accounts.iter().filter_map(|account| account.id.get());
                self.parents.extend(ids.map(|id| (id.to_owned(), parent.clone())));
            }
            Content::OrgNodes { parent: Some(parent), nodes } => {
                let ids = nodes.iter().filter_map(|node| node.id.get());
                self.parents.extend(ids.map(|id| (id.to_owned(), parent.clone())));
            }
            Content::OrgParents { child, parents } => {
                let parent = parents.iter().find_map(|parent| parent.id.get());
                self.parents.extend(parent.map(|parent| (child.clone(), parent.to_owned())));
            }
            Content::OrgPolicies(policies) => {
                for policy in policies {
                    if let (Some(id), Some(name)) = (policy.id.get(), policy.name.get()) {
                        self.org_policies.insert(id.to_owned(), name.to_owned());
                    }
                }
            }
            Content::Set(set) => {
                if let Some(arn) = set.permission_set_arn.get() {
                    let info = self.sets.entry(arn.to_owned()).or_default();
                    info.name = set.name.get().map(str::to_owned);
                }
            }
            Content::SetPolicies { set, policies } => {
                let info = self.sets.entry(set.clone()).or_default();
                info.admin |=
                    policies.iter().any(|policy| policy.arn.get().is_some_and(is_administrator));
            }
            Content::SetInline { set, document: Some(document) } => {
                let info = self.sets.entry(set.clone()).or_default();
                info.admin |= reach(&document.0) == Reach::Admin;
            }
            _ => {}
        }
    }
}

/// The account that an answer's own ARNs name.
pub(super) fn own_account(content: &Content) -> Option<String> {
    let first = own_arns(content).next()?;
    first.split(':').nth(4).filter(|id| is_account(id)).map(str::to_owned)
}

/// ARNs of what belongs to the account that was asked about.
pub(super) fn own_arns(content: &Content) -> Box<dyn Iterator<Item = &str> + '_> {
    match content {
        Content::Listing(listing) => Box::new(
            (listing.users.iter().filter_map(|user| user.arn.get()))
                .chain(listing.groups.iter().filter_map(|group| group.arn.get()))
                .chain(listing.roles.iter().filter_map(|role| role.arn.get())),
        ),
        Content::Report(report) => Box::new(report.rows.iter().map(|row| row.arn.as_str())),
        Content::VirtualMfaDevices(devices) => {
            Box::new(devices.iter().filter_map(|device| device.serial_number.get()))
        }
        Content::Saml(providers) => Box::new(providers.iter().filter_map(|p| p.arn.get())),
        Content::OidcList(providers) => Box::new(providers.iter().filter_map(|p| p.arn.get())),
        _ => Box::new(std::iter::empty()),
    }
}

pub(super) fn is_account(id: &str) -> bool {
    id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit())
}
