//! A real account: cloudsplaining's example, and in it the accounts of "IAM Vulnerable".

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::Value;
use tenure_sources::aws_iam::policy::{Attached, Document, Effective, Principal, Via, evaluate};

use super::support::{levels, text};
use crate::support::dataset;

/// Policies by ARN or by `inline:<holder>/<name>`, and who holds them.
pub(crate) struct Account {
    pub(crate) value: Value,
    pub(crate) documents: BTreeMap<String, Document>,
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn str_of<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

impl Account {
    fn load() -> Option<Self> {
        let file =
            std::fs::File::open(dataset("aws-iam/cloudsplaining-example-authz-details.json.gz")?)
                .unwrap();
        let mut bytes = Vec::new();
        GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
        let value: Value = serde_json::from_slice(&bytes).unwrap();
        let mut documents = BTreeMap::new();
        for policy in list(&value, "Policies") {
            let default = list(policy, "PolicyVersionList")
                .iter()
                .find(|v| v["IsDefaultVersion"] == true)
                .unwrap();
            documents.insert(
                str_of(policy, "Arn").to_owned(),
                Document::parse(&default["Document"].to_string()).unwrap(),
            );
        }
        for (holders, inline) in [
            ("UserDetailList", "UserPolicyList"),
            ("GroupDetailList", "GroupPolicyList"),
            ("RoleDetailList", "RolePolicyList"),
        ] {
            for holder in list(&value, holders) {
                for policy in list(holder, inline) {
                    let id = format!(
                        "inline:{}/{}",
                        str_of(holder, "Arn"),
                        str_of(policy, "PolicyName")
                    );
                    documents.insert(
                        id,
                        Document::parse(&policy["PolicyDocument"].to_string()).unwrap(),
                    );
                }
            }
        }
        Some(Self { value, documents })
    }

    fn ids(holder: &Value, inline: &str) -> Vec<String> {
        let attached = list(holder, "AttachedManagedPolicies")
            .iter()
            .map(|p| str_of(p, "PolicyArn").to_owned());
        let inline = list(holder, inline)
            .iter()
            .map(|p| format!("inline:{}/{}", str_of(holder, "Arn"), str_of(p, "PolicyName")));
        attached.chain(inline).collect()
    }

    fn effective(&self, holder: &Value) -> Effective {
        let mut ids: Vec<(String, Option<&str>)> = ["UserPolicyList", "RolePolicyList"]
            .iter()
            .flat_map(|inline| Self::ids(holder, inline))
            .map(|id| (id, None))
            .collect();
        ids.sort();
        ids.dedup();
        for group in list(holder, "GroupList") {
            let name = group.as_str().unwrap();
            let group = list(&self.value, "GroupDetailList")
                .iter()
                .find(|g| str_of(g, "GroupName") == name)
                .unwrap();
            ids.extend(Self::ids(group, "GroupPolicyList").into_iter().map(|id| (id, Some(name))));
        }
        let attached = ids
            .iter()
            .map(|(id, group)| Attached {
                id,
                via: group.map_or(Via::Direct, Via::Group),
                document: self.documents.get(id),
            })
            .collect();
        evaluate(&Principal { arn: str_of(holder, "Arn"), attached, ..Principal::default() })
    }
}

#[test]
fn print_all() {
    let Some(account) = Account::load() else { return };
    for holder in
        list(&account.value, "UserDetailList").iter().chain(list(&account.value, "RoleDetailList"))
    {
        let effective = account.effective(holder);
        let name = str_of(holder, "Arn").rsplit(':').next().unwrap();
        let paths: Vec<_> = effective.escalations.iter().map(|e| e.name.as_str()).collect();
        println!(
            "{name}: {} | {} | {:?}",
            text(&levels(&effective)),
            paths.join(","),
            effective.notes
        );
    }
}
