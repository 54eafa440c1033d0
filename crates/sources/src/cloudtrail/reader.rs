//! Reads one object: each record becomes a use of access, and the facts that follow from it.
//!
//! An object in memory is scanned for the members that are asked for. Where something is not
//! plainly well formed the splitter takes over, which cuts records out one by one and says what is
//! wrong; so does it for objects that are too large for memory or not in CloudTrail's usual shape.

use sha2::{Digest as _, Sha256};
use tenure_model::digest::Digest;
use tenure_model::fact::{Change, Fact};
use tenure_model::tables::TableId;
use tenure_model::time::Timestamp;

use crate::records::{CONTENT_HASH, Records};
use crate::source::{Artifact, ReadError};

use super::fields::Fields;
use super::habit::Habit;
use super::inflate::{self, Stop};
use super::names::{ObjectKind, ObjectName, object_id};
use super::record::Event;
use super::scan::Scan;
use super::split::{Place, Splitter};
use super::trail::LastTrail;
use super::usage::Rows;
use super::{Limits, iam, lifecycle, sightings, trail};

mod oddities;

use oddities::Oddities;

pub(super) fn read(
    limits: &Limits,
    artifact: &Artifact,
    out: &mut Records<'_>,
) -> Result<(), ReadError> {
    let mut object = Object::new(limits, &artifact.name);
    let whole = inflate::whole(&artifact.payload, limits.max_object_bytes, |bytes| {
        if out.content_hash_wanted() {
            out.integrity(CONTENT_HASH, &Digest(Sha256::digest(bytes).into()).to_string());
        }
        object.in_memory(bytes, out)
    });
    let end = match whole {
        Some(end) => end,
        None => inflate::open(&artifact.payload, limits.max_object_bytes)
            .and_then(|bytes| object.piecemeal(Splitter::new(bytes), out)),
    };
    object.close(out);
    end.map_err(|stop| ReadError { record: Some(out.next()), cause: stop.cause, hint: stop.hint })
}

/// What records of one text have in common, and is understood once.
#[derive(Default)]
struct Met<'r> {
    rows: Rows<'r>,
    last_trail: LastTrail<'r>,
}

/// What is known of the object while its records pass.
struct Object<'a> {
    path: &'a str,
    name: Option<ObjectName<'a>>,
    first_at: Option<Timestamp>,
    oddities: Oddities<'a>,
}

impl<'a> Object<'a> {
    fn new(limits: &'a Limits, path: &'a str) -> Self {
        let name = ObjectName::parse(path);
        let oddities = Oddities::new(name, limits.account.as_deref());
        Self { path, name, first_at: None, oddities }
    }

    /// An object of which all bytes are here.
    fn in_memory(&mut self, bytes: &[u8], out: &mut Records<'_>) -> Result<(), Stop> {
        let (place, done) = match std::str::from_utf8(bytes) {
            Ok(text) => self.scanned(text, out),
            Err(_) => (Place::Begin, 0),
        };
        if place == Place::Top {
            return Ok(());
        }
        self.piecemeal(Splitter::resume(&bytes[done..], place, done as u64), out)
    }

    /// Takes records as long as all is well formed; gives the place from which to go on.
    fn scanned(&mut self, text: &str, out: &mut Records<'_>) -> (Place, usize) {
        let mut scan = Scan::new(text);
        let (mut fields, mut habit) = (Fields::default(), Habit::default());
        let mut met = Met::default();
        if opened(&mut scan).is_none() {
            return (Place::Begin, 0);
        }
        let mut place = Place::First { wrapped: true };
        let mut done = scan.at();
        loop {
            match scan.peek() {
                Some(b']') => return closed(text, scan).unwrap_or((place, done)),
                Some(b',') if place != (Place::First { wrapped: true }) => {
                    // The comma belongs to what is still to be done.
                    if scan.take(b',').is_none() {
                        return (place, done);
                    }
                }
                Some(b'{') if place == (Place::First { wrapped: true }) => {}
                _ => return (place, done),
            }
            let Some(raw) = fields.next(&mut scan, &mut habit) else { return (place, done) };
            if scan.escaped_name() {
                return (place, done);
            }
            self.record(raw, &fields, &mut met, out);
            place = Place::Next { wrapped: true };
            done = scan.at();
        }
    }

    /// Takes records one by one, saying what is wrong with each.
    fn piecemeal(
        &mut self,
        mut records: Splitter<impl std::io::Read>,
        out: &mut Records<'_>,
    ) -> Result<(), Stop> {
        while let Some(raw) = records.next()? {
            let plain = match plain(raw) {
                Ok(plain) => plain,
                Err(cause) => {
                    out.reject(raw, cause, "compare the record with its source");
                    continue;
                }
            };
            match Fields::scan(&mut Scan::new(&plain)) {
                Some((_, fields)) => self.taken(raw, &fields, &mut Met::default(), out),
                None => out.reject(raw, "it is no JSON object", "compare it with its source"),
            }
        }
        Ok(())
    }

