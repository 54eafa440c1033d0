//! Access keys of service accounts: made, used, renewed, disabled and deleted. CRD-01 (renewed in
//! time), CRD-02 (a key has no end of its own), CRD-03 (dormant ones), CRD-05 (proven dead).

use tenure_model::Timestamp;
use tenure_model::outcome::Outcome;

use crate::World;
use crate::chance::Chance;
use crate::files::aws::{Call, Caller, Rights, SYSTEM, User, credential};
use crate::files::jira::Request;
use crate::plant::logging;
use crate::time::{DAY, HOUR, SECOND};

mod accepted;
mod consumers;
mod fates;
mod issued;
mod resting;
mod triggers;

/// How old a key may be.
const MAX_AGE: i64 = 90 * DAY;

/// The keys of one service account, as a scenario works on them.
struct Holder<'w> {
    world: &'w mut World,
    chance: &'w mut Chance,
    name: String,
    n: u32,
}

/// Makes one service account for every four people.
pub fn plant(world: &mut World) {
    let mut chance = world.chance("keys");
    let mut dark = Vec::new();
    for n in 0..(world.settings.people / 4).max(40) {
        let name = format!("svc-{n:04}");
        let mut holder = Holder { world, chance: &mut chance, name, n };
        dark.extend(fates::plant(&mut holder));
    }
    consumers::plant(world, &mut chance);
    issued::plant(world, &mut chance);
    resting::plant(world, &mut chance);
    accepted::plant(world, &mut chance);
    let period = world.settings.period;
    let World { aws, truth, .. } = world;
    for key in aws.users.values().flat_map(|user| &user.keys) {
        let ended = key.disabled.or(key.deleted);
        let carried = key.created < period.from && ended.is_none_or(|at| at > period.from);
        if key.created >= period.from && key.created < period.to || carried {
            // Whose creation is not on record counts as carried in.
            let unknown = dark.contains(&key.id);
            let at = if unknown { period.from } else { key.created.max(period.from) };
            let item = credential(&key.id);
            let why = "an access key has no end of its own";
            truth.deviation(("CRD-02", &item, "A"), Outcome::Contradicted, (at, None), why);
        }
    }
}

