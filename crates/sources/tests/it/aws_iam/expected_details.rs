//! Facts about the authorization details of a real account, established independently of this
//! reader. These tests run where `TENURE_DATASETS` names the data.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use tenure_model::fact::Attrs;
use tenure_model::tables::TableId;

use super::support::{expected, last, over, text, things, time};
use crate::support::{Said, gaps};

const ADMINISTRATOR: &str = "policy:arn:aws:iam::aws:policy/AdministratorAccess";

#[test]
fn every_expectation() {
    let Some((expected, file)) = expected("aws-iam-authorization-details") else { return };
    let mut workspace = over(&file);
    let (draft, said) = workspace.run();
    let all = gaps(&workspace, &draft.run);
    assert_eq!(all.len(), 1, "only the time of the file is not said: {all:?}");
    assert_eq!(draft.run.received_totals.get("Users"), Some(&44));
    let facts = Facts::of(&said);
    assert_eq!(expected.len(), 14);
    for (question, expect) in expected {
        assert_eq!(facts.answer(&question), expect, "{question}");
    }
}

#[test]
fn every_role_says_who_may_assume_it() {
    let Some((_, file)) = expected("aws-iam-authorization-details") else { return };
    let (_, said) = over(&file).run();
    let facts = Facts::of(&said);
    let roles = facts.identities("iam-role");
    let trusts = facts.entitlements.keys().filter(|(kind, _)| kind == "role-trust").count();
    assert_eq!((roles.len(), trusts), (78, 78));
    let from: BTreeSet<_> = facts
        .grants
        .values()
        .filter(|grant| text(grant, "entitlement").starts_with("assume:"))
        .map(|grant| text(grant, "principal"))
        .filter(|principal| principal.split(':').nth(4) == Some("072528804237"))
        .collect();
    // Another account may assume two of the roles.
    assert_eq!(from.len(), 2, "{from:?}");
    let conditioned = facts.grants.values().filter(|g| !text(g, "condition_expr").is_empty());
    assert!(conditioned.count() >= 2, "the conditions of both SAML trusts are kept");
}

struct Facts {
    identities: BTreeMap<(String, String), Attrs>,
    entitlements: BTreeMap<(String, String), Attrs>,
    grants: BTreeMap<(String, String), Attrs>,
}

impl Facts {
    fn of(said: &Said) -> Self {
        Self {
            identities: things(said, TableId::Identities),
            entitlements: things(said, TableId::Entitlements),
            grants: things(said, TableId::Grants),
        }
    }

    fn identities(&self, kind: &str) -> Vec<&str> {
        let all = self.identities.keys().filter(|(of, _)| of == kind);
        all.map(|(_, id)| id.as_str()).collect()
    }

    /// Holders of an entitlement, by principal.
    fn holders(&self, entitlement: &str) -> Vec<&str> {
        let grants = self.grants.values().filter(|g| text(g, "entitlement") == entitlement);
        grants.map(|grant| text(grant, "principal")).collect()
    }

    fn named(&self, kind: &str, holders: &[&str]) -> Vec<String> {
        let part = format!(":{kind}/");
        let of_kind = holders.iter().filter(|holder| holder.contains(&part));
        of_kind.map(|holder| last(holder).to_owned()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn memberships(&self) -> Vec<&Attrs> {
        let all = self.grants.values().filter(|g| text(g, "entitlement").starts_with("group:"));
        all.collect()
    }

    fn with_inline(&self, kind: &str) -> usize {
        let inline = self.grants.values().filter(|g| text(g, "entitlement").starts_with("inline:"));
        let holders: Vec<_> = inline.map(|grant| text(grant, "principal")).collect();
        self.named(kind, &holders).len()
    }

    fn admins_by_group(&self) -> Vec<String> {
        let groups = self.named("group", &self.holders(ADMINISTRATOR));
        let members = self.memberships().into_iter().filter(|membership| {
            groups.iter().any(|group| last(text(membership, "entitlement")) == group)
        });
        self.named("user", &members.map(|m| text(m, "principal")).collect::<Vec<_>>())
    }

    fn answer(&self, question: &str) -> Json {
        let admins = self.holders(ADMINISTRATOR);
        let of = |kind: &str| self.entitlements.keys().filter(|(of, _)| of == kind).count();
        match question {
            "users" => json!(self.identities("iam-user").len()),
            "groups" => json!(of("iam-group")),
            "roles" => json!(self.identities("iam-role").len()),
            "policies" => json!(of("policy")),
            "memberships" => json!(self.memberships().len()),
            "memberships_in_unknown_groups" => {
                let unknown = self.memberships().into_iter().filter(|membership| {
                    let id = text(membership, "entitlement").to_owned();
                    !self.entitlements.contains_key(&("iam-group".to_owned(), id))
                });
                json!(unknown.map(|m| text(m, "entitlement")).collect::<Vec<_>>())
            }
            "admin_users_direct" => json!(self.named("user", &admins)),
            "admin_users_by_group" => json!(self.admins_by_group()),
            "admin_users_any" => {
                let mut any: BTreeSet<_> = self.admins_by_group().into_iter().collect();
                any.extend(self.named("user", &admins));
                json!(any)
            }
            "admin_groups" => json!(self.named("group", &admins)),
            "admin_roles" => json!(self.named("role", &admins)),
            "users_with_inline_policies" => json!(self.with_inline("user")),
            "roles_with_inline_policies" => json!(self.with_inline("role")),
            "CreateDate_first_last" => {
                let created = self.identities.values().map(|i| time(i, "created_at_src").unwrap());
                let created: Vec<_> = created.collect();
                let written = |at: Option<&tenure_model::Timestamp>| {
                    at.unwrap().to_string().replace('T', " ").replace('Z', "+00:00")
                };
                json!([written(created.iter().min()), written(created.iter().max())])
            }
            other => panic!("no answer to {other}"),
        }
    }
}
