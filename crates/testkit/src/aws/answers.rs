//! Answers in AWS's shapes.

use std::io::{self, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::http::Request;

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    media_type: &'static str,
    body: String,
    retry_after: Option<u64>,
}

impl Answer {
    const fn of(status: u16, media_type: &'static str, body: String) -> Self {
        Self { status, media_type, body, retry_after: None }
    }

    /// Says when to come again.
    pub(super) const fn after(mut self, seconds: Option<u64>) -> Self {
        self.retry_after = seconds;
        self
    }

    /// Writes it; only half of it if `cut`.
    pub(super) fn write(&self, stream: &mut TcpStream, number: u64, cut: bool) -> io::Result<()> {
        let body = self.body.as_bytes();
        let head = format!(
            "HTTP/1.1 {} X\r\nContent-Type: {}\r\nContent-Length: {}\r\nx-amzn-RequestId: {number:08}-fake\r\n",
            self.status,
            self.media_type,
            body.len()
        );
        let after = self.retry_after.map(|seconds| format!("Retry-After: {seconds}\r\n"));
        let mut all = (head + &after.unwrap_or_default() + "\r\n").into_bytes();
        all.extend_from_slice(&body[..if cut { body.len() / 2 } else { body.len() }]);
        stream.write_all(&all)
    }
}

/// An error.
pub(super) fn refuse(request: &Request, status: u16, code: &str, words: &str) -> Answer {
    if request.is_json() {
        let body = json!({"__type": format!("com.amazonaws.fake#{code}"), "Message": words});
        return Answer::of(status, "application/x-amz-json-1.1", body.to_string());
    }
    let words = escaped(words);
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{words}</Message></Error><RequestId>fake</RequestId></ErrorResponse>"
    );
    Answer::of(status, "text/xml", body)
}

/// What the server does not know.
pub(super) fn unknown(request: &Request) -> Answer {
    let code = if request.is_json() { "UnknownOperationException" } else { "InvalidAction" };
    refuse(request, 400, code, &format!("{} is not known here", request.permission()))
}

/// A result of the query protocol.
pub(super) fn xml(request: &Request, inner: &str) -> Answer {
    let action = &request.action;
    let body = format!(
        "<{action}Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><{action}Result>{inner}</{action}Result><ResponseMetadata><RequestId>fake</RequestId></ResponseMetadata></{action}Response>"
    );
    Answer::of(200, "text/xml", body)
}

/// A result of the JSON protocol.
pub(super) fn json_of(value: &Value) -> Answer {
    Answer::of(200, "application/x-amz-json-1.1", value.to_string())
}

/// A page of a list, and the marker of the next one. A marker is the number of the next item.
pub(super) fn page<'a, T>(
    request: &Request,
    items: &'a [T],
    size: usize,
    endless: bool,
) -> (&'a [T], Option<String>) {
    let marker = match request.text("Marker") {
        "" => request.text("NextToken"),
        marker => marker,
    };
    let start =
        marker.rsplit('-').next().and_then(|n| n.parse().ok()).unwrap_or(0).min(items.len());
    let end = (start + size).min(items.len());
    let next = (end < items.len()).then(|| format!("marker/+= {}-{end}", request.action));
    (&items[start..end], if endless { Some("marker-0".to_owned()) } else { next })
}

/// What a page of the query protocol ends with.
pub(super) fn paging(next: Option<String>) -> String {
    match next {
        Some(marker) => format!("<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>"),
        None => "<IsTruncated>false</IsTruncated>".to_owned(),
    }
}

/// A page of the JSON protocol.
pub(super) fn json_page(name: &str, items: &[Value], next: Option<String>) -> Answer {
    let mut body = json!({ name: items });
    if let Some(next) = next {
        body["NextToken"] = Value::from(next);
    }
    json_of(&body)
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A list of the query protocol.
pub(super) fn members(items: impl IntoIterator<Item = String>) -> String {
    items.into_iter().map(|item| format!("<member>{item}</member>")).collect()
}
