//! Answers become lines.

use serde_json::Value;
use tenure_model::time::Timestamp;

use crate::source::Payload;

use super::super::exchange::Exchange;
use super::super::items::{self, Items};
use super::super::line::Line;
use super::super::{gap, instants, secret};
use super::{AS_OF, Gather, KNOWN, request};

/// What the lines of one answer share.
struct Answer<'a> {
    at: Timestamp,
    url: &'a str,
    status: u16,
    file: &'a str,
    sha256: &'a str,
}

/// Every answer of a recording.
pub(super) fn exchanges(gather: &mut Gather<'_>, name: &str, payload: &Payload) {
    let sha256 = sha256(payload);
    let mut items = match Items::open(payload) {
        Ok(items) => items,
        Err(e) => return gather.damaged(name, &e.cause, &e.hint),
    };
    for number in 0_u64.. {
        let raw = match items.next() {
            Ok(Some(raw)) => raw,
            Ok(None) => break,
            Err(e) => return gather.damaged(name, &e.cause, &e.hint),
        };
        let Some(exchange) = Exchange::parse(raw) else {
            let cause = "it is no recorded exchange, which the first record of the file is";
            let mut gap = gap(name, cause, "record it again");
            gap.record = Some(number);
            gather.collected.gaps.push(gap);
            continue;
        };
        let url = exchange.path().to_owned();
        let answer = Answer {
            at: exchange.at,
            url: &url,
            status: exchange.status,
            file: name,
            sha256: &sha256,
        };
        // What it sent or gave may be a secret, and it lists nothing.
        let body = if exchange.asks() { exchange.body() } else { String::new() };
        let bodies = bodies(&body);
        let counts = exchange.asks() && exchange.succeeded();
        write(gather, &answer, &bodies, counts);
    }
}

/// An answer that was saved as a file.
pub(super) fn native(gather: &mut Gather<'_>, name: &str, payload: &Payload) {
    let bodies = match texts(payload) {
        Ok(bodies) => bodies,
        Err(e) => return gather.damaged(name, &e.cause, &e.hint),
    };
    let (url, page) = request(name);
    let values: Vec<Option<Value>> = bodies.iter().map(|b| serde_json::from_str(b).ok()).collect();
    let known = |item: Option<&Value>| (gather.vendor.lists)(&url, item).is_some();
    if !known(values.first().and_then(Option::as_ref)) {
        return gather.collected.gaps.push(gap(name, "it is nothing that is known", KNOWN));
    }
    let latest = values.iter().flatten().filter_map(|v| instants::latest(v, gather.now)).max();
    let Some(at) = dated(gather, name, latest) else { return };
    if let Some(page) = page {
        gather.pages.add(&url, page, bodies.len() as u64);
    }
    let sha256 = sha256(payload);
    let answer = Answer { at, url: &url, status: 200, file: name, sha256: &sha256 };
    write(gather, &answer, &bodies, true);
}

/// What a file speaks for: what the settings say, or no earlier than the latest instant in it.
fn dated(gather: &mut Gather<'_>, name: &str, latest: Option<Timestamp>) -> Option<Timestamp> {
    let (cause, at) = match (latest, gather.as_of) {
        (Some(latest), Some(as_of)) if latest > as_of => {
            (format!("it mentions {latest}, after the setting as-of ({as_of})"), Some(latest))
        }
        (_, Some(as_of)) => return Some(as_of),
        (Some(latest), None) => {
            let cause = format!(
                "it does not say when it was made: the latest timestamp in it, {latest}, is used as a lower bound"
            );
            (cause, Some(latest))
        }
        (None, None) => {
            ("it does not say when it was made and has no timestamp in it".to_owned(), None)
        }
    };
    gather.collected.gaps.push(gap(name, cause, AS_OF));
    at
}

fn write(gather: &mut Gather<'_>, answer: &Answer<'_>, bodies: &[String], counts: bool) {
    let number = gather.answers;
    gather.answers += 1;
    if counts {
        let (first, last) = gather.span.unwrap_or((answer.at, answer.at));
        gather.span = Some((first.min(answer.at), last.max(answer.at)));
    }
    let empty = ["[]".to_owned()];
    let nothing = bodies.is_empty();
    for body in if nothing { &empty } else { bodies } {
        if counts {
            let value = serde_json::from_str(body).ok().filter(|_| !nothing);
            let listing = (gather.vendor.lists)(answer.url, value.as_ref());
            if let Some(listing) = listing {
                gather.listed.add(listing);
            }
        }
        let redacted = secret::without(body, gather.vendor.secrets);
        let (body, redacted) = match &redacted {
            Some((text, found)) => (text.as_str(), found.as_slice()),
            None => (body.as_str(), &[][..]),
        };
        let line = Line {
            at: answer.at,
            url: answer.url.into(),
            status: answer.status,
            file: answer.file.into(),
            sha256: answer.sha256.into(),
            answer: number,
            body: body.into(),
            redacted: redacted.iter().map(|at| at.as_str().into()).collect(),
        };
        serde_json::to_writer(&mut gather.lines, &line)
            .expect("a line is text and numbers, which JSON always can hold");
        gather.lines.push(b'\n');
    }
}

/// The elements of an array, or the body itself. A body that is no JSON is kept as it is.
fn bodies(body: &str) -> Vec<String> {
    if !body.trim_start().starts_with('[') {
        return vec![body.to_owned()];
    }
    let payload = Payload::Bytes(body.as_bytes().to_vec());
    texts(&payload).unwrap_or_else(|_| vec![body.to_owned()])
}

fn texts(payload: &Payload) -> Result<Vec<String>, crate::source::ReadError> {
    let mut items = Items::open(payload)?;
    let mut texts = Vec::new();
    while let Some(raw) = items.next()? {
        let text = std::str::from_utf8(raw).map_err(|_| crate::source::ReadError {
            record: None,
            cause: "it is not UTF-8".to_owned(),
            hint: "save it as UTF-8 text, plain or gzip".to_owned(),
        })?;
        texts.push(text.to_owned());
    }
    Ok(texts)
}

fn sha256(payload: &Payload) -> String {
    items::digest(payload).map_or_else(|_| String::new(), |digest| digest.to_string())
}
