//! Signed GET requests to a bucket, tried again when trying again may help. The protocol is that of
//! the Amazon S3 API reference, with the bucket in the path. Keys are used as they are: they are
//! names of evidence, and no normal form of them would do.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use futures_util::StreamExt as _;
use http::{HeaderMap, HeaderValue, Method};
use object_store::ClientOptions;
use object_store::aws::{AwsAuthorizer, AwsCredentialProvider};
use object_store::client::{
    HttpClient, HttpConnector as _, HttpRequest, HttpRequestBody, ReqwestConnector,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::fault::Fault;
use super::place::Place;

/// Requests are tried so often, with growing pauses: for half a minute in all.
const TRIES: u32 = 9;
/// A body that comes cut off so often will not come whole.
const TRIES_OF_BODIES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const TIMEOUT: Duration = Duration::from_secs(120);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Error bodies are read up to here.
const MOST_OF_ERROR: u64 = 64 * 1024;

/// What stands for itself in a query; RFC 3986, section 2.3.
const QUERY: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const PATH: AsciiSet = QUERY.remove(b'/');

/// Talks to one bucket.
pub(super) struct Client {
    http: HttpClient,
    credentials: AwsCredentialProvider,
    endpoint: Option<String>,
    bucket: String,
    region: RwLock<String>,
    requests: AtomicU64,
}

/// A whole answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Client {
    /// For the bucket that the settings name.
    ///
    /// # Errors
    /// When no client can be made.
    pub(super) fn new(place: &Place, credentials: AwsCredentialProvider) -> Result<Self, Fault> {
        let options = ClientOptions::new()
            .with_allow_http(place.endpoint.is_some())
            .with_timeout(TIMEOUT)
            .with_connect_timeout(CONNECT_TIMEOUT)
            .with_user_agent(HeaderValue::from_static(concat!(
                "tenure/",
                env!("CARGO_PKG_VERSION")
            )));
        let http = ReqwestConnector::default()
            .connect(&options)
            .map_err(|e| Fault::Unreachable(e.to_string()))?;
        Ok(Self {
            http,
            credentials,
            endpoint: place.endpoint.clone(),
            bucket: place.bucket.clone(),
            region: RwLock::new(place.region.clone().unwrap_or_else(|| "us-east-1".to_owned())),
            requests: AtomicU64::new(0),
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
            let enough = if matches!(fault, Fault::CutOff(_)) { TRIES_OF_BODIES } else { TRIES };
            if !fault.passes() || tries >= enough {
                return Err(fault);
            }
            tokio::time::sleep(pause).await;
            (pause, tries) = (pause * 2, tries + 1);
        }
    }

    async fn once(
        &self,
        rest: &str,
        headers: &[(&'static str, String)],
        most: u64,
    ) -> Result<Reply, Fault> {
        let request = self.signed(rest, headers).await?;
        self.requests.fetch_add(1, Ordering::Relaxed);
        let unreachable = |e: object_store::client::HttpError| Fault::Unreachable(causes(&e));
        let (parts, body) = self.http.execute(request).await.map_err(unreachable)?.into_parts();
        let status = parts.status;
        let most = if status.is_success() { most } else { MOST_OF_ERROR };
        let mut stream = body.bytes_stream();
        let mut body = Vec::new();
        while let Some(frame) = stream.next().await {
            match frame {
                Ok(bytes) if body.len() as u64 + bytes.len() as u64 <= most => body.extend(bytes),
                Ok(_) if status.is_success() => {
                    return Err(Fault::Answer(format!("the answer has more than {most} bytes")));
                }
                Ok(_) => break,
                Err(e) if status.is_success() => {
                    return Err(Fault::CutOff(format!("it came cut off: {}", causes(&e))));
                }
                Err(_) => break,
            }
        }
        if status.is_success() {
            return Ok(Reply { headers: parts.headers, body });
        }
        let region = parts.headers.get("x-amz-bucket-region").and_then(|v| v.to_str().ok());
        Err(Fault::of(status.as_u16(), region, &body))
    }

    async fn signed(
        &self,
        rest: &str,
        headers: &[(&'static str, String)],
    ) -> Result<HttpRequest, Fault> {
        let region = self.region();
        let host = self.endpoint.clone().unwrap_or_else(|| host_of(&region));
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.method_mut() = Method::GET;
        *request.uri_mut() = format!("{host}/{}{rest}", self.bucket)
            .parse()
            .map_err(|e| Fault::Answer(format!("its name makes no address: {e}")))?;
        for (name, value) in headers {
            let value = HeaderValue::from_str(value)
                .map_err(|_| Fault::Answer("its ETag is no header value".to_owned()))?;
            request.headers_mut().insert(*name, value);
        }
        let credential = self.credentials.get_credential().await;
        let credential = credential.map_err(|e| Fault::Credentials(causes(&e)))?;
        let parts = [Some(&credential.key_id), credential.token.as_ref()];
        if parts.into_iter().flatten().any(|part| HeaderValue::from_str(part).is_err()) {
            let cause = "the key id or the session token holds characters that no such thing holds";
            return Err(Fault::Credentials(cause.to_owned()));
        }
        AwsAuthorizer::new(&credential, "s3", &region).authorize(&mut request, None);
        Ok(request)
    }
}

/// As in "AWS service endpoints" of the AWS General Reference.
fn host_of(region: &str) -> String {
    let domain = match region {
        region if region.starts_with("cn-") => "amazonaws.com.cn",
        region if region.starts_with("eusc-") => "amazonaws.eu",
        _ => "amazonaws.com",
    };
    format!("https://s3.{region}.{domain}")
}

/// The innermost cause tells most.
fn causes(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
