//! How CloudTrail lays its objects out, as in the CloudTrail User Guide, "Finding your CloudTrail
//! log files": `[PREFIX/]AWSLogs/[O-ID/]ACCOUNT/CloudTrail[-Digest]/REGION/YYYY/MM/DD/NAME`.

use std::collections::BTreeMap;

use tenure_model::digest::Digest;
use tenure_model::time::Timestamp;

use super::place::Place;

/// The objects of one account, kind and region: all keys that begin with `dir`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Folder {
    /// Ends in `REGION/`.
    pub(super) dir: String,
    pub(super) region: String,
    pub(super) digests: bool,
    /// The first day to look at.
    pub(super) first: Option<Timestamp>,
    /// Whether the settings name it, so that its absence is worth telling.
    pub(super) named: bool,
}

pub(super) const LOGS: &str = "CloudTrail";
pub(super) const DIGESTS: &str = "CloudTrail-Digest";

impl Folder {
    /// The day of a key of this folder; `None` when it lies outside of days.
    pub(super) fn day(&self, key: &str) -> Option<Timestamp> {
        day(key.strip_prefix(&self.dir)?)
    }

    /// The key after which the first day begins.
    pub(super) fn start_after(&self) -> Option<String> {
        Some(format!("{}{}", self.dir, self.first?.date().replace('-', "/")))
    }
}

/// Of `YYYY/MM/DD/…`.
fn day(path: &str) -> Option<Timestamp> {
    let mut parts = path.splitn(4, '/');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    parts.next()?;
    let fits = [(year, 4), (month, 2), (day, 2)]
        .iter()
        .all(|(part, len)| part.len() == *len && part.bytes().all(|b| b.is_ascii_digit()));
    if !fits {
        return None;
    }
    Timestamp::parse_or_date(&format!("{year}-{month}-{day}")).ok()
}

/// The newest day of the known objects of each folder.
pub(super) fn newest(
    place: &Place,
    known: &BTreeMap<String, Digest>,
) -> BTreeMap<String, Timestamp> {
    let base = place.base();
    let mut newest = BTreeMap::new();
    let below = known.range(base.clone()..).map(|(name, _)| name);
    for name in below.take_while(|name| name.starts_with(&base)) {
        let Some((dir, day)) = split(name, base.len()) else { continue };
        let latest = newest.entry(dir.to_owned()).or_insert(day);
        *latest = day.max(*latest);
    }
    newest
}

/// The folder of a key, and its day.
fn split(key: &str, base: usize) -> Option<(&str, Timestamp)> {
    let rest = &key[base..];
    // [O-ID/]ACCOUNT/KIND/REGION/
    let levels = if rest.starts_with("o-") { 4 } else { 3 };
    let (at, _) = rest.match_indices('/').nth(levels - 1)?;
    let (dir, path) = key.split_at(base + at + 1);
    Some((dir, day(path)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tenure_model::time::Timestamp;

    use super::*;
    use crate::settings::Settings;

    fn date(text: &str) -> Timestamp {
        Timestamp::parse_or_date(text).expect("a date")
    }

    proptest! {
        #[test]
        fn no_key_is_too_strange(rest in "(o-a/)?[0-9A-Za-z/é]{0,30}(/2026/0[1-9]/[0-3][0-9]/x)?") {
            let key = format!("AWSLogs/{rest}");
            if let Some((dir, day)) = split(&key, "AWSLogs/".len()) {
                let path = day.date().replace('-', "/");
                let whole = format!("{dir}{path}/");
                prop_assert!(key.starts_with(&whole), "{} {}", key, whole);
            }
        }
    }

    #[test]
    fn days_of_keys() {
        assert_eq!(day("2021/07/31/a.json.gz"), Some(date("2021-07-31")));
        for bad in ["2021/07/31", "2021/7/31/a", "2021/02/30/a", "a", "", "+021/07/31/a"] {
            assert_eq!(day(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_newest_of_each_folder() {
        let known = [
            "p/AWSLogs/111122223333/CloudTrail/eu-west-1/2021/07/30/a.json.gz",
            "p/AWSLogs/111122223333/CloudTrail/eu-west-1/2021/07/31/a.json.gz",
            "p/AWSLogs/111122223333/CloudTrail/eu-west-1/2021/07/29/z.json.gz",
            "p/AWSLogs/111122223333/CloudTrail/eu-west-1/readme.json",
            "p/AWSLogs/o-a1/111122223333/CloudTrail-Digest/eu-west-1/2020/01/01/a.json.gz",
            "public-keys/eu-west-1.json",
            "AWSLogs/111122223333/CloudTrail/eu-west-1/2022/07/31/a.json.gz",
        ];
        let known = known.map(|name| (name.to_owned(), Digest([0; 32]))).into_iter().collect();
        let values = [("bucket", "logs"), ("prefix", "p")];
        let values = values.map(|(n, v)| (n.to_owned(), v.to_owned())).into_iter().collect();
        let settings = Settings::checked("x", super::super::super::super::ABOUT.settings, values);
        let place = Place::from(&settings.expect("settings"), 1).expect("a place");
        let newest: Vec<_> = newest(&place, &known).into_iter().collect();
        assert_eq!(
            newest,
            [
                ("p/AWSLogs/111122223333/CloudTrail/eu-west-1/".to_owned(), date("2021-07-31")),
                (
                    "p/AWSLogs/o-a1/111122223333/CloudTrail-Digest/eu-west-1/".to_owned(),
                    date("2020-01-01")
                ),
            ]
        );
    }
}
