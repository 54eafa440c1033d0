//! Whom a verifier trusts (C2SP `tlog-policy`): logs, witnesses, and how many of them must agree.
//!
//! This is the auditor's trust file. It is read strictly: an unknown line is an error, never a
//! weaker policy.

use std::collections::{BTreeMap, BTreeSet};

use crate::checkpoint::SignedCheckpoint;
use crate::note::{KeyError, KeyType, MAX_NOTE_BYTES, NoteError, VerifierKey};
use crate::text::parse_decimal;

/// The predefined quorum that asks for no witness.
const NONE: &str = "none";

/// A parsed policy file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    logs: Vec<Trusted>,
    /// Witnesses and groups, in the order of the file: members come before their group.
    nodes: Vec<Node>,
    /// Index into `nodes`; none when no witness is asked for.
    quorum: Option<usize>,
}

/// A key in a policy, with the address given for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trusted {
    /// The key.
    pub key: VerifierKey,
    /// Where its holder can be reached; what that means depends on the application.
    pub url: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Node {
    name: String,
    rule: Rule,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Rule {
    Witness(Box<Trusted>),
    Group { threshold: usize, members: Vec<usize> },
}

/// What a policy found in a checkpoint it accepts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Accepted<'p> {
    /// The log that signed.
    pub log: &'p VerifierKey,
    /// The witnesses that cosigned: name in the policy, and the Unix time they state.
    pub witnesses: Vec<(&'p str, u64)>,
}

/// Why a text is no policy, or a checkpoint does not satisfy one.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PolicyError {
    /// A line that cannot be followed.
    #[error("line {line} of the policy: {cause}")]
    Line {
        /// Line number, from 1.
        line: usize,
        /// What is wrong with it.
        cause: String,
    },
    /// The text as a whole.
    #[error("the policy {0}")]
    Text(&'static str),
    /// The policy names no log, so it accepts none.
    #[error("the policy names no log; hint: add a line 'log <verifier key>'")]
    NoLog,
    /// No listed log signed the checkpoint under its own name.
    #[error("no log of the policy has signed the checkpoint of '{0}'")]
    UnknownLog(String),
    /// Not enough witnesses.
    #[error("the quorum '{quorum}' is not met: {} cosigned", list(.cosigned))]
    Quorum {
        /// The group or witness that is asked for.
        quorum: String,
        /// The witnesses whose cosignatures verify.
        cosigned: Vec<String>,
    },
    /// The note around it.
    #[error(transparent)]
    Note(#[from] NoteError),
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "no witness".to_owned() } else { names.join(", ") }
}

impl Policy {
    /// A policy that trusts one log and asks for no witness.
    #[must_use]
    pub fn log_only(log: VerifierKey) -> Self {
        let logs = vec![Trusted { key: log, url: None }];
        Self { logs, nodes: Vec::new(), quorum: None }
    }

    /// Reads a policy file.
    ///
    /// # Errors
    /// When a line breaks a rule of the format, or there is not exactly one quorum.
    pub fn parse(bytes: &[u8]) -> Result<Self, PolicyError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(PolicyError::Text("is too long"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| PolicyError::Text("is not UTF-8"))?;
        let mut reader = Reader::default();
        for (number, line) in text.split('\n').enumerate() {
            reader.line(line).map_err(|cause| PolicyError::Line { line: number + 1, cause })?;
        }
        let quorum = reader.quorum.ok_or(PolicyError::Text("has no quorum line"))?;
        Ok(Self { logs: reader.logs, nodes: reader.nodes, quorum })
    }

    /// The logs.
    #[must_use]
    pub fn logs(&self) -> &[Trusted] {
        &self.logs
    }

    /// The witnesses, by their names in the policy.
    pub fn witnesses(&self) -> impl Iterator<Item = (&str, &Trusted)> {
        self.nodes.iter().filter_map(|node| match &node.rule {
            Rule::Witness(trusted) => Some((node.name.as_str(), trusted.as_ref())),
            Rule::Group { .. } => None,
        })
    }

    /// Checks that a listed log signed the checkpoint under its own name, and that the quorum of
    /// witnesses cosigned it. Times are reported, not judged.
    ///
    /// # Errors
    /// When either is missing, or any listed key's signature line does not verify.
    pub fn evaluate(&self, signed: &SignedCheckpoint) -> Result<Accepted<'_>, PolicyError> {
        if self.logs.is_empty() {
            return Err(PolicyError::NoLog);
        }
        let witnesses = self.witnesses().map(|(_, witness)| witness);
        let verified = signed.note.verify(self.logs.iter().chain(witnesses).map(|t| &t.key))?;
        let origin = &signed.checkpoint.origin;
        let by_log =
            |log: &&Trusted| log.key.name() == origin && verified.iter().any(|v| *v.key == log.key);
        let log =
            self.logs.iter().find(by_log).ok_or_else(|| PolicyError::UnknownLog(origin.clone()))?;
        let witnesses: Vec<_> = self
            .witnesses()
            .filter_map(|(name, witness)| {
                let line = verified.iter().find(|v| *v.key == witness.key)?;
                Some((name, line.time?))
            })
            .collect();
        self.check_quorum(&witnesses)?;
        Ok(Accepted { log: &log.key, witnesses })
    }

    fn check_quorum(&self, cosigned: &[(&str, u64)]) -> Result<(), PolicyError> {
        let Some(quorum) = self.quorum else { return Ok(()) };
        // Members come before their group, so one pass settles everything without recursion.
        let mut satisfied = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            satisfied.push(match &node.rule {
                Rule::Witness(_) => cosigned.iter().any(|(name, _)| *name == node.name),
                Rule::Group { threshold, members } => {
                    members.iter().filter(|member| satisfied[**member]).count() >= *threshold
                }
            });
        }
        if satisfied[quorum] {
            return Ok(());
        }
        Err(PolicyError::Quorum {
            quorum: self.nodes[quorum].name.clone(),
            cosigned: cosigned.iter().map(|(name, _)| (*name).to_owned()).collect(),
        })
    }
}

