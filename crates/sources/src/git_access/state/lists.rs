//! Names on lists: who comes and who goes.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::State;
use crate::git_access::doc::{Kind, RosterKey};

impl<'a> State<'a> {
    /// Counts a file that has the list, or no longer has it.
    pub(super) fn list(&mut self, key: &RosterKey, more: bool) {
        let before = self.lists.contains_key(key);
        self.touched.lists.entry(key.clone()).or_insert(before);
        if more {
            self.lists.entry(key.clone()).or_default().files += 1;
        } else if let Some(list) = self.lists.get_mut(key) {
            list.files -= 1;
            if list.files == 0 {
                self.lists.remove(key);
            }
        }
    }

    /// Replaces the names of a list; only those that differ are looked at.
    pub(super) fn names(
        &mut self,
        path: &str,
        key: &RosterKey,
        old: &[Cow<'a, str>],
        new: &[Cow<'a, str>],
    ) {
        let (mut gone, mut come) = (without_ends(old, new), without_ends(new, old));
        gone.sort_unstable();
        come.sort_unstable();
        let (mut i, mut j) = (0, 0);
        while i < gone.len() || j < come.len() {
            let order = match (gone.get(i), come.get(j)) {
                (Some(a), Some(b)) => a.cmp(b),
                (Some(_), None) => Ordering::Less,
                _ => Ordering::Greater,
            };
            if order == Ordering::Less {
                self.go(key, gone[i]);
            }
            if order == Ordering::Greater {
                self.come(path, key, come[j], new);
            }
            i += usize::from(order != Ordering::Greater);
            j += usize::from(order != Ordering::Less);
        }
    }

    fn come(&mut self, path: &str, key: &RosterKey, name: &str, all: &[Cow<'a, str>]) {
        let holder = holder(key.0, name);
        self.touch_place(key, &holder);
        if key.0.of_identities() {
            self.touch_login(&holder);
            self.spelled(&holder, name, true);
        }
        let list = self.lists.entry(key.clone()).or_default();
        let count = list.holders.entry(holder.clone()).or_default();
        *count += 1;
        let twice = || all.iter().filter(|other| is_holder(key.0, other, &holder)).count() > 1;
        if *count > 1 && twice() {
            let oddity = format!("{path}: '{name}' is on the list {} twice; it counts once", key.1);
            if !self.touched.oddities.contains(&oddity) {
                self.touched.oddities.push(oddity);
            }
        }
    }

    fn go(&mut self, key: &RosterKey, name: &str) {
        let holder = holder(key.0, name);
        self.touch_place(key, &holder);
        if key.0.of_identities() {
            self.touch_login(&holder);
            self.spelled(&holder, name, false);
        }
        if let Some(list) = self.lists.get_mut(key)
            && let Some(count) = list.holders.get_mut(&holder)
        {
            *count -= 1;
            if *count == 0 {
                list.holders.remove(&holder);
            }
        }
    }

    fn touch_place(&mut self, key: &RosterKey, holder: &str) {
        let place = (key.clone(), holder.to_owned());
        let held = self.lists.get(key).is_some_and(|list| list.holders.contains_key(holder));
        self.touched.places.entry(place).or_insert(held);
    }

    pub(super) fn touch_login(&mut self, login: &str) {
        if !self.touched.logins.contains_key(login) {
            let before = self.identity(login);
            self.touched.logins.insert(login.to_owned(), before);
        }
    }
}

/// The holder, normalised: logins are compared without case.
fn holder(kind: Kind, name: &str) -> String {
    if kind.of_people() { name.to_lowercase() } else { name.to_owned() }
}

fn is_holder(kind: Kind, name: &str, holder: &str) -> bool {
    match name.is_ascii() {
        true if kind.of_people() => name.eq_ignore_ascii_case(holder),
        _ => self::holder(kind, name) == holder,
    }
}

/// The names of a list between its equal beginning and end with the other.
fn without_ends<'n>(names: &'n [Cow<'_, str>], other: &[Cow<'_, str>]) -> Vec<&'n str> {
    let head = names.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (rest, other) = (&names[head..], &other[head..]);
    let tail = rest.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    rest[..rest.len() - tail].iter().map(AsRef::as_ref).collect()
}
