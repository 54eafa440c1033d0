//! Who held what from when to when, out of full listings of one system, one a day.
//!
//! Most of a listing is what yesterday's said, byte for byte. So a listing is compared with the one
//! before as text, line by line where they part, and only lines that came or went are parsed
//! ([`difference`]). What is held is counted by lines: a grant that two lines tell of is held until
//! both are gone. No hash stands for a line, so none can be taken for another.

mod course;
mod difference;
mod feed;
mod grants;
mod listing;
mod order;
mod out;
mod state;
mod text;

use std::io;
use std::path::{Path, PathBuf};
use std::thread;

pub use course::{Course, Rejected};
pub use grants::Stretch;
pub use listing::Listing;
pub use text::Text;

use crate::store::StoreError;
use listing::Reader;

/// Why a history cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// A file could not be written or read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// There is nothing to build from.
    #[error("{}: no file is named YYYY-MM-DD.jsonl or YYYY-MM-DD.jsonl.gz", .0.display())]
    NoListing(PathBuf),
    /// Two listings of one day: which one came first is not known.
    #[error("{first} and {second} are listings of the same day")]
    SameDay {
        /// One file.
        first: String,
        /// The other.
        second: String,
    },
    /// The state counts a listing that is not there any more, and others must be built again.
    #[error("{name} was counted in {} and has changed or is gone", state.display())]
    Changed {
        /// The listing's file.
        name: String,
        /// The state.
        state: PathBuf,
    },
    /// The result could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A listing, or a line of one, that could not be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unread {
    /// The listing's file.
    pub artifact: String,
    /// The line, from 1; `None` for the whole file.
    pub record: Option<u64>,
    /// What is wrong.
    pub cause: String,
    /// What can be done.
    pub hint: &'static str,
}

/// What building a history did.
#[derive(Debug, Default)]
pub struct Report {
    /// Listings that the history rests on.
    pub listings: usize,
    /// Of those, listings read now; the others were in the state.
    pub read: usize,
    /// Stretches written.
    pub stretches: usize,
    /// What could not be read. A listing with such lines opens stretches and ends none.
    pub unread: Vec<Unread>,
}

/// Builds the history of the listings in a directory and writes it to a Parquet file. With a state
/// only listings later than those that it counts are read.
///
/// # Errors
/// When a file cannot be read or written, when two listings are of the same day, and when one that
/// the state counts has changed or is gone.
pub fn history(dir: &Path, state: Option<&Path>, to: &Path) -> Result<Report, HistoryError> {
    let (found, saved) = thread::scope(|threads| {
        let opening = state.map(|state| threads.spawn(|| state::open(state)));
        let found = listing::find(dir);
        (found, opening.map(|opening| opening.join().expect("reading a state does not panic")))
    });
    let listings = found?;
    let (mut kept, mut new) = (state::Kept::default(), &listings[..]);
    if let (Some(state), Some(saved)) = (state, saved.transpose()?.flatten())
        && let Some(rest) = saved.rest(&listings, state)?
    {
        (kept, new) = (saved, rest);
    }
    let unread = build(dir, &mut kept, new)
        .map_err(|name| HistoryError::Changed { name, state: state.unwrap_or(dir).to_owned() })?;
    finish(kept, unread, new, state, to)
}

/// Takes new listings. What is kept has the lines of the last one or its name: then that is read
/// again while the first new one is. Its name is the error if it cannot be.
fn build(dir: &Path, kept: &mut state::Kept, new: &[Listing]) -> Result<Vec<Unread>, String> {
    let again = kept.live_of.clone().filter(|_| !new.is_empty());
    let (mut unread, mut lost) = (Vec::new(), false);
    thread::scope(|threads| {
        let path = again.as_ref().map(|name| dir.join(name));
        let mut reading =
            path.map(|path| threads.spawn(move || Reader::new().read(&path, Text::default())));
        feed::each(dir, new, |listing, text| {
            if let Some(reading) = reading.take() {
                match reading.join().expect("reading a listing does not panic") {
                    Ok(text) => kept.course.live = text,
                    Err(_) => lost = true,
                }
                course::end_last_line(&mut kept.course.live);
            }
            take(kept, &mut unread, listing, text)
        });
    });
    again.filter(|_| lost).map_or(Ok(unread), Err)
}

/// Writes the history and, beside it, the state.
fn finish(
    mut kept: state::Kept,
    unread: Vec<Unread>,
    new: &[Listing],
    state: Option<&Path>,
    to: &Path,
) -> Result<Report, HistoryError> {
    kept.taken.extend_from_slice(new);
    let history = order::InOrder::of(&kept.course.grants);
    let stretches = thread::scope(|threads| {
        let saving = state
            .filter(|_| !new.is_empty())
            .map(|state| threads.spawn(|| state::save(&kept, &history, state)));
        let stretches = out::write(&history, to)?;
        saving.map_or(Ok(()), |saving| saving.join().expect("saving does not panic"))?;
        Ok::<_, HistoryError>(stretches)
    })?;
    Ok(Report { listings: kept.taken.len(), read: new.len(), stretches, unread })
}

/// Takes a listing; gives memory that can be written over.
fn take(
    kept: &mut state::Kept,
    unread: &mut Vec<Unread>,
    listing: &Listing,
    text: Result<Text, String>,
) -> Text {
    let artifact = || listing.name.clone();
    match text {
        Ok(text) => {
            let (rejected, spare) = kept.course.take(listing.day, text);
            kept.live_of = kept.course.as_it_came.then(|| listing.name.clone());
            unread.extend(rejected.into_iter().map(|line| Unread {
                artifact: artifact(),
                record: Some(line.record),
                cause: line.cause,
                hint: "mend the line or fetch the listing again; until then it ends nothing",
            }));
            spare
        }
        Err(cause) => {
            let hint = "fetch the listing again; the day counts as one without a listing";
            unread.push(Unread { artifact: artifact(), record: None, cause, hint });
            Text::default()
        }
    }
}
