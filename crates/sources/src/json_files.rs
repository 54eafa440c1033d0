//! Files of JSON that somebody exported from a vendor's API: listings as the API answered them,
//! recordings of its answers, and logs. Sources of such files share how they are found, told apart,
//! dated, recorded and concluded; what the items mean is each source's own.
//!
//! A log file is an artifact as it is. Listings of one collection become one artifact, one item per
//! line ([`line`]), so that together they can be a complete listing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tenure_model::entry::Gap;
use tenure_model::fact::UsageEvent;
use tenure_model::usage::{EventId, Row, UsageRows};

use crate::settings::SettingSpec;

mod collect;
mod conclude;
mod declared;
mod exchange;
mod instants;
mod items;
pub(crate) mod json;
mod line;
mod pages;
mod read;
mod secret;
mod state;

pub(crate) use collect::{collect, test};
pub(crate) use conclude::conclude;
pub(crate) use read::{Event, Item, Reader, Said, read};

/// What sets one vendor's files apart.
pub(crate) struct Vendor {
    /// The vendor, for people.
    pub(crate) name: &'static str,
    /// The stream of its listings.
    pub(crate) stream: &'static str,
    /// Members of answers whose values are secrets.
    pub(crate) secrets: &'static [&'static str],
    /// Whether an item is an event of its log.
    pub(crate) is_event: fn(&Value) -> bool,
    /// What an item of an answer is part of, by the request (path and query) and the item; the
    /// item is `None` when the answer lists nothing.
    pub(crate) lists: fn(&str, Option<&Value>) -> Option<Listing>,
    /// Kinds whose owner is part of what was collected: listings of one organisation say nothing of
    /// another.
    pub(crate) scoped: &'static [&'static str],
    /// Kinds of which an export holds those of some stretch of time, such as changes: what it
    /// lacks is not gone.
    pub(crate) windows: &'static [&'static str],
    /// The streams of such kinds: whoever sets `covers-from` and `covers-to` says of an export with
    /// them that it holds all of that time.
    pub(crate) window_streams: &'static [(&'static str, &'static str)],
    /// What is missing from the listings of one collection before they are complete.
    pub(crate) missing: fn(&Listed) -> Vec<Missing>,
}

/// What an item is part of.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Listing {
    /// What is listed, e.g. `group members`.
    pub(crate) kind: &'static str,
    /// Whose list it is, e.g. the id of the group; empty for what is of the whole system.
    pub(crate) of: String,
    /// The item's own id, where others refer to it.
    pub(crate) id: Option<String>,
}

/// Everything that was listed: ids by kind and owner. An owner with no ids has an empty list.
#[derive(Debug, Default)]
pub(crate) struct Listed(BTreeMap<(&'static str, String), BTreeSet<String>>);

impl Listed {
    fn add(&mut self, listing: Listing) {
        self.0.entry((listing.kind, listing.of)).or_default().extend(listing.id);
    }

    /// The ids of a kind, of any owner.
    pub(crate) fn ids<'l>(&'l self, kind: &'l str) -> impl Iterator<Item = &'l str> {
        self.0.iter().filter(move |(key, _)| key.0 == kind).flat_map(|(_, ids)| ids).map(|id| &**id)
    }

    /// Whether there is a list of that kind and owner, be it empty.
    pub(crate) fn has(&self, kind: &'static str, of: &str) -> bool {
        self.0.contains_key(&(kind, of.to_owned()))
    }

    /// Whether anything of that kind is listed, of whomever.
    pub(crate) fn any(&self, kind: &str) -> bool {
        self.0.keys().any(|key| key.0 == kind)
    }

    /// The things of one kind that have no list of another, once there is any such list.
    pub(crate) fn without(&self, things: &str, list: &'static str) -> Option<Missing> {
        if !self.any(list) {
            return None;
        }
        let hint = "export that list for each; an empty one is an empty array".to_owned();
        if !self.any(things) {
            let cause = format!("there are {list}, and no list of the {things} that have them");
            return Some(Missing { cause, hint });
        }
        let lacking: BTreeSet<&str> = self.ids(things).filter(|id| !self.has(list, id)).collect();
        let (first, n) = (lacking.first()?, lacking.len());
        let cause = format!("there are {list} for others, not for {n} of {things}: {first}");
        Some(Missing { cause, hint })
    }

    fn kinds(&self) -> BTreeSet<&'static str> {
        self.0.keys().map(|key| key.0).collect()
    }

    /// What is listed, with the owners that are part of it.
    fn scope(&self, scoped: &[&str]) -> String {
        let one = |(kind, of): &(&'static str, String)| match scoped.contains(kind) {
            true if !of.is_empty() => format!("{kind} of {of}"),
            _ => (*kind).to_owned(),
        };
        let all: BTreeSet<String> = self.0.keys().map(one).collect();
        all.into_iter().collect::<Vec<_>>().join(", ")
    }
}

/// Something without which listings are not complete.
#[derive(Debug)]
pub(crate) struct Missing {
    pub(crate) cause: String,
    pub(crate) hint: String,
}

const fn setting(name: &'static str, doc: &'static str, required: bool) -> SettingSpec {
    SettingSpec { name, doc, required, default: "" }
}

/// The settings that all these sources take.
pub(crate) const SETTINGS: &[SettingSpec] = &[
    setting("path", "a file or a directory of files: listings as answered, or log files", true),
    setting(
        "as-of",
        "when listings were answered; not set = not before the latest timestamp in each",
        false,
    ),
    setting(
        "covers-from",
        "start of the time over which the log files hold every event, by the word of whoever sets it",
        false,
    ),
    setting("covers-to", "end of that time", false),
];

/// The row of a use whose texts are its own.
pub(crate) fn row(event: &UsageEvent, rows: &mut UsageRows) -> Row {
    rows.push(event, 0, 0);
    let fallback = Row::at(event.event_time.unwrap_or(tenure_model::Timestamp::from_seconds(0)));
    rows.rows.pop().unwrap_or(Row { event_id: EventId::default(), ..fallback })
}

fn gap(artifact: impl Into<String>, cause: impl Into<String>, hint: impl Into<String>) -> Gap {
    Gap { artifact: artifact.into(), record: None, cause: cause.into(), hint: hint.into() }
}
