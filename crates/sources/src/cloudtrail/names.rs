//! Names of delivered objects, as in the CloudTrail User Guide, "Finding your CloudTrail log
//! files": `account_CloudTrail_region_YYYYMMDDTHHmmZ_unique.json.gz`, and for digest files
//! `account_CloudTrail-Digest_region_trail_region_YYYYMMDDTHHmmssZ.json.gz`.

use tenure_model::time::Timestamp;

/// What a delivered object holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ObjectKind {
    Log,
    Digest,
}

impl ObjectKind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Digest => "digest",
        }
    }
}

/// What a name says of its object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct ObjectName<'a> {
    /// The last part of the path: unique over regions and days by its random end.
    pub(super) file: &'a str,
    pub(super) kind: ObjectKind,
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    /// The delivery interval it was written for; its events are from before.
    pub(super) at: Timestamp,
}

impl<'a> ObjectName<'a> {
    /// From a path or key; `None` when its last part is no such name.
    pub(super) fn parse(path: &'a str) -> Option<Self> {
        let begin = memchr::memrchr(b'/', path.as_bytes()).map_or(0, |slash| slash + 1);
        let file = &path[begin..];
        let stem = file.strip_suffix(".gz").unwrap_or(file).strip_suffix(".json")?;
        let (account, rest) = stem.split_at_checked(12).filter(|(a, _)| is_digits(a))?;
        let (kind, rest) = cut(rest.strip_prefix('_')?)?;
        let kind = match kind {
            "CloudTrail-Digest" => ObjectKind::Digest,
            other if other.starts_with("CloudTrail") => ObjectKind::Log,
            _ => return None,
        };
        let (region, mut rest) = cut(rest)?;
        let at = loop {
            let last = memchr::memrchr(b'_', rest.as_bytes());
            if let Some(at) = instant(&rest[last.map_or(0, |at| at + 1)..]) {
                break at;
            }
            rest = &rest[..last?];
        };
        Some(Self { file, kind, account, region, at })
    }
}

/// What is before the first underscore, and what behind it.
fn cut(text: &str) -> Option<(&str, &str)> {
    let at = memchr::memchr(b'_', text.as_bytes())?;
    Some((&text[..at], &text[at + 1..]))
}

/// The name under which an object is known: what delivery records call it, else the whole path.
pub(super) fn object_id(path: &str) -> &str {
    ObjectName::parse(path).map_or(path, |name| name.file)
}

/// `20210729T2355Z` or `20210729T235336Z`.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let (day, time) = text.strip_suffix('Z')?.split_once('T')?;
    if day.len() != 8 || !matches!(time.len(), 4 | 6) || !is_digits(day) || !is_digits(time) {
        return None;
    }
    // Every object has a name, and every name is read several times.
    let mut whole = *b"yyyy-mm-ddThh:mm:00Z";
    let (day, time) = (day.as_bytes(), time.as_bytes());
    whole[..4].copy_from_slice(&day[..4]);
    let digits = day[4..].chunks(2).chain(time.chunks(2));
    for (place, digits) in whole[4..].chunks_exact_mut(3).zip(digits) {
        place[1..].copy_from_slice(digits);
    }
    std::str::from_utf8(&whole).ok()?.parse().ok()
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_object() {
        let path =
            "us-west-1/2021/07/31/342082656213_CloudTrail_us-west-1_20210731T1200Z_BbO.json.gz";
        let name = ObjectName::parse(path).expect("a name");
        assert_eq!((name.account, name.region), ("342082656213", "us-west-1"));
        assert_eq!(name.kind, ObjectKind::Log);
        assert_eq!(name.at.to_string(), "2021-07-31T12:00:00Z");
        assert_eq!(object_id(path), "342082656213_CloudTrail_us-west-1_20210731T1200Z_BbO.json.gz");
    }

    #[test]
    fn a_digest_object_with_an_underscore_in_the_trail() {
        let name =
            "342082656213_CloudTrail-Digest_us-east-2_my_trail_us-west-1_20210729T235336Z.json.gz";
        let name = ObjectName::parse(name).expect("a name");
        assert_eq!(name.kind, ObjectKind::Digest);
        assert_eq!(name.at.to_string(), "2021-07-29T23:53:36Z");
    }

    #[test]
    fn other_names() {
        for other in [
            "aws.persistence.iam-backdoor-role.json",
            "342082656213_vpcflowlogs_us-west-1_fl-05_20210729T2355Z_af8dc5dc.log.gz",
            "342082656213_CloudTrail_us-west-1_20211331T1200Z_x.json.gz",
            "42_CloudTrail_us-west-1_20210731T1200Z_x.json.gz",
            "",
        ] {
            assert_eq!(ObjectName::parse(other), None, "{other}");
            assert_eq!(object_id(other), other);
        }
    }
}
