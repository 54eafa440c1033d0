//! Exchanges as they complete, on disk: a collection that was killed is continued with them, and
//! the artifact is written from them in order at the end. Memory holds only where each one is.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use tenure_model::time::Timestamp;

use super::super::capture::{Exchange, Line};
use crate::aws::Fault;

/// What an exchange is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Key([u8; 16]);

impl Key {
    pub(super) fn of(exchange: &Exchange<'_>) -> Self {
        let mut hash = Sha256::new();
        let (input, page) = (exchange.input.to_string(), exchange.page.to_string());
        for part in [&*exchange.service, &*exchange.region, &*exchange.action, &input, &page] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let mut key = [0; 16];
        key.copy_from_slice(&hash.finalize()[..16]);
        Self(key)
    }
}

/// Where an exchange is.
#[derive(Clone, Debug)]
struct Place {
    offset: u64,
    length: usize,
    /// Written by an earlier process.
    old: bool,
    fault: Option<Fault>,
}

/// An exchange from the journal.
#[derive(Debug)]
pub(super) struct Found {
    /// The line, without its end.
    pub(super) line: Vec<u8>,
    /// Written by an earlier process.
    pub(super) old: bool,
    /// Why it failed for good, if it did.
    pub(super) fault: Option<Fault>,
}

/// The exchanges of one account.
#[derive(Debug)]
pub(super) struct Journal(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    file: File,
    end: u64,
    places: HashMap<Key, Place>,
}

impl Journal {
    /// Opens it and keeps what an earlier process learned within `young`. Failures are asked for
    /// again; a line that was cut off is cut away.
    pub(super) fn open(
        path: &Path,
        young: std::ops::RangeInclusive<Timestamp>,
    ) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let mut inner = Inner { file, end: 0, places: HashMap::new() };
        inner.load(young)?;
        Ok(Self(Mutex::new(inner)))
    }

    /// The exchange, if it is there.
    pub(super) fn find(&self, key: &Key) -> io::Result<Option<Found>> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(place) = inner.places.get(key).cloned() else { return Ok(None) };
        let mut line = vec![0; place.length];
        inner.file.seek(SeekFrom::Start(place.offset))?;
        inner.file.read_exact(&mut line)?;
        Ok(Some(Found { line, old: place.old, fault: place.fault }))
    }

    /// Adds an exchange; it replaces an earlier one about the same.
    pub(super) fn add(&self, exchange: &Exchange<'_>, fault: Option<Fault>) -> io::Result<()> {
        let mut line = serde_json::to_vec(exchange)?;
        line.push(b'\n');
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One write for the whole line: whoever kills the process leaves whole lines, save one.
        inner.file.write_all(&line)?;
        let (offset, length) = (inner.end, line.len() - 1);
        inner.end += line.len() as u64;
        inner.places.insert(Key::of(exchange), Place { offset, length, old: false, fault });
        Ok(())
    }

    /// How many exchanges of an earlier process it holds.
    pub(super) fn old(&self) -> usize {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.places.values().filter(|place| place.old).count()
    }
}

impl Inner {
    fn load(&mut self, young: std::ops::RangeInclusive<Timestamp>) -> io::Result<()> {
        let mut reader = BufReader::new(&self.file);
        let (mut line, mut offset) = (Vec::new(), 0_u64);
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line)?;
            let Some(text) = line.strip_suffix(b"\n") else { break };
            // A line that nobody of us wrote: nothing after it can be trusted either.
            let Ok(Line::Exchange(exchange)) = Line::parse(text) else { break };
            if exchange.error.is_none() && young.contains(&exchange.at) {
                let place = Place { offset, length: text.len(), old: true, fault: None };
                self.places.insert(Key::of(&exchange), place);
            }
            offset += read as u64;
        }
        self.file.set_len(offset)?;
        self.end = offset;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Kind;

    fn exchange(user: &str, at: i64, error: Option<&'static str>) -> Exchange<'static> {
        Exchange {
            at: Timestamp::from_seconds(at),
            account: "111122223333".into(),
            service: "iam".into(),
            region: "us-east-1".into(),
            action: "ListAccessKeys".into(),
            input: serde_json::json!({"UserName": user}),
            page: 1,
            status: 200,
            request_id: None,
            media_type: "text/xml".into(),
            body: format!("<{user}/>").into(),
            error: error.map(Into::into),
        }
    }

    fn open(path: &Path) -> Journal {
        let young = Timestamp::from_seconds(100)..=Timestamp::from_seconds(200);
        Journal::open(path, young).expect("a journal")
    }

    #[test]
    fn what_is_whole_and_young_and_no_failure_is_found_again() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("journal");
        let journal = open(&path);
        let fault = Fault::new(Kind::Denied, "AccessDenied", "no");
        journal.add(&exchange("young", 150, None), None).expect("room");
        journal.add(&exchange("old", 50, None), None).expect("room");
        journal.add(&exchange("ahead", 250, None), None).expect("room");
        journal.add(&exchange("denied", 150, Some("AccessDenied")), Some(fault)).expect("room");
        assert_eq!(journal.old(), 0);
        let key = Key::of(&exchange("denied", 0, None));
        assert!(journal.find(&key).expect("disk").expect("there").fault.is_some());
        drop(journal);

        let bytes = std::fs::read(&path).expect("bytes");
        for cut in [bytes.len(), bytes.len() - 1, bytes.len() - 40] {
            std::fs::write(&path, &bytes[..cut]).expect("room");
            let journal = open(&path);
            for (user, there) in
                [("young", true), ("old", false), ("ahead", false), ("denied", false)]
            {
                let found = journal.find(&Key::of(&exchange(user, 0, None))).expect("disk");
                assert_eq!(found.is_some(), there, "{user}, cut at {cut}");
                assert!(found.is_none_or(|found| found.old));
            }
            // What is added after a cut line is found by the next process.
            journal.add(&exchange("next", 160, None), None).expect("room");
            drop(journal);
            assert_eq!(open(&path).old(), 2);
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(32))]
        #[test]
        fn whatever_the_file_holds_it_opens_and_takes_more(bytes: Vec<u8>, cut in 0_usize..400) {
            let dir = tempfile::tempdir().expect("a directory");
            let path = dir.path().join("journal");
            let mut text = serde_json::to_vec(&exchange("young", 150, None)).expect("JSON");
            text.push(b'\n');
            text.truncate(cut);
            text.extend(&bytes);
            std::fs::write(&path, &text).expect("room");
            open(&path).add(&exchange("next", 160, None), None).expect("room");
            let key = Key::of(&exchange("next", 0, None));
            proptest::prop_assert!(open(&path).find(&key).expect("disk").is_some());
        }
    }
}
