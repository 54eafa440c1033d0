//! Texts that are held once each.

use std::hash::BuildHasher as _;
use std::ops::Range;

use hashbrown::DefaultHashBuilder;

use super::index::Index;

/// Names a text among those it belongs to. The default says nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct TextId(pub u32);

impl TextId {
    /// Nothing said.
    pub const NONE: Self = Self(0);

    /// Whether nothing is said.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }
}

/// A set of texts, each once, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    bytes: String,
    /// Where each text ends; the text of id `n` is the `n`th, from 1.
    ends: Vec<usize>,
    index: Index,
    hasher: DefaultHashBuilder,
}

/// So many texts are looked for together.
const TOGETHER: usize = 32;

/// A look for a text.
#[derive(Default)]
struct Look {
    hash: u64,
    /// What has the same hash, if anything has.
    likely: Option<u32>,
    /// Where that lies.
    place: Range<usize>,
}

impl Texts {
    pub(super) fn with_room(bytes: usize) -> Self {
        Self { bytes: String::with_capacity(bytes), ..Self::default() }
    }

    /// The id of the text; of the empty one, [`TextId::NONE`].
    #[inline]
    pub fn add(&mut self, text: &str) -> TextId {
        if text.is_empty() {
            return TextId::NONE;
        }
        self.add_hashed(self.hasher.hash_one(text.as_bytes()), text)
    }

    /// Adds every text of others; gives, by their ids there, the ids here.
    ///
    /// A text among very many is seldom in the processor's cache. So some are looked for step by
    /// step, all of them a step each: memory is waited for once then, and not once for each.
    pub(super) fn absorb(&mut self, others: &Self) -> Vec<TextId> {
        let text = |id: u32| slice(&others.bytes, &others.ends, id);
        let ids: Vec<u32> = others.ids().skip(1).map(|id| id.0).collect();
        let mut here = Vec::with_capacity(ids.len() + 1);
        here.push(TextId::NONE);
        for ids in ids.chunks(TOGETHER) {
            let mut looks: [Look; TOGETHER] = Default::default();
            let looks = &mut looks[..ids.len()];
            for (look, id) in looks.iter_mut().zip(ids) {
                look.hash = self.hasher.hash_one(text(*id).as_bytes());
            }
            for look in &mut *looks {
                look.likely = self.index.likely(look.hash);
            }
            for look in &mut *looks {
                look.place = look.likely.map_or(0..0, |likely| place(&self.ends, likely));
            }
            for (look, id) in looks.iter().zip(ids) {
                let same = self.bytes[look.place.clone()] == *text(*id);
                let known = look.likely.filter(|_| same).map(TextId);
                here.push(known.unwrap_or_else(|| self.add_hashed(look.hash, text(*id))));
            }
        }
        here
    }

    /// Adds a text that is not empty.
    #[inline]
    fn add_hashed(&mut self, hash: u64, text: &str) -> TextId {
        if let Some(id) = self.known(hash, text) {
            return id;
        }
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
        let id = u32::try_from(self.ends.len()).expect("fewer texts than a memory can hold");
        self.index.insert(hash, id);
        TextId(id)
    }

    /// An id of its own for a text that is probably new here, without a look for it: so a text may
    /// be here several times until [absorbed](super::UsageRows::absorb) by others.
    #[inline]
    pub fn append(&mut self, text: &str) -> TextId {
        if text.is_empty() {
            return TextId::NONE;
        }
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
        TextId(u32::try_from(self.ends.len()).expect("fewer texts than a memory can hold"))
    }

    /// The id of the text if it was [added](Self::add), and [`TextId::NONE`] of the empty one.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<TextId> {
        if text.is_empty() {
            return Some(TextId::NONE);
        }
        self.known(self.hasher.hash_one(text.as_bytes()), text)
    }

    #[inline]
    fn known(&self, hash: u64, text: &str) -> Option<TextId> {
        self.index.find(hash, |id| slice(&self.bytes, &self.ends, id) == text).map(TextId)
    }

    /// The text; `None` for [`TextId::NONE`].
    #[must_use]
    #[inline]
    pub fn get(&self, id: TextId) -> Option<&str> {
        (!id.is_none()).then(|| slice(&self.bytes, &self.ends, id.0))
    }

    /// How many texts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Every id, [`TextId::NONE`] first.
    pub fn ids(&self) -> impl Iterator<Item = TextId> + use<> {
        let count = u32::try_from(self.ends.len()).expect("as many as were added");
        (0..=count).map(TextId)
    }

    /// How many bytes all texts have.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Bytes that the texts take in memory, about.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.bytes.len() + self.ends.len() * 16
    }
}

#[inline]
fn slice<'t>(bytes: &'t str, ends: &[usize], id: u32) -> &'t str {
    &bytes[place(ends, id)]
}

/// Where the text lies.
#[inline]
fn place(ends: &[usize], id: u32) -> Range<usize> {
    let at = id as usize - 1;
    let from = if at == 0 { 0 } else { ends[at - 1] };
    from..ends[at]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn absorbed_texts_say_the_same_and_are_there_once(
            lots in prop::collection::vec(prop::collection::vec(".?|[ab]{0,3}", 0..100), 0..4),
        ) {
            let mut all = Texts::default();
            for lot in &lots {
                let mut texts = Texts::default();
                // Appended texts may be there several times.
                let ids: Vec<TextId> = lot.iter().map(|text| texts.append(text)).collect();
                let here = all.absorb(&texts);
                prop_assert_eq!(here.len(), texts.len() + 1);
                for (text, id) in lot.iter().zip(ids) {
                    let id = here[id.0 as usize];
                    prop_assert_eq!(all.get(id).unwrap_or_default(), text);
                    prop_assert_eq!(all.find(text), Some(id));
                }
            }
            let met: Vec<_> = all.ids().filter_map(|id| all.get(id)).collect();
            let mut distinct: Vec<_> = lots.iter().flatten().map(String::as_str).collect();
            distinct.retain(|text| !text.is_empty());
            let mut seen = std::collections::BTreeSet::new();
            distinct.retain(|text| seen.insert(*text));
            prop_assert_eq!(met, distinct, "each once, in the order in which they came");
        }
    }
}
