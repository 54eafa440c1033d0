//! From files to facts. A file with a bad row tells what its other rows say, and nothing of what is
//! gone: the bad row may be the one that is missed.

use std::collections::BTreeMap;

use tenure_model::fact::{Attrs, Change, Fact};
use tenure_model::tables::Tracks;
use tenure_model::time::Timestamp;

use crate::csv_file::{Columns, Sheet};
use crate::dated_files::{self, Member};
use crate::records::Records;
use crate::source::ReadError;

use super::Config;
use super::row::Row;

/// Native type of every row of a register.
const ROW: &str = "register";
const CORRECT: &str = "correct the row and collect again";

/// What rows say, by their ids.
type Listing = BTreeMap<String, Attrs>;

/// One line for people.
pub(super) fn describe(config: &Config<'_>, bytes: &[u8]) -> Result<String, ReadError> {
    let file = File::parse(config, bytes)?;
    let problems = file.problems();
    let rows = format!("{} rows of {}", file.rows.len(), config.register.0.name);
    let unused = file.columns.describe_unused();
    Ok(match problems.values().next() {
        None => format!("{rows}{unused}"),
        Some(first) => format!("{rows}, {} of them bad ({first}){unused}", problems.len()),
    })
}

pub(super) fn read(
    config: &Config<'_>,
    name: &str,
    bytes: &[u8],
    out: &mut Records<'_>,
) -> Result<(), ReadError> {
    let (members, stop) = dated_files::members(name, bytes)?;
    if let [Member { name, at, bytes, .. }] = members.as_slice()
        && name.is_empty()
    {
        let file = File::parse(config, bytes)?;
        file.tell(config, *at, None, out);
        return file.stop.map_or(Ok(()), Err);
    }
    read_together(config, &members, out);
    stop.map_or(Ok(()), Err)
}

/// The dated files of a directory, oldest first.
fn read_together(config: &Config<'_>, members: &[Member], out: &mut Records<'_>) {
    let mut before: Option<Listing> = None;
    for Member { name, at, bytes, before: told } in members {
        let file = match File::parse(config, bytes) {
            Ok(file) => file,
            Err(e) => {
                out.gap(format!("{name}: {}", e.cause), e.hint);
                continue;
            }
        };
        if let Some(e) = &file.stop {
            out.gap(format!("{name}: {}", e.cause), e.hint.clone());
        }
        if *told {
            file.rows.iter().for_each(|row| out.skip(row.raw, "told by an earlier run"));
        } else {
            file.tell(config, *at, before.as_ref(), out);
        }
        match (file.listing(), &mut before) {
            (Some(listing), _) => before = Some(listing),
            // What a file with bad rows does not show may still be there.
            (None, Some(before)) => before.extend(file.known()),
            (None, None) => {}
        }
    }
}

/// One file of a register.
struct File<'a> {
    rows: Vec<Row<'a>>,
    columns: Columns,
    stop: Option<ReadError>,
}

impl<'a> File<'a> {
    fn parse(config: &Config<'_>, bytes: &'a [u8]) -> Result<Self, ReadError> {
        let mut sheet = Sheet::parse(bytes)?;
        let columns = config.register.columns(config.map, &sheet.headers)?;
        let row = |(raw, record): &(&'a [u8], csv::ByteRecord)| {
            Row::parse(config, raw, record, sheet.width(record), &columns)
        };
        let rows = sheet.rows.iter().map(row).collect();
        let stop = sheet.stop.take();
        Ok(Self { rows, columns, stop })
    }

    /// What is wrong, by row from 0.
    fn problems(&self) -> BTreeMap<usize, String> {
        let mut of_id: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, row) in self.rows.iter().enumerate() {
            if let Some(id) = &row.id {
                of_id.entry(id).or_default().push(index);
            }
        }
        let mut problems = BTreeMap::new();
        for (index, row) in self.rows.iter().enumerate() {
            let causes =
                row.problems.iter().map(|(column, cause)| format!("column {column}: {cause}"));
            let mut causes: Vec<_> = causes.collect();
            let same = row.id.as_deref().map_or(&[][..], |id| of_id[id].as_slice());
            if let (Some(id), Some(other)) = (&row.id, same.iter().find(|other| **other != index)) {
                // Nobody says which of them is right, so none is used.
                causes.push(format!("column id: '{id}' is the id of row {}, too", other + 2));
            }
            if !causes.is_empty() {
                // The header is row 1, as a spreadsheet shows it.
                problems.insert(index, format!("row {}, {}", index + 2, causes.join("; ")));
            }
        }
        problems
    }

    /// Rows with an id and without problems, with what they say.
    fn known(&self) -> Listing {
        let problems = self.problems();
        let good = self.rows.iter().enumerate().filter(|(index, _)| !problems.contains_key(index));
        good.filter_map(|(_, row)| Some((row.id.clone()?, row.attrs.clone()))).collect()
    }

    /// The same, if the file is good as a whole.
    fn listing(&self) -> Option<Listing> {
        (self.stop.is_none() && self.problems().is_empty()).then(|| self.known())
    }

    /// Hands every row over; `before` is what the last file listed.
    fn tell(
        &self,
        config: &Config<'_>,
        at: Timestamp,
        before: Option<&Listing>,
        out: &mut Records<'_>,
    ) {
        let problems = self.problems();
        for (index, row) in self.rows.iter().enumerate() {
            match (problems.get(&index), row.valid_from) {
                (Some(cause), _) => out.reject(row.raw, cause, CORRECT),
                (None, Some(from)) if from > at => out.skip(row.raw, "not begun yet"),
                (None, _) => {
                    let emptied = before.is_some_and(|before| emptied(config, before, row));
                    out.facts(row.raw, facts(config, row, at, emptied));
                }
            }
        }
        if let (Some(now), Some(before)) = (self.listing(), before) {
            for id in before.keys().filter(|id| !now.contains_key(*id)) {
                out.whole(Fact::new(config.register.0.id, ROW, id.as_str(), Change::Absent { at }));
            }
        }
    }
}

/// Whether a cell that said something is empty now. A version cannot take back what it said, so the
/// row begins anew.
fn emptied(config: &Config<'_>, before: &Listing, row: &Row<'_>) -> bool {
    let Some(said) = row.id.as_ref().and_then(|id| before.get(id)) else { return false };
    let versions = |name: &str| {
        config
            .register
            .0
            .column(name)
            .is_some_and(|c| !matches!(c.tracks, Tracks::Latest | Tracks::Own))
    };
    said.keys().any(|name| versions(name) && !row.attrs.contains_key(name))
}

/// The facts of a good row in a file that speaks for `at`.
fn facts(config: &Config<'_>, row: &Row<'_>, at: Timestamp, emptied: bool) -> Vec<Fact> {
    let Some(id) = row.id.as_deref() else { return Vec::new() };
    let basis = config.basis;
    let fact = |change| Fact::new(config.register.0.id, ROW, id, change);
    let mut facts = Vec::new();
    if emptied {
        facts.push(fact(Change::Absent { at }));
    }
    // The start is pinned with nothing but the id: what else the row says, it says of `at`.
    facts.extend(row.valid_from.map(|at| fact(Change::Begun { at, basis })));
    let last = match row.valid_to.filter(|to| *to <= at) {
        Some(at) => Change::Ended { at, basis },
        None => Change::Seen { at },
    };
    let mut last = fact(last);
    last.attrs = row.attrs.clone();
    facts.push(last);
    facts
}
