//! Which control is tested when.
//!
//! Two are tested at a time, and each holds rows of its own. One thread begins with those that hold
//! most, the other with those that hold least, so that two of the largest are not in memory at once.

use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use tenure_model::tables::TableId;
use tenure_timeline::store::Store;

use crate::library::Control;

/// Controls that are still to be tested, those that hold least in front.
pub(crate) struct Order<'c>(Mutex<VecDeque<&'c Control>>);

impl<'c> Order<'c> {
    pub(crate) fn of(store: &Store, controls: impl Iterator<Item = &'c Control>) -> Self {
        // Uses are merged as they are read; what is held is rows of things.
        let of_things = |table: &&TableId| !matches!(table, TableId::Usage | TableId::UsageDaily);
        let sizes: Vec<_> = TableId::ALL
            .iter()
            .filter(of_things)
            .map(|table| (table.name(), size(&store.table_path(*table))))
            .collect();
        let mut controls: Vec<_> = controls.collect();
        controls.sort_by_cached_key(|control| held(control, &sizes));
        Self(Mutex::new(controls.into()))
    }

    /// The next one for whoever takes the largest, or the smallest.
    pub(crate) fn next(&self, largest: bool) -> Option<&'c Control> {
        let mut controls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if largest { controls.pop_back() } else { controls.pop_front() }
    }
}

/// The bytes of the tables that a control's queries name. What a view or a function reads besides is
/// not counted: a wrong guess costs memory, and changes no result.
fn held(control: &Control, sizes: &[(&str, u64)]) -> u64 {
    let mut words: Vec<_> = control
        .current()
        .sql
        .values()
        .flat_map(|sql| sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'))
        .collect();
    words.sort_unstable();
    let named = |table: &str| words.binary_search(&table).is_ok();
    sizes.iter().filter(|(table, _)| named(table)).map(|(_, bytes)| bytes).sum()
}

/// Bytes of a file. What is not there has none.
fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::Library;

    #[test]
    fn one_end_holds_most_and_the_other_least() {
        let library = Library::load(None).expect("the library");
        let controls = library
            .controls()
            .filter(|control| ["CRD-03", "GOV-02", "MON-03"].contains(&control.id.as_str()));
        let directory = tempfile::tempdir().expect("a directory");
        for (table, bytes) in [("alerts.parquet", 10), ("credentials.parquet", 1_000)] {
            fs::write(directory.path().join(table), vec![0; bytes]).expect("a file");
        }
        let order = Order::of(&Store::new(directory.path()), controls);
        let next = |largest| order.next(largest).map(|control| control.id.as_str());
        assert_eq!(next(true), Some("CRD-03"));
        assert_eq!(next(false), Some("GOV-02"));
        assert_eq!(next(false), Some("MON-03"));
        assert_eq!(next(true), None);
    }
}
