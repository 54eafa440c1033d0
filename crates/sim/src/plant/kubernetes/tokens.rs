//! AUT-02 and CRD-02: a person acts under a service account with a token that they had made; and
//! tokens that never expire.

use super::*;
use crate::files::kubernetes::{LAPTOP, POD};

/// Two people who have tokens made: one uses it from a laptop, the other looks under their own name.
pub(super) fn plant(world: &mut World) {
    let staff = staff(world);
    let from = world.settings.period.from;
    for n in 0..2_i64 {
        let Some(person) = staff.iter().rev().nth(usize::try_from(n).unwrap_or(0)) else {
            continue;
        };
        let at = from.plus_micros((150 + n) * DAY + 14 * HOUR);
        let name = format!("batch-{n}");
        let account = ("shop", name.as_str());
        let created = world.settings.log_from().plus_micros(-90 * DAY);
        world.kubernetes.account(account, labels("nightly batch"), created);
        register(world, account, created, None);
        let (who, by) =
            (Who::Account("shop".to_owned(), name.clone()), Who::User(person.email.clone()));
        nightly(world, &who);
        let id = format!("JTI=person-{n}");
        world.kubernetes.request_token(&by, account, &id, at);
        let used = at.plus_micros(60 * SECOND);
        let call = Call::list(used, &who, "pods", "shop", LAPTOP);
        let item = who.identity();
        silent(world, ("AUT-02", &item, &["A", "B", "C"]), created);
        let place = |attribute| ("AUT-02", item.as_str(), attribute);
        let stretch = (used, Some(used.plus_micros(1)));
        if n == 0 {
            world.kubernetes.call(&Call { token: Some(&id), ..call });
            let truth = &mut world.truth;
            truth.deviation(place("C"), Outcome::Contradicted, stretch, "a person used its token");
            let why = "used from a laptop, not from its network";
            truth.deviation(place("A"), Outcome::Contradicted, stretch, why);
            let none = Outcome::NotDemonstrated;
            truth.deviation(place("D"), none, stretch, "no alert was raised");
            let why = "no source tells the environment of a consumer";
            truth.circumstance(("CRD-06", "kubernetes/requested-token/*", "C"), none, why);
        } else {
            // The person looks under their own name, and the token is not used.
            world.kubernetes.call(&Call { by: &by, ..call });
            world.truth.near_miss(place("C"), "a token that a person had made was never used");
        }
        // Who is bound acts for another reason, too.
        if !world.kubernetes.given().any(|(binding, _)| binding.who == by) {
            let last = if n == 0 { at } else { used };
            rights::dormant(world, &by.identity(), last);
        }
    }
    kept(world);
}

fn nightly(world: &mut World, who: &Who) {
    let mut at = world.settings.log_from().plus_micros(2 * HOUR);
    while at < world.settings.collected_at() {
        world.kubernetes.call(&Call::list(at, who, "configmaps", "shop", POD));
        at = at.plus_micros(14 * DAY);
    }
}

/// A token kept as a secret, of before the period, and one of within it.
fn kept(world: &mut World) {
    let from = world.settings.period.from;
    for (n, created) in
        [from.plus_micros(-60 * DAY), from.plus_micros(70 * DAY)].into_iter().enumerate()
    {
        let name = format!("batch-{n}-token");
        world.kubernetes.keep_token("shop", &format!("batch-{n}"), &name, created);
        let id = format!("shop/{name}");
        let (system, kind, retired) = (SYSTEM, "api_token", None);
        let entry = Entry { system, name: &id, kind, since: created, retired, workload: "" };
        entry.enter(world);
        let item = format!("{SYSTEM}/service-account-token/{id}");
        let truth = &mut world.truth;
        let wrong = Outcome::Contradicted;
        let (begun, old) = (created.max(from), created.plus_micros(90 * DAY));
        truth.deviation(("CRD-02", &item, "A"), wrong, (begun, None), "it never expires");
        truth.give_or_take(SECOND);
        truth.deviation(("CRD-01", &item, "A"), wrong, (old, None), "older than allowed");
        truth.give_or_take(SECOND);
        let why = "the log does not say with which token a service account acted";
        truth.gap(("CRD-03", &item, "C"), (Some(created.plus_micros(97 * DAY)), None), why);
        truth.give_or_take(SECOND);
    }
}
