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
        let secret = secrets::made(world, (&name, 80 * 86_400), at.plus_micros(-2 * DAY), None);
        let by = world.vault.login(&secret, at.plus_micros(-SECOND));
        for policy in ["default", "database"] {
            let grant = format!("{SYSTEM}/policy/entity/{}#{policy}", entity(&name));
            let why = "the log names the policies of a token, not when they were given";
            world.truth.gap(("JML-01", &grant, "A"), (None, None), why);
        }
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
