//! A bucket of moto's, which is an S3 that others wrote.

use std::net::SocketAddr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tenure_testkit::moto::Moto;

use super::server::{Request, ask};

const PATH: AsciiSet =
    NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";

pub(super) struct Bucket {
    /// Serves for as long as it is here.
    _moto: Moto,
    pub(super) address: SocketAddr,
}

impl Bucket {
    /// An empty bucket `logs`; `None` where moto is not installed.
    pub(super) fn start(test: &str) -> Option<Self> {
        let moto = Moto::start(test)?;
        let address = moto.url().strip_prefix("http://").unwrap().parse().unwrap();
        let bucket = Self { _moto: moto, address };
        bucket.send("/logs", &[], Vec::new());
        Some(bucket)
    }

    pub(super) fn put(&self, key: &str, metadata: &[(&str, &str)], bytes: &[u8]) {
        let path = format!("/logs/{}", utf8_percent_encode(key, &PATH));
        self.send(&path, metadata, bytes.to_vec());
    }

    fn send(&self, target: &str, metadata: &[(&str, &str)], body: Vec<u8>) {
        let mut headers = vec![
            ("host".to_owned(), self.address.to_string()),
            ("authorization".to_owned(), AUTHORIZATION.to_owned()),
        ];
        for (name, value) in metadata {
            headers.push((format!("x-amz-meta-{name}"), (*value).to_owned()));
        }
        let (method, target) = ("PUT".to_owned(), target.to_owned());
        let response = ask(self.address, &Request { method, target, headers, body }).unwrap();
        let text = String::from_utf8_lossy(&response.body);
        assert_eq!(response.status, 200, "{text}");
    }
}
