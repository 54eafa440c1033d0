//! Versions in any order to an index.

use std::fs;
use std::path::Path;
use std::thread;

use tenure_model::Validity;
use tenure_model::ids::Seq;
use tenure_model::usage::Texts;

use super::block::{COLUMNS, Numbers, numbers, span};
use super::keyed::Writer;
use super::{BY_ENTITLEMENT, BY_PRINCIPAL, HEAD, Head, IndexError, SCHEMA, TEXTS, io_error, names};

/// Takes versions and writes an index. Holds them in memory: about 40 bytes each where ends are
/// pinned and all are known since the same ledger index, at most 80.
#[derive(Debug, Default)]
pub struct Builder {
    texts: [Texts; 3],
    principals: Vec<u32>,
    entitlements: Vec<u32>,
    vias: Vec<u32>,
    /// The columns after `OTHER` and `VIA`.
    times: [Column; COLUMNS - 2],
}

/// Ids of texts by row, and the place of each text by its id.
type Numbered<'n> = (&'n [u32], &'n [u32]);

/// Numbers, held once while all are the same.
#[derive(Debug, Default)]
struct Column {
    first: u64,
    length: usize,
    values: Vec<u64>,
}

impl Column {
    fn push(&mut self, value: u64) {
        if self.length == 0 {
            self.first = value;
        }
        if self.values.is_empty() && value != self.first {
            self.values = vec![self.first; self.length];
        }
        if value != self.first || !self.values.is_empty() {
            self.values.push(value);
        }
        self.length += 1;
    }

    fn get(&self, row: usize) -> u64 {
        self.values.get(row).copied().unwrap_or(self.first)
    }
}

impl Builder {
    /// Adds a version: holder, what is held, how (empty where not said), when, and from which
    /// ledger index to which it was known.
    ///
    /// # Panics
    /// When the holder or what is held is empty: such a version answers no question.
    pub fn push(
        &mut self,
        [principal, entitlement, via]: [&str; 3],
        validity: &Validity,
        known: (Seq, Option<Seq>),
    ) {
        assert!(!principal.is_empty() && !entitlement.is_empty(), "a version has a key");
        let [principals, entitlements, vias] = &mut self.texts;
        self.principals.push(principals.add(principal).0);
        self.entitlements.push(entitlements.add(entitlement).0);
        self.vias.push(vias.add(via).0);
        let numbers = numbers(0, None, validity, known);
        for (column, number) in self.times.iter_mut().zip(&numbers[2..]) {
            column.push(*number);
        }
    }

    /// How many versions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.principals.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.principals.is_empty()
    }

    /// Writes the index into a directory, over one that lies there. The same versions
    /// give the same bytes, in whatever order they came.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, dir: &Path) -> Result<(), IndexError> {
        fs::create_dir_all(dir).map_err(|e| io_error(dir, e))?;
        let head = dir.join(HEAD);
        if head.exists() {
            fs::remove_file(&head).map_err(|e| io_error(&head, e))?;
        }
        let mut places = Vec::new();
        for (texts, name) in self.texts.iter().zip(TEXTS) {
            places.push(names::write(texts, &dir.join(name))?);
        }
        let principals: Numbered<'_> = (&self.principals, &places[0]);
        let entitlements: Numbered<'_> = (&self.entitlements, &places[1]);
        let copy = |name: &str, keys: Numbered<'_>, others: Numbered<'_>| {
            self.copy(&dir.join(name), keys, others, &places[2])
        };
        thread::scope(|threads| {
            let other = threads.spawn(|| copy(BY_ENTITLEMENT, entitlements, principals));
            copy(BY_PRINCIPAL, principals, entitlements)?;
            other.join().expect("writing does not panic")
        })?;
        let said = Head { schema: SCHEMA.to_owned(), versions: self.len() as u64 };
        let text = serde_json::to_vec(&said).map_err(|e| io_error(&head, e.into()))?;
        fs::write(&head, text).map_err(|e| io_error(&head, e))
    }

    fn copy(
        &self,
        path: &Path,
        (keys, key_places): Numbered<'_>,
        (others, other_places): Numbered<'_>,
        via_places: &[u32],
    ) -> Result<(), IndexError> {
        let mut writer = Writer::create(path)?;
        let (order, ends) = by_key(keys, key_places);
        let mut start = 0;
        let mut rows: Vec<Numbers> = Vec::new();
        for end in ends {
            rows.clear();
            rows.extend(order[start..end].iter().map(|row| {
                let row = *row as usize;
                let mut numbers: Numbers = [0; COLUMNS];
                numbers[0] = u64::from(other_places[others[row] as usize]);
                let via = self.vias[row] as usize;
                numbers[1] = if via == 0 { u64::MAX } else { u64::from(via_places[via]) };
                for (number, column) in numbers[2..].iter_mut().zip(&self.times) {
                    *number = column.get(row);
                }
                numbers
            }));
            rows.sort_unstable_by_key(|numbers| (span(numbers).0, *numbers));
            writer.key(&rows)?;
            start = end;
        }
        writer.finish()
    }
}

/// Rows in order of their key's place, and where each key's rows end (counting sort).
fn by_key(keys: &[u32], places: &[u32]) -> (Vec<u32>, Vec<usize>) {
    let mut ends = vec![0; places.len().saturating_sub(1)];
    for key in keys {
        ends[places[*key as usize] as usize] += 1;
    }
    let mut total = 0;
    for end in &mut ends {
        (*end, total) = (total, total + *end);
    }
    let mut order = vec![0; keys.len()];
    for (row, key) in (0..).zip(keys) {
        let at = &mut ends[places[*key as usize] as usize];
        order[*at] = row;
        *at += 1;
    }
    (order, ends)
}
