//! As much of S3 as collecting needs, with a bucket `logs` that can be made to misbehave.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

use super::server::{Request, Response, serve};

#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) bytes: Vec<u8>,
    pub(super) metadata: Vec<(String, String)>,
}

/// What is wrong with an object.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wrong {
    /// An answer of this status and code, this many times.
    Says(u16, &'static str, u32),
    /// Half of the body, this many times.
    CutOff(u32),
    /// Other bytes than were listed.
    Rewritten,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) objects: BTreeMap<String, Object>,
    pub(super) wrong: BTreeMap<String, Wrong>,
    /// Prefixes that may not be listed.
    pub(super) unlisted: BTreeSet<String>,
    /// Every request, in order: `LIST prefix` or `GET key`.
    pub(super) seen: Vec<String>,
    /// Keys on a page.
    pub(super) page: usize,
    /// What `ListPublicKeys` says.
    pub(super) keys: Option<String>,
    /// The bodies of the calls of `ListPublicKeys`.
    pub(super) asked_for_keys: Vec<String>,
    /// Where the bucket is, if not where it is asked for.
    pub(super) region: Option<&'static str>,
}

#[derive(Clone)]
pub(super) struct Fake {
    state: Arc<Mutex<State>>,
    pub(super) address: SocketAddr,
}

impl Fake {
    pub(super) fn start() -> Self {
        let state = Arc::new(Mutex::new(State { page: 1000, ..State::default() }));
        let served = Arc::clone(&state);
        let address = serve(move |request| answer(&mut served.lock().unwrap(), &request));
        Self { state, address }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(super) fn put(&self, key: &str, bytes: impl Into<Vec<u8>>) {
        let object = Object { bytes: bytes.into(), metadata: Vec::new() };
        self.state().objects.insert(key.to_owned(), object);
    }

    /// How often each object was asked for since the last time.
    pub(super) fn gets(&self) -> BTreeMap<String, u32> {
        let mut gets = BTreeMap::new();
        for line in self.state().seen.drain(..) {
            if let Some(key) = line.strip_prefix("GET ") {
                *gets.entry(key.to_owned()).or_default() += 1;
            }
        }
        gets
    }
}

fn error(status: u16, code: &str) -> Response {
    Response::new(
        status,
        format!(
            "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>as told</Message></Error>"
        ),
    )
}

fn answer(state: &mut State, request: &Request) -> Response {
    if request.header("authorization").is_none_or(|a| !a.starts_with("AWS4-HMAC-SHA256 ")) {
        return error(403, "AccessDenied");
    }
    if request.header("x-amz-target").is_some_and(|t| t.ends_with(".ListPublicKeys")) {
        state.asked_for_keys.push(String::from_utf8_lossy(&request.body).into_owned());
        return match &state.keys {
            Some(keys) => Response::new(200, keys.clone()),
            None => Response::new(400, r#"{"__type":"AccessDeniedException","Message":"no"}"#),
        };
    }
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
    let Some(rest) = path.strip_prefix("/logs") else { return error(404, "NoSuchBucket") };
    if let Some(region) = state.region.filter(|region| {
        !request.header("authorization").unwrap().contains(&format!("/{region}/s3/"))
    }) {
        let mut response = error(301, "PermanentRedirect");
        response.headers.push(("x-amz-bucket-region".to_owned(), region.to_owned()));
        return response;
    }
    match rest.strip_prefix('/').filter(|key| !key.is_empty()) {
        Some(key) => object(state, &decoded(key), request),
        None => {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            list(state, &pairs.map(|(name, value)| (name, decoded(value))).collect())
        }
    }
}

fn etag(bytes: &[u8]) -> String {
    format!("\"{}\"", &hex::encode(Sha256::digest(bytes))[..32])
}

fn object(state: &mut State, key: &str, request: &Request) -> Response {
    state.seen.push(format!("GET {key}"));
    let wrong = state.wrong.get_mut(key);
    let Some(found) = state.objects.get(key) else { return error(404, "NoSuchKey") };
    let etag = etag(&found.bytes);
    let mut bytes = found.bytes.clone();
    let mut promised = None;
    match wrong {
        Some(Wrong::Says(status, code, left)) if *left > 0 => {
            *left -= 1;
            return error(*status, code);
        }
        Some(Wrong::CutOff(left)) if *left > 0 => {
            *left -= 1;
            promised = Some(bytes.len());
            bytes.truncate(bytes.len() / 2);
        }
        Some(Wrong::Rewritten) => return error(412, "PreconditionFailed"),
        _ => {}
    }
    if request.header("if-match").is_some_and(|wanted| wanted != etag) {
        return error(412, "PreconditionFailed");
    }
    let mut headers = vec![("etag".to_owned(), etag)];
    for (name, value) in &found.metadata {
        headers.push((format!("x-amz-meta-{name}"), value.clone()));
    }
    let Some(range) = request.header("range") else {
        return Response { status: 200, headers, body: bytes, promised };
    };
    let (start, end) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
    let (start, end): (usize, usize) = (start.parse().unwrap(), end.parse().unwrap());
    headers.push(("content-range".to_owned(), format!("bytes {start}-{end}/{}", bytes.len())));
    Response { status: 206, headers, body: bytes[start..=end].to_vec(), promised: None }
}

/// ListObjectsV2, as the Amazon S3 API reference has it.
fn list(state: &mut State, query: &BTreeMap<&str, String>) -> Response {
    let get = |name: &str| query.get(name).map_or("", String::as_str);
    let prefix = get("prefix");
    state.seen.push(format!("LIST {prefix}"));
    if state.unlisted.contains(prefix) {
        return error(403, "AccessDenied");
    }
    let after = if get("continuation-token").is_empty() {
        get("start-after").to_owned()
    } else {
        get("continuation-token").to_owned()
    };
    let delimited = get("delimiter") == "/";
    let (mut out, mut last, mut count, mut more) = (String::new(), String::new(), 0, false);
    let encoded =
        |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string().replace("%20", "+");
    let mut folders = BTreeSet::new();
    for (key, object) in state.objects.range(prefix.to_owned()..) {
        let Some(rest) = key.strip_prefix(prefix) else { break };
        let folder =
            rest.split_once('/').filter(|_| delimited).map(|(f, _)| format!("{prefix}{f}/"));
        // A page that ends in a folder ends after all of it.
        if *key <= after
            || folder.as_ref().is_some_and(|f| after.starts_with(f) || folders.contains(f))
        {
            continue;
        }
        if count == state.page {
            more = true;
            break;
        }
        count += 1;
        match folder {
            Some(folder) => {
                out += &format!(
                    "<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>",
                    encoded(&folder)
                );
                last.clone_from(&folder);
                folders.insert(folder);
            }
            None => {
                last.clone_from(key);
                out += &format!(
                    "<Contents><Key>{}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>{}</ETag><Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>",
                    encoded(key),
                    etag(&object.bytes).replace('"', "&quot;"),
                    object.bytes.len()
                );
            }
        }
    }
    let token = if more {
        format!("<NextContinuationToken>{last}</NextContinuationToken>")
    } else {
        String::new()
    };
    Response::new(
        200,
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>logs</Name><EncodingType>url</EncodingType><IsTruncated>{more}</IsTruncated>{out}{token}</ListBucketResult>"
        ),
    )
}
