//! PRA-02: people assume roles that administer everything, for hours, as approved or not.

use serde_json::json;
use tenure_model::Timestamp;
use tenure_model::outcome::Outcome;

use crate::World;
use crate::files::aws::{Call, Caller, Rights, Role, SYSTEM, arn, session};
use crate::files::jira::Request;
use crate::plant::{consoles, logging};
use crate::time::{DAY, HOUR, SECOND};

const LONGEST: i64 = 8 * HOUR;

/// What is wrong with an elevation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    AsItShould,
    InTheSameSecond,
    EightHoursBefore,
    Unasked,
    ApprovedBySelf,
    ApprovedAfterwards,
    UsedForLong,
    UsedToTheEnd,
    /// The log stops while it lasts.
    BeforeTheStop,
}

/// Each person assumes each role once at most, so that every request is about one elevation.
pub fn plant(world: &mut World) {
    let none = Outcome::NotDemonstrated;
    for (control, attribute, why) in [
        ("PRA-01", "A", "AWS does not say under which approval a right was given"),
        ("PRA-01", "B", "AWS does not say under which approval a right was given"),
        ("PRA-01", "C", "AWS does not say why a right was given"),
        ("PRA-02", "D", "no source tells when a session was to end"),
    ] {
        world.truth.circumstance((control, "aws/*", attribute), none, why);
    }
    let roles: Vec<_> = (0..4).map(|n| format!("admin-{n}")).collect();
    for name in &roles {
        let created = world.settings.period.from.plus_micros(-20 * DAY);
        let role = Role {
            tags: Vec::new(),
            created,
            deleted: None,
            trusts: "arn:aws:iam::111122223333:root",
            may: Rights::Everything,
        };
        world.aws.role(name, role);
    }
    let people = consoles::people(world);
    let length = world.settings.period.to.micros() - world.settings.period.from.micros() - 14 * DAY;
    let count = people.len() * roles.len();
    for n in 0..count {
        let fate = match n % 12 {
            1 => Fate::InTheSameSecond,
            2 => Fate::EightHoursBefore,
            3 => Fate::Unasked,
            5 => Fate::ApprovedBySelf,
            6 if n == 6 => Fate::BeforeTheStop,
            7 => Fate::ApprovedAfterwards,
            9 => Fate::UsedForLong,
            10 => Fate::UsedToTheEnd,
            _ => Fate::AsItShould,
        };
        let step = i64::try_from(n).unwrap_or(0) * (length / i64::try_from(count).unwrap_or(1));
        let day = world.settings.period.from.plus_micros(step + 3 * DAY).day_start();
        let mut at = day.plus_micros(10 * HOUR + i64::try_from(n).unwrap_or(0) * SECOND);
        while logging::doubted(&world.settings, at.plus_micros(-HOUR), at.plus_micros(10 * HOUR)) {
            at = at.plus_micros(DAY);
        }
        if fate == Fate::BeforeTheStop {
            at = logging::stop(&world.settings).0.plus_micros(-4 * HOUR);
        }
        elevate(world, &people[n / roles.len()], &roles[n % roles.len()], at, fate);
    }
}

fn elevate(
    world: &mut World,
    (name, email): &(String, String),
    role: &str,
    at: Timestamp,
    fate: Fate,
) {
    let head = world.company.head("Security").email.clone();
    let approver = if fate == Fate::ApprovedBySelf { email.clone() } else { head };
    let approved = at.plus_micros(match fate {
        Fate::InTheSameSecond => 0,
        Fate::EightHoursBefore => -LONGEST,
        Fate::ApprovedAfterwards => HOUR,
        _ => -HOUR,
    });
    if fate != Fate::Unasked {
        let request = Request {
            kind: "elevation",
            title: format!("Assume {role} to look into an alarm"),
            by: email.clone(),
            requested_for: email.clone(),
            requested: role.to_owned(),
            reason: "an alarm".to_owned(),
            at: approved.plus_micros(-HOUR),
            planned_to: Some(at.plus_micros(LONGEST)),
            notified: None,
            approved: Some((approver, approved)),
            done: None,
        };
        world.jira.file(SYSTEM, request);
    }
    let key = session(role, at);
    let call = Call {
        request: json!({"roleArn": arn("role", role), "roleSessionName": name, "sourceIdentity": email}),
        response: json!({"credentials": {"accessKeyId": key, "expiration": at.plus_micros(LONGEST)}, "sourceIdentity": email}),
        ip: "203.0.113.20",
        agent: "aws-cli/2.17.0",
        ..Call::new(at, Caller::Console(name), "sts", "AssumeRole")
    };
    world.aws.call(call);
    let Some((_, event)) = world.aws.events.last_mut() else { return };
    event["resources"] = json!([{"ARN": arn("role", role), "type": "AWS::IAM::Role"}]);
    let item = format!("{SYSTEM}/{}", event["eventID"].as_str().unwrap_or_default());
    let last = match fate {
        Fate::UsedForLong => LONGEST + SECOND,
        Fate::UsedToTheEnd => LONGEST,
        _ => HOUR,
    };
    for after in [600 * SECOND, last] {
        let by = Caller::Session(role, name, &key);
        let call = Call::new(at.plus_micros(after), by, "ec2", "DescribeInstances");
        world.aws.call(call);
    }
    tell(world, &item, fate, at);
}

fn tell(world: &mut World, item: &str, fate: Fate, at: Timestamp) {
    let truth = &mut world.truth;
    let (bad, none) = (Outcome::Contradicted, Outcome::NotDemonstrated);
    let mut wrong = |attribute: &str, outcome: Outcome, why: &str| {
        truth.deviation(("PRA-02", item, attribute), outcome, (at, None), why);
    };
    match fate {
        Fate::AsItShould => {}
        Fate::InTheSameSecond => {
            truth.near_miss(("PRA-02", item, "C"), "approved in the second of the activation");
        }
        Fate::EightHoursBefore => {
            truth.near_miss(("PRA-02", item, "H"), "approved exactly eight hours before");
        }
        Fate::UsedToTheEnd => {
            truth.near_miss(("PRA-02", item, "D"), "used until the end of the longest time");
        }
        Fate::Unasked => {
            for attribute in ["A", "B", "C"] {
                wrong(attribute, none, "nobody asked for it");
            }
            wrong("H", bad, "outside of every request");
        }
        Fate::ApprovedBySelf => wrong("B", bad, "approved by who asked for it"),
        Fate::ApprovedAfterwards => wrong("C", bad, "approved only afterwards"),
        Fate::BeforeTheStop => {
            for attribute in ["F", "G"] {
                let why = "the log stopped before the longest time was over";
                truth.gap(("PRA-02", item, attribute), (Some(at), None), why);
            }
        }
        Fate::UsedForLong => {
            wrong("D", bad, "used for longer than the maximum");
            wrong("F", bad, "used for longer than the maximum");
        }
    }
}
