//! Finds log objects in a bucket: by account and region, from the day on that is not known yet.
//! Objects that are recorded are not read again, and what a killed collection fetched is not
//! fetched again. Nothing is written to the bucket.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use tenure_model::entry::Gap;

use crate::settings::Settings;
use crate::source::{Artifact, Artifacts, Collect, CollectError, Collected, Payload};

use super::{NOT_AN_OBJECT, NOT_AN_OBJECT_HINT, is_object_name, media_type};
use client::{Client, Who};
use fault::{Asked, Fault};
use keep::{Fetched, Keep, Metadata};
use layout::Folder;
use listing::{Listed, Query};
use place::Place;
use public_keys::Spans;
use walk::{Step, Turn};

mod client;
mod discover;
mod fault;
mod fetch;
mod keep;
mod layout;
mod listing;
mod place;
mod public_keys;
mod walk;

/// Hands over every object of the bucket that was not recorded before, in the order of keys.
pub(super) fn collect(
    cx: &Collect<'_>,
    most: u64,
    out: &mut dyn Artifacts,
) -> Result<Collected, CollectError> {
    let place = Arc::new(Place::from(cx.settings, most)?);
    let (who, client) = client(&place)?;
    let client = Arc::new(client);
    let mut gather = Gather {
        cx,
        out,
        place: &place,
        seen: 0,
        signed: Spans::default(),
        collected: Collected::default(),
    };
    gather.collected.scope = format!("CloudTrail objects in {}", place.shown());
    runtime()?.block_on(gather.everything(&client))?;
    gather.collected.requests = client.requests();
    gather.keys(&who)?;
    Ok(gather.collected)
}

/// Says what is there, by a look at the first keys of each folder.
pub(super) fn test(settings: &Settings, most: u64) -> Result<String, CollectError> {
    let place = Place::from(settings, most)?;
    let (_, client) = client(&place)?;
    runtime()?.block_on(look(&client, &place))
}

async fn look(client: &Client, place: &Place) -> Result<String, CollectError> {
    let fatal = |fault: &Fault, prefix: &str| fault.fatal(place, Asked::Listing(prefix));
    let found = discover::discover(client, place, &BTreeMap::new()).await;
    let found = found.map_err(|fault| fatal(&fault, &place.base()))?;
    let (mut objects, mut more, mut gaps) = (0, "", found.gaps.len());
    let pages = found.folders.iter().map(|folder| async move {
        let after = folder.start_after();
        let query = Query { prefix: &folder.dir, after: after.as_deref(), ..Query::default() };
        (folder, client.page(query).await)
    });
    let mut pages = stream::iter(pages).buffered(place.parallel);
    while let Some((folder, page)) = pages.next().await {
        match page {
            Ok(page) => {
                objects += page.objects.len();
                more = if page.next.is_some() { "at least " } else { more };
            }
            Err(fault) if fault.ends_everything() => return Err(fatal(&fault, &folder.dir)),
            Err(_) => gaps += 1,
        }
    }
    let (accounts, folders) = (found.accounts.len(), found.folders.len());
    Ok(format!(
        "{}: {accounts} accounts, {folders} folders of regions, {more}{objects} objects, {gaps} gaps",
        place.shown()
    ))
}

fn client(place: &Place) -> Result<(Arc<Who>, Client), CollectError> {
    let made = Who::new(place).map(Arc::new).and_then(|who| {
        let client = Client::new(place, Arc::clone(&who))?;
        Ok((who, client))
    });
    made.map_err(|fault| fault.fatal(place, Asked::Listing(&place.base())))
}

/// Two threads are enough: they wait for the network most of the time.
fn runtime() -> Result<tokio::runtime::Runtime, CollectError> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().map_err(|e| CollectError {
        what: "bucket".to_owned(),
        cause: format!("no threads can be started: {e}"),
        hint: "check the limits of this machine".to_owned(),
    })
}

struct Gather<'a> {
    cx: &'a Collect<'a>,
    out: &'a mut dyn Artifacts,
    place: &'a Arc<Place>,
    seen: u64,
    /// When the digests of this collection were signed.
    signed: Spans,
    collected: Collected,
}

