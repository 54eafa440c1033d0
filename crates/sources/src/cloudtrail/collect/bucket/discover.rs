//! Finds the accounts and regions that the bucket has logs of.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, stream};
use tenure_model::entry::Gap;
use tenure_model::time::Timestamp;

use super::client::Client;
use super::fault::{Asked, Fault};
use super::layout::{DIGESTS, Folder, LOGS};
use super::listing::Page;
use super::place::{Place, is_account, is_organization};

/// What the bucket has, and what could not be found out.
#[derive(Default)]
pub(super) struct Found {
    pub(super) folders: Vec<Folder>,
    pub(super) accounts: BTreeSet<String>,
    pub(super) gaps: Vec<Gap>,
}

/// Looks for folders of logs. `newest` is the newest day already known of each.
///
/// # Errors
/// When nothing can be listed.
pub(super) async fn discover(
    client: &Client,
    place: &Place,
    newest: &BTreeMap<String, Timestamp>,
) -> Result<Found, Fault> {
    let mut search = Search { client, place, newest, found: Found::default() };
    let accounts = search.accounts().await?;
    search.found.accounts = accounts.iter().map(|dir| last(dir).to_owned()).collect();
    for account in &place.accounts {
        if !search.found.accounts.contains(account) {
            let cause = "there are no logs of this account, which the setting accounts names";
            search.gap(format!("{}{account}/", place.base()), cause, "check the setting accounts");
        }
    }
    search.regions(accounts).await?;
    search.found.folders.sort();
    Ok(search.found)
}

struct Search<'a> {
    client: &'a Client,
    place: &'a Place,
    newest: &'a BTreeMap<String, Timestamp>,
    found: Found,
}

impl Search<'_> {
    fn gap(&mut self, artifact: String, cause: impl Into<String>, hint: &str) {
        let (cause, hint) = (cause.into(), hint.to_owned());
        self.found.gaps.push(Gap { artifact, record: None, cause, hint });
    }

    fn fault(&mut self, prefix: &str, fault: &Fault) {
        let (cause, hint) = fault.told(self.place, Asked::Listing(prefix));
        self.gap(prefix.to_owned(), cause, &hint);
    }

    /// Folders of accounts: below `AWSLogs/`, and below each organization there.
    async fn accounts(&mut self) -> Result<Vec<String>, Fault> {
        let base = self.place.base();
        if let Some(organization) = &self.place.organization {
            return self.accounts_of(format!("{base}{organization}/")).await;
        }
        let page = match self.top(&base).await {
            Ok(page) => page,
            // Whoever may list only the folders of some accounts can say which.
            Err(fault) if fault.is_denial() && !self.place.accounts.is_empty() => {
                self.fault(&base, &fault);
                return Ok(self.place.accounts.iter().map(|a| format!("{base}{a}/")).collect());
            }
            Err(fault) => return Err(fault),
        };
        self.stray(&page);
        let mut accounts = Vec::new();
        for dir in page.folders {
            let name = last(&dir).to_owned();
            if is_organization(&name) {
                let page = self.client.folders(&dir).await;
                match page {
                    Ok(page) => accounts.extend(self.wanted(page)),
                    Err(fault) if fault.ends_everything() => return Err(fault),
                    Err(fault) => self.fault(&dir, &fault),
                }
            } else if is_account(&name) {
                accounts.push(dir);
            } else {
                let cause = "it is the folder of neither an account nor an organization, and was not looked into";
                self.gap(
                    dir,
                    cause,
                    "CloudTrail writes no such folders: keep other files elsewhere",
                );
            }
        }
        accounts.retain(|dir| self.asked_for(dir));
        Ok(accounts)
    }

    async fn accounts_of(&mut self, dir: String) -> Result<Vec<String>, Fault> {
        if !self.place.accounts.is_empty() {
            return Ok(self.place.accounts.iter().map(|a| format!("{dir}{a}/")).collect());
        }
        let page = self.top(&dir).await?;
        Ok(self.wanted(page))
    }

    /// The first listing, which also shows in which region the bucket is.
    async fn top(&self, prefix: &str) -> Result<Page, Fault> {
        match self.client.folders(prefix).await {
            Err(fault) if self.place.region.is_none() && fault.elsewhere().is_some() => {
                self.client.move_to(fault.elsewhere().unwrap_or_default());
                self.client.folders(prefix).await
            }
            page => page,
        }
    }

    fn wanted(&mut self, page: Page) -> Vec<String> {
        self.stray(&page);
        let accounts = page.folders.into_iter().filter(|dir| is_account(last(dir)));
        accounts.filter(|dir| self.asked_for(dir)).collect()
    }

    fn asked_for(&self, dir: &str) -> bool {
        let asked = &self.place.accounts;
        asked.is_empty() || asked.iter().any(|account| account == last(dir))
    }

    /// Objects where there should be folders only.
    fn stray(&mut self, page: &Page) {
        for object in page.objects.iter().filter(|object| !object.key.ends_with('/')) {
            let cause = "it lies where CloudTrail puts no objects, and was not read";
            self.gap(object.key.clone(), cause, "keep other files elsewhere");
        }
    }

    /// Folders of regions, of logs and of digests.
    async fn regions(&mut self, accounts: Vec<String>) -> Result<(), Fault> {
        let kinds = if self.place.digests { &[DIGESTS, LOGS][..] } else { &[LOGS][..] };
        let dirs = accounts
            .iter()
            .flat_map(|account| kinds.iter().map(move |kind| (*kind, format!("{account}{kind}/"))));
        if !self.place.regions.is_empty() {
            for (kind, dir) in dirs {
                for region in &self.place.regions {
                    let folder = self.folder(kind, format!("{dir}{region}/"), true);
                    self.found.folders.push(folder);
                }
            }
            return Ok(());
        }
        let client = self.client;
        let pages = dirs.map(|(kind, dir)| async move {
            let page = client.folders(&dir).await;
            (kind, dir, page)
        });
        let pages: Vec<_> = stream::iter(pages).buffered(self.place.parallel).collect().await;
        for (kind, dir, page) in pages {
            match page {
                Ok(page) => {
                    self.stray(&page);
                    for dir in page.folders {
                        let folder = self.folder(kind, dir, false);
                        self.found.folders.push(folder);
                    }
                }
                Err(fault) if fault.ends_everything() => return Err(fault),
                Err(fault) => self.fault(&dir, &fault),
            }
        }
        Ok(())
    }

    fn folder(&self, kind: &str, dir: String, named: bool) -> Folder {
        let newest = self.newest.get(&dir);
        let again = newest.map(|day| day.plus_micros(-self.place.relist * Timestamp::DAY));
        Folder {
            region: last(&dir).to_owned(),
            digests: kind == DIGESTS,
            first: again.max(self.place.from),
            named: named && kind == LOGS && newest.is_none(),
            dir,
        }
    }
}

/// The last part of a folder's name.
fn last(dir: &str) -> &str {
    dir.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}
