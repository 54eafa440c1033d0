//! A walk through an account: every question in its order, page after page, each answer written
//! down and each failure told.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufWriter;

use serde_json::Value;
use tenure_model::entry::Gap;
use tenure_model::time::Timestamp;

use super::super::capture::{Line, Writer};
use super::operation::{Operation, Paging};
use super::session::{Asked, Halt, Input, Question, Session, broken};
use crate::aws::xml::Element;
use crate::aws::{Fault, Kind};

/// More pages than any account has.
const MOST_PAGES: u32 = 100_000;

/// Where a walk writes: the artifact and what is missing in it.
pub(super) struct Output {
    /// The artifact's name.
    pub(super) name: String,
    writer: Writer<BufWriter<File>>,
    lines: u64,
    pub(super) gaps: Vec<Gap>,
}

impl Output {
    pub(super) fn new(name: String, file: File) -> Self {
        Self { name, writer: Writer::new(BufWriter::new(file)), lines: 0, gaps: Vec::new() }
    }

    /// Something that is missing, and the line that says so.
    pub(super) fn gap(&mut self, record: Option<u64>, cause: String, hint: String) {
        self.gaps.push(Gap { artifact: self.name.clone(), record, cause, hint });
    }

    /// Writes the last line.
    pub(super) fn end(self, at: Timestamp) -> Result<Vec<Gap>, Halt> {
        self.writer.end(at).map_err(broken)?;
        Ok(self.gaps)
    }

    fn write(&mut self, line: &[u8]) -> Result<u64, Halt> {
        if let Ok(Line::Exchange(exchange)) = Line::parse(line) {
            self.writer.exchange(&exchange).map_err(broken)?;
        }
        self.lines += 1;
        Ok(self.lines - 1)
    }
}

/// A walk. Without output it only fills the journal.
pub(super) struct Walk<'a> {
    pub(super) session: &'a Session<'a>,
    pub(super) region: &'a str,
    /// As whom, for people.
    pub(super) principal: &'a str,
    pub(super) output: Option<&'a mut Output>,
}

impl Walk<'_> {
    /// One answer; `None` when there is none, which is told.
    pub(super) fn one(
        &mut self,
        operation: Operation,
        input: &Input,
    ) -> Result<Option<String>, Halt> {
        self.one_of(operation, input, |_| false)
    }

    /// One answer; a failure that is `expected` is no gap.
    pub(super) fn one_of(
        &mut self,
        operation: Operation,
        input: &Input,
        expected: impl Fn(&Fault) -> bool,
    ) -> Result<Option<String>, Halt> {
        let asked = self.session.ask(&self.question(operation, input))?;
        self.told(operation, input, &asked, expected)?;
        Ok(asked.fault.is_none().then(|| asked.body().into_owned()))
    }

    /// One answer, asked for until it is `done` or the patience ends.
    pub(super) fn until(
        &mut self,
        operation: Operation,
        input: &Input,
        done: impl Fn(&str, Option<&Fault>) -> bool,
    ) -> Result<Option<String>, Halt> {
        const POLLS: u32 = 60;
        const BETWEEN: std::time::Duration = std::time::Duration::from_secs(1);
        let mut question = self.question(operation, input);
        let mut asked = self.session.ask(&question)?;
        for _ in 1..POLLS {
            if done(&asked.body(), asked.fault.as_ref()) {
                break;
            }
            std::thread::sleep(BETWEEN);
            question.again = true;
            asked = self.session.ask(&question)?;
        }
        self.told(operation, input, &asked, |_| false)?;
        Ok(asked.fault.is_none().then(|| asked.body().into_owned()))
    }

    /// Every page, handed to `take`. Whether all came.
    pub(super) fn pages(
        &mut self,
        operation: Operation,
        input: &Input,
        mut take: impl FnMut(&str),
    ) -> Result<bool, Halt> {
        let mut again = false;
        loop {
            let (pages, fault, old) = self.follow(operation, input, again)?;
            // A marker of an earlier process may have grown too old: from the start, once.
            if fault.is_some() && old && !again && !self.session.halted() {
                again = true;
                continue;
            }
            for page in &pages {
                let asked = self
                    .session
                    .ask(&Question { page: *page, ..self.question(operation, input) })?;
                self.told(operation, input, &asked, |_| false)?;
                if asked.fault.is_none() {
                    take(&asked.body());
                }
            }
            if let Some(Broken::Loop(words)) = &fault {
                let permission = operation.permission();
                let cause = format!(
                    "{permission}{} in account {}: {words}",
                    subject(input),
                    self.session.account
                );
                self.tell(None, cause, "the pages up to there are kept; collect again".to_owned());
            }
            return Ok(fault.is_none());
        }
    }

    /// Follows the markers to the end; gives the pages that were asked for.
    fn follow(
        &self,
        operation: Operation,
        input: &Input,
        again: bool,
    ) -> Result<(Vec<u32>, Option<Broken>, bool), Halt> {
        let (mut pages, mut old, mut seen) = (Vec::new(), false, BTreeSet::new());
        let mut marker: Option<String> = None;
        for page in 1..=MOST_PAGES {
            let marker_name = match operation.paging() {
                Paging::Marker => "Marker",
                Paging::No | Paging::Token => "NextToken",
            };
            let question = Question {
                page,
                marker: marker.as_deref().map(|marker| (marker_name, marker)),
                again,
                ..self.question(operation, input)
            };
            let asked = self.session.ask(&question)?;
            pages.push(page);
            old |= asked.old;
            if asked.fault.is_some() {
                return Ok((pages, Some(Broken::Failed), old));
            }
            match next(operation.paging(), &asked.body()) {
                Ok(None) => return Ok((pages, None, old)),
                Ok(Some(next)) if seen.insert(next.clone()) => marker = Some(next),
                Ok(Some(_)) => {
                    let words = "the marker of a page came twice, so the pages have no end";
                    return Ok((pages, Some(Broken::Loop(words)), old));
                }
                Err(words) => return Ok((pages, Some(Broken::Loop(words)), old)),
            }
        }
        Ok((pages, Some(Broken::Loop("there are more pages than any account has")), old))
    }

    pub(super) fn question<'q>(&'q self, operation: Operation, input: &'q Input) -> Question<'q> {
        Question { operation, region: self.region, input, page: 1, marker: None, again: false }
    }

    /// Writes an exchange down; a failure that is not `expected` is a gap.
    fn told(
        &mut self,
        operation: Operation,
        input: &Input,
        asked: &Asked,
        expected: impl Fn(&Fault) -> bool,
    ) -> Result<(), Halt> {
        let Some(output) = self.output.as_deref_mut() else { return Ok(()) };
        let record = output.write(&asked.line)?;
        if let Some(fault) = asked.fault.as_ref().filter(|fault| !expected(fault)) {
            let (cause, hint) =
                words(operation, input, self.session.account, self.principal, fault);
            output.gap(Some(record), cause, hint);
        }
        Ok(())
    }

    /// A gap, if this walk writes.
    pub(super) fn tell(&mut self, record: Option<u64>, cause: String, hint: String) {
        if let Some(output) = self.output.as_deref_mut() {
            output.gap(record, cause, hint);
        }
    }
}

