//! What a step changed in the state.

use std::collections::BTreeSet;

use super::{Identity, Place, Setting, State};
use crate::git_access::doc::RosterKey;
use crate::git_access::layout::Layout;

/// Whether something came or went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::git_access) enum Turn {
    Began,
    Ended,
}

/// What a step changed, each in a fixed order.
#[derive(Default)]
pub(in crate::git_access) struct Delta {
    pub(in crate::git_access) lists: Vec<(RosterKey, Turn)>,
    pub(in crate::git_access) places: Vec<(Place, Turn)>,
    /// The value after; `None` = no longer set. The flag says whether it was set before.
    pub(in crate::git_access) settings: Vec<(Setting, Option<String>, bool)>,
    pub(in crate::git_access) identities: Vec<(String, Identity)>,
    /// Organisations that first appeared: access in them is older than the files.
    pub(in crate::git_access) imported: BTreeSet<String>,
    pub(in crate::git_access) oddities: Vec<String>,
}

impl Delta {
    /// Whether nothing changed that facts tell of.
    pub(in crate::git_access) fn is_unchanged(&self) -> bool {
        self.lists.is_empty()
            && self.places.is_empty()
            && self.settings.is_empty()
            && self.identities.is_empty()
    }
}

impl State<'_> {
    /// What changed since the last call.
    pub(in crate::git_access) fn step(&mut self) -> Delta {
        let touched = std::mem::take(&mut self.touched);
        let mut delta = Delta { oddities: touched.oddities, ..Delta::default() };
        for (key, before) in touched.lists {
            let after = self.lists.contains_key(&key);
            delta.lists.extend(turn(before, after).map(|turn| (key, turn)));
        }
        for (place, before) in touched.places {
            let holders = self.lists.get(&place.0).map(|list| &list.holders);
            let after = holders.is_some_and(|holders| holders.contains_key(&place.1));
            delta.places.extend(turn(before, after).map(|turn| (place, turn)));
        }
        for (setting, before) in touched.settings {
            let after = self.setting(&setting);
            if before != after {
                delta.settings.push((setting, after, before.is_some()));
            }
        }
        for (login, before) in touched.logins {
            let after = self.identity(&login);
            if let Some(identity) = after.filter(|after| before.as_ref() != Some(after)) {
                delta.identities.push((login, identity));
            }
        }
        let appeared =
            |(group, before): &(String, bool)| !before && self.groups.contains_key(group);
        delta.imported = touched.groups.into_iter().filter(appeared).map(|(g, _)| g).collect();
        delta
    }

    /// Whether access through this entitlement is older than the files that first tell of it.
    pub(in crate::git_access) fn is_imported(
        &self,
        delta: &Delta,
        (kind, entitlement): &RosterKey,
    ) -> bool {
        if kind.of_owners() {
            return false;
        }
        let inside = entitlement.split_once(':').map_or("", |(_, rest)| rest);
        let group = match self.scope.layout {
            Layout::Peribolos => inside.split(['/', ':']).next().unwrap_or_default(),
            Layout::RustTeam => "teams",
        };
        delta.imported.contains(group)
    }
}

fn turn(before: bool, after: bool) -> Option<Turn> {
    match (before, after) {
        (false, true) => Some(Turn::Began),
        (true, false) => Some(Turn::Ended),
        _ => None,
    }
}
