//! The state in force: all lists of all files together, and what a step changed in it.
//!
//! A place on a list is counted, because two files may say the same: moving a team from one file
//! to another in one commit grants and removes nothing.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use gix::ObjectId;

use super::doc::{Doc, Kind, Person, RosterKey};
use super::layout::{FileKind, Layout, Scope};
use super::tree::is_below;

/// A place on a list: the list and the holder, normalised.
pub(super) type Place = (RosterKey, String);
/// A setting: its scope and name.
pub(super) type Setting = (String, String);

/// What is in force.
pub(super) struct State<'a> {
    scope: Scope,
    files: BTreeMap<String, InForce<'a>>,
    lists: BTreeMap<RosterKey, List>,
    settings: BTreeMap<Setting, BTreeMap<String, u32>>,
    logins: HashMap<String, BTreeMap<String, u32>>,
    people: HashMap<String, Person>,
    groups: BTreeMap<String, u32>,
    touched: Touched,
}

struct InForce<'a> {
    kind: FileKind,
    blob: ObjectId,
    doc: Doc<'a>,
}

#[derive(Default)]
struct List {
    files: u32,
    holders: HashMap<String, u32>,
}

/// What was before the step, for everything the step touched.
#[derive(Default)]
struct Touched {
    lists: BTreeMap<RosterKey, bool>,
    places: BTreeMap<Place, bool>,
    settings: BTreeMap<Setting, Option<String>>,
    logins: BTreeMap<String, Option<Identity>>,
    groups: BTreeMap<String, bool>,
    oddities: Vec<String>,
}

/// How an identity looks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Identity {
    pub(super) spelling: String,
    pub(super) person: Person,
}

/// Whether something came or went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Turn {
    Began,
    Ended,
}

/// What a step changed, each in a fixed order.
#[derive(Default)]
pub(super) struct Delta {
    pub(super) lists: Vec<(RosterKey, Turn)>,
    pub(super) places: Vec<(Place, Turn)>,
    /// The value after; `None` = no longer set. The flag says whether it was set before.
    pub(super) settings: Vec<(Setting, Option<String>, bool)>,
    pub(super) identities: Vec<(String, Identity)>,
    /// Organisations that first appeared: access in them is older than the files.
    pub(super) imported: BTreeSet<String>,
    pub(super) oddities: Vec<String>,
}

impl Delta {
    /// Whether nothing changed that facts tell of.
    pub(super) fn is_unchanged(&self) -> bool {
        self.lists.is_empty() && self.places.is_empty() && self.settings.is_empty() && self.identities.is_empty()
    }
}

impl<'a> State<'a> {
    pub(super) fn new(scope: Scope) -> Self {
        Self {
            scope,
            files: BTreeMap::new(),
            lists: BTreeMap::new(),
            settings: BTreeMap::new(),
            logins: HashMap::new(),
            people: HashMap::new(),
            groups: BTreeMap::new(),
            touched: Touched::default(),
        }
    }

    /// The version of the file that is in force.
    pub(super) fn blob(&self, path: &str) -> Option<ObjectId> {
        self.files.get(path).map(|file| file.blob)
    }

    /// Files in force at or below the directory.
    pub(super) fn below<'s>(&'s self, directory: &'s str) -> impl Iterator<Item = &'s str> {
        self.files.keys().map(String::as_str).filter(move |path| is_below(path, directory))
    }

    /// Puts a version of a file into force.
    pub(super) fn put(&mut self, path: &str, kind: FileKind, blob: ObjectId, doc: Doc<'a>) {
        let old = self.files.remove(path).map(|file| file.doc);
        self.group(path, kind, old.is_some(), true);
        self.replace(path, old, Some(&doc));
        self.files.insert(path.to_owned(), InForce { kind, blob, doc });
    }

    /// Takes a file out of force.
    pub(super) fn remove(&mut self, path: &str) {
        if let Some(file) = self.files.remove(path) {
            self.group(path, file.kind, true, false);
            self.replace(path, Some(file.doc), None);
        }
    }

    /// What changed since the last call.
    pub(super) fn step(&mut self) -> Delta {
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
        let appeared = |(group, before): &(String, bool)| !before && self.groups.contains_key(group);
        delta.imported = touched.groups.into_iter().filter(appeared).map(|(g, _)| g).collect();
        delta
    }

