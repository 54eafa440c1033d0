//! A year of one application in one account, as CloudTrail writes it: its user and key are made,
//! the key is used, three roles are assumed one from another, the key is replaced, put out of
//! force and deleted.

use serde_json::{Value, json};

pub(super) const OLD_KEY: &str = "AKIAAPP00000000000OLD";
pub(super) const NEW_KEY: &str = "AKIAAPP00000000000NEW";
/// A key that is used although nothing tells of its making.
pub(super) const STRAY_KEY: &str = "AKIAAPP000000000STRAY";
/// Keys of the sessions, each issued with the one before.
pub(super) const SESSIONS: [&str; 3] =
    ["ASIADEPLOY00000000001", "ASIARELEASE0000000002", "ASIAAUDIT000000000003"];

const ACCOUNT: &str = "111122223333";
const ROLES: [&str; 3] = ["deploy", "release", "audit"];

pub(super) fn events() -> Vec<Value> {
    let mut events = begin();
    events.extend(chain());
    events.extend(replaced());
    let stray = by_user("bob", STRAY_KEY);
    events.push(event(
        &stray,
        "2025-04-01T09:00:00Z",
        "s3",
        "ListBuckets",
        Value::Null,
        Value::Null,
    ));
    for (number, event) in events.iter_mut().enumerate() {
        event["eventID"] = format!("00000000-0000-4000-8000-{number:012}").into();
    }
    events
}

fn begin() -> Vec<Value> {
    let ann = by_user("ann", "AKIAANN0000000000000");
    let app = by_user("app", OLD_KEY);
    let user = json!({"userName": "app"});
    let policy = json!({"userName": "app", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"});
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:user/app")},
    }]});
    let role = json!({"roleName": "deploy", "assumeRolePolicyDocument": trust.to_string()});
    vec![
        event(
            &ann,
            "2025-03-01T10:00:00Z",
            "iam",
            "CreateUser",
            user.clone(),
            json!({"user": {"userName": "app", "arn": format!("arn:aws:iam::{ACCOUNT}:user/app")}}),
        ),
        event(&ann, "2025-03-01T10:04:00Z", "iam", "AttachUserPolicy", policy, Value::Null),
        event(&ann, "2025-03-01T10:05:00Z", "iam", "CreateAccessKey", user, made(OLD_KEY)),
        event(
            &ann,
            "2025-03-01T10:06:00Z",
            "iam",
            "CreateRole",
            role,
            json!({"role": {"roleName": "deploy", "arn": format!("arn:aws:iam::{ACCOUNT}:role/deploy")}}),
        ),
        event(&app, "2025-03-01T10:10:00Z", "s3", "ListBuckets", Value::Null, Value::Null),
        refused(event(&app, "2025-03-02T10:10:00Z", "iam", "ListUsers", Value::Null, Value::Null)),
    ]
}

/// `app` becomes deploy, deploy becomes release, release becomes audit.
fn chain() -> Vec<Value> {
    let mut events = Vec::new();
    let mut caller = by_user("app", OLD_KEY);
    for (number, (role, key)) in ROLES.iter().zip(SESSIONS).enumerate() {
        let arn = format!("arn:aws:iam::{ACCOUNT}:role/{role}");
        let at = format!("2025-03-05T12:0{number}:00Z");
        let asked = json!({"roleArn": arn, "roleSessionName": "build-7"});
        let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/build-7");
        let given = json!({
            "credentials": {"accessKeyId": key, "expiration": "Mar 5, 2025, 1:00:00 PM"},
            "assumedRoleUser": {"assumedRoleId": format!("AROA{number}:build-7"), "arn": session},
        });
        let mut event = event(&caller, &at, "sts", "AssumeRole", asked, given);
        event["resources"] = json!([{"accountId": ACCOUNT, "type": "AWS::IAM::Role", "ARN": arn}]);
        events.push(event);
        caller = json!({
            "type": "AssumedRole", "principalId": format!("AROA{number}:build-7"), "arn": session,
            "accountId": ACCOUNT, "accessKeyId": key,
            "sessionContext": {
                "sessionIssuer": {"type": "Role", "principalId": format!("AROA{number}"), "arn": arn,
                    "accountId": ACCOUNT, "userName": role},
                "attributes": {"creationDate": at, "mfaAuthenticated": "false"},
            },
        });
    }
    events.push(event(
        &caller,
        "2025-03-05T12:05:00Z",
        "ec2",
        "DescribeInstances",
        Value::Null,
        Value::Null,
    ));
    events.push(refused(event(
        &caller,
        "2025-03-05T12:06:00Z",
        "ec2",
        "RunInstances",
        Value::Null,
        Value::Null,
    )));
    events
}

fn replaced() -> Vec<Value> {
    let ann = by_user("ann", "AKIAANN0000000000000");
    let (old, new) = (by_user("app", OLD_KEY), by_user("app", NEW_KEY));
    let user = json!({"userName": "app"});
    let inactive = json!({"userName": "app", "accessKeyId": OLD_KEY, "status": "Inactive"});
    let deleted = json!({"userName": "app", "accessKeyId": OLD_KEY});
    let nothing = Value::Null;
    vec![
        event(&ann, "2025-06-01T09:00:00Z", "iam", "CreateAccessKey", user, made(NEW_KEY)),
        event(&old, "2025-06-01T22:00:00Z", "s3", "ListBuckets", Value::Null, Value::Null),
        event(&new, "2025-06-02T09:00:00Z", "s3", "ListBuckets", Value::Null, Value::Null),
        event(&ann, "2025-06-05T09:00:00Z", "iam", "UpdateAccessKey", inactive, nothing.clone()),
        event(&ann, "2025-06-10T09:00:00Z", "iam", "DeleteAccessKey", deleted, nothing),
        event(&new, "2025-07-01T09:00:00Z", "s3", "ListBuckets", Value::Null, Value::Null),
    ]
}

fn by_user(name: &str, key: &str) -> Value {
    json!({
        "type": "IAMUser", "principalId": format!("AIDA{}", name.to_uppercase()),
        "arn": format!("arn:aws:iam::{ACCOUNT}:user/{name}"), "accountId": ACCOUNT,
        "accessKeyId": key, "userName": name,
    })
}

fn made(key: &str) -> Value {
    json!({"accessKey": {"accessKeyId": key, "status": "Active", "userName": "app"}})
}

fn refused(mut event: Value) -> Value {
    event["errorCode"] = "AccessDenied".into();
    event["responseElements"] = Value::Null;
    event
}

fn event(who: &Value, at: &str, service: &str, action: &str, asked: Value, given: Value) -> Value {
    let name = who["userName"].as_str().unwrap_or("session");
    let (address, agent) = match name {
        "ann" => ("198.51.100.7", "aws-cli/2.15.0"),
        "bob" => ("192.0.2.99", "evil\u{1b}[31m-agent"),
        _ => ("203.0.113.10", "Boto3/1.34.0 md/Botocore#1.34.0 ua/2.0 os/linux lang/python#3.12"),
    };
    let reads = ["List", "Describe"].iter().any(|verb| action.starts_with(verb));
    json!({
        "eventVersion": "1.09", "userIdentity": who, "eventTime": at,
        "eventSource": format!("{service}.amazonaws.com"), "eventName": action,
        "awsRegion": "eu-central-1", "sourceIPAddress": address, "userAgent": agent,
        "requestParameters": asked, "responseElements": given, "readOnly": reads,
        "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    })
}
