//! Policy documents: what they say, typed; what cannot be read, reported.
//!
//! Elements as in the IAM User Guide, "IAM JSON policy elements reference" and "Grammar of the IAM
//! JSON policy language".

use std::borrow::Cow;

use super::actions::Actions;
use super::tree::{Tree, repeated};
use percent_encoding::percent_decode_str;

/// No pattern that AWS accepts is longer: the longest ARN has 2,048 characters.
const LONGEST: usize = 4096;

/// Why a text is no policy document at all.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The text is not JSON.
    #[error("policy document is not JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    /// It is JSON, but not an object, or one with a key twice.
    #[error("policy document {0}")]
    NotAPolicy(String),
}

/// A statement that could not be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Which statement, counted from 0.
    pub index: usize,
    /// Why.
    pub cause: String,
    /// Whether at least its effect could be read.
    pub effect: Option<Effect>,
}

/// `Allow` or `Deny`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// It gives.
    Allow,
    /// It takes away, whatever else gives.
    Deny,
}

impl Effect {
    /// As AWS spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}

/// Patterns, or all but those: `Action` and `NotAction`, `Resource` and `NotResource`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Selector {
    /// What some pattern matches.
    Only(Vec<String>),
    /// What no pattern matches.
    AllBut(Vec<String>),
}

impl Selector {
    /// The patterns as written, the negated ones after `NotAction` or `NotResource`.
    pub(super) fn spelled(&self, negation: &str) -> Vec<String> {
        match self {
            Self::Only(patterns) => patterns.clone(),
            Self::AllBut(patterns) => {
                std::iter::once(negation.to_owned()).chain(patterns.iter().cloned()).collect()
            }
        }
    }
}

/// Of what sort a principal in a policy is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum PartyKind {
    /// An account, user, role or session of AWS.
    Aws,
    /// A service of AWS.
    Service,
    /// An identity provider: SAML, OpenID Connect.
    Federated,
    /// An account by its canonical id.
    Canonical,
    /// Anyone.
    Any,
}

impl PartyKind {
    /// The name in the tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Service => "service",
            Self::Federated => "federated",
            Self::Canonical => "canonical",
            Self::Any => "any",
        }
    }
}

/// One principal that a statement names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Party {
    /// Its sort.
    pub kind: PartyKind,
    /// As written: ARN, account id, unique id, service name, provider.
    pub text: String,
    /// Whether it stands under `NotPrincipal`: all but it.
    pub negated: bool,
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Its place in the document, from 0.
    pub index: usize,
    /// Its `Sid`, when it has one that is not empty.
    pub sid: Option<String>,
    /// Whether it gives or takes away.
    pub effect: Effect,
    /// Which actions.
    pub actions: Selector,
    /// Which resources; `None` when it names none, as in trust policies.
    pub resources: Option<Selector>,
    /// Whom it is about; empty in policies of identities.
    pub parties: Vec<Party>,
    /// `Condition` as JSON with sorted keys; `None` when there is none.
    pub condition: Option<String>,
    /// Services that `iam:PassedToService` limits it to.
    pub(super) passed_to: Option<Vec<String>>,
    /// Whether `${…}` is a variable: in version 2012-10-17 only.
    pub(super) variables: bool,
    pub(super) compiled: Actions,
}

/// A policy document.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// `Version`, when said.
    pub version: Option<String>,
    /// The statements that could be read.
    pub statements: Vec<Statement>,
    /// The statements that could not.
    pub problems: Vec<Problem>,
}

impl Document {
    /// Reads a document. It may begin with a byte-order mark, and may be percent-encoded (RFC
    /// 3986), as IAM's responses are.
    ///
    /// # Errors
    ///
    /// When the text is not a JSON object. A statement that cannot be read is a [`Problem`]
    /// instead.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        let text = text.trim_start_matches('\u{feff}').trim();
        let text = if text.starts_with('%') {
            percent_decode_str(text).decode_utf8_lossy()
        } else {
            Cow::Borrowed(text)
        };
        let Tree::Object(pairs) = serde_json::from_str(text.trim_start_matches('\u{feff}'))? else {
            return Err(DocumentError::NotAPolicy("is not an object".to_owned()));
        };
        if let Some(key) = repeated(&pairs) {
            return Err(DocumentError::NotAPolicy(format!("has '{key}' twice")));
        }
        let find = |key: &str| pairs.iter().find(|(name, _)| name == key).map(|(_, tree)| tree);
        let version = match find("Version") {
            Some(Tree::Text(version)) => Some(version.clone()),
            _ => None,
        };
        let Some(statements) = find("Statement") else {
            return Err(DocumentError::NotAPolicy("has no Statement".to_owned()));
        };
        let mut document = Self { version, ..Self::default() };
        for (index, tree) in statements.items().iter().enumerate() {
            document.take(index, tree);
        }
        document.compile();
        Ok(document)
    }

    fn take(&mut self, index: usize, tree: &Tree) {
        let variables = self.version.as_deref() == Some("2012-10-17");
        match read_statement(index, tree) {
            Ok(statement) => self.statements.push(Statement { variables, ..statement }),
            Err(cause) => self.problems.push(Problem { index, cause, effect: effect_of(tree) }),
        }
    }

    /// Works out which known actions each statement is about, once.
    fn compile(&mut self) {
        for statement in &mut self.statements {
            statement.compiled = Actions::of(&statement.actions);
        }
    }

    /// How a statement is named after its policy: `#Sid`, or `#index` when it has no `Sid` of its
    /// own.
    #[must_use]
    pub fn label(&self, statement: &Statement) -> String {
        let shared = |sid: &str| {
            self.statements.iter().filter(|other| other.sid.as_deref() == Some(sid)).count() > 1
        };
        match &statement.sid {
            Some(sid) if !shared(sid) => format!("#{sid}"),
            _ => format!("#{}", statement.index),
        }
    }
}

