//! UAR-01, UAR-03 and UAR-04: access is reviewed every quarter, by those who may, and what is to go
//! goes; or not.

use tenure_model::Timestamp;

use crate::World;

mod decisions;
mod revocations;

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600 * SECOND;
const DAY: i64 = 24 * HOUR;

/// The tool in which access is reviewed.
const SYSTEM: &str = "reviews";

/// A review, as its register has it.
struct Campaign<'a> {
    id: String,
    system: &'a str,
    class: &'a str,
    started: Timestamp,
    due: Timestamp,
    signed_off: Option<Timestamp>,
}

/// Reviews of every quarter, and the decisions in two of them.
pub fn plant(world: &mut World) {
    quarters::plant(world);
    decisions::plant(world);
    revocations::plant(world);
}

mod quarters {
    use tenure_model::calendar::Calendar;
    use tenure_model::outcome::Outcome::{Contradicted, NotDemonstrated};

    use super::*;
    use crate::files::github::{LABS, SYSTEM as GITHUB};
    use crate::files::kubernetes::SYSTEM as KUBERNETES;
    use crate::files::okta::SYSTEM as OKTA;
    use crate::files::vault::SYSTEM as VAULT;

    /// What becomes of the review of a quarter.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    enum Fate {
        Clean,
        OnTheLastDay,
        SignedOffLate,
        NotSignedOff,
        Missing,
    }

    const REVIEWED: &[(&str, &str)] = &[
        (OKTA, "user"),
        (GITHUB, "user"),
        (GITHUB, "privileged"),
        (LABS, "user"),
        (LABS, "privileged"),
        (KUBERNETES, "user"),
        (KUBERNETES, "privileged"),
        (KUBERNETES, "non_human"),
        (VAULT, "user"),
        (VAULT, "privileged"),
        (VAULT, "non_human"),
    ];

    /// A review of each class of access in each quarter but for what fates change; the last quarter
    /// is reviewed as it should, since its limit lies after the collection.
    pub(super) fn plant(world: &mut World) {
        let calendar = Calendar::default();
        let (mut quarter, to) = (world.settings.period.from, world.settings.period.to);
        let mut n = usize::try_from(world.settings.seed).unwrap_or(0);
        while let Some(next) = calendar.month_start(quarter, 1, 3).filter(|_| quarter < to) {
            for (system, class) in REVIEWED {
                n += 1;
                let fate = match n % 7 {
                    _ if next >= to || decided(world, (*system, *class), (quarter, next)) => {
                        Fate::Clean
                    }
                    1 => Fate::OnTheLastDay,
                    2 => Fate::SignedOffLate,
                    4 => Fate::NotSignedOff,
                    5 => Fate::Missing,
                    _ => Fate::Clean,
                };
                review(world, (system, class), (quarter, next), fate);
            }
            quarter = next;
        }
    }

    /// Whether another scenario reviews that class of access in the quarter.
    fn decided(world: &World, of: (&str, &str), quarter: (Timestamp, Timestamp)) -> bool {
        let begun = [
            ((OKTA, "user"), decisions::starts(world)),
            ((GITHUB, "user"), revocations::starts(world)),
        ];
        begun.iter().any(|(what, at)| *what == of && quarter.0 <= *at && *at < quarter.1)
    }

    fn review(
        world: &mut World,
        (system, class): (&str, &str),
        (from, to): (Timestamp, Timestamp),
        fate: Fate,
    ) {
        let limit = to.plus_micros(30 * DAY);
        let signed_off = match fate {
            Fate::OnTheLastDay => Some(limit.plus_micros(-SECOND)),
            Fate::SignedOffLate => Some(limit.plus_micros(SECOND)),
            Fate::NotSignedOff => None,
            _ => Some(to.plus_micros(-20 * DAY)),
        };
        if fate != Fate::Missing {
            let id = format!("RC-{system}-{class}-{}", from.date());
            let started = to.plus_micros(-40 * DAY);
            let campaign = Campaign { id, system, class, started, due: limit, signed_off };
            campaign.write(world);
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
}

impl Campaign<'_> {
    fn write(&self, world: &mut World) {
        let cells = [
            ("id", self.id.clone()),
            ("scope", format!("{} access of {}", self.class, self.system)),
            ("system_reviewed", self.system.to_owned()),
            ("access_class", self.class.to_owned()),
            ("started_at", self.started.to_string()),
            ("due_at", self.due.to_string()),
            ("signed_off_at", self.signed_off.map(|at| at.to_string()).unwrap_or_default()),
        ];
        world.registers.row("review_campaigns", SYSTEM, world.settings.collected_at(), &cells);
    }
}

/// What a reviewer decided.
struct Decision<'a> {
    id: &'a str,
    decision: &'a str,
    reviewer: &'a str,
    assigned_to: &'a str,
    at: Timestamp,
    justification: &'a str,
}

/// An item of a review; the target is the id of a grant.
fn item(world: &mut World, campaign: &str, id: &str, target: &str) {
    let cells =
        [("id", id.to_owned()), ("campaign", campaign.to_owned()), ("target", target.to_owned())];
    world.registers.row("review_items", SYSTEM, world.settings.collected_at(), &cells);
}

/// A decision on an item.
fn decide(world: &mut World, item: &str, decision: &Decision<'_>) {
    let cells = [
        ("id", decision.id.to_owned()),
        ("item", item.to_owned()),
        ("decision", decision.decision.to_owned()),
        ("reviewer", decision.reviewer.to_owned()),
        ("assigned_to", decision.assigned_to.to_owned()),
        ("decided_at", decision.at.to_string()),
        ("justification", decision.justification.to_owned()),
    ];
    world.registers.row("review_decisions", SYSTEM, world.settings.collected_at(), &cells);
}
