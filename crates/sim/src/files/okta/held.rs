//! Which accounts of an organisation were in which groups and had which roles, from when to when.

use std::collections::BTreeMap;

use tenure_model::Timestamp;

use super::Okta;

/// A membership or a role that an account held for a stretch of time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Given {
    /// The id under which Tenure lists it: what began again is another thing, and is numbered.
    pub id: String,
    /// The account.
    pub account: String,
    /// The group, or the type of the role.
    pub right: String,
    /// Whether it is a role of an administrator.
    pub role: bool,
    /// The employee whose account it is.
    pub employee: Option<String>,
    /// Whether the organisation calls the account that of a service.
    pub service: bool,
    /// Since when.
    pub from: Timestamp,
    /// Until when; not set = still.
    pub to: Option<Timestamp>,
}

impl Okta {
    /// What accounts held at some instant after the given one, from which on it is on record.
    #[must_use]
    pub fn given(&self, since: Timestamp) -> Vec<Given> {
        let members =
            self.members.iter().map(|m| (&m.what.1, m.what.0.clone(), false, m.from, m.to));
        let roles =
            self.roles.iter().map(|r| (&r.what.user, r.what.kind.to_owned(), true, r.from, r.to));
        let mut held: Vec<_> = members.chain(roles).collect();
        held.retain(|(.., from, to)| to.is_none_or(|to| to > since && to > *from));
        held.sort();
        let mut begun: BTreeMap<String, u32> = BTreeMap::new();
        let given = |(account, right, role, from, to): (
            &String,
            String,
            bool,
            Timestamp,
            Option<Timestamp>,
        )| {
            let kind = if role { "okta-role-assignment" } else { "okta-group-member" };
            let base = format!("{}/{kind}/{account}|{right}", self.system);
            let count = begun.entry(base.clone()).or_insert(0);
            *count += 1;
            let id = if *count == 1 { base } else { format!("{base}~{count}") };
            let user = self.users.get(account);
            Given {
                id,
                account: account.clone(),
                right,
                role,
                employee: user.and_then(|user| user.employee.clone()),
                service: user.is_some_and(|u| u.employee.is_none() && u.kind.is_some()),
                from,
                to,
            }
        };
        held.into_iter().map(given).collect()
    }
}
