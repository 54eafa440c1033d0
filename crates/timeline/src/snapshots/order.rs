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
    /// Where each grant is in the list of grants.
    list: Vec<u32>,
    /// Stretches that ended, each with the place of its grant, in order of that and of time.
    pub(super) ended: Vec<(u32, Stretch)>,
}

impl<'g> InOrder<'g> {
    pub(super) fn of(grants: &'g Grants) -> Self {
        let names = grants.texts.each_ref().map(in_order);
        let places = names.each_ref().map(|names| places(names));
        let mut history = Self { grants, names, places, list: Vec::new(), ended: Vec::new() };
        history.list = history.in_order();
        let mut at = vec![0; history.list.len()];
        for (place, id) in (0..).zip(&history.list) {
            at[*id as usize] = place;
        }
        history.ended.reserve(grants.ended.len());
        history.ended.extend(grants.ended.iter().map(|(grant, s)| (at[*grant as usize], *s)));
        history.ended.sort_by_key(|(grant, s)| (*grant, s.from_hi));
        history
    }

    /// Grants in order: those that are so already, and the others among them.
    fn in_order(&self) -> Vec<u32> {
        let Grants { list, sorted, .. } = self.grants;
        let numbered = || (0..).zip(list).map(|(id, grant)| (self.places(grant), id));
        let mut others: Vec<_> = numbered().skip(*sorted).collect();
        others.sort_unstable();
        let mut others = others.into_iter().peekable();
        let mut all = Vec::with_capacity(list.len());
        for (places, id) in numbered().take(*sorted) {
            while let Some((_, other)) = others.next_if(|(other, _)| *other < places) {
                all.push(other);
            }
            all.push(id);
        }
        all.extend(others.map(|(_, id)| id));
        all
    }

    /// The places of a grant's three names among all.
    pub(super) fn places(&self, grant: &Grant) -> [u32; 3] {
        [0, 1, 2].map(|n| self.places[n][grant.key[n].0 as usize])
    }

    /// Every grant.
    pub(super) fn grants(&self) -> impl ExactSizeIterator<Item = &Grant> + Clone {
        self.list.iter().map(|id| &self.grants.list[*id as usize])
    }

    /// How many stretches there are.
    pub(super) fn count(&self) -> usize {
        self.ended.len() + self.grants.list.iter().filter(|grant| grant.open().is_some()).count()
    }

    /// Every stretch with its grant.
    pub(super) fn stretches(&self) -> Stretches<'_> {
        Stretches { history: self, ended: &self.ended, grant: 0 }
    }
}

/// Stretches that are still to come.
#[derive(Clone)]
pub(super) struct Stretches<'h> {
    history: &'h InOrder<'h>,
    ended: &'h [(u32, Stretch)],
    grant: u32,
}

impl<'h> Iterator for Stretches<'h> {
    type Item = (&'h Grant, Stretch);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let id = self.history.list.get(self.grant as usize)?;
            let grant = &self.history.grants.list[*id as usize];
            if let Some(((_, stretch), rest)) =
                self.ended.split_first().filter(|((of, _), _)| *of == self.grant)
            {
                self.ended = rest;
                return Some((grant, *stretch));
            }
            self.grant += 1;
            if let Some((from_lo, from_hi)) = grant.open() {
                return Some((grant, Stretch { from_lo, from_hi, ended: None }));
            }
        }
    }
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
