//! Who was a member or an owner of an organisation, from when to when.

use tenure_model::Timestamp;

use super::Organisation;

/// A right in an organisation that an account held for a stretch of time.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Right {
    /// The account.
    pub login: String,
    /// Whether it is an owner's, beside that of a member.
    pub owner: bool,
    /// Since when.
    pub from: Timestamp,
    /// Until when; not set = still.
    pub to: Option<Timestamp>,
}

impl Right {
    /// The right by which an account of a person is a member.
    #[must_use]
    pub fn named(organisation: &str, owner: bool) -> String {
        format!("org:{organisation}:{}", if owner { "admin" } else { "member" })
    }
}

impl Organisation {
    /// What accounts held, each with the id under which Tenure lists it, without the system: what
    /// began again is another thing, and is numbered.
    #[must_use]
    pub fn rights(&self) -> Vec<(String, Right)> {
        let mut held = self.held.clone();
        held.sort();
        let mut listed: Vec<(String, Right)> = Vec::new();
        for right in held {
            let kind = if right.owner { "org-admin" } else { "org-member" };
            let id = format!("{kind}/{}|{}", right.login, Right::named(&self.name, right.owner));
            let same = |other: &&(String, Right)| {
                other.1.login == right.login && other.1.owner == right.owner
            };
            let id = match listed.iter().filter(same).count() {
                0 => id,
                before => format!("{id}~{}", before + 1),
            };
            listed.push((id, right));
        }
        listed
    }

    pub(super) fn begin(&mut self, login: &str, owner: bool, at: Timestamp) {
        for owner in [false, true].into_iter().take(1 + usize::from(owner)) {
            self.held.push(Right { login: login.to_owned(), owner, from: at, to: None });
        }
    }

    /// Ends what an account held: the right of an owner alone, or everything.
    pub(super) fn end(&mut self, login: &str, only_owner: bool, at: Timestamp) {
        let ends = |right: &&mut Right| {
            right.login == login && right.to.is_none() && (right.owner || !only_owner)
        };
        for right in self.held.iter_mut().filter(ends) {
            right.to = Some(at);
        }
    }
}
