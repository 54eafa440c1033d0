//! Reads one object: each record becomes a use of access, and the facts that follow from it.

use std::collections::BTreeSet;

use tenure_model::fact::{Change, Fact};
use tenure_model::tables::TableId;
use tenure_model::time::Timestamp;

use crate::records::Records;
use crate::source::{Artifact, ReadError};

use super::names::{ObjectKind, ObjectName, object_id};
use super::record::Event;
use super::split::Splitter;
use super::{Limits, iam, identity, inflate, trail};

/// Records in an object are older than its name says. Later ones come from a wrong clock or do not
/// belong there; a day is tolerated.
const TOLERATED: i64 = Timestamp::DAY;

pub(super) fn read(
    limits: &Limits,
    artifact: &Artifact,
    out: &mut Records<'_>,
) -> Result<(), ReadError> {
    let mut object = Object::new(limits, &artifact.name);
    let end = inflate::open(&artifact.payload, limits.max_object_bytes).and_then(|bytes| {
        let mut records = Splitter::new(bytes);
        while let Some(raw) = records.next()? {
            object.record(raw, out);
        }
        Ok(())
    });
    object.close(out);
    end.map_err(|stop| ReadError { record: Some(out.next()), cause: stop.cause, hint: stop.hint })
}

/// What is known of the object while its records pass.
struct Object<'a> {
    limits: &'a Limits,
    path: &'a str,
    name: Option<ObjectName<'a>>,
    /// Things seen acting that were told of already.
    seen: BTreeSet<(TableId, String)>,
    first_at: Option<Timestamp>,
    too_early: Oddity,
    too_late: Oddity,
    other_account: Oddity,
    unexpected_account: Oddity,
}

/// Records with something odd about them: how many, and the first.
#[derive(Default)]
struct Oddity {
    count: u64,
    first: u64,
    example: String,
}

impl Oddity {
    fn note(&mut self, record: u64, example: impl FnOnce() -> String) {
        if self.count == 0 {
            (self.first, self.example) = (record, example());
        }
        self.count += 1;
    }

    fn report(&self, out: &mut Records<'_>, what: &str, hint: &str) {
        if self.count > 0 {
            let (count, first, example) = (self.count, self.first, &self.example);
            out.gap(
                format!("{count} records {what} (the first is record {first}: {example})"),
                hint,
            );
        }
    }
}

impl<'a> Object<'a> {
    fn new(limits: &'a Limits, path: &'a str) -> Self {
        Self {
            limits,
            path,
            name: ObjectName::parse(path),
            seen: BTreeSet::new(),
            first_at: None,
            too_early: Oddity::default(),
            too_late: Oddity::default(),
            other_account: Oddity::default(),
            unexpected_account: Oddity::default(),
        }
    }

    fn record(&mut self, raw: &[u8], out: &mut Records<'_>) {
        let event = match Event::parse(raw) {
            Ok(event) => event,
            Err(cause) => return out.reject(raw, cause, "compare the record with its source"),
        };
        if event.digest_object.get().is_some() {
            return out.skip(raw, "digest file");
        }
        if event.event_category.get() == Some("Insight") {
            return out.skip(raw, "insight, which is no use of access");
        }
        if event.event_id.get().is_none() {
            let hint = "every CloudTrail event has one: this is something else";
            return out.reject(raw, "it has no eventID", hint);
        }
        let at = match event.at() {
            Ok(at) => at,
            Err(cause) => {
                return out.reject(raw, cause, "an event without a time cannot be placed");
            }
        };
        self.check(&event, at, out.next());
        let usage = event.usage(at);
        let facts = self.facts(&event, at);
        out.usage(raw, usage, facts);
    }

    fn facts(&mut self, event: &Event<'_>, at: Timestamp) -> Vec<Fact> {
        let mut facts = identity::seen(event, at);
        // Once per object is enough: records of an object are minutes apart.
        facts.retain(|fact| self.seen.insert((fact.table, fact.native_id.clone())));
        facts.extend(iam::facts(event, at));
        facts.extend(trail::settings(event, at));
        facts.extend(trail::delivered(event, at));
        facts
    }

    fn check(&mut self, event: &Event<'_>, at: Timestamp, record: u64) {
        self.first_at.get_or_insert(at);
        if at < Timestamp::from_seconds(0) {
            self.too_early.note(record, || at.to_string());
        }
        if self.name.is_some_and(|name| at > name.at.plus_micros(TOLERATED)) {
            self.too_late.note(record, || at.to_string());
        }
        let Some(account) = event.recipient_account_id.get() else { return };
        if self.name.is_some_and(|name| name.account != account) {
            self.other_account.note(record, || account.to_owned());
        }
        if self.limits.account.as_deref().is_some_and(|expected| expected != account) {
            self.unexpected_account.note(record, || account.to_owned());
        }
    }

    /// What can be said when no record is left: that the object is here, and what is odd about it.
    fn close(&self, out: &mut Records<'_>) {
        let clock =
            "the events are kept as they stand; check the clock or the origin of the object";
        self.too_early.report(out, "are from before 1970", clock);
        self.too_late.report(out, "are a day or more after the object's own time", clock);
        let moved = "objects and their names belong together: fetch them from their bucket";
        self.other_account.report(out, "are of another account than the object's name says", moved);
        let setting = "check the setting account, or remove objects of other accounts";
        self.unexpected_account.report(out, "are of another account than expected", setting);
        let Some(at) = self.name.map(|name| name.at).or(self.first_at) else { return };
        let seen = Change::Seen { at };
        let fact = match &self.name {
            Some(name) => trail::object(name, seen),
            None => Fact::new(TableId::LogObjects, "log-object", object_id(self.path), seen)
                .with("kind", ObjectKind::Log.as_str()),
        };
        let records = i64::try_from(out.next()).unwrap_or(i64::MAX);
        out.whole(fact.with("present", true).with("records", records));
    }
}
