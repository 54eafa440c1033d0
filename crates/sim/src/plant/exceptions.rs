//! EXC-01: policy exceptions are approved beforehand by somebody with authority, time-boxed, reviewed
//! and closed or renewed before they lapse, or not. The register is exported once a month, so it
//! tells of everything only later.

use tenure_model::Timestamp;
use tenure_model::calendar::Calendar;
use tenure_model::outcome::Outcome::{self, Contradicted, NotDemonstrated};

use crate::World;
use crate::plant::accounts::account;
use crate::time::{DAY, SECOND};
use crate::truth::Truth;

/// The system that keeps the registers of governance.
pub const SYSTEM: &str = "grc";
/// The control that most exceptions are about, and what reduces the risk meanwhile.
const ABOUT: &str = "GOV-02";
const REDUCTION: &str = "MON-01";

/// What is the matter with an exception.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Clean,
    ApprovedAtItsStart,
    ApprovedBefore,
    Retroactive,
    NotApproved,
    OwnApproval,
    Gains,
    ApproverLeft,
    NoAuthority,
    NoOwner,
    NoRequester,
    Longest,
    TooLong,
    NoExpiry,
    RenewedInTime,
    RenewedLate,
    RenewedOften,
    /// Renewed, and the register does not say when.
    RenewedUnsaid,
    NoReduction,
    IdleReduction,
    ReviewedOnTheSecond,
    ReviewedLate,
    NotReviewed,
    ClosedOnTheSecond,
    ClosedLate,
    Lapsed,
}

const FATES: &[Fate] = &[
    Fate::ApprovedAtItsStart,
    Fate::ApprovedBefore,
    Fate::Retroactive,
    Fate::NotApproved,
    Fate::OwnApproval,
    Fate::Gains,
    Fate::ApproverLeft,
    Fate::NoAuthority,
    Fate::NoOwner,
    Fate::NoRequester,
    Fate::Longest,
    Fate::TooLong,
    Fate::NoExpiry,
    Fate::RenewedInTime,
    Fate::RenewedLate,
    Fate::RenewedOften,
    Fate::RenewedUnsaid,
    Fate::NoReduction,
    Fate::IdleReduction,
    Fate::ReviewedOnTheSecond,
    Fate::ReviewedLate,
    Fate::NotReviewed,
    Fate::ClosedOnTheSecond,
    Fate::ClosedLate,
    Fate::Lapsed,
];

/// An exception over its life.
#[derive(Clone, Debug)]
struct Exception {
    id: String,
    control: &'static str,
    target: String,
    reduction: &'static str,
    requested_by: String,
    approved_by: String,
    starts: Timestamp,
    approved: Option<Timestamp>,
    expires: Option<Timestamp>,
    /// When each renewal was approved, and until when it holds.
    renewals: Vec<(Timestamp, Timestamp)>,
    /// Whether the register says when a renewal was approved.
    dated: bool,
    reviewed: Vec<Timestamp>,
    closed: Option<Timestamp>,
}

/// Every third exception goes wrong in some way, or nearly does.
pub fn plant(world: &mut World) {
    let mut chance = world.chance("exceptions");
    let period = world.settings.period;
    let mut exceptions = Vec::new();
    for n in 0..FATES.len() * 3 {
        let fate = if n % 3 == 2 { FATES[n / 3] } else { Fate::Clean };
        // Some clean ones began before the period.
        let from = if fate == Fate::Clean { -40 * DAY } else { 60 * DAY };
        let starts =
            chance.instant(period.from.plus_micros(from), period.to.plus_micros(-110 * DAY));
        let exception = exception(world, n + 1, fate, starts);
        tell(world, &exception, fate);
        exceptions.push(exception);
    }
    owners(world);
    export(world, &exceptions);
}

/// An exception that lasts sixty days, is reviewed after 25 and 50 and closed after 55, but for what
/// the fate changes.
fn exception(world: &World, n: usize, fate: Fate, starts: Timestamp) -> Exception {
    let after = |days: i64| starts.plus_micros(days * DAY);
    let (ciso, head) = (world.company.head("Security"), world.company.head("Operations"));
    let mut exception = Exception {
        id: format!("EX-{n:03}"),
        control: ABOUT,
        target: format!("a legacy system ({n})"),
        reduction: REDUCTION,
        requested_by: head.email.clone(),
        approved_by: ciso.email.clone(),
        starts,
        approved: Some(after(-2)),
        expires: Some(after(60)),
        renewals: Vec::new(),
        dated: fate != Fate::RenewedUnsaid,
        reviewed: vec![after(25), after(50)],
        closed: Some(after(55)),
    };
    who(world, fate, &mut exception);
    when(fate, &mut exception, after);
    exception
}

