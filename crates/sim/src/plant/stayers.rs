//! JML-02 and JML-03: people who only seem to leave. Each keeps their account all the while.

use crate::World;
use crate::company::{Departure, Person, Told};
use crate::plant::accounts::account;
use crate::plant::{DAY, HOUR};

/// Leaves of absence, contracts extended late, and planned ends that were taken back.
pub fn plant(world: &mut World) {
    let mut chance = world.chance("stayers");
    let from = world.settings.period.from;
    let stays = |person: &Person| {
        person.left().is_none() && person.hired() < from && person.jobs.len() == 1
    };
    for n in 0..3 {
        let Some(index) = world.company.take(&mut chance, stays) else { break };
        let begins = from.plus_micros((40 + 30 * n) * DAY);
        world.company.people[index].away = Some((begins, begins.plus_micros(90 * DAY)));
        near(world, index, "a leave of absence is no end");
    }
    for n in 0..3 {
        let contractor = |person: &Person| stays(person) && person.worker_type == "contractor";
        let Some(index) = world.company.take(&mut chance, contractor) else { break };
        let end = from.plus_micros((80 + 50 * n) * DAY + 17 * HOUR);
        // The extension is recorded nine days after the contract would have ended.
        plan(world, index, end, 9 * DAY);
        near(world, index, "the contract was extended without a break, recorded late");
    }
    for n in 0..3 {
        let Some(index) = world.company.take(&mut chance, stays) else { break };
        let end = from.plus_micros((100 + 50 * n) * DAY + 17 * HOUR);
        plan(world, index, end, -10 * DAY);
        near(world, index, "the planned end was taken back before it came");
    }
}

/// An end that HR recorded forty days ahead, and took back so long after it.
fn plan(world: &mut World, index: usize, end: tenure_model::Timestamp, after: i64) {
    let recorded = end.plus_micros(-40 * DAY);
    let departure = Departure { effective: end, recorded, involuntary: false, told: Told::Both };
    let until = end.plus_micros(after);
    world.company.people[index].employments[0].planned = Some((departure, until));
}

fn near(world: &mut World, index: usize, reason: &str) {
    let person = &world.company.people[index];
    let item = format!("hr/person/{} {}", person.id, account(person).identity());
    world.truth.near_miss(("JML-02", &item, "B"), reason);
    world.truth.near_miss(("JML-03", &item, "A"), reason);
}
