//! The grants that listings tell of, and when each was held.

use hashbrown::HashMap;
use serde::Deserialize;
use std::borrow::Cow;
use tenure_model::usage::{TextId, Texts};

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

#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) key: Key,
    /// Lines of the present listing that tell of it.
    pub(super) lines: u32,
    /// Since when it is held, while it is: as in a stretch, [`NO_DAY`] where there is none.
    since: (i32, i32),
}

impl Grant {
    pub(super) fn new(key: Key, lines: u32, open: Option<(Option<i32>, i32)>) -> Self {
        let mut grant = Self { key, lines, since: (NO_DAY, NO_DAY) };
        grant.set_open(open);
        grant
    }

    /// Since when it is held, while it is: the last listing that lacks it, and the first that has it.
    #[inline]
    pub(super) fn open(&self) -> Option<(Option<i32>, i32)> {
        let (lo, hi) = self.since;
        (hi != NO_DAY).then_some(((lo != NO_DAY).then_some(lo), hi))
    }

    fn set_open(&mut self, open: Option<(Option<i32>, i32)>) {
        self.since = open.map_or((NO_DAY, NO_DAY), |(lo, hi)| (lo.unwrap_or(NO_DAY), hi));
    }
}

#[derive(Debug, Default)]
pub(super) struct Grants {
    /// Holders, what is held, and how.
    pub(super) texts: [Texts; 3],
    /// Grants of which the first so many are in order of their keys.
    pub(super) list: Vec<Grant>,
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

    pub(super) fn of_key(&mut self, key: Key) -> u32 {
        let number = |n: usize| u32::try_from(n).expect("fewer grants than a memory can hold");
        if let Ok(at) = self.list[..self.sorted].binary_search_by_key(&key, |grant| grant.key) {
            return number(at);
        }
        let next = number(self.list.len());
        let id = *self.known.entry(key).or_insert(next);
        if id == next {
            self.list.push(Grant::new(key, 0, None));
        }
        id
    }

    pub(super) fn of(&mut self, grant: u32) -> &mut Grant {
        &mut self.list[grant as usize]
    }

    /// Sets stretches right for a grant whose lines were counted anew.
    pub(super) fn settle(&mut self, grant: u32, last: Option<i32>, day: i32) {
        let held = &mut self.list[grant as usize];
        match held.open() {
            None if held.lines > 0 => held.set_open(Some((last, day))),
            Some((from_lo, from_hi)) if held.lines == 0 => {
                held.set_open(None);
                let ended = Some((last.unwrap_or(from_hi), day));
                self.ended.push((grant, Stretch { from_lo, from_hi, ended }));
            }
            _ => {}
        }
    }

    /// Every stretch with its grant, ended ones first.
    pub(super) fn stretches(&self) -> impl Iterator<Item = (Key, Stretch)> + '_ {
        let open = self.list.iter().filter_map(|grant| {
            let (from_lo, from_hi) = grant.open()?;
            Some((grant.key, Stretch { from_lo, from_hi, ended: None }))
        });
        self.ended.iter().map(|&(grant, s)| (self.list[grant as usize].key, s)).chain(open)
    }
}
