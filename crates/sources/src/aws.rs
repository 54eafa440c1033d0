//! A small client of AWS's APIs that hands back answers as they came.
//!
//! What AWS said is evidence, so it has to be recorded before anyone parses it; typed clients give
//! parsed structures only (ADR 0011). Calls block, so async code must not make them on its own
//! threads; a client may be used by many threads at once.
//!
//! This is the one part of the crate that reads the environment and the machine's clock: where
//! credentials are found is AWS's convention, and a signature is good for minutes.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use tokio::runtime::Runtime;

mod answer;
mod download;
mod endpoint;
mod fault;
mod http;
mod identity;
mod pace;
mod request;
mod sign;
pub(crate) mod xml;

pub(crate) use answer::Answer;
pub(crate) use download::Downloads;
pub(crate) use endpoint::{Endpoint, Service};
pub(crate) use fault::{Fault, Kind};
pub(crate) use http::Reply;
pub(crate) use identity::{Identity, Role};
pub(crate) use pace::Patience;
pub(crate) use request::Call;

/// How a client asks.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The region of services that have regions; it also says which partition is asked.
    pub(crate) region: String,
    /// Another address for every service.
    pub(crate) endpoint: Option<Endpoint>,
    /// Requests per second, all threads together.
    pub(crate) requests_per_second: u32,
    /// How patiently.
    pub(crate) patience: Patience,
}

/// A client.
pub(crate) struct Client {
    runtime: Runtime,
    http: http::Http,
    region: String,
    endpoint: Option<Endpoint>,
    budget: pace::Budget,
    patience: Patience,
}

impl Client {
    /// With these options.
    ///
    /// # Errors
    /// When TLS or threads cannot be set up; says why.
    pub(crate) fn new(options: Options) -> Result<Self, String> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("aws")
            .enable_all()
            .build()
            .map_err(|e| format!("no thread can be started: {e}"))?;
        let direct = options.endpoint.as_ref().is_some_and(Endpoint::is_loopback);
        Ok(Self {
            runtime,
            http: http::Http::new(direct, options.patience.attempt)?,
            region: options.region,
            endpoint: options.endpoint,
            budget: pace::Budget::new(options.requests_per_second),
            patience: options.patience,
        })
    }

    /// Asks until there is an answer that asking again would not change, or patience ends.
    pub(crate) fn call(&self, who: &Identity, call: &Call<'_>) -> Answer {
        self.call_at_most(self.patience.attempts, who, call)
    }

    /// The same with a patience of its own.
    pub(crate) fn call_at_most(&self, most: u32, who: &Identity, call: &Call<'_>) -> Answer {
        let mut renewed = false;
        let mut attempts = 0;
        loop {
            let keys = match who.credentials(self) {
                Ok(keys) => keys,
                Err(fault) => return Answer::none(fault, attempts),
            };
            self.budget.take();
            attempts += 1;
            let (answer, ordered) = self.once(&keys, call, attempts);
            let Some(kind) = answer.fault.as_ref().map(|fault| fault.kind) else { return answer };
            if kind == Kind::Expired && !renewed && who.renew(self, &keys) {
                renewed = true;
                continue;
            }
            if !kind.may_pass() || attempts >= most {
                return answer;
            }
            let wait = self.patience.wait(attempts, ordered);
            if kind == Kind::Throttled {
                self.budget.pause(wait);
            } else {
                std::thread::sleep(wait);
            }
        }
    }

    /// How often a call is tried.
    pub(crate) const fn attempts(&self) -> u32 {
        self.patience.attempts
    }

    /// One attempt, and how long the server says to wait.
    fn once(&self, keys: &Credentials, call: &Call<'_>, n: u32) -> (Answer, Option<Duration>) {
        let url = self.url(call);
        let (headers, body) = match self.signed(keys, call, &url) {
            Ok(request) => request,
            Err(words) => {
                return (Answer::none(Fault::new(Kind::Other, "CannotSign", words), n), None);
            }
        };
        match self.runtime.block_on(self.http.post(&url, &headers, body)) {
            Ok(reply) => {
                let ordered = reply.header("retry-after").and_then(|text| text.trim().parse().ok());
                (Answer::from_reply(reply, keys, n), ordered.map(Duration::from_secs))
            }
            Err(fault) => (Answer::none(fault, n), None),
        }
    }

    fn signed(&self, keys: &Credentials, call: &Call<'_>, url: &str) -> Result<Signed, String> {
        let (mut headers, body) = request::write(call);
        let host = url.split('/').nth(2).unwrap_or_default().to_owned();
        headers.push(("host".to_owned(), host));
        let borrowed: Vec<_> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let unsigned = sign::Unsigned {
            method: "POST",
            url,
            headers: &borrowed,
            body: &body,
            service: call.service.name(),
            region: call.service.region(call.region),
        };
        let added = sign::headers(&unsigned, keys, machine_time())?;
        headers.extend(added);
        headers.push(("user-agent".to_owned(), AGENT.to_owned()));
        Ok((headers, body))
    }

    fn url(&self, call: &Call<'_>) -> String {
        match &self.endpoint {
            Some(endpoint) => endpoint.url(),
            None => format!("https://{}/", call.service.host(call.region)),
        }
    }
}

type Signed = (Vec<(String, String)>, Vec<u8>);

const AGENT: &str = concat!("tenure/", env!("CARGO_PKG_VERSION"));

/// The machine's time, for what AWS compares with its own: signatures and the end of credentials.
#[expect(
    clippy::disallowed_methods,
    reason = "AWS refuses signatures that are minutes off, so a clock that a user sets does not do"
)]
fn machine_time() -> SystemTime {
    SystemTime::now()
}
