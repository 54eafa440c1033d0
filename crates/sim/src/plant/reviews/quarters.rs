//! UAR-01: every class of access is reviewed in each quarter. UAR-02: each review lists all that was in
//! force, and says from what; or not.

use tenure_model::Timestamp;
use tenure_model::calendar::Calendar;
use tenure_model::outcome::Outcome::{Contradicted, NotDemonstrated};

use super::listing::Campaign;
use super::*;
use crate::files::aws::SYSTEM as AWS;
use crate::files::aws_iam;
use crate::files::github::{LABS, SYSTEM as GITHUB};
use crate::files::kubernetes::SYSTEM as KUBERNETES;
use crate::files::okta::{self, SYSTEM as OKTA};
use crate::files::vault::SYSTEM as VAULT;
use crate::plant::requests;

mod completeness;

use completeness::Flaw;

/// What becomes of the review of a quarter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Clean,
    Missing,
    OnTheLastDay,
    SignedOffLate,
    NotSignedOff,
}

const FATES: &[Fate] =
    &[Fate::Missing, Fate::OnTheLastDay, Fate::SignedOffLate, Fate::NotSignedOff, Fate::Clean];

/// The classes of access that anybody or anything holds in a system.
const REVIEWED: &[(&str, &str)] = &[
    (OKTA, "user"),
    (OKTA, "privileged"),
    (GITHUB, "user"),
    (GITHUB, "privileged"),
    (LABS, "user"),
    (LABS, "privileged"),
    (AWS, "non_human"),
    (AWS, "privileged"),
    (okta::LABS, "user"),
    (okta::LABS, "non_human"),
    (KUBERNETES, "user"),
    (KUBERNETES, "non_human"),
    (KUBERNETES, "privileged"),
    (VAULT, "user"),
    (VAULT, "non_human"),
    (VAULT, "privileged"),
];

/// A window of the cadence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Quarter {
    number: usize,
    from: Timestamp,
    to: Timestamp,
}

fn quarters(world: &World) -> Vec<Quarter> {
    let calendar = Calendar::default();
    let mut quarters = Vec::new();
    let mut from = world.settings.period.from;
    while let Some(to) =
        calendar.month_start(from, 1, 3).filter(|_| from < world.settings.period.to)
    {
        quarters.push(Quarter { number: quarters.len() + 1, from, to });
        from = to;
    }
    quarters
}

/// Members of GitHub who come and go at the very instant of a listing, or a second later.
pub(super) fn at_the_instant(world: &mut World) {
    let Some(quarter) = quarters(world).get(1).copied() else { return };
    let listed = listed(world, GITHUB, quarter);
    let later = listed.plus_micros(SECOND);
    requests::member(world, "comes-as-listed", listed);
    requests::member(world, "comes-later", later);
    let joined = world.settings.log_from().plus_micros(3 * DAY);
    for (login, at) in [("goes-as-listed", listed), ("goes-later", later)] {
        let organisation = world.github.organisation(GITHUB);
        organisation.add(login, false, joined, ADMIN);
        organisation.remove(login, at, ADMIN);
    }
    let campaign = campaign(world, (GITHUB, "user"), quarter).tenure();
    for (login, why) in [
        ("comes-as-listed", "given as the listing was taken, and listed"),
        ("comes-later", "given a second after the listing, and not listed"),
        ("goes-as-listed", "taken away as the listing was taken, and not listed"),
        ("goes-later", "taken away a second after the listing, and listed"),
    ] {
        let item = format!("{campaign} {GITHUB}/org-member/{login}|org:acme:member");
        world.truth.near_miss(("UAR-02", &item, "B"), why);
    }
}

