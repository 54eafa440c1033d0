//! Compares the objects that delivery records and digest files name with those that are here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use tenure_model::entry::Gap;
use tenure_model::fact::{Fact, Value};
use tenure_model::tables::TableId;
use tenure_model::time::Timestamp;

use crate::source::{Collected, Conclude, Conclusion};

use super::coverage;
use super::names::{ObjectKind, ObjectName, object_id};
use super::state::{LONGEST_DELIVERY, State};
use super::trail::{LOGGING, SELECTORS, SETTING};

pub(super) fn conclude(most: u64, cx: &Conclude<'_>, collected: Collected) -> Conclusion {
    let before = State::from_cursor(cx.previous);
    let mut state = before.clone();
    let run = Objects::of(cx.facts);
    // Objects of earlier runs are here too, even if they are gone from the path meanwhile.
    let known: BTreeSet<&str> = cx.known.keys().map(|name| object_id(name)).collect();
    present(&mut state, &run);
    named(&mut state, &run, &known);
    damaged(&mut state, cx.read_gaps);
    state.switches.extend(cx.facts.iter().filter_map(|fact| switch(fact)));
    let mut gaps = collected.gaps;
    gaps.extend(state.digests.take(cx, most));
    gaps.extend(missing(&state));
    gaps.extend(state.digests.gaps(&state.switches));
    let totals = totals(&state);
    let stated = coverage::claims(&before);
    let mut coverage = coverage::claims(&state);
    // What was stated before and still holds is not stated again.
    coverage.retain(|claim| !stated.contains(claim));
    forget(&mut state);
    let mut checks = collected.checks;
    if state.deliveries().is_some() {
        checks.push("delivered_objects_present".to_owned());
    }
    if state.digests.any() {
        checks.push("digest_chain".to_owned());
    }
    Conclusion { coverage, cursor: Some(state.to_cursor()), gaps, totals, checks }
}

/// The run's objects, by what facts say of them.
#[derive(Default)]
struct Objects<'a> {
    /// Log objects here, with the time of the name or of the first event.
    logs: BTreeMap<&'a str, Timestamp>,
    digests: BTreeSet<&'a str>,
    logs_delivered: BTreeMap<&'a str, Timestamp>,
    digests_delivered: BTreeMap<&'a str, Timestamp>,
}

impl<'a> Objects<'a> {
    fn of(facts: &'a [Arc<Fact>]) -> Self {
        let mut objects = Self::default();
        for fact in facts.iter().filter(|fact| fact.table == TableId::LogObjects) {
            let id = fact.native_id.as_str();
            let digest = fact.attrs.get("kind") == Some(&ObjectKind::Digest.as_str().into());
            if let Some(Value::Time(at)) = fact.attrs.get("delivered_at") {
                let to = if digest {
                    &mut objects.digests_delivered
                } else {
                    &mut objects.logs_delivered
                };
                to.entry(id).and_modify(|first| *first = (*first).min(*at)).or_insert(*at);
            } else if digest {
                objects.digests.insert(id);
            } else {
                objects.logs.insert(id, fact.change.at());
            }
        }
        objects
    }
}

fn present(state: &mut State, run: &Objects<'_>) {
    for (name, at) in &run.logs {
        state.object_at(*at);
        let was_named = state.logs_absent.remove(*name).is_some();
        if !was_named && ObjectName::parse(name).is_some() {
            state.unnamed.insert((*name).to_owned(), *at);
        }
    }
    for name in &run.digests {
        state.digests_absent.remove(*name);
    }
    state.digests_present += run.digests.len() as u64;
}

fn named(state: &mut State, run: &Objects<'_>, known: &BTreeSet<&str>) {
    for (name, at) in &run.logs_delivered {
        let was_unnamed = state.unnamed.remove(*name).is_some();
        let here = run.logs.contains_key(name) || known.contains(name);
        let missed = !here && state.logs_absent.insert((*name).to_owned(), *at).is_none();
        state.logs_named += u64::from(was_unnamed || missed);
    }
    for name in run.digests_delivered.keys() {
        let here = run.digests.contains(name) || known.contains(name);
        let first_time = !here && state.digests_absent.insert((*name).to_owned());
        // A digest of this run is named for the first time, too; one of an earlier run was counted
        // when it was missed.
        state.digests_named += u64::from(first_time || run.digests.contains(name));
    }
    let times = run.logs_delivered.values().chain(run.digests_delivered.values());
    state.delivered_at(times.copied());
}

