//! Whom calls are made as: what the environment, profiles and the machine offer, by AWS's own
//! chain, or a role assumed with that.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::TokioSleep;
use serde_json::{Map, Value};

use super::endpoint::{Partition, Service};
use super::fault::{Fault, Kind};
use super::request::Call;
use super::xml::Element;
use super::{Client, http};

/// Credentials are renewed so long before they end.
const AHEAD: Duration = Duration::from_secs(300);
/// The name of the sessions in the logs of the accounts.
const SESSION_NAME: &str = "tenure";

/// Somebody to call as. Credentials are fetched when needed, kept, and renewed before they end.
#[derive(Debug)]
pub(crate) struct Identity {
    origin: Origin,
    kept: Mutex<Option<Credentials>>,
}

#[derive(Debug)]
enum Origin {
    Provider(SharedCredentialsProvider),
    Role { base: Arc<Identity>, role: Role },
}

/// A role to be assumed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Role {
    /// The account, twelve digits.
    pub(crate) account: String,
    /// The role's name, with its path if it has one.
    pub(crate) name: String,
    /// What the role's trust policy asks for; no secret.
    pub(crate) external_id: Option<String>,
    /// The region whose STS is asked; it also says which partition the account is in.
    pub(crate) region: String,
}

impl Role {
    /// Its ARN.
    pub(crate) fn arn(&self) -> String {
        let partition = Partition::of(&self.region).name;
        format!("arn:{partition}:iam::{}:role/{}", self.account, self.name)
    }
}

impl Identity {
    /// What AWS's tools find too, in their order: environment variables, the profile (keys, SSO,
    /// `role_arn`, `credential_process`), web identity, container, instance.
    pub(crate) fn from_surroundings(client: &Client) -> Self {
        let config = ProviderConfig::empty()
            .with_behavior_version(Some(BehaviorVersion::v2026_01_12()))
            .with_http_client(client.http.client.clone())
            .with_sleep_impl(TokioSleep::new());
        let chain = DefaultCredentialsChain::builder()
            .configure(config)
            .region(Region::new(client.region.clone()));
        let chain = client.runtime.block_on(chain.build());
        Self::provided(SharedCredentialsProvider::new(chain))
    }

    /// Whoever a provider says.
    pub(crate) const fn provided(provider: SharedCredentialsProvider) -> Self {
        Self { origin: Origin::Provider(provider), kept: Mutex::new(None) }
    }

    /// A role, assumed when it is first needed.
    pub(crate) const fn assuming(base: Arc<Self>, role: Role) -> Self {
        Self { origin: Origin::Role { base, role }, kept: Mutex::new(None) }
    }

    /// Credentials that are good for some minutes.
    ///
    /// # Errors
    /// When there are none, or the role cannot be assumed.
    pub(crate) fn credentials(&self, client: &Client) -> Result<Credentials, Fault> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(credentials) = kept.as_ref().filter(|c| lasts(c)) {
            return Ok(credentials.clone());
        }
        let fresh = self.fetch(client)?;
        *kept = Some(fresh.clone());
        Ok(fresh)
    }

    /// After AWS refused credentials as expired: forgets them. Whether there is hope of others.
    pub(super) fn renew(&self, client: &Client, refused: &Credentials) -> bool {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let known = |c: &Credentials| c.access_key_id() == refused.access_key_id();
        if kept.as_ref().is_some_and(|c| !known(c)) {
            return true; // Another thread was faster.
        }
        *kept = self.fetch(client).ok();
        kept.as_ref().is_some_and(|c| !known(c))
    }

    fn fetch(&self, client: &Client) -> Result<Credentials, Fault> {
        match &self.origin {
            Origin::Provider(provider) => {
                let found = client.runtime.block_on(provider.provide_credentials());
                found.map_err(|e| Fault::new(Kind::Rejected, "NoCredentials", http::chain(&e)))
            }
            Origin::Role { base, role } => assume(client, base, role),
        }
    }
}

fn assume(client: &Client, base: &Identity, role: &Role) -> Result<Credentials, Fault> {
    let mut input = Map::new();
    input.insert("RoleArn".to_owned(), Value::from(role.arn()));
    input.insert("RoleSessionName".to_owned(), Value::from(SESSION_NAME));
    if let Some(id) = &role.external_id {
        input.insert("ExternalId".to_owned(), Value::from(id.as_str()));
    }
    let call = Call {
        service: Service::Sts,
        region: &role.region,
        action: "AssumeRole",
        input: &input,
        marker: None,
    };
    let answer = client.call(base, &call);
    if let Some(fault) = answer.fault {
        return Err(fault);
    }
    read_credentials(&answer.body).ok_or_else(|| {
        Fault::new(Kind::Other, "NotUnderstood", "the answer of AssumeRole has no credentials")
    })
}

fn read_credentials(body: &str) -> Option<Credentials> {
    let root = Element::parse(body)?;
    let found = root.find("Credentials")?;
    let text = |name: &str| found.text_of(name).map(|text| text.trim().to_owned());
    let expires: tenure_model::Timestamp = text("Expiration")?.parse().ok()?;
    let expires = Duration::from_secs(u64::try_from(expires.seconds()).ok()?);
    Some(Credentials::new(
        text("AccessKeyId")?,
        text("SecretAccessKey")?,
        text("SessionToken"),
        Some(SystemTime::UNIX_EPOCH + expires),
        "AssumeRole",
    ))
}

fn lasts(credentials: &Credentials) -> bool {
    credentials.expiry().is_none_or(|end| end > super::machine_time() + AHEAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_named_in_their_partition() {
        let role = |region: &str| Role {
            account: "123456789012".to_owned(),
            name: "audit/tenure".to_owned(),
            external_id: None,
            region: region.to_owned(),
        };
        assert_eq!(role("eu-west-1").arn(), "arn:aws:iam::123456789012:role/audit/tenure");
        assert_eq!(
            role("us-gov-west-1").arn(),
            "arn:aws-us-gov:iam::123456789012:role/audit/tenure"
        );
        assert_eq!(role("cn-north-1").arn(), "arn:aws-cn:iam::123456789012:role/audit/tenure");
    }

    #[test]
    fn secrets_are_not_shown() {
        let body = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId>\
            <SecretAccessKey>the-secret</SecretAccessKey><SessionToken>the-token</SessionToken>\
            <Expiration>2026-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
        let credentials = read_credentials(body).expect("credentials");
        assert_eq!(credentials.access_key_id(), "ASIAEXAMPLE");
        let identity = Identity::provided(SharedCredentialsProvider::new(credentials.clone()));
        *identity.kept.lock().expect("no panic") = Some(credentials);
        let shown = format!("{identity:?}");
        assert!(!shown.contains("the-secret") && !shown.contains("the-token"), "{shown}");
    }
}
