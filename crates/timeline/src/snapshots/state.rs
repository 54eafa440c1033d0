//! What one more day needs, on disk: [decision 0016](../../../../docs/adr/0016-listings-as-text.md).

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use libdeflater::Crc;
use serde::{Deserialize, Serialize};
use tenure_model::usage::{TextId, Texts};

use super::HistoryError;
use super::course::Course;
use super::grants::{Grant, Grants, Stretch};
use super::listing::Listing;
use super::order::InOrder;

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

const SCHEMA: &str = "tenure.history-state/v2";
const FILE: &str = "history.state";
/// No day: far outside any calendar.
const NONE: i32 = i32::MIN;

/// A state as it lies on disk, whole by its checksum.
pub(super) struct Saved {
    head: Head,
    bytes: Vec<u8>,
    /// Where sections begin.
    at: usize,
}

impl Saved {
    /// The listing to be read again for the live lines.
    pub(super) fn read_again(&self) -> Option<Listing> {
        let Head { taken, live_of, .. } = &self.head;
        taken.iter().find(|l| Some(&l.name) == live_of.as_ref()).cloned()
    }

    /// The listings that are not taken yet, if all are later than those that are; `None` when one of
    /// an earlier day came late.
    pub(super) fn rest<'l>(
        &self,
        listings: &'l [Listing],
        state: &Path,
    ) -> Result<Option<&'l [Listing]>, HistoryError> {
        let taken = &self.head.taken;
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

    /// What is in it; `None` when it contradicts itself.
    pub(super) fn kept(self) -> Option<Kept> {
        let Self { head, bytes, at } = self;
        let mut rest = &bytes[at..];
        let [p, e, v, grants, ended, live] = <[usize; 6]>::try_from(head.sections).ok()?;
        let mut section = |length: usize| {
            let (section, after) = rest.split_at_checked(length)?;
            rest = after;
            Some(section)
        };
        let texts = [texts(section(p)?)?, texts(section(e)?)?, texts(section(v)?)?];
        let mut all = Grants { texts, ..Grants::default() };
        add_grants(&mut all, section(grants)?)?;
        add_ended(&mut all, section(ended)?)?;
        let course = Course {
            live: section(live)?.to_vec(),
            as_it_came: head.live_of.is_some(),
            grants: all,
            last: head.last,
        };
        Some(Kept { taken: head.taken, course, live_of: head.live_of })
    }
}

