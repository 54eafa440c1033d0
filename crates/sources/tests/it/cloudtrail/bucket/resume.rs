//! A collection that is killed, and the next one.

use std::path::Path;
use std::process::Command;

use super::fake::Fake;
use super::{Taken, collect, key, with_key_variables, with_keys, workspace};

/// Runs in a process of its own, which dies.
#[test]
fn dies() {
    let Some(place) = std::env::var_os("TENURE_TEST_DIES") else { return };
    let place = place.into_string().unwrap();
    let (address, rest) = place.split_once(' ').unwrap();
    let (parallel, scratch) = rest.split_once(' ').unwrap();
    let workspace = workspace(address.parse().unwrap()).set("parallel", parallel);
    let mut taken = Taken { dies_at: Some(7), ..Taken::default() };
    let result = collect(&workspace.checked(), &workspace.known, Path::new(scratch), &mut taken);
    panic!("it should have died: {result:?}");
}

fn killed(parallel: &str) -> u32 {
    let fake = Fake::start();
    let large = 9 * 1024 * 1024;
    let keys: Vec<_> =
        (0..20).map(|n| key("eu-west-1", "2026/01/30", &format!("{n:02}"))).collect();
    for (n, key) in keys.iter().enumerate() {
        fake.put(key, if n == 3 { vec![b'x'; large] } else { key.clone().into_bytes() });
    }
    let workspace = workspace(fake.address).set("parallel", parallel);
    let scratch = workspace.dir.path().join("scratch");
    let status = with_key_variables(Command::new(std::env::current_exe().unwrap()))
        .args(["--exact", "cloudtrail::bucket::resume::dies"])
        .env("TENURE_TEST_DIES", format!("{} {parallel} {}", fake.address, scratch.display()))
        .output()
        .unwrap()
        .status;
    assert!(!status.success());
    let before = fake.gets();
    assert!((7..20).contains(&before.len()) || parallel != "1", "{before:?}");
    let mut taken = Taken::default();
    let collected = collect(&workspace.checked(), &workspace.known, &scratch, &mut taken).unwrap();
    assert_eq!(collected.gaps, []);
    assert_eq!(taken.names(), keys);
    for (n, (name, bytes)) in taken.artifacts.iter().enumerate() {
        assert!(if n == 3 { bytes.len() == large } else { name.as_bytes() == bytes });
    }
    let after = fake.gets();
    before.keys().filter(|key| after.contains_key(*key)).count() as u32
}

#[test]
fn what_was_fetched_is_not_fetched_again() {
    with_keys("cloudtrail::bucket::resume::what_was_fetched_is_not_fetched_again", || {
        assert_eq!(killed("1"), 0);
        // Those that were on their way when it died.
        assert!(killed("4") <= 4);
    });
}
