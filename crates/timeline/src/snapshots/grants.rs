//! The grants that listings tell of, and when each was held.

use hashbrown::HashMap;
use serde::Deserialize;
use std::borrow::Cow;
use tenure_model::usage::{TextId, Texts};

use super::order::first;
use super::text::Text;
use crate::pages::NO_DAY;

/// A stretch in which a grant was held, in days since 1970-01-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Stretch {
    /// The last listing that lacks it before; `None` when the first one of all has it.
    pub from_lo: Option<i32>,
    /// The first listing that has it.
    pub from_hi: i32,
    /// The last listing that has it for certain, and the first one after that lacks it; `None` when
    /// it is not known to have ended.
    pub ended: Option<(i32, i32)>,
}

/// Names a grant: holder, what is held, how.
pub(super) type Key = [TextId; 3];

#[derive(Clone, Copy, Debug)]
pub(super) struct Grant {
    pub(super) key: Key,
    /// Lines of the present listing that tell of it.
    pub(super) lines: u32,
    /// Since when it is held, while it is: the last listing that lacks it, and the first that has
    /// it; [`NO_DAY`] where there is none.
    since: [i32; 2],
}

impl Grant {
    pub(super) fn new(key: Key, lines: u32, open: Option<(Option<i32>, i32)>) -> Self {
        let mut grant = Self { key, lines, since: [NO_DAY; 2] };
        grant.set_open(open);
        grant
    }

    /// Since when it is held, while it is: the last listing that lacks it, and the first that has it.
    #[inline]
    pub(super) fn open(&self) -> Option<(Option<i32>, i32)> {
        let [lo, hi] = self.since;
        (hi != NO_DAY).then_some(((lo != NO_DAY).then_some(lo), hi))
    }

    fn set_open(&mut self, open: Option<(Option<i32>, i32)>) {
        self.since = open.map_or([NO_DAY; 2], |(lo, hi)| [lo.unwrap_or(NO_DAY), hi]);
    }
}

/// Bytes of a grant.
const ROW: usize = 24;

/// Grants by number, in memory that is had at once.
#[derive(Debug, Default)]
pub(super) struct List(Text);

impl List {
    fn rows(&self) -> &[[u8; ROW]] {
        self.0.as_chunks().0
    }

    pub(super) fn len(&self) -> usize {
        self.0.len() / ROW
    }

    /// Makes room for so many in all.
    pub(super) fn reserve(&mut self, grants: usize) {
        self.0.reserve(grants.saturating_mul(ROW));
    }

    #[inline]
    pub(super) fn get(&self, grant: u32) -> Grant {
        let row = &self.rows()[grant as usize];
        let [p, e, v, lines, lo, hi] = std::array::from_fn(|n| {
            u32::from_le_bytes(std::array::from_fn(|byte| row[n * 4 + byte]))
        });
        let since = [lo, hi].map(u32::cast_signed);
        Grant { key: [p, e, v].map(TextId), lines, since }
    }

    pub(super) fn is_open(&self, grant: u32) -> bool {
        self.get(grant).open().is_some()
    }

    #[inline]
    pub(super) fn push(&mut self, grant: Grant) {
        self.0.extend_from_slice(&row(grant));
    }

    pub(super) fn set(&mut self, at: u32, grant: Grant) {
        self.0.as_chunks_mut().0[at as usize] = row(grant);
    }
}

#[inline]
fn row(Grant { key, lines, since: [lo, hi] }: Grant) -> [u8; ROW] {
    let [p, e, v] = key.map(|name| name.0);
    let words = [p, e, v, lines, lo.cast_unsigned(), hi.cast_unsigned()].map(u32::to_le_bytes);
    let mut row = [0; ROW];
    row.copy_from_slice(words.as_flattened());
    row
}

#[derive(Debug, Default)]
pub(super) struct Grants {
    /// Holders, what is held, and how.
    pub(super) texts: [Texts; 3],
    /// Grants of which the first so many are in order of their keys.
    pub(super) list: List,
    pub(super) sorted: usize,
    /// Those after them.
    pub(super) known: HashMap<Key, u32>,
    /// Stretches that ended, with the grant.
    pub(super) ended: Vec<(u32, Stretch)>,
}

/// A line of a listing. What else it says is not compared: the same grant said otherwise is the
/// same grant.
#[derive(Deserialize)]
struct Line<'l> {
    #[serde(borrow)]
    principal: Cow<'l, str>,
    #[serde(borrow)]
    entitlement: Cow<'l, str>,
    #[serde(borrow, default)]
    via: Option<Cow<'l, str>>,
}

impl Grants {
    /// The grant that a line tells of.
    pub(super) fn of_line(&mut self, line: &[u8]) -> Result<u32, String> {
        let line: Line<'_> = serde_json::from_slice(line).map_err(|e| e.to_string())?;
        if line.principal.is_empty() || line.entitlement.is_empty() {
            return Err("principal or entitlement is empty".to_owned());
        }
        let [principals, entitlements, vias] = &mut self.texts;
        let key = [
            principals.add(&line.principal),
            entitlements.add(&line.entitlement),
            vias.add(line.via.as_deref().unwrap_or_default()),
        ];
        Ok(self.of_key(key))
    }

    fn of_key(&mut self, key: Key) -> u32 {
        let number = |n: usize| u32::try_from(n).expect("fewer grants than a memory can hold");
        let sorted = number(self.sorted);
        let at = first(sorted, |grant| self.list.get(grant).key >= key);
        if at < sorted && self.list.get(at).key == key {
            return at;
        }
        let next = number(self.list.len());
        let id = *self.known.entry(key).or_insert(next);
        if id == next {
            self.list.push(Grant::new(key, 0, None));
        }
        id
    }

    /// A line more tells of a grant.
    pub(super) fn came(&mut self, grant: u32) {
        let mut held = self.list.get(grant);
        held.lines += 1;
        self.list.set(grant, held);
    }

    /// A line less tells of it.
    pub(super) fn went(&mut self, grant: u32) {
        let mut held = self.list.get(grant);
        held.lines = held.lines.saturating_sub(1);
        self.list.set(grant, held);
    }

    /// Sets stretches right for a grant whose lines were counted anew.
    pub(super) fn settle(&mut self, grant: u32, last: Option<i32>, day: i32) {
        let mut held = self.list.get(grant);
        match held.open() {
            None if held.lines > 0 => held.set_open(Some((last, day))),
            Some((from_lo, from_hi)) if held.lines == 0 => {
                held.set_open(None);
                let ended = Some((last.unwrap_or(from_hi), day));
                self.ended.push((grant, Stretch { from_lo, from_hi, ended }));
            }
            _ => return,
        }
        self.list.set(grant, held);
    }

    /// Every stretch with its grant, ended ones first.
    pub(super) fn stretches(&self) -> impl Iterator<Item = (Key, Stretch)> + '_ {
        let all = (0..).take(self.list.len()).map(|grant| self.list.get(grant));
        let open = all.filter_map(|grant| {
            let (from_lo, from_hi) = grant.open()?;
            Some((grant.key, Stretch { from_lo, from_hi, ended: None }))
        });
        self.ended.iter().map(|&(grant, s)| (self.list.get(grant).key, s)).chain(open)
    }
}
