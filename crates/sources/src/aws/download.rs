//! Signed GET requests to S3, whose protocol is like no other: the resource is in the path, and
//! answers may be large. Unlike calls these do not block, so that many can be on their way.

use std::time::Duration;

use aws_credential_types::Credentials;

use super::endpoint::{Endpoint, Partition};
use super::fault::{Fault, Kind};
use super::http::{Http, Reply};
use super::sign::{self, Unsigned};

/// Asks S3 or what is compatible with it, with the bucket in the path.
pub(crate) struct Downloads {
    http: Http,
    endpoint: Option<Endpoint>,
}

impl Downloads {
    /// From another address than AWS's if there is an `endpoint`; `attempt` is the time for one
    /// request, from connecting to the last byte.
    ///
    /// # Errors
    /// When TLS cannot be set up; says why.
    pub(crate) fn new(endpoint: Option<Endpoint>, attempt: Duration) -> Result<Self, String> {
        let direct = endpoint.as_ref().is_some_and(Endpoint::is_loopback);
        Ok(Self { http: Http::new(direct, attempt)?, endpoint })
    }

    /// One attempt at a resource, `BUCKET[/KEY][?QUERY]` as it is to be sent. Whatever status comes
    /// back is an answer.
    ///
    /// # Errors
    /// When no whole answer comes, or one of more than `most` bytes.
    pub(crate) async fn get(
        &self,
        keys: &Credentials,
        region: &str,
        resource: &str,
        headers: &[(&str, String)],
        most: usize,
    ) -> Result<Reply, Fault> {
        let base = match &self.endpoint {
            Some(endpoint) => endpoint.url(),
            None => format!("https://s3.{region}.{}/", Partition::of(region).suffix),
        };
        let url = format!("{base}{resource}");
        let host = url.split('/').nth(2).unwrap_or_default().to_owned();
        let mut headers: Vec<_> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        headers.push(("host".to_owned(), host));
        let borrowed: Vec<_> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let unsigned = Unsigned {
            method: "GET",
            url: &url,
            headers: &borrowed,
            body: b"",
            service: "s3",
            region,
        };
        let added = sign::headers(&unsigned, keys, super::machine_time());
        headers.extend(added.map_err(|words| Fault::new(Kind::Other, "CannotSign", words))?);
        headers.push(("user-agent".to_owned(), super::AGENT.to_owned()));
        self.http.send("GET", &url, &headers, Vec::new(), most).await
    }
}
