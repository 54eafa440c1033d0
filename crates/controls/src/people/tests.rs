//! Who is one person, and which accounts are theirs.

use super::link::join;
use super::{Account, Joined, Link, Record};

fn record(subject: &str, name: &str, email: &str, employee: &str) -> Record {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let base = subject.split('~').next().unwrap_or(subject).to_owned();
    Record {
        subject: subject.to_owned(),
        native_id: base.rsplit('/').next().unwrap_or_default().to_owned(),
        base,
        name: text(name),
        email: text(email),
        employee_id: text(employee),
    }
}

fn account(identity: &str, login: &str, email: &str, kind: &str) -> Account {
    Account {
        identity: identity.to_owned(),
        native_id: identity.rsplit('/').next().unwrap_or_default().to_owned(),
        login: Some(login.to_owned()),
        email: (!email.is_empty()).then(|| email.to_owned()),
        kind: Some(kind.to_owned()),
    }
}

fn holders(joined: &Joined) -> Vec<(&str, &str, &str, bool)> {
    let short = joined
        .holders
        .iter()
        .map(|h| (h.person.as_str(), h.identity.as_str(), h.basis.as_str(), h.ambiguous));
    short.collect()
}

#[test]
fn employments_and_incarnations_of_one_person_are_joined() {
    let records = [
        record("hr/person/7", "Ann", "ann@x", "7"),
        record("hr/person/7~2", "Ann Lee", "ann.lee@x", "7"),
        record("hr/person/9", "Ann", "ANN@x", "9"),
        record("hr/person/11", "Bob", "ann@x", "11"),
    ];
    let joined = join(&records, &[], &[]);
    let person = |subject: &str| joined.people[subject].0.as_str();
    assert_eq!(person("hr/person/7~2"), "hr/person/7");
    assert_eq!(person("hr/person/9"), "hr/person/7", "two employments under one address");
    assert_eq!(person("hr/person/11"), "hr/person/11", "the address of somebody else before");
    assert_eq!(joined.names["ann lee"], "hr/person/7");
    assert!(!joined.names.contains_key("ann@x"), "an address of two people names nobody");
}

#[test]
fn a_link_decides_and_an_address_serves_otherwise() {
    let records =
        [record("hr/person/7", "Ann", "ann@x", "7"), record("hr/person/8", "Bob", "bob@x", "8")];
    let link = Link {
        subject: "okta/person/7".to_owned(),
        identity: "okta/user/1".to_owned(),
        basis: Some("hr_id".to_owned()),
        ..Link::default()
    };
    let accounts = [
        account("okta/user/1", "bob@x", "bob@x", "human"),
        account("okta/user/2", "x", "BOB@x", "human"),
        account("okta/user/3", "8", "", "unknown"),
        account("okta/user/4", "ci", "bob@x", "bot"),
    ];
    let joined = join(&records, &[link], &accounts);
    assert_eq!(
        holders(&joined),
        [
            ("hr/person/7", "okta/user/1", "hr_id", false),
            ("hr/person/8", "okta/user/2", "email", false),
            ("hr/person/8", "okta/user/3", "employee_id", false),
        ],
        "a bot with somebody's address is nobody's account"
    );
    assert_eq!(joined.names["x"], "hr/person/8", "cited by the login of an account");
}

#[test]
fn the_order_of_rows_is_of_no_consequence() {
    let mut records = vec![
        record("hr/person/7", "Ann", "ann@x", "7"),
        record("hr/person/9", "Ann", "ann@x", "9"),
        record("eu/person/3", "Ann", "ann@y", "9"),
    ];
    let one = format!("{:?}", join(&records, &[], &[]).people);
    records.reverse();
    assert_eq!(format!("{:?}", join(&records, &[], &[]).people), one);
    assert_eq!(one.matches("eu/person/3").count(), 4, "all three are one person");
}
