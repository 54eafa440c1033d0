//! What the settings say of the bucket: where it is, and which part of it is asked for.

use tenure_model::time::Timestamp;

use crate::aws::Endpoint;
use crate::settings::Settings;
use crate::source::CollectError;

/// The bucket and what is asked of it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) bucket: String,
    /// What stands before `AWSLogs/`: empty, or ending in `/`.
    pub(super) prefix: String,
    /// An S3-compatible service; `None` is AWS itself.
    pub(super) endpoint: Option<Endpoint>,
    pub(super) region: Option<String>,
    /// Accounts asked for; empty is all that are found.
    pub(super) accounts: Vec<String>,
    /// Regions asked for; empty is all that are found.
    pub(super) regions: Vec<String>,
    pub(super) organization: Option<String>,
    /// The first day of delivery asked for.
    pub(super) from: Option<Timestamp>,
    /// The day of delivery before which to stop.
    pub(super) to: Option<Timestamp>,
    pub(super) digests: bool,
    pub(super) parallel: usize,
    /// Days before the newest known object that are listed again.
    pub(super) relist: i64,
    /// Larger objects are not fetched.
    pub(super) most: u64,
}

impl Place {
    /// From the settings.
    ///
    /// # Errors
    /// When a value cannot be.
    pub(super) fn from(settings: &Settings, most: u64) -> Result<Self, CollectError> {
        let given = Given(settings);
        let set = |name| given.set(name);
        Ok(Self {
            bucket: given
                .checked("bucket", is_bucket, "give the name of the bucket alone")?
                .unwrap_or_default(),
            prefix: prefix(set("prefix").unwrap_or_default()),
            endpoint: set("endpoint").map(endpoint).transpose()?,
            region: given.checked("region", is_region, "give a region as in eu-west-1")?,
            accounts: given.list(
                "accounts",
                is_account,
                "give 12 digits each, with commas between",
            )?,
            regions: given.list(
                "regions",
                is_region,
                "give regions as in eu-west-1, with commas between",
            )?,
            organization: given.checked(
                "organization",
                is_organization,
                "give the id as in o-a1b2c3d4e5",
            )?,
            from: day(set("from"), "from")?.map(Timestamp::day_start),
            to: day(set("to"), "to")?,
            digests: match set("digests") {
                None | Some("yes") => true,
                Some("no") => false,
                Some(other) => return Err(unusable("digests", other, "give yes or no")),
            },
            parallel: number(set("parallel"), "parallel", 16, 1..=256)?,
            relist: number(set("relist"), "relist", 3, 0..=36_500)?,
            most,
        })
    }

    /// Everything of CloudTrail is below this.
    pub(super) fn base(&self) -> String {
        format!("{}AWSLogs/", self.prefix)
    }

    /// As people write it.
    pub(super) fn shown(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.base())
    }
}

/// The settings as they were given.
struct Given<'a>(&'a Settings);

impl<'a> Given<'a> {
    fn set(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).filter(|value| !value.is_empty())
    }

    fn checked(
        &self,
        name: &str,
        valid: fn(&str) -> bool,
        hint: &str,
    ) -> Result<Option<String>, CollectError> {
        match self.set(name) {
            Some(value) if !valid(value) => Err(unusable(name, value, hint)),
            value => Ok(value.map(str::to_owned)),
        }
    }

    /// With commas between.
    fn list(
        &self,
        name: &str,
        valid: fn(&str) -> bool,
        hint: &str,
    ) -> Result<Vec<String>, CollectError> {
        let parts = self.set(name).unwrap_or_default().split(',').map(str::trim);
        let parts: Vec<_> = parts.filter(|p| !p.is_empty()).map(str::to_owned).collect();
        match parts.iter().find(|part| !valid(part)) {
            Some(part) => Err(unusable(name, part, hint)),
            None => Ok(parts),
        }
    }
}

const ENDPOINT_HINT: &str =
    "give https:// and a host; http:// is for services on this machine only";

fn unusable(name: &str, value: &str, hint: &str) -> CollectError {
    CollectError {
        what: name.to_owned(),
        cause: format!("the setting {name} is '{value}', which cannot be"),
        hint: hint.to_owned(),
    }
}

fn number<T: std::str::FromStr + PartialOrd>(
    value: Option<&str>,
    name: &str,
    default: T,
    allowed: std::ops::RangeInclusive<T>,
) -> Result<T, CollectError> {
    let Some(value) = value else { return Ok(default) };
    let number = value.parse().ok().filter(|n| allowed.contains(n));
    number.ok_or_else(|| unusable(name, value, "give a whole number, neither 0 nor huge"))
}

fn day(value: Option<&str>, name: &str) -> Result<Option<Timestamp>, CollectError> {
    let parsed = value.map(Timestamp::parse_or_date).transpose();
    parsed.map_err(|_| unusable(name, value.unwrap_or_default(), "give a date as in 2026-01-31"))
}

fn prefix(text: &str) -> String {
    if text.is_empty() || text.ends_with('/') { text.to_owned() } else { format!("{text}/") }
}

fn is_word(text: &str, also: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || also.contains(c))
}

fn is_bucket(text: &str) -> bool {
    (3..=255).contains(&text.len()) && is_word(text, "-._") && !text.starts_with('.')
}

/// An account's number.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// A region's name: it becomes part of host names, so nothing else may pass for one.
pub(super) fn is_region(text: &str) -> bool {
    is_word(text, "-")
}

/// An organization's id.
pub(super) fn is_organization(text: &str) -> bool {
    text.strip_prefix("o-").is_some_and(|rest| is_word(rest, ""))
}

fn endpoint(text: &str) -> Result<Endpoint, CollectError> {
    Endpoint::parse(text).map_err(|why| CollectError {
        what: "endpoint".to_owned(),
        cause: format!("the setting endpoint is '{text}': {why}"),
        hint: ENDPOINT_HINT.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_cannot_be() {
        assert!(is_account("111122223333") && !is_account("11112222333") && !is_account("x"));
        assert!(
            is_organization("o-a1b2c3d4e5") && !is_organization("o-") && !is_organization("r-a")
        );
        assert!(is_bucket("my.logs-1") && !is_bucket("s3://logs") && !is_bucket("../x"));
        assert_eq!(prefix("trail"), "trail/");
        assert_eq!(prefix("trail/"), "trail/");
        assert_eq!(prefix(""), "");
    }
}
