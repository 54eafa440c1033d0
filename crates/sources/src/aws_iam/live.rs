//! Collects from AWS itself: one artifact per account, with every answer as it came.
//!
//! Answers are kept in scratch files as they come. A collection that was killed is continued from
//! there, and the artifact is written in a fixed order at the end, so that the same answers give
//! the same bytes however many calls ran at a time.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};
use tenure_model::entry::Gap;
use tenure_model::time::Timestamp;

use super::capture;
use crate::aws::{Client, Identity, Role};
use crate::source::{Artifact, Artifacts, Collect, CollectError, Collected, Payload};

use self::journal::Journal;
use self::session::{Halt, Session, Tired};
use self::walk::{Output, Walk};
use self::wanted::{Accounts, Wanted};

mod account;
mod caller;
mod center;
mod journal;
mod operation;
mod organization;
mod session;
mod trails;
mod users;
mod walk;
mod wanted;

pub(super) use caller::test;

use self::caller::Caller;

/// Hands over one artifact per account, in the order of their numbers.
///
/// # Errors
/// When the settings are not what they should be, no credentials are found, or the disk is full.
/// Everything else is a gap.
pub(super) fn collect(
    cx: &Collect<'_>,
    out: &mut dyn Artifacts,
) -> Result<Collected, CollectError> {
    let wanted = Wanted::from(cx.settings)?;
    let client = caller::client(&wanted)?;
    let base = Arc::new(Identity::from_surroundings(&client));
    let caller = Caller::ask(&client, &base, &wanted)?;
    fs::create_dir_all(cx.scratch).map_err(|e| scratch(cx.scratch, &e))?;
    let started = cx.clock.now();
    let mut run = Run {
        cx,
        wanted: &wanted,
        client: &client,
        base,
        caller,
        started,
        requests: AtomicU64::new(1),
        collected: Collected::default(),
    };
    let accounts = run.accounts()?;
    run.collected.scope = format!("AWS account {}", accounts.join(", "));
    for account in &accounts {
        run.account(account, out)?;
    }
    run.collected.requests = run.requests.load(Ordering::Relaxed);
    run.collected.checks.push("account_summary_totals".to_owned());
    Ok(run.collected)
}

struct Run<'a> {
    cx: &'a Collect<'a>,
    wanted: &'a Wanted,
    client: &'a Client,
    base: Arc<Identity>,
    caller: Caller,
    started: Timestamp,
    requests: AtomicU64,
    collected: Collected,
}

