//! Which control is tested when.
//!
//! Two are tested at a time, and each holds rows of its own. One thread begins with those that hold
//! most, the other with those that hold least; and what would not fit beside what is being tested
//! waits for it, so that two of the largest are seldom in memory at once: what each holds is a guess.

use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};

use tenure_model::tables::TableId;
use tenure_timeline::store::Store;

use crate::library::Control;

/// Controls that are still to be tested, and what those that are being tested hold.
pub(crate) struct Order<'c> {
    left: Mutex<Left<'c>>,
    /// A control is done.
    done: Condvar,
    /// What may be held at a time: what the largest holds by itself, and a fifth more.
    most: u64,
}

struct Left<'c> {
    /// With what they hold, those that hold least in front.
    controls: VecDeque<(u64, &'c Control)>,
    held: u64,
}

/// A control that is being tested.
pub(crate) struct Taken<'c, 'o> {
    pub(crate) control: &'c Control,
    holds: u64,
    order: &'o Order<'c>,
}

impl<'c> Order<'c> {
    pub(crate) fn of(store: &Store, controls: impl Iterator<Item = &'c Control>) -> Self {
        // Uses are merged as they are read; what is held is rows of things.
        let of_things = |table: &&TableId| !matches!(table, TableId::Usage | TableId::UsageDaily);
        let sizes: Vec<_> = TableId::ALL
            .iter()
            .filter(of_things)
            .map(|table| (table.name(), size(&store.table_path(*table))))
            .collect();
        let mut controls: Vec<_> =
            controls.map(|control| (held(control, &sizes), control)).collect();
        controls.sort_by_key(|(holds, _)| *holds);
        let most = controls.last().map_or(0, |(holds, _)| holds + holds / 5);
        let left = Left { controls: controls.into(), held: 0 };
        Self { left: Mutex::new(left), done: Condvar::new(), most }
    }

    /// The next one for whoever takes the largest, or the smallest, once there is room for it.
    pub(crate) fn next(&self, largest: bool) -> Option<Taken<'c, '_>> {
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = |left: &mut Left<'_>| {
            let next = if largest { left.controls.back() } else { left.controls.front() };
            next.is_some_and(|(holds, _)| left.held > 0 && left.held + holds > self.most)
        };
        let mut left = self.done.wait_while(left, waits).unwrap_or_else(PoisonError::into_inner);
        let next = if largest { left.controls.pop_back() } else { left.controls.pop_front() };
        let (holds, control) = next?;
        left.held += holds;
        Some(Taken { control, holds, order: self })
    }
}

impl Drop for Taken<'_, '_> {
    fn drop(&mut self) {
        let mut left = self.order.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.held -= self.holds;
        self.order.done.notify_all();
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
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use super::*;
    use crate::library::Library;

    /// An order of three controls, of a timeline where alerts and credentials take so many bytes.
    fn three<'c>(library: &'c Library, directory: &Path, alerts: usize) -> Order<'c> {
        let controls = library
            .controls()
            .filter(|control| ["CRD-03", "GOV-02", "MON-03"].contains(&control.id.as_str()));
        for (table, bytes) in [("alerts.parquet", alerts), ("credentials.parquet", 1_000)] {
            fs::write(directory.join(table), vec![0; bytes]).expect("a file");
        }
        Order::of(&Store::new(directory), controls)
    }

    #[test]
    fn one_end_holds_most_and_the_other_least() {
        let library = Library::load(None).expect("the library");
        let directory = tempfile::tempdir().expect("a directory");
        let order = three(&library, directory.path(), 200);
        let taken: Vec<_> = [true, false, false].into_iter().map(|end| order.next(end)).collect();
        let ids = taken.iter().flatten().map(|taken| taken.control.id.as_str());
        assert_eq!(ids.collect::<Vec<_>>(), ["CRD-03", "GOV-02", "MON-03"]);
        assert!(order.next(true).is_none());
    }

    #[test]
    fn what_does_not_fit_beside_another_waits_for_it() {
        let library = Library::load(None).expect("the library");
        let directory = tempfile::tempdir().expect("a directory");
        let order = three(&library, directory.path(), 201);
        let largest = order.next(true).expect("a control");
        assert_eq!(order.next(false).expect("one that holds nothing").control.id, "GOV-02");
        let second_begun = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let second = scope.spawn(|| {
                let second = order.next(false).expect("a control");
                second_begun.store(true, Ordering::SeqCst);
                second.control.id.clone()
            });
            std::thread::sleep(Duration::from_millis(50));
            assert!(!second_begun.load(Ordering::SeqCst), "both were begun");
            drop(largest);
            assert_eq!(second.join().expect("a thread"), "MON-03");
        });
    }
}
