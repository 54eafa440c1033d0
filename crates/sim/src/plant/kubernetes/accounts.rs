//! SVC-01, INV-01 and INV-02: service accounts that are made in the period.

use super::*;
use crate::files::kubernetes::POD;
use crate::plant::registered::ticket;

/// How a service account came to be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// Asked for, approved, made, registered.
    Fine,
    /// Approved in the second in which it was made.
    JustApproved,
    /// Approved a day after it was made.
    Afterwards,
    /// Nobody asked for it.
    NoTicket,
    /// Neither tier nor environment is on its labels.
    Unlabelled,
    /// Registered a second before the window ended.
    NearlyLate,
    /// Registered days after the window.
    Late,
    /// In no inventory, and owned by nobody.
    Shadow,
    /// By a change that somebody else approved in the second of its merge, in which it was made.
    Reviewed,
    /// By a change that its author approved.
    OnlyItsAuthor,
    /// By a change that was approved a second after its merge.
    ReviewedAfterwards,
}

const FATES: [Fate; 11] = [
    Fate::Fine,
    Fate::NoTicket,
    Fate::Afterwards,
    Fate::JustApproved,
    Fate::Unlabelled,
    Fate::NearlyLate,
    Fate::Late,
    Fate::Shadow,
    Fate::Reviewed,
    Fate::OnlyItsAuthor,
    Fate::ReviewedAfterwards,
];

/// One for every forty people.
pub(super) fn plant(world: &mut World) {
    let mut chance = world.chance("kubernetes accounts");
    let period = world.settings.period;
    for n in 0..(world.settings.people / 40).max(11) as usize {
        let (from, to) = (period.from.plus_micros(20 * DAY), period.to.plus_micros(-80 * DAY));
        let day = chance.instant(from, to).day_start();
        let mut at = world.company.workday(day).plus_micros(10 * HOUR);
        while holes(world)
            .iter()
            .any(|hole| hole.0 < at.plus_micros(HOUR) && at < hole.1.plus_micros(HOUR))
        {
            at = at.plus_micros(DAY);
        }
        one(world, &format!("new-{n:04}"), at, FATES[n % FATES.len()]);
    }
}

fn one(world: &mut World, name: &str, at: Timestamp, fate: Fate) {
    let place = ("shop", name);
    let labels =
        if fate == Fate::Unlabelled { json!({"app": "shop"}) } else { labels("new service") };
    world.kubernetes.account(place, labels, at);
    let (login, who) = (login(place.0, name), Who::Account(place.0.to_owned(), name.to_owned()));
    ask(world, &login, at, fate);
    let registered = at.plus_micros(match fate {
        Fate::NearlyLate => 7 * DAY - SECOND,
        Fate::Late => 12 * DAY,
        _ => HOUR,
    });
    if fate != Fate::Shadow {
        let entry = Entry {
            system: SYSTEM,
            name: &login,
            kind: "service_account",
            since: registered,
            retired: None,
            workload: "",
        };
        entry.enter(world);
        Entry { since: at, ..entry }.own(world);
    }
    let mut used = at.plus_micros(2 * HOUR);
    while used < world.settings.collected_at() {
        world.kubernetes.call(&Call::list(used, &who, "configmaps", "shop", POD));
        used = used.plus_micros(30 * DAY);
    }
    let item = who.identity();
    silent(world, ("AUT-02", &item, &["A", "B", "C"]), at);
    tell(world, &item, at, fate);
}

/// The ticket or the change on which it was made, if there is any.
fn ask(world: &mut World, login: &str, at: Timestamp, fate: Fate) {
    let approved = at.plus_micros(match fate {
        Fate::JustApproved => 0,
        Fate::Afterwards => DAY,
        _ => -DAY,
    });
    match fate {
        Fate::NoTicket => {}
        Fate::Reviewed => merge(world, login, ("dev-bea", at), at),
        Fate::OnlyItsAuthor => merge(world, login, ("dev-ada", at), at),
        Fate::ReviewedAfterwards => merge(world, login, ("dev-bea", at.plus_micros(SECOND)), at),
        _ => ticket(world, SYSTEM, "creation", login, approved),
    }
}