/// A review of each class of access in each quarter but for what fates change; the last quarter is
/// signed off as it should, since its limit lies after the collection.
pub(super) fn write(world: &mut World) {
    let mut n = usize::try_from(world.settings.seed).unwrap_or(0);
    let vault = access::of(world, VAULT).iter().any(|access| access.is("user"));
    let reviewed: Vec<_> = REVIEWED.iter().filter(|of| vault || **of != (VAULT, "user")).collect();
    for quarter in quarters(world) {
        for of in &reviewed {
            let of = *of;
            let flaw = completeness::flaw(*of, quarter.number);
            let free = flaw == Flaw::None && of.0 != okta::LABS && *of != (OKTA, "privileged");
            // What people who left held is reviewed as long as they held it.
            let free = free && *of != (KUBERNETES, "user") && *of != (VAULT, "user");
            let fate = match free
                && quarter.to < world.settings.period.to
                && !decided(world, *of, quarter)
            {
                true => {
                    n += 1;
                    FATES[n % FATES.len()]
                }
                false => Fate::Clean,
            };
            review(world, *of, quarter, (fate, flaw));
        }
    }
}

/// Whether another scenario reviews that class of access in the quarter.
fn decided(world: &World, of: (&str, &str), quarter: Quarter) -> bool {
    let begun = [
        ((OKTA, "user"), decisions::starts(world)),
        ((GITHUB, "user"), revocations::starts(world)),
    ];
    begun.iter().any(|(what, at)| *what == of && quarter.from <= *at && *at < quarter.to)
}

/// When the listing of a quarter's review is taken: forty days before its end; where accounts are
/// only listed now and then, as they were listed last.
fn listed(world: &World, system: &str, quarter: Quarter) -> Timestamp {
    if system != AWS {
        return quarter.to.plus_micros(-40 * DAY);
    }
    let days = aws_iam::days(&world.settings);
    let early = quarter.from.plus_micros(10 * DAY);
    days.into_iter().filter(|day| *day <= early).max().unwrap_or(quarter.from)
}

fn campaign(
    world: &World,
    (system, class): (&'static str, &'static str),
    quarter: Quarter,
) -> Campaign {
    let listed = listed(world, system, quarter);
    Campaign {
        id: format!("RC-{system}-{class}-{}", quarter.from.date()),
        system,
        class,
        listed,
        started: listed.max(quarter.from).plus_micros(DAY),
        due: quarter.to.plus_micros(30 * DAY),
        signed_off: Some(quarter.to.plus_micros(-20 * DAY)),
        told: Vec::new(),
        untold: "",
        miscount: 0,
        unreasoned: None,
        stranger: None,
        revoked: None,
    }
}

fn review(
    world: &mut World,
    (system, class): (&'static str, &'static str),
    quarter: Quarter,
    (fate, flaw): (Fate, Flaw),
) {
    let mut campaign = campaign(world, (system, class), quarter);
    if system == okta::LABS && world.labs.listed_at.is_none_or(|read| campaign.listed < read) {
        // Nobody listed what there was to review.
        return;
    }
    if (system, class) == (okta::LABS, "non_human") {
        campaign.revoked = campaign.in_force(world).first().map(|access| access.target.clone());
    }
    let (from, to, limit) = (quarter.from, quarter.to, campaign.due);
    match fate {
        Fate::OnTheLastDay => campaign.signed_off = Some(limit.plus_micros(-SECOND)),
        Fate::SignedOffLate => campaign.signed_off = Some(limit.plus_micros(SECOND)),
        Fate::NotSignedOff => campaign.signed_off = None,
        Fate::Clean | Fate::Missing => {}
    }
    if fate != Fate::Missing {
        completeness::write(world, campaign, flaw);
    }
    let item = format!("{system} {class} {}..{}", from.date(), to.date());
    let place = |attribute| ("UAR-01", item.as_str(), attribute);
    let stretch = (from, Some(to));
    let truth = &mut world.truth;
    match fate {
        Fate::Clean => {}
        Fate::OnTheLastDay => truth.near_miss(place("B"), "signed off on the last second"),
        Fate::SignedOffLate => {
            truth.deviation(place("B"), Contradicted, stretch, "signed off a second late");
        }
        Fate::NotSignedOff => {
            truth.deviation(place("B"), NotDemonstrated, stretch, "never signed off");
        }
        Fate::Missing => {
            truth.deviation(place("A"), NotDemonstrated, stretch, "no review");
            truth.deviation(place("B"), NotDemonstrated, stretch, "no review");
        }
    }
}
