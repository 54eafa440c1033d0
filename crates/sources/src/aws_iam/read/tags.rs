//! Tags that say what something is for and who answers for it. Keys are compared without regard to
//! case and to `-`, `_`, `:` and blanks: `Owner`, `environment`, `Risk-Tier`.

use std::collections::BTreeMap;

use tenure_model::fact::Fact;
use tenure_model::tables::TableId;

use super::facts::Cx;
use super::model::Tag;

/// What a tag may say a user is, and the kind that is meant.
const KINDS: &[(&str, &str)] = &[
    ("human", "human"),
    ("person", "human"),
    ("employee", "human"),
    ("service", "service_account"),
    ("serviceaccount", "service_account"),
    ("machine", "service_account"),
    ("workload", "workload"),
    ("bot", "bot"),
    ("aiagent", "ai_agent"),
    ("agent", "ai_agent"),
    ("shared", "shared"),
    ("breakglass", "break_glass"),
    ("external", "external"),
];
const KIND_KEYS: &[&str] = &["kind", "identitykind", "identitytype", "usertype", "accounttype"];

/// The tags of one thing, by key as spelled.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Tags(BTreeMap<String, String>);

impl Tags {
    pub(super) fn of(tags: &[Tag]) -> Self {
        let pairs = tags.iter().filter_map(|tag| {
            Some((tag.key.get()?.to_owned(), tag.value.get().unwrap_or_default().to_owned()))
        });
        Self(pairs.collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first tag with one of the keys: by order of the keys, then of the spelling.
    fn find(&self, keys: &[&str]) -> Option<(&str, &str)> {
        keys.iter().find_map(|key| {
            self.0
                .iter()
                .find(|(name, value)| plain(name) == *key && !value.trim().is_empty())
                .map(|(name, value)| (name.as_str(), value.trim()))
        })
    }

    /// The kind of identity, and the tag that says it.
    pub(super) fn kind(&self) -> Option<(&'static str, &str)> {
        let (name, value) = self.find(KIND_KEYS)?;
        let value = plain(value);
        KINDS.iter().find(|(word, _)| *word == value).map(|(_, kind)| (*kind, name))
    }

    /// The fact with what the tags say.
    pub(super) fn on(&self, fact: Fact) -> Fact {
        let value = |keys| self.find(keys).map(|(_, value)| value);
        let tags = (!self.0.is_empty())
            .then(|| serde_json::to_string(&self.0).expect("texts, which JSON always can hold"));
        fact.with_some("purpose", value(&["purpose", "description"]))
            .with_some("environment", value(&["environment", "env"]))
            .with_some("tier", value(&["tier", "risktier"]).map(tier))
            .with_some("tags", tags)
    }
}

/// The owner that a tag names, as an ownership.
pub(super) fn owner(cx: Cx<'_>, tags: &Tags, table: &'static str, target: &str) -> Option<Fact> {
    let (_, owner) = tags.find(&["owner", "ownedby"])?;
    let owner = owner.to_lowercase();
    let id = format!("{table}/{target}|{owner}");
    Some(
        Fact::new(TableId::Ownerships, "owner-tag", id, cx.seen())
            .with("target_table", table)
            .with("target", target)
            .with("owner", owner)
            .with("role", "primary")
            .with("source", "tag"),
    )
}

/// `1` and `t1` are `T1`; other words stay as they are.
fn tier(value: &str) -> String {
    match value.to_ascii_uppercase().as_str() {
        "1" | "T1" | "TIER1" => "T1".to_owned(),
        "2" | "T2" | "TIER2" => "T2".to_owned(),
        "3" | "T3" | "TIER3" => "T3".to_owned(),
        _ => value.to_owned(),
    }
}

fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '-' | '_' | ':' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}
