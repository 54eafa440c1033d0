//! Uses of access on their way from readers to the timeline: rows of numbers, with each text and
//! each actor held once.
//!
//! Logs repeat themselves: a thousand records name a dozen actors, services and programs. A row
//! therefore costs some hundred bytes and no allocation, whatever its texts.

use hashbrown::DefaultHashBuilder;
use std::hash::BuildHasher as _;

use crate::fact::{UsageEvent, UseOutcome};
use crate::time::Timestamp;

mod event_id;
mod index;
mod sightings;
mod texts;

pub use event_id::EventId;
use index::Index;
pub use sightings::{Point, Sighting, Sightings};
pub use texts::{TextId, Texts};

/// Who did something, as one record says it. Texts are those of the rows it belongs to; column
/// meanings are in [`crate::tables`] under `usage`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[expect(missing_docs, reason = "the usage table documents each column once")]
pub struct Actor {
    pub actor_type: TextId,
    pub actor: TextId,
    pub actor_id: TextId,
    pub actor_name: TextId,
    pub credential_key: TextId,
    pub session_issuer: TextId,
    pub actor_account: TextId,
    pub invoked_by: TextId,
    pub source_identity: TextId,
    pub federated: TextId,
    pub on_behalf_of: TextId,
    pub session_mfa: Option<bool>,
}

/// Names an actor among the rows it belongs to. The default is nobody.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct ActorId(pub u32);

/// One use of access. Column meanings are in [`crate::tables`] under `usage`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the usage table documents each column once")]
pub struct Row {
    pub event_id: EventId,
    pub shared_event_id: EventId,
    pub event_time: Timestamp,
    pub actor: ActorId,
    pub account: TextId,
    pub region: TextId,
    pub service: TextId,
    pub action: TextId,
    pub resource: TextId,
    pub error_code: TextId,
    pub src_ip: TextId,
    pub user_agent: TextId,
    pub issued_key: TextId,
    pub outcome: Option<UseOutcome>,
    pub mfa: Option<bool>,
    pub read_only: Option<bool>,
    pub management: Option<bool>,
    /// Number of the artifact among those that the rows rest on.
    pub artifact: u32,
    /// Number of the record in the artifact.
    pub record: u64,
}

/// Rows with their texts and actors.
#[derive(Clone, Debug)]
pub struct UsageRows {
    /// The texts.
    pub texts: Texts,
    /// The rows, in the order of artifacts and records unless somebody sorted them.
    pub rows: Vec<Row>,
    actors: Vec<Actor>,
    actor_index: Index,
    hasher: DefaultHashBuilder,
}

impl Default for UsageRows {
    fn default() -> Self {
        Self {
            texts: Texts::default(),
            rows: Vec::new(),
            // Nobody stands first, so that the default id names them.
            actors: vec![Actor::default()],
            actor_index: Index::default(),
            hasher: DefaultHashBuilder::default(),
        }
    }
}

impl UsageRows {
    /// None yet, with room for so many and for so many bytes of texts.
    #[must_use]
    pub fn with_room(rows: usize, texts: usize) -> Self {
        let texts = Texts::with_room(texts);
        Self { texts, rows: Vec::with_capacity(rows), ..Self::default() }
    }

    /// The id of an actor whose texts are of these rows.
    pub fn actor_id(&mut self, actor: Actor) -> ActorId {
        if actor == Actor::default() {
            return ActorId::default();
        }
        let hash = self.hasher.hash_one(actor);
        let actors = &self.actors;
        if let Some(id) = self.actor_index.find(hash, |id| actors[id as usize] == actor) {
            return ActorId(id);
        }
        let id = u32::try_from(self.actors.len()).expect("fewer actors than a memory can hold");
        self.actors.push(actor);
        self.actor_index.insert(hash, id);
        ActorId(id)
    }

    /// The actor of that id.
    #[must_use]
    #[inline]
    pub fn actor(&self, id: ActorId) -> &Actor {
        &self.actors[id.0 as usize]
    }

    /// Every actor, nobody first.
    #[must_use]
    pub fn actors(&self) -> &[Actor] {
        &self.actors
    }

    /// The text of that id; `None` where nothing is said.
    #[must_use]
    pub fn text(&self, id: TextId) -> Option<&str> {
        self.texts.get(id)
    }

