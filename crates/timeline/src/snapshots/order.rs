//! Names, grants and stretches in the order in which they are written.
//!
//! A state is written in this order too, so that the next day finds all but its own in order: sorting
//! what is in order already takes one look at it.

use tenure_model::usage::{TextId, Texts};

use super::grants::{Grants, Stretch};

/// The places of a grant's three names among all; 0 where nothing is said.
pub(super) type Places = [u32; 3];

/// Grants in order of holder, what is held, and how.
pub(super) struct InOrder<'g> {
    pub(super) grants: &'g Grants,
    /// Names in order.
    pub(super) names: [Vec<TextId>; 3],
    /// Each grant, and where it is in the list of grants.
    pub(super) list: Vec<(Places, u32)>,
    /// Stretches that ended, each with the place of its grant, in order of that and of time.
    pub(super) ended: Vec<(u32, Stretch)>,
}

impl<'g> InOrder<'g> {
    pub(super) fn of(grants: &'g Grants) -> Self {
        let names = grants.texts.each_ref().map(in_order);
        let places = names.each_ref().map(|names| places(names));
        let place = |key: [TextId; 3]| [0, 1, 2].map(|n| places[n][key[n].0 as usize]);
        let grant = |(id, grant): (u32, &super::grants::Grant)| (place(grant.key), id);
        let mut list: Vec<_> = (0..).zip(&grants.list).map(grant).collect();
        list.sort();
        let mut at = vec![0; list.len()];
        for (place, (_, id)) in (0..).zip(&list) {
            at[*id as usize] = place;
        }
        let mut ended: Vec<_> =
            grants.ended.iter().map(|(grant, s)| (at[*grant as usize], *s)).collect();
        ended.sort_by_key(|(grant, s)| (*grant, s.from_hi));
        Self { grants, names, list, ended }
    }

    /// How many stretches there are.
    pub(super) fn count(&self) -> usize {
        self.ended.len() + self.grants.list.iter().filter(|grant| grant.open.is_some()).count()
    }

    /// Every stretch in order.
    pub(super) fn stretches(&self) -> impl Iterator<Item = (Places, Stretch)> + '_ {
        let mut ended = self.ended.iter().peekable();
        (0..).zip(&self.list).flat_map(move |(at, (places, id))| {
            let mut own = Vec::new();
            while let Some((_, stretch)) = ended.next_if(|(grant, _)| *grant == at) {
                own.push(*stretch);
            }
            let open = self.grants.list[*id as usize].open.map(|(from_lo, from_hi)| Stretch {
                from_lo,
                from_hi,
                ended: None,
            });
            own.into_iter().chain(open).map(|stretch| (*places, stretch))
        })
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
