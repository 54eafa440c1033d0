//! The organisation: accounts, the units that they are in, and the policies that bound them.

use serde_json::{Value, json};

use super::account::texts;
use super::operation::Operation as Op;
use super::session::{Halt, Input, input, nothing};
use super::walk::Walk;
use crate::aws::{Fault, Kind};

/// Whether the caller can see the organisation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Seat {
    /// There is none.
    None,
    /// From the management account.
    Management,
    /// From another account of it, which only sees it when it is a delegated administrator.
    Member,
    /// The question failed, which is told.
    Unknown,
}

/// From where the caller looks.
pub(super) fn seat(walk: &mut Walk<'_>) -> Result<Seat, Halt> {
    let mut none = false;
    let unused = |fault: &Fault| fault.kind == Kind::NotInUse;
    let asked = walk.session.ask(&walk.question(Op::DescribeOrganization, &nothing()))?;
    if asked.fault.as_ref().is_some_and(unused) {
        none = true;
    }
    let body = walk.one_of(Op::DescribeOrganization, &nothing(), unused)?;
    let json: Value = body.and_then(|body| serde_json::from_str(&body).ok()).unwrap_or_default();
    let management = json.pointer("/Organization/MasterAccountId").and_then(Value::as_str);
    Ok(match management {
        _ if none => Seat::None,
        None => Seat::Unknown,
        Some(account) if account == walk.session.account => Seat::Management,
        Some(_) => Seat::Member,
    })
}

/// The active accounts, sorted; `None` when they cannot be listed, which is told.
pub(super) fn accounts(walk: &mut Walk<'_>) -> Result<Option<Vec<String>>, Halt> {
    let mut accounts = Vec::new();
    let whole = walk.pages(Op::ListAccounts, &nothing(), |body| {
        let json: Value = serde_json::from_str(body).unwrap_or_default();
        for account in json.get("Accounts").and_then(Value::as_array).into_iter().flatten() {
            let text = |name: &str| account.get(name).and_then(Value::as_str);
            let active = text("State").or_else(|| text("Status")) == Some("ACTIVE");
            accounts.extend(text("Id").filter(|_| active).map(str::to_owned));
        }
    })?;
    accounts.sort_unstable();
    accounts.dedup();
    Ok(whole.then_some(accounts))
}

/// The tree of units and the service control policies.
pub(super) fn bounds(walk: &mut Walk<'_>) -> Result<(), Halt> {
    let mut parents = Vec::new();
    walk.pages(Op::ListRoots, &nothing(), |body| parents.extend(texts(body, "Roots", "Id")))?;
    parents.sort_unstable();
    let mut n = 0;
    // Units are at most five deep and no unit is in itself; a fake tree must not hold us up.
    while let Some(parent) = parents.get(n).cloned().filter(|_| n < MOST_UNITS) {
        let at = input([("ParentId", parent.as_str())]);
        walk.pages(Op::ListAccountsForParent, &at, |_| ())?;
        let mut units = Vec::new();
        walk.pages(Op::ListOrganizationalUnitsForParent, &at, |body| {
            units.extend(texts(body, "OrganizationalUnits", "Id"));
        })?;
        units.sort_unstable();
        units.retain(|unit| !parents.contains(unit));
        parents.extend(units);
        n += 1;
    }
    policies(walk)
}

/// AWS allows 2,000 units in an organisation.
const MOST_UNITS: usize = 10_000;

fn policies(walk: &mut Walk<'_>) -> Result<(), Halt> {
    let kind = json!({"Filter": "SERVICE_CONTROL_POLICY"});
    let kind: Input = kind.as_object().cloned().unwrap_or_default();
    let mut policies = Vec::new();
    walk.pages(Op::ListPolicies, &kind, |body| policies.extend(texts(body, "Policies", "Id")))?;
    policies.sort_unstable();
    for policy in &policies {
        let which = input([("PolicyId", policy.as_str())]);
        walk.one(Op::DescribePolicy, &which)?;
        walk.pages(Op::ListTargetsForPolicy, &which, |_| ())?;
    }
    Ok(())
}
