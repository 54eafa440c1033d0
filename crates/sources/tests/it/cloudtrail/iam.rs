//! What records of IAM tell, one call at a time.

use serde_json::{Value, json};
use tenure_model::fact::{Change, Fact};
use tenure_model::tables::TableId;

use crate::support::{Said, Workspace, text};

/// A record of a call by an administrator.
fn call(id: &str, action: &str, request: Value, response: Value) -> Value {
    json!({
        "eventID": id, "eventTime": "2024-05-01T10:00:00Z", "eventSource": "iam.amazonaws.com",
        "eventName": action, "awsRegion": "us-east-1", "recipientAccountId": "111122223333",
        "userIdentity": {
            "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ops/admin",
            "accountId": "111122223333", "principalId": "AIDA1", "userName": "admin",
            "accessKeyId": "AKIAADMIN"
        },
        "requestParameters": request, "responseElements": response
    })
}

fn run(records: &[Value]) -> Said {
    let mut workspace = Workspace::with_data("cloudtrail");
    workspace.write("events.json", json!({"Records": records}).to_string());
    let (draft, said) = workspace.run();
    assert_eq!(draft.run.gaps, []);
    assert_eq!(draft.artifacts[0].with_facts, records.len() as u64);
    said
}

fn one<'a>(said: &'a Said, table: TableId, id: &str) -> Vec<&'a Fact> {
    said.table(table).into_iter().filter(|fact| fact.native_id == id).collect()
}

#[test]
fn an_actor_is_seen_once_per_run() {
    let said = run(&[
        call("1", "ListUsers", Value::Null, Value::Null),
        call("2", "ListUsers", Value::Null, Value::Null),
    ]);
    let seen = one(&said, TableId::Identities, "arn:aws:iam::111122223333:user/admin");
    assert_eq!(seen.len(), 1);
    assert!(matches!(seen[0].change, Change::Seen { .. }));
    assert_eq!(one(&said, TableId::Credentials, "AKIAADMIN").len(), 1);
}

#[test]
fn a_key_is_made_disabled_and_deleted() {
    let key = "AKIANEW";
    let made = json!({"accessKey": {"userName": "bob", "accessKeyId": key, "status": "Active"}});
    let said = run(&[
        call("1", "CreateAccessKey", json!({"userName": "bob"}), made),
        call(
            "2",
            "UpdateAccessKey",
            json!({"userName": "bob", "accessKeyId": key, "status": "Inactive"}),
            Value::Null,
        ),
        call("3", "DeleteAccessKey", json!({"userName": "bob", "accessKeyId": key}), Value::Null),
    ]);
    let facts = one(&said, TableId::Credentials, key);
    let states: Vec<_> = facts.iter().map(|f| text(f, "status")).collect();
    assert_eq!(states, [Some("active"), Some("inactive"), None]);
    assert!(
        facts
            .iter()
            .all(|f| text(f, "identity_id") == Some("iam-user/arn:aws:iam::111122223333:user/bob"))
    );
    assert!(matches!(facts[2].change, Change::Ended { .. }));
    assert_eq!(text(facts[2], "revoked_by"), Some("arn:aws:iam::111122223333:user/ops/admin"));
}

#[test]
fn a_key_for_oneself_names_nobody() {
    let made = json!({"accessKey": {"accessKeyId": "AKIAOWN", "status": "Active"}});
    let said = run(&[call("1", "CreateAccessKey", Value::Null, made)]);
    let facts = one(&said, TableId::Credentials, "AKIAOWN");
    assert_eq!(
        text(facts[0], "identity_id"),
        Some("iam-user/arn:aws:iam::111122223333:user/admin")
    );
}

#[test]
fn what_is_granted_and_what_is_removed_are_one_grant() {
    let bob = json!({"userName": "bob", "groupName": "ops", "policyName": "p",
        "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "policyDocument": "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]}"});
    let pairs = [
        ("AttachUserPolicy", "DetachUserPolicy"),
        ("PutUserPolicy", "DeleteUserPolicy"),
        ("AddUserToGroup", "RemoveUserFromGroup"),
        ("AttachGroupPolicy", "DetachGroupPolicy"),
        ("PutGroupPolicy", "DeleteGroupPolicy"),
    ];
    for (begins, ends) in pairs {
        let said = run(&[
            call("1", begins, bob.clone(), Value::Null),
            call("2", ends, bob.clone(), Value::Null),
        ]);
        let grants = said.table(TableId::Grants);
        let [begun, ended] = grants.as_slice() else { panic!("{begins}: {grants:?}") };
        assert_eq!(begun.native_id, ended.native_id, "{begins}");
        assert!(matches!(begun.change, Change::Begun { .. }), "{begins}");
        assert!(matches!(ended.change, Change::Ended { .. }), "{ends}");
        assert_eq!(text(begun, "granted_event"), Some("1"));
        assert_eq!(text(ended, "removed_event"), Some("2"));
        let group = begins.contains("GroupPolicy");
        assert_eq!(text(begun, "identity_id").is_none(), group, "{begins}");
        let entitlement = said.table(TableId::Entitlements)[0];
        let reference = format!("{}/{}", entitlement.native_type, entitlement.native_id);
        assert_eq!(text(begun, "entitlement_id"), Some(reference.as_str()), "{begins}");
        assert_ne!(text(entitlement, "level"), Some("admin"), "{begins}");
    }
}

