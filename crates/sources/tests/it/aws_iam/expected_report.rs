//! Facts about a credential report, established independently of this reader. The data may not be
//! shipped: these tests run where `TENURE_DATASETS` names them.

use serde_json::{Value as Json, json};
use tenure_model::Timestamp;
use tenure_model::entry::{CoverageStatus, RunOutcome};
use tenure_model::fact::Attrs;
use tenure_model::tables::TableId;

use super::support::{expected, flag, last, over, text, things, time};
use crate::support::{Said, gaps};

const ROOT: &str = "root";

#[test]
fn every_expectation() {
    let Some((expected, file)) = expected("aws-credential-report") else { return };
    let mut workspace = over(&file);
    let (draft, said) = workspace.run();
    assert_eq!(draft.run.outcome, RunOutcome::Partial);
    let all = gaps(&workspace, &draft.run);
    assert!(all.len() == 1 && all[0].cause.contains("does not say when it was made"), "{all:?}");
    let state = draft.coverage.iter().find(|c| c.stream == "iam-state").unwrap();
    assert_eq!(state.status, CoverageStatus::Asserted);
    let facts = Facts { said: &said, as_of: state.from };
    assert_eq!(expected.len(), 14);
    for (question, expect) in expected {
        assert_eq!(facts.answer(&question, &all[0].cause), expect, "{question}");
    }
}

struct Facts<'s> {
    said: &'s Said,
    as_of: Timestamp,
}

/// An access key, by what is known of it.
struct Key {
    user: String,
    slot: String,
    created: Timestamp,
    used: Option<Timestamp>,
    never: Option<bool>,
}

impl Facts<'_> {
    fn answer(&self, question: &str, gap: &str) -> Json {
        let users = things(self.said, TableId::Identities);
        let root = users.iter().find(|((kind, _), _)| kind == ROOT).map(|(_, attrs)| attrs);
        let root = root.unwrap();
        let keys = self.active_keys();
        let name = |key: &&Key| format!("{} key {}", key.user, key.slot);
        let old = |key: &&Key| self.days(key.created) > 90;
        match question {
            "as_of" => json!(rfc3339(self.as_of)),
            "as_of_from" => match gap.contains("lower bound") {
                true => json!(
                    "not in the file: the latest timestamp in the report is used (a lower bound)"
                ),
                false => json!(gap),
            },
            "rows" => json!(users.len()),
            "users_without_root" => json!(users.keys().filter(|(kind, _)| kind != ROOT).count()),
            "root" => self.root(root),
            "console_users" => json!(self.console()),
            "EXCEPTION_console_without_mfa" => {
                let without = self.console().into_iter().filter(|name| {
                    let user = users.iter().find(|((_, id), _)| last(id) == *name).unwrap();
                    flag(user.1, "mfa") == Some(false)
                });
                json!(without.collect::<Vec<_>>())
            }
            "EXCEPTION_root_without_mfa" => json!(flag(root, "mfa") == Some(false)),
            "EXCEPTION_root_has_active_key" => json!(keys.iter().any(|key| key.user == ROOT)),
            "active_keys" => {
                let rows: Vec<_> = keys.iter().map(|key| self.row(key)).collect();
                json!({"columns": ["user", "slot", "last_rotated", "age in whole days",
                    "last_used", "days since use"], "rows": rows})
            }
            "keys_older_than_90_days" => {
                json!(keys.iter().filter(old).map(|k| name(&k)).collect::<Vec<_>>())
            }
            "active_keys_never_used" => {
                let never = keys.iter().filter(|key| key.never == Some(true));
                json!(never.map(|key| name(&key)).collect::<Vec<_>>())
            }
            "users_with_two_active_keys" => {
                let twice = keys.windows(2).filter(|pair| pair[0].user == pair[1].user);
                json!(twice.map(|pair| pair[0].user.clone()).collect::<Vec<_>>())
            }
            "password_never_used" => {
                let never = self
                    .passwords()
                    .into_iter()
                    .filter(|(_, attrs)| flag(attrs, "never_used") == Some(true));
                json!(never.map(|(name, _)| name).collect::<Vec<_>>())
            }
            other => panic!("no answer to {other}"),
        }
    }

    fn row(&self, key: &Key) -> Json {
        let used = key.used.map_or_else(|| "N/A".to_owned(), rfc3339);
        let since = key.used.map(|used| self.days(used));
        json!([key.user, key.slot, rfc3339(key.created), self.days(key.created), used, since])
    }

    fn root(&self, root: &Attrs) -> Json {
        let password = self.passwords().into_iter().any(|(name, _)| name == ROOT);
        let keys = self.active_keys().iter().filter(|key| key.user == ROOT).count();
        json!({
            "mfa_active": flag(root, "mfa").map(|mfa| mfa.to_string()),
            // Nothing is said of the root user's password.
            "password_enabled": if password { "true" } else { "not_supported" },
            "active_keys": keys,
            "password_last_used": time(root, "last_auth_at").map(rfc3339),
        })
    }

    fn days(&self, since: Timestamp) -> i64 {
        (self.as_of.micros() - since.micros()).div_euclid(Timestamp::DAY)
    }

    fn passwords(&self) -> Vec<(String, Attrs)> {
        let all = things(self.said, TableId::Credentials).into_iter();
        let passwords = all.filter(|((kind, _), attrs)| {
            kind == "login-profile" && text(attrs, "status") == "active"
        });
        passwords.map(|((_, id), attrs)| (last(&id).to_owned(), attrs)).collect()
    }

    fn console(&self) -> Vec<String> {
        self.passwords().into_iter().map(|(name, _)| name).collect()
    }

    fn active_keys(&self) -> Vec<Key> {
        let all = things(self.said, TableId::Credentials).into_iter();
        let keys = all.filter(|((kind, _), attrs)| {
            kind == "access-key-slot" && text(attrs, "status") == "active"
        });
        keys.map(|(_, attrs)| Key {
            user: last(text(&attrs, "identity_id")).to_owned(),
            slot: text(&attrs, "slot").strip_prefix("access_key_").unwrap().to_owned(),
            created: time(&attrs, "created_at_src").unwrap(),
            used: time(&attrs, "last_used_at"),
            never: flag(&attrs, "never_used"),
        })
        .collect()
    }
}

fn rfc3339(at: Timestamp) -> String {
    at.to_string().replace('Z', "+00:00")
}
