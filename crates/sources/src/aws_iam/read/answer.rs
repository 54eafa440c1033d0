//! One line of a capture as what it says, typed. Which answer it is, the operation tells; of a
//! file, its members do.

use std::borrow::Cow;

use serde_json::{Map, Value};
use tenure_model::time::Timestamp;

use super::super::capture::{Exchange, FileLine};
use super::content::{Items, content, input};
use super::lenient::Document;
use super::model::{
    AccessKey, Assignment, CenterGroup, CenterMembership, CenterUser, Group, LastUsed,
    LoginProfile, MfaDevice, OidcProvider, OrgAccount, OrgNode, OrgPolicy, OrgPolicyContent,
    OtherCredential, PermissionSet, Policy, Role, SamlProvider, SetPolicy, Tag, User,
};
use super::operation::{Operation, of_members};
use super::report::Report;
use super::world::{is_account, own_arns};
use super::xml;
use crate::aws::xml::Element;

/// What a line says.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Answer {
    /// What it speaks for.
    pub(super) at: Timestamp,
    /// The account, where the line or its content says it.
    pub(super) account: Option<String>,
    pub(super) content: Content,
    /// Whether AWS said that more follows.
    pub(super) more: bool,
    /// Items that could not be understood; the others were.
    pub(super) problems: Vec<String>,
}

/// The content of an answer.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Content {
    Listing(Box<Listing>),
    Report(Report),
    AccessKeys(Vec<AccessKey>),
    KeyUsed {
        key: Option<String>,
        user: Option<String>,
        used: LastUsed,
    },
    MfaDevices {
        user: Option<String>,
        devices: Vec<MfaDevice>,
    },
    VirtualMfaDevices(Vec<MfaDevice>),
    Login(LoginProfile),
    NoLogin {
        user: String,
    },
    OtherCredentials(Vec<OtherCredential>),
    Summary(Map<String, Value>),
    /// `None`: the account has no policy of its own.
    PasswordPolicy(Option<Map<String, Value>>),
    Saml(Vec<SamlProvider>),
    Oidc {
        arn: Option<String>,
        provider: OidcProvider,
    },
    OidcList(Vec<OidcProvider>),
    Aliases(Vec<String>),
    UserTags {
        user: String,
        tags: Vec<Tag>,
    },
    Trails(Vec<Map<String, Value>>),
    TrailStatus {
        trail: String,
        status: Map<String, Value>,
    },
    TrailSelectors {
        trail: String,
        selectors: Map<String, Value>,
    },
    OrgAccounts {
        parent: Option<String>,
        accounts: Vec<OrgAccount>,
    },
    OrgNodes {
        parent: Option<String>,
        nodes: Vec<OrgNode>,
    },
    OrgParents {
        child: String,
        parents: Vec<OrgNode>,
    },
    OrgPolicies(Vec<OrgPolicy>),
    OrgPolicy(OrgPolicyContent),
    OrgTargets {
        policy: String,
        targets: Vec<OrgNode>,
    },
    Sets(Vec<String>),
    Set(PermissionSet),
    SetPolicies {
        set: String,
        policies: Vec<SetPolicy>,
    },
    SetInline {
        set: String,
        document: Option<Document>,
    },
    Assignments(Vec<Assignment>),
    CenterUsers(Vec<CenterUser>),
    CenterGroups(Vec<CenterGroup>),
    CenterMemberships(Vec<CenterMembership>),
    /// Understood, and it tells nothing of access.
    Nothing(&'static str),
}

/// What exists in an account.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Listing {
    pub(super) users: Vec<User>,
    pub(super) groups: Vec<Group>,
    pub(super) roles: Vec<Role>,
    pub(super) policies: Vec<Policy>,
}

/// Why a line gives no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Refused {
    /// It is understood that it says nothing.
    Skip(String),
    /// It cannot be understood.
    Reject(String),
}

impl Answer {
    /// From an exchange with an API.
    pub(super) fn of_exchange(line: &Exchange<'_>) -> Result<Self, Refused> {
        let operation = Operation::parse(&line.service, &line.action);
        let user = input(&line.input, "UserName");
        if let Some(code) = failed(line).as_deref() {
            let content = match (operation, user, code.starts_with(ABSENT)) {
                (Some(Operation::GetLoginProfile), Some(user), true) => Content::NoLogin { user },
                (Some(Operation::GetAccountPasswordPolicy), _, true) => {
                    Content::PasswordPolicy(None)
                }
                // Where there is no organisation, there is nothing that was not received.
                _ if NOT_IN_USE.contains(&code) => Content::Nothing("the service is not in use"),
                _ => return Err(Refused::Skip(why_failed(code))),
            };
            return Ok(Self::new(line.at, Some(line.account.to_string()), content));
        }
        if !(200..300).contains(&line.status) {
            let cause = format!("{} was answered with HTTP status {}", line.action, line.status);
            return Err(Refused::Reject(cause));
        }
        let Some(operation) = operation else {
            return Err(Refused::Skip(format!("{} is not used", line.action)));
        };
        let body = body(&line.body).map_err(Refused::Reject)?;
        let mut answer = Self::of_body(line.at, operation, body, &line.input)?;
        answer.account = Some(line.account.to_string());
        answer.of_that_account()
    }