impl Run<'_> {
    /// The accounts to look into, sorted.
    fn accounts(&self) -> Result<Vec<String>, CollectError> {
        let own = &self.caller.account;
        let accounts = match &self.wanted.accounts {
            Accounts::Caller => vec![own.clone()],
            Accounts::These(these) => these.clone(),
            Accounts::Organization => self.organization()?,
        };
        if self.wanted.role.is_none() && accounts.iter().any(|account| account != own) {
            return Err(CollectError {
                what: "role".to_owned(),
                cause: format!(
                    "accounts other than the caller's ({own}) are asked for, and no role to assume in them"
                ),
                hint: "set role to the name that the role has in every account".to_owned(),
            });
        }
        Ok(accounts)
    }

    /// Without a list of accounts there is the caller's; the walk through it tells the gap.
    fn organization(&self) -> Result<Vec<String>, CollectError> {
        let own = &self.caller.account;
        let journal = self.journal(own)?;
        let session = self.session(own, &self.base, &journal);
        let mut walk = self.walk(&session, &self.caller.arn, None);
        match organization::accounts(&mut walk) {
            Ok(Some(accounts)) if !accounts.is_empty() => Ok(accounts),
            Ok(_) | Err(Halt::Credentials) => Ok(vec![own.clone()]),
            Err(Halt::Broken(error)) => Err(error),
        }
    }

    /// One account, to its artifact.
    fn account(&mut self, account: &str, out: &mut dyn Artifacts) -> Result<(), CollectError> {
        let Some((identity, principal)) = self.enter(account) else { return Ok(()) };
        let journal = self.journal(account)?;
        if journal.old() > 0 {
            self.collected.checks.push(format!("answers of an interrupted run used for {account}"));
        }
        let path = self.cx.scratch.join(format!("{account}.ndjson"));
        let file = File::create(&path).map_err(|e| scratch(&path, &e))?;
        let name = format!("{account}/{}.ndjson", self.started);
        let mut output = Output::new(name.clone(), file);
        let session = self.session(account, &identity, &journal);
        let walked = self.through(&session, &principal, &mut output);
        let totals = match walked {
            Ok(totals) => totals,
            Err(Halt::Credentials) => {
                let cause = format!(
                    "account {account} was not asked to the end: the credentials of the collection ended"
                );
                output.gap(None, cause, "renew the credentials and collect again".to_owned());
                BTreeMap::new()
            }
            Err(Halt::Broken(error)) => return Err(error),
        };
        for (name, total) in totals {
            *self.collected.source_totals.entry(name).or_default() += total;
        }
        let gaps = output.end(self.cx.clock.now()).map_err(unhalted)?;
        self.collected.gaps.extend(gaps);
        out.put(Artifact { name, media_type: capture::MEDIA_TYPE, payload: Payload::File(path) })
    }

    /// As whom the account is asked; `None`, with a gap, when it cannot be entered.
    fn enter(&mut self, account: &str) -> Option<(Arc<Identity>, String)> {
        if *account == self.caller.account {
            return Some((Arc::clone(&self.base), self.caller.arn.clone()));
        }
        let role = Role {
            account: account.to_owned(),
            name: self.wanted.role.clone().unwrap_or_default(),
            external_id: self.wanted.external_id.clone(),
            region: self.wanted.region.clone(),
        };
        let arn = role.arn();
        let identity = Identity::assuming(Arc::clone(&self.base), role);
        self.requests.fetch_add(1, Ordering::Relaxed);
        match identity.credentials(self.client) {
            Ok(_) => Some((Arc::new(identity), arn)),
            Err(fault) => {
                let who = &self.caller.arn;
                self.collected.gaps.push(Gap {
                    artifact: account.to_owned(),
                    record: None,
                    cause: format!("nothing of account {account} was received: sts:AssumeRole of {arn} is refused to {who} ({fault})"),
                    hint: "create the role there, let it trust the collector, and check external-id; docs/aws.md has both policies".to_owned(),
                });
                None
            }
        }
    }

    /// Every question of an account; gives its own totals.
    fn through(
        &self,
        session: &Session<'_>,
        principal: &str,
        output: &mut Output,
    ) -> Result<BTreeMap<String, u64>, Halt> {
        let what = format!("users of account {}", session.account);
        let progress = |done, total| self.cx.progress.report(&what, done, total);
        let mut walk = self.walk(session, principal, Some(output));
        let known = account::walk(&mut walk, self.wanted.parallel, &progress)?;
        if session.account == self.caller.account {
            let whole = self.wanted.accounts == Accounts::Organization;
            let seat = organization::seat(&mut walk)?;
            if seat == organization::Seat::Management || whole {
                organization::accounts(&mut walk)?;
                organization::bounds(&mut walk)?;
            }
            center::walk(&mut walk, whole)?;
        }
        Ok(known.totals)
    }

    fn session<'s>(
        &'s self,
        account: &'s str,
        identity: &'s Identity,
        journal: &'s Journal,
    ) -> Session<'s> {
        Session {
            client: self.client,
            clock: self.cx.clock,
            identity,
            account,
            journal,
            requests: &self.requests,
            halted: AtomicBool::new(false),
            tired: Tired::default(),
        }
    }

    fn walk<'w>(
        &'w self,
        session: &'w Session<'w>,
        principal: &'w str,
        output: Option<&'w mut Output>,
    ) -> Walk<'w> {
        Walk { session, region: &self.wanted.region, principal, output }
    }

    /// What is known of the account already. Another way of asking is another journal.
    fn journal(&self, account: &str) -> Result<Journal, CollectError> {
        let mut hash = Sha256::new();
        for name in ["endpoint", "region", "role", "external-id"] {
            hash.update(self.cx.settings.get(name).unwrap_or_default());
            hash.update([0]);
        }
        let way = hex::encode(&hash.finalize()[..8]);
        let path = self.cx.scratch.join(format!("{account}-{way}.journal"));
        let oldest = self.started.plus_micros(-self.wanted.resume_within);
        let journal = Journal::open(&path, oldest..=self.started);
        let journal = journal.map_err(|e| scratch(&path, &e))?;
        Ok(journal)
    }
}

fn scratch(path: &Path, error: &std::io::Error) -> CollectError {
    let hint = "check the disk that holds the workspace".to_owned();
    CollectError { what: path.display().to_string(), cause: error.to_string(), hint }
}

fn unhalted(halt: Halt) -> CollectError {
    match halt {
        Halt::Broken(error) => error,
        Halt::Credentials => CollectError {
            what: "credentials".to_owned(),
            cause: "they are not valid".to_owned(),
            hint: "renew them".to_owned(),
        },
    }
}
