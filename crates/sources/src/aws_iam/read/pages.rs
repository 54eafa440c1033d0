//! Whether listings came whole: pages without a hole, and a last page after which nothing follows.

use std::collections::BTreeMap;

use super::super::capture::Exchange;
use super::operation::Operation;
use super::{Capture, Content};

/// Which call an exchange belongs to, and which of its pages it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Call {
    pub(super) account: String,
    pub(super) operation: Option<Operation>,
    /// Account, region, service, action and input: pages of one call share it.
    listing: String,
    action: String,
    page: u32,
    /// AWS's error code.
    pub(super) failed: Option<String>,
}

impl Call {
    pub(super) fn of(line: &Exchange<'_>) -> Self {
        Self {
            account: line.account.to_string(),
            operation: Operation::parse(&line.service, &line.action),
            listing: format!(
                "{} {} {} {} {}",
                line.account, line.region, line.service, line.action, line.input
            ),
            action: line.action.to_string(),
            page: line.page,
            failed: line.error.as_deref().map(str::to_owned),
        }
    }
}

/// What is missing, one text per listing.
pub(super) fn missing(capture: &Capture<'_>) -> Vec<String> {
    let mut listings: BTreeMap<&str, (&str, BTreeMap<u32, bool>)> = BTreeMap::new();
    for entry in &capture.entries {
        let (Some(call), Ok(answer)) = (&entry.call, &entry.said) else { continue };
        let (_, pages) = listings.entry(&call.listing).or_insert((&call.action, BTreeMap::new()));
        pages.insert(call.page, answer.more);
    }
    let mut problems: Vec<String> = listings
        .values()
        .filter_map(|(action, pages)| {
            let (last, more) = pages.last_key_value()?;
            if let Some(hole) = (1..=*last).find(|page| !pages.contains_key(page)) {
                return Some(format!("page {hole} of {action} is missing"));
            }
            more.then(|| format!("{action} ends after page {last}, and AWS said that more follows"))
        })
        .collect();
    problems.extend(files(capture));
    problems
}

/// Files do not say which page they are. Of several that say that more follows, one must not.
fn files(capture: &Capture<'_>) -> Option<String> {
    let of_files = capture.entries.iter().filter(|entry| entry.call.is_none());
    let answers: Vec<_> = of_files.filter_map(|entry| entry.said.as_ref().ok()).collect();
    let listings = |more| {
        let same = |answer: &&&super::Answer| {
            matches!(answer.content, Content::Listing(_)) && answer.more == more
        };
        answers.iter().filter(same).count()
    };
    let others = answers.iter().any(|a| a.more && !matches!(a.content, Content::Listing(_)));
    let cut = listings(true) > 0 && listings(false) == 0;
    (cut || others)
        .then(|| "a file says that more follows, and no file holds the last page".to_owned())
}