/// What the fate changes about people and what they say.
fn who(world: &World, fate: Fate, exception: &mut Exception) {
    let sales = world.company.head("Sales");
    match fate {
        Fate::OwnApproval => exception.requested_by = exception.approved_by.clone(),
        Fate::Gains => {
            exception.target =
                format!("okta/okta-user/{}", account(world.company.head("Security")).id)
        }
        Fate::ApproverLeft => {
            let left = |person: &&crate::company::Person| {
                let days = exception.starts.plus_micros(-3 * DAY);
                person.gone_by(days)
            };
            // A company in which nobody has left yet keeps its approver, and plants nothing.
            if let Some(person) = world.company.people.iter().find(left) {
                exception.approved_by = person.email.clone();
            }
        }
        Fate::NoAuthority => exception.approved_by = sales.email.clone(),
        Fate::NoOwner => exception.control = "AGT-01",
        Fate::NoRequester => exception.requested_by = String::new(),
        Fate::NotApproved => {
            exception.approved = None;
            exception.approved_by = String::new();
        }
        Fate::NoReduction => exception.reduction = "",
        Fate::IdleReduction => exception.reduction = "firewall",
        _ => {}
    }
}

/// What the fate changes about instants.
fn when(fate: Fate, exception: &mut Exception, after: impl Fn(i64) -> Timestamp) {
    let second = |at: Timestamp| at.plus_micros(SECOND);
    match fate {
        Fate::ApprovedAtItsStart => exception.approved = Some(after(0)),
        Fate::ApprovedBefore => exception.approved = Some(after(0).plus_micros(-60 * SECOND)),
        Fate::Retroactive => exception.approved = Some(after(3)),
        Fate::Longest => exception.expires = Some(after(90)),
        Fate::TooLong => exception.expires = Some(second(after(90))),
        Fate::NoExpiry => exception.expires = None,
        Fate::RenewedInTime => exception.renewals = vec![(after(60), after(100))],
        Fate::RenewedUnsaid => {
            exception.renewals = vec![(after(60).plus_micros(-SECOND), after(100))];
        }
        Fate::RenewedLate => exception.renewals = vec![(after(62), after(100))],
        Fate::RenewedOften => {
            exception.renewals =
                vec![(after(40), after(70)), (after(60), after(90)), (after(80), after(110))];
        }
        Fate::ReviewedOnTheSecond => exception.reviewed = vec![after(25), after(55)],
        Fate::ReviewedLate => exception.reviewed = vec![after(25), second(after(55))],
        Fate::NotReviewed => exception.reviewed = Vec::new(),
        Fate::ClosedOnTheSecond => exception.closed = Some(after(60)),
        Fate::ClosedLate => exception.closed = Some(after(63)),
        Fate::Lapsed => exception.closed = None,
        _ => {}
    }
    if !exception.renewals.is_empty() {
        exception.reviewed = vec![after(25), after(50), after(75)];
        exception.closed = Some(after(95));
    }
    if matches!(fate, Fate::ReviewedOnTheSecond | Fate::ReviewedLate) {
        exception.closed = Some(after(57));
    }
}

fn tell(world: &mut World, exception: &Exception, fate: Fate) {
    let item = format!("{SYSTEM}/register/{}", exception.id);
    let place = |attribute| ("EXC-01", item.as_str(), attribute);
    let truth = &mut world.truth;
    let (starts, closed) = (exception.starts, exception.closed);
    let after = |days: i64| starts.plus_micros(days * DAY);
    let mut wrong = |attribute, outcome: Outcome, stretch, why: &str| {
        truth.deviation(place(attribute), outcome, stretch, why);
    };
    let whole = (starts, closed);
    match fate {
        Fate::Clean => {}
        Fate::ApprovedAtItsStart => truth.near_miss(place("B"), "approved at its very start"),
        Fate::ApprovedBefore => truth.near_miss(place("B"), "approved a minute before its start"),
        Fate::Retroactive => {
            wrong("B", Contradicted, (starts, exception.approved), "approved three days late");
        }
        Fate::NotApproved => {
            wrong("A", NotDemonstrated, whole, "nobody approved it");
            wrong("B", NotDemonstrated, whole, "nobody approved it");
        }
        Fate::OwnApproval => wrong("A", Contradicted, whole, "approved by who asked for it"),
        Fate::Gains => wrong("A", Contradicted, whole, "approved by who holds the account"),
        Fate::ApproverLeft => wrong("A", Contradicted, whole, "the approver had left"),
        Fate::NoAuthority => wrong("A", NotDemonstrated, whole, "approved by somebody else"),
        Fate::NoOwner => wrong("A", NotDemonstrated, whole, "nobody answers for the control"),
        Fate::NoRequester => wrong("A", NotDemonstrated, whole, "who asked is not on record"),
        Fate::Longest => truth.near_miss(place("C"), "as long as allowed"),
        Fate::TooLong => wrong("C", Contradicted, whole, "a second longer than allowed"),
        Fate::NoExpiry => wrong("C", NotDemonstrated, whole, "no end"),
        Fate::RenewedInTime => truth.near_miss(place("F"), "renewed at the instant of its end"),
        Fate::RenewedLate => {
            wrong("F", Contradicted, (after(60), Some(after(62))), "renewed two days late");
        }
        Fate::RenewedUnsaid => {
            let why = "renewed about when it ended, and the register does not say when";
            truth.gap(place("F"), (Some(after(60)), None), why);
            truth.whenever_it_ends();
        }
        Fate::RenewedOften => {
            wrong("C", Contradicted, (after(80), closed), "renewed a third time");
        }
        _ => tell_course(truth, place, exception, fate),
    }
}

