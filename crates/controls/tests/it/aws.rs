//! A small AWS account for the tests of controls: users, keys, roles, uses, coverage.

use tenure_controls::evaluate::{Scope, evaluate};
use tenure_controls::library::Library;
use tenure_model::entry::CoverageStatus;
use tenure_model::evaluation::{ControlResult, Evaluated, PopulationItem};
use tenure_model::fact::{Basis, Change, Fact, UsageEvent, UseOutcome};
use tenure_model::ids::Seq;
use tenure_model::outcome::Outcome;
use tenure_model::tables::TableId;
use tenure_model::{Period, Timestamp};

use crate::world::{World, t};

pub(crate) type Cover = (&'static str, &'static str, &'static str, CoverageStatus);

/// A log that is whole, and a complete listing at the end of the period.
pub(crate) const LOG: Cover = ("usage", "2025-01-01", "2026-06-01", CoverageStatus::Proven);
pub(crate) const LISTING: Cover =
    ("iam-state", "2025-12-31", "2025-12-31T00:00:01Z", CoverageStatus::Proven);

/// What a control says of a world, over the second half of 2025.
pub(crate) struct Judged {
    pub(crate) result: ControlResult,
    items: Vec<PopulationItem>,
}

/// A finding in short: attribute, outcome, from, to.
pub(crate) type Short = (String, Outcome, Timestamp, Option<Timestamp>);

impl Judged {
    pub(crate) fn of(world: &World, id: &str) -> Self {
        Self::as_of(world, id, "2026-06-01")
    }

    pub(crate) fn as_of(world: &World, id: &str, as_of: &str) -> Self {
        Self::by(&Library::load(None).expect("the library"), world, id, as_of)
    }

    /// The same with parameters of one's own, as `parameters.yaml` says them.
    pub(crate) fn with(world: &World, id: &str, parameters: &str) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        std::fs::write(dir.path().join("parameters.yaml"), parameters).expect("parameters");
        let library = Library::load(Some(dir.path())).expect("the library");
        Self::by(&library, world, id, "2026-06-01")
    }

    /// The same over another period, as of its end.
    pub(crate) fn over(world: &World, id: &str, from: &str, to: &str) -> Self {
        let library = Library::load(None).expect("the library");
        Self::within(&library, world, id, (from, to), to)
    }

    fn by(library: &Library, world: &World, id: &str, as_of: &str) -> Self {
        Self::within(library, world, id, ("2025-07-01", "2026-01-01"), as_of)
    }

    fn within(
        library: &Library,
        world: &World,
        id: &str,
        (from, to): (&str, &str),
        as_of: &str,
    ) -> Self {
        let period = Period::new(t(from), t(to)).expect("a period");
        let controls = vec![id.to_owned()];
        let scope = Scope { period, known_at: Seq(1_000), as_of: t(as_of), controls };
        let evaluated: Evaluated = evaluate(&world.store, library, &scope).expect(id);
        Self {
            result: evaluated.evaluation.controls[0].clone(),
            items: evaluated.items[id].clone(),
        }
    }

    /// The outcome of an attribute of the item whose id or label has the text.
    pub(crate) fn outcome(&self, item: &str, attribute: &str) -> Outcome {
        self.item(item).attributes.get(attribute).expect("an attribute")
    }

    pub(crate) fn item(&self, text: &str) -> &PopulationItem {
        let has = |i: &&PopulationItem| i.item.contains(text) || i.label.contains(text);
        self.items.iter().find(has).unwrap_or_else(|| panic!("{text} in {:#?}", self.items))
    }

    pub(crate) fn has(&self, text: &str) -> bool {
        self.items.iter().any(|i| i.item.contains(text) || i.label.contains(text))
    }

    /// The findings on an item, in order.
    pub(crate) fn findings(&self, item: &str, attribute: &str) -> Vec<Short> {
        let list = &self.result.deviations.list;
        list.iter()
            .filter(|d| d.item.contains(item) && d.attribute == attribute)
            .map(|d| (d.attribute.to_string(), d.outcome, d.from, d.to))
            .collect()
    }

    pub(crate) fn reason(&self, item: &str, attribute: &str) -> &str {
        let mut list = self.result.deviations.list.iter();
        let found = list.find(|d| d.item.contains(item) && d.attribute == attribute);
        found.map_or_else(|| panic!("no finding on {attribute} of {item}"), |d| &d.reason)
    }
}

