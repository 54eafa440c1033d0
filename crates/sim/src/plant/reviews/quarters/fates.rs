//! UAR-01: what becomes of the review of a window.

use tenure_model::outcome::Outcome::{self, Contradicted, NotDemonstrated};

use super::super::listing::{Campaign, Last};
use super::super::*;
use super::Window;
use super::completeness::Flaw;
use crate::files::aws::SYSTEM as AWS;
use crate::files::github::LABS;
use crate::files::kubernetes::SYSTEM as KUBERNETES;
use crate::files::okta;
use crate::files::vault::SYSTEM as VAULT;

/// What becomes of the review of a window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    Clean,
    Missing,
    OnTheLastDay,
    SignedOffLate,
    NotSignedOff,
    /// Its listing was taken a second before the window.
    ListedBefore,
    /// Its listing was taken as the window began.
    ListedFirst,
    /// Signed off by somebody who answers for nothing in the system.
    SignedByOther,
    /// Signed off by somebody who had left.
    SignerLeft,
    /// Who signed off is not said.
    NoSigner,
    /// Signed off by who owns the system's access, and not its reviews.
    ByAccessOwner,
    /// The last decision is made a second after the sign-off.
    DecidedAfter,
    /// The last decision is made as the review is signed off.
    DecidedAtSignOff,
    /// The last item has no decision.
    Undecided,
    /// The last decision has no date.
    Undated,
    /// When it started is not said.
    NotStarted,
    /// Its register is kept until a second after the sign-off.
    LastVouched,
    /// Its register was kept until a second before the sign-off; the last item has no decision.
    Unvouched,
    /// Nobody keeps its register any more.
    Lapsed,
}

/// A class of access of a system.
type Of = (&'static str, &'static str);

/// Which review, in which window of its cadence, has which fate.
const FATES: &[(Of, usize, Fate)] = &[
    ((LABS, "user"), 1, Fate::Missing),
    ((LABS, "privileged"), 1, Fate::SignedOffLate),
    ((LABS, "user"), 2, Fate::LastVouched),
    ((LABS, "privileged"), 2, Fate::Unvouched),
    ((LABS, "user"), 3, Fate::Lapsed),
    ((LABS, "privileged"), 3, Fate::Lapsed),
    ((LABS, "user"), 4, Fate::Lapsed),
    ((LABS, "privileged"), 4, Fate::Lapsed),
    ((AWS, "non_human"), 1, Fate::NotSignedOff),
    ((AWS, "privileged"), 3, Fate::OnTheLastDay),
    ((AWS, "non_human"), 2, Fate::SignedByOther),
    ((AWS, "privileged"), 4, Fate::NoSigner),
    ((KUBERNETES, "user"), 1, Fate::OnTheLastDay),
    ((KUBERNETES, "non_human"), 3, Fate::SignerLeft),
    ((KUBERNETES, "privileged"), 1, Fate::ByAccessOwner),
    ((KUBERNETES, "privileged"), 2, Fate::DecidedAfter),
    ((KUBERNETES, "privileged"), 3, Fate::DecidedAtSignOff),
    ((KUBERNETES, "privileged"), 4, Fate::ListedFirst),
    ((VAULT, "privileged"), 1, Fate::Undated),
    ((VAULT, "privileged"), 2, Fate::ListedBefore),
    ((VAULT, "privileged"), 3, Fate::Undecided),
    ((VAULT, "privileged"), 4, Fate::NotStarted),
];

/// Where the access to the second organisation of GitHub is reviewed, as long as anybody does.
const OTHER: &str = "reviews-labs";

pub(super) fn fate(of: (&str, &str), window: usize) -> Fate {
    let found = FATES.iter().find(|(what, number, _)| *what == of && *number == window);
    found.map_or(Fate::Clean, |(.., fate)| *fate)
}

/// Makes the review what its fate says.
pub(super) fn change(world: &World, campaign: &mut Campaign, window: Window, fate: Fate) {
    if campaign.system == LABS {
        campaign.register = OTHER;
    }
    let limit = campaign.due;
    match fate {
        Fate::OnTheLastDay => campaign.signed_off = Some(limit.plus_micros(-SECOND)),
        Fate::SignedOffLate => campaign.signed_off = Some(limit.plus_micros(SECOND)),
        Fate::NotSignedOff => campaign.signed_off = None,
        Fate::ListedBefore => listed(campaign, window.from.plus_micros(-SECOND)),
        Fate::ListedFirst => listed(campaign, window.from),
        Fate::SignedByOther => campaign.signed_off_by = world.company.head("Sales").email.clone(),
        Fate::SignerLeft => {
            let gone = campaign.signed_off.and_then(|at| decisions::gone_by(world, at));
            campaign.signed_off_by = gone.unwrap_or_default();
        }
        Fate::NoSigner => campaign.signed_off_by.clear(),
        Fate::ByAccessOwner => {
            campaign.signed_off_by = world.company.head("Engineering").email.clone();
        }
        Fate::DecidedAfter => campaign.last = Last::AfterSignOff,
        Fate::DecidedAtSignOff => campaign.last = Last::AtSignOff,
        Fate::Undecided => campaign.last = Last::Missing,
        Fate::Undated => campaign.last = Last::Undated,
        Fate::NotStarted => campaign.untold = "started_at",
        Fate::Unvouched => {
            campaign.signed_off = Some(window.to.plus_micros(-20 * DAY + 2 * SECOND));
            campaign.last = Last::Missing;
        }
        Fate::Clean | Fate::Missing | Fate::LastVouched | Fate::Lapsed => {}
    }
}

