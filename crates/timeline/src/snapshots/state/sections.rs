//! The sections of a state: names, grants, and stretches that ended.

use std::mem;

use tenure_model::usage::{TextId, Texts};

use super::super::grants::{Grant, Grants, Stretch};
use super::super::order::InOrder;
use super::super::text::Text;
use super::column::{Columns, put};

/// Bytes that the sections take, about.
pub(super) fn room(history: &InOrder<'_>) -> usize {
    let texts: usize = history.grants.texts.iter().map(Texts::memory).sum();
    texts + history.grants.list.len() * 12 + history.ended.len() * 8
}

pub(super) fn texts(mut section: &[u8]) -> Option<Texts> {
    let lengths = Columns::<1>::take(&mut section)?;
    let mut all = str::from_utf8(section).ok()?;
    let (mut texts, mut before) = (Texts::default(), "");
    lengths.each(|[length]| {
        let (text, rest) = all.split_at_checked(length as usize)?;
        all = rest;
        texts.add(text);
        // The order of grants rests on that of names.
        (mem::replace(&mut before, text) < text).then_some(())
    })?;
    Some(texts)
}

pub(super) fn put_texts(out: &mut Text, ids: &[TextId], texts: &Texts) {
    let all = ids.iter().map(|id| texts.get(*id).unwrap_or_default());
    put(out, all.clone().map(|text| [number(text.len())]));
    all.for_each(|text| out.extend_from_slice(text.as_bytes()));
}

/// Columns: the three names (of holders, how many names after the grant before), lines, and days.
pub(super) fn add_grants(grants: &mut Grants, mut section: &[u8], first: i32) -> Option<()> {
    let columns = Columns::<6>::take(&mut section)?;
    let most = grants.texts.each_ref().map(Texts::len);
    let list = &mut grants.list;
    list.reserve(columns.rows());
    let (mut holder, mut before) = (0_u32, None);
    columns.each(|[p, e, v, lines, lo, hi]| {
        holder = holder.checked_add(p)?;
        let key = [holder, e, v];
        let known = key.iter().zip(most).all(|(name, most)| *name as usize <= most);
        if !known || before >= Some(key) {
            return None;
        }
        before = Some(key);
        let open = day(hi, first)?.map(|hi| Some((day(lo, first)?, hi)));
        let open = match open {
            Some(open) => Some(open?),
            None => None,
        };
        list.push(Grant::new(key.map(TextId), lines, open));
        Some(())
    })?;
    grants.sorted = list.len();
    Some(())
}

pub(super) fn put_grants(out: &mut Text, history: &InOrder<'_>, first: i32) {
    let mut before = 0;
    let rows = history.grants().map(move |grant| {
        let [holder, held, via] = [0, 1, 2].map(|n| history.place(&grant, n));
        let after = holder - mem::replace(&mut before, holder);
        let (lo, hi) = (grant.open().and_then(|(lo, _)| lo), grant.open().map(|(_, hi)| hi));
        [after, held, via, grant.lines, said(lo, first), said(hi, first)]
    });
    put(out, rows);
}

/// Columns: how many grants after that of the stretch before, and days.
pub(super) fn add_ended(grants: &mut Grants, mut section: &[u8], first: i32) -> Option<()> {
    let columns = Columns::<5>::take(&mut section)?;
    grants.ended.reserve(columns.rows());
    let (mut grant, most) = (0_u32, number(grants.list.len()));
    columns.each(|[after, from_lo, from_hi, to_lo, to_hi]| {
        grant = grant.checked_add(after)?;
        (grant < most).then_some(())?;
        let ended = Some((day(to_lo, first)??, day(to_hi, first)??));
        let (from_lo, from_hi) = (day(from_lo, first)?, day(from_hi, first)??);
        grants.ended.push((grant, Stretch { from_lo, from_hi, ended }));
        Some(())
    })
}

pub(super) fn put_ended(out: &mut Text, ended: &[(u32, Stretch)], first: i32) {
    let mut before = 0;
    let rows = ended.iter().map(move |(grant, s)| {
        let after = grant - mem::replace(&mut before, *grant);
        let (to_lo, to_hi) = s.ended.unzip();
        let [from_lo, from_hi, to_lo, to_hi] =
            [s.from_lo, Some(s.from_hi), to_lo, to_hi].map(|day| said(day, first));
        [after, from_lo, from_hi, to_lo, to_hi]
    });
    put(out, rows);
}

/// A day as a number: 0 when there is none, or how many days after the first, and one.
fn said(day: Option<i32>, first: i32) -> u32 {
    day.map_or(0, |day| day.wrapping_sub(first).cast_unsigned().wrapping_add(1))
}

/// The other way round; `None` for a day outside any calendar.
fn day(said: u32, first: i32) -> Option<Option<i32>> {
    match said.checked_sub(1) {
        Some(after) => Some(Some(first.checked_add_unsigned(after)?)),
        None => Some(None),
    }
}

fn number(length: usize) -> u32 {
    u32::try_from(length).expect("no longer than a listing")
}