impl Gather<'_> {
    async fn everything(&mut self, client: &Arc<Client>) -> Result<(), CollectError> {
        let newest = layout::newest(self.place, self.cx.known);
        let found = discover::discover(client, self.place, &newest).await;
        let found =
            found.map_err(|fault| fault.fatal(self.place, Asked::Listing(&self.place.base())))?;
        if found.folders.is_empty() {
            let cause = "there are no folders of CloudTrail logs here";
            self.gap(self.place.shown(), cause, "check the settings bucket, prefix and accounts");
        }
        self.collected.gaps.extend(found.gaps);
        let keep = Keep::new(self.cx.scratch);
        let steps = walk::list(Arc::clone(client), Arc::clone(self.place), found.folders);
        let (cx, place) = (self.cx, Arc::clone(self.place));
        let turns = walk::turns(client, &place, &keep, steps, |step| judge(cx, &place, step));
        let mut turns = std::pin::pin!(turns);
        while let Some(turn) = turns.next().await {
            if self.turn(turn)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Takes one turn. Breaks when every further one would end the same way.
    fn turn(&mut self, turn: Turn) -> Result<ControlFlow<()>, CollectError> {
        let (artifact, fault, asked): (_, _, fn(&str) -> Asked<'_>) = match turn {
            // The memory that the object takes is given back when it was handed over.
            Turn::Fetched(listed, folder, Ok(fetched), _share) => {
                self.object(listed, &folder, fetched)?;
                return Ok(ControlFlow::Continue(()));
            }
            Turn::Told(Step::Refused(gap)) => {
                self.collected.gaps.push(gap);
                return Ok(ControlFlow::Continue(()));
            }
            Turn::Told(Step::Empty(dir)) => {
                let cause = "there are no logs of this region, which the setting regions names";
                self.gap(dir, cause, "check the settings regions, from and to");
                return Ok(ControlFlow::Continue(()));
            }
            Turn::Told(Step::Object(..)) => return Ok(ControlFlow::Continue(())),
            Turn::Fetched(listed, _, Err(fault), _) => {
                (listed.key, fault, |key| Asked::Object(key))
            }
            Turn::Told(Step::Unlisted(prefix, fault)) => {
                (prefix, fault, |prefix| Asked::Listing(prefix))
            }
        };
        let (mut cause, hint) = fault.told(self.place, asked(&artifact));
        let ends = fault.ends_everything();
        if ends {
            cause += "; collection stopped here";
        }
        self.gap(artifact, cause, &hint);
        Ok(if ends { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    /// Hands an object over, and after a digest the metadata that holds its signature.
    fn object(
        &mut self,
        listed: Listed,
        folder: &Folder,
        fetched: Fetched,
    ) -> Result<(), CollectError> {
        let Fetched { metadata, payload } = fetched;
        let sidecar = folder.digests.then(|| sidecar(&listed.key, &metadata));
        if folder.digests {
            self.signed.note(&folder.region, &listed.key);
        }
        let media_type = media_type(&payload);
        self.out.put(Artifact { name: listed.key, media_type, payload })?;
        if let Some(sidecar) = sidecar {
            self.out.put(sidecar)?;
        }
        self.seen += 1;
        self.cx.progress.report("objects", self.seen, 0);
        Ok(())
    }

    /// Hands over the keys with which the digests were signed.
    fn keys(&mut self, who: &Who) -> Result<(), CollectError> {
        let spans = std::mem::take(&mut self.signed);
        let (artifacts, gaps, requests) = public_keys::ask(self.cx, who, spans);
        self.collected.requests += requests;
        self.collected.gaps.extend(gaps);
        artifacts.into_iter().try_for_each(|artifact| self.out.put(artifact))
    }

    fn gap(&mut self, artifact: String, cause: impl Into<String>, hint: &str) {
        self.collected.gaps.push(gap(artifact, cause, hint));
    }
}

fn gap(artifact: String, cause: impl Into<String>, hint: &str) -> Gap {
    Gap { artifact, record: None, cause: cause.into(), hint: hint.to_owned() }
}

/// Leaves out what is known, and what is not to be fetched.
fn judge(cx: &Collect<'_>, place: &Place, step: Step) -> Option<Step> {
    let Step::Object(Listed { key, size, .. }, _) = &step else { return Some(step) };
    // What consoles make to show a folder holds nothing.
    if cx.known.contains_key(key) || key.ends_with('/') && *size == 0 {
        return None;
    }
    let refused = |cause: String, hint| Some(Step::Refused(gap(key.clone(), cause, hint)));
    if key.split('/').any(|part| matches!(part, "." | "..")) {
        let hint = "log objects have no such names: look who wrote it";
        return refused("its name leads elsewhere, and it was not read".to_owned(), hint);
    }
    if !is_object_name(key) {
        return refused(NOT_AN_OBJECT.to_owned(), NOT_AN_OBJECT_HINT);
    }
    if *size > place.most {
        let cause = format!("it has {size} bytes, more than {} allow", place.most);
        return refused(cause, "raise the setting max-object-bytes if it is genuine");
    }
    Some(step)
}

/// The member `Metadata` of what `aws s3api head-object` says: a digest's signature is there, and
/// nowhere in the digest.
fn sidecar(key: &str, metadata: &Metadata) -> Artifact {
    let bytes = serde_json::json!({ "Metadata": metadata }).to_string().into_bytes();
    Artifact {
        name: format!("{key}.metadata.json"),
        media_type: "application/json",
        payload: Payload::Bytes(bytes),
    }
}