/// The listing was taken then, and the review began a day later.
fn listed(campaign: &mut Campaign, at: Timestamp) {
    (campaign.listed, campaign.started) = (at, at.plus_micros(DAY));
}

/// Nobody keeps the other register from a second after the sign-off of a review, a second before
/// that of another.
pub(super) fn lapse(world: &mut World) {
    if let Some(window) = super::windows(world, (LABS, "user")).get(1) {
        let until = window.to.plus_micros(-20 * DAY + SECOND);
        for register in ["review_campaigns", "review_decisions"] {
            world.registers.kept_until(register, OTHER, until);
        }
    }
}

/// Says what is wrong, and what nearly is.
pub(super) fn tell(
    world: &mut World,
    (item, window): (&str, Window),
    campaign: &Campaign,
    (fate, flaw, whole): (Fate, Flaw, bool),
) {
    let place = |attribute| ("UAR-01", item, attribute);
    let due = world.settings.collected_at() >= window.to.plus_micros(30 * DAY);
    let truth = &mut world.truth;
    let mut gap = |attributes: &[&'static str], why: &str| {
        for attribute in attributes {
            truth.gap(place(*attribute), (Some(window.from), Some(window.to)), why);
        }
    };
    match fate {
        Fate::Lapsed if due => gap(ALL, "nobody kept the register any more"),
        Fate::Unvouched => {
            gap(&["E"], "the decision may have been entered later");
            gap(&["F"], "nobody vouches for the register at the sign-off");
        }
        _ => {}
    }
    let stretch = (window.from, Some(window.to));
    let of_campaign = match fate {
        Fate::Missing | Fate::Lapsed => Vec::new(),
        _ => findings(campaign, window, (flaw, whole || fate == Fate::Unvouched)),
    };
    for (attribute, outcome, why) in of_fate(fate).into_iter().chain(of_campaign) {
        truth.deviation(place(attribute), outcome, stretch, why);
    }
    if let Some((attribute, why)) = near(fate) {
        truth.near_miss(place(attribute), why);
    }
}

const ALL: &[&str] = &["A", "B", "C", "D", "E", "F"];

/// What is to be found of an attribute, and why.
type Found = (&'static str, Outcome, &'static str);

fn of_fate(fate: Fate) -> Vec<Found> {
    let all = |attributes: &[&'static str], outcome, why| {
        attributes.iter().map(|attribute| (*attribute, outcome, why)).collect()
    };
    match fate {
        Fate::Missing => all(ALL, NotDemonstrated, "no review"),
        Fate::SignedOffLate => all(&["C"], Contradicted, "signed off a second late"),
        Fate::NotSignedOff => all(&["C", "D", "F"], NotDemonstrated, "never signed off"),
        Fate::SignedByOther => all(&["D"], Contradicted, "signed off by who owns nothing there"),
        Fate::SignerLeft => all(&["D"], Contradicted, "signed off by somebody who had left"),
        Fate::NoSigner => all(&["D"], NotDemonstrated, "who signed off is not said"),
        Fate::DecidedAfter => all(&["E"], Contradicted, "decided a second after the sign-off"),
        Fate::Undated => all(&["F"], NotDemonstrated, "a decision has no date"),
        Fate::NotStarted => all(&["F"], NotDemonstrated, "when it started is not said"),
        _ => Vec::new(),
    }
}

fn near(fate: Fate) -> Option<(&'static str, &'static str)> {
    match fate {
        Fate::OnTheLastDay => Some(("C", "signed off on the last second")),
        Fate::ListedFirst => Some(("B", "listed as the window began")),
        Fate::ByAccessOwner => Some(("D", "signed off by who owns the access, not the reviews")),
        Fate::DecidedAtSignOff => Some(("E", "the last item decided as it was signed off")),
        Fate::LastVouched => Some(("F", "signed off a second before the register ended")),
        Fate::SignedOffLate => Some(("A", "signed off late, but there is a review")),
        _ => None,
    }
}

/// What is to be found of the review as it is written, whatever its fate.
fn findings(campaign: &Campaign, window: Window, (flaw, whole): (Flaw, bool)) -> Vec<Found> {
    let mut found = Vec::new();
    let inside = window.from <= campaign.listed && campaign.listed < window.to;
    match flaw {
        Flaw::NotDated => found.push(("B", NotDemonstrated, "when it was listed is not said")),
        _ if !inside => found.push(("B", Contradicted, "listed before the window")),
        _ => {}
    }
    if campaign.system == okta::LABS {
        found.push(("D", NotDemonstrated, "the register of systems does not have the system"));
    }
    if !whole || matches!(flaw, Flaw::Empty | Flaw::Miscounted) {
        found.push(("E", NotDemonstrated, "not every item has a decision on record"));
    }
    found
}
