//! What the settings ask for.

use crate::aws::Endpoint;
use crate::settings::Settings;
use crate::source::CollectError;

/// Which accounts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Accounts {
    /// That of the credentials.
    Caller,
    /// All active ones of the organisation.
    Organization,
    /// These, sorted.
    These(Vec<String>),
}

/// What the settings ask for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Wanted {
    pub(super) endpoint: Option<Endpoint>,
    pub(super) region: String,
    pub(super) accounts: Accounts,
    /// Assumed in every account but the caller's.
    pub(super) role: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) parallel: usize,
    pub(super) requests_per_second: u32,
    /// Microseconds.
    pub(super) resume_within: i64,
}

impl Wanted {
    /// Reads the settings.
    ///
    /// # Errors
    /// When one of them is not what it should be; names it.
    pub(super) fn from(settings: &Settings) -> Result<Self, CollectError> {
        let text = |name: &str| settings.get(name).map(str::trim).filter(|text| !text.is_empty());
        let endpoint = text("endpoint").map(Endpoint::parse).transpose();
        let endpoint = endpoint.map_err(|cause| {
            error("endpoint", cause, "give https://host, or http://127.0.0.1:port on this machine")
        })?;
        let role = text("role").map(role).transpose()?;
        let external_id = text("external-id").map(str::to_owned);
        Ok(Self {
            endpoint,
            region: region(text("region").unwrap_or("us-east-1"))?,
            accounts: accounts(text("accounts"))?,
            role,
            external_id,
            parallel: number("parallel", text("parallel").unwrap_or("8"), 64)? as usize,
            requests_per_second: number(
                "requests-per-second",
                text("requests-per-second").unwrap_or("20"),
                10_000,
            )?,
            resume_within: span(text("resume-within").unwrap_or("6h"))?,
        })
    }
}

fn region(text: &str) -> Result<String, CollectError> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.len() <= 32 && text.contains('-') && text.chars().all(fits) {
        return Ok(text.to_owned());
    }
    Err(error("region", &format!("'{text}' is no region"), "give one as us-east-1"))
}

fn accounts(text: Option<&str>) -> Result<Accounts, CollectError> {
    let Some(text) = text else { return Ok(Accounts::Caller) };
    if text == "organization" {
        return Ok(Accounts::Organization);
    }
    let mut all = Vec::new();
    for account in text.split(',').map(str::trim).filter(|account| !account.is_empty()) {
        if !is_account(account) {
            let cause = format!("'{account}' is no account");
            return Err(error("accounts", &cause, "accounts have twelve digits"));
        }
        all.push(account.to_owned());
    }
    all.sort_unstable();
    all.dedup();
    Ok(Accounts::These(all))
}

pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// The characters that IAM allows in the name and the path of a role.
fn role(text: &str) -> Result<String, CollectError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-/".contains(c);
    if text.chars().all(fits) && !text.starts_with('/') && text.len() <= 512 {
        return Ok(text.to_owned());
    }
    let hint = "give the role's name, not its ARN; the account comes from 'accounts'";
    Err(error("role", &format!("'{text}' is no name of a role"), hint))
}

fn number(name: &str, text: &str, most: u32) -> Result<u32, CollectError> {
    text.parse().ok().filter(|n| (1..=most).contains(n)).ok_or_else(|| {
        let cause = format!("'{text}' is no number from 1 to {most}");
        error(name, &cause, "give a whole number")
    })
}

fn span(text: &str) -> Result<i64, CollectError> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: Option<i64> = match &text[digits.len()..] {
        "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3600),
        "d" => Some(86_400),
        _ => None,
    };
    let seconds = digits.parse::<u32>().ok().zip(unit).map(|(n, unit)| i64::from(n) * unit);
    seconds.map(|seconds| seconds * 1_000_000).ok_or_else(|| {
        let cause = format!("'{text}' is no span of time");
        error("resume-within", &cause, "give one as 6h, 30m or 0s")
    })
}

fn error(what: &str, cause: &str, hint: &str) -> CollectError {
    CollectError { what: what.to_owned(), cause: cause.to_owned(), hint: hint.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_or_named() {
        assert_eq!(
            accounts(Some("222222222222, 111111111111,222222222222")).expect("accounts"),
            Accounts::These(vec!["111111111111".to_owned(), "222222222222".to_owned()])
        );
        assert_eq!(accounts(Some("organization")).expect("a word"), Accounts::Organization);
        accounts(Some("1234")).expect_err("too short");
        assert_eq!(span("6h").expect("a span"), 21_600_000_000);
        for bad in ["6", "h", "-1h", "6 h", "", "1w", "é"] {
            span(bad).expect_err(bad);
        }
        role("arn:aws:iam::1:role/x").expect_err("an ARN");
        role("audit/tenure-reader").expect("a name with a path");
        number("parallel", "0", 64).expect_err("none");
        region("nowhere").expect_err("no region");
    }
}
