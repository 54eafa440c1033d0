//! One account, from its own totals to its trails, in a fixed order.

use std::collections::BTreeMap;

use serde_json::Value;

use super::operation::Operation as Op;
use super::session::{Halt, input, nothing};
use super::walk::Walk;
use super::{trails, users};
use crate::aws::xml::Element;
use crate::aws::{Fault, Kind};

/// The totals of `GetAccountSummary` that the collection can be held against.
const COMPARED: [&str; 4] = ["Users", "Groups", "Roles", "Policies"];

/// What an account gave, beside its exchanges.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// What the account itself says.
    pub(super) totals: BTreeMap<String, u64>,
    /// Users by name, and whether their tags came with them.
    pub(super) users: BTreeMap<String, bool>,
    groups: u64,
    roles: u64,
    policies: u64,
}

/// Walks through an account. `parallel` calls at a time where order does not matter.
pub(super) fn walk(
    walk: &mut Walk<'_>,
    parallel: usize,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Known, Halt> {
    let mut known = Known::default();
    walk.one(Op::GetCallerIdentity, &nothing())?;
    if let Some(body) = walk.one(Op::GetAccountSummary, &nothing())? {
        known.totals = read_totals(&body);
    }
    let whole = details(walk, &mut known)?;
    report(walk)?;
    walk.pages(Op::ListAccountAliases, &nothing(), |_| ())?;
    walk.one(Op::GetAccountPasswordPolicy, &nothing())?;
    providers(walk)?;
    walk.pages(Op::ListVirtualMFADevices, &input([("AssignmentStatus", "Any")]), |_| ())?;
    users::walk(walk, &known.users, parallel, progress)?;
    trails::walk(walk)?;
    if whole {
        compare(walk, &known);
    }
    Ok(known)
}

/// Users, groups, roles and policies. Whether all of them came.
fn details(walk: &mut Walk<'_>, known: &mut Known) -> Result<bool, Halt> {
    let account = walk.session.account.to_owned();
    let asked = input([("MaxItems", "1000")]);
    let whole = walk.pages(Op::GetAccountAuthorizationDetails, &asked, |body| {
        if let Some(root) = Element::parse(body) {
            known.add(&root, &account);
        }
    })?;
    if !whole {
        // The users can still be asked for one by one.
        walk.pages(Op::ListUsers, &asked, |body| {
            let root = Element::parse(body).unwrap_or_default();
            for user in root.members(&["ListUsersResult", "Users"]) {
                let name = user.text_of("UserName").unwrap_or_default().to_owned();
                known.users.entry(name).or_insert(false);
            }
        })?;
    }
    Ok(whole)
}

impl Known {
    fn add(&mut self, root: &Element, account: &str) {
        const RESULT: &str = "GetAccountAuthorizationDetailsResult";
        for user in root.members(&[RESULT, "UserDetailList"]) {
            let name = user.text_of("UserName").unwrap_or_default().to_owned();
            self.users.insert(name, user.child("Tags").is_some());
        }
        self.groups += root.members(&[RESULT, "GroupDetailList"]).count() as u64;
        self.roles += root.members(&[RESULT, "RoleDetailList"]).count() as u64;
        let own = format!(":iam::{account}:policy/");
        let policies = root.members(&[RESULT, "Policies"]);
        let owned = policies.filter(|p| p.text_of("Arn").is_some_and(|arn| arn.contains(&own)));
        self.policies += owned.count() as u64;
    }

    fn received(&self, total: &str) -> u64 {
        match total {
            "Users" => self.users.len() as u64,
            "Groups" => self.groups,
            "Roles" => self.roles,
            _ => self.policies,
        }
    }
}

pub(super) fn read_totals(body: &str) -> BTreeMap<String, u64> {
    let root = Element::parse(body).unwrap_or_default();
    let entries = root.members(&["GetAccountSummaryResult", "SummaryMap"]);
    let pair = |entry: &Element| {
        let value = entry.text_of("value")?.trim().parse().ok()?;
        Some((entry.text_of("key")?.trim().to_owned(), value))
    };
    entries.filter_map(pair).filter(|(name, _)| COMPARED.contains(&name.as_str())).collect()
}

/// An answer that came and lacks what the account says it has is no complete answer.
fn compare(walk: &mut Walk<'_>, known: &Known) {
    for (name, total) in &known.totals {
        let received = known.received(name);
        if received != *total {
            let account = walk.session.account;
            let cause = format!(
                "account {account} says that it has {total} {name} (iam:GetAccountSummary), and {received} were received"
            );
            let hint = "something changed meanwhile, or the answers are not whole: collect again";
            walk.tell(None, cause, hint.to_owned());
        }
    }
}

/// The credential report, which AWS makes at most every four hours.
fn report(walk: &mut Walk<'_>) -> Result<(), Halt> {
    let made = |body: &str, fault: Option<&Fault>| {
        let state = Element::parse(body).and_then(|root| Some(root.find("State")?.text.clone()));
        fault.is_some() || state.as_deref() == Some("COMPLETE")
    };
    if walk.until(Op::GenerateCredentialReport, &nothing(), made)?.is_some() {
        let there = |_: &str, fault: Option<&Fault>| {
            fault.is_none_or(|fault| {
                fault.code != "ReportInProgress" && fault.kind != Kind::NotFound
            })
        };
        walk.until(Op::GetCredentialReport, &nothing(), there)?;
    }
    Ok(())
}

/// Identity providers that the account trusts.
fn providers(walk: &mut Walk<'_>) -> Result<(), Halt> {
    walk.one(Op::ListSAMLProviders, &nothing())?;
    let Some(body) = walk.one(Op::ListOpenIDConnectProviders, &nothing())? else { return Ok(()) };
    let root = Element::parse(&body).unwrap_or_default();
    let list = ["ListOpenIDConnectProvidersResult", "OpenIDConnectProviderList"];
    let mut arns: Vec<_> = root.members(&list).filter_map(|p| p.text_of("Arn")).collect();
    arns.sort_unstable();
    for arn in arns {
        walk.one(Op::GetOpenIDConnectProvider, &input([("OpenIDConnectProviderArn", arn)]))?;
    }
    Ok(())
}

/// The texts at `field` of the objects in the list `list` of a JSON answer.
pub(super) fn texts(body: &str, list: &str, field: &str) -> Vec<String> {
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    let items = json.get(list).and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |item: &Value| match field {
        "" => item.as_str().map(str::to_owned),
        _ => item.get(field)?.as_str().map(str::to_owned),
    };
    items.iter().filter_map(text).collect()
}
