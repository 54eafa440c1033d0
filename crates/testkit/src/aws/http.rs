//! Requests as they come over a connection.

use std::collections::BTreeMap;
use std::io::Read;
use std::net::TcpStream;

use serde_json::{Map, Value};

/// A request.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    /// By lower-case name.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
    /// The service of the signature's scope.
    pub(super) service: String,
    pub(super) action: String,
    /// The parameters; lists of the query protocol as `Name.member.1`.
    pub(super) input: Map<String, Value>,
}

impl Request {
    /// The next request of a connection; `None` when there is none.
    pub(super) fn read(stream: &mut TcpStream) -> Option<Self> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            let mut buffer = [0; 4096];
            match stream.read(&mut buffer) {
                Ok(n) if n > 0 => bytes.extend_from_slice(&buffer[..n]),
                _ => return None,
            }
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let mut first = lines.next()?.split(' ');
        let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        };
        let headers: BTreeMap<_, _> = lines.filter_map(header).collect();
        let length: usize = headers.get("content-length").and_then(|n| n.parse().ok()).unwrap_or(0);
        let mut body = bytes.split_off(end);
        let have = body.len();
        if have < length {
            body.resize(length, 0);
            stream.read_exact(&mut body[have..]).ok()?;
        }
        let mut request = Self {
            method,
            path,
            headers,
            body,
            service: String::new(),
            action: String::new(),
            input: Map::new(),
        };
        request.understand();
        Some(request)
    }

    fn understand(&mut self) {
        let scope = self.header("authorization").split("Credential=").nth(1).unwrap_or_default();
        self.service = scope.split('/').nth(3).unwrap_or_default().to_owned();
        if let Some(target) = self.headers.get("x-amz-target") {
            self.action = target.rsplit('.').next().unwrap_or_default().to_owned();
            self.input = serde_json::from_slice(&self.body).unwrap_or_default();
            return;
        }
        let body = String::from_utf8_lossy(&self.body).into_owned();
        for pair in body.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            self.input.insert(decoded(name), Value::from(decoded(value)));
        }
        self.action = self.text("Action").to_owned();
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }

    pub(super) fn is_json(&self) -> bool {
        self.headers.contains_key("x-amz-target")
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.input.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// As in policies.
    pub(super) fn permission(&self) -> String {
        format!("{}:{}", self.service, self.action)
    }

    pub(super) fn subject(&self) -> String {
        let names = ["UserName", "AccessKeyId", "PolicyId", "ParentId", "GroupId", "RoleArn"];
        let found = names.iter().map(|name| self.text(name)).find(|text| !text.is_empty());
        found.unwrap_or_default().to_owned()
    }
}

fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|two| hex::decode(two).ok()).filter(|_| *first == b'%');
        match hex {
            Some(byte) => {
                bytes.extend(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
