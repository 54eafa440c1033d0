//! PRA-04: users of AWS that several people sign in with. After each check-in the password is
//! replaced, and each sign-in is with a second factor, or not.

use tenure_model::Timestamp;
use tenure_model::outcome::Outcome::Contradicted;

use crate::World;
use crate::files::aws::{Caller, SYSTEM, User, arn, identity};
use crate::plant::{DAY, HOUR, SECOND, consoles, logging};

/// From check-out to check-in.
const LENGTH: i64 = 2 * HOUR;

/// What is the matter with a user.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Clean,
    /// The password was replaced a day after a check-in.
    ReplacedOnTheSecond,
    /// A second later.
    ReplacedLate,
    /// Only after the next check-in.
    NotReplaced,
    /// One sign-in was without a second factor.
    NoSecondFactor,
}

const FATES: &[Fate] = &[
    Fate::ReplacedOnTheSecond,
    Fate::ReplacedLate,
    Fate::NotReplaced,
    Fate::NoSecondFactor,
    Fate::Clean,
];

/// A user for every fate; as many again for every two thousand people.
pub(super) fn plant(world: &mut World, people: &[(String, String)]) {
    let count = FATES.len() * (1 + world.settings.people as usize / 2000);
    let created = world.settings.log_from().plus_micros(-60 * DAY);
    for n in 0..count {
        let name = format!("bench-{n:02}");
        let of = |n: usize| people[n % people.len()].1.clone();
        user(world, &name, &[of(2 * n), of(2 * n + 1)], created);
        world.aws.factor(&name, created.plus_micros(DAY), Caller::Console(&name));
        uses(world, &name, &of(2 * n), FATES[n % FATES.len()]);
        let item = identity("user", &name);
        let place = ("PRA-04", item.as_str(), "A");
        let whole = (world.settings.period.from, None);
        world.truth.deviation(place, Contradicted, whole, "no exception covers it");
        for (from, to) in logging::holes(&world.settings) {
            for attribute in ["B", "C", "D"] {
                let place = ("PRA-04", item.as_str(), attribute);
                world.truth.gap(place, (Some(from), Some(to)), "the log has a hole");
            }
        }
    }
}

/// The user, which two people are known to use.
pub(super) fn user(world: &mut World, name: &str, people: &[String], created: Timestamp) {
    let user = User::new("/people/", Vec::new(), created);
    world.aws.user(name, user);
    world.aws.enrol(name, created.plus_micros(HOUR), None);
    for email in people {
        let known = world.company.people.iter().find(|person| person.email == *email);
        let Some(id) = known.map(|person| person.id.clone()) else { continue };
        let cells = [
            ("id", format!("LINK-{name}-{id}")),
            ("subject_id", format!("person/{id}")),
            ("identity_id", format!("iam-user/{}", arn("user", name))),
            ("basis", "manual".to_owned()),
            ("valid_from", created.to_string()),
        ];
        let day = world.settings.collected_at().plus_micros(-DAY);
        world.registers.row("subject_links", SYSTEM, day, &cells);
    }
}

/// A check-out of two hours every thirty days, with one sign-in; something may be wrong with the
/// fourth.
fn uses(world: &mut World, name: &str, by: &str, fate: Fate) {
    let period = world.settings.period;
    let mut at = period.from.plus_micros(-30 * DAY + 14 * HOUR);
    let mut n = 0;
    let mut owed = None;
    while at < period.to.plus_micros(-10 * DAY) {
        while logging::doubted(&world.settings, at.plus_micros(-HOUR), at.plus_micros(3 * DAY)) {
            at = at.plus_micros(DAY);
        }
        let until = at.plus_micros(LENGTH);
        super::check_out(world, (SYSTEM, name), by, (at, until));
        let fourth = n == 4;
        let strong = !(fourth && fate == Fate::NoSecondFactor);
        let used = at.plus_micros(HOUR);
        world.aws.sign_in(name, used, strong);
        let due = until.plus_micros(DAY);
        let replaced = match fate {
            Fate::ReplacedOnTheSecond if fourth => Some(due),
            Fate::ReplacedLate if fourth => Some(due.plus_micros(SECOND)),
            Fate::NotReplaced if fourth => None,
            _ => Some(until.plus_micros(3 * HOUR)),
        };
        if let Some(at) = replaced {
            world.aws.new_password(name, at);
        }
        if let Some((due, at)) = owed.take().zip(replaced) {
            late(world, name, (due, at));
        }
        if fourth {
            match fate {
                Fate::ReplacedOnTheSecond => {
                    let item = identity("user", name);
                    world.truth.near_miss(("PRA-04", &item, "E"), "replaced on the last second");
                }
                Fate::ReplacedLate => late(world, name, (due, due.plus_micros(SECOND))),
                Fate::NotReplaced => owed = Some(due),
                Fate::NoSecondFactor => weak(world, name, used),
                Fate::Clean => {}
            }
        }
        at = at.plus_micros(30 * DAY);
        n += 1;
    }
}

fn late(world: &mut World, name: &str, (due, replaced): (Timestamp, Timestamp)) {
    let item = identity("user", name);
    let why = "the password was not replaced in time after a check-in";
    world.truth.deviation(("PRA-04", &item, "E"), Contradicted, (due, Some(replaced)), why);
}

fn weak(world: &mut World, name: &str, at: Timestamp) {
    let item = identity("user", name);
    let (stretch, why) = ((at, Some(at.plus_micros(1))), "signed in without a second factor");
    world.truth.deviation(("PRA-04", &item, "C"), Contradicted, stretch, why);
    consoles::alone(world, &consoles::item(name), at, false);
}
