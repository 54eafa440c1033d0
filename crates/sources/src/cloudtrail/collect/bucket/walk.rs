//! Lists folder by folder and fetches ahead. Whatever the parallelism, objects come out in the
//! order of their keys.

use std::sync::Arc;

use futures_util::{Stream, StreamExt as _, stream};
use tenure_model::entry::Gap;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::client::Client;
use super::fault::Fault;
use super::fetch::{fetch, memory};
use super::keep::{Fetched, Keep};
use super::layout::Folder;
use super::listing::{Listed, Page, Query};
use super::place::Place;

/// Bytes that are fetched and not handed over yet, in all.
const IN_FLIGHT: usize = 64 * 1024 * 1024;
/// Keys that are listed and not fetched yet.
const LISTED_AHEAD: usize = 4096;

/// What listing says.
#[derive(Debug)]
pub(super) enum Step {
    /// An object of a folder.
    Object(Listed, Arc<Folder>),
    /// A prefix that cannot be listed, or not to its end.
    Unlisted(String, Fault),
    /// A folder that the settings name and that holds nothing.
    Empty(String),
    /// An object that is not to be fetched.
    Refused(Gap),
}

/// What there is to do about one step, in turn.
pub(super) enum Turn {
    /// An object that was fetched, and the memory that it takes.
    Fetched(Listed, Arc<Folder>, Result<Fetched, Fault>, OwnedSemaphorePermit),
    /// Anything that was not to be fetched.
    Told(Step),
}

/// Lists the folders in the background.
pub(super) fn list(client: Arc<Client>, place: Arc<Place>, folders: Vec<Folder>) -> Receiver<Step> {
    let (to, from) = channel(LISTED_AHEAD);
    tokio::spawn(async move {
        let first_pages = folders.into_iter().map(|folder| {
            let client = Arc::clone(&client);
            async move {
                let after = folder.start_after();
                let query =
                    Query { prefix: &folder.dir, after: after.as_deref(), ..Query::default() };
                let page = client.page(query).await;
                (Arc::new(folder), page)
            }
        });
        let mut first_pages = stream::iter(first_pages).buffered(place.parallel);
        while let Some((folder, page)) = first_pages.next().await {
            if pages(&client, &place, &folder, page, &to).await.is_none() {
                return; // Nobody listens any more.
            }
        }
    });
    from
}

/// Passes the objects of a folder on, from its first page to its last.
async fn pages(
    client: &Client,
    place: &Place,
    folder: &Arc<Folder>,
    mut page: Result<Page, Fault>,
    to: &Sender<Step>,
) -> Option<()> {
    let mut objects = 0_u64;
    loop {
        let Page { objects: listed, next, .. } = match page {
            Ok(page) => page,
            Err(fault) => return to.send(Step::Unlisted(folder.dir.clone(), fault)).await.ok(),
        };
        for listed in listed {
            let day = folder.day(&listed.key);
            if place.to.is_some_and(|to| day.is_some_and(|day| day >= to)) {
                return Some(()); // Keys of later days follow.
            }
            // Services that do not know `start-after` list from the beginning.
            if folder.first.is_some_and(|first| day.is_some_and(|day| day < first.day_start())) {
                continue;
            }
            objects += 1;
            to.send(Step::Object(listed, Arc::clone(folder))).await.ok()?;
        }
        let Some(token) = next else { break };
        let query = Query { prefix: &folder.dir, token: Some(&token), ..Query::default() };
        page = client.page(query).await;
    }
    if folder.named && objects == 0 {
        to.send(Step::Empty(folder.dir.clone())).await.ok()?;
    }
    Some(())
}

/// Fetches ahead and in parallel, what `judge` leaves of the steps; the turns come in their order.
pub(super) fn turns<'a>(
    client: &Arc<Client>,
    place: &Place,
    keep: &Keep,
    steps: Receiver<Step>,
    judge: impl Fn(Step) -> Option<Step> + 'a,
) -> impl Stream<Item = Turn> + 'a {
    let memory_left = Arc::new(Semaphore::new(IN_FLIGHT));
    let (client, keep) = (Arc::clone(client), keep.clone());
    let steps =
        stream::unfold(
            steps,
            |mut steps| async move { steps.recv().await.map(|step| (step, steps)) },
        );
    steps
        .filter_map(move |step| std::future::ready(judge(step)))
        // Memory is given out in turn, so that the object whose turn it is always has its share.
        .then(move |step| with_share(Arc::clone(&memory_left), step))
        .map(move |step| begin(Arc::clone(&client), keep.clone(), step))
        .buffered(place.parallel)
}

/// An object that may be fetched, and the memory for it.
type Begun = (Listed, Arc<Folder>, OwnedSemaphorePermit);

/// Waits until there is memory for an object. What is no object needs none.
async fn with_share(memory_left: Arc<Semaphore>, step: Step) -> Result<Begun, Step> {
    let Step::Object(listed, folder) = step else { return Err(step) };
    let bytes = u32::try_from(memory(&listed)).unwrap_or(u32::MAX);
    match memory_left.acquire_many_owned(bytes).await {
        Ok(share) => Ok((listed, folder, share)),
        Err(_) => Err(Step::Object(listed, folder)), // It is never closed.
    }
}

/// Begins to fetch at once; the future ends when it is done.
fn begin(client: Arc<Client>, keep: Keep, step: Result<Begun, Step>) -> impl Future<Output = Turn> {
    let task = step.map(|(listed, folder, share)| {
        tokio::spawn(async move {
            let fetched = fetch(&client, &keep, &listed).await;
            Turn::Fetched(listed, folder, fetched, share)
        })
    });
    async move {
        match task {
            Ok(task) => task.await.unwrap_or_else(|panic| {
                std::panic::resume_unwind(panic.into_panic());
            }),
            Err(step) => Turn::Told(step),
        }
    }
}
