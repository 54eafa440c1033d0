//! MON-01: the trail is switched off for a day and more, and a digest is lost. Whatever rests on
//! silence is open there.

use serde_json::json;
use tenure_model::Timestamp;
use tenure_model::outcome::Outcome;

use crate::Settings;
use crate::World;
use crate::files::aws::{ACCOUNT, Call, Caller, PROVISIONER, REGION, SYSTEM};
use crate::files::cloudtrail::SOURCE;
use crate::files::{github, okta};
use crate::time::{HOUR, MINUTE};

/// From switching the trail off to switching it on again: 29 and a half hours.
#[must_use]
pub fn stop(settings: &Settings) -> (Timestamp, Timestamp) {
    let from = settings.period.from.plus_micros(230 * Timestamp::DAY + 10 * HOUR + 30 * MINUTE);
    (from, from.plus_micros(29 * HOUR + 30 * MINUTE))
}

/// The end of the hour whose digest is lost.
fn lost(settings: &Settings) -> Timestamp {
    settings.period.from.plus_micros(300 * Timestamp::DAY + 11 * HOUR)
}

/// Where the log is not shown whole: the stop; and the events that were to be delivered in the hour
/// of the lost digest, which are up to half an hour older.
#[must_use]
pub fn holes(settings: &Settings) -> [(Timestamp, Timestamp); 2] {
    let lost = lost(settings);
    [stop(settings), (lost.plus_micros(-HOUR - 30 * MINUTE), lost)]
}

/// Whether the log is silent for a reason of its own somewhere in the stretch.
#[must_use]
pub fn doubted(settings: &Settings, from: Timestamp, to: Timestamp) -> bool {
    holes(settings).iter().any(|hole| hole.0 < to && from < hole.1)
}

/// The instant, or shortly after the stop, if it lies in it.
#[must_use]
pub fn outside(settings: &Settings, at: Timestamp) -> Timestamp {
    let (from, to) = stop(settings);
    if from.plus_micros(-HOUR) <= at && at <= to { to.plus_micros(2 * HOUR) } else { at }
}

/// Makes the trail, and what is wrong with it.
pub fn plant(world: &mut World) {
    let name = format!("arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/main");
    let made = world.settings.log_from().plus_micros(10 * MINUTE);
    let (off, on) = stop(&world.settings);
    let by = Caller::Session(PROVISIONER, "pipeline", "ASIAPROVISIONER00000");
    let shape = json!({"trailARN": name, "name": "main", "s3BucketName": "example-trail", "logFileValidationEnabled": true, "isMultiRegionTrail": false});
    let call = |at, action| Call {
        request: json!({"name": name}),
        ..Call::new(at, by, "cloudtrail", action)
    };
    world.aws.call(Call { response: shape, ..call(made, "CreateTrail") });
    world.aws.call(call(made.plus_micros(MINUTE), "StartLogging"));
    world.aws.call(call(off, "StopLogging"));
    world.aws.call(call(on, "StartLogging"));
    world.aws.stopped.push((off, on));
    world.aws.lost_digests.push(lost(&world.settings));
    let truth = &mut world.truth;
    let why = "the trail was switched off";
    let trail = format!("{SYSTEM} trail:{name}");
    let bad = Outcome::Contradicted;
    truth.deviation(("MON-01", &trail, "A"), bad, (off, Some(on)), why);
    for log in [format!("{SOURCE} usage"), format!("{SOURCE} usage:{REGION}")] {
        truth.deviation(("MON-01", &log, "B"), bad, (off, Some(on)), why);
        truth.near_miss(("MON-01", &log, "B"), "a digest is lost, for less than the limit");
        for (from, to) in holes(&world.settings) {
            let none = Outcome::NotDemonstrated;
            truth.deviation(
                ("MON-01", &log, "D"),
                none,
                (from, Some(to)),
                "no digest vouches for it",
            );
        }
    }
    unsigned(world);
}

/// Logs without settings and digests: of Okta, whose last days were not exported, and of the
/// organisations of GitHub, of which one kept its log late.
fn unsigned(world: &mut World) {
    let none = Outcome::NotDemonstrated;
    let period = world.settings.period;
    let mut logs = vec![(okta::SYSTEM, world.okta.kept_until.map(|at| (at, None)))];
    for system in [github::SYSTEM, github::LABS] {
        let kept_from = world.github.organisation(system).kept_from;
        logs.push((system, kept_from.map(|at| (period.from, Some(at)))));
    }
    for (system, missing) in logs {
        let log = format!("{system}-log usage");
        let whole = (period.from, None);
        let truth = &mut world.truth;
        if system == github::LABS {
            let why = "no setting of the log is collected, and no register says it";
            truth.deviation(("MON-01", &log, "A"), none, whole, why);
            let why = "the log is not signed, and no register says what else protects it";
            truth.deviation(("MON-01", &log, "D"), none, whole, why);
        }
        if let Some(stretch) = missing {
            let why = "this part of the log was not kept";
            truth.missing(("MON-01", &log, "B"), stretch, why);
        }
    }
}

/// What the holes leave open: everything that rests on silence, for whatever was there.
pub fn tell(world: &mut World) {
    let holes = holes(&world.settings);
    let day = |at: Timestamp| at.day_start();
    let period = world.settings.period;
    let (off, on) = stop(&world.settings);
    let World { aws, truth, .. } = world;
    let why = "the log has a hole";
    for (from, to) in holes {
        let mut open = |control: &str, item: &str, attributes: &[&str]| {
            for attribute in attributes {
                truth.gap((control, item, attribute), (Some(from), Some(to)), why);
            }
        };
        for (name, user) in aws.users.iter().filter(|(_, user)| user.created < to) {
            if user.keys.is_empty() {
                let item = format!("{SYSTEM}/{ACCOUNT}/{name}");
                open("AUT-01", &item, &["D"]);
            } else {
                open("AUT-02", &crate::files::aws::identity("user", name), &["A", "B", "C"]);
            }
        }
        let there = |deleted: Option<Timestamp>| deleted.is_none_or(|deleted| from < deleted);
        let workloads = aws
            .roles
            .iter()
            .filter(|(_, role)| role.trusts == "lambda.amazonaws.com" && there(role.deleted));
        for (name, _) in workloads {
            open("AUT-02", &crate::files::aws::identity("role", name), &["A", "B", "C"]);
        }
        open("AUT-01", &format!("{SYSTEM}/{ACCOUNT}/root"), &["D", "F"]);
    }
    for user in aws.users.values() {
        for key in &user.keys {
            let logged = aws.uses.get(&key.id).into_iter().flatten();
            let logged = logged.filter(|at| **at >= period.from && **at < period.to);
            let logged: Vec<_> = logged.filter(|at| !(off < **at && **at < on)).collect();
            let (Some(first), Some(last)) = (logged.iter().min(), logged.iter().max()) else {
                continue;
            };
            let exposed = (day(**first), day(**last).plus_micros(Timestamp::DAY));
            for (from, to) in holes {
                let (from, to) = (from.max(exposed.0), to.min(exposed.1));
                if from < to {
                    let item = crate::files::aws::credential(&key.id);
                    for attribute in ["B", "C"] {
                        truth.gap(("CRD-06", &item, attribute), (Some(from), Some(to)), why);
                    }
                }
            }
        }
    }
}
