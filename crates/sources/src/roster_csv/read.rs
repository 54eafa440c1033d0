//! From files to facts: a file is used as a whole or not at all.

use std::collections::BTreeSet;

use tenure_model::fact::{Change, Fact};
use tenure_model::tables::TableId;
use tenure_model::time::Timestamp;

use crate::dated_files::Member;
use crate::records::Records;
use crate::settings::Settings;
use crate::source::ReadError;

use super::facts::{self, PERSON};
use super::table::Table;

/// A file that is an artifact of its own.
pub(super) fn single(
    settings: &Settings,
    at: Timestamp,
    bytes: &[u8],
    out: &mut Records<'_>,
) -> Result<(), ReadError> {
    let table = Table::parse(settings, bytes)?;
    tell(&table, at, out);
    table.stop.map_or(Ok(()), Err)
}

/// The dated files of a directory, oldest first. Who is missing from a good file was gone by its
/// date, if the last good one before it had them.
pub(super) fn together(settings: &Settings, members: &[Member], out: &mut Records<'_>) {
    let mut before: Option<BTreeSet<String>> = None;
    for Member { name, at, bytes, before: told } in members {
        let table = match Table::parse(settings, bytes) {
            Ok(table) => table,
            Err(e) => {
                out.gap(format!("{name}: {}", e.cause), e.hint);
                continue;
            }
        };
        if let Some(e) = &table.stop {
            out.gap(format!("{name}: {}", e.cause), e.hint.clone());
        }
        if *told {
            table.rows.iter().for_each(|row| out.skip(row.raw, "told by an earlier run"));
        } else {
            tell(&table, *at, out);
        }
        let Some(now) = table.people() else { continue };
        if let Some(before) = before.filter(|_| !told) {
            for id in before.difference(&now) {
                let gone = Change::Absent { at: *at };
                out.whole(Fact::new(TableId::Subjects, PERSON, id.as_str(), gone));
            }
        }
        before = Some(now);
    }
}

fn tell(table: &Table<'_>, at: Timestamp, out: &mut Records<'_>) {
    let refused = table.problems();
    for (record, row) in (0_u64..).zip(&table.rows) {
        match refused.get(&record) {
            Some(cause) => out.reject(row.raw, cause, "correct the row and collect again"),
            None if !refused.is_empty() => out.skip(row.raw, "file refused"),
            None => out.facts(row.raw, facts::facts(row, at, table)),
        }
    }
}
