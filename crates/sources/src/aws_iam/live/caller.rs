//! Who asks: whom the credentials belong to, and whether there are any.

use std::sync::Arc;

use super::account::read_totals;
use super::session::nothing;
use super::wanted::{Accounts, Wanted, is_account};
use crate::aws::xml::Element;
use crate::aws::{Call, Client, Fault, Identity, Kind, Options, Patience, Role, Service};
use crate::settings::Settings;
use crate::source::CollectError;

/// Whom the credentials belong to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Caller {
    /// The account, twelve digits.
    pub(super) account: String,
    /// As AWS calls them.
    pub(super) arn: String,
}

/// A client as the settings ask for.
pub(super) fn client(wanted: &Wanted) -> Result<Client, CollectError> {
    let options = Options {
        region: wanted.region.clone(),
        endpoint: wanted.endpoint.clone(),
        requests_per_second: wanted.requests_per_second,
        patience: Patience::default(),
    };
    Client::new(options).map_err(|cause| CollectError {
        what: "the client of AWS".to_owned(),
        cause,
        hint: "check AWS_CA_BUNDLE, which names a file of certificates in PEM".to_owned(),
    })
}

impl Caller {
    /// Asks AWS.
    ///
    /// # Errors
    /// When there are no credentials, or AWS does not accept them.
    pub(super) fn ask(
        client: &Client,
        identity: &Identity,
        wanted: &Wanted,
    ) -> Result<Self, CollectError> {
        let answer = client.call(identity, &call(Service::Sts, wanted, "GetCallerIdentity"));
        if let Some(fault) = answer.fault {
            return Err(refused(&fault, wanted));
        }
        read(&answer.body).ok_or_else(|| CollectError {
            what: "sts:GetCallerIdentity".to_owned(),
            cause: "the answer is not one of AWS".to_owned(),
            hint: "check the setting endpoint, and what is between here and AWS".to_owned(),
        })
    }
}

fn read(body: &str) -> Option<Caller> {
    let root = Element::parse(body)?;
    let text = |name: &str| root.find(name).map(|found| found.text.trim().to_owned());
    Some(Caller { account: text("Account").filter(|text| is_account(text))?, arn: text("Arn")? })
}

fn refused(fault: &Fault, wanted: &Wanted) -> CollectError {
    let hint = match (fault.code.as_str(), fault.kind) {
        ("NoCredentials", _) => {
            "set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role is given; see docs/aws.md"
        }
        (_, Kind::Expired) => "sign in again, or renew the session",
        ("RequestTimeTooSkewed" | "RequestExpired" | "SignatureDoesNotMatch", _) => {
            "check the secret key, and this machine's clock"
        }
        (_, Kind::Rejected) => {
            "AWS does not know these credentials: check the key, the region and the partition"
        }
        (_, Kind::Unavailable) => "check the network, the region and the setting endpoint",
        _ => "see docs/aws.md",
    };
    let what = match wanted.endpoint {
        Some(_) => "sts:GetCallerIdentity at the setting endpoint".to_owned(),
        None => format!("sts:GetCallerIdentity in {}", wanted.region),
    };
    CollectError { what, cause: fault.to_string(), hint: hint.to_owned() }
}

fn call<'a>(service: Service, wanted: &'a Wanted, action: &'a str) -> Call<'a> {
    static NONE: std::sync::LazyLock<super::session::Input> = std::sync::LazyLock::new(nothing);
    Call { service, region: &wanted.region, action, input: &NONE, marker: None }
}

/// Looks without recording: who calls, what the account says it has, and which accounts can be
/// entered.
///
/// # Errors
/// When there are no credentials, AWS cannot be reached, or a role cannot be assumed.
pub(in crate::aws_iam) fn test(settings: &Settings) -> Result<String, CollectError> {
    let wanted = Wanted::from(settings)?;
    let client = client(&wanted)?;
    let base = Arc::new(Identity::from_surroundings(&client));
    let Caller { account, arn } = Caller::ask(&client, &base, &wanted)?;
    let summary = client.call(&base, &call(Service::Iam, &wanted, "GetAccountSummary"));
    let has = match summary.fault {
        Some(fault) => format!("its totals cannot be seen ({fault})"),
        None => {
            let totals = read_totals(&summary.body);
            let texts: Vec<_> = totals.iter().map(|(name, n)| format!("{n} {name}")).collect();
            texts.join(", ")
        }
    };
    let mut said = format!("account {account} as {arn}: {has}");
    if let (Accounts::These(these), Some(role)) = (&wanted.accounts, &wanted.role) {
        for other in these.iter().filter(|other| **other != account) {
            let role = Role {
                account: other.clone(),
                name: role.clone(),
                external_id: wanted.external_id.clone(),
                region: wanted.region.clone(),
            };
            let name = role.arn();
            let entered = Identity::assuming(Arc::clone(&base), role).credentials(&client);
            entered.map_err(|fault| CollectError {
                what: name,
                cause: format!("it cannot be assumed as {arn} ({fault})"),
                hint: "let it trust the collector, and check external-id; see docs/aws.md"
                    .to_owned(),
            })?;
            said.push_str(&format!("; account {other} can be entered"));
        }
    }
    Ok(said)
}