/// A change of infrastructure as code makes it, as the register of changes says.
fn merge(world: &mut World, login: &str, approved: (&str, Timestamp), merged: Timestamp) {
    let id = format!("INFRA-{login}");
    let cells = [
        ("id", id.clone()),
        ("kind", "change".to_owned()),
        ("change_ref", id),
        ("system_changed", "infrastructure".to_owned()),
        ("title", format!("Create {login}")),
        ("author", "dev-ada".to_owned()),
        ("approver", approved.0.to_owned()),
        ("approved_at", approved.1.to_string()),
        ("merged_by", "dev-ada".to_owned()),
        ("merged_at", merged.to_string()),
        ("tests", "passed".to_owned()),
    ];
    let day = world.settings.collected_at();
    world.registers.row("changes", "payments", day, &cells);
}

fn tell(world: &mut World, item: &str, at: Timestamp, fate: Fate) {
    let (missing, wrong) = (Outcome::NotDemonstrated, Outcome::Contradicted);
    let grace = world.company.calendar.add(at, tenure_model::calendar::Sla::BusinessDays(5));
    let window = at.plus_micros(7 * DAY);
    let truth = &mut world.truth;
    let made = |attribute| ("SVC-01", item, attribute);
    let entered = |attribute| ("INV-01", item, attribute);
    let whole = (at, None);
    match fate {
        Fate::Fine => {}
        Fate::JustApproved => {
            truth.near_miss(made("A"), "approved in the second in which it was made")
        }
        Fate::Afterwards => truth.deviation(made("A"), wrong, whole, "approved only afterwards"),
        Fate::NoTicket => truth.deviation(made("A"), missing, whole, "nobody asked for it"),
        Fate::Reviewed => {
            truth.near_miss(made("A"), "a change reviewed in the second in which it was made")
        }
        Fate::OnlyItsAuthor => {
            truth.deviation(made("A"), missing, whole, "its author approved the change")
        }
        Fate::ReviewedAfterwards => {
            truth.deviation(made("A"), missing, whole, "the change was approved after its merge")
        }
        Fate::Unlabelled => {
            truth.deviation(made("B"), missing, whole, "neither purpose nor tier is said")
        }
        Fate::NearlyLate => truth.near_miss(entered("B"), "registered a second inside the window"),
        Fate::Late => {
            let stretch = (window, Some(at.plus_micros(12 * DAY)));
            for attribute in ["A", "B"] {
                truth.deviation(entered(attribute), wrong, stretch, "registered late");
                truth.give_or_take(SECOND);
            }
            let place = ("INV-02", item, "D");
            truth.deviation(place, missing, (grace, stretch.1), "registered late");
            truth.give_or_take(SECOND);
        }
        Fate::Shadow => {
            for attribute in ["A", "B"] {
                truth.deviation(entered(attribute), wrong, (window, None), "never registered");
                truth.give_or_take(SECOND);
            }
            for attribute in ["B", "C"] {
                truth.deviation(made(attribute), missing, whole, "nobody owns it");
                truth.give_or_take(SECOND);
            }
            let why = "no entry says from where it may act";
            truth.deviation(("AUT-02", item, "A"), missing, whole, why);
            truth.give_or_take(SECOND);
            for attribute in ["A", "B", "D"] {
                let place = ("INV-02", item, attribute);
                truth.deviation(place, missing, (grace, None), "in no record of its owners");
                truth.give_or_take(SECOND);
            }
            let (place, due) = (("INV-02", item, "E"), at.plus_micros(180 * DAY));
            truth.deviation(place, missing, (due, None), "nobody ever attested to it");
        }
    }
    truth.give_or_take(SECOND);
}
