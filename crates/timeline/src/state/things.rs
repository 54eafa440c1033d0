//! What facts are about: each thing once, found by its key.

use std::hash::BuildHasher as _;
use std::ops::{Index, IndexMut};

use hashbrown::{DefaultHashBuilder, HashTable};
use tenure_model::tables::TableId;
use tenure_model::usage::{TextId, Texts};

use super::Row;
use crate::fold::Observation;

/// What a fact is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Key {
    pub(crate) table: TableId,
    pub(crate) system: TextId,
    pub(crate) native_type: TextId,
    pub(crate) native_id: TextId,
}

impl Key {
    /// System, native type and native id.
    pub(crate) fn names(self, texts: &Texts) -> [&str; 3] {
        [self.system, self.native_type, self.native_id].map(|id| texts.get(id).unwrap_or(""))
    }
}

/// The id of an incarnation, as in SQL.
pub(crate) fn row_id([system, native_type, native_id]: [&str; 3], incarnation: u32) -> String {
    let base = format!("{system}/{native_type}/{native_id}");
    if incarnation > 1 { format!("{base}~{incarnation}") } else { base }
}

/// Everything known of one key.
pub(super) struct Thing {
    pub(super) key: Key,
    /// How many of the observations the present run made.
    pub(super) fresh: u32,
    pub(super) observations: Vec<Observation>,
    pub(super) rows: Vec<Row>,
}

impl Thing {
    pub(super) fn observe(&mut self, observation: Observation) {
        let list = &mut self.observations;
        if list.len() == list.capacity() {
            // Most things are observed once, and a list would grow to four.
            list.reserve_exact(list.len().max(1));
        }
        list.push(observation);
        self.fresh += 1;
    }
}

/// Names a thing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct ThingId(u32);

/// All things.
#[derive(Default)]
pub(super) struct Things {
    list: Vec<Thing>,
    by_key: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Things {
    pub(super) fn find(&self, key: &Key) -> Option<ThingId> {
        let same = |id: &u32| self.list[*id as usize].key == *key;
        self.by_key.find(self.hasher.hash_one(key), same).map(|id| ThingId(*id))
    }

    /// The thing of that key, of which nothing may be known yet.
    pub(super) fn at(&mut self, key: Key) -> ThingId {
        if let Some(known) = self.find(&key) {
            return known;
        }
        let id = u32::try_from(self.list.len()).expect("fewer things than a memory can hold");
        self.list.push(Thing { key, fresh: 0, observations: Vec::new(), rows: Vec::new() });
        let (list, hasher) = (&self.list, &self.hasher);
        let hash = |id: &u32| hasher.hash_one(list[*id as usize].key);
        self.by_key.insert_unique(hasher.hash_one(key), id, hash);
        ThingId(id)
    }

    pub(super) fn forget_observations(&mut self) {
        self.list.iter_mut().for_each(|thing| thing.observations = Vec::new());
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (ThingId, &Thing)> {
        (0..).map(ThingId).zip(&self.list)
    }
}

impl Index<ThingId> for Things {
    type Output = Thing;

    fn index(&self, id: ThingId) -> &Thing {
        &self.list[id.0 as usize]
    }
}

impl IndexMut<ThingId> for Things {
    fn index_mut(&mut self, id: ThingId) -> &mut Thing {
        &mut self.list[id.0 as usize]
    }
}
