//! AUT-01: what a register says of the policies for signing in: whether they enforce a second factor,
//! whom they leave out, and which ways go around them.

use tenure_model::Timestamp;
use tenure_model::outcome::Outcome::{Contradicted, NotDemonstrated};

use crate::World;
use crate::files::{github, okta};
use crate::plant::{DAY, HOUR};

/// Who keeps the register.
const LIST: &str = "sign-in-policies";

/// From when to when something is so; without an end, it still is.
type Stretch = (Timestamp, Option<Timestamp>);

/// A value of a setting for a while, and the change that set it.
fn say(
    world: &mut World,
    (of, setting): (&str, &str),
    value: &str,
    stretch: Stretch,
    change: &str,
) {
    let day = world.settings.collected_at();
    let (from, to) = stretch;
    let cells = [
        ("id", format!("{of}-{setting}-{}", from.micros() / 1_000_000)),
        ("scope", format!("mfa:{of}")),
        ("setting", setting.to_owned()),
        ("value", value.to_owned()),
        ("change_ref", change.to_owned()),
        ("valid_from", from.to_string()),
        ("valid_to", to.map(|at| at.to_string()).unwrap_or_default()),
    ];
    world.registers.row("configurations", LIST, day, &cells);
}

/// Since when the register says what it does.
fn ever(world: &World) -> Timestamp {
    world.settings.period.from.plus_micros(-400 * DAY)
}

/// Of AWS and of the first organisation of GitHub, nobody keeps it.
pub fn tell(world: &mut World) {
    company(world);
    second_directory(world);
    second_organisation(world);
}

/// Enforced all the time; one person is left out for ten days, another was until the period began.
fn company(world: &mut World) {
    let (from, ever) = (world.settings.period.from, ever(world));
    let people = world.okta.of_people(world.settings.period.to);
    let stay = people.into_iter().filter(|(_, created, active)| *active && *created < ever);
    let mut stay = stay.map(|(id, ..)| id);
    let (Some(left_out), Some(before)) = (stay.next(), stay.next()) else { return };
    let login = |id: &str| world.okta.logins(id).last().unwrap_or_default().to_owned();
    let (first, second) = (login(&before), login(&left_out));
    let (out, again) = (from.plus_micros(70 * DAY), from.plus_micros(80 * DAY));
    let of = okta::SYSTEM;
    say(world, (of, "enforced"), "true", (ever, None), "SEC-1");
    say(world, (of, "ways-around"), "none", (ever, None), "SEC-1");
    say(world, (of, "excluded"), &first, (ever, Some(from)), "SEC-1");
    say(world, (of, "excluded"), "none", (from, Some(out)), "SEC-9");
    say(world, (of, "excluded"), &second, (out, Some(again)), "SEC-12");
    say(world, (of, "excluded"), "none", (again, None), "SEC-13");
    let item = okta::identity(of, &left_out);
    let place = ("AUT-01", item.as_str(), "B");
    world.truth.deviation(place, Contradicted, (out, Some(again)), "left out for ten days");
    world.truth.near_miss(("AUT-01", &item, "E"), "each change names its change record");
    let item = okta::identity(of, &before);
    let why = "left out until the instant in which the period began";
    world.truth.near_miss(("AUT-01", &item, "B"), why);
}

/// Not enforced for a month; its list of those who are left out changes, and nobody says why.
fn second_directory(world: &mut World) {
    let (from, ever) = (world.settings.period.from, ever(world));
    let (off, on) = (from.plus_micros(100 * DAY), from.plus_micros(130 * DAY));
    let quietly = from.plus_micros(160 * DAY + 9 * HOUR);
    let of = okta::LABS;
    say(world, (of, "enforced"), "true", (ever, Some(off)), "LAB-1");
    say(world, (of, "enforced"), "false", (off, Some(on)), "LAB-2");
    say(world, (of, "enforced"), "true", (on, None), "LAB-3");
    say(world, (of, "ways-around"), "none", (ever, None), "LAB-1");
    say(world, (of, "excluded"), "none", (ever, Some(quietly)), "LAB-1");
    say(world, (of, "excluded"), "visitors", (quietly, None), "");
    let Some(listed) = world.labs.listed_at else { return };
    let there = world.labs.of_people(listed).into_iter().filter(|(.., active)| *active);
    let ended = world.labs.ended(listed).into_iter();
    let stays: Vec<(String, Timestamp, Option<Timestamp>)> = there
        .map(|(id, created, _)| (id, created, None))
        .chain(ended.map(|(id, created, ended)| (id, created, Some(ended))))
        .filter(|(_, created, _)| *created <= listed)
        .collect();
    for (id, created, ended) in stays {
        let item = okta::identity(of, &id);
        let (start, end) = (off.max(created), ended.map_or(on, |at| at.min(on)));
        if start < end {
            let why = "the policy did not enforce it for a month";
            let place = ("AUT-01", item.as_str(), "A");
            world.truth.deviation(place, Contradicted, (start, Some(end)), why);
        }
        if created <= quietly && ended.is_none_or(|at| at > quietly) {
            let instant = (quietly, Some(quietly.plus_micros(1)));
            let why = "another list of those who are left out, without a change record";
            world.truth.deviation(("AUT-01", &item, "E"), NotDemonstrated, instant, why);
        }
    }
}

/// The register says it of the second organisation of GitHub until an instant, and nothing of whom the
/// policy leaves out.
fn second_organisation(world: &mut World) {
    let (from, ever) = (world.settings.period.from, ever(world));
    let ended = from.plus_micros(220 * DAY);
    say(world, (github::LABS, "enforced"), "true", (ever, Some(ended)), "");
    let logins: Vec<_> = world.github.organisation(github::LABS).stays();
    for (login, _) in logins {
        let item = format!("{}/login/{login}", github::LABS);
        for attribute in ["A", "E"] {
            let why = "from then on the register says nothing of the organisation";
            world.truth.missing(("AUT-01", &item, attribute), (ended, None), why);
        }
    }
}
