//! UAR-02: what a review leaves out, lists beside what was there, or does not say.

use tenure_model::outcome::Outcome::{self, Contradicted, NotDemonstrated};

use super::super::access::{self, Access};
use super::super::listing::Campaign;
use super::super::*;
use crate::files::aws::SYSTEM as AWS;
use crate::files::github::{LABS, SYSTEM as GITHUB};
use crate::files::kubernetes::SYSTEM as KUBERNETES;
use crate::files::okta::{self, SYSTEM as OKTA};

/// What is the matter with a listing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Flaw {
    None,
    /// One thing in force is left out.
    LeftOut,
    /// What is left out is an administrator's.
    AdministratorLeftOut,
    /// One thing is listed that was in force no more.
    Phantom,
    /// The one and the other, so that the count is right; one item is decided on by a login that no
    /// record of people knows.
    Swapped,
    /// The register counts one item more than there are.
    Miscounted,
    /// There are no items.
    Empty,
    /// What it covers is not said.
    NoScope,
    /// What the listing was taken from is not said.
    NoSource,
    /// When it was taken is not said.
    NotDated,
    /// It was taken fourteen days and a second before the review began.
    Stale,
    /// Fourteen days before; an administrator's right is kept without a reason.
    NearlyStale,
}

/// Which review, in which window of its cadence, goes how wrong.
const FLAWS: &[((&str, &str), usize, Flaw)] = &[
    ((OKTA, "user"), 1, Flaw::LeftOut),
    ((OKTA, "user"), 2, Flaw::Miscounted),
    ((OKTA, "user"), 4, Flaw::NotDated),
    ((GITHUB, "user"), 2, Flaw::Phantom),
    ((GITHUB, "user"), 3, Flaw::Swapped),
    ((GITHUB, "user"), 4, Flaw::AdministratorLeftOut),
    ((GITHUB, "privileged"), 1, Flaw::NoSource),
    ((GITHUB, "privileged"), 2, Flaw::NoScope),
    ((GITHUB, "privileged"), 3, Flaw::Stale),
    ((GITHUB, "privileged"), 4, Flaw::NearlyStale),
    ((AWS, "non_human"), 2, Flaw::LeftOut),
    ((AWS, "privileged"), 2, Flaw::Empty),
    ((KUBERNETES, "non_human"), 2, Flaw::LeftOut),
    ((KUBERNETES, "user"), 3, Flaw::Miscounted),
];

pub(super) fn flaw(of: (&str, &str), window: usize) -> Flaw {
    let found = FLAWS.iter().find(|(what, number, _)| *what == of && *number == window);
    found.map_or(Flaw::None, |(.., flaw)| *flaw)
}

/// Writes a review with its flaw; whether each item has its decision.
pub(super) fn write(world: &mut World, campaign: &mut Campaign, flaw: Flaw) -> bool {
    match flaw {
        Flaw::Miscounted => campaign.miscount = 1,
        Flaw::NoScope => campaign.untold = "scope",
        Flaw::NoSource => campaign.untold = "item_root",
        Flaw::NotDated => {
            campaign.untold = "listed_at";
            campaign.listed = campaign.started;
        }
        Flaw::Stale => campaign.listed = campaign.started.plus_micros(-14 * DAY - SECOND),
        Flaw::Empty => campaign.untold = "items",
        Flaw::NearlyStale => {
            campaign.listed = campaign.started.plus_micros(-14 * DAY);
            campaign.unreasoned = Some(format!("{GITHUB}/org-admin/{ADMIN}|org:acme:admin"));
        }
        Flaw::Swapped => {
            campaign.stranger = Some(format!("{GITHUB}/org-member/dev-ada|org:acme:member"));
        }
        _ => {}
    }
    let mut items = campaign.in_force(world);
    let wrong = change(world, campaign, flaw, &mut items);
    let whole = campaign.write(world, &items);
    tell(world, campaign, flaw, &wrong);
    whole
}

