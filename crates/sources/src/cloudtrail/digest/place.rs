//! Where objects lie: a digest says where it was delivered, and may lie below another prefix here,
//! but not anywhere else.

use tenure_model::time::Timestamp;

use super::super::names::instant;
use super::document::Place;

/// What the name of a digest object says, beside what every object's name does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct DigestName<'a> {
    pub(super) file: &'a str,
    pub(super) account: &'a str,
    /// Where the deliveries were made.
    pub(super) region: &'a str,
    pub(super) trail: &'a str,
    /// The trail's home region.
    pub(super) home: &'a str,
    /// The end of the stretch that the digest tells of.
    pub(super) at: Timestamp,
    /// Whether CloudTrail made it later, for a stretch that had none.
    pub(super) backfill: bool,
}

const DIGEST: &str = "CloudTrail-Digest";

impl<'a> DigestName<'a> {
    /// `account_CloudTrail-Digest_region_trail_home_time[_backfill].json.gz`; a trail's name may
    /// have underscores.
    pub(super) fn parse(path: &'a str) -> Option<Self> {
        let file = path.rsplit('/').next()?;
        let stem = file.strip_suffix(".gz").unwrap_or(file).strip_suffix(".json")?;
        let (stem, backfill) = match stem.strip_suffix("_backfill") {
            Some(stem) => (stem, true),
            None => (stem, false),
        };
        let (account, rest) = stem.split_once('_')?;
        let (region, rest) = rest.strip_prefix(DIGEST)?.strip_prefix('_')?.split_once('_')?;
        let (rest, time) = rest.rsplit_once('_')?;
        let (trail, home) = rest.rsplit_once('_')?;
        Some(Self { file, account, region, trail, home, at: instant(time)?, backfill })
    }

    /// The name of the chain that it belongs to, for maps.
    pub(super) fn chain(&self) -> String {
        let Self { account, region, trail, home, .. } = self;
        format!("{account}/{region}/{trail}/{home}")
    }
}

/// Whether an object that says it was delivered at `place` may lie at `path`: from the directory
/// `AWSLogs` or `CloudTrail-Digest` on, if the path has one, both must be the same; what is before
/// it is a matter of where the copy was put. A path with a scheme names the bucket, too.
pub(super) fn may_lie_at(place: &Place, path: &str) -> bool {
    if let Some(exact) = path.strip_prefix("s3://") {
        return exact.split_once('/') == Some((&place.bucket, &place.key));
    }
    let anchor = ["AWSLogs", DIGEST].into_iter().find_map(|anchor| {
        let at = parts(path).position(|part| part == anchor)?;
        Some((anchor, at))
    });
    let Some((anchor, at)) = anchor else {
        return parts(path).next_back() == parts(&place.key).next_back();
    };
    let here = parts(path).skip(at);
    here.eq(parts(&place.key).skip_while(|part| *part != anchor))
}

fn parts(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/')
}

/// The key that the digest of another hour of the same chain would have: day and time of the end
/// exchanged.
pub(super) fn sibling(key: &str, end: Timestamp) -> String {
    let Some(name) = DigestName::parse(key) else { return key.to_owned() };
    let (old_day, old_time) = written(name.at);
    let (day, time) = written(end);
    let (directory, file) = match key.rsplit_once('/') {
        Some((directory, file)) => (format!("{directory}/"), file),
        None => (String::new(), key),
    };
    let directory = match directory.strip_suffix(&format!("{old_day}/")) {
        Some(above) => format!("{above}{day}/"),
        None => directory,
    };
    directory + &file.replacen(&old_time, &time, 1)
}

/// `2024/05/01` and `20240501T100000Z`.
fn written(at: Timestamp) -> (String, String) {
    let whole = Timestamp::from_seconds(at.seconds()).to_string();
    let time: String = whole.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    (at.date().replace('-', "/"), time)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "logs/AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2024/05/01/111122223333_CloudTrail-Digest_eu-west-1_my_trail_us-east-1_20240501T230000Z.json.gz";

    #[test]
    fn a_name() {
        let name = DigestName::parse(KEY).expect("a name");
        assert_eq!((name.trail, name.home, name.region), ("my_trail", "us-east-1", "eu-west-1"));
        assert_eq!((name.at.to_string().as_str(), name.backfill), ("2024-05-01T23:00:00Z", false));
        let backfill = KEY.replace(".json.gz", "_backfill.json.gz");
        let backfill = DigestName::parse(&backfill).expect("a name");
        assert!(backfill.backfill && backfill.at == name.at && backfill.chain() == name.chain());
        for other in
            ["1_CloudTrail_eu-west-1_20240501T2300Z_x.json.gz", "1_CloudTrail-Digest.json", ""]
        {
            assert_eq!(DigestName::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_copy_may_lie_below_another_prefix_and_nowhere_else() {
        let place = Place { bucket: "b".to_owned(), key: KEY.to_owned() };
        let from = |anchor: &str| &KEY[KEY.find(anchor).expect("there")..];
        let file = from("111122223333_");
        for good in [
            KEY.to_owned(),
            format!("copy/of/{KEY}"),
            format!("copy/{}", from("AWSLogs")),
            from("CloudTrail-Digest/").to_owned(),
            format!("x/{}", from("CloudTrail-Digest/")),
            format!("flat/{file}"),
            format!("s3://b/{KEY}"),
        ] {
            assert!(may_lie_at(&place, &good), "{good}");
        }
        for bad in [
            KEY.replace("2024/05/01", "2024/05/02"),
            from("CloudTrail-Digest/").replace("eu-west-1/", "eu-west-2/"),
            KEY.replace("T230000Z", "T220000Z"),
            format!("s3://c/{KEY}"),
            format!("s3://b/x/{KEY}"),
            String::new(),
        ] {
            assert!(!may_lie_at(&place, &bad), "{bad}");
        }
    }

    #[test]
    fn the_key_of_another_hour() {
        let at = "2024-05-02T00:00:00Z".parse().expect("a time");
        let expected = KEY.replace("2024/05/01", "2024/05/02").replace("01T23", "02T00");
        assert_eq!(sibling(KEY, at), expected);
        assert_eq!(sibling("x.json", at), "x.json");
    }
}
