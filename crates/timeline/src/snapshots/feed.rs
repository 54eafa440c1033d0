//! Listings one after another, inflated by other threads while earlier ones are taken.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread;

use super::listing::{Listing, Reader};
use super::text::Text;

/// More threads only wait for the one that takes, and each holds two listings in memory.
const MOST_THREADS: usize = 4;

/// Hands every listing's text to `take`, in order; `take` gives memory back that it needs no more.
pub(super) fn each(
    dir: &Path,
    listings: &[Listing],
    mut take: impl FnMut(&Listing, Result<Text, String>) -> Text,
) {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads = cores.min(MOST_THREADS).min(listings.len());
    if listings.len() == 1 {
        take(&listings[0], Reader::new().read(&dir.join(&listings[0].name), Text::default()));
        return;
    }
    thread::scope(|scope| {
        let lanes: Vec<_> = (0..threads)
            .map(|lane| {
                let (texts, ready) = sync_channel(1);
                let (spare, spares) = channel();
                let own = listings.iter().skip(lane).step_by(threads);
                scope.spawn(move || inflate(dir, own, &texts, &spares));
                (ready, spare)
            })
            .collect();
        for (index, listing) in listings.iter().enumerate() {
            let (ready, spare) = &lanes[index % threads];
            let text = ready.recv().expect("each lane sends as many as are its own");
            // A lane that is at its end needs no memory any more.
            let _at_end = spare.send(take(listing, text));
        }
    });
}

fn inflate<'l>(
    dir: &Path,
    own: impl Iterator<Item = &'l Listing>,
    texts: &SyncSender<Result<Text, String>>,
    spares: &Receiver<Text>,
) {
    let mut reader = Reader::new();
    for listing in own {
        let text = reader.read(&dir.join(&listing.name), spares.try_recv().unwrap_or_default());
        if texts.send(text).is_err() {
            return;
        }
    }
}
