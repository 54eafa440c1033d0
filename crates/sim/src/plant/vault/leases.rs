//! CRD-02: accounts of databases that Vault gives for a time, one of them for longer than allowed.

use super::*;

/// Two that are given for long and stand at the end: one for exactly as long as allowed.
pub(super) fn plant(world: &mut World) {
    let to = world.settings.period.to;
    for (n, seconds) in [90 * 86_400, 90 * 86_400 + 1].into_iter().enumerate() {
        let at = to.plus_micros(-40 * DAY + i64::try_from(n).unwrap_or(0) * HOUR);
        let name = format!("report-{n}");
        let created = world.settings.period.from.plus_micros(-200 * DAY);
        world.vault.role(&name, "database", created);
        register(world, &name, created);
        // It signed in once long before.
        let early = world.settings.log_from().plus_micros(5 * DAY);
        let gone = early.plus_micros(2 * DAY);
        let secret = secrets::made(world, (&name, 80 * 86_400), early, Some(gone));
        world.vault.login(&secret, early.plus_micros(DAY));
        world.vault.destroy(&secret, gone);
        let secret = secrets::made(world, (&name, 80 * 86_400), at.plus_micros(-2 * DAY), None);
        let by = world.vault.login(&secret, at.plus_micros(-SECOND));
        let id = world.vault.lease(&by, &name, at, seconds);
        let item = format!("{SYSTEM}/lease/{id}");
        let place = ("CRD-02", item.as_str(), "B");
        if n == 0 {
            world.truth.near_miss(place, "given for exactly as long as allowed");
        } else {
            let why = "given for a second longer than allowed";
            world.truth.deviation(place, Outcome::Contradicted, (at, None), why);
            world.truth.give_or_take(SECOND);
        }
    }
}
