//! What must hold whatever the runs say.

use proptest::prelude::*;
use tenure_model::tables::TableId;
use tenure_timeline::build::build;
use tenure_timeline::store::Store;

use crate::support::{built, files, known_at, record, runs};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Building after each run gives the same bytes as building once from everything.
    #[test]
    fn incremental_equals_rebuild(said in runs()) {
        let step = tempfile::tempdir().expect("a directory");
        let store = Store::new(step.path());
        let mut known = Vec::new();
        for (index, run) in said.iter().enumerate() {
            known.push(record(&store, index, run));
            build(&store, &known, &[]).expect("a build");
        }
        let once = tempfile::tempdir().expect("a directory");
        built(once.path(), &said);
        prop_assert_eq!(files(step.path()), files(once.path()));
    }

    /// What was known at an index is what a build of the runs up to it knows: later runs add to
    /// history and never change it.
    #[test]
    fn the_past_knowledge_is_kept(said in runs()) {
        let all = tempfile::tempdir().expect("a directory");
        let whole = built(all.path(), &said);
        for index in 0..said.len() {
            let part = tempfile::tempdir().expect("a directory");
            let then = built(part.path(), &said[..=index]);
            for table in [TableId::Identities, TableId::Entitlements, TableId::Grants] {
                prop_assert_eq!(known_at(&whole, table, index as u64), known_at(&then, table, index as u64), "{}", table.name());
            }
        }
    }

    /// Within an incarnation versions follow each other without overlap.
    #[test]
    fn versions_do_not_overlap(said in runs()) {
        let dir = tempfile::tempdir().expect("a directory");
        let store = built(dir.path(), &said);
        let rows = known_at(&store, TableId::Grants, said.len() as u64);
        let distinct: std::collections::BTreeSet<_> = rows.iter().map(|row| {
            let cells: Vec<_> = row.split('|').collect();
            (cells[0].to_owned(), cells[1].to_owned())
        }).collect();
        prop_assert_eq!(distinct.len(), rows.len(), "one current row per version");
    }
}