    /// From a file that the AWS CLI printed.
    pub(super) fn of_file(line: &FileLine<'_>) -> Result<Self, Refused> {
        let account = line.account.as_deref().map(str::to_owned);
        if line.media_type == "text/csv" {
            let mut report = Report::parse(&line.body).map_err(Refused::Reject)?;
            let problems = std::mem::take(&mut report.problems);
            let answer = Self::new(line.at, account, Content::Report(report));
            return Self { problems, ..answer }.of_that_account();
        }
        let body = serde_json::from_str(&line.body)
            .map_err(|e| Refused::Reject(format!("the file is no JSON: {e}")))?;
        let Some(operation) = of_members(&body) else {
            return Err(Refused::Reject("the file is no output that is known".to_owned()));
        };
        let input = operation.input_of_file_name(&line.file);
        let mut answer = Self::of_body(line.at, operation, body, &input)?;
        answer.account = account;
        answer.of_that_account()
    }

    /// An answer about another account than the one that was asked about is none.
    fn of_that_account(self) -> Result<Self, Refused> {
        let Some(account) = self.account.as_deref() else { return Ok(self) };
        let of_others = |arn: &&str| {
            let id = arn.split(':').nth(4).unwrap_or_default();
            is_account(id) && id != account
        };
        let other = own_arns(&self.content).find(of_others);
        if let Some(arn) = other {
            return Err(Refused::Reject(format!("'{arn}' is not of the account {account}")));
        }
        Ok(self)
    }

    fn new(at: Timestamp, account: Option<String>, content: Content) -> Self {
        Self { at, account, content, more: false, problems: Vec::new() }
    }

    fn of_body(
        at: Timestamp,
        operation: Operation,
        body: Value,
        asked: &Value,
    ) -> Result<Self, Refused> {
        let Value::Object(mut body) = body else {
            return Err(Refused::Reject("the answer is no object".to_owned()));
        };
        let more = says_more(&body);
        let mut items = Items::of(&mut body);
        let content = content(operation, &mut items, asked)?;
        let (found, problems) = items.told();
        if found == 0 && !problems.is_empty() {
            return Err(Refused::Reject(problems.join("; ")));
        }
        let at = match &content {
            Content::Report(report) => report.generated.unwrap_or(at),
            _ => at,
        };
        Ok(Self { at, account: None, content, more, problems })
    }
}

/// The service, or the kind of policy, is not switched on.
const NOT_IN_USE: &[&str] = &[
    "AWSOrganizationsNotInUseException",
    "SubscriptionRequiredException",
    "OptInRequired",
    "PolicyTypeNotEnabledException",
];

/// Refused is not "nothing there": no conclusion is drawn from it.
fn why_failed(code: &str) -> String {
    let denied = code.contains("AccessDenied") || code.contains("Unauthorized");
    if denied { "refused".to_owned() } else { format!("failed: {code}") }
}

/// The code of AWS for what does not exist.
const ABSENT: &str = "NoSuchEntity";

/// The code of a call that failed. That something does not exist is no failure to who collects:
/// only the answer itself says it then.
fn failed<'l>(line: &'l Exchange<'_>) -> Option<Cow<'l, str>> {
    if line.error.is_some() || (200..300).contains(&line.status) {
        return line.error.as_deref().map(Cow::Borrowed);
    }
    let answer = Element::parse(&line.body)?;
    let code = answer.find("Error")?.text_of("Code")?.trim();
    code.starts_with(ABSENT).then(|| Cow::Owned(code.to_owned()))
}

fn body(text: &str) -> Result<Value, String> {
    if text.trim_start().starts_with('<') {
        return xml::result(text);
    }
    serde_json::from_str(text).map_err(|e| format!("the answer is neither XML nor JSON: {e}"))
}

fn says_more(body: &Map<String, Value>) -> bool {
    let truncated = body.get("IsTruncated").is_some_and(|v| v == "true" || *v == Value::Bool(true));
    let token = body.get("NextToken").and_then(Value::as_str).is_some_and(|t| !t.is_empty());
    truncated || token
}
