//! The register of agents, exported three times, and drills of stopping them.

use tenure_model::Timestamp;
use tenure_model::outcome::Outcome::{Contradicted, NotDemonstrated};

use super::{Agent, Fate};
use crate::World;
use crate::files::aws::{SYSTEM, arn};
use crate::files::jira::Request;
use crate::plant::{DAY, HOUR, SECOND, consumers};

/// Where the register of agents is kept.
pub(super) const AGENTS: &str = "agents";

/// An entry, as it stands in the export of a day.
pub(super) struct Line<'a> {
    pub(super) id: String,
    pub(super) system: &'a str,
    pub(super) name: &'a str,
    pub(super) owner: String,
    pub(super) scopes: String,
    pub(super) acts_for: String,
    pub(super) registered: Timestamp,
    pub(super) retired: Option<Timestamp>,
}

impl Line<'_> {
    pub(super) fn write(&self, world: &mut World, day: Timestamp) {
        // Its owner attests to it every eleven weeks.
        let attested = (0..).map(|n| self.registered.plus_micros(n * 77 * DAY));
        let attested: Vec<_> =
            attested.take_while(|at| *at < day).map(|at| at.to_string()).collect();
        let cells = [
            ("id", self.id.clone()),
            ("name", self.name.to_owned()),
            ("lives_in", self.system.to_owned()),
            ("kind", "ai_agent".to_owned()),
            ("owner", self.owner.clone()),
            ("purpose", "answers what customers ask".to_owned()),
            ("attested_at", attested.join(" ")),
            ("tier", "T2".to_owned()),
            ("environment", "production".to_owned()),
            ("scopes", self.scopes.clone()),
            ("acts_for", self.acts_for.clone()),
            ("networks", consumers::CLUSTER.to_owned()),
            ("registered_at", self.registered.to_string()),
            ("retired_at", self.retired.map(|at| at.to_string()).unwrap_or_default()),
            ("valid_from", self.registered.to_string()),
        ];
        world.registers.row("inventory", AGENTS, day, &cells);
    }
}

/// The days of the exports; on the second, more was approved for some.
pub(super) fn days(world: &World) -> [Timestamp; 3] {
    let from = world.settings.period.from;
    let last = world.settings.collected_at().plus_micros(-DAY);
    [from.plus_micros(60 * DAY), from.plus_micros(120 * DAY).day_start(), last]
}

/// Enters an agent, in every export.
pub(super) fn enter(world: &mut World, agent: &Agent) {
    let approved = match agent.fate {
        Fate::Beyond => "ec2:describetags".to_owned(),
        Fate::Unscoped => String::new(),
        Fate::SpeltOtherwise => format!(" {} ; ec2:DescribeTags", agent.right().to_uppercase()),
        _ => agent.right(),
    };
    let acts_for = match agent.fate {
        Fate::ForOnePerson => world.company.head("Support").email.clone(),
        Fate::ForNobody => String::new(),
        _ => "recorded".to_owned(),
    };
    let account = arn("role", &agent.name);
    let registered = agent.created;
    let mut line = Line {
        id: format!("AG-{}", agent.name),
        system: SYSTEM,
        name: &account,
        owner: String::new(),
        scopes: approved,
        acts_for,
        registered,
        retired: None,
    };
    let more = rescoped(world, agent);
    for day in days(world) {
        line.retired = agent.ended.filter(|at| agent.fate == Fate::EndedOnRecord && *at <= day);
        if more == Some(day) {
            line.scopes = format!("{}; ec2:describeimages", line.scopes);
        }
        line.write(world, day);
    }
    if agent.fate == Fate::TwoEntries {
        line.id = format!("{}-again", line.id);
        days(world).into_iter().for_each(|day| line.write(world, day));
    }
}

/// The export that shows first that more was approved; with the request, where there is one.
fn rescoped(world: &mut World, agent: &Agent) -> Option<Timestamp> {
    let at = days(world)[1];
    let decided = match agent.fate {
        Fate::RescopedQuietly => None,
        Fate::RescopedOnTheSecond => Some(at),
        Fate::RescopedEarly => Some(at.plus_micros(SECOND)),
        _ => return None,
    };
    if let Some(decided) = decided {
        request(world, &agent.name, "scope", decided);
    }
    let item = agent.item();
    let place = ("AGT-01", item.as_str(), "F");
    if decided == Some(at) {
        world.truth.near_miss(place, "approved in the second of the change");
    } else {
        let stretch = (at, Some(at.plus_micros(1)));
        let why = "more was approved without a change record before";
        world.truth.deviation(place, NotDemonstrated, stretch, why);
    }
    Some(at)
}

/// A request about an agent, decided then.
pub(super) fn request(world: &mut World, name: &str, kind: &'static str, decided: Timestamp) {
    let approver = world.company.head("Security").email.clone();
    let request = Request {
        kind,
        title: format!("{kind} of {name}"),
        by: "platform@example.com".to_owned(),
        requested_for: name.to_owned(),
        requested: name.to_owned(),
        reason: "agreed with its owner".to_owned(),
        at: decided.plus_micros(-DAY),
        planned_to: None,
        notified: (kind == "retirement").then_some(decided),
        approved: Some((approver, decided)),
        done: Some(("platform@example.com".to_owned(), decided.plus_micros(HOUR))),
    };
    world.jira.file(SYSTEM, request);
}

/// Every quarter stopping it is tried.
pub(super) fn drills(world: &mut World, name: &str, item: &str, fate: Fate) {
    let from = world.settings.period.from;
    let step = if fate == Fate::DrillsFarApart { 92 } else { 90 };
    let place = ("AGT-01", item, "G");
    for n in 0..5 {
        let at = from.plus_micros((n * step - 30) * DAY);
        if fate == Fate::DrillMissed && n == 2 {
            let before = at.plus_micros(-step * DAY + 92 * DAY);
            let stretch = (before, Some(at.plus_micros(step * DAY)));
            world.truth.deviation(place, NotDemonstrated, stretch, "a drill was left out");
            continue;
        }
        let seconds = if fate == Fate::DrillAtTheLimit { 900 } else { 120 };
        held(world, name, at, seconds);
    }
    match fate {
        Fate::DrillSlow => {
            let at = from.plus_micros(200 * DAY);
            held(world, name, at, 901);
            let stretch = (at, Some(at.plus_micros(1)));
            world.truth.deviation(place, Contradicted, stretch, "a drill took a second too long");
        }
        Fate::DrillAtTheLimit => world.truth.near_miss(place, "each took as long as it may"),
        Fate::DrillsFarApart => world.truth.near_miss(place, "as far apart as they may be"),
        _ => {}
    }
}

fn held(world: &mut World, name: &str, at: Timestamp, seconds: u32) {
    let cells = [
        ("id", format!("REV-{name}-{}", at.date())),
        ("kind", "revocation".to_owned()),
        ("target", name.to_owned()),
        ("held_at", at.to_string()),
        ("seconds", seconds.to_string()),
        ("result", "stopped".to_owned()),
    ];
    world.registers.row("exercises", AGENTS, world.settings.collected_at(), &cells);
}