impl Holder<'_> {
    fn from(&self) -> Timestamp {
        self.world.settings.period.from
    }

    /// The account, of a tier and an owner, from before the log.
    fn account(&mut self, tier: &str, owner: &str) {
        let tags = vec![
            ("Owner", owner.to_owned()),
            ("Purpose", format!("integration {}", self.n)),
            ("Environment", "production".to_owned()),
            ("Tier", tier.to_owned()),
        ];
        let created = self.world.settings.log_from().plus_micros(-300 * DAY);
        let user =
            User { may: Rights::Read("ec2"), ..User::new("/service-accounts/", tags, created) };
        self.world.aws.user(&self.name, user);
    }

    /// A key, used every two weeks or so until then.
    fn key(&mut self, at: Timestamp, until: Timestamp) -> String {
        self.ask(at.plus_micros(-2 * DAY));
        self.unasked_key(at, until)
    }

    /// Asks for a new key, and has it approved at once.
    fn ask(&mut self, approved: Timestamp) {
        self.ask_because(approved, "its connector takes access keys only");
    }

    /// The same, for a reason.
    fn ask_because(&mut self, approved: Timestamp, reason: &str) {
        let approver = self.world.company.head("Security").email.clone();
        let request = Request {
            kind: "creation",
            title: format!("A new access key for {}", self.name),
            by: "platform@example.com".to_owned(),
            requested_for: self.name.clone(),
            requested: self.name.clone(),
            reason: reason.to_owned(),
            at: approved.plus_micros(-DAY),
            planned_to: None,
            notified: None,
            approved: Some((approver, approved)),
            done: Some(("platform@example.com".to_owned(), approved.plus_micros(3 * DAY))),
        };
        self.world.jira.file(SYSTEM, request);
    }

    /// A key that nobody asked for.
    fn unasked_key(&mut self, at: Timestamp, until: Timestamp) -> String {
        let id = format!("AKIA{}", self.chance.letters(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16));
        self.world.aws.key(&self.name, &id, at);
        self.uses(&id, at, until);
        id
    }

    /// Uses in the minutes in which jobs run.
    fn uses(&mut self, id: &str, from: Timestamp, until: Timestamp) {
        let mut day = from.day_start();
        loop {
            let at = day.plus_micros(3 * HOUR + i64::from(self.n % 240) * SECOND);
            if at >= until {
                return;
            }
            if at > from {
                self.use_at(id, at);
            }
            day = day.plus_micros(i64::try_from(10 + self.chance.below(4)).unwrap_or(10) * DAY);
        }
    }

    /// Used from an address with a program.
    fn use_from(&mut self, id: &str, at: Timestamp, (ip, agent): (&str, &str)) {
        let by = Caller::Key(&self.name, id);
        let call = Call::new(at, by, "ec2", "DescribeInstances");
        self.world.aws.call(Call { ip, agent, ..call });
    }

    fn use_at(&mut self, id: &str, at: Timestamp) {
        let by = Caller::Key(&self.name, id);
        self.world.aws.call(Call::new(at, by, "ec2", "DescribeInstances"));
    }

    /// Asks for a key to be taken out of use, for a reason; those who use it are told the day before.
    fn request(&mut self, id: &str, at: Timestamp) {
        self.request_telling(id, at, Some(at.plus_micros(-DAY)));
    }

    /// The same; those who use it are told at an instant, or never.
    fn request_telling(&mut self, id: &str, at: Timestamp, notified: Option<Timestamp>) {
        let approver = self.world.company.head("Security").email.clone();
        let request = Request {
            kind: "retirement",
            title: format!("Rotate the access key of {}: retire {id}", self.name),
            by: "platform@example.com".to_owned(),
            requested_for: self.name.clone(),
            requested: id.to_owned(),
            reason: "rotation".to_owned(),
            at: at.plus_micros(-3 * DAY),
            planned_to: None,
            notified,
            approved: Some((approver, at.plus_micros(-2 * DAY))),
            done: Some(("platform@example.com".to_owned(), at.plus_micros(HOUR))),
        };
        self.world.jira.file(SYSTEM, request);
    }

    /// Disables a key and deletes it three days later, as was asked for. Where the log of the two
    /// weeks after it is not whole, nothing shows that nothing succeeded with it.
    fn retire(&mut self, id: &str, at: Timestamp) {
        self.request(id, at);
        self.world.aws.disable(&self.name, id, at);
        let gone = logging::outside(&self.world.settings, at.plus_micros(3 * DAY));
        self.world.aws.delete(&self.name, id, gone);
        self.watch(id, at, &["D", "E", "F"]);
    }

    fn watch(&mut self, id: &str, at: Timestamp, attributes: &[&str]) {
        let period = self.world.settings.period;
        let inside = period.from <= at && at < period.to;
        if inside && logging::doubted(&self.world.settings, at, at.plus_micros(14 * DAY)) {
            for attribute in attributes {
                let item = credential(id);
                let place = ("CRD-05", item.as_str(), *attribute);
                self.world.truth.gap(place, (None, None), "the log after it has a hole");
            }
        }
    }

    /// Renews a key in time, over and over, from its creation until the end.
    fn renew(&mut self, mut id: String, mut created: Timestamp) {
        let end = self.world.settings.period.to.plus_micros(-9 * DAY);
        loop {
            let next = logging::outside(&self.world.settings, created.plus_micros(80 * DAY));
            let retired = logging::outside(&self.world.settings, next.plus_micros(DAY));
            if retired >= end {
                let until = self.world.settings.collected_at();
                self.uses(&id, created, until);
                return;
            }
            self.uses(&id, created, retired.plus_micros(-HOUR));
            let new = self.key(next, next);
            self.retire(&id, retired);
            (id, created) = (new, next);
        }
    }

    /// A key of which nothing else is planned, from then on.
    fn renewed_from(&mut self, at: Timestamp) {
        let id = self.key(at, at);
        self.renew(id, at);
    }

    fn deviation(
        &mut self,
        control: &str,
        id: &str,
        attribute: &str,
        (from, to): (Timestamp, Option<Timestamp>),
        why: &str,
    ) {
        let item = credential(id);
        let place = (control, item.as_str(), attribute);
        self.world.truth.deviation(place, Outcome::Contradicted, (from, to), why);
    }

    fn near_miss(&mut self, control: &str, id: &str, attribute: &str, why: &str) {
        let item = credential(id);
        self.world.truth.near_miss((control, item.as_str(), attribute), why);
    }
}