    /// Whether access through this entitlement is older than the files that first tell of it.
    pub(super) fn is_imported(&self, delta: &Delta, (kind, entitlement): &RosterKey) -> bool {
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

    fn replace(&mut self, path: &str, old: Option<Doc<'a>>, new: Option<&Doc<'a>>) {
        let (none_old, none_new) = (Doc::default(), Doc::default());
        let (old, new) = (old.as_ref().unwrap_or(&none_old), new.unwrap_or(&none_new));
        for oddity in new.oddities.iter().filter(|o| !old.oddities.contains(o)) {
            self.touched.oddities.push(format!("{path}: {oddity}"));
        }
        for (key, names) in &new.rosters {
            let before = old.rosters.get(key);
            if before.is_none() {
                self.list(key, true);
            }
            self.names(path, key, before.map_or(&[][..], Vec::as_slice), names);
        }
        for (key, names) in &old.rosters {
            if !new.rosters.contains_key(key) {
                self.names(path, key, names, &[]);
                self.list(key, false);
            }
        }
        self.replace_people(old, new);
        self.replace_settings(old, new);
    }

    fn replace_people(&mut self, old: &Doc<'a>, new: &Doc<'a>) {
        for login in old.people.keys().filter(|login| !new.people.contains_key(*login)) {
            self.touch_login(login);
            self.people.remove(login);
        }
        for (login, person) in &new.people {
            if old.people.get(login) != Some(person) {
                self.touch_login(login);
                self.people.insert(login.clone(), person.clone());
            }
        }
    }

    fn replace_settings(&mut self, old: &Doc<'a>, new: &Doc<'a>) {
        let all: BTreeSet<&Setting> = old.settings.keys().chain(new.settings.keys()).collect();
        for setting in all {
            let (before, after) = (old.settings.get(setting), new.settings.get(setting));
            if before == after {
                continue;
            }
            let present = self.setting(setting);
            self.touched.settings.entry(setting.clone()).or_insert(present);
            let values = self.settings.entry(setting.clone()).or_default();
            if let Some(value) = before {
                lower(values, value);
            }
            if let Some(value) = after {
                *values.entry(value.clone()).or_default() += 1;
            }
        }
    }

    /// Counts a file that has the list, or no longer has it.
    fn list(&mut self, key: &RosterKey, more: bool) {
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
    fn names(&mut self, path: &str, key: &RosterKey, old: &[Cow<'a, str>], new: &[Cow<'a, str>]) {
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
        if key.0.of_people() {
            self.touch_login(&holder);
            let spellings = self.logins.entry(holder.clone()).or_default();
            *spellings.entry(name.to_owned()).or_default() += 1;
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
        if key.0.of_people() {
            self.touch_login(&holder);
            if let Some(spellings) = self.logins.get_mut(&holder) {
                lower(spellings, name);
                if spellings.is_empty() {
                    self.logins.remove(&holder);
                }
            }
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

    fn touch_login(&mut self, login: &str) {
        if !self.touched.logins.contains_key(login) {
            let before = self.identity(login);
            self.touched.logins.insert(login.to_owned(), before);
        }
    }

    /// Counts files that put an organisation into force.
    fn group(&mut self, path: &str, kind: FileKind, before: bool, after: bool) {
        if before == after || kind == FileKind::Owners {
            return;
        }
        let group = self.scope.organisation(path).to_owned();
        let present = self.groups.contains_key(&group);
        self.touched.groups.entry(group.clone()).or_insert(present);
        if after {
            *self.groups.entry(group).or_default() += 1;
        } else {
            lower(&mut self.groups, &group);
        }
    }

    /// How the identity is spelled: as most files do, and of those the first in byte order. This
    /// rests on the state alone, so it does not matter where reading began.
    fn identity(&self, login: &str) -> Option<Identity> {
        let spellings = self.logins.get(login)?;
        let most = spellings.values().max()?;
        let spelling = spellings.iter().find(|(_, count)| *count == most).map(|(s, _)| s.clone())?;
        let person = self.people.get(login).cloned().unwrap_or_default();
        Some(Identity { spelling, person })
    }

    fn setting(&self, setting: &Setting) -> Option<String> {
        self.settings.get(setting)?.keys().next().cloned()
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

fn turn(before: bool, after: bool) -> Option<Turn> {
    match (before, after) {
        (false, true) => Some(Turn::Began),
        (true, false) => Some(Turn::Ended),
        _ => None,
    }
}

/// Counts one less; at none the entry goes.
fn lower(counts: &mut BTreeMap<String, u32>, key: &str) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}
