//! The work on objects that threads can share: verifying ids and parsing files.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use gix::ObjectId;

use super::artifact::Object;
use super::doc::Doc;
use super::layout::{FileKind, Layout, Scope};
use super::{peribolos, rust_team};

/// More threads than this gain nothing here.
const MAX_THREADS: usize = 8;

/// Versions of files by path and blob: what they say, or why they cannot be read.
pub(super) type Parsed<'a> = HashMap<(String, ObjectId), Result<Doc<'a>, String>>;

/// A version of a file: where, what, which, and its bytes.
pub(super) type Version<'p, 'a> = (&'p str, FileKind, ObjectId, &'a [u8]);

/// Parses versions of files.
pub(super) fn parse_all<'a>(scope: &Scope, versions: &[Version<'_, 'a>]) -> Parsed<'a> {
    let docs = each(versions, |(path, kind, _, data)| parse(scope, *kind, path, data));
    versions.iter().map(|(path, _, blob, _)| ((*path).to_owned(), *blob)).zip(docs).collect()
}

/// Parses one file.
pub(super) fn parse<'a>(
    scope: &Scope,
    kind: FileKind,
    path: &str,
    data: &'a [u8],
) -> Result<Doc<'a>, String> {
    let text = std::str::from_utf8(data).map_err(|error| {
        let line = 1 + data[..error.valid_up_to()].iter().filter(|b| **b == b'\n').count();
        format!("line {line}: it is not UTF-8")
    })?;
    match scope.layout {
        Layout::Peribolos => peribolos::parse(scope, kind, path, text),
        Layout::RustTeam => rust_team::parse(kind, text),
    }
}

/// Checks for each record that every object's id is the hash of its bytes.
pub(super) fn verify_all(records: &[Result<Vec<Object<'_>>, String>]) -> Vec<Result<(), String>> {
    each(records, |record| match record {
        Ok(objects) => objects.iter().try_for_each(verify),
        Err(_) => Ok(()),
    })
}

fn verify(object: &Object<'_>) -> Result<(), String> {
    let Some((kind, data)) = object.data else { return Ok(()) };
    match gix::objs::compute_hash(object.id.kind(), kind, data) {
        Ok(id) if id == object.id => Ok(()),
        Ok(id) => Err(format!("the {kind} {} has the bytes of {id}", object.id)),
        Err(error) => Err(format!("the {kind} {} cannot be hashed: {error}", object.id)),
    }
}

/// `work` on each item by several threads; the results stand in the order of the items.
fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = threads.min(MAX_THREADS).min(items.len());
    if threads <= 1 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let run = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return done };
            done.push((index, work(item)));
        }
    };
    let mut all: Vec<(usize, R)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let mut all = run();
        for other in others {
            match other.join() {
                Ok(done) => all.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    all.sort_unstable_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, result)| result).collect()
}