enum Broken {
    /// A page failed, which its exchange tells.
    Failed,
    /// The pages make no sense.
    Loop(&'static str),
}

/// The marker of the next page.
fn next(paging: Paging, body: &str) -> Result<Option<String>, &'static str> {
    match paging {
        Paging::No => Ok(None),
        Paging::Marker => {
            let root = Element::parse(body).ok_or("the answer is no XML")?;
            let result = root.children.iter().find(|child| child.name.ends_with("Result"));
            let text = |name: &str| result.and_then(|result| result.text_of(name)).map(str::trim);
            match (text("IsTruncated"), text("Marker")) {
                (Some("true"), Some(marker)) if !marker.is_empty() => Ok(Some(marker.to_owned())),
                (Some("true"), _) => {
                    Err("the page says that there are more, and not how to get them")
                }
                _ => Ok(None),
            }
        }
        Paging::Token => {
            let json: Value = serde_json::from_str(body).map_err(|_| "the answer is no JSON")?;
            let token = json.get("NextToken").and_then(Value::as_str);
            Ok(token.filter(|token| !token.is_empty()).map(str::to_owned))
        }
    }
}

/// What a gap says about a failure.
fn words(
    operation: Operation,
    input: &Input,
    account: &str,
    principal: &str,
    fault: &Fault,
) -> (String, String) {
    let (permission, subject) = (operation.permission(), subject(input));
    match fault.kind {
        Kind::Denied => (
            format!(
                "{permission}{subject} in account {account} is denied to {principal} ({fault})"
            ),
            format!("grant {permission} to {principal}; docs/aws.md has the policy"),
        ),
        Kind::Expired | Kind::Rejected => (
            format!(
                "{permission}{subject} in account {account} failed, and nothing more was asked: the credentials are not valid ({fault})"
            ),
            "renew the credentials and collect again; what is there is used again".to_owned(),
        ),
        Kind::Throttled => (
            format!(
                "{permission}{subject} in account {account} was throttled to the end ({fault})"
            ),
            "lower requests-per-second and collect again".to_owned(),
        ),
        _ => (
            format!("{permission}{subject} in account {account} failed ({fault})"),
            "collect again".to_owned(),
        ),
    }
}

/// What a call was about, for people.
fn subject(input: &Input) -> String {
    let text = |name: &str| input.get(name).and_then(Value::as_str);
    if let Some(user) = text("UserName") {
        return format!(" for user {user}");
    }
    let first = input.values().rev().find_map(Value::as_str);
    first.map(|text| format!(" for {text}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_found() {
        let xml = |inner: &str| {
            format!("<XResponse><XResult><M><Marker>no</Marker></M>{inner}</XResult></XResponse>")
        };
        let marker = xml("<IsTruncated>true</IsTruncated><Marker>m</Marker>");
        assert_eq!(next(Paging::Marker, &marker), Ok(Some("m".to_owned())));
        assert_eq!(next(Paging::Marker, &xml("<IsTruncated>false</IsTruncated>")), Ok(None));
        assert_eq!(next(Paging::Marker, &xml("")), Ok(None));
        next(Paging::Marker, &xml("<IsTruncated>true</IsTruncated>")).expect_err("no marker");
        next(Paging::Marker, "{}").expect_err("no XML");
        assert_eq!(next(Paging::Token, r#"{"NextToken":"t"}"#), Ok(Some("t".to_owned())));
        assert_eq!(next(Paging::Token, r#"{"NextToken":null}"#), Ok(None));
        next(Paging::Token, "<a/>").expect_err("no JSON");
    }

    proptest::proptest! {
        #[test]
        fn no_page_makes_it_panic(body in ".{0,200}", n in 0_usize..3) {
            let _ = next([Paging::No, Paging::Marker, Paging::Token][n], &body);
        }
    }
}
