//! Fetches one object: a small one at once, a large one by ranges into a file.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::aws::Reply;
use crate::source::Payload;

use super::super::IN_MEMORY;
use super::client::Client;
use super::fault::Fault;
use super::keep::{Fetched, Keep, Metadata};
use super::listing::Listed;

/// Large objects are fetched by this many bytes at once.
const PART: u64 = IN_MEMORY;
/// As many parts of an object at the same time.
const PARTS: u64 = 4;
/// What stands before the names of metadata; Amazon S3 User Guide, "Working with object metadata".
const METADATA: &str = "x-amz-meta-";

/// The most memory that fetching an object takes, in bytes.
pub(super) fn memory(listed: &Listed) -> u64 {
    if listed.size > IN_MEMORY { PARTS * PART } else { listed.size.max(1) }
}

/// The object as it was listed, from what an earlier collection kept or from the bucket.
pub(super) async fn fetch(client: &Client, keep: &Keep, listed: &Listed) -> Result<Fetched, Fault> {
    if let Some(kept) = keep.find(listed) {
        return Ok(kept);
    }
    let fetched = if listed.size > IN_MEMORY {
        large(client, keep, listed).await?
    } else {
        let reply = client.object(&listed.key, &unchanged(listed), listed.size).await?;
        same(listed, &reply)?;
        Fetched { metadata: metadata(&reply), payload: Payload::Bytes(reply.body) }
    };
    keep.put(listed, &fetched).map_err(disk)?;
    Ok(fetched)
}

async fn large(client: &Client, keep: &Keep, listed: &Listed) -> Result<Fetched, Fault> {
    let path = keep.large(listed).map_err(disk)?;
    let file = OpenOptions::new().write(true).create(true).truncate(true).open(&path);
    let file = file.map_err(disk)?;
    let starts = (0..listed.size).step_by(usize::try_from(PART).unwrap_or(usize::MAX));
    let parts = stream::iter(starts.map(|start| part(client, listed, &file, start)));
    let parts: Vec<_> = parts.buffered(PARTS as usize).try_collect().await?;
    // What is kept is trusted by its length, so it must be there before it is known.
    file.sync_all().map_err(disk)?;
    let metadata = parts.into_iter().next().unwrap_or_default();
    Ok(Fetched { metadata, payload: Payload::File(path) })
}

async fn part(
    client: &Client,
    listed: &Listed,
    file: &File,
    start: u64,
) -> Result<Metadata, Fault> {
    let end = (start + PART).min(listed.size);
    let mut headers = unchanged(listed);
    headers.push(("range", format!("bytes={start}-{}", end - 1)));
    let reply = client.object(&listed.key, &headers, end - start).await?;
    same(listed, &reply)?;
    let range = reply.header("content-range");
    if range != Some(format!("bytes {start}-{}/{}", end - 1, listed.size).as_str()) {
        return Err(Fault::Answer("the service gives other bytes than were asked for".to_owned()));
    }
    file.write_all_at(&reply.body, start).map_err(disk)?;
    Ok(metadata(&reply))
}

/// Asks for the very version that was listed.
fn unchanged(listed: &Listed) -> Vec<(&'static str, String)> {
    if listed.etag.is_empty() { Vec::new() } else { vec![("if-match", listed.etag.clone())] }
}

/// Services that do not heed `If-Match` still say which version they gave.
fn same(listed: &Listed, reply: &Reply) -> Result<(), Fault> {
    let Some(etag) = reply.header("etag").filter(|_| !listed.etag.is_empty()) else {
        return Ok(());
    };
    if bare(etag) == bare(&listed.etag) {
        return Ok(());
    }
    Err(Fault::Status {
        status: 412,
        code: "PreconditionFailed".to_owned(),
        message: "its ETag is not the one that was listed".to_owned(),
        region: None,
    })
}

/// Not every service quotes in listings what it quotes in headers.
fn bare(etag: &str) -> &str {
    etag.trim_start_matches("W/").trim_matches('"')
}

fn metadata(reply: &Reply) -> Metadata {
    let named = reply.headers.iter();
    named.filter_map(|(n, v)| Some((n.strip_prefix(METADATA)?.to_owned(), v.clone()))).collect()
}

fn disk(error: io::Error) -> Fault {
    Fault::Disk(format!("it cannot be kept: {error}"))
}