fn effect_of(tree: &Tree) -> Option<Effect> {
    let Tree::Object(pairs) = tree else { return None };
    let mut effects = pairs.iter().filter(|(key, _)| key == "Effect");
    let (Some((_, Tree::Text(effect))), None) = (effects.next(), effects.next()) else {
        return None;
    };
    match effect.as_str() {
        "Allow" => Some(Effect::Allow),
        "Deny" => Some(Effect::Deny),
        _ => None,
    }
}

/// A statement whose actions are not compiled yet, or why it is none.
fn read_statement(index: usize, tree: &Tree) -> Result<Statement, String> {
    let Tree::Object(pairs) = tree else { return Err("statement is not an object".to_owned()) };
    if let Some(key) = tree.duplicate() {
        return Err(format!("'{key}' is there twice"));
    }
    let mut read = Parts::default();
    for (key, value) in pairs {
        read.take(key, value)?;
    }
    let effect = effect_of(tree).ok_or("Effect is neither Allow nor Deny")?;
    let condition = read.condition.map(condition_text).transpose()?.flatten();
    Ok(Statement {
        index,
        sid: read.sid.filter(|sid| !sid.is_empty()),
        effect,
        actions: read.actions.ok_or("neither Action nor NotAction")?,
        resources: read.resources,
        parties: read.parties,
        passed_to: read.condition.and_then(passed_to),
        condition,
        variables: false,
        compiled: Actions::default(),
    })
}

/// The elements of a statement as they are met.
#[derive(Default)]
struct Parts<'a> {
    sid: Option<String>,
    actions: Option<Selector>,
    resources: Option<Selector>,
    parties: Vec<Party>,
    condition: Option<&'a Tree>,
}

impl<'a> Parts<'a> {
    fn take(&mut self, key: &str, value: &'a Tree) -> Result<(), String> {
        match key {
            "Sid" => self.sid = Some(text(key, value)?.to_owned()),
            "Effect" => {}
            "Action" => set(&mut self.actions, Selector::Only(texts(key, value)?), key)?,
            "NotAction" => set(&mut self.actions, Selector::AllBut(texts(key, value)?), key)?,
            "Resource" => set(&mut self.resources, Selector::Only(texts(key, value)?), key)?,
            "NotResource" => set(&mut self.resources, Selector::AllBut(texts(key, value)?), key)?,
            "Principal" | "NotPrincipal" if self.parties.is_empty() => {
                self.parties = parties(value, key == "NotPrincipal")?;
            }
            "Condition" => self.condition = Some(value),
            other => return Err(format!("element '{other}' is not known here")),
        }
        Ok(())
    }
}

fn set(to: &mut Option<Selector>, selector: Selector, key: &str) -> Result<(), String> {
    match to.replace(selector) {
        None => Ok(()),
        Some(_) => Err(format!("{key} stands beside its opposite")),
    }
}

fn text<'a>(key: &str, value: &'a Tree) -> Result<&'a str, String> {
    match value {
        Tree::Text(text) if text.len() <= LONGEST => Ok(text),
        Tree::Text(_) => Err(format!("{key} is longer than {LONGEST} bytes")),
        _ => Err(format!("{key} is not text")),
    }
}

fn texts(key: &str, value: &Tree) -> Result<Vec<String>, String> {
    value.items().iter().map(|item| text(key, item).map(str::to_owned)).collect()
}

/// `"*"`, or an object of kinds.
fn parties(value: &Tree, negated: bool) -> Result<Vec<Party>, String> {
    let party = |kind, text: &str| {
        let kind = if text == "*" { PartyKind::Any } else { kind };
        Party { kind, text: text.to_owned(), negated }
    };
    let pairs = match value {
        Tree::Text(all) if all == "*" => return Ok(vec![party(PartyKind::Any, all)]),
        Tree::Object(pairs) => pairs,
        _ => return Err("Principal is neither '*' nor an object".to_owned()),
    };
    let mut found = Vec::new();
    for (kind, value) in pairs {
        let kind = match kind.as_str() {
            "AWS" => PartyKind::Aws,
            "Service" => PartyKind::Service,
            "Federated" => PartyKind::Federated,
            "CanonicalUser" => PartyKind::Canonical,
            other => return Err(format!("principals of kind '{other}' are not known")),
        };
        found.extend(texts("Principal", value)?.iter().map(|text| party(kind, text)));
    }
    Ok(found)
}

fn condition_text(tree: &Tree) -> Result<Option<String>, String> {
    match tree {
        Tree::Object(pairs) if pairs.is_empty() => Ok(None),
        Tree::Object(_) => Ok(Some(tree.canonical().to_string())),
        _ => Err("Condition is not an object".to_owned()),
    }
}

/// The services of `iam:PassedToService`, where an operator of equality limits it.
fn passed_to(condition: &Tree) -> Option<Vec<String>> {
    let Tree::Object(operators) = condition else { return None };
    operators
        .iter()
        .filter(|(operator, _)| {
            let operator = operator.to_ascii_lowercase();
            let plain = operator.strip_suffix("ifexists").unwrap_or(&operator);
            ["stringequals", "stringlike", "stringequalsignorecase"].contains(&plain)
        })
        .find_map(|(_, keys)| match keys {
            Tree::Object(keys) => keys
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case("iam:PassedToService"))
                .and_then(|(_, values)| texts("Condition", values).ok()),
            _ => None,
        })
}
