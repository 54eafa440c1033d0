//! CRD-05: service accounts that are deleted, as somebody asked for or not.

use super::*;
use crate::files::kubernetes::POD;
use crate::plant::registered::ticket;

/// One for every forty people; every third without a request, every third shortly before lines of the
/// log were lost.
pub(super) fn plant(world: &mut World) {
    let period = world.settings.period;
    for n in 0..i64::from((world.settings.people / 40).max(6)) {
        let name = format!("old-{n:04}");
        let place = ("shop", name.as_str());
        let created = world.settings.log_from().plus_micros(-300 * DAY);
        let before = holes(world)[1].0.plus_micros(-3 * DAY);
        let doubted = n % 3 == 2;
        let step = period.from.plus_micros((20 + 13 * n % 180) * DAY + 11 * HOUR);
        let gone =
            if doubted { before.plus_micros(n * SECOND) } else { step.plus_micros(n * SECOND) };
        world.kubernetes.account(place, labels("an older service"), created);
        world.kubernetes.delete(place, gone);
        let who = Who::Account(place.0.to_owned(), name.clone());
        let mut used = gone.plus_micros(-HOUR);
        while used > world.settings.log_from() {
            world.kubernetes.call(&Call::list(used, &who, "configmaps", "shop", POD));
            used = used.plus_micros(-30 * DAY);
        }
        register(world, place, created, Some(gone));
        let login = who.login();
        if n % 3 != 1 {
            ticket(world, SYSTEM, "retirement", &login, gone.plus_micros(-DAY));
        }
        tell(world, &who.identity(), gone, (n % 3 == 1, doubted));
    }
}

fn tell(world: &mut World, item: &str, gone: Timestamp, (unasked, doubted): (bool, bool)) {
    let truth = &mut world.truth;
    if unasked {
        let place = ("CRD-05", item, "A");
        truth.deviation(place, Outcome::NotDemonstrated, (gone, None), "nobody asked for it");
        truth.give_or_take(SECOND);
    }
    if !doubted {
        return;
    }
    let (begun, ended) = holes(world)[0];
    for attribute in ["A", "B", "C"] {
        let place = ("AUT-02", item, attribute);
        world.truth.gap(place, (Some(begun), Some(ended)), "lines of the log were lost");
        world.truth.give_or_take(SECOND);
    }
    for attribute in ["D", "E", "F"] {
        let why = "lines of the log were lost within the proof window";
        world.truth.gap(("CRD-05", item, attribute), (None, None), why);
    }
}