    /// Bytes that rows and texts take, about.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.rows.len() * size_of::<Row>()
            + self.texts.memory()
            + self.actors.len() * (size_of::<Actor>() + 8)
    }

    /// Takes in other rows, whose artifacts are numbered from `first_artifact` on.
    pub fn absorb(&mut self, other: Self, first_artifact: u32) {
        let texts = self.texts.absorb(&other.texts);
        let text = |id: TextId| texts.get(id.0 as usize).copied().unwrap_or_default();
        let actors: Vec<ActorId> =
            other.actors.iter().map(|actor| self.actor_id(actor.with_texts(text))).collect();
        self.rows.reserve(other.rows.len());
        self.rows.extend(other.rows.into_iter().map(|mut row| {
            row.with_texts(text);
            row.actor = actors[row.actor.0 as usize];
            row.artifact += first_artifact;
            row
        }));
    }

    /// Some of these rows, with the texts and actors that they need.
    #[must_use]
    pub fn subset(&self, of: &[&Row]) -> Self {
        let mut own = Self::default();
        let mut texts = vec![TextId::NONE; self.texts.len() + 1];
        let mut actors: Vec<Option<ActorId>> = vec![None; self.actors.len()];
        for row in of {
            let mut row = **row;
            let old = row.actor.0 as usize;
            row.with_texts(|id| own.copied(&self.texts, &mut texts, id));
            row.actor = match actors[old] {
                Some(id) => id,
                None => {
                    let text = |id| own.copied(&self.texts, &mut texts, id);
                    let actor = self.actors[old].with_texts(text);
                    *actors[old].insert(own.actor_id(actor))
                }
            };
            own.rows.push(row);
        }
        own
    }

    fn copied(&mut self, from: &Texts, copies: &mut [TextId], id: TextId) -> TextId {
        let copy = &mut copies[id.0 as usize];
        if copy.is_none() {
            *copy = self.adopt(from, id);
        }
        *copy
    }

    fn adopt(&mut self, texts: &Texts, id: TextId) -> TextId {
        texts.get(id).map_or(TextId::NONE, |text| self.texts.add(text))
    }

    /// A row with its own texts.
    #[must_use]
    pub fn event(&self, row: &Row) -> UsageEvent {
        let actor = self.actor(row.actor);
        let own = |id: TextId| self.text(id).map(str::to_owned);
        UsageEvent {
            event_id: row.event_id.text(&self.texts).unwrap_or_default().into_owned(),
            event_time: Some(row.event_time),
            account: own(row.account),
            region: own(row.region),
            service: own(row.service),
            action: own(row.action),
            actor_type: own(actor.actor_type),
            actor: own(actor.actor),
            actor_id: own(actor.actor_id),
            actor_name: own(actor.actor_name),
            credential_key: own(actor.credential_key),
            session_issuer: own(actor.session_issuer),
            resource: own(row.resource),
            outcome: row.outcome,
            error_code: own(row.error_code),
            src_ip: own(row.src_ip),
            user_agent: own(row.user_agent),
            mfa: row.mfa,
            read_only: row.read_only,
            management: row.management,
            actor_account: own(actor.actor_account),
            invoked_by: own(actor.invoked_by),
            source_identity: own(actor.source_identity),
            federated: own(actor.federated),
            on_behalf_of: own(actor.on_behalf_of),
            issued_key: own(row.issued_key),
            shared_event_id: row.shared_event_id.text(&self.texts).map(|t| t.into_owned()),
            session_mfa: actor.session_mfa,
        }
    }

    /// Every row with its own texts.
    pub fn events(&self) -> impl Iterator<Item = UsageEvent> {
        self.rows.iter().map(|row| self.event(row))
    }
}

impl Actor {
    /// The same actor with other ids for its texts.
    fn with_texts(mut self, mut text: impl FnMut(TextId) -> TextId) -> Self {
        for id in [
            &mut self.actor_type,
            &mut self.actor,
            &mut self.actor_id,
            &mut self.actor_name,
            &mut self.credential_key,
            &mut self.session_issuer,
            &mut self.actor_account,
            &mut self.invoked_by,
            &mut self.source_identity,
            &mut self.federated,
            &mut self.on_behalf_of,
        ] {
            *id = text(*id);
        }
        self
    }
}

