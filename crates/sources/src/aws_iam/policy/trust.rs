//! Trust policies: who may assume a role (IAM User Guide, "Roles terms and concepts").

use serde_json::Value;

use super::document::{Document, Effect, Party, PartyKind, Selector, Statement};

/// GitHub's issuer of tokens for workflows.
const GITHUB: &str = "token.actions.githubusercontent.com";

/// Something that a trust leaves open. Facts, not verdicts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Weakness {
    /// Any principal, and no condition.
    AnyPrincipal,
    /// GitHub's OpenID Connect provider, and no condition on `sub`, or one that any `sub` meets.
    GithubWithoutSubject,
    /// Another account, and no condition on `sts:ExternalId`.
    NoExternalId,
    /// An identity provider, and no condition.
    FederatedWithoutCondition,
}

impl Weakness {
    /// The fact in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AnyPrincipal => "any principal, without a condition",
            Self::GithubWithoutSubject => "GitHub's OIDC provider, without a condition on sub",
            Self::NoExternalId => "another account, without a condition on sts:ExternalId",
            Self::FederatedWithoutCondition => "an identity provider, without a condition",
        }
    }
}

/// One principal that a trust policy names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trust {
    /// The statement: `#Sid` or `#index`.
    pub statement: String,
    /// Who.
    pub party: Party,
    /// The account, where the principal tells it.
    pub account: Option<String>,
    /// Whether that is another account than the role's; `None` when it is not told.
    pub external: Option<bool>,
    /// `Allow` or `Deny`.
    pub effect: Effect,
    /// The actions, e.g. `sts:AssumeRoleWithWebIdentity`; after `NotAction`, those left out.
    pub actions: Vec<String>,
    /// `Condition` as JSON with sorted keys.
    pub condition: Option<String>,
    /// What it leaves open.
    pub weak: Vec<Weakness>,
}

/// Whom a trust policy names, in its order; `account` is the role's.
#[must_use]
pub fn trusts(document: &Document, account: &str) -> Vec<Trust> {
    let statements = document.statements.iter();
    statements
        .flat_map(|statement| {
            let label = document.label(statement);
            statement.parties.iter().map(move |party| trust(&label, statement, party, account))
        })
        .collect()
}

fn trust(label: &str, statement: &Statement, party: &Party, account: &str) -> Trust {
    let theirs = account_of(party);
    let external = match party.kind {
        PartyKind::Any => Some(true),
        _ => theirs.as_deref().map(|theirs| theirs != account),
    };
    let actions = match &statement.actions {
        Selector::Only(actions) => actions.clone(),
        negated @ Selector::AllBut(_) => negated.spelled("NotAction"),
    };
    let mut trust = Trust {
        statement: label.to_owned(),
        party: party.clone(),
        account: theirs,
        external,
        effect: statement.effect,
        actions,
        condition: statement.condition.clone(),
        weak: Vec::new(),
    };
    if statement.effect == Effect::Allow {
        trust.weak = weak(&trust);
    }
    trust
}

/// The account of an ARN, or of a principal that is an account's id. Providers of an account have
/// an ARN too; services do not.
fn account_of(party: &Party) -> Option<String> {
    if !matches!(party.kind, PartyKind::Aws | PartyKind::Federated) {
        return None;
    }
    let is_account =
        |text: &&str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = party.text.as_str();
    let found = if text.starts_with("arn:") { text.split(':').nth(4) } else { Some(text) };
    found.filter(is_account).map(str::to_owned)
}

fn weak(trust: &Trust) -> Vec<Weakness> {
    let condition = Condition::of(trust.condition.as_deref());
    let mut weak = Vec::new();
    // All but some is nearly anyone.
    if (trust.party.kind == PartyKind::Any || trust.party.negated) && condition.is_empty() {
        weak.push(Weakness::AnyPrincipal);
    }
    if trust.party.kind == PartyKind::Federated {
        let github = trust.party.text.contains(GITHUB);
        if github && !condition.narrows(&format!("{GITHUB}:sub")) {
            weak.push(Weakness::GithubWithoutSubject);
        }
        if condition.is_empty() {
            weak.push(Weakness::FederatedWithoutCondition);
        }
    }
    let other = trust.party.kind == PartyKind::Aws && trust.external == Some(true);
    if other && !condition.narrows("sts:ExternalId") {
        weak.push(Weakness::NoExternalId);
    }
    weak
}

/// The keys and values of a condition.
struct Condition(Vec<(String, Vec<String>)>);

impl Condition {
    fn of(text: Option<&str>) -> Self {
        let value = text.and_then(|text| serde_json::from_str::<Value>(text).ok());
        let operators = value.as_ref().and_then(Value::as_object).into_iter().flatten();
        let keys = operators.filter_map(|(_, keys)| keys.as_object()).flatten();
        Self(keys.map(|(key, values)| (key.to_ascii_lowercase(), texts(values))).collect())
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a key is there, with values that not everything meets.
    fn narrows(&self, key: &str) -> bool {
        let open =
            |value: &String| matches!(value.as_str(), "*" | "repo:*" | "repo:*/*" | "repo:*:*");
        self.0
            .iter()
            .any(|(name, values)| name.eq_ignore_ascii_case(key) && !values.iter().any(open))
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}
