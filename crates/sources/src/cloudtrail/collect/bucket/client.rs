//! Signed GET requests to a bucket, tried again when trying again may help. The protocol is that of
//! the Amazon S3 API reference, with the bucket in the path. Keys are used as they are: they are
//! names of evidence, and no normal form of them would do.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::aws::{self, Downloads, Identity, Reply};

use super::fault::Fault;
use super::place::Place;

/// Requests are tried so often, with growing pauses: for half a minute in all.
const TRIES: u32 = 9;
/// A body that comes cut off so often will not come whole, and a service that never answered does
/// not exist.
const FEW_TRIES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// One attempt, from connecting to the last byte.
const ATTEMPT: Duration = Duration::from_secs(120);
/// Error bodies are at most so long.
const MOST_OF_ERROR: usize = 64 * 1024;

/// What stands for itself in a query; RFC 3986, section 2.3.
const QUERY: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const PATH: AsciiSet = QUERY.remove(b'/');

/// Talks to one bucket.
pub(super) struct Client {
    downloads: Downloads,
    who: Arc<Who>,
    bucket: String,
    region: RwLock<String>,
    requests: AtomicU64,
    /// Whether the service ever answered.
    answered: AtomicBool,
}

/// Whom requests are made as.
pub(super) struct Who {
    /// Fetches credentials where that takes calls.
    pub(super) api: aws::Client,
    pub(super) identity: Identity,
}

impl Who {
    /// Whoever the surroundings say.
    pub(super) fn new(place: &Place) -> Result<Self, Fault> {
        let api = aws::Client::new(aws::Options {
            region: place.region.clone().unwrap_or_else(|| DEFAULT_REGION.to_owned()),
            endpoint: place.endpoint.clone(),
            requests_per_second: 5,
            patience: aws::Patience { attempts: 4, ..aws::Patience::default() },
        });
        let api = api.map_err(Fault::Unreachable)?;
        let identity = Identity::from_surroundings(&api);
        Ok(Self { api, identity })
    }
}

/// Where S3 is asked first when nobody says where the bucket is.
const DEFAULT_REGION: &str = "us-east-1";

impl Client {
    /// For the bucket that the settings name.
    ///
    /// # Errors
    /// When no client can be made.
    pub(super) fn new(place: &Place, who: Arc<Who>) -> Result<Self, Fault> {
        let downloads = Downloads::new(place.endpoint.clone(), ATTEMPT);
        Ok(Self {
            downloads: downloads.map_err(Fault::Unreachable)?,
            who,
            bucket: place.bucket.clone(),
            region: RwLock::new(place.region.clone().unwrap_or_else(|| DEFAULT_REGION.to_owned())),
            requests: AtomicU64::new(0),
            answered: AtomicBool::new(false),
        })
    }

    /// How many requests were made.
    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Goes on in another region.
    pub(super) fn move_to(&self, region: &str) {
        region.clone_into(&mut self.region.write().unwrap_or_else(PoisonError::into_inner));
    }

    fn region(&self) -> String {
        self.region.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The bucket's own resource, with a query.
    pub(super) async fn bucket(&self, query: &[(&str, &str)], most: u64) -> Result<Reply, Fault> {
        let encoded = |text| utf8_percent_encode(text, &QUERY).to_string();
        let query: Vec<_> =
            query.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        self.get(&format!("?{}", query.join("&")), &[], most, None).await
    }

    /// An object, or a range of its bytes, which must be exactly `bytes` long.
    pub(super) async fn object(
        &self,
        key: &str,
        headers: &[(&'static str, String)],
        bytes: u64,
    ) -> Result<Reply, Fault> {
        let path = format!("/{}", utf8_percent_encode(key, &PATH));
        self.get(&path, headers, bytes, Some(bytes)).await
    }

    async fn get(
        &self,
        rest: &str,
        headers: &[(&'static str, String)],
        most: u64,
        exactly: Option<u64>,
    ) -> Result<Reply, Fault> {
        let mut pause = FIRST_PAUSE;
        let mut tries = 1;
        loop {
            let fault = match self.once(rest, headers, most).await {
                Ok(reply) => match exactly.filter(|n| *n != reply.body.len() as u64) {
                    None => return Ok(reply),
                    Some(n) => Fault::CutOff(format!("{} bytes came of {n}", reply.body.len())),
                },
                Err(fault) => fault,
            };
            let enough = match fault {
                Fault::CutOff(_) => FEW_TRIES,
                Fault::Unreachable(_) if !self.answered.load(Ordering::Relaxed) => FEW_TRIES,
                _ => TRIES,
            };
            if !fault.passes() || tries >= enough {
                return Err(fault);
            }
            tokio::time::sleep(spread(pause, rest)).await;
            (pause, tries) = (pause * 2, tries + 1);
        }
    }

    async fn once(
        &self,
        rest: &str,
        headers: &[(&'static str, String)],
        most: u64,
    ) -> Result<Reply, Fault> {
        let who = Arc::clone(&self.who);
        // Fetching credentials may block.
        let keys = tokio::task::spawn_blocking(move || who.identity.credentials(&who.api)).await;
        let keys = match keys {
            Ok(keys) => keys.map_err(|e| Fault::Credentials(e.to_string()))?,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        };
        self.requests.fetch_add(1, Ordering::Relaxed);
        let most = usize::try_from(most).unwrap_or(usize::MAX).max(MOST_OF_ERROR);
        let (region, resource) = (self.region(), format!("{}{rest}", self.bucket));
        let reply = self.downloads.get(&keys, &region, &resource, headers, most).await;
        let reply = reply.map_err(|e| match (e.kind, e.code.as_str()) {
            (_, "CutOff") => Fault::CutOff(format!("it came cut off: {}", e.message)),
            (aws::Kind::Unavailable, _) => Fault::Unreachable(e.message),
            _ => Fault::Answer(e.message),
        })?;
        self.answered.store(true, Ordering::Relaxed);
        if (200..300).contains(&reply.status) {
            return Ok(reply);
        }
        Err(Fault::of(reply.status, reply.header("x-amz-bucket-region"), &reply.body))
    }
}

/// Between half and all of a pause, so that requests which failed together do not come together
/// again.
fn spread(pause: Duration, request: &str) -> Duration {
    let sum: u64 = request.bytes().map(u64::from).sum();
    pause.mul_f64(0.5 + (sum % 64) as f64 / 128.0)
}