#[test]
fn users_and_roles_begin_and_end() {
    let user = json!({"user": {"userName": "bob", "arn": "arn:aws:iam::111122223333:user/x/bob"}});
    let role = json!({"role": {"roleName": "r", "arn": "arn:aws:iam::111122223333:role/r"}});
    let said = run(&[
        call("1", "CreateUser", json!({"userName": "bob", "path": "/x/"}), user),
        call(
            "2",
            "CreateRole",
            json!({"roleName": "r", "assumeRolePolicyDocument": "{}"}),
            role.clone(),
        ),
        call("3", "CreateServiceLinkedRole", json!({"aWSServiceName": "x"}), role),
        call("4", "DeleteUser", json!({"userName": "bob"}), Value::Null),
        call("5", "DeleteRole", json!({"roleName": "r"}), Value::Null),
    ]);
    let bob = one(&said, TableId::Identities, "arn:aws:iam::111122223333:user/bob");
    assert_eq!(bob.len(), 2);
    assert_eq!(text(bob[0], "display_name"), Some("arn:aws:iam::111122223333:user/x/bob"));
    assert!(matches!(bob[1].change, Change::Ended { .. }));
    let role = one(&said, TableId::Identities, "arn:aws:iam::111122223333:role/r");
    assert_eq!(role.len(), 3);
    assert_eq!(text(role[0], "kind"), Some("assumable_role"));
    assert_eq!(said.table(TableId::Configurations).len(), 1, "who may assume it");
}

#[test]
fn mfa_devices_and_passwords() {
    let device = json!({"virtualMFADevice": {"serialNumber": "arn:aws:iam::1:mfa/d"}});
    let bobs = json!({"userName": "bob", "serialNumber": "arn:aws:iam::1:mfa/d"});
    let said = run(&[
        call("1", "CreateVirtualMFADevice", json!({}), device),
        call("2", "EnableMFADevice", bobs.clone(), Value::Null),
        call("3", "DeactivateMFADevice", bobs.clone(), Value::Null),
        call("4", "DeleteVirtualMFADevice", bobs.clone(), Value::Null),
        call("5", "CreateLoginProfile", bobs.clone(), Value::Null),
        call("6", "DeleteLoginProfile", bobs, Value::Null),
    ]);
    let device = one(&said, TableId::Credentials, "arn:aws:iam::1:mfa/d");
    let states: Vec<_> = device.iter().map(|f| text(f, "status")).collect();
    assert_eq!(states, [Some("unassigned"), Some("active"), Some("inactive"), None]);
    let password = one(&said, TableId::Credentials, "arn:aws:iam::111122223333:user/bob");
    assert_eq!(password.len(), 2);
}

#[test]
fn the_serial_number_of_a_device_tells_its_kind() {
    let serials = [
        ("arn:aws:iam::111122223333:u2f/user/bob/key-EXAMPLE", "u2f"),
        ("arn:aws-cn:iam::111122223333:mfa/bob", "virtual_mfa"),
        ("arn:aws:iam::111122223333:sms-mfa/bob", "sms-mfa"),
        ("GAHT12345678", "hardware_mfa"),
    ];
    let enable = |(n, serial): (usize, &str)| {
        let request = json!({"userName": "bob", "serialNumber": serial});
        call(&n.to_string(), "EnableMFADevice", request, Value::Null)
    };
    let calls: Vec<_> = serials.iter().map(|(serial, _)| *serial).enumerate().map(enable).collect();
    let said = run(&calls);
    for (serial, kind) in serials {
        let device = one(&said, TableId::Credentials, serial);
        assert_eq!(text(device[0], "native_kind"), Some(kind), "{serial}");
    }
}

#[test]
fn a_failed_call_changes_nothing() {
    let mut failed = call("1", "CreateUser", json!({"userName": "bob"}), Value::Null);
    failed["errorCode"] = json!("EntityAlreadyExists");
    let said = run(&[failed]);
    assert_eq!(said.table(TableId::Identities).len(), 1, "the actor");
    assert_eq!(said.usage[0].2.outcome.unwrap().as_str(), "error");
}

#[test]
fn calls_with_strange_parameters_are_uses_without_facts() {
    for (request, response) in [
        (json!("text"), json!(["list"])),
        (json!({"userName": {"a": 1}}), json!(7)),
        (json!({"policyArn": null}), json!({"user": "x"})),
    ] {
        for action in
            ["CreateUser", "DeleteRole", "AttachUserPolicy", "PutGroupPolicy", "EnableMFADevice"]
        {
            let said = run(&[call("1", action, request.clone(), response.clone())]);
            assert_eq!(said.usage.len(), 1);
        }
    }
}
