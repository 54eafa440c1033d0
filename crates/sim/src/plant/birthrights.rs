//! JML-01: rights that everybody of a department has by the policy of their role, without a request of
//! their own.

use tenure_model::Timestamp;
use tenure_model::outcome::Outcome::{Contradicted, NotDemonstrated};

use crate::World;
use crate::company::Person;
use crate::files::okta::{PROVISIONER, SYSTEM, membership};
use crate::plant::accounts::account;
use crate::plant::{DAY, HOUR, SECOND};

/// The right, and the role that has it.
const GROUP: (&str, &str) = ("00gwiki00000000000000", "Wiki");
const ROLE: &str = "Engineering";

/// How somebody came to have the right.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// In the second in which the policy came into force.
    InForce,
    /// In the last second before it ended.
    InItsLastSecond,
    /// A second further before it came into force than clocks may differ.
    BeforeIt,
    /// As it ended.
    AfterIt,
    /// Of another department.
    OtherRole,
    /// The policy was approved by the one who gains.
    Own,
}

const FATES: [Fate; 6] = [
    Fate::InForce,
    Fate::InItsLastSecond,
    Fate::BeforeIt,
    Fate::AfterIt,
    Fate::OtherRole,
    Fate::Own,
];

/// The policy is in force for some months, and a second version of it later.
pub fn plant(world: &mut World) {
    let from = world.settings.period.from.plus_micros(70 * DAY + 9 * HOUR);
    let (until, again) = (from.plus_micros(150 * DAY), from.plus_micros(170 * DAY));
    world.okta.group(GROUP.0, GROUP.1);
    let (head, ciso) =
        (world.company.head(ROLE).email.clone(), world.company.head("Security").email.clone());
    policy(world, "RP-1", &ciso, (from, Some(until)));
    policy(world, "RP-2", &head, (again, None));
    let stays = |person: &&Person| {
        let before = world.settings.period.from.plus_micros(-130 * DAY);
        let plain = person.called.is_none() && person.jobs.len() == 1 && person.away.is_none();
        plain && person.left().is_none() && person.hired() < before
    };
    let of = |role: bool| {
        let people = world.company.people.iter().skip(8).filter(stays);
        let fits = move |p: &&Person| (p.jobs[0].department == ROLE) == role;
        people.filter(fits).cloned().collect::<Vec<_>>()
    };
    let (own, others, first) = (of(true), of(false), world.company.head(ROLE).clone());
    for (n, fate) in FATES.into_iter().enumerate() {
        let person = match fate {
            Fate::OtherRole => others.first(),
            Fate::Own => Some(&first),
            _ => own.get(n),
        };
        let Some(person) = person else { continue };
        let at = match fate {
            Fate::InForce => from,
            Fate::InItsLastSecond => until.plus_micros(-SECOND),
            Fate::BeforeIt => from.plus_micros(-301 * SECOND),
            Fate::AfterIt => until,
            Fate::OtherRole => from.plus_micros(20 * DAY),
            Fate::Own => again.plus_micros(DAY),
        };
        world.okta.join(&account(person), GROUP.0, at, PROVISIONER);
        tell(world, &membership(&account(person).id, GROUP.0), at, fate);
    }
}

/// A version of the policy, as it was approved.
fn policy(world: &mut World, id: &str, by: &str, (from, to): (Timestamp, Option<Timestamp>)) {
    let cells = [
        ("id", id.to_owned()),
        ("kind", "role-policy".to_owned()),
        ("request_ref", id.to_owned()),
        ("title", format!("What {ROLE} has from the first day")),
        ("requested_by", world.company.head("Operations").email.clone()),
        ("requested_at", from.plus_micros(-7 * DAY).to_string()),
        ("approver", by.to_owned()),
        ("outcome", "approved".to_owned()),
        ("resolved_at", from.to_string()),
        ("requested_for", ROLE.to_owned()),
        ("requested", GROUP.0.to_owned()),
        ("reason", "everybody there works with it".to_owned()),
        ("planned_from", from.to_string()),
        ("planned_to", to.map(|to| to.to_string()).unwrap_or_default()),
    ];
    let day = world.settings.collected_at().plus_micros(-DAY);
    world.registers.row("approvals", SYSTEM, day, &cells);
}

fn tell(world: &mut World, item: &str, at: Timestamp, fate: Fate) {
    let place = |attribute| ("JML-01", item, attribute);
    let truth = &mut world.truth;
    let mut missing = |why| truth.deviation(place("A"), NotDemonstrated, (at, None), why);
    match fate {
        Fate::BeforeIt => missing("the policy of the role came into force only later"),
        Fate::AfterIt => missing("the policy of the role had ended"),
        Fate::OtherRole => missing("the policy is of another role"),
        Fate::InForce => truth.near_miss(place("A"), "in the second in which the policy began"),
        Fate::InItsLastSecond => truth.near_miss(place("D"), "in the policy's last second"),
        Fate::Own => {
            let why = "the policy was approved by its head, who gains from it";
            truth.deviation(place("C"), Contradicted, (at, None), why);
        }
    }
}