/// Nothing on record: nothing tested, and no pass.
pub(crate) fn assert_nothing_is_no_pass(id: &str) {
    let mut world = World::new();
    world.run(Vec::new(), Vec::new(), &[LOG, LISTING]);
    let judged = Judged::of(&world, id);
    assert_eq!(judged.result.population.count, 0, "{id}");
    assert!(judged.result.conclusion.contains("operating effectiveness not tested"), "{id}");
}

pub(crate) fn begun(at: &str) -> Change {
    Change::Begun { at: t(at), basis: Basis::Event }
}

pub(crate) fn ended(at: &str) -> Change {
    Change::Ended { at: t(at), basis: Basis::Event }
}

pub(crate) fn seen(at: &str) -> Change {
    Change::Seen { at: t(at) }
}

pub(crate) fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:iam::111122223333:{kind}/{name}")
}

/// A user or role of some kind, there from the start of the year.
pub(crate) fn principal(native: &str, name: &str, kind: &str) -> Fact {
    Fact::new(TableId::Identities, "iam", arn(native, name), seen("2025-01-01"))
        .with("login", name)
        .with("kind", kind)
}

/// A key that its issuer's log saw made.
pub(crate) fn key(id: &str, user: &str, at: &str) -> Fact {
    key_fact(id, user, begun(at)).with("status", "active").with("created_by", "zoe")
}

pub(crate) fn key_fact(id: &str, user: &str, change: Change) -> Fact {
    Fact::new(TableId::Credentials, "access-key", id, change)
        .with("identity_id", format!("iam/{}", arn("user", user)))
        .with("class", "static_secret")
        .with("native_kind", "access_key")
        .with("public_id", id)
}

/// A key's status changes.
pub(crate) fn status(id: &str, user: &str, status: &str, at: &str) -> Fact {
    key_fact(id, user, begun(at)).with("status", status)
}

/// A policy that gives everything, and a grant of it.
pub(crate) fn admin(native: &str, name: &str, at: &str) -> [Fact; 2] {
    let policy = Fact::new(TableId::Entitlements, "policy", "Admin", seen("2025-01-01"))
        .with("purpose", "permission")
        .with("level", "admin")
        .with("privileged", true);
    let grant = Fact::new(TableId::Grants, "iam-grant", format!("{name}|Admin"), begun(at))
        .with("identity_id", format!("iam/{}", arn(native, name)))
        .with("entitlement_id", "policy/Admin")
        .with("principal", arn(native, name))
        .with("entitlement", "Admin")
        .with("path_kind", "direct");
    [policy, grant]
}

/// A user's successful use of a key.
pub(crate) fn used(id: &str, at: &str, user: &str, key: &str) -> UsageEvent {
    UsageEvent {
        event_id: id.to_owned(),
        event_time: Some(t(at)),
        account: Some("111122223333".to_owned()),
        service: Some("s3.amazonaws.com".to_owned()),
        action: Some("ListBuckets".to_owned()),
        actor_type: Some("IAMUser".to_owned()),
        actor: Some(arn("user", user)),
        actor_name: Some(user.to_owned()),
        credential_key: Some(key.to_owned()),
        resource: Some("arn:aws:s3:::*".to_owned()),
        outcome: Some(UseOutcome::Success),
        src_ip: Some("192.0.2.1".to_owned()),
        user_agent: Some("Boto3/1.34 Python/3.12".to_owned()),
        read_only: Some(true),
        management: Some(true),
        ..UsageEvent::default()
    }
}
