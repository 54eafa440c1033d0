//! Tokens of GitHub and Okta: what follows from when scenarios made, used and revoked them. CRD-01
//! (their age), CRD-02 (they have no end of their own), CRD-03 (unused ones), CRD-05 (proven dead),
//! CRD-06.

use tenure_model::Timestamp;
use tenure_model::outcome::Outcome;

use crate::World;
use crate::files::jira::Request;
use crate::files::{github, okta};
use crate::plant::{DAY, HOUR};

/// How old a token may be.
const MAX_AGE: i64 = 90 * DAY;
/// Limit and grace of a credential that is nobody's.
const DORMANT: i64 = 97 * DAY;
/// How long after its end nothing may succeed with it.
const PROOF: i64 = 14 * DAY;

/// A token, from when to when it was in force.
struct Token {
    item: String,
    from: Timestamp,
    to: Option<Timestamp>,
}

/// Asks for what is revoked in Okta, and tells of every token.
pub fn plant(world: &mut World) {
    circumstances(world);
    for system in world.github.systems() {
        of_github(world, &system);
    }
    let kept = world.okta.kept_until;
    for (id, from, to, _) in world.okta.tokens() {
        let token = Token { item: format!("{}/okta-api-token/{id}", okta::SYSTEM), from, to };
        if let Some(at) = to {
            request(world, &id, at);
        }
        bounded(world, &token, Outcome::NotDemonstrated);
        aged(world, &token, None);
        proven(world, &token, |at| kept.is_some_and(|kept| at.plus_micros(PROOF) > kept));
    }
    for (id, from, to, _) in world.labs.tokens() {
        let token = Token { item: format!("{}/okta-api-token/{id}", okta::LABS), from, to };
        bounded(world, &token, Outcome::NotDemonstrated);
        let listed = world.labs.listed_at;
        aged(world, &token, listed);
    }
}

fn circumstances(world: &mut World) {
    let none = Outcome::NotDemonstrated;
    for (control, attribute, systems, why) in [
        (
            "CRD-05",
            "G",
            &["github/", "github-labs/"][..],
            "no source tells who depends on a credential",
        ),
        (
            "CRD-06",
            "C",
            &["github/", "github-labs/", "okta/"][..],
            "no source tells the environment of a consumer",
        ),
    ] {
        for system in systems {
            world.truth.circumstance((control, &format!("{system}*"), attribute), none, why);
        }
    }
}

fn of_github(world: &mut World, system: &str) {
    let organisation = world.github.organisation(system);
    let kept = organisation.kept_from;
    let tokens: Vec<_> = organisation.tokens().cloned().collect();
    for known in tokens {
        let item = format!("{system}/github-token/{}", known.number);
        let token = Token { item, from: known.granted, to: known.revoked };
        // Only what was there on the day of the listing says that it never expires.
        let listed = known.revoked.is_none();
        let said = if listed { Outcome::Contradicted } else { Outcome::NotDemonstrated };
        bounded(world, &token, said);
        aged(world, &token, None);
        unused(world, &token, &known.uses);
        proven(world, &token, |at| kept.is_some_and(|kept| at < kept));
        consumers(world, &token, &known.uses, kept);
    }
    if system == github::SYSTEM {
        let why = "no source says whose a login of GitHub is, and nobody approves its owners";
        for system in [github::SYSTEM, github::LABS] {
            for attribute in ["A", "B", "C", "E"] {
                let item = format!("{system}/org-admin/*");
                let place = ("PRA-01", item.as_str(), attribute);
                world.truth.circumstance(place, Outcome::NotDemonstrated, why);
            }
        }
    }
}

/// It was in force at some instant of the period: since when, and until when if that is in it.
fn stretch(
    world: &World,
    from: Timestamp,
    to: Option<Timestamp>,
) -> Option<(Timestamp, Option<Timestamp>)> {
    let period = world.settings.period;
    let there = from < period.to && to.is_none_or(|to| to > period.from && to > from);
    there.then(|| (from.max(period.from), to.filter(|to| *to < period.to)))
}

fn bounded(world: &mut World, token: &Token, outcome: Outcome) {
    if let Some((from, _)) = stretch(world, token.from, token.to) {
        let place = ("CRD-02", token.item.as_str(), "A");
        world.truth.deviation(place, outcome, (from, None), "nothing says that it ends by itself");
    }
}

/// Older than allowed; after the last listing of its system, perhaps.
fn aged(world: &mut World, token: &Token, listed: Option<Timestamp>) {
    let old = token.from.plus_micros(MAX_AGE);
    let Some((from, to)) = stretch(world, old, token.to) else { return };
    let place = ("CRD-01", token.item.as_str(), "A");
    let known = match listed {
        Some(listed) => Some(listed.min(to.unwrap_or(listed))),
        None => to,
    };
    world.truth.deviation(place, Outcome::Contradicted, (from, known), "older than allowed");
    world.truth.give_or_take(1);
    if listed.is_some() {
        let why = "nothing says whether it is still there";
        world.truth.gap(place, (known, to), why);
        world.truth.give_or_take(1);
    }
}

fn unused(world: &mut World, token: &Token, uses: &[Timestamp]) {
    let mut uses = uses.to_vec();
    uses.sort();
    for (n, at) in uses.iter().enumerate() {
        let end = uses.get(n + 1).copied().or(token.to);
        if let Some(stretch) = stretch(world, at.plus_micros(DORMANT), end) {
            let place = ("CRD-03", token.item.as_str(), "A");
            let why = "unused and not disabled";
            world.truth.deviation(place, Outcome::Contradicted, stretch, why);
        }
    }
}

/// Where the log after its end is not whole, nothing shows that nothing succeeded with it.
fn proven(world: &mut World, token: &Token, doubted: impl Fn(Timestamp) -> bool) {
    let ended = token.to.filter(|at| world.settings.period.contains(*at) && doubted(*at));
    if ended.is_some() {
        for attribute in ["D", "E", "F"] {
            let place = ("CRD-05", token.item.as_str(), attribute);
            world.truth.gap(place, (None, None), "the log after it was not kept");
        }
    }
}

/// Before the log was kept, somebody else may have used it, too.
fn consumers(world: &mut World, token: &Token, uses: &[Timestamp], kept: Option<Timestamp>) {
    let period = world.settings.period;
    let inside = || uses.iter().filter(|at| period.contains(**at)).map(|at| at.day_start());
    let (Some(kept), Some(first), Some(last)) = (kept, inside().min(), inside().max()) else {
        return;
    };
    let end = last.plus_micros(DAY).min(kept);
    if first < end {
        for attribute in ["B", "C"] {
            let place = ("CRD-06", token.item.as_str(), attribute);
            world.truth.gap(place, (Some(first), Some(end)), "the log of that time was not kept");
        }
    }
}

/// Asks for a token of Okta to be revoked, and has it approved.
fn request(world: &mut World, token: &str, at: Timestamp) {
    let request = Request {
        kind: "retirement",
        title: format!("Revoke the API token {token}"),
        by: "platform@example.com".to_owned(),
        requested_for: token.to_owned(),
        requested: token.to_owned(),
        reason: "not needed any more".to_owned(),
        at: at.plus_micros(-3 * HOUR),
        planned_to: None,
        notified: Some(at.plus_micros(-HOUR)),
        approved: Some((world.company.head("Security").email.clone(), at.plus_micros(-2 * HOUR))),
        done: Some(("sync@example.com".to_owned(), at.plus_micros(60_000_000))),
    };
    world.jira.file(okta::SYSTEM, request);
}
