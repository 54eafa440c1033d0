//! MON-02: records that name nobody who is known, records that say nothing of where from, of what it
//! was done to, or of what came of it; and those that a log lacks.

use std::collections::BTreeSet;

use tenure_model::Timestamp;
use tenure_model::outcome::Outcome;

use crate::World;
use crate::files::aws::{Call, Caller, PROVISIONER};
use crate::files::{cloudtrail, github};
use crate::plant::{DAY, HOUR, SECOND, logging};

mod shares;

/// In one week strangers act often; in another, hardly.
pub fn plant(world: &mut World) {
    let why = "records of AWS name targets inside their parameters";
    let place = ("MON-02", &*format!("{} *", cloudtrail::SOURCE), "D");
    world.truth.circumstance(place, Outcome::Indeterminate, why);
    let often = monday(world.settings.period.from.plus_micros(100 * DAY));
    let share = i64::from(world.settings.people / 50).max(60);
    strangers(world, often, share);
    tell(world, cloudtrail::SOURCE, "B", often, "somebody whom no listing knows");
    // Two records among a thousand and more are within what need not be known.
    let hardly = often.plus_micros(35 * DAY);
    strangers(world, hardly, 2);
    for n in 0..1000 {
        let by = Caller::Session(PROVISIONER, "pipeline", "ASIAPROVISIONER00000");
        let at = hardly.plus_micros(54 * HOUR + n * SECOND);
        world.aws.call(Call::new(at, by, "ec2", "DescribeInstances"));
    }
    let item = format!("{} {}", cloudtrail::SOURCE, hardly.date());
    world.truth.near_miss(("MON-02", &item, "B"), "two records of strangers among a thousand");
    addresses(world);
    shares::plant(world);
    for (from, to) in logging::holes(&world.settings) {
        lacks(world, (cloudtrail::SOURCE, &["A", "B", "C", "E", "F", "G"]), (from, to), 0);
    }
}

/// What a log lacks, nobody can say how it was: of each week of which it is a part.
pub(super) fn lacks(
    world: &mut World,
    (log, attributes): (&str, &[&str]),
    (from, to): (Timestamp, Timestamp),
    give_or_take: i64,
) {
    let mut week = monday(from);
    while week < to {
        let end = week.plus_micros(7 * DAY);
        let item = format!("{log} {}", week.date());
        for attribute in attributes {
            let stretch = (Some(from.max(week)), Some(to.min(end)));
            let why = "the log lacks something here";
            world.truth.gap(("MON-02", &item, attribute), stretch, why);
            world.truth.give_or_take(give_or_take);
        }
        week = end;
    }
}

fn strangers(world: &mut World, monday: Timestamp, count: i64) {
    for n in 0..count {
        let at = monday.plus_micros(30 * HOUR + n * SECOND);
        world.aws.call(Call::new(at, Caller::Federated("contractor"), "ec2", "DescribeInstances"));
    }
}

/// The log of the second organisation of GitHub was never told to say from where people act.
fn addresses(world: &mut World) {
    let period = world.settings.period;
    let organisation = world.github.organisation(github::LABS);
    organisation.hides_addresses = true;
    let logged = organisation.logged().filter(|at| period.contains(*at));
    let weeks: BTreeSet<_> = logged.map(monday).collect();
    let log = format!("{}-log", github::LABS);
    for week in weeks {
        tell(world, &log, "F", week, "the log says nothing of addresses");
    }
}

/// The first instant of the week.
pub(super) fn monday(at: Timestamp) -> Timestamp {
    // 1970-01-01 was a Thursday.
    let days = (at.day_start().micros().div_euclid(DAY) + 3).rem_euclid(7);
    at.day_start().plus_micros(-days * DAY)
}

/// A deviation of a log over a week.
pub(super) fn tell(world: &mut World, log: &str, attribute: &str, week: Timestamp, why: &str) {
    let period = world.settings.period;
    let item = format!("{log} {}", week.date());
    let end = week.plus_micros(7 * DAY);
    let stretch = (week.max(period.from), (end < period.to).then_some(end));
    let place = ("MON-02", item.as_str(), attribute);
    world.truth.deviation(place, Outcome::Contradicted, stretch, why);
}