/// What follows from what reduces the risk, from reviews and from the end.
fn tell_course<'a>(
    truth: &mut Truth,
    place: impl Fn(&'a str) -> (&'a str, &'a str, &'a str),
    exception: &Exception,
    fate: Fate,
) {
    let (starts, closed) = (exception.starts, exception.closed);
    let after = |days: i64| starts.plus_micros(days * DAY);
    let whole = (starts, closed);
    let mut wrong = |attribute, outcome: Outcome, stretch, why: &str| {
        truth.deviation(place(attribute), outcome, stretch, why);
    };
    match fate {
        Fate::NoReduction => wrong("D", NotDemonstrated, whole, "nothing reduces the risk"),
        Fate::IdleReduction => wrong("D", NotDemonstrated, whole, "nothing shows that it works"),
        Fate::ReviewedOnTheSecond => truth.near_miss(place("E"), "reviewed on the last second"),
        Fate::ReviewedLate => {
            let late = (after(55), Some(after(55).plus_micros(SECOND)));
            wrong("E", Contradicted, late, "reviewed a second late");
        }
        Fate::NotReviewed => wrong("E", NotDemonstrated, (after(30), closed), "never reviewed"),
        Fate::ClosedOnTheSecond => truth.near_miss(place("F"), "closed as it ended"),
        Fate::ClosedLate => {
            wrong("F", Contradicted, (after(60), closed), "closed three days late");
        }
        Fate::Lapsed => wrong("F", Contradicted, (after(60), None), "never closed"),
        _ => {}
    }
}

/// Who answers for the controls that exceptions are about, and for those that reduce the risk.
fn owners(world: &mut World) {
    let day = world.settings.collected_at();
    let (owner, sponsor) =
        (world.company.head("Security").email.clone(), world.company.people[0].email.clone());
    for control in [ABOUT, REDUCTION, "PRA-04", "PRA-05", "CRD-03", "CRD-06"] {
        let cells = [
            ("id", format!("CO-{control}")),
            ("control_id", control.to_owned()),
            ("owner", owner.clone()),
            ("sponsor", sponsor.clone()),
            ("producer", "the operators of the platform".to_owned()),
            ("artifact", "a report of each month".to_owned()),
        ];
        world.registers.row("control_owners", SYSTEM, day, &cells);
    }
}

/// The register on the first of each month, and on the day of collection.
fn export(world: &mut World, exceptions: &[Exception]) {
    let end = world.settings.collected_at();
    let calendar = Calendar::default();
    let mut days = vec![end];
    let mut day = world.settings.log_from().day_start();
    while let Some(next) = calendar.month_start(day, 1, 1).filter(|next| *next < end) {
        days.push(next);
        day = next;
    }
    days.sort();
    for day in days {
        let known =
            exceptions.iter().filter(|e| e.approved.unwrap_or(e.starts).min(e.starts) <= day);
        for exception in known {
            let cells = exception.on(day);
            world.registers.row("exceptions", SYSTEM, day, &cells);
        }
    }
}

impl Exception {
    /// What the register says of it on a day.
    fn on(&self, day: Timestamp) -> [(&'static str, String); 14] {
        let told = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        let renewals: Vec<_> = self.renewals.iter().filter(|(at, _)| *at <= day).collect();
        let (approved, expires) = match renewals.last() {
            Some((approved, expires)) if self.dated => (Some(*approved), Some(*expires)),
            Some((_, expires)) => (self.approved, Some(*expires)),
            None => (self.approved.filter(|at| *at <= day), self.expires),
        };
        let approver = if approved.is_some() { self.approved_by.clone() } else { String::new() };
        let reviewed: Vec<_> =
            self.reviewed.iter().filter(|at| **at <= day).map(Timestamp::to_string).collect();
        [
            ("id", self.id.clone()),
            ("kind", "control_exception".to_owned()),
            ("control_id", self.control.to_owned()),
            ("target", self.target.clone()),
            ("rationale", "the vendor is late".to_owned()),
            ("compensating_control", self.reduction.to_owned()),
            ("requested_by", self.requested_by.clone()),
            ("starts_at", self.starts.to_string()),
            ("approved_by", approver),
            ("approved_at", told(approved)),
            ("expires_at", told(expires)),
            ("renewals", renewals.len().to_string()),
            ("reviewed_at", reviewed.join(" ")),
            ("closed_at", told(self.closed.filter(|at| *at <= day))),
        ]
    }
}
