//! Other accounts, the organisation, Identity Center and trails.

use tenure_testkit::aws::{Account, Behaviour, FakeAws, World};

use super::child::Collection;

const CALLER: &str = "111122223333";
const OPEN: &str = "222233334444";
const CLOSED: &str = "333344445555";

fn organisation() -> World {
    let mut world = World::of_users(CALLER, 2);
    world.management = Some(CALLER.to_owned());
    world.center = true;
    let open = Account { external_id: Some("tenure-7".to_owned()), ..Account::of_users(3) };
    world.accounts.insert(OPEN.to_owned(), open);
    world.accounts.insert(CLOSED.to_owned(), Account::of_users(4));
    world
}

#[test]
fn an_account_that_cannot_be_entered_is_a_gap_and_the_others_are_collected() {
    let fake = FakeAws::start(organisation(), Behaviour { page: 1, ..Behaviour::default() });
    let collection = Collection::of(&fake)
        .set("accounts", "organization")
        .set("role", "audit/tenure-reader")
        .set("external-id", "tenure-7");
    let outcome = collection.run();
    let causes = outcome.causes();
    assert_eq!(causes.len(), 1, "{causes:?}");
    for part in [CLOSED, "sts:AssumeRole", "arn:aws:iam::333344445555:role/audit/tenure-reader"] {
        assert!(causes[0].contains(part), "{part}: {causes:?}");
    }
    let names: Vec<_> = outcome.artifacts.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["111122223333/2026-01-01T00:00:00Z.ndjson", "222233334444/2026-01-01T00:00:00Z.ndjson"]
    );
    let users = |name: &str| {
        let lines = &outcome.artifacts[name];
        lines.iter().filter(|line| line["action"] == "ListAccessKeys" && line["page"] == 1).count()
    };
    assert_eq!((users(names[0]), users(names[1])), (2, 3));
    assert_eq!(outcome.get("totals")["Users"], 5);
    assert_eq!(outcome.count("ListAccounts"), 3, "pages of one");
    assert_eq!(outcome.count("DescribePolicy"), 1);
    assert_eq!(outcome.count("ListAccountsForParent"), 4, "a root without, a unit with three");
    assert_eq!(outcome.count("ListAccountAssignments"), 2 * 3 * 3, "sets, accounts, pages");
    assert_eq!(outcome.count("ListGroupMemberships"), 1);
    let kept = format!("{:?}", outcome.artifacts);
    assert!(!kept.contains("secret-of-session") && !kept.contains("token+of/session"));
}

#[test]
fn a_member_of_an_organisation_does_not_ask_for_what_it_cannot_see() {
    let mut world = organisation();
    world.management = Some(OPEN.to_owned());
    let fake = FakeAws::start(world, Behaviour::default());
    let outcome = Collection::of(&fake).run();
    assert_eq!(outcome.causes(), [""; 0]);
    assert_eq!(outcome.count("DescribeOrganization"), 1);
    assert_eq!(outcome.count("ListAccounts"), 0);
}

#[test]
fn trails_are_asked_where_they_are_at_home() {
    let mut world = World::of_users(CALLER, 0);
    world.account(CALLER).trails = vec!["one".to_owned(), "two".to_owned()];
    let fake = FakeAws::start(world, Behaviour { page: 1, ..Behaviour::default() });
    let outcome = Collection::of(&fake).run();
    assert_eq!(outcome.causes(), [""; 0]);
    let asked: Vec<_> = outcome
        .lines()
        .iter()
        .filter(|line| line["action"] == "GetTrailStatus")
        .map(|line| (line["region"].as_str().unwrap(), line["input"]["Name"].as_str().unwrap()))
        .collect();
    assert_eq!(
        asked,
        [
            ("eu-west-1", "arn:aws:cloudtrail:eu-west-1:111122223333:trail/two"),
            ("us-east-1", "arn:aws:cloudtrail:us-east-1:111122223333:trail/one"),
        ]
    );
    assert_eq!(outcome.count("ListPublicKeys"), 4, "two regions, two pages each");
}

#[test]
fn source_test_says_who_asks_and_what_can_be_entered() {
    let fake = FakeAws::start(organisation(), Behaviour::default());
    let enter = |account: &str| {
        let collection = Collection::of(&fake).set("accounts", account).set("role", "reader");
        collection.set("external-id", "tenure-7").test()
    };
    let said = enter(OPEN)["said"].as_str().unwrap().to_owned();
    for part in [CALLER, "user/collector", "2 Users", "account 222233334444 can be entered"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let refused = enter(CLOSED);
    assert_eq!(refused["what"], "arn:aws:iam::333344445555:role/reader");
}
