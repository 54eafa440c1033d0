//! Everything comes, page after page, however the server behaves.

use std::time::{Duration, Instant};

use tenure_testkit::aws::{Behaviour, FakeAws, World};

use super::child::Collection;

const ACCOUNT: &str = "111122223333";

fn whole(users: usize, behaviour: Behaviour) {
    let fake = FakeAws::start(World::of_users(ACCOUNT, users), behaviour);
    let outcome = Collection::of(&fake).run();
    assert_eq!(outcome.causes(), [""; 0]);
    assert_eq!(outcome.count("ListAccessKeys"), users);
    assert_eq!(outcome.count("GetAccessKeyLastUsed"), users + users / 2);
    assert_eq!(outcome.count("ListMFADevices"), users);
    let lines = outcome.lines();
    let (last, exchanges) = lines.split_last().unwrap();
    assert_eq!(last["end"]["exchanges"], exchanges.len());
    assert!(exchanges.iter().all(|line| line["account"] == ACCOUNT));
    assert_eq!(
        *outcome.get("totals"),
        serde_json::json!({"Users": users, "Groups": 3, "Roles": 5, "Policies": 4})
    );
}

#[test]
fn all_pages_come() {
    whole(23, Behaviour { page: 4, ..Behaviour::default() });
}

#[test]
fn all_comes_from_a_server_that_throttles_resets_breaks_off_and_fails() {
    whole(
        40,
        Behaviour {
            page: 7,
            throttle_every: 11,
            reset_every: 13,
            cut_every: 17,
            fail_every: 19,
            delay: Duration::from_millis(1),
            ..Behaviour::default()
        },
    );
}

#[test]
fn a_server_that_says_when_to_come_again_is_heeded() {
    let behaviour = Behaviour { throttle_every: 6, retry_after: Some(1), ..Behaviour::default() };
    let fake = FakeAws::start(World::of_users(ACCOUNT, 0), behaviour);
    let began = Instant::now();
    let outcome = Collection::of(&fake).run();
    let throttled = fake.seen().iter().filter(|seen| seen.status == 400).count();
    assert_eq!(outcome.causes(), [""; 0]);
    // One refusal is that there is no organisation.
    assert!(throttled >= 3, "{throttled}");
    assert!(began.elapsed() >= Duration::from_secs(throttled as u64 - 1));
}

#[test]
fn the_same_answers_give_the_same_lines_however_many_calls_run_at_a_time() {
    let fake = FakeAws::start(World::of_users(ACCOUNT, 30), Behaviour::default());
    let one = Collection::of(&fake).set("parallel", "1").run();
    let many = Collection::of(&fake).set("parallel", "16").run();
    assert!(one.comparable() == many.comparable());
    let lines = one.lines();
    let asked: Vec<_> = lines
        .iter()
        .filter(|line| line["action"] == "ListAccessKeys")
        .map(|line| line["input"]["UserName"].as_str().unwrap().to_owned())
        .collect();
    assert!(asked.is_sorted(), "users are in the order of their names");
}

#[test]
fn a_marker_that_comes_twice_ends_the_pages_with_a_gap() {
    let endless = Some("iam:GetAccountAuthorizationDetails".to_owned());
    let behaviour = Behaviour { page: 2, endless, ..Behaviour::default() };
    let fake = FakeAws::start(World::of_users(ACCOUNT, 5), behaviour);
    let outcome = Collection::of(&fake).run();
    let causes = outcome.causes();
    assert_eq!(causes.len(), 1, "{causes:?}");
    assert!(causes[0].contains("iam:GetAccountAuthorizationDetails"), "{causes:?}");
    assert!(causes[0].contains("came twice"), "{causes:?}");
    assert_eq!(outcome.count("ListAccessKeys"), 5, "the users are asked for all the same");
}

#[test]
fn fewer_items_than_the_account_claims_are_a_gap() {
    let mut world = World::of_users(ACCOUNT, 3);
    world.account(ACCOUNT).claims.insert("Roles".to_owned(), 6);
    let fake = FakeAws::start(world, Behaviour::default());
    let outcome = Collection::of(&fake).run();
    let causes = outcome.causes();
    assert_eq!(causes.len(), 1, "{causes:?}");
    assert!(causes[0].contains("6 Roles") && causes[0].contains("5 were received"), "{causes:?}");
}

#[test]
fn an_empty_answer_of_an_account_that_has_users_is_a_gap() {
    let mut world = World::of_users(ACCOUNT, 0);
    world.account(ACCOUNT).claims.insert("Users".to_owned(), 12);
    let fake = FakeAws::start(world, Behaviour::default());
    let causes_of = Collection::of(&fake).run();
    assert!(causes_of.causes()[0].contains("12 Users"), "{:?}", causes_of.causes());
}
