//! What becomes of agents, and what follows from it.

use tenure_model::Timestamp;
use tenure_model::calendar::Sla;
use tenure_model::outcome::Outcome::{Contradicted, NotDemonstrated};

use super::{Agent, missing, whole};
use crate::World;
use crate::plant::contradictions::unheard_from;
use crate::plant::{DAY, logging};

/// What is with an agent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// As it should be.
    Fine,
    /// Two entries of the register name it.
    TwoEntries,
    /// Nobody owns it.
    Orphan,
    /// A name that is nobody's owns it.
    Team,
    /// Its owner leaves, and another takes it over a day later.
    HandedOver,
    /// Its owner leaves, and another owned it already.
    Shared,
    /// Its owner is of the agency, whose lists end in the period.
    Loaned,
    /// One of its two owners is.
    HalfLoaned,
    /// It may do what was not approved.
    Beyond,
    /// What was approved is not on record.
    Unscoped,
    /// What was approved is spelled otherwise.
    SpeltOtherwise,
    /// Once it does not say on whose behalf it acts.
    Forgets,
    /// It never does, and acts for one person by the register.
    ForOnePerson,
    /// The register does not say for whom it acts.
    ForNobody,
    /// More was approved, and nothing says by whom.
    RescopedQuietly,
    /// More was approved in the second in which the register changed.
    RescopedOnTheSecond,
    /// More was approved a second after the register changed.
    RescopedEarly,
    /// A drill is left out.
    DrillMissed,
    /// A drill takes a second too long.
    DrillSlow,
    /// A drill takes as long as it may.
    DrillAtTheLimit,
    /// The drills are as far apart as they may be.
    DrillsFarApart,
    /// It is deleted, and no record says so.
    EndedQuietly,
    /// It is deleted, as a request asked for.
    EndedByTicket,
    /// It is deleted, and the register says so.
    EndedOnRecord,
}

/// Every fate.
pub(super) const FATES: &[Fate] = &[
    Fate::Fine,
    Fate::TwoEntries,
    Fate::Orphan,
    Fate::Team,
    Fate::HandedOver,
    Fate::Shared,
    Fate::Beyond,
    Fate::Unscoped,
    Fate::SpeltOtherwise,
    Fate::Forgets,
    Fate::ForOnePerson,
    Fate::ForNobody,
    Fate::RescopedQuietly,
    Fate::RescopedOnTheSecond,
    Fate::RescopedEarly,
    Fate::DrillMissed,
    Fate::DrillSlow,
    Fate::DrillAtTheLimit,
    Fate::DrillsFarApart,
    Fate::EndedQuietly,
    Fate::EndedByTicket,
    Fate::EndedOnRecord,
    Fate::Loaned,
    Fate::HalfLoaned,
];

/// Somebody who leaves once in the period, under an address of their own.
pub(super) fn leaver(world: &World) -> Option<(String, Timestamp)> {
    let period = world.settings.period;
    let people = &world.company.people;
    people.iter().find_map(|person| {
        let left = person.employments[0].left?;
        let fits = person.employments.len() == 1
            && left.plain()
            && left.effective >= period.from.plus_micros(30 * DAY)
            && left.effective < period.to.plus_micros(-30 * DAY)
            && person.called.is_none()
            && !people.iter().any(|p| p.id != person.id && p.email == person.email);
        fits.then(|| (person.email.clone(), left.effective))
    })
}

/// What follows for the agent's own control, beside drills, tokens and ends.
pub(super) fn tell(world: &mut World, agent: &Agent) {
    holes(world, agent);
    let item = agent.item();
    let near = |world: &mut World, attribute: &str, why: &str| {
        world.truth.near_miss(("AGT-01", &item, attribute), why);
    };
    match agent.fate {
        Fate::TwoEntries => {
            whole(world, "AGT-01", &item, "A", Contradicted, "two entries name it");
        }
        Fate::Orphan => {
            missing(world, &item, "B", "nobody owns it");
            whole(world, "INV-02", &item, "A", NotDemonstrated, "nobody owns it");
            whole(world, "INV-02", &item, "B", NotDemonstrated, "nobody owns it");
        }
        Fate::Team => {
            missing(world, &item, "B", "its owner is no person");
            whole(world, "INV-02", &item, "B", NotDemonstrated, "its owner is no person");
        }
        Fate::HandedOver => {
            if let Some((_, left)) = leaver(world) {
                let stretch = (left, Some(left.plus_micros(DAY)));
                let place = ("AGT-01", item.as_str(), "B");
                world.truth.deviation(place, Contradicted, stretch, "its only owner had left");
                let place = ("INV-02", item.as_str(), "B");
                world.truth.near_miss(place, "handed over within the grace");
            }
        }
        Fate::Shared => near(world, "B", "one of two owners left"),
        Fate::Loaned => {
            let why = "the agency had stopped sending lists";
            let since = unheard_from(world);
            world.truth.gap(("AGT-01", &item, "B"), (Some(since), None), why);
            let late = world.company.calendar.add(since, Sla::BusinessDays(5));
            world.truth.gap(("INV-02", &item, "B"), (Some(late), None), why);
        }
        Fate::HalfLoaned => near(world, "B", "of one of two owners nobody tells any more"),
        Fate::Beyond => {
            whole(world, "AGT-01", &item, "C", Contradicted, "may do what was not approved");
        }
        Fate::Unscoped => missing(world, &item, "C", "what was approved is not on record"),
        Fate::SpeltOtherwise => near(world, "C", "approved in other letters"),
        Fate::ForOnePerson => near(world, "E", "the register says for whom it acts"),
        Fate::ForNobody => missing(world, &item, "E", "nothing says for whom it acts"),
        _ => {}
    }
}

/// Where the log has holes, silence shows nothing of its actions.
fn holes(world: &mut World, agent: &Agent) {
    for (from, to) in logging::holes(&world.settings) {
        if agent.ended.is_none_or(|ended| to < ended) {
            let why = "the log has a hole";
            world.truth.gap(("AGT-01", &agent.item(), "E"), (Some(from), Some(to)), why);
        }
    }
}