/// Leaves something out, or adds something that had ended; what is then wrong.
fn change(
    world: &mut World,
    campaign: &Campaign,
    flaw: Flaw,
    items: &mut Vec<Access>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    if matches!(flaw, Flaw::Phantom | Flaw::Swapped) {
        let all = access::of(world, campaign.system);
        let ended = |a: &Access| a.is(campaign.class) && a.ended(campaign.listed.plus_micros(-DAY));
        let gone = all.into_iter().rev().find(ended);
        wrong.extend(gone.iter().map(|access| access.target.clone()));
        items.extend(gone);
    }
    let out = match flaw {
        Flaw::LeftOut | Flaw::Swapped => items.iter().position(|a| !a.privileged),
        Flaw::AdministratorLeftOut => items.iter().position(|a| a.privileged),
        _ => None,
    };
    wrong.extend(out.map(|at| items.remove(at).target));
    if flaw == Flaw::Empty {
        items.clear();
        wrong = access::administrators(world, campaign.listed);
    }
    wrong
}

fn tell(world: &mut World, campaign: &Campaign, flaw: Flaw, wrong: &[String]) {
    let item = campaign.tenure();
    let place = |attribute| ("UAR-02", item.as_str(), attribute);
    let from = campaign.listed;
    if !world.settings.period.contains(from) {
        return;
    }
    if campaign.untold == "started_at" {
        let why = "when the review started is not said";
        world.truth.deviation(place("E"), NotDemonstrated, (from, None), why);
    }
    let truth = &mut world.truth;
    if matches!(campaign.system, LABS | okta::LABS) {
        // Of people who are members of a group, nothing has to be among the items.
        let groups = campaign.system == okta::LABS && campaign.class == "user";
        for attribute in if groups { &["A", "B"][..] } else { &["A", "B", "C"] } {
            let why = "what was in force is on one listing, of another day";
            truth.gap(place(*attribute), (Some(from), None), why);
        }
    }
    for target in wrong {
        let other = format!("{item} {target}");
        let why = "listed and not in force, or in force and not listed";
        truth.deviation(("UAR-02", &other, "B"), Contradicted, (from, None), why);
    }
    for (attribute, outcome, why) in findings(flaw, campaign.class != "user") {
        truth.deviation(place(attribute), outcome, (from, None), why);
    }
    match flaw {
        Flaw::Swapped => truth.near_miss(place("A"), "the count is right"),
        Flaw::NearlyStale => truth.near_miss(place("E"), "listed fourteen days before"),
        _ => {}
    }
}

/// What is to be found of a review with the flaw; of one of administrators or services alone, each
/// omission is one of those.
fn findings(flaw: Flaw, special: bool) -> Vec<(&'static str, Outcome, &'static str)> {
    let left_out = [
        ("A", Contradicted, "one fewer than there were"),
        ("B", Contradicted, "one is left out"),
        ("C", Contradicted, "one is left out"),
    ];
    match flaw {
        Flaw::LeftOut if !special => left_out[..2].to_vec(),
        Flaw::LeftOut | Flaw::AdministratorLeftOut => left_out.to_vec(),
        Flaw::Phantom => vec![
            ("A", Contradicted, "one more than there were"),
            ("B", Contradicted, "one was in force no more"),
        ],
        Flaw::Swapped => {
            vec![("B", Contradicted, "one is left out, and one was in force no more")]
        }
        Flaw::Miscounted => vec![("A", Contradicted, "counts one more than are on record")],
        Flaw::Empty => vec![
            ("A", NotDemonstrated, "no items are on record"),
            ("B", Contradicted, "everything is left out"),
            ("C", Contradicted, "everything is left out"),
        ],
        Flaw::NoScope => vec![("D", NotDemonstrated, "what it covers is not said")],
        Flaw::NoSource => vec![("D", NotDemonstrated, "what it was taken from is not said")],
        Flaw::NotDated => vec![("E", NotDemonstrated, "when it was listed is not said")],
        Flaw::Stale => vec![("E", Contradicted, "listed fourteen days and a second before")],
        Flaw::None | Flaw::NearlyStale => Vec::new(),
    }
}
