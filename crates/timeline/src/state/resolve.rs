//! References to incarnations: facts name a thing, rows the incarnation that was meant.

use std::collections::HashMap;
use std::rc::Rc;

use tenure_model::Timestamp;
use tenure_model::tables::{ColumnKind, Table, TableId};
use tenure_model::usage::Texts;

use super::things::{Key, ThingId, Things, row_id};
use crate::attrs::{Attr, get};
use crate::fold::Version;

/// When the incarnations of a thing began, and their numbers.
pub(super) type Starts = Vec<(Timestamp, u32)>;

/// Whether rows can refer to rows of the table.
pub(super) fn referable(table: TableId) -> bool {
    matches!(
        table,
        TableId::Subjects | TableId::Identities | TableId::Entitlements | TableId::Resources
    )
}

/// The columns of a table that refer, and to what.
fn references(table: &Table) -> impl Iterator<Item = (u8, TableId)> {
    (0..).zip(table.columns).filter_map(|(number, column)| match column.kind {
        ColumnKind::Ref(table) => Some((number, table)),
        _ => None,
    })
}

/// Whether rows of the table refer to others.
pub(super) fn refers(table: &Table) -> bool {
    references(table).next().is_some()
}

pub(super) fn starts<'v>(versions: impl IntoIterator<Item = &'v Version>) -> Starts {
    let mut starts: Vec<_> = versions
        .into_iter()
        .filter(|v| v.version_no == 1)
        .map(|v| (v.validity.from_hi, v.incarnation))
        .collect();
    starts.sort_unstable();
    starts
}

/// Finds the incarnation that a reference means.
pub(super) struct Resolver<'s> {
    pub(super) texts: &'s mut Texts,
    pub(super) things: &'s Things,
    pub(super) starts: &'s HashMap<ThingId, Starts>,
}

impl Resolver<'_> {
    /// Replaces `native_type/native_id` by the id of the incarnation in force at the row's start.
    pub(super) fn resolve(&mut self, key: &Key, version: &mut Version) {
        for (column, table) in references(key.table.table()) {
            let said = get(&version.attrs, column).and_then(Attr::as_text);
            let Some(text) = said.map(|id| self.texts.get(id).unwrap_or("")) else { continue };
            let (native_type, native_id) = text.split_once('/').unwrap_or(("", text));
            let system = self.texts.get(key.system).unwrap_or("");
            let incarnation = self
                .target(table, key, native_type, native_id)
                .map_or(1, |target| self.in_force(target, version.validity.from_hi));
            let id = row_id([system, native_type, native_id], incarnation);
            let resolved = Attr::text(column, self.texts.add(&id));
            version.attrs = with(&version.attrs, resolved);
        }
    }

    fn target(&self, table: TableId, from: &Key, kind: &str, id: &str) -> Option<ThingId> {
        let (native_type, native_id) = (self.texts.find(kind)?, self.texts.find(id)?);
        self.things.find(&Key { table, system: from.system, native_type, native_id })
    }

    /// The last incarnation that began by then; the first, if none had.
    fn in_force(&self, target: ThingId, at: Timestamp) -> u32 {
        let starts = self.starts.get(&target).map_or(&[][..], Vec::as_slice);
        starts.iter().rev().find(|(from, _)| *from <= at).or(starts.first()).map_or(1, |(_, n)| *n)
    }
}

/// The attributes with one of them replaced.
fn with(attrs: &[Attr], other: Attr) -> Rc<[Attr]> {
    attrs.iter().map(|attr| if attr.column == other.column { other } else { *attr }).collect()
}
