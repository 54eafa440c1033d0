//! Things that records mention in passing: that they were there, from when to when.
//!
//! A log tells ten thousand times that a key exists. What the timeline needs of it are the first
//! and the last time, with the records that say so.

use std::hash::BuildHasher as _;

use hashbrown::DefaultHashBuilder;

use super::index::Index;
use super::{TextId, Texts};
use crate::time::Timestamp;

/// An instant, and the record that tells of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Point {
    /// The instant.
    pub at: Timestamp,
    /// Number of the artifact among those that the sightings rest on.
    pub artifact: u32,
    /// Number of the record in the artifact.
    pub record: u64,
}

/// A thing and when it was mentioned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sighting {
    /// What it is, as the source numbers its kinds.
    pub kind: u8,
    /// Its name.
    pub name: TextId,
    /// What else was said; another detail is another sighting.
    pub detail: TextId,
    /// The first mention.
    pub first: Point,
    /// The last mention.
    pub last: Point,
}

/// Things with their first and last mentions.
#[derive(Clone, Debug, Default)]
pub struct Sightings {
    texts: Texts,
    list: Vec<Sighting>,
    index: Index,
    hasher: DefaultHashBuilder,
}

impl Sightings {
    /// Notes a mention.
    pub fn note(&mut self, kind: u8, name: &str, detail: &str, at: Point) {
        self.note_all(kind, name, detail, at, at);
    }

    /// Notes several mentions, by the first and the last of them.
    pub fn note_all(&mut self, kind: u8, name: &str, detail: &str, first: Point, last: Point) {
        let (name, detail) = (self.texts.add(name), self.texts.add(detail));
        self.merge(Sighting { kind, name, detail, first, last });
    }

    /// Takes in other sightings, whose artifacts are numbered from `first_artifact` on.
    pub fn absorb(&mut self, other: Self, first_artifact: u32) {
        let texts = self.texts.absorb(&other.texts);
        let later = |p: Point| Point { artifact: p.artifact + first_artifact, ..p };
        for sighting in other.list {
            self.merge(Sighting {
                kind: sighting.kind,
                name: texts[sighting.name.0 as usize],
                detail: texts[sighting.detail.0 as usize],
                first: later(sighting.first),
                last: later(sighting.last),
            });
        }
    }

    /// Every thing, by kind, name and detail.
    #[must_use]
    pub fn sorted(&self) -> Vec<&Sighting> {
        let mut list: Vec<_> = self.list.iter().collect();
        let key = |s: &Sighting| (s.kind, self.texts.get(s.name), self.texts.get(s.detail));
        list.sort_by(|a, b| key(a).cmp(&key(b)));
        list
    }

    /// A text of a sighting; empty where nothing is said.
    #[must_use]
    pub fn text(&self, id: TextId) -> &str {
        self.texts.get(id).unwrap_or_default()
    }

    fn merge(&mut self, sighting: Sighting) {
        let key = |s: &Sighting| (s.kind, s.name, s.detail);
        let hash = self.hasher.hash_one(key(&sighting));
        let list = &mut self.list;
        let same = |at: u32| key(&list[at as usize]) == key(&sighting);
        if let Some(at) = self.index.find(hash, same) {
            let known = &mut list[at as usize];
            known.first = known.first.min(sighting.first);
            known.last = known.last.max(sighting.last);
            return;
        }
        let at = u32::try_from(list.len()).expect("fewer things than a memory can hold");
        list.push(sighting);
        self.index.insert(hash, at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(second: i64, artifact: u32) -> Point {
        Point { at: Timestamp::from_seconds(second), artifact, record: 0 }
    }

    #[test]
    fn first_and_last_do_not_depend_on_the_order() {
        let mut a = Sightings::default();
        a.note(1, "key", "ann", point(5, 0));
        a.note(1, "key", "bob", point(6, 0));
        let mut b = Sightings::default();
        b.note(1, "key", "ann", point(3, 0));
        b.note(1, "key", "ann", point(9, 0));
        b.absorb(a, 1);
        let seen: Vec<_> = b
            .sorted()
            .into_iter()
            .map(|s| (b.text(s.detail), s.first.at.seconds(), s.last.at.seconds()))
            .collect();
        assert_eq!(seen, [("ann", 3, 9), ("bob", 6, 6)]);
        assert_eq!(b.sorted()[1].first.artifact, 1);
    }
}
