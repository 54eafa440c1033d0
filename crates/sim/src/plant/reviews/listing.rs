//! A review as its register has it: what it lists, and what is decided on each item.

use std::collections::BTreeSet;

use sha2::Digest as _;
use tenure_model::Timestamp;
use tenure_model::outcome::Outcome;

use super::access::{self, Access};
use super::{ADMIN, DAY, Decision, HOUR, SECOND, SYSTEM, decide, item};
use crate::World;
use crate::files::{github, hr, okta};
use crate::plant::accounts::group;

/// A review.
#[derive(Clone, Debug)]
pub(super) struct Campaign {
    /// The register that has it.
    pub(super) register: &'static str,
    pub(super) id: String,
    pub(super) system: &'static str,
    pub(super) class: &'static str,
    /// When the listing was taken.
    pub(super) listed: Timestamp,
    pub(super) started: Timestamp,
    pub(super) due: Timestamp,
    pub(super) signed_off: Option<Timestamp>,
    /// The address of who signs off; empty = the register does not say.
    pub(super) signed_off_by: String,
    /// What is with the decision on the last item.
    pub(super) last: Last,
    /// Targets of items that are listed and decided on elsewhere.
    pub(super) told: Vec<String>,
    /// What its register does not say: `scope`, `item_root`, `listed_at`, `started_at`.
    pub(super) untold: &'static str,
    /// By how many items its register is wrong.
    pub(super) miscount: usize,
    /// What is kept without a reason.
    pub(super) unreasoned: Option<String>,
    /// What is decided on by a login that no record of people knows.
    pub(super) stranger: Option<String>,
    /// What is revoked, of a system that nobody observes afterwards.
    pub(super) revoked: Option<String>,
}

/// What is with a decision.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Last {
    /// It is made after the one before.
    InOrder,
    /// It is made as the review is signed off.
    AtSignOff,
    /// It is made a second later.
    AfterSignOff,
    /// There is none.
    Missing,
    /// It has no date.
    Undated,
}

/// An account in GitHub of which nothing says whose it is.
const STRANGER: &str = "dev-chi";

impl Campaign {
    /// A review that is as it should be, due at an instant and signed off by the head of operations.
    pub(super) fn new(
        world: &World,
        id: String,
        (system, class): (&'static str, &'static str),
        (listed, started): (Timestamp, Timestamp),
        (due, signed_off): (Timestamp, Timestamp),
    ) -> Self {
        Self {
            register: SYSTEM,
            id,
            system,
            class,
            listed,
            started,
            due,
            signed_off: Some(signed_off),
            signed_off_by: world.company.head("Operations").email.clone(),
            last: Last::InOrder,
            told: Vec::new(),
            untold: "",
            miscount: 0,
            unreasoned: None,
            stranger: None,
            revoked: None,
        }
    }

    /// The id under which Tenure lists it.
    pub(super) fn tenure(&self) -> String {
        self.row(&self.id)
    }

    /// The id under which Tenure lists a row of its register.
    fn row(&self, id: &str) -> String {
        format!("{}/register/{id}", self.register)
    }

    /// What there was to review when the listing was taken, but for what is listed elsewhere.
    pub(super) fn in_force(&self, world: &mut World) -> Vec<Access> {
        let told: BTreeSet<_> = self.told.iter().collect();
        let mut all = access::of(world, self.system);
        all.retain(|access| {
            access.is(self.class) && access.at(self.listed) && !told.contains(&access.target)
        });
        all
    }

    /// Writes it with the items, each decided on a day after the start, five seconds after another;
    /// whether all of them are.
    pub(super) fn write(&self, world: &mut World, items: &[Access]) -> bool {
        self.head(world, items);
        let mut whole = true;
        for (n, access) in items.iter().enumerate() {
            let id = self.item(n);
            item(world, (self.register, &self.id), &id, &access.target);
            let missing = self.last == Last::Missing && n + 1 == items.len();
            let why = match missing {
                true => "nobody decided on the last one",
                false => "nobody decided on what is left of a former role",
            };
            if missing || undecided(world, access, self.decided(n)) {
                self.tell_undecided(world, &id, why);
                whole = false;
            } else {
                self.decide(world, (n, n + 1 == items.len()), access);
            }
        }
        whole
    }

    /// Writes the decision on an item.
    fn decide(&self, world: &mut World, (n, last): (usize, bool), access: &Access) {
        let stranger = self.stranger.as_ref() == Some(&access.target);
        let silent = self.unreasoned.as_ref() == Some(&access.target);
        let reviewer = match stranger {
            true => STRANGER.to_owned(),
            false => reviewer(world, self.system, access),
        };
        // What administrators of Okta hold is approved apart, for a time, as tickets say.
        let keep = silent || !access.privileged || self.system != okta::SYSTEM;
        let revoked = self.revoked.as_ref() == Some(&access.target);
        let owners = self.system == github::SYSTEM && self.class == "privileged";
        let terse = owners && self.unreasoned.is_none();
        let made = Decision {
            register: self.register,
            id: &self.decision(n),
            decision: match (revoked, keep) {
                (true, _) => "revoke",
                (_, true) => "keep",
                _ => "exception",
            },
            reviewer: &reviewer,
            assigned_to: &reviewer,
            at: self.made(n, last),
            justification: match (silent, terse) {
                (true, _) => "",
                (_, true) => "on call",
                _ => "needed for the work that they do",
            },
        };
        decide(world, &self.item(n), &made);
        if terse {
            self.near(world, n, "D", "kept with a reason of two words");
        }
        if access.person.as_ref() == Some(&world.company.head("Operations").id) {
            self.near(world, n, "A", "their own, decided by their manager");
        }
        if revoked {
            self.unobserved(world, n);
        }
        if stranger {
            self.tell(world, n, "B", "no record of people knows the reviewer");
        }
        if silent {
            self.tell(world, n, "D", "an administrator's right, kept without a reason");
        }
    }

