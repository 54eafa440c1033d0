//! One HTTP exchange, and the stack that the credential chain uses too: hyper and rustls with ring.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorSettings, SharedHttpClient,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::fault::{Fault, Kind};

/// No answer of these APIs is longer; pages are cut well before.
const LONGEST_ANSWER: usize = 64 * 1024 * 1024;
const CONNECT: Duration = Duration::from_secs(10);

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// The stack. Connections are kept and shared between threads.
pub(super) struct Http {
    connector: Arc<Connector>,
    /// For the credential chain.
    pub(super) client: SharedHttpClient,
    /// One attempt, from connecting to the last byte.
    attempt: Duration,
}

impl Http {
    /// With the machine's roots and those in the file that `AWS_CA_BUNDLE` names, through the
    /// proxies that the environment names unless `direct`.
    ///
    /// # Errors
    /// When the bundle is no list of certificates; says why.
    pub(super) fn new(direct: bool, attempt: Duration) -> Result<Self, String> {
        let context = TlsContext::builder().with_trust_store(trust()?).build();
        let context = context.map_err(|e| format!("TLS cannot be set up: {e}"))?;
        let make = move |settings: HttpConnectorSettings| {
            let proxies = if direct { ProxyConfig::disabled() } else { ProxyConfig::from_env() };
            Connector::builder()
                .connector_settings(settings)
                .sleep_impl(TokioSleep::new())
                .proxy_config(proxies)
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .tls_context(context.clone())
                .build()
        };
        let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT).build();
        let connector = Arc::new(make(settings));
        let client = Builder::new().build_with_connector_fn(move |settings, _| {
            make(settings.cloned().unwrap_or_default())
        });
        Ok(Self { connector, client, attempt })
    }

    /// Sends a POST request and reads the answer.
    pub(super) async fn post(
        &self,
        url: &str,
        headers: &[(String, String)],
        body: Vec<u8>,
    ) -> Result<Reply, Fault> {
        self.send("POST", url, headers, body, LONGEST_ANSWER).await
    }

    /// Sends a request and reads the answer, which must not be longer than `most` bytes.
    pub(super) async fn send(
        &self,
        method: &str,
        url: &str,
        headers: &[(String, String)],
        body: Vec<u8>,
        most: usize,
    ) -> Result<Reply, Fault> {
        let mut request = HttpRequest::new(SdkBody::from(body));
        let malformed = |what: &str| Fault::new(Kind::Other, "BadRequest", what);
        request.set_method(method).map_err(|_| malformed("the method"))?;
        request.set_uri(url).map_err(|_| malformed("the URL"))?;
        for (name, value) in headers {
            let set = request.headers_mut().try_insert(name.clone(), value.clone());
            set.map_err(|_| malformed(&format!("the header {name} holds what headers cannot")))?;
        }
        match tokio::time::timeout(self.attempt, self.exchange(request, most)).await {
            Ok(done) => done,
            Err(_) => {
                let seconds = self.attempt.as_secs();
                let words = format!("no whole answer came within {seconds} seconds");
                Err(Fault::new(Kind::Unavailable, "TimedOut", words))
            }
        }
    }

    async fn exchange(&self, request: HttpRequest, most: usize) -> Result<Reply, Fault> {
        let broken = |words: String| Fault::new(Kind::Unavailable, "ConnectionFailed", words);
        let cut_off = |words: String| Fault::new(Kind::Unavailable, "CutOff", words);
        let response = self.connector.call(request).await.map_err(|e| broken(chain(&e)))?;
        let status = response.status().as_u16();
        let headers = response.headers().iter();
        let headers = headers.map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned())).collect();
        let mut stream = ByteStream::new(response.into_body());
        let mut body = Vec::new();
        while let Some(bytes) = stream.next().await {
            body.extend_from_slice(&bytes.map_err(|e| cut_off(chain(&e)))?);
            if body.len() > most {
                let words = format!("the answer has more than {most} bytes");
                return Err(Fault::new(Kind::Other, "AnswerTooLong", words));
            }
        }
        Ok(Reply { status, headers, body })
    }
}

/// An error with what caused it.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

/// The connector does not check what it is given, so it is checked here.
fn trust() -> Result<TrustStore, String> {
    let Some(path) = std::env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty()) else {
        return Ok(TrustStore::default());
    };
    let said = |cause: String| format!("AWS_CA_BUNDLE names {}: {cause}", path.display());
    let pem = std::fs::read(&path).map_err(|e| said(format!("it cannot be read: {e}")))?;
    check_bundle(&pem).map_err(said)?;
    Ok(TrustStore::default().with_pem_certificate(pem))
}

fn check_bundle(pem: &[u8]) -> Result<(), String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|e| format!("it is no PEM file: {e}"))?;
        roots.add(certificate).map_err(|e| format!("it has a certificate that is none: {e}"))?;
    }
    if roots.is_empty() { Err("it has no certificate".to_owned()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_that_is_none_is_an_error() {
        for text in [
            "",
            "nonsense",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n",
        ] {
            check_bundle(text.as_bytes()).expect_err(text);
        }
    }
}
