//! PRA-04: a user of AWS that several people sign in with, and of which everything is on record.
//!
//! It is made after the last hole of the log; one exception after the other covers it; each use is
//! checked out and with a second factor, and after each check-in the password is replaced.

use crate::World;
use crate::files::aws::{Caller, PROVISIONER, SYSTEM, identity};
use crate::plant::{DAY, HOUR, logging};

const NAME: &str = "bench-in-order";

/// The user, if the period goes on long enough after the last hole.
pub(super) fn plant(world: &mut World, people: &[(String, String)]) {
    let end = world.settings.period.to;
    let [.., (_, last)] = logging::holes(&world.settings);
    let made = last.plus_micros(5 * DAY).day_start().plus_micros(9 * HOUR);
    if made.plus_micros(30 * DAY) > end {
        return;
    }
    let of = |n: usize| people[n % people.len()].1.clone();
    super::passwords::user(world, NAME, &[of(0), of(1)], made);
    let pipeline = Caller::Session(PROVISIONER, "pipeline", "ASIAPROVISIONER00000");
    world.aws.factor(NAME, made.plus_micros(HOUR), pipeline);
    let item = identity("user", NAME);
    for n in 0..2 {
        super::except(world, &item, n, made.plus_micros(n as i64 * super::LASTS));
    }
    let mut at = made.plus_micros(2 * DAY);
    while at < end.plus_micros(-3 * DAY) {
        let until = at.plus_micros(2 * HOUR);
        super::check_out(world, (SYSTEM, NAME), &of(0), (at, until));
        world.aws.sign_in(NAME, at.plus_micros(HOUR), true);
        world.aws.new_password(NAME, until.plus_micros(3 * HOUR));
        at = at.plus_micros(10 * DAY);
    }
    let why = "all is on record, since it was made";
    for attribute in ["A", "B", "C", "D", "E"] {
        world.truth.near_miss(("PRA-04", &item, attribute), why);
    }
}