    /// When the decision of that number is made, as the register says.
    fn made(&self, n: usize, last: bool) -> Option<Timestamp> {
        match self.last {
            Last::AtSignOff if last => self.signed_off,
            Last::AfterSignOff if last => self.signed_off.map(|at| at.plus_micros(SECOND)),
            Last::Undated if last => None,
            _ => Some(self.decided(n)),
        }
    }

    /// Tells what is the matter with the decision of that number.
    fn tell(&self, world: &mut World, n: usize, attribute: &str, why: &str) {
        let item = self.row(&self.decision(n));
        let place = ("UAR-03", item.as_str(), attribute);
        let stretch = (self.decided(n), None);
        world.truth.deviation(place, Outcome::NotDemonstrated, stretch, why);
    }

    /// Tells what comes close in the decision of that number.
    fn near(&self, world: &mut World, n: usize, attribute: &str, why: &str) {
        let item = self.row(&self.decision(n));
        world.truth.near_miss(("UAR-03", &item, attribute), why);
    }

    /// The removal is called done, and no later observation shows anything of it.
    fn unobserved(&self, world: &mut World, n: usize) {
        let (id, at) = (self.decision(n), self.decided(n));
        let cells = [
            ("id", format!("RM-{id}")),
            ("decision", id.clone()),
            ("action", "remove".to_owned()),
            ("due_at", at.plus_micros(7 * DAY).to_string()),
            ("executed_at", at.plus_micros(DAY).to_string()),
            ("result", "success".to_owned()),
        ];
        world.registers.row("remediations", self.register, world.settings.collected_at(), &cells);
        let item = self.row(&id);
        let place = |attribute| ("UAR-04", item.as_str(), attribute);
        let why = "its system was not listed since";
        world.truth.gap(place("C"), (Some(at), None), why);
        for attribute in ["B", "D"] {
            world.truth.deviation(place(attribute), Outcome::NotDemonstrated, (at, None), why);
        }
    }

    /// When the item of that number is decided on.
    pub(super) fn decided(&self, n: usize) -> Timestamp {
        let steps = i64::try_from(n).unwrap_or(0);
        self.started.plus_micros(DAY + 2 * HOUR + steps * 5 * SECOND)
    }

    pub(super) fn item(&self, n: usize) -> String {
        format!("RI-{}-{n:05}", &self.id[3..])
    }

    pub(super) fn decision(&self, n: usize) -> String {
        format!("RD-{}-{n:05}", &self.id[3..])
    }

    fn head(&self, world: &mut World, items: &[Access]) {
        let count = items.len() + self.told.len() + self.miscount;
        let mut digest = sha2::Sha256::new();
        for target in items.iter().map(|i| &i.target).chain(&self.told) {
            digest.update(target);
            digest.update([0]);
        }
        let root = hex::encode(digest.finalize());
        let empty = items.is_empty() && self.told.is_empty() && self.untold == "items";
        let said =
            |what: &str, text: String| if self.untold == what { String::new() } else { text };
        let cells = [
            ("id", self.id.clone()),
            ("scope", said("scope", format!("{} access of {}", self.class, self.system))),
            ("system_reviewed", self.system.to_owned()),
            ("access_class", self.class.to_owned()),
            ("listed_at", said("listed_at", self.listed.to_string())),
            ("item_count", if empty { String::new() } else { count.to_string() }),
            ("item_root", said("item_root", root)),
            ("started_at", said("started_at", self.started.to_string())),
            ("due_at", self.due.to_string()),
            ("signed_off_at", self.signed_off.map(|at| at.to_string()).unwrap_or_default()),
            (
                "signed_off_by",
                self.signed_off.map(|_| self.signed_off_by.clone()).unwrap_or_default(),
            ),
        ];
        let day = world.settings.collected_at();
        world.registers.row("review_campaigns", self.register, day, &cells);
    }

    fn tell_undecided(&self, world: &mut World, id: &str, why: &str) {
        let period = world.settings.period;
        if period.contains(self.due) {
            let item = self.row(id);
            let place = ("UAR-03", item.as_str(), "C");
            world.truth.deviation(place, Outcome::NotDemonstrated, (self.due, None), why);
        }
    }
}

/// Whether nobody decides on it: the group of a department that its holder has left by then, as far
/// as HR's files show it, and that they still have.
fn undecided(world: &World, access: &Access, at: Timestamp) -> bool {
    let Some(person) = access.person.as_ref().and_then(|id| world.company.person(id)) else {
        return false;
    };
    let left = |jobs: &[crate::company::Job]| {
        let shown = hr::shown(&world.settings, jobs[1].from).0;
        group(&jobs[0].department) == access.right && shown <= at
    };
    access.at(at) && person.jobs.windows(2).any(left)
}

/// Who decides: the owner of the system, or their manager on what is their own.
fn reviewer(world: &World, system: &str, access: &Access) -> String {
    let head = world.company.head("Operations");
    if access.person.as_ref() == Some(&head.id) {
        return world.company.people[0].email.clone();
    }
    match system {
        github::SYSTEM | github::LABS => ADMIN.to_owned(),
        okta::LABS => world.company.head("Engineering").email.clone(),
        _ => head.email.clone(),
    }
}
