//! What one more day needs, on disk: [decision 0016](../../../../docs/adr/0016-listings-as-text.md).

mod column;
mod sections;

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use libdeflater::Crc;
use serde::{Deserialize, Serialize};

use super::HistoryError;
use super::course::Course;
use super::listing::Listing;
use super::order::InOrder;
use super::text::Text;

/// A course, and the listings that it took.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) taken: Vec<Listing>,
    pub(super) course: Course,
    /// The listing whose text the live lines are, if they are one's: then the state does not have
    /// them, and they are read from it.
    pub(super) live_of: Option<String>,
}

/// Before the sections: texts (three times), grants, stretches that ended, each in order, and live
/// lines.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    schema: String,
    taken: Vec<Listing>,
    last: Option<i32>,
    live_of: Option<String>,
    sections: Vec<usize>,
    /// CRC-32 of all sections.
    checksum: u32,
}

const SCHEMA: &str = "tenure.history-state/v3";
const FILE: &str = "history.state";

impl Kept {
    /// The listings that are not taken yet, if all are later than those that are; `None` when one of
    /// an earlier day came late.
    pub(super) fn rest<'l>(
        &self,
        listings: &'l [Listing],
        state: &Path,
    ) -> Result<Option<&'l [Listing]>, HistoryError> {
        let taken = &self.taken;
        if listings.get(..taken.len()).is_some_and(|first| first == taken) {
            return Ok(Some(&listings[taken.len()..]));
        }
        match taken.iter().find(|&t| !listings.contains(t)) {
            Some(gone) => {
                Err(HistoryError::Changed { name: gone.name.clone(), state: state.to_owned() })
            }
            None => Ok(None),
        }
    }

    /// The day from which days are counted: no other is earlier.
    fn first(&self) -> i32 {
        self.taken.first().map_or(0, |listing| listing.day)
    }
}

/// The state in a directory; `None` when there is none, or none of this version that is whole and
/// does not contradict itself.
pub(super) fn open(dir: &Path) -> Result<Option<Kept>, HistoryError> {
    let path = dir.join(FILE);
    let mut bytes = Text::default();
    match bytes.read(&path) {
        Ok(()) => Ok(whole(&bytes)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(HistoryError::Io { path, source }),
    }
}

fn whole(bytes: &[u8]) -> Option<Kept> {
    let end = memchr::memchr(b'\n', bytes)?;
    let head = serde_json::from_slice(&bytes[..end]).ok();
    let head: Head = head.filter(|head: &Head| head.schema == SCHEMA)?;
    let mut crc = Crc::new();
    crc.update(&bytes[end + 1..]);
    if crc.sum() != head.checksum {
        return None;
    }
    let mut rest = &bytes[end + 1..];
    let mut sections = head.sections.iter().map_while(|length| rest.split_off(..*length));
    let mut kept = Kept { taken: head.taken, live_of: head.live_of, ..Kept::default() };
    if kept.live_of.as_ref().is_some_and(|name| kept.taken.iter().all(|l| l.name != *name)) {
        return None;
    }
    let first = kept.first();
    let course = &mut kept.course;
    (course.last, course.as_it_came) = (head.last, kept.live_of.is_some());
    for texts in &mut course.grants.texts {
        *texts = sections::texts(sections.next()?)?;
    }
    sections::add_grants(&mut course.grants, sections.next()?, first)?;
    sections::add_ended(&mut course.grants, sections.next()?, first)?;
    course.live.extend_from_slice(sections.next()?);
    Some(kept)
}

/// Writes the state so that a reader sees the old one or the new, never half.
pub(super) fn save(kept: &Kept, history: &InOrder<'_>, dir: &Path) -> Result<(), HistoryError> {
    let failed = |path: PathBuf| move |source| HistoryError::Io { path, source };
    fs::create_dir_all(dir).map_err(failed(dir.to_owned()))?;
    let (path, temporary) = (dir.join(FILE), dir.join("history.state.new"));
    let live = if kept.live_of.is_some() { &[][..] } else { &kept.course.live[..] };
    let (bytes, mut sections) = sections(kept, history);
    sections.push(live.len());
    let mut crc = Crc::new();
    crc.update(&bytes);
    crc.update(live);
    let head = Head {
        schema: SCHEMA.to_owned(),
        taken: kept.taken.clone(),
        last: kept.course.last,
        live_of: kept.live_of.clone(),
        sections,
        checksum: crc.sum(),
    };
    let write = || -> io::Result<()> {
        let mut begin = serde_json::to_vec(&head)?;
        begin.push(b'\n');
        let mut file = File::create(&temporary)?;
        [&begin[..], &bytes, live].iter().try_for_each(|part| file.write_all(part))
    };
    write().map_err(failed(temporary.clone()))?;
    fs::rename(&temporary, &path).map_err(failed(path))
}

/// All sections but the live lines one after another, and their lengths.
fn sections(kept: &Kept, history: &InOrder<'_>) -> (Text, Vec<usize>) {
    let (mut bytes, mut lengths) = (Text::default(), Vec::new());
    bytes.reserve(sections::room(history));
    let mut add = |put: &dyn Fn(&mut Text)| {
        let before = bytes.len();
        put(&mut bytes);
        lengths.push(bytes.len() - before);
    };
    for (names, texts) in history.names.iter().zip(&history.grants.texts) {
        add(&|bytes| sections::put_texts(bytes, names, texts));
    }
    add(&|bytes| sections::put_grants(bytes, history, kept.first()));
    add(&|bytes| sections::put_ended(bytes, &history.ended, kept.first()));
    (bytes, lengths)
}

#[cfg(test)]
mod tests;