impl UsageRows {
    /// Adds a use whose texts are its own; the row's texts become those of these rows.
    pub fn push(&mut self, event: &UsageEvent, artifact: u32, record: u64) {
        let mut add = |text: &Option<String>| {
            text.as_deref().map_or(TextId::NONE, |text| self.texts.add(text))
        };
        let actor = Actor {
            actor_type: add(&event.actor_type),
            actor: add(&event.actor),
            actor_id: add(&event.actor_id),
            actor_name: add(&event.actor_name),
            credential_key: add(&event.credential_key),
            session_issuer: add(&event.session_issuer),
            actor_account: add(&event.actor_account),
            invoked_by: add(&event.invoked_by),
            source_identity: add(&event.source_identity),
            federated: add(&event.federated),
            on_behalf_of: add(&event.on_behalf_of),
            session_mfa: event.session_mfa,
        };
        let row = Row {
            account: add(&event.account),
            region: add(&event.region),
            service: add(&event.service),
            action: add(&event.action),
            resource: add(&event.resource),
            error_code: add(&event.error_code),
            src_ip: add(&event.src_ip),
            user_agent: add(&event.user_agent),
            issued_key: add(&event.issued_key),
            outcome: event.outcome,
            mfa: event.mfa,
            read_only: event.read_only,
            management: event.management,
            artifact,
            record,
            ..Row::at(event.event_time.unwrap_or(Timestamp::from_seconds(0)))
        };
        let shared = event.shared_event_id.as_deref().unwrap_or_default();
        let event_id = EventId::of(&event.event_id, &mut self.texts);
        let shared_event_id = EventId::of(shared, &mut self.texts);
        let actor = self.actor_id(actor);
        self.rows.push(Row { event_id, shared_event_id, actor, ..row });
    }
}

impl Row {
    /// A row that says when, and nothing else.
    #[must_use]
    #[inline]
    pub fn at(event_time: Timestamp) -> Self {
        Self {
            event_id: EventId::default(),
            shared_event_id: EventId::default(),
            event_time,
            actor: ActorId::default(),
            account: TextId::NONE,
            region: TextId::NONE,
            service: TextId::NONE,
            action: TextId::NONE,
            resource: TextId::NONE,
            error_code: TextId::NONE,
            src_ip: TextId::NONE,
            user_agent: TextId::NONE,
            issued_key: TextId::NONE,
            outcome: None,
            mfa: None,
            read_only: None,
            management: None,
            artifact: 0,
            record: 0,
        }
    }

    fn with_texts(&mut self, mut text: impl FnMut(TextId) -> TextId) {
        for id in [
            &mut self.account,
            &mut self.region,
            &mut self.service,
            &mut self.action,
            &mut self.resource,
            &mut self.error_code,
            &mut self.src_ip,
            &mut self.user_agent,
            &mut self.issued_key,
        ] {
            *id = text(*id);
        }
        self.event_id = self.event_id.with_text(&mut text);
        self.shared_event_id = self.shared_event_id.with_text(&mut text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(texts: &[(&str, &str)]) -> UsageRows {
        let mut rows = UsageRows::default();
        for (index, (id, actor)) in texts.iter().enumerate() {
            let event_id = EventId::of(id, &mut rows.texts);
            let name = rows.texts.add(actor);
            let actor = rows.actor_id(Actor { actor_name: name, ..Actor::default() });
            let service = rows.texts.add("iam.amazonaws.com");
            rows.rows.push(Row {
                event_id,
                actor,
                service,
                record: index as u64,
                ..Row::at(Timestamp::from_seconds(7))
            });
        }
        rows
    }

    #[test]
    fn what_is_absorbed_says_the_same() {
        let first = rows(&[("a", "ann"), ("70920324-b55f-377e-8f8f-69e0699bf589", "bob")]);
        let second = rows(&[("b", "bob"), ("c", "")]);
        let said: Vec<_> = first.events().chain(second.events()).collect();
        let mut all = UsageRows::default();
        all.absorb(first, 0);
        all.absorb(second, 1);
        assert_eq!(all.events().collect::<Vec<_>>(), said);
        assert_eq!(all.rows.iter().map(|r| r.artifact).collect::<Vec<_>>(), [0, 0, 1, 1]);
        assert_eq!(all.actors().len(), 3, "nobody, ann and bob");
        assert_eq!(all.event(&all.rows[3]).actor_name, None, "empty is not said");
        let some = all.subset(&[&all.rows[2], &all.rows[1]]);
        assert_eq!(some.events().collect::<Vec<_>>(), [said[2].clone(), said[1].clone()]);
        assert_eq!(some.actors().len(), 2, "nobody and bob");
    }
}
