//! Where things of a list are, by their hash.

use hashbrown::HashTable;

/// Numbers of things by the hash of each, of which half is kept: so nothing is hashed, or looked
/// at, again when the index grows, and little is looked at that is something else.
#[derive(Clone, Debug, Default)]
pub(super) struct Index(HashTable<Entry>);

#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u32,
    number: u32,
}

impl Index {
    /// The number of the thing with that hash of which `same` is true.
    #[inline]
    pub(super) fn find(&self, hash: u64, mut same: impl FnMut(u32) -> bool) -> Option<u32> {
        let hash = kept(hash);
        let found = self.0.find(spread(hash), |e| e.hash == hash && same(e.number));
        found.map(|entry| entry.number)
    }

    /// The number of a thing that is probably the one with that hash, if there is any.
    #[inline]
    pub(super) fn likely(&self, hash: u64) -> Option<u32> {
        self.find(hash, |_| true)
    }

    /// Adds a thing that is not there yet.
    #[inline]
    pub(super) fn insert(&mut self, hash: u64, number: u32) {
        let hash = kept(hash);
        self.0.insert_unique(spread(hash), Entry { hash, number }, |entry| spread(entry.hash));
    }
}

const fn kept(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// The table asks for the highest bits and for the lowest.
const fn spread(hash: u32) -> u64 {
    (hash as u64) << 32 | hash as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_thing_is_found(hashes in prop::collection::vec(0..9_u64, 0..200), shift in 0..60_u32) {
            let mut index = Index::default();
            for (number, hash) in (0..).zip(&hashes) {
                prop_assert_eq!(index.find(*hash << shift, |n| n == number), None);
                index.insert(*hash << shift, number);
            }
            for (number, hash) in (0..).zip(&hashes) {
                prop_assert_eq!(index.find(*hash << shift, |n| n == number), Some(number));
            }
        }
    }
}
