//! PRA-03: emergency accounts of AWS are used; asked for, alerted on, reviewed and given another
//! password afterwards, or not.

use tenure_model::Timestamp;
use tenure_model::calendar::Sla;
use tenure_model::outcome::Outcome::{Contradicted, NotDemonstrated};

use crate::World;
use crate::files::aws::{ACCOUNT, Call, Caller, SYSTEM, User, identity};
use crate::files::jira::Request;
use crate::plant::{DAY, HOUR, SECOND, alerts, consoles, logging};
use crate::time::MINUTE;

/// From the first to the last thing that is done in a use.
const LENGTH: i64 = 20 * MINUTE;

/// What is the matter with a use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Clean,
    /// Nobody asked for it.
    Unasked,
    /// Nobody on record asked for it.
    ByNobody,
    /// Nobody asked for it; the alert became an incident.
    ByIncident,
    AlertOnTheSecond,
    AlertLate,
    NoAlert,
    ReviewedBySelf,
    ReviewedOnTheSecond,
    ReviewedLate,
    NotReviewed,
    ReplacedOnTheSecond,
    ReplacedLate,
    NeverReplaced,
    /// The password was replaced late, and perhaps before, while nothing was logged.
    ReplacedInTheDark,
}

const FATES: &[Fate] = &[
    Fate::Unasked,
    Fate::ByNobody,
    Fate::ByIncident,
    Fate::AlertOnTheSecond,
    Fate::AlertLate,
    Fate::NoAlert,
    Fate::ReviewedBySelf,
    Fate::ReviewedOnTheSecond,
    Fate::ReviewedLate,
    Fate::NotReviewed,
    Fate::ReplacedOnTheSecond,
    Fate::ReplacedLate,
    Fate::NeverReplaced,
    Fate::ReplacedInTheDark,
    Fate::Clean,
    Fate::Clean,
];

/// An account for every fate; as many again for every five thousand people.
pub fn plant(world: &mut World) {
    let people = consoles::people(world);
    let count = FATES.len() * (1 + world.settings.people as usize / 5000);
    for n in 0..count {
        let name = format!("emergency-{n:02}");
        let day = 20 + 17 * i64::try_from(n % 18).unwrap_or(0);
        let mut at = world.settings.period.from.plus_micros(day * DAY + 21 * HOUR);
        while logging::doubted(&world.settings, at.plus_micros(-HOUR), at.plus_micros(3 * DAY)) {
            at = at.plus_micros(DAY);
        }
        let fate = FATES[n % FATES.len()];
        if fate == Fate::ReplacedInTheDark {
            at = logging::stop(&world.settings).0.plus_micros(-HOUR);
        }
        account(world, &name);
        one(world, &name, &people[n % people.len()].1, at, fate);
    }
}

fn account(world: &mut World, name: &str) {
    let created = world.settings.log_from().plus_micros(-40 * DAY);
    let owner = world.company.head("Security").email.clone();
    let tags = vec![
        ("Owner", owner),
        ("Purpose", "emergencies".to_owned()),
        ("Environment", "production".to_owned()),
        ("Tier", "T1".to_owned()),
    ];
    let user = User::new("/break-glass/", tags, created);
    world.aws.user(name, user);
    world.aws.enrol(name, created.plus_micros(HOUR), Some(created.plus_micros(2 * HOUR)));
}

/// A use, and what was done about it.
fn one(world: &mut World, name: &str, by: &str, at: Timestamp, fate: Fate) {
    let last = at.plus_micros(LENGTH);
    world.aws.sign_in(name, at, true);
    for minutes in [10, 20] {
        let at = at.plus_micros(minutes * MINUTE);
        world.aws.call(Call {
            ip: "203.0.113.20",
            agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)",
            ..Call::new(at, Caller::Console(name), "ec2", "DescribeInstances")
        });
    }
    if !matches!(fate, Fate::Unasked | Fate::ByIncident) {
        let by = if fate == Fate::ByNobody { "somebody@example.net" } else { by };
        ask(world, name, by, at);
    }
    let review_by = world.company.calendar.add(last, Sla::BusinessDays(2));
    let reviewed = match fate {
        Fate::ReviewedOnTheSecond => Some(review_by),
        Fate::ReviewedLate => Some(review_by.plus_micros(SECOND)),
        Fate::NotReviewed => None,
        _ => Some(last.plus_micros(3 * HOUR)),
    };
    let raised = at.plus_micros(match fate {
        Fate::AlertOnTheSecond => 15 * MINUTE,
        Fate::AlertLate => 15 * MINUTE + SECOND,
        _ => MINUTE,
    });
    let head = world.company.head("Security").email.clone();
    let reviewer = if fate == Fate::ReviewedBySelf { by } else { &head };
    let incident = match fate {
        Fate::ByIncident => world.oncall.last_number().to_string(),
        _ => String::new(),
    };
    if fate != Fate::NoAlert {
        alert(world, (name, name), (raised, reviewed), (reviewer, &incident));
    }
    let due = last.plus_micros(DAY);
    let replaced = match fate {
        Fate::ReplacedOnTheSecond => Some(due),
        Fate::ReplacedLate => Some(due.plus_micros(SECOND)),
        Fate::NeverReplaced => None,
        Fate::ReplacedInTheDark => Some(due.plus_micros(2 * HOUR)),
        _ => Some(last.plus_micros(2 * HOUR)),
    };
    if let Some(at) = replaced {
        world.aws.new_password(name, at);
    }
    tell(world, name, at, fate);
}

