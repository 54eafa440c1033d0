//! A real account: cloudsplaining's example, and in it the accounts of "IAM Vulnerable".

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::Value;
use tenure_sources::aws_iam::policy::{
    Attached, Document, Effective, Level, PATHS, PartyKind, PathKind, Principal, Via, Weakness,
    evaluate, trusts,
};

use super::support::{levels, text};
use crate::support::dataset;

const ACCOUNT: &str = "200611803367";

/// Policies by ARN or by `inline:<holder>/<name>`, and who holds them.
struct Account {
    value: Value,
    documents: BTreeMap<String, Document>,
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

    fn holder(&self, holders: &str, key: &str, name: &str) -> &Value {
        list(&self.value, holders).iter().find(|holder| holder[key] == name).unwrap()
    }

    fn of(&self, holders: &str, key: &str, name: &str) -> Effective {
        self.effective(self.holder(holders, key, name))
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
fn every_document_of_the_account_is_read_without_loss() {
    let Some(account) = Account::load() else { return };
    let inline = account.documents.keys().filter(|id| id.starts_with("inline:")).count();
    // 84 policies; 2 users, 1 group and 20 roles with inline policies, 16 of those with two.
    assert_eq!((account.documents.len() - inline, inline), (84, 39));
    for (id, document) in &account.documents {
        assert_eq!(document.problems, [], "{id}");
        assert!(!document.statements.is_empty(), "{id}");
    }
    let roles = list(&account.value, "RoleDetailList");
    assert_eq!(roles.len(), 78);
    let mut parties = 0;
    for role in roles {
        let document = Document::parse(&role["AssumeRolePolicyDocument"].to_string()).unwrap();
        assert_eq!(document.problems, []);
        let all = trusts(&document, ACCOUNT);
        assert!(!all.is_empty(), "{}", str_of(role, "RoleName"));
        parties += all.len();
    }
    // Every role trusts one principal, but privesc-high-priv-service-role trusts many services.
    assert!(parties > 78, "{parties}");
}

/// `expected/aws-iam-authorization-details.json`: who has AdministratorAccess attached, by itself or
/// by a group; and, beyond it, two roles whose own policies say `*` on `*`.
#[test]
fn administrators_are_those_who_hold_everything() {
    let Some(account) = Account::load() else { return };
    let admins = |holders: &str, name: &str| -> BTreeSet<String> {
        let all = list(&account.value, holders).iter();
        let admin = all.filter(|holder| {
            let rows = account.effective(holder);
            rows.escalations.iter().any(|row| row.name == "Administrator")
        });
        admin.map(|holder| str_of(holder, name).to_owned()).collect()
    };
    let users = ["obama", "userwithlotsofpermissions"];
    assert_eq!(admins("UserDetailList", "UserName"), users.map(str::to_owned).into());
    let roles = [
        "AWS-QuickSetup-StackSet-Local-ExecutionRole",
        "AWSReservedSSO_AdministratorAccess_dc6414f7f2ab04fc",
        "OrganizationAccountAccessRole",
        "stacksets-exec-b5520cb2730c2f54b523d6375a319abb",
        // Not by AdministratorAccess, but by policies of the customer.
        "privesc-AssumeRole-ending-role",
        "privesc-high-priv-service-role",
    ];
    assert_eq!(admins("RoleDetailList", "RoleName"), roles.map(str::to_owned).into());
}

/// Principals checked by hand against the text of their policies.
#[test]
fn principals_checked_by_hand() {
    let Some(account) = Account::load() else { return };
    for (name, services, paths) in [
        // AdministratorAccess attached, and the group `admin`, which has it too.
        ("obama", "*=admin", "Administrator"),
        // By the group `admin` only; its inline policy adds s3:GetObject, PutObject, PutObjectAcl.
        ("userwithlotsofpermissions", "*=admin s3=write", "Administrator"),
        // iam:* allowed and denied on `*`: nothing left.
        ("fp1-allow-and-deny-user", "", ""),
        // `*` allowed by one policy, denied by another.
        ("fp2-allow-and-deny-multiple-policies-user", "", ""),
        // Only a deny.
        ("fp3-deny-iam-user", "", ""),
        // CreatePolicyVersion on policies of AWS, which nobody can change: allowed, but no path.
        ("fp4-nonExploitableResourceConstraint-user", "iam=write", ""),
        // CreatePolicyVersion for sessions issued before 2020. Conditions are not evaluated: the
        // path is listed, with its condition.
        ("fp5-nonExploitableConditionConstraint-user", "iam=write", "CreatePolicyVersion"),
        // PassRole by one policy, RunInstances by another.
        ("fn1-privesc3-partial-user", "ec2=write iam=write", "PassRoleToInstance"),
        // CreatePolicyVersion on policies fn2-*.
        ("fn2-exploitableResourceConstraint-user", "iam=write", "CreatePolicyVersion"),
        ("privesc13-AddUserToGroup-user", "iam=write", "AddUserToGroup"),
        // UpdateAssumeRolePolicy and AssumeRole on `*`.
        (
            "privesc14-UpdatingAssumeRolePolicy-user",
            "iam=write sts=write",
            "AssumeAnyRole UpdateAssumeRolePolicy",
        ),
        // DescribeInstances, and ssm:StartSession among reading and ending sessions.
        ("privesc-ssmStartSession-user", "ec2=read ssm=write", "StartSession"),
        // Describing, CreateFunction, InvokeFunction, PassRole: enough for one path.
        (
            "privesc15-PassExistingRoleToNewLambdaThenInvoke-user",
            "iam=write lambda=write",
            "PassRoleToFunction",
        ),
        // UpdateDevEndpoint and GetDevEndpoint.
        ("privesc19-UpdateExistingGlueDevEndpoint-user", "glue=write", "UpdateGlueEndpoint"),
        // No policy: it may only assume what trusts it.
        ("privesc-AssumeRole-start-user", "", ""),
    ] {
        let effective = account.of("UserDetailList", "UserName", name);
        assert_eq!(text(&levels(&effective)), services, "{name}");
        let found: Vec<_> = effective.escalations.iter().map(|path| path.name.as_str()).collect();
        assert_eq!(found.join(" "), paths, "{name}");
        assert_eq!(effective.notes, Vec::<String>::new(), "{name}");
    }
}

/// The group privesc-sre-group gives iam:*, ec2:* and s3:*: administrator of each, by the group,
/// and with all of IAM every path through IAM that needs no other service.
#[test]
fn all_of_iam_by_a_group() {
    let Some(account) = Account::load() else { return };
    let effective = account.of("UserDetailList", "UserName", "privesc-sre-user");
    assert_eq!(text(&levels(&effective)), "ec2=admin iam=admin s3=admin");
    for row in &effective.services {
        assert_eq!(row.path_kind, PathKind::Group);
        assert_eq!(row.note.as_deref(), Some("by group privesc-sre-group"));
        assert_eq!(
            row.statement,
            format!("arn:aws:iam::{ACCOUNT}:policy/privesc-sre-admin-policy#0")
        );
    }
    let found: BTreeSet<_> = effective.escalations.iter().map(|path| path.name.as_str()).collect();
    for path in PATHS.iter().flat_map(|paths| paths.iter()) {
        let needs_only = |services: &[&str]| {
            path.needs.iter().all(|need| services.contains(&need.action.split(':').next().unwrap()))
        };
        assert_eq!(found.contains(path.name), needs_only(&["iam", "ec2", "s3"]), "{}", path.name);
    }
}

/// NotAction [iam:Update*, iam:Create*, iam:Attach*]: everything else, PutUserPolicy included.
#[test]
fn all_but_some_of_iam() {
    let Some(account) = Account::load() else { return };
    let effective = account.of("RoleDetailList", "RoleName", "fn4-exploitableNotAction-role");
    let levels = levels(&effective);
    let level = |service: &str| levels.get(service).copied();
    assert_eq!(level("*"), Some(Level::Write));
    assert_eq!(level("s3"), Some(Level::Admin));
    assert_eq!(level("iam"), None, "as `*` says: write");
    let open = |name: &str| effective.escalations.iter().any(|path| path.name == name);
    assert!(open("PutUserPolicy") && open("AddUserToGroup") && open("PassRoleToFunction"));
    assert!(
        !open("CreateAccessKey") && !open("AttachUserPolicy") && !open("UpdateAssumeRolePolicy")
    );
}

/// ReadOnlyAccess and ViewOnlyAccess: reading throughout the catalogue.
#[test]
fn the_read_only_policies_of_aws_read() {
    let Some(account) = Account::load() else { return };
    let name = "AWSReservedSSO_ViewOnlyAccess_0ace44bbc7092ea8";
    let effective = account.of("RoleDetailList", "RoleName", name);
    let levels = levels(&effective);
    for service in
        ["iam", "s3", "ec2", "lambda", "kms", "ssm", "rds", "logs", "sqs", "config", "es"]
    {
        assert_eq!(levels[service], Level::Read, "{service}");
    }
    assert!(effective.services.iter().all(|row| row.level != Level::Admin));
    assert_eq!(effective.escalations, []);
}

#[test]
fn what_the_roles_trust() {
    let Some(account) = Account::load() else { return };
    let trusts_of = |name: &str| {
        let role = account.holder("RoleDetailList", "RoleName", name);
        let document = Document::parse(&role["AssumeRolePolicyDocument"].to_string()).unwrap();
        trusts(&document, ACCOUNT)
    };
    // The organisation's management account may assume it, without an external id.
    let [one] = &trusts_of("OrganizationAccountAccessRole")[..] else { panic!("one principal") };
    assert_eq!((one.account.as_deref(), one.external), (Some("072528804237"), Some(true)));
    assert_eq!(one.weak, [Weakness::NoExternalId]);
    let [sso] = &trusts_of("AWSReservedSSO_ViewOnlyAccess_0ace44bbc7092ea8")[..] else {
        panic!("one principal")
    };
    assert_eq!((sso.party.kind, sso.external), (PartyKind::Federated, Some(false)));
    assert_eq!((sso.actions.len(), sso.weak.len()), (2, 0), "it asks for an audience");
    let services = trusts_of("privesc-high-priv-service-role");
    assert!(services.len() > 5 && services.iter().all(|one| one.party.kind == PartyKind::Service));
}
