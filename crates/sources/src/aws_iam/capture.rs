//! The form in which AWS's answers are kept: one JSON object per line, one line per answer, in the
//! order in which they came.
//!
//! - an exchange: `{"at", "account", "service", "region", "action", "input", "page", "status",
//!   "request_id", "media_type", "body"}`; `body` is the text of the answer, whatever the encoding
//!   of the protocol (XML for IAM and STS, JSON for the others). `page` counts from 1. A call that
//!   failed for good has `"error"`, the code that AWS gave, too.
//! - a file: `{"at", "file", "sha256", "encoding", "media_type", "body"}`; `sha256` is that of the
//!   bytes as they were found, `encoding` is `gzip` when they were compressed. Such a file may
//!   say its account itself; else `account` is what the source's settings say.
//! - the last line: `{"at", "end": {"exchanges": N}}`, N being the number of lines before it. A
//!   capture without it was cut off.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use tenure_model::time::Timestamp;

/// The media type of a capture.
pub(crate) const MEDIA_TYPE: &str = "application/x-ndjson";

/// One answer of an API, or the failure of a call.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(crate) struct Exchange<'a> {
    /// When the answer came.
    pub(crate) at: Timestamp,
    /// The account that was asked about, twelve digits.
    pub(crate) account: Cow<'a, str>,
    /// The service as endpoints spell it: `iam`, `sts`, `organizations`, `sso`, `identitystore`.
    pub(crate) service: Cow<'a, str>,
    /// The region of the endpoint.
    pub(crate) region: Cow<'a, str>,
    /// The operation, e.g. `ListAccessKeys`.
    pub(crate) action: Cow<'a, str>,
    /// What was asked for, by parameter, without the paging marker.
    pub(crate) input: serde_json::Value,
    /// The page, from 1.
    pub(crate) page: u32,
    /// The HTTP status; 0 when there was no answer at all.
    pub(crate) status: u16,
    /// AWS's id of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<Cow<'a, str>>,
    /// As the answer's header says.
    pub(crate) media_type: Cow<'a, str>,
    /// The answer's text.
    pub(crate) body: Cow<'a, str>,
    /// AWS's error code, of a call that failed for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Cow<'a, str>>,
}

/// A file that somebody provided.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(crate) struct FileLine<'a> {
    /// What the file speaks for.
    pub(crate) at: Timestamp,
    /// The account by the source's settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<Cow<'a, str>>,
    /// Its path below the one collected from, with `/`.
    pub(crate) file: Cow<'a, str>,
    /// SHA-256 of the bytes as found, hex.
    pub(crate) sha256: Cow<'a, str>,
    /// `gzip` when it was compressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) encoding: Option<Cow<'a, str>>,
    /// `text/csv` or `application/json`.
    pub(crate) media_type: Cow<'a, str>,
    /// Its text, inflated.
    pub(crate) body: Cow<'a, str>,
}

/// A line of a capture.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Line<'a> {
    /// An answer, or the failure of a call.
    Exchange(Exchange<'a>),
    /// A file.
    File(FileLine<'a>),
    /// The last line, which says how many came before it.
    End {
        /// When the collection ended.
        at: Timestamp,
        /// Lines before this one.
        exchanges: u64,
    },
}

impl<'a> Line<'a> {
    /// From the text of one line.
    ///
    /// # Errors
    /// When it is no such line; says why.
    pub(crate) fn parse(raw: &'a [u8]) -> Result<Self, String> {
        let fields: Fields<'a> = serde_json::from_slice(raw).map_err(|e| e.to_string())?;
        fields.line()
    }
}

/// The lines of a capture with their bytes, empty ones left out.
pub(crate) fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty())
}

/// Writes a capture.
#[derive(Debug)]
pub(crate) struct Writer<W> {
    out: W,
    lines: u64,
}

impl<W: Write> Writer<W> {
    /// A new capture.
    pub(crate) const fn new(out: W) -> Self {
        Self { out, lines: 0 }
    }

    /// One answer.
    pub(crate) fn exchange(&mut self, exchange: &Exchange<'_>) -> io::Result<()> {
        self.line(exchange)
    }

    /// One file.
    pub(crate) fn file(&mut self, file: &FileLine<'_>) -> io::Result<()> {
        self.line(file)
    }

