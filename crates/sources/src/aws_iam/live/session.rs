//! Asking within one account: from the journal if it is there, else from AWS.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};
use tenure_model::clock::Clock;

use super::super::capture::{Exchange, Line};
use super::journal::{Journal, Key};
use super::operation::Operation;
use crate::aws::{Answer, Call, Client, Fault, Identity, Kind};
use crate::source::CollectError;

/// The parameters of a call.
pub(super) type Input = Map<String, Value>;

/// No parameters.
pub(super) fn nothing() -> Input {
    Input::new()
}

/// Parameters that are texts.
pub(super) fn input<const N: usize>(texts: [(&str, &str); N]) -> Input {
    texts.into_iter().map(|(name, text)| (name.to_owned(), Value::from(text))).collect()
}

/// One question.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    pub(super) operation: Operation,
    /// Where; services without regions answer for the partition of this one.
    pub(super) region: &'a str,
    pub(super) input: &'a Input,
    /// The page, from 1, and how to ask for it.
    pub(super) page: u32,
    pub(super) marker: Option<(&'a str, &'a str)>,
    /// Asks AWS even if the journal knows.
    pub(super) again: bool,
}

/// What became of it.
#[derive(Debug)]
pub(super) struct Asked {
    /// The line of the capture.
    pub(super) line: Vec<u8>,
    /// Learned by an earlier process.
    pub(super) old: bool,
    /// Why there is no answer.
    pub(super) fault: Option<Fault>,
}

impl Asked {
    /// The answer's text; empty when it is that there is none.
    pub(super) fn body(&self) -> Cow<'_, str> {
        match Line::parse(&self.line) {
            Ok(Line::Exchange(exchange)) if exchange.status < 400 => exchange.body,
            _ => Cow::Borrowed(""),
        }
    }
}

/// Why an account is not asked any further.
#[derive(Debug)]
pub(super) enum Halt {
    /// The credentials are good for nothing more; the gap says why.
    Credentials,
    /// The collection cannot go on at all.
    Broken(CollectError),
}

/// The calls into one account.
pub(super) struct Session<'a> {
    pub(super) client: &'a Client,
    pub(super) clock: &'a dyn Clock,
    pub(super) identity: &'a Identity,
    pub(super) account: &'a str,
    pub(super) journal: &'a Journal,
    pub(super) requests: &'a AtomicU64,
    pub(super) halted: AtomicBool,
    pub(super) tired: Tired,
}

/// Operations that were unavailable to the end, how often in a row. Waiting long for each of ten
/// thousand users would not make them available.
#[derive(Debug, Default)]
pub(super) struct Tired(Mutex<BTreeMap<Operation, u32>>);

impl Tired {
    /// After so many in a row, each further call is tried once.
    const ENOUGH: u32 = 3;

    fn attempts(&self, operation: Operation, usual: u32) -> u32 {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.get(&operation).is_some_and(|n| *n >= Self::ENOUGH) { 1 } else { usual }
    }

    fn note(&self, operation: Operation, unavailable: bool) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if unavailable {
            *counts.entry(operation).or_default() += 1;
        } else {
            counts.remove(&operation);
        }
    }
}

impl Session<'_> {
    /// The answer to a question. A failure is recorded like an answer.
    pub(super) fn ask(&self, question: &Question<'_>) -> Result<Asked, Halt> {
        let exchange = self.blank(question);
        let key = Key::of(&exchange);
        if !question.again
            && let Some(found) = self.journal.find(&key).map_err(broken)?
        {
            return Ok(Asked { line: found.line, old: found.old, fault: found.fault });
        }
        if self.halted() {
            return Err(Halt::Credentials);
        }
        let operation = question.operation;
        let answer = self.client.call_at_most(
            self.tired.attempts(operation, self.client.attempts()),
            self.identity,
            &Call {
                service: operation.service(),
                region: question.region,
                action: operation.action(),
                input: question.input,
                marker: question.marker,
            },
        );
        self.requests.fetch_add(u64::from(answer.attempts), Ordering::Relaxed);
        let unavailable = answer.fault.as_ref().is_some_and(|f| f.kind == Kind::Unavailable);
        self.tired.note(operation, unavailable);
        self.keep(operation, exchange, answer)
    }

    /// Puts an answer into the journal.
    fn keep(
        &self,
        operation: Operation,
        mut exchange: Exchange<'_>,
        answer: Answer,
    ) -> Result<Asked, Halt> {
        // By the code: a page that some proxy answers with 404 says nothing of what there is.
        let absent =
            |fault: &Fault| fault.code.starts_with("NoSuchEntity") && operation.may_be_absent();
        let fault = answer.fault.filter(|fault| !absent(fault));
        exchange.at = self.clock.now();
        exchange.status = answer.status;
        exchange.request_id = answer.request_id.map(Into::into);
        exchange.media_type = answer.media_type.into();
        exchange.body = answer.body.into();
        exchange.error = fault.as_ref().map(|fault| fault.code.clone().into());
        if fault.as_ref().is_some_and(|fault| fault.kind.ends_it_all()) {
            self.halted.store(true, Ordering::Relaxed);
        }
        self.journal.add(&exchange, fault.clone()).map_err(broken)?;
        let line = serde_json::to_vec(&exchange).map_err(|e| broken(e.into()))?;
        Ok(Asked { line, old: false, fault })
    }

    /// Whether the credentials are good for nothing more.
    pub(super) fn halted(&self) -> bool {
        self.halted.load(Ordering::Relaxed)
    }

    fn blank(&self, question: &Question<'_>) -> Exchange<'static> {
        let service = question.operation.service();
        Exchange {
            at: self.clock.now(),
            account: self.account.to_owned().into(),
            service: service.name().into(),
            region: service.region(question.region).to_owned().into(),
            action: question.operation.action().into(),
            input: Value::Object(question.input.clone()),
            page: question.page,
            status: 0,
            request_id: None,
            media_type: "".into(),
            body: "".into(),
            error: None,
        }
    }
}

/// The scratch directory or the artifact cannot be written.
pub(super) fn broken(error: std::io::Error) -> Halt {
    Halt::Broken(CollectError {
        what: "scratch files".to_owned(),
        cause: error.to_string(),
        hint: "check the disk that holds the workspace".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unavailable_again_and_again_is_tried_once_until_it_answers() {
        let tired = Tired::default();
        let (broken, fine) = (Operation::ListPublicKeys, Operation::ListUsers);
        for _ in 0..Tired::ENOUGH {
            assert_eq!(tired.attempts(broken, 10), 10);
            tired.note(broken, true);
        }
        assert_eq!(tired.attempts(broken, 10), 1);
        assert_eq!(tired.attempts(fine, 10), 10);
        tired.note(broken, false);
        assert_eq!(tired.attempts(broken, 10), 10);
    }
}
