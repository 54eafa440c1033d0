//! MON-01 and MON-02: lines of the log are lost, and a root token is used for a week.

use super::*;
use crate::plant::records::lacks;

/// What is with the log itself.
pub(super) fn plant(world: &mut World) {
    let [(_, line), (begun, ended)] = holes(world);
    let root = Client::root();
    world.vault.lost.push((begun, ended));
    let from = world.settings.period.from;
    let item = format!("{SOURCE} usage");
    let place = |attribute| ("MON-01", item.as_str(), attribute);
    let none = Outcome::NotDemonstrated;
    let truth = &mut world.truth;
    truth.deviation(place("A"), none, (from, None), "no setting says what the device writes");
    truth.deviation(place("D"), none, (from, None), "an audit device does not sign its log");
    let stretch = (begun, Some(ended));
    truth.deviation(place("B"), Outcome::Contradicted, stretch, "lines were lost for over a day");
    truth.give_or_take(60 * SECOND);
    truth.near_miss(place("B"), "a request of which only the answer was written");
    for (at, stretch) in
        [(begun, (begun, begun.day_start().plus_micros(DAY))), (ended, (ended.day_start(), ended))]
    {
        let by = world.vault.admin(at);
        world.vault.read(&by, "sys/mounts", at);
        doubted(world, &by.credential(), stretch);
    }
    let by = world.vault.admin(line.plus_micros(-600 * SECOND));
    world.vault.lose_request(&by, "sys/mounts", line);
    let of_line = (line.plus_micros(-90 * SECOND), line);
    doubted(world, &by.credential(), of_line);
    for stretch in [of_line, (begun, ended)] {
        if let Some(secret) = world.vault.standing(ADMIN, stretch.0) {
            doubted(world, &secret.credential(), stretch);
        }
    }
    root_week(world, &root);
    for hole in holes(world) {
        lacks(world, (SOURCE, &["A", "B", "C", "D", "E", "F", "G"]), hole, 60 * SECOND);
    }
}

/// What was used on a day of which the log is not whole.
fn doubted(world: &mut World, item: &str, (from, to): (Timestamp, Timestamp)) {
    let why = "lines of the log were lost";
    for attribute in ["B", "C"] {
        world.truth.gap(("CRD-06", item, attribute), (Some(from), Some(to)), why);
        world.truth.give_or_take(60 * SECOND);
    }
}

/// The Monday on or before an instant; the fifth of January 1970 was one.
pub(super) fn monday(at: Timestamp) -> Timestamp {
    let day = at.day_start();
    let since = (day.seconds() / 86_400 - 4).rem_euclid(7);
    day.plus_micros(-since * DAY)
}

/// Somebody works with the root token for a week, which is nobody's account.
fn root_week(world: &mut World, root: &Client) {
    let monday = monday(world.settings.period.from.plus_micros(150 * DAY));
    let count = i64::from((world.settings.people / 60).max(5));
    for n in 0..count {
        let at = monday.plus_micros(2 * DAY + 9 * HOUR + n * SECOND);
        world.vault.read(root, "sys/mounts", at);
    }
    let item = format!("{SOURCE} {}", monday.date());
    let stretch = (monday, Some(monday.plus_micros(7 * DAY)));
    let why = "a root token says of nobody that they did it";
    world.truth.deviation(("MON-02", &item, "B"), Outcome::Contradicted, stretch, why);
}
