//! Later runs: what is recorded is not fetched again, and old days are not listed again.

use super::fake::Fake;
use super::{key, with_keys, workspace};

#[test]
fn nothing_is_fetched_twice_and_old_days_are_left_alone() {
    with_keys(
        "cloudtrail::bucket::incremental::nothing_is_fetched_twice_and_old_days_are_left_alone",
        || {
            let fake = Fake::start();
            let at = |day: &str, unique: &str| key("eu-west-1", day, unique);
            let body = r#"{"Records":[]}"#;
            for day in ["2026/01/20", "2026/01/28", "2026/01/30"] {
                fake.put(&at(day, "a"), body);
            }
            let mut workspace = workspace(fake.address);
            let (draft, _) = workspace.run();
            assert_eq!(draft.artifacts.len(), 3);
            assert_eq!(draft.run.requests, 3 + 3, "three listings, three objects");
            assert_eq!(fake.gets().len(), 3);
            // Late ones within three days are found, older ones are not looked for.
            let late = [at("2026/01/27", "late"), at("2026/01/30", "b"), at("2026/02/02", "a")];
            for key in &late {
                fake.put(key, body);
            }
            fake.put(&at("2026/01/26", "too-late"), body);
            std::fs::remove_dir_all(workspace.dir.path().join("scratch")).unwrap();
            let (draft, _) = workspace.run();
            assert_eq!(
                draft.artifacts.iter().map(|a| &a.name).collect::<Vec<_>>(),
                late.each_ref()
            );
            assert_eq!(fake.gets().into_keys().collect::<Vec<_>>(), late);
            std::fs::remove_dir_all(workspace.dir.path().join("scratch")).unwrap();
            let (draft, _) = workspace.run();
            assert!(draft.nothing_new);
            assert_eq!((fake.gets().len(), draft.run.requests), (0, 3));
            // Unless one asks for more.
            workspace = workspace.set("relist", "30");
            let (draft, _) = workspace.run();
            assert_eq!(draft.artifacts.len(), 1);
            assert_eq!(fake.gets().into_keys().collect::<Vec<_>>(), [at("2026/01/26", "too-late")]);
        },
    );
}
