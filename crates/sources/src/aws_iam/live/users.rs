//! What is asked for each user, many users at a time. Workers fill the journal in any order; the
//! walk then writes from it in the order of names.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::operation::Operation as Op;
use super::session::{Halt, input};
use super::walk::Walk;
use crate::aws::xml::Element;

/// Users by name, and whether their tags are known.
type Users = BTreeMap<String, bool>;

/// Asks for every user and writes what came.
pub(super) fn walk(
    walk: &mut Walk<'_>,
    users: &Users,
    parallel: usize,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<(), Halt> {
    fetch(walk, users, parallel, progress)?;
    let mut left = 0_u64;
    for (user, tagged) in users {
        match one(walk, user, *tagged) {
            Ok(()) => {}
            // What was received for later users is written all the same.
            Err(Halt::Credentials) => left += 1,
            Err(broken) => return Err(broken),
        }
    }
    if left > 0 {
        let account = walk.session.account;
        let all = users.len();
        let cause = format!(
            "the credentials of {left} of {all} users in account {account} were not or not wholly asked for: the credentials of the collection ended"
        );
        walk.tell(None, cause, "renew the credentials and collect again".to_owned());
        return Err(Halt::Credentials);
    }
    Ok(())
}

/// Fills the journal.
fn fetch(
    walk: &Walk<'_>,
    users: &Users,
    parallel: usize,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<(), Halt> {
    let jobs: Vec<_> = users.iter().collect();
    let (next, done) = (AtomicUsize::new(0), AtomicU64::new(0));
    let failed = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..parallel.min(jobs.len()) {
            scope.spawn(|| {
                let mut quiet = Walk {
                    session: walk.session,
                    region: walk.region,
                    principal: walk.principal,
                    output: None,
                };
                while let Some((user, tagged)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match one(&mut quiet, user, **tagged) {
                        Ok(()) => {}
                        Err(Halt::Credentials) => return,
                        Err(broken) => {
                            *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(broken);
                            return;
                        }
                    }
                    progress(done.fetch_add(1, Ordering::Relaxed) + 1, jobs.len() as u64);
                }
            });
        }
    });
    failed.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

/// One user, in a fixed order.
fn one(walk: &mut Walk<'_>, user: &str, tagged: bool) -> Result<(), Halt> {
    let name = input([("UserName", user)]);
    let mut keys = Vec::new();
    walk.pages(Op::ListAccessKeys, &name, |body| {
        let root = Element::parse(body).unwrap_or_default();
        let list = root.members(&["ListAccessKeysResult", "AccessKeyMetadata"]);
        keys.extend(list.filter_map(|key| key.text_of("AccessKeyId").map(str::to_owned)));
    })?;
    keys.sort_unstable();
    for key in &keys {
        walk.one(Op::GetAccessKeyLastUsed, &input([("AccessKeyId", key.as_str())]))?;
    }
    walk.pages(Op::ListMFADevices, &name, |_| ())?;
    walk.pages(Op::ListSSHPublicKeys, &name, |_| ())?;
    walk.pages(Op::ListServiceSpecificCredentials, &name, |_| ())?;
    walk.pages(Op::ListSigningCertificates, &name, |_| ())?;
    walk.one(Op::GetLoginProfile, &name)?;
    if !tagged {
        walk.pages(Op::ListUserTags, &name, |_| ())?;
    }
    Ok(())
}
