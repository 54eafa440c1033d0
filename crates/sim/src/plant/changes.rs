//! CHG-01: what is deployed was reviewed by somebody else, tested, and put into force by the pipeline
//! or by somebody who may; or not. One repository keeps its changes in GitHub, another system in a
//! register that knows emergencies and releases.

use tenure_model::Timestamp;
use tenure_model::calendar::Sla;
use tenure_model::outcome::Outcome::{self, Contradicted, NotDemonstrated};

use crate::World;
use crate::files::github::{Deployment, Pull, SYSTEM};
use crate::plant::requests;
use crate::time::{DAY, HOUR, SECOND};

mod register;

/// The account of the pipeline.
const PIPELINE: &str = "release-bot[bot]";
const ADMIN: &str = "ops-admin";

/// What is the matter with a change and its deployment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Clean,
    ApprovedAtTheMerge,
    ApprovedAtTheDeployment,
    ApprovedAfterwards,
    OwnApproval,
    NotApproved,
    TestsFailed,
    NotTested,
    OneSkipped,
    NoChange,
    ByMember,
    ByStranger,
    JustBeforeLeaving,
    JustAfterLeaving,
    NotDeployed,
    Bypassed,
}

const FATES: &[Fate] = &[
    Fate::ApprovedAtTheMerge,
    Fate::ApprovedAtTheDeployment,
    Fate::ApprovedAfterwards,
    Fate::OwnApproval,
    Fate::NotApproved,
    Fate::TestsFailed,
    Fate::NotTested,
    Fate::OneSkipped,
    Fate::NoChange,
    Fate::ByMember,
    Fate::ByStranger,
    Fate::JustBeforeLeaving,
    Fate::JustAfterLeaving,
    Fate::NotDeployed,
    Fate::Bypassed,
];

/// Every third change goes wrong in some way, or nearly does.
pub fn plant(world: &mut World) {
    let mut chance = world.chance("changes");
    let period = world.settings.period;
    let joined = world.settings.log_from().plus_micros(2 * DAY);
    let organisation = world.github.organisation(SYSTEM);
    for login in ["dev-ada", "dev-bea", "dev-chi"] {
        organisation.add(login, false, joined, ADMIN);
    }
    organisation.act(PIPELINE, "workflows.completed_workflow_run", joined);
    for n in 0..FATES.len() * 3 {
        let fate = if n % 3 == 2 { FATES[n / 3] } else { Fate::Clean };
        let (from, to) = (period.from.plus_micros(2 * DAY), period.to.plus_micros(-40 * DAY));
        change(world, n, fate, chance.instant(from, to));
    }
    // Somebody comes and goes between two reviews: no review lists them.
    let came = period.from.plus_micros(52 * DAY);
    requests::member(world, "dev-guest", came);
    world.github.organisation(SYSTEM).remove("dev-guest", came.plus_micros(8 * DAY), ADMIN);
    register::plant(world, &mut chance);
}

/// A change, deployed two hours after its merge.
fn change(world: &mut World, n: usize, fate: Fate, merged: Timestamp) {
    let deployed = merged.plus_micros(2 * HOUR);
    let approved = match fate {
        Fate::NotApproved => None,
        Fate::ApprovedAtTheMerge => Some(merged),
        Fate::ApprovedAtTheDeployment => Some(deployed),
        Fate::ApprovedAfterwards => Some(deployed.plus_micros(SECOND)),
        _ => Some(merged.plus_micros(-HOUR)),
    };
    let approver = if fate == Fate::OwnApproval { "dev-ada" } else { "dev-bea" };
    let organisation = world.github.organisation(SYSTEM);
    let pull = Pull {
        author: "dev-ada".to_owned(),
        approved: approved.map(|at| (approver.to_owned(), at)),
        merged_by: "dev-bea".to_owned(),
        merged,
        checks: match fate {
            Fate::TestsFailed => &["failure"],
            Fate::NotTested => &[],
            Fate::OneSkipped => &["success", "skipped"],
            _ => &["success"],
        },
    };
    // A deployment of a commit that nobody merged has no pull request.
    let number = if fate == Fate::NoChange { 0 } else { organisation.merge(pull) };
    if fate == Fate::Bypassed {
        organisation.override_protection(number, merged, "dev-bea");
    }
    let leaver = format!("dev-{n}");
    if matches!(fate, Fate::JustBeforeLeaving | Fate::JustAfterLeaving) {
        let away = if fate == Fate::JustBeforeLeaving { SECOND } else { -SECOND };
        requests::member(world, &leaver, merged.plus_micros(-30 * DAY));
        let organisation = world.github.organisation(SYSTEM);
        organisation.remove(&leaver, deployed.plus_micros(away), ADMIN);
    }
    let by = match fate {
        Fate::ByMember => "dev-chi",
        Fate::ByStranger => "somebody-else",
        Fate::JustBeforeLeaving | Fate::JustAfterLeaving => &leaver,
        _ => PIPELINE,
    };
    if fate == Fate::NotDeployed {
        let item = format!("{SYSTEM}/pull-request/acme/app#{number}");
        let place = ("CHG-01", item.as_str(), "H");
        world.truth.deviation(place, NotDemonstrated, (merged, None), "merged, never deployed");
        return;
    }
    let organisation = world.github.organisation(SYSTEM);
    let item = organisation.deploy(Deployment { by: by.to_owned(), at: deployed, pull: number });
    tell(world, &format!("{SYSTEM}/{item}"), fate, deployed);
}

fn tell(world: &mut World, item: &str, fate: Fate, at: Timestamp) {
    let place = |attribute| ("CHG-01", item, attribute);
    let truth = &mut world.truth;
    let mut wrong = |attribute, outcome: Outcome, why: &str| {
        truth.deviation(place(attribute), outcome, (at, None), why);
    };
    match fate {
        Fate::Clean | Fate::NotDeployed => {}
        Fate::ApprovedAtTheMerge => truth.near_miss(place("C"), "approved as it was merged"),
        Fate::ApprovedAtTheDeployment => {
            truth.near_miss(place("C"), "approved after the merge, as it came into force");
        }
        Fate::ApprovedAfterwards => {
            wrong("C", Contradicted, "approved a second after it came into force");
        }
        Fate::OwnApproval => wrong("B", Contradicted, "approved by its author"),
        Fate::NotApproved => {
            wrong("B", NotDemonstrated, "nobody approved it");
            wrong("C", NotDemonstrated, "nobody approved it");
        }
        Fate::TestsFailed => wrong("D", Contradicted, "its check failed"),
        Fate::NotTested => wrong("D", Contradicted, "no check ran"),
        Fate::OneSkipped => {
            truth.near_miss(place("D"), "one check succeeded, another was not for it");
        }
        Fate::NoChange => {
            for attribute in ["A", "B", "C", "D", "F", "H"] {
                wrong(attribute, NotDemonstrated, "a commit that nobody merged");
            }
        }
        Fate::ByMember => truth.near_miss(place("E"), "by somebody with access"),
        Fate::JustBeforeLeaving => {
            truth.near_miss(place("E"), "by somebody who left a second later")
        }
        Fate::ByStranger => wrong("E", NotDemonstrated, "by somebody without access"),
        Fate::JustAfterLeaving => wrong("E", NotDemonstrated, "by somebody who had just left"),
        Fate::Bypassed => wrong("B", Contradicted, "protection of the branch was overridden"),
    }
}
