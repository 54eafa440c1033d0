//! MON-01: how long logs are kept, who administers them, and how far their clocks are off; as the
//! lifecycle of the trail's bucket says, and a list that those who look after logs keep.

use serde_json::json;
use tenure_model::Timestamp;
use tenure_model::outcome::Outcome::{self, Contradicted, NotDemonstrated};

use crate::World;
use crate::files::aws::{Call, Caller, PROVISIONER, REGION};
use crate::files::{cloudtrail, github, kubernetes, okta, vault};
use crate::plant::{DAY, HOUR};
use crate::time::MINUTE;

/// Who keeps the list.
const LIST: &str = "observability";
/// The bucket of the trail.
const BUCKET: &str = "example-trail";

/// From when to when something is so; without an end, it still is.
type Stretch = (Timestamp, Option<Timestamp>);

/// Says everything of every log.
pub fn plant(world: &mut World) {
    bucket(world);
    retention(world);
    administrators(world);
    clocks(world);
    recorded(world);
    // Of the cluster's log, the list says nothing but how far its clock is off.
    let log = format!("{} usage", kubernetes::SOURCE);
    let from = world.settings.period.from;
    for attribute in ["C", "E"] {
        let why = "the list does not say it of the cluster";
        world.truth.missing(("MON-01", &log, attribute), (from, None), why);
    }
}

/// The bucket of the trail keeps the log for 400 days, for three days of the period 399; other objects
/// in it, for thirty.
fn bucket(world: &mut World) {
    let (made, from) = (world.settings.log_from(), world.settings.period.from);
    let by = Caller::Session(PROVISIONER, "pipeline", "ASIAPROVISIONER00000");
    let call = |at, action| Call {
        request: json!({"bucketName": BUCKET, "Host": "s3.us-east-1.amazonaws.com"}),
        ..Call::new(at, by, "s3", action)
    };
    let lifecycle = |at, days: i64| {
        let rule = |id: &str, prefix: &str, days: i64| json!({"ID": id, "Status": "Enabled", "Filter": {"Prefix": prefix}, "Expiration": {"Days": days}});
        let rules = [rule("log", "AWSLogs/", days), rule("scratch", "athena-results/", 30)];
        Call {
            request: json!({"bucketName": BUCKET, "Host": "s3.us-east-1.amazonaws.com", "lifecycle": "",
                "LifecycleConfiguration": {"xmlns": "http://s3.amazonaws.com/doc/2006-03-01/", "Rule": rules}}),
            ..call(at, "PutBucketLifecycle")
        }
    };
    let (short, again) = (from.plus_micros(120 * DAY + 9 * HOUR), from.plus_micros(123 * DAY));
    for call in [
        call(made.plus_micros(5 * MINUTE), "CreateBucket"),
        lifecycle(made.plus_micros(6 * MINUTE), 400),
        lifecycle(short, 399),
        lifecycle(again, 400),
    ] {
        world.aws.call(call);
    }
    for log in trails() {
        let place = ("MON-01", log.as_str(), "C");
        let why = "the bucket kept it for a day less than required";
        world.truth.deviation(place, Contradicted, (short, Some(again)), why);
        let why = "kept for exactly as long as required, other objects for less";
        world.truth.near_miss(place, why);
    }
}

/// The logs of the account.
fn trails() -> [String; 2] {
    [format!("{} usage", cloudtrail::SOURCE), format!("{} usage:{REGION}", cloudtrail::SOURCE)]
}

fn log(system: &str) -> String {
    format!("{system}-log usage")
}

/// A line of the list.
fn say(world: &mut World, of: &str, setting: &str, value: &str, (from, to): Stretch) {
    let day = world.settings.collected_at();
    let n = from.micros() / 1_000_000;
    let cells = [
        ("id", format!("{of}-{setting}-{n}")),
        ("scope", format!("log:{of}")),
        ("setting", setting.to_owned()),
        ("value", value.to_owned()),
        ("valid_from", from.to_string()),
        ("valid_to", to.map(|at| at.to_string()).unwrap_or_default()),
    ];
    world.registers.row("configurations", LIST, day, &cells);
}

fn tell(world: &mut World, log: &str, attribute: &str, outcome: Outcome, of: Stretch, why: &str) {
    world.truth.deviation(("MON-01", log, attribute), outcome, of, why);
}

/// Since when most lines of the list are in it.
fn ever(world: &World) -> Timestamp {
    world.settings.period.from.plus_micros(-400 * DAY)
}