#[derive(Default)]
struct Reader {
    logs: Vec<Trusted>,
    nodes: Vec<Node>,
    names: BTreeMap<String, usize>,
    /// Public keys per role: the same key under another name is still the same holder.
    log_keys: BTreeSet<[u8; 32]>,
    witness_keys: BTreeSet<[u8; 32]>,
    members: BTreeSet<usize>,
    quorum: Option<Option<usize>>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        if line.bytes().any(|byte| (byte < 0x20 && byte != b'\t') || byte == 0x7f) {
            return Err("has a control character; hint: end lines with LF only".to_owned());
        }
        let words: Vec<_> = line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
        match words.as_slice() {
            [] => Ok(()),
            [first, ..] if first.starts_with('#') => Ok(()),
            ["log", key] => self.log(key, None),
            ["log", key, url] => self.log(key, Some(url)),
            ["witness", name, key] => self.witness(name, key, None),
            ["witness", name, key, url] => self.witness(name, key, Some(url)),
            ["group", name, threshold, members @ ..] => self.group(name, threshold, members),
            ["quorum", name] => self.set_quorum(name),
            _ => Err("is not a log, witness, group or quorum line".to_owned()),
        }
    }

    fn log(&mut self, key: &str, url: Option<&str>) -> Result<(), String> {
        let key = parse_key(key, KeyType::Ed25519)?;
        if !self.log_keys.insert(key.public()) {
            return Err(format!("the key of log '{}' is listed twice", key.name()));
        }
        self.logs.push(Trusted { key, url: url.map(str::to_owned) });
        Ok(())
    }

    fn witness(&mut self, name: &str, key: &str, url: Option<&str>) -> Result<(), String> {
        let key = parse_key(key, KeyType::Cosignature)?;
        if !self.witness_keys.insert(key.public()) {
            return Err(format!("the key of witness '{name}' is listed twice"));
        }
        let trusted = Box::new(Trusted { key, url: url.map(str::to_owned) });
        self.define(name, Rule::Witness(trusted))
    }

    fn group(&mut self, name: &str, threshold: &str, members: &[&str]) -> Result<(), String> {
        let mut indexes = Vec::with_capacity(members.len());
        for member in members {
            let index = self.lookup(member)?;
            if !self.members.insert(index) {
                return Err(format!("'{member}' is already a member of a group"));
            }
            indexes.push(index);
        }
        let threshold = match threshold {
            "all" => Some(indexes.len()),
            "any" => Some(1),
            count => parse_decimal(count).and_then(|count| usize::try_from(count).ok()),
        };
        let threshold = threshold
            .filter(|count| (1..=indexes.len()).contains(count))
            .ok_or("the threshold must be 'all', 'any' or 1 to the number of members")?;
        self.define(name, Rule::Group { threshold, members: indexes })
    }

    fn set_quorum(&mut self, name: &str) -> Result<(), String> {
        if self.quorum.is_some() {
            return Err("there is already a quorum line".to_owned());
        }
        self.quorum = Some(if name == NONE { None } else { Some(self.lookup(name)?) });
        Ok(())
    }

    fn define(&mut self, name: &str, rule: Rule) -> Result<(), String> {
        if name == NONE {
            return Err("the name 'none' is reserved".to_owned());
        }
        if self.names.insert(name.to_owned(), self.nodes.len()).is_some() {
            return Err(format!("the name '{name}' is already defined"));
        }
        self.nodes.push(Node { name: name.to_owned(), rule });
        Ok(())
    }

    fn lookup(&self, name: &str) -> Result<usize, String> {
        self.names
            .get(name)
            .copied()
            .ok_or_else(|| format!("'{name}' is not defined on an earlier line"))
    }
}

fn parse_key(text: &str, kind: KeyType) -> Result<VerifierKey, String> {
    let key: VerifierKey = text.parse().map_err(|error: KeyError| error.to_string())?;
    if key.kind() == kind {
        return Ok(key);
    }
    Err(match kind {
        KeyType::Ed25519 => format!("the key of '{}' is a witness's, not a log's", key.name()),
        KeyType::Cosignature => format!("the key of '{}' is a log's, not a witness's", key.name()),
    })
}