    fn record<'r>(
        &mut self,
        raw: &'r str,
        fields: &Fields<'r>,
        met: &mut Met<'r>,
        out: &mut Records<'_>,
    ) {
        if fields.twice {
            let cause = "it names a member twice";
            return out.reject(raw.as_bytes(), cause, "compare the record with its source");
        }
        self.taken(raw.as_bytes(), fields, met, out);
    }

    fn taken<'r>(
        &mut self,
        raw: &[u8],
        fields: &Fields<'r>,
        met: &mut Met<'r>,
        out: &mut Records<'_>,
    ) {
        if fields.text(fields.digest_object).is_some() {
            return out.skip(raw, "digest file");
        }
        if !fields.public_keys.is_empty() {
            return out.skip(raw, "public keys");
        }
        if !fields.metadata.is_empty() && self.path.ends_with(".metadata.json") {
            return out.skip(raw, "object metadata");
        }
        if fields.is(fields.event_category, "Insight") {
            return out.skip(raw, "insight, which is no use of access");
        }
        if fields.text(fields.event_id).is_none() {
            let hint = "every CloudTrail event has one: this is something else";
            return out.reject(raw, "it has no eventID", hint);
        }
        let at = match at(fields) {
            Ok(at) => at,
            Err(cause) => {
                return out.reject(raw, cause, "an event without a time cannot be placed");
            }
        };
        let (row, delivers) = match met.rows.row(fields, at, out.rows()) {
            Ok(told) => told,
            Err(cause) => return out.reject(raw, cause, "compare the record with its source"),
        };
        let facts = match facts(raw, fields, at) {
            Ok(facts) => facts,
            Err(cause) => return out.reject(raw, cause, "compare the record with its source"),
        };
        self.first_at.get_or_insert(at);
        self.oddities.check(fields, at, out.next());
        let delivered = delivers.then(|| met.last_trail.delivered(fields)).flatten();
        if let Some((name, trail)) = delivered {
            out.sighting(sightings::DELIVERY, name.file, trail, at);
        }
        out.usage(raw, row, facts);
    }

    /// What can be said when no record is left: that the object is here, and what is odd about it.
    fn close(&self, out: &mut Records<'_>) {
        self.oddities.report(out);
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

/// Steps to the first record of `{"Records":[…`.
fn opened(scan: &mut Scan<'_>) -> Option<()> {
    scan.take(b'{')?;
    scan.peek()?;
    (scan.value()? == "\"Records\"").then_some(())?;
    scan.take(b':')?;
    scan.take(b'[')
}

/// Whether nothing but the end follows; other members are for the splitter.
fn closed(text: &str, mut scan: Scan<'_>) -> Option<(Place, usize)> {
    scan.take(b']')?;
    scan.take(b'}')?;
    scan.peek().is_none().then_some((Place::Top, text.len()))
}

/// The record with neither escapes in its names nor white space, once it is known to be an event.
fn plain(raw: &[u8]) -> Result<String, String> {
    Event::parse(raw)?;
    if let Ok(text) = std::str::from_utf8(raw)
        && Fields::scan(&mut Scan::new(text)).is_some_and(|(_, fields)| fields.twice)
    {
        return Err("it names a member twice".to_owned());
    }
    let value: serde_json::Value =
        serde_json::from_slice(raw).map_err(|e| format!("it is not a CloudTrail event: {e}"))?;
    Ok(value.to_string())
}

/// When it happened.
fn at(fields: &Fields<'_>) -> Result<Timestamp, String> {
    let text = fields.text(fields.event_time).ok_or("it has no eventTime")?;
    text.parse().map_err(|e| format!("its eventTime cannot be used: {e}"))
}

/// Facts beside the use itself. Only records of IAM and of CloudTrail tell some, and those of S3 that
/// set how long a bucket keeps what is in it.
fn facts(raw: &[u8], fields: &Fields<'_>, at: Timestamp) -> Result<Vec<Fact>, String> {
    let source = fields.text(fields.event_source);
    let of_storage = source.as_deref() == Some("s3.amazonaws.com");
    let tells = of_storage
        || matches!(source.as_deref(), Some("iam.amazonaws.com" | "cloudtrail.amazonaws.com"));
    // What only asks changes nothing; not by readOnly, which whoever writes the record sets.
    let asks = ["Get", "List", "Generate", "Simulate", "Describe", "Lookup"];
    if !tells {
        return Ok(Vec::new());
    }
    let action = fields.text(fields.event_name).unwrap_or_default();
    if asks.iter().any(|word| action.starts_with(word)) || (of_storage && !lifecycle::sets(&action))
    {
        return Ok(Vec::new());
    }
    let event = Event::parse(raw)?;
    let mut facts = iam::facts(&event, at);
    facts.extend(trail::settings(&event, at));
    facts.extend(lifecycle::settings(&event, at));
    Ok(facts)
}