fn retention(world: &mut World) {
    let (from, ever) = (world.settings.period.from, ever(world));
    let ended = from.plus_micros(200 * DAY);
    say(world, okta::SYSTEM, "retention", "400d", (ever, None));
    world.truth.near_miss(("MON-01", &log(okta::SYSTEM), "C"), "for exactly as long as required");
    say(world, github::SYSTEM, "retention", "730d", (ever, Some(ended)));
    let why = "from then on the list does not say it";
    world.truth.missing(("MON-01", &log(github::SYSTEM), "C"), (ended, None), why);
    say(world, github::LABS, "retention", "180d", (ever, None));
    let why = "as long as the vendor keeps it, and no longer";
    tell(world, &log(github::LABS), "C", Contradicted, (from, None), why);
    // By the name of the log itself.
    say(world, vault::SOURCE, "retention", "unlimited", (ever, None));
}

fn administrators(world: &mut World) {
    let (from, ever) = (world.settings.period.from, ever(world));
    let keeper = world.company.head("Security").email.clone();
    for system in ["aws", okta::SYSTEM, github::SYSTEM, vault::SYSTEM] {
        say(world, system, "administrators", &keeper, (ever, None));
    }
    say(world, github::LABS, "administrators", "the platform team", (ever, None));
    let why = "that is nobody's name";
    tell(world, &log(github::LABS), "E", NotDemonstrated, (from, None), why);
    // An owner of the organisation stands in for thirty days.
    let stands_in = (from.plus_micros(60 * DAY), Some(from.plus_micros(90 * DAY)));
    say(world, github::SYSTEM, "administrators", "ops-admin", stands_in);
    let why = "an owner of the organisation administered its log";
    tell(world, &log(github::SYSTEM), "E", Contradicted, stands_in, why);
    // Another one does, from the instant at which they own it no more.
    let organisation = world.github.organisation(github::SYSTEM);
    let demoted = organisation.owners().filter_map(|(login, _, to)| Some((to?, login.to_owned())));
    let demoted = demoted.filter(|(at, _)| *at > from).min();
    if let Some((at, login)) = demoted {
        say(world, github::SYSTEM, "administrators", &login, (at, None));
        let why = "administers the log as they own the organisation no more";
        world.truth.near_miss(("MON-01", &log(github::SYSTEM), "E"), why);
    }
}

fn clocks(world: &mut World) {
    let (from, ever) = (world.settings.period.from, ever(world));
    say(world, "aws", "clock-offset", "12ms", (ever, None));
    say(world, okta::SYSTEM, "clock-offset", "-60s", (ever, None));
    let why = "its clock is off by as much as is allowed";
    world.truth.near_miss(("MON-01", &log(okta::SYSTEM), "F"), why);
    let off = (from.plus_micros(150 * DAY), from.plus_micros(152 * DAY));
    say(world, github::SYSTEM, "clock-offset", "2s", (ever, Some(off.0)));
    say(world, github::SYSTEM, "clock-offset", "61s", (off.0, Some(off.1)));
    say(world, github::SYSTEM, "clock-offset", "250us", (off.1, None));
    let why = "a second more than is allowed";
    tell(world, &log(github::SYSTEM), "F", Contradicted, (off.0, Some(off.1)), why);
    let why = "the list does not say how far its clock is off";
    world.truth.missing(("MON-01", &log(github::LABS), "F"), (from, None), why);
    say(world, kubernetes::SYSTEM, "clock-offset", "0.4s", (ever, None));
    say(world, vault::SYSTEM, "clock-offset", "in step", (ever, None));
    let vault = format!("{} usage", vault::SOURCE);
    tell(world, &vault, "F", NotDemonstrated, (from, None), "by how much nobody wrote down");
}

/// What logs without settings record, and what keeps them from being altered. Of the second
/// organisation of GitHub, nobody says it.
fn recorded(world: &mut World) {
    let (from, ever) = (world.settings.period.from, ever(world));
    say(world, okta::SYSTEM, "events", "all", (ever, None));
    say(world, okta::SYSTEM, "protection", "vendor", (ever, None));
    let every = "administration; authentication; issuance; privilege; refusal";
    let (less, again) = (from.plus_micros(50 * DAY), from.plus_micros(60 * DAY));
    let of = github::SYSTEM;
    say(world, of, "events", every, (ever, Some(less)));
    say(
        world,
        of,
        "events",
        "authentication;privilege;refusal;administration",
        (less, Some(again)),
    );
    say(world, of, "events", every, (again, None));
    let why = "the issue of credentials is left out";
    tell(world, &log(of), "A", Contradicted, (less, Some(again)), why);
    world.truth.near_miss(("MON-01", &log(okta::SYSTEM), "A"), "said in a word");
    say(world, of, "protection", "vendor", (ever, Some(less)));
    say(world, of, "protection", "none", (less, Some(again)));
    say(world, of, "protection", "object-lock", (again, None));
    let why = "nothing keeps anybody from altering it";
    tell(world, &log(of), "D", Contradicted, (less, Some(again)), why);
    world.truth.near_miss(("MON-01", &log(okta::SYSTEM), "D"), "its vendor keeps it");
}