/// The state in a directory; `None` when there is none, or none of this version that is whole.
pub(super) fn open(dir: &Path) -> Result<Option<Saved>, HistoryError> {
    let path = dir.join(FILE);
    match fs::read(&path) {
        Ok(bytes) => Ok(whole(bytes)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(HistoryError::Io { path, source }),
    }
}

fn whole(bytes: Vec<u8>) -> Option<Saved> {
    let end = memchr::memchr(b'\n', &bytes)?;
    let head = serde_json::from_slice(&bytes[..end]).ok();
    let head: Head = head.filter(|head: &Head| head.schema == SCHEMA)?;
    let mut crc = Crc::new();
    crc.update(&bytes[end + 1..]);
    (crc.sum() == head.checksum).then_some(Saved { head, bytes, at: end + 1 })
}

fn texts(section: &[u8]) -> Option<Texts> {
    let mut texts = Texts::default();
    let mut rest = section;
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (text, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        texts.add(str::from_utf8(text).ok()?);
        rest = after;
    }
    Some(texts)
}

fn add_grants(grants: &mut Grants, section: &[u8]) -> Option<()> {
    let (rows, _) = section.as_chunks::<24>();
    grants.list.reserve(rows.len());
    for row in rows {
        let [p, e, v, lines, lo, hi] = words(row);
        let key = [TextId(p), TextId(e), TextId(v)];
        if (0..3).any(|n| key[n].0 as usize > grants.texts[n].len()) {
            return None;
        }
        if grants.list.last().is_some_and(|before| before.key >= key) {
            return None;
        }
        let open = day(hi).map(|hi| (day(lo), hi));
        grants.list.push(Grant { key, lines, open });
    }
    grants.sorted = grants.list.len();
    Some(())
}

fn add_ended(grants: &mut Grants, section: &[u8]) -> Option<()> {
    let (rows, _) = section.as_chunks::<20>();
    for row in rows {
        let [grant, from_lo, from_hi, to_lo, to_hi] = words(row);
        let ended = Some((to_lo.cast_signed(), to_hi.cast_signed()));
        let stretch = Stretch { from_lo: day(from_lo), from_hi: from_hi.cast_signed(), ended };
        grants.list.get(grant as usize)?;
        grants.ended.push((grant, stretch));
    }
    Some(())
}

fn words<const N: usize>(row: &[u8]) -> [u32; N] {
    let (words, _) = row.as_chunks::<4>();
    std::array::from_fn(|n| u32::from_le_bytes(words[n]))
}

fn day(word: u32) -> Option<i32> {
    (word.cast_signed() != NONE).then_some(word.cast_signed())
}

/// Writes the state so that a reader sees the old one or the new, never half.
pub(super) fn save(kept: &Kept, history: &InOrder<'_>, dir: &Path) -> Result<(), HistoryError> {
    let failed = |path: PathBuf| move |source| HistoryError::Io { path, source };
    fs::create_dir_all(dir).map_err(failed(dir.to_owned()))?;
    let path = dir.join(FILE);
    let temporary = dir.join("history.state.new");
    let texts = history.names.iter().zip(&history.grants.texts);
    let mut sections: Vec<Vec<u8>> = texts.map(|(ids, texts)| text_section(ids, texts)).collect();
    sections.push(grant_section(history));
    sections.push(ended_section(&history.ended));
    let mut crc = Crc::new();
    let live = if kept.live_of.is_some() { &[][..] } else { &kept.course.live[..] };
    let all = || sections.iter().map(Vec::as_slice).chain([live]);
    all().for_each(|section| crc.update(section));
    let head = Head {
        schema: SCHEMA.to_owned(),
        taken: kept.taken.clone(),
        last: kept.course.last,
        live_of: kept.live_of.clone(),
        sections: all().map(<[u8]>::len).collect(),
        checksum: crc.sum(),
    };
    let write = || -> io::Result<()> {
        let mut file = BufWriter::new(File::create(&temporary)?);
        serde_json::to_writer(&mut file, &head)?;
        file.write_all(b"\n")?;
        all().try_for_each(|section| file.write_all(section))?;
        file.flush()
    };
    write().map_err(failed(temporary.clone()))?;
    fs::rename(&temporary, &path).map_err(failed(path))
}

fn text_section(ids: &[TextId], texts: &Texts) -> Vec<u8> {
    let mut section = Vec::with_capacity(texts.memory());
    for text in ids.iter().filter_map(|id| texts.get(*id)) {
        let length = u32::try_from(text.len()).expect("a line is no longer than its listing");
        section.extend_from_slice(&length.to_le_bytes());
        section.extend_from_slice(text.as_bytes());
    }
    section
}

fn grant_section(history: &InOrder<'_>) -> Vec<u8> {
    let mut section = Vec::with_capacity(history.list.len() * 24);
    for ([p, e, v], id) in &history.list {
        let grant = &history.grants.list[*id as usize];
        let (lo, hi) = grant.open.map_or((NONE, NONE), |(lo, hi)| (lo.unwrap_or(NONE), hi));
        put(&mut section, [*p, *e, *v, grant.lines, lo.cast_unsigned(), hi.cast_unsigned()]);
    }
    section
}

fn ended_section(ended: &[(u32, Stretch)]) -> Vec<u8> {
    let mut section = Vec::with_capacity(ended.len() * 20);
    for (grant, s) in ended {
        let (lo, hi) = s.ended.unwrap_or((NONE, NONE));
        let days = [s.from_lo.unwrap_or(NONE), s.from_hi, lo, hi].map(i32::cast_unsigned);
        put(&mut section, [*grant, days[0], days[1], days[2], days[3]]);
    }
    section
}

fn put<const N: usize>(section: &mut Vec<u8>, words: [u32; N]) {
    words.iter().for_each(|word| section.extend_from_slice(&word.to_le_bytes()));
}
