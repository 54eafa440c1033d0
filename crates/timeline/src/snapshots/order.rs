//! Names, grants and stretches in the order in which they are written.
//!
//! A state is written in this order too, so that the next day finds all but its own in order, and
//! sorts its own.

use tenure_model::usage::{TextId, Texts};

use super::grants::{Grant, Grants, Stretch};

/// Grants in order of holder, what is held, and how.
pub(super) struct InOrder<'g> {
    pub(super) grants: &'g Grants,
    /// Names in order.
    pub(super) names: [Vec<TextId>; 3],
    /// The place of each name by its id, from 1; 0 where nothing is said.
    places: [Vec<u32>; 3],
    /// Grants that are not among those in order already, in order: before which of those, and which.
    others: Vec<(u32, u32)>,
    /// Stretches that ended, each with the place of its grant, in order of that and of time.
    pub(super) ended: Vec<(u32, Stretch)>,
}

impl<'g> InOrder<'g> {
    pub(super) fn of(grants: &'g Grants) -> Self {
        let names = grants.texts.each_ref().map(in_order);
        let places = names.each_ref().map(|names| places(names));
        let mut history = Self { grants, names, places, others: Vec::new(), ended: Vec::new() };
        history.others = history.others();
        history.ended = history.ended();
        history
    }

    fn others(&self) -> Vec<(u32, u32)> {
        let sorted = number(self.grants.sorted);
        let numbered = (sorted..number(self.grants.list.len())).map(|id| (self.all_places(id), id));
        let mut others: Vec<_> = numbered.collect();
        others.sort_unstable();
        let before = |(places, id)| (first(sorted, |id| self.all_places(id) >= places), id);
        others.into_iter().map(before).collect()
    }

    fn ended(&self) -> Vec<(u32, Stretch)> {
        let (sorted, others) = (number(self.grants.sorted), &self.others);
        let mut at = vec![0; others.len()];
        for (place, (before, id)) in (0..).zip(others) {
            at[(id - sorted) as usize] = before + place;
        }
        let place = |grant: u32| match grant.checked_sub(sorted) {
            Some(other) => at[other as usize],
            None => grant + number(others.partition_point(|(before, _)| *before <= grant)),
        };
        let ended = self.grants.ended.iter().map(|(grant, stretch)| (place(*grant), *stretch));
        let mut ended: Vec<_> = ended.collect();
        ended.sort_by_key(|(grant, s)| (*grant, s.from_hi));
        ended
    }

    fn all_places(&self, id: u32) -> [u32; 3] {
        let grant = self.grants.list.get(id);
        [0, 1, 2].map(|n| self.place(&grant, n))
    }

    /// The place of one of a grant's three names among all.
    #[inline]
    pub(super) fn place(&self, grant: &Grant, n: usize) -> u32 {
        self.places[n][grant.key[n].0 as usize]
    }

    /// Every grant.
    pub(super) fn grants(&self) -> InList<'_> {
        InList { history: self, others: &self.others, next: 0 }
    }

    /// How many stretches there are.
    pub(super) fn count(&self) -> usize {
        let open = (0..number(self.grants.list.len())).filter(|id| self.grants.list.is_open(*id));
        self.ended.len() + open.count()
    }

    /// Every stretch with its grant.
    pub(super) fn stretches(&self) -> Stretches<'_> {
        let mut rest = self.grants();
        Stretches { ended: &self.ended, place: 0, grant: rest.next(), rest }
    }
}

/// Grants that are still to come.
#[derive(Clone)]
pub(super) struct InList<'h> {
    history: &'h InOrder<'h>,
    others: &'h [(u32, u32)],
    /// Of those in order already.
    next: u32,
}

impl Iterator for InList<'_> {
    type Item = Grant;

    #[inline]
    fn next(&mut self) -> Option<Grant> {
        let grants = self.history.grants;
        match self.others.split_first() {
            Some(((before, id), rest)) if *before <= self.next => {
                self.others = rest;
                Some(grants.list.get(*id))
            }
            _ if self.next < number(grants.sorted) => {
                self.next += 1;
                Some(grants.list.get(self.next - 1))
            }
            _ => None,
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.history.grants.sorted - self.next as usize + self.others.len();
        (left, Some(left))
    }
}

impl ExactSizeIterator for InList<'_> {}

/// Stretches that are still to come.
#[derive(Clone)]
pub(super) struct Stretches<'h> {
    ended: &'h [(u32, Stretch)],
    /// The place of the grant at hand.
    place: u32,
    grant: Option<Grant>,
    rest: InList<'h>,
}

impl Iterator for Stretches<'_> {
    type Item = (Grant, Stretch);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let grant = self.grant?;
            if let Some(((_, stretch), rest)) =
                self.ended.split_first().filter(|((of, _), _)| *of == self.place)
            {
                self.ended = rest;
                return Some((grant, *stretch));
            }
            self.place += 1;
            self.grant = self.rest.next();
            if let Some((from_lo, from_hi)) = grant.open() {
                return Some((grant, Stretch { from_lo, from_hi, ended: None }));
            }
        }
    }
}

/// The first number of which something is true that is true of all after it.
pub(super) fn first(end: u32, is: impl Fn(u32) -> bool) -> u32 {
    let (mut low, mut high) = (0, end);
    while low < high {
        let middle = low + (high - low) / 2;
        if is(middle) { high = middle } else { low = middle + 1 }
    }
    low
}

fn number(n: usize) -> u32 {
    u32::try_from(n).expect("fewer grants than a memory can hold")
}

fn in_order(texts: &Texts) -> Vec<TextId> {
    let mut ids: Vec<TextId> = texts.ids().skip(1).collect();
    ids.sort_by_key(|id| texts.get(*id));
    ids
}

/// The place of each text by its id, from 1.
fn places(names: &[TextId]) -> Vec<u32> {
    let mut places = vec![0; names.len() + 1];
    for (place, id) in (1..).zip(names) {
        places[id.0 as usize] = place;
    }
    places
}
