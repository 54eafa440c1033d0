//! A collection that was killed goes on where it was.

use std::time::{Duration, Instant};

use tenure_testkit::aws::{Behaviour, FakeAws, World};

use super::child::Collection;

const ACCOUNT: &str = "111122223333";
const USERS: usize = 60;

/// Kills a collection once so many users have been asked for; gives how many that were.
fn killed(fake: &FakeAws, collection: &Collection, after: usize) -> usize {
    fake.behave(Behaviour { page: 10, delay: Duration::from_millis(5), ..Behaviour::default() });
    let mut child = collection.start();
    let patience = Instant::now() + Duration::from_secs(60);
    while fake.answered("iam:ListMFADevices") < after {
        assert!(Instant::now() < patience, "the collection does not get on");
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    fake.behave(Behaviour { page: 10, ..Behaviour::default() });
    // What was on its way is answered before it is counted.
    std::thread::sleep(Duration::from_millis(100));
    fake.answered("iam:ListMFADevices")
}

#[test]
fn a_killed_collection_continues_and_ends_as_if_it_had_not_been() {
    let fake = FakeAws::start(World::of_users(ACCOUNT, USERS), Behaviour::default());
    let collection = Collection::of(&fake).set("parallel", "4");
    let before = killed(&fake, &collection, 15);
    assert!(before < USERS, "it was killed before its end");
    assert!(!collection.directory.path().join("result.json").exists());

    let outcome = collection.run();
    assert_eq!(outcome.causes(), [""; 0]);
    let checks = outcome.get("checks").to_string();
    assert!(checks.contains("interrupted run"), "{checks}");
    let repeated = fake.answered("iam:ListMFADevices") - USERS;
    assert!(repeated <= 4, "only what was on its way is asked again, not {repeated}");

    let undisturbed = Collection::of(&fake).set("parallel", "4").run();
    assert!(outcome.comparable() == undisturbed.comparable());
}

#[test]
fn answers_that_are_too_old_are_asked_for_again() {
    let fake = FakeAws::start(World::of_users(ACCOUNT, USERS), Behaviour::default());
    let collection = Collection::of(&fake).set("parallel", "4");
    let before = killed(&fake, &collection, 15);
    let later = collection.now("2026-01-01T06:00:01Z");
    let outcome = later.run();
    assert_eq!(outcome.causes(), [""; 0]);
    assert_eq!(fake.answered("iam:ListMFADevices"), before + USERS);
    assert!(outcome.lines().iter().all(|line| line["at"] == "2026-01-01T06:00:01Z"));
}

#[test]
fn what_was_denied_is_asked_for_again() {
    let fake = FakeAws::start(
        World::of_users(ACCOUNT, 5),
        Behaviour::default().denying("iam:ListSSHPublicKeys", "user-00003"),
    );
    let collection = Collection::of(&fake);
    assert_eq!(collection.run().causes().len(), 1);
    fake.behave(Behaviour::default());
    assert_eq!(collection.run().causes(), [""; 0]);
    assert_eq!(fake.answered("iam:ListSSHPublicKeys"), 5);
}
