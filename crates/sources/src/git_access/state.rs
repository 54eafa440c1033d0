//! The state in force: all lists of all files together, and what a step changed in it.
//!
//! A place on a list is counted, because two files may say the same: moving a team from one file
//! to another in one commit grants and removes nothing.

mod lists;
mod step;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use gix::ObjectId;

pub(super) use self::step::{Delta, Turn};
use super::doc::{Doc, Person, RosterKey};
use super::layout::{FileKind, Scope};
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

    /// Whether any file has the list.
    pub(super) fn has(&self, list: &RosterKey) -> bool {
        self.lists.contains_key(list)
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
        for (login, person) in
            old.people.iter().filter(|(login, p)| new.people.get(*login) != Some(p))
        {
            self.touch_login(login);
            self.people.remove(login);
            self.spelled(login, &person.spelling, false);
        }
        for (login, person) in
            new.people.iter().filter(|(login, p)| old.people.get(*login) != Some(p))
        {
            self.touch_login(login);
            self.people.insert(login.clone(), person.clone());
            self.spelled(login, &person.spelling, true);
        }
    }

    /// Counts a place where the login is spelled so, or no longer is.
    fn spelled(&mut self, login: &str, spelling: &str, more: bool) {
        let spellings = self.logins.entry(login.to_owned()).or_default();
        if more {
            *spellings.entry(spelling.to_owned()).or_default() += 1;
        } else {
            lower(spellings, spelling);
        }
        if spellings.is_empty() {
            self.logins.remove(login);
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
        let spelling =
            spellings.iter().find(|(_, count)| *count == most).map(|(s, _)| s.clone())?;
        let person = self.people.get(login).cloned().unwrap_or_default();
        Some(Identity { spelling, person })
    }

    fn setting(&self, setting: &Setting) -> Option<String> {
        self.settings.get(setting)?.keys().next().cloned()
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
