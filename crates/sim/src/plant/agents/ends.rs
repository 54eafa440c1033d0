//! Agents that are deleted.

use tenure_model::outcome::Outcome::{Contradicted, NotDemonstrated};

use super::register::{AGENTS, request};
use super::{Agent, Fate};
use crate::World;
use crate::plant::{DAY, HOUR};

/// Deletes the role, if it ends.
pub(super) fn end(world: &mut World, agent: &Agent) {
    let Some(at) = agent.ended else { return };
    world.aws.delete_role(&agent.name, at);
    if agent.fate != Fate::EndedQuietly {
        request(world, &agent.name, "retirement", at.plus_micros(-HOUR));
    }
    let item = agent.item();
    let place = ("AGT-01", item.as_str(), "H");
    match agent.fate {
        Fate::EndedQuietly => {
            let why = "no record says that it was taken out of service";
            let stretch = (at.plus_micros(-1), Some(at));
            world.truth.deviation(place, NotDemonstrated, stretch, why);
            for attribute in ["A", "G"] {
                let (place, why) =
                    (("CRD-05", item.as_str(), attribute), "nobody asked for its end");
                world.truth.deviation(place, NotDemonstrated, (at, None), why);
            }
        }
        Fate::EndedByTicket => world.truth.near_miss(place, "a request says that it ends"),
        _ => world.truth.near_miss(place, "the register says when it ended"),
    }
    if agent.fate != Fate::EndedOnRecord {
        let entry = format!("{AGENTS}/register/AG-{}", agent.name);
        let stretch = (at.plus_micros(14 * DAY), None);
        let why = "its entry stands on after it ended";
        world.truth.deviation(("INV-01", &entry, "D"), Contradicted, stretch, why);
    }
}
