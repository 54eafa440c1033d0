//! What there is to be told about.

use std::collections::BTreeMap;

use super::answers::{Answer, unknown, xml};
use super::http::Request;
use super::signature::Keys;
use super::{Behaviour, center, iam, organizations, trails};

/// A user.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct User {
    /// Access key ids.
    pub keys: Vec<String>,
    /// Whether there is a password.
    pub password: bool,
    /// Whether there is a virtual MFA device.
    pub mfa: bool,
}

/// An account.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Account {
    /// Users by name.
    pub users: BTreeMap<String, User>,
    /// Names of groups.
    pub groups: Vec<String>,
    /// Names of roles.
    pub roles: Vec<String>,
    /// Names of policies of the account's own.
    pub policies: Vec<String>,
    /// Totals that the account claims to have, whatever there is.
    pub claims: BTreeMap<String, u64>,
    /// Names of trails.
    pub trails: Vec<String>,
    /// What its roles ask for when they are assumed; `None` = they cannot be assumed.
    pub external_id: Option<String>,
    /// Whether the credential report is there already.
    pub report: bool,
}

/// Accounts, and the one that calls.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct World {
    caller: String,
    /// Accounts by number.
    pub accounts: BTreeMap<String, Account>,
    /// The management account, when there is an organisation.
    pub management: Option<String>,
    /// Whether IAM Identity Center is in use.
    pub center: bool,
    pub(super) minted: Option<Keys>,
    pub(super) sessions: u64,
}

impl World {
    /// One account of that number, with so many users who have one key or two in turn.
    #[must_use]
    pub fn of_users(account: &str, users: usize) -> Self {
        let mut world = Self { caller: account.to_owned(), ..Self::default() };
        world.accounts.insert(account.to_owned(), Account::of_users(users));
        world
    }

    /// The account that calls.
    #[must_use]
    pub fn caller(&self) -> &str {
        &self.caller
    }

    /// An account.
    ///
    /// # Panics
    /// When there is none of that number.
    pub fn account(&mut self, number: &str) -> &mut Account {
        self.accounts.get_mut(number).expect("an account")
    }
}

impl Account {
    /// So many users, and some groups, roles and policies.
    #[must_use]
    pub fn of_users(users: usize) -> Self {
        let user = |n: usize| {
            let keys = (0..=n % 2).map(|k| format!("AKIA{n:012}{k:04}")).collect();
            (
                format!("user-{n:05}"),
                User { keys, password: n.is_multiple_of(3), mfa: n.is_multiple_of(6) },
            )
        };
        let names =
            |kind: &str, count: usize| (0..count).map(|n| format!("{kind}-{n:03}")).collect();
        Self {
            users: (0..users).map(user).collect(),
            groups: names("group", 3),
            roles: names("role", 5),
            policies: names("policy", 4),
            ..Self::default()
        }
    }
}

/// Answers a request of a caller who may ask.
pub(super) fn answer(
    world: &mut World,
    request: &Request,
    caller: &Keys,
    behaviour: &Behaviour,
) -> Answer {
    match request.service.as_str() {
        "sts" => sts(world, request, caller),
        "iam" => match world.accounts.get_mut(&caller.account) {
            Some(account) => iam::answer(account, request, caller, behaviour),
            None => unknown(request),
        },
        "organizations" => organizations::answer(world, request, caller, behaviour),
        "sso" | "identitystore" => center::answer(world, request, behaviour),
        "cloudtrail" => match world.accounts.get(&caller.account) {
            Some(account) => trails::answer(account, request, caller, behaviour),
            None => unknown(request),
        },
        _ => unknown(request),
    }
}

fn sts(world: &mut World, request: &Request, caller: &Keys) -> Answer {
    match request.action.as_str() {
        "GetCallerIdentity" => {
            let Keys { account, arn, .. } = caller;
            let inner =
                format!("<Arn>{arn}</Arn><UserId>AIDATEST</UserId><Account>{account}</Account>");
            xml(request, &inner)
        }
        "AssumeRole" => assume(world, request, caller),
        _ => unknown(request),
    }
}

fn assume(world: &mut World, request: &Request, caller: &Keys) -> Answer {
    let arn = request.text("RoleArn").to_owned();
    let account = arn.split(':').nth(4).unwrap_or_default().to_owned();
    let asks = world.accounts.get(&account).and_then(|account| account.external_id.clone());
    if asks.is_none_or(|id| id != request.text("ExternalId")) {
        let words = format!(
            "User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}",
            caller.arn
        );
        return super::answers::refuse(request, 403, "AccessDenied", &words);
    }
    world.sessions += 1;
    let n = world.sessions;
    let keys = Keys {
        id: format!("ASIA{n:016}"),
        secret: format!("secret-of-session-{n}"),
        token: format!("token+of/session=={n}"),
        account,
        arn: arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/tenure",
    };
    let inner = format!(
        "<Credentials><AccessKeyId>{}</AccessKeyId><SecretAccessKey>{}</SecretAccessKey><SessionToken>{}</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>",
        keys.id, keys.secret, keys.token
    );
    world.minted = Some(keys);
    xml(request, &inner)
}