fn ask(world: &mut World, account: &str, by: &str, at: Timestamp) {
    let request = Request {
        kind: "elevation",
        title: format!("Use {account} in an emergency"),
        by: by.to_owned(),
        requested_for: by.to_owned(),
        requested: account.to_owned(),
        reason: "single sign-on is down".to_owned(),
        at: at.plus_micros(-30 * MINUTE),
        planned_to: Some(at.plus_micros(2 * HOUR)),
        notified: None,
        approved: Some((world.company.head("Operations").email.clone(), at.plus_micros(-MINUTE))),
        done: None,
    };
    world.jira.file(SYSTEM, request);
}

/// An alert on the account: its id, whom it names, when it was raised, when the use was reviewed and
/// by whom, and the incident that it became.
fn alert(
    world: &mut World,
    (id, account): (&str, &str),
    (raised, reviewed): (Timestamp, Option<Timestamp>),
    (reviewer, incident): (&str, &str),
) {
    let told = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let cells = [
        ("id", format!("BG-{id}")),
        ("rule", "Emergency account used".to_owned()),
        ("kind", "break_glass".to_owned()),
        ("identity", account.to_owned()),
        ("severity", "critical".to_owned()),
        ("raised_at", raised.to_string()),
        ("assigned_to", "soc@example.com".to_owned()),
        ("triaged_at", raised.plus_micros(20 * MINUTE).to_string()),
        ("triaged_by", reviewer.to_owned()),
        ("disposition", "benign".to_owned()),
        ("reason", "announced by the person on call".to_owned()),
        ("incident_ref", incident.to_owned()),
        ("use_reviewed_at", told(reviewed)),
        ("closed_at", raised.plus_micros(3 * HOUR).to_string()),
    ];
    world.registers.row("alerts", alerts::SYSTEM, world.settings.collected_at(), &cells);
}

/// The root user's uses are asked for, alerted on and reviewed; its password, AWS does not list.
pub(super) fn root(world: &mut World, uses: [Timestamp; 2]) {
    let account = format!("arn:aws:iam::{ACCOUNT}:root");
    let by = consoles::people(world)[0].1.clone();
    let head = world.company.head("Security").email.clone();
    for at in uses {
        ask(world, &account, &by, at);
        let (raised, reviewed) = (at.plus_micros(MINUTE), Some(at.plus_micros(3 * HOUR)));
        let id = format!("root-{}", at.date());
        alert(world, (&id, &account), (raised, reviewed), (&head, ""));
    }
    let place = ("PRA-03", "aws/root/*", "E");
    let why = "AWS does not say when the root user's password was replaced";
    world.truth.circumstance(place, NotDemonstrated, why);
}

fn tell(world: &mut World, name: &str, at: Timestamp, fate: Fate) {
    let item = format!("{} {at}", identity("user", name));
    let place = |attribute| ("PRA-03", item.as_str(), attribute);
    let truth = &mut world.truth;
    let stretch = (at, None);
    let mut missing = |attributes: &[&'static str], why: &str| {
        for attribute in attributes {
            truth.deviation(place(*attribute), NotDemonstrated, stretch, why);
        }
    };
    match fate {
        Fate::Clean => {}
        // Whoever reviewed it may have been who used it.
        Fate::Unasked => missing(&["A", "C", "D", "F"], "nobody says who used it, and why"),
        Fate::ByNobody => missing(&["C", "D"], "asked for by nobody on record"),
        Fate::ByIncident => missing(&["C", "D", "F"], "the incident does not say who used it"),
        Fate::AlertOnTheSecond => truth.near_miss(place("B"), "alerted on the last second"),
        Fate::AlertLate => {
            truth.deviation(place("B"), Contradicted, stretch, "alerted a second late");
        }
        Fate::NoAlert => {
            missing(&["D"], "no alert, so no review");
            truth.deviation(place("B"), Contradicted, stretch, "no alert");
        }
        Fate::ReviewedBySelf => {
            truth.deviation(place("D"), Contradicted, stretch, "reviewed by who used it");
        }
        Fate::ReviewedOnTheSecond => truth.near_miss(place("D"), "reviewed on the last second"),
        Fate::ReviewedLate => {
            truth.deviation(place("D"), Contradicted, stretch, "reviewed a second late");
        }
        Fate::NotReviewed => missing(&["D"], "never reviewed"),
        Fate::ReplacedOnTheSecond => truth.near_miss(place("E"), "replaced on the last second"),
        Fate::ReplacedLate | Fate::NeverReplaced => {
            truth.deviation(place("E"), Contradicted, stretch, "the password was not replaced");
        }
        Fate::ReplacedInTheDark => {
            let why = "it may have been replaced before, while the trail was off";
            truth.gap(place("E"), (Some(at), None), why);
        }
    }
}
