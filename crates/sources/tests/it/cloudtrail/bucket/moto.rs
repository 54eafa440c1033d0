//! moto's server, an independent S3: `pip install 'moto[server]'`. Where it is not installed these
//! tests are left out, but never in continuous integration.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::server::{Request, ask};

const PATH: AsciiSet =
    NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(super) struct Moto {
    server: Child,
    pub(super) address: SocketAddr,
}

impl Moto {
    /// With an empty bucket `logs`; `None` where it is not installed.
    pub(super) fn start() -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Command::new("moto_server")
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let server = match server {
            Ok(server) => server,
            Err(e) => {
                assert!(std::env::var_os("CI").is_none(), "moto_server does not start: {e}");
                return None;
            }
        };
        let mut moto = Self { server, address: SocketAddr::from(([127, 0, 0, 1], port)) };
        let start = Instant::now();
        while TcpStream::connect(moto.address).is_err() {
            assert!(start.elapsed() < Duration::from_secs(120), "moto_server does not listen");
            if let Some(status) = moto.server.try_wait().unwrap() {
                assert!(std::env::var_os("CI").is_none(), "moto_server ended: {status}");
                return None;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        moto.send("PUT", "/logs", &[], Vec::new());
        Some(moto)
    }

    pub(super) fn put(&self, key: &str, metadata: &[(&str, &str)], bytes: &[u8]) {
        let path = format!("/logs/{}", utf8_percent_encode(key, &PATH));
        self.send("PUT", &path, metadata, bytes.to_vec());
    }

    fn send(&self, method: &str, target: &str, metadata: &[(&str, &str)], body: Vec<u8>) {
        let mut headers = vec![
            ("host".to_owned(), self.address.to_string()),
            ("authorization".to_owned(), "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0".to_owned()),
        ];
        for (name, value) in metadata {
            headers.push((format!("x-amz-meta-{name}"), (*value).to_owned()));
        }
        let (method, target) = (method.to_owned(), target.to_owned());
        let response = ask(self.address, &Request { method, target, headers, body }).unwrap();
        let text = String::from_utf8_lossy(&response.body);
        assert_eq!(response.status, 200, "{text}");
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
