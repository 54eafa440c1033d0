//! Texts that are held once each.

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};

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
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
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
        let hash = self.hasher.hash_one(text.as_bytes());
        if let Some(id) = self.known(hash, text) {
            return id;
        }
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
        let id = u32::try_from(self.ends.len()).expect("fewer texts than a memory can hold");
        let (bytes, ends, hasher) = (&self.bytes, &self.ends, &self.hasher);
        self.table
            .insert_unique(hash, id, |id| hasher.hash_one(slice(bytes, ends, *id).as_bytes()));
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
        let same = |id: &u32| slice(&self.bytes, &self.ends, *id) == text;
        self.table.find(hash, same).map(|id| TextId(*id))
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
    let at = id as usize - 1;
    let from = if at == 0 { 0 } else { ends[at - 1] };
    &bytes[from..ends[at]]
}
