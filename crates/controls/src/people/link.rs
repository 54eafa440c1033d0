//! The rules by which records are one person's, and accounts theirs.

use std::collections::{BTreeMap, BTreeSet};

use super::{Account, Holder, Joined, Link, Record};

/// People by some name.
type Named = BTreeMap<String, BTreeSet<String>>;

/// Joins records into people, and accounts to them.
pub(super) fn join(records: &[Record], links: &[Link], accounts: &[Account]) -> Joined {
    let people = people(records);
    let named = named(records, &people);
    let holders = holders(&people, &named, links, accounts);
    let names = names(&named, &holders, accounts);
    Joined { people, holders, names }
}

/// Records are of one person if they are incarnations of one record, or share an employee id or
/// address together with the name: ids and addresses alone are given to others in time.
fn people(records: &[Record]) -> BTreeMap<String, (String, String)> {
    let mut sorted: Vec<_> = records.iter().collect();
    sorted.sort();
    let mut leader: Vec<usize> = (0..sorted.len()).collect();
    let mut seen: BTreeMap<(u8, String), usize> = BTreeMap::new();
    for (index, record) in sorted.iter().enumerate() {
        let name = folded(record.name.as_deref()).unwrap_or_default();
        let with_name = |text: &Option<String>| {
            folded(text.as_deref()).map(|text| format!("{text}\u{1f}{name}"))
        };
        let keys = [
            (0, Some(record.subject.clone())),
            (1, Some(record.base.clone())),
            (2, with_name(&record.employee_id)),
            (3, with_name(&record.email)),
        ];
        for (kind, key) in keys {
            let Some(key) = key else { continue };
            let other = *seen.entry((kind, key)).or_insert(index);
            let (a, b) = (root(&mut leader, index), root(&mut leader, other));
            // The first record leads, so that a person's id is their first subject.
            leader[a.max(b)] = a.min(b);
        }
    }
    let mut people = BTreeMap::new();
    for (index, record) in sorted.iter().enumerate() {
        let first = root(&mut leader, index);
        let said = record.name.as_ref().or(record.email.as_ref());
        let label = said.unwrap_or(&record.native_id).clone();
        people.insert(record.subject.clone(), (sorted[first].subject.clone(), label));
    }
    people
}

fn root(leader: &mut [usize], mut at: usize) -> usize {
    while leader[at] != at {
        leader[at] = leader[leader[at]];
        at = leader[at];
    }
    at
}

fn folded(text: Option<&str>) -> Option<String> {
    text.map(|t| t.trim().to_lowercase()).filter(|t| !t.is_empty())
}

/// People by everything that their records call them.
fn named(records: &[Record], people: &BTreeMap<String, (String, String)>) -> Named {
    let mut named = Named::new();
    for record in records {
        let Some((person, _)) = people.get(&record.subject) else { continue };
        let texts = [
            Some(record.subject.as_str()),
            Some(record.base.as_str()),
            Some(record.native_id.as_str()),
            record.name.as_deref(),
            record.email.as_deref(),
            record.employee_id.as_deref(),
        ];
        for name in texts.into_iter().filter_map(folded) {
            named.entry(name).or_default().insert(person.clone());
        }
    }
    named
}

/// An explicit link decides; an account without one is whose address or employee id it bears. What
/// is no person's account by its kind is nobody's by its address alone.
fn holders(
    people: &BTreeMap<String, (String, String)>,
    named: &Named,
    links: &[Link],
    accounts: &[Account],
) -> BTreeSet<Holder> {
    let mut holders = BTreeSet::new();
    let mut linked = BTreeSet::new();
    for link in links {
        let Some(person) = person_of(&link.subject, people, named) else { continue };
        linked.insert(link.identity.as_str());
        holders.insert(Holder {
            person,
            identity: link.identity.clone(),
            basis: link.basis.clone().unwrap_or_else(|| "link".to_owned()),
            ambiguous: false,
            from_lo: link.from_lo,
            from_hi: link.from_hi,
            to_lo: link.to_lo,
            to_hi: link.to_hi,
        });
    }
    for account in accounts.iter().filter(|account| !linked.contains(account.identity.as_str())) {
        holders.extend(by_name(account, named));
    }
    holders
}

/// Whose address or employee id a personal account bears.
fn by_name(account: &Account, named: &Named) -> Vec<Holder> {
    if !matches!(account.kind.as_deref(), None | Some("human" | "unknown" | "external")) {
        return Vec::new();
    }
    let texts = [&account.email, &account.login, &Some(account.native_id.clone())];
    let found = texts.into_iter().filter_map(|text| folded(text.as_deref())).find_map(|text| {
        let basis = if text.contains('@') { "email" } else { "employee_id" };
        named.get(&text).map(|people| (basis, people))
    });
    let Some((basis, people)) = found else { return Vec::new() };
    let holder = |person: &String| Holder {
        person: person.clone(),
        identity: account.identity.clone(),
        basis: basis.to_owned(),
        ambiguous: people.len() > 1,
        ..Holder::default()
    };
    people.iter().map(holder).collect()
}

/// A source of accounts names a subject in its own system; where no such record exists, the native
/// id is what the record of people calls the person.
fn person_of(
    subject: &str,
    people: &BTreeMap<String, (String, String)>,
    named: &Named,
) -> Option<String> {
    if let Some((person, _)) = people.get(subject) {
        return Some(person.clone());
    }
    let native = subject.splitn(3, '/').nth(2)?;
    let native = folded(Some(native.split('~').next().unwrap_or(native)))?;
    let only = named.get(&native).filter(|people| people.len() == 1)?;
    only.first().cloned()
}

/// Names that are one person's alone, those of their accounts included.
fn names(
    named: &Named,
    holders: &BTreeSet<Holder>,
    accounts: &[Account],
) -> BTreeMap<String, String> {
    let mut all = named.clone();
    let mut by_identity: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for holder in holders {
        by_identity.entry(&holder.identity).or_default().insert(&holder.person);
    }
    for account in accounts {
        let Some(people) = by_identity.get(account.identity.as_str()) else { continue };
        let texts = [
            Some(account.identity.as_str()),
            Some(account.native_id.as_str()),
            account.login.as_deref(),
            account.email.as_deref(),
        ];
        for name in texts.into_iter().filter_map(folded) {
            all.entry(name).or_default().extend(people.iter().map(|p| (*p).to_owned()));
        }
    }
    let alone = |people: &BTreeSet<String>| (people.len() == 1).then(|| people.first().cloned());
    all.iter().filter_map(|(name, p)| Some((name.clone(), alone(p)??))).collect()
}
