//! Workloads run under roles, whose sessions a service of AWS obtains for them; each acts every few
//! weeks. CRD-03: some go unused for longer than allowed.

use serde_json::json;
use tenure_model::Timestamp;
use tenure_model::outcome::Outcome;

use crate::World;
use crate::chance::Chance;
use crate::files::aws::{Call, Caller, PROVISIONER, Rights, Role, identity};
use crate::time::{DAY, SECOND};

/// Limit and grace of an identity that is nobody's.
const LIMIT: i64 = 97 * DAY;

/// Limit and grace of a permission.
const RIGHT: i64 = 120 * DAY;

/// What becomes of a role.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// It acts every few weeks.
    Busy,
    /// It rests for exactly limit and grace.
    RestsAsLongAsAllowed,
    /// It rests for a second longer.
    RestsASecondLonger,
    /// It rests for exactly as long as a permission may go unused, with the grace.
    RestsAsLongAsItsRight,
    /// It rests for a second longer.
    RestsLongerThanItsRight,
    /// It acts no more, and stays.
    Forgotten,
    /// It rests for long, and the log has a hole meanwhile.
    RestsThroughAHole,
}

/// Makes the roles of the company's workloads: three for every two people.
pub fn plant(world: &mut World) {
    let created = world.settings.log_from().plus_micros(-200 * DAY);
    let role = Role {
        tags: Vec::new(),
        created,
        deleted: None,
        trusts: "codebuild.amazonaws.com",
        may: Rights::Nothing,
    };
    world.aws.role(PROVISIONER, role);
    let mut chance = world.chance("workloads");
    let count = (world.settings.people * 3 / 2).max(40);
    for n in 0..count {
        let fate = match n % 40 {
            3 => Fate::RestsAsLongAsAllowed,
            7 => Fate::RestsASecondLonger,
            11 => Fate::Forgotten,
            15 => Fate::RestsThroughAHole,
            19 => Fate::RestsAsLongAsItsRight,
            23 => Fate::RestsLongerThanItsRight,
            _ => Fate::Busy,
        };
        workload(world, &mut chance, n, fate);
    }
}

fn workload(world: &mut World, chance: &mut Chance, n: u32, fate: Fate) {
    let settings = world.settings;
    let name = format!("workload-{n:04}");
    let owner = world.company.people[n as usize % 7].email.clone();
    let tags = vec![
        ("Owner", owner),
        ("Purpose", format!("service {n}")),
        ("Environment", "production".to_owned()),
        ("Tier", "T2".to_owned()),
    ];
    let created = settings.log_from().plus_micros(-100 * DAY);
    let role = Role {
        tags,
        created,
        deleted: None,
        trusts: "lambda.amazonaws.com",
        may: Rights::Read("ec2"),
    };
    world.aws.role(&name, role);
    let first =
        settings.log_from().plus_micros(i64::try_from(1 + chance.below(40)).unwrap_or(1) * DAY);
    // All act in the same minutes of a day, as jobs that are planned do.
    let mut at = first.plus_micros(3 * 3_600 * SECOND + i64::from(n % 240) * SECOND);
    let from = settings.period.from;
    // The hole of the one in doubt is the lost digest; no listing before the next use tells more.
    let (rests, rest) = match fate {
        Fate::Busy => (from, None),
        Fate::RestsAsLongAsAllowed => (from.plus_micros(60 * DAY), Some(LIMIT)),
        Fate::RestsASecondLonger => (from.plus_micros(60 * DAY), Some(LIMIT + SECOND)),
        Fate::RestsAsLongAsItsRight => (from.plus_micros(60 * DAY), Some(RIGHT)),
        Fate::RestsLongerThanItsRight => (from.plus_micros(60 * DAY), Some(RIGHT + SECOND)),
        Fate::Forgotten => (from.plus_micros(60 * DAY), Some(i64::MAX / 2)),
        Fate::RestsThroughAHole => (from.plus_micros(235 * DAY), Some(120 * DAY)),
    };
    let mut rested = rest.is_none();
    while at < settings.collected_at() {
        act(world, &name, at);
        let step = i64::try_from(30 + chance.below(15)).unwrap_or(30) * DAY;
        at = match rest {
            Some(rest) if !rested && at >= rests => {
                rested = true;
                let next = at.plus_micros(rest);
                tell(world, &name, fate, at, Some(next).filter(|next| *next < settings.period.to));
                next
            }
            Some(_) if !rested && at.plus_micros(step) > rests && at < rests => {
                rests.plus_micros(at.micros() - at.day_start().micros())
            }
            _ => at.plus_micros(step),
        };
    }
}

/// A service obtains a session, and the workload reads something in it.
fn act(world: &mut World, role: &str, at: Timestamp) {
    let key = crate::files::aws::session(role, at);
    let call = Call {
        request: json!({"roleArn": crate::files::aws::arn("role", role), "roleSessionName": "run"}),
        response: json!({"credentials": {"accessKeyId": key, "expiration": at.plus_micros(3_600 * SECOND)}}),
        ip: "lambda.amazonaws.com",
        agent: "lambda.amazonaws.com",
        ..Call::new(at, Caller::Service("lambda.amazonaws.com"), "sts", "AssumeRole")
    };
    world.aws.call(call);
    if let Some((_, event)) = world.aws.events.last_mut() {
        event["resources"] =
            json!([{"ARN": crate::files::aws::arn("role", role), "type": "AWS::IAM::Role"}]);
    }
    let by = Caller::Session(role, "run", &key);
    world.aws.call(Call::new(at, by, "ec2", "DescribeInstances"));
}

fn tell(world: &mut World, name: &str, fate: Fate, last: Timestamp, next: Option<Timestamp>) {
    let item = identity("role", name);
    let place = ("CRD-03", item.as_str(), "A");
    let late = last.plus_micros(LIMIT);
    let truth = &mut world.truth;
    if fate == Fate::RestsAsLongAsItsRight {
        let why = "its right was used again as the grace ended";
        truth.near_miss(("SVC-02", item.as_str(), "C"), why);
    }
    match fate {
        Fate::Busy => {}
        Fate::RestsAsLongAsAllowed => truth.near_miss(place, "used again just in time"),
        Fate::RestsASecondLonger
        | Fate::Forgotten
        | Fate::RestsAsLongAsItsRight
        | Fate::RestsLongerThanItsRight => {
            truth.deviation(place, Outcome::Contradicted, (late, next), "unused and not disabled");
        }
        Fate::RestsThroughAHole => {
            let why = "it may have acted in the hour of the lost digest";
            truth.gap(place, (Some(late), next), why);
        }
    }
}