/// Objects of which records could not be read. Remarks on an object as a whole name no record:
/// its events are all there.
fn damaged(state: &mut State, read_gaps: &[Gap]) {
    for gap in read_gaps.iter().filter(|gap| gap.record.is_some()) {
        let name = ObjectName::parse(&gap.artifact).filter(|name| name.kind == ObjectKind::Log);
        state.damaged.extend(name.map(|name| (name.file.to_owned(), name.at)));
    }
}

/// A trail switched on or off, or told to leave out management events.
fn switch(fact: &Fact) -> Option<(Timestamp, String, bool)> {
    if fact.native_type != SETTING {
        return None;
    }
    let (trail, setting) = fact.native_id.rsplit_once('#')?;
    let Value::Text(value) = fact.attrs.get("value")? else { return None };
    let on = match setting {
        LOGGING => value == "on",
        SELECTORS => writes_management_events(value)?,
        _ => return None,
    };
    Some((fact.change.at(), format!("{trail} ({setting})"), on))
}

/// Whether classic event selectors log all management events; advanced ones are not judged.
fn writes_management_events(selectors: &str) -> Option<bool> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Selector {
        include_management_events: Option<bool>,
        read_write_type: Option<String>,
    }
    let selectors: Vec<Selector> = serde_json::from_str(selectors).ok()?;
    if selectors.iter().all(|s| s.include_management_events.is_none()) {
        return None;
    }
    let all = |s: &Selector| {
        s.include_management_events != Some(false)
            && s.read_write_type.as_deref().is_none_or(|kind| kind == "All")
    };
    Some(selectors.iter().any(all))
}

fn totals(state: &State) -> BTreeMap<String, u64> {
    let absent = state.logs_absent.len() as u64;
    let of_deliveries = [
        ("log_objects_named", state.logs_named),
        ("log_objects_named_and_present", state.logs_named.saturating_sub(absent)),
        ("log_objects_unnamed", state.unnamed.len() as u64),
        ("digest_objects_named", state.digests_named),
        ("digest_objects_present", state.digests_present),
    ];
    let of_digests = state.digests.any().then(|| state.digests.totals());
    let all = of_deliveries.into_iter().chain(of_digests.into_iter().flatten());
    all.map(|(name, total)| (name.to_owned(), total)).collect()
}

fn missing(state: &State) -> Vec<Gap> {
    let gap = |artifact: &str, cause: String, hint: &str| Gap {
        artifact: artifact.to_owned(),
        record: None,
        cause,
        hint: hint.to_owned(),
    };
    let mut gaps: Vec<Gap> = state
        .logs_absent
        .iter()
        .map(|(name, at)| {
            let cause = format!("the log says that it was delivered at {at}, and it is not here");
            gap(name, cause, "fetch it from the trail's bucket; its events may be missing")
        })
        .collect();
    if let Some(first) = state.digests_absent.first() {
        let cause = format!(
            "{} of {} digest objects that the log says were delivered are not here, so the integrity of the log cannot be proved from digests",
            state.digests_absent.len(),
            state.digests_named
        );
        gaps.push(gap(
            first,
            cause,
            "fetch the prefix CloudTrail-Digest of the trail's bucket, too",
        ));
    }
    let unnamed: Vec<_> = state.unnamed_within_deliveries().collect();
    if let Some((first, _)) = unnamed.first() {
        let cause = format!(
            "{} objects are here of which no delivery is recorded, although deliveries were recorded at their time: records of deliveries are missing",
            unnamed.len()
        );
        gaps.push(gap(first, cause, "look for the objects that should hold those records"));
    }
    gaps
}

/// Objects that no record can name any more need not be carried on: those from before deliveries
/// were recorded, and, where none is recorded at all, those older than a delivery takes.
fn forget(state: &mut State) {
    let since = match (state.deliveries(), state.objects) {
        (Some((first, _)), _) => first,
        (None, Some((_, last))) => last,
        (None, None) => return,
    };
    let since = since.plus_micros(-LONGEST_DELIVERY);
    state.unnamed.retain(|_, at| *at >= since);
}