    /// The last line.
    pub(crate) fn end(mut self, at: Timestamp) -> io::Result<W> {
        let exchanges = self.lines;
        self.line(&EndLine { at, end: End { exchanges } })?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn line(&mut self, line: &impl Serialize) -> io::Result<()> {
        // One write per line: a killed collection leaves whole lines, save perhaps the last.
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.lines += 1;
        self.out.write_all(&text)
    }
}

#[derive(Serialize)]
struct EndLine {
    at: Timestamp,
    end: End,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    exchanges: u64,
}

/// Every field that a line may have. A field that is not known belongs to a form that this reader
/// does not understand.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields<'a> {
    at: Timestamp,
    #[serde(borrow, default)]
    account: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    service: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    region: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    action: Option<Cow<'a, str>>,
    #[serde(default)]
    input: Option<serde_json::Value>,
    #[serde(default)]
    page: Option<u32>,
    #[serde(default)]
    status: Option<u16>,
    #[serde(borrow, default)]
    request_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    media_type: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    body: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    error: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    file: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    sha256: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    encoding: Option<Cow<'a, str>>,
    #[serde(default)]
    end: Option<End>,
}

impl<'a> Fields<'a> {
    fn line(self) -> Result<Line<'a>, String> {
        if let Some(end) = self.end {
            return Ok(Line::End { at: self.at, exchanges: end.exchanges });
        }
        if let Some(file) = self.file {
            return Ok(Line::File(FileLine {
                at: self.at,
                account: self.account,
                file,
                sha256: there("sha256", self.sha256)?,
                encoding: self.encoding,
                media_type: there("media_type", self.media_type)?,
                body: there("body", self.body)?,
            }));
        }
        Ok(Line::Exchange(Exchange {
            at: self.at,
            account: there("account", self.account)?,
            service: there("service", self.service)?,
            region: there("region", self.region)?,
            action: there("action", self.action)?,
            input: self.input.unwrap_or_default(),
            page: self.page.unwrap_or(1),
            status: there("status", self.status)?,
            request_id: self.request_id,
            media_type: self.media_type.unwrap_or_default(),
            body: there("body", self.body)?,
            error: self.error,
        }))
    }
}

fn there<T>(name: &str, value: Option<T>) -> Result<T, String> {
    value.ok_or_else(|| format!("the line has no '{name}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange() -> Exchange<'static> {
        Exchange {
            at: Timestamp::from_seconds(1_767_225_600),
            account: "111122223333".into(),
            service: "iam".into(),
            region: "us-east-1".into(),
            action: "ListAccessKeys".into(),
            input: serde_json::json!({"UserName": "alice"}),
            page: 1,
            status: 200,
            request_id: Some("7a62c49f".into()),
            media_type: "text/xml".into(),
            body: "<ListAccessKeysResponse>\n</ListAccessKeysResponse>".into(),
            error: None,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let file = FileLine {
            at: Timestamp::from_seconds(1_767_225_600),
            account: None,
            file: "report.csv".into(),
            sha256: "00".into(),
            encoding: None,
            media_type: "text/csv".into(),
            body: "user,arn\n".into(),
        };
        let mut writer = Writer::new(Vec::new());
        writer.exchange(&exchange()).expect("memory");
        writer.file(&file).expect("memory");
        let at = Timestamp::from_seconds(1_767_225_601);
        let bytes = writer.end(at).expect("memory");
        let read: Result<Vec<_>, _> = lines(&bytes).map(Line::parse).collect();
        let expected =
            vec![Line::Exchange(exchange()), Line::File(file), Line::End { at, exchanges: 2 }];
        assert_eq!(read, Ok(expected));
    }

    #[test]
    fn what_is_no_line_says_why() {
        for (line, cause) in [
            ("{", "EOF"),
            ("{\"at\":\"2026-01-01T00:00:00Z\"}", "no 'account'"),
            ("{\"at\":\"2026-01-01T00:00:00Z\",\"file\":\"x\",\"body\":\"\"}", "no 'sha256'"),
            ("{\"at\":\"2026-01-01T00:00:00Z\",\"future\":1}", "unknown field"),
            ("[]", "invalid"),
        ] {
            let said = Line::parse(line.as_bytes()).expect_err("no line");
            assert!(said.contains(cause), "{said}");
        }
    }
}
