//! What a run of files says in the end.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use tenure_model::fact::{Attrs, Change, Fact, Value};
use tenure_model::tables::TableId;

use crate::support::{Said, Workspace};

/// What is known of the things of a table in the end, by native type and id.
pub(crate) type Things = BTreeMap<(String, String), Attrs>;

/// What was said to be absent or ended last is not among them.
pub(crate) fn things(said: &Said, table: TableId) -> Things {
    let mut facts = said.table(table);
    facts.sort_by_key(|fact| fact.change.at());
    let mut things = Things::new();
    for fact in facts {
        assert_eq!(fact.misfit(), None, "{fact:?}");
        let key = (fact.native_type.to_string(), fact.native_id.clone());
        match fact.change {
            Change::Absent { .. } | Change::Ended { .. } => drop(things.remove(&key)),
            _ => {
                let known = things.entry(key).or_default();
                for (name, value) in &fact.attrs {
                    // As in the timeline: that a kind is unknown does not undo what is known.
                    if name != "kind" || *value != "unknown".into() || !known.contains_key(name) {
                        known.insert(name.clone(), value.clone());
                    }
                }
            }
        }
    }
    things
}

/// One thing.
pub(crate) fn one(said: &Said, table: TableId, kind: &str, id: &str) -> Attrs {
    let things = things(said, table);
    let found = things.get(&(kind.to_owned(), id.to_owned())).cloned();
    found.unwrap_or_else(|| panic!("no {kind} {id} among {:?}", things.keys()))
}

/// The things of a type, by id.
pub(crate) fn of_type(things: &Things, kind: &str) -> BTreeMap<String, Attrs> {
    let own = things.iter().filter(|((native_type, _), _)| native_type == kind);
    own.map(|((_, id), attrs)| (id.clone(), attrs.clone())).collect()
}

pub(crate) fn text<'a>(attrs: &'a Attrs, column: &str) -> &'a str {
    match attrs.get(column) {
        Some(Value::Text(text)) => text,
        _ => "",
    }
}

pub(crate) fn flag(attrs: &Attrs, column: &str) -> Option<bool> {
    match attrs.get(column) {
        Some(Value::Bool(flag)) => Some(*flag),
        _ => None,
    }
}

/// A member of the tags.
pub(crate) fn tag(attrs: &Attrs, name: &str) -> String {
    let tags: Json = serde_json::from_str(text(attrs, "tags")).unwrap();
    tags[name].as_str().unwrap_or_default().to_owned()
}

/// The facts of one thing, in order.
pub(crate) fn told<'s>(said: &'s Said, table: TableId, id: &str) -> Vec<&'s Fact> {
    said.table(table).into_iter().filter(|fact| fact.native_id == id).collect()
}

/// The causes of a run's gaps.
pub(crate) fn causes(draft: &tenure_sources::pipeline::RunDraft) -> Vec<String> {
    draft.run.gaps.iter().map(|gap| gap.cause.clone()).collect()
}

/// A source over a file or directory.
pub(crate) fn over(kind: &'static str, path: impl AsRef<std::path::Path>) -> Workspace {
    Workspace::new(kind).set("path", path.as_ref().to_str().unwrap())
}
