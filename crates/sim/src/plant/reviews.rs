//! UAR-01 to UAR-04: access is reviewed every quarter, all of it, by those who may, and what is to go
//! goes; or not.

use tenure_model::Timestamp;

use crate::World;
use crate::time::{DAY, HOUR, SECOND};

mod access;
mod decisions;
mod listing;
mod quarters;
mod revocations;

/// The tool in which access is reviewed.
const SYSTEM: &str = "reviews";

/// The account with which the head of Operations administers GitHub.
const ADMIN: &str = "ops-admin";

/// Access that is there to be reviewed, and what becomes of it when it is.
pub fn plant(world: &mut World) {
    revocations::plant(world);
    quarters::at_the_instant(world);
}

/// The reviews themselves, once everything else has happened: they list what was there.
pub fn write(world: &mut World) {
    links(world);
    quarters::write(world);
    decisions::write(world);
    revocations::write(world);
}

/// Whose account administers GitHub.
fn links(world: &mut World) {
    use crate::files::github::{LABS, SYSTEM as GITHUB};
    let head = world.company.head("Operations").id.clone();
    for system in [GITHUB, LABS] {
        let cells = [
            ("id", format!("LINK-{ADMIN}")),
            ("subject_id", format!("person/{head}")),
            ("identity_id", format!("login/{ADMIN}")),
            ("basis", "manual".to_owned()),
            ("valid_from", world.settings.log_from().to_string()),
        ];
        let day = world.settings.collected_at();
        world.registers.row("subject_links", system, day, &cells);
    }
}

/// What a reviewer decided, and the register that says so.
struct Decision<'a> {
    register: &'a str,
    id: &'a str,
    decision: &'a str,
    reviewer: &'a str,
    assigned_to: &'a str,
    at: Option<Timestamp>,
    justification: &'a str,
}

/// An item of a review; the target is the id of a grant or an account.
fn item(world: &mut World, (register, campaign): (&str, &str), id: &str, target: &str) {
    let cells =
        [("id", id.to_owned()), ("campaign", campaign.to_owned()), ("target", target.to_owned())];
    world.registers.row("review_items", register, world.settings.collected_at(), &cells);
}

/// A decision on an item.
fn decide(world: &mut World, item: &str, decision: &Decision<'_>) {
    let cells = [
        ("id", decision.id.to_owned()),
        ("item", item.to_owned()),
        ("decision", decision.decision.to_owned()),
        ("reviewer", decision.reviewer.to_owned()),
        ("assigned_to", decision.assigned_to.to_owned()),
        ("decided_at", decision.at.map(|at| at.to_string()).unwrap_or_default()),
        ("justification", decision.justification.to_owned()),
    ];
    let day = world.settings.collected_at();
    world.registers.row("review_decisions", decision.register, day, &cells);
}
