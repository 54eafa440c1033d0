//! What the AWS CLI prints of the account's IAM, at the start, at the ends of quarters and on the day of
//! collection: authorization details, the credential report, keys with their last use, second
//! factors, passwords.

use serde_json::{Value, json};
use tenure_model::Timestamp;

use crate::World;
use crate::files::aws::{ACCOUNT, Aws, Key, REGION, Rights, SYSTEM, User, arn, trust, unique};
use crate::output::Output;

/// The days of the listings: the day before the period, the ends of four quarters, and the day of collection.
#[must_use]
pub fn days(settings: &crate::Settings) -> Vec<Timestamp> {
    let length = settings.period.to.micros() - settings.period.from.micros();
    let quarter = |n: i64| settings.period.from.plus_micros(length / 4 * n).day_start();
    let mut days = vec![settings.period.from.plus_micros(-Timestamp::DAY)];
    days.extend((1..=4).map(quarter));
    days.push(settings.collected_at());
    days
}

/// Writes the listings, each the source of its own day.
pub fn write(world: &mut World) {
    for day in days(&world.settings) {
        let name = format!("aws-iam-{}", day.date());
        list(&world.aws, day, &format!("aws/iam/{}", day.date()), &mut world.output);
        let (path, as_of) = (format!("@/aws/iam/{}", day.date()), day.to_string());
        let settings = [("path", path.as_str()), ("as-of", &as_of), ("account", ACCOUNT)];
        world.output.source_of(&name, SYSTEM, "aws-iam", &settings);
    }
}

fn list(aws: &Aws, day: Timestamp, below: &str, output: &mut Output) {
    let there = |created: Timestamp, deleted: Option<Timestamp>| {
        created <= day && deleted.is_none_or(|deleted| day < deleted)
    };
    let users: Vec<_> =
        aws.users.iter().filter(|(_, user)| there(user.created, user.deleted)).collect();
    let mut keys = String::new();
    let mut logins = String::new();
    for (name, user) in &users {
        let has: Vec<_> = user.keys.iter().filter(|key| there(key.created, key.deleted)).collect();
        let listed: Vec<_> = has.iter().map(|key| key_of(name, key, day)).collect();
        keys.push_str(&json!({"AccessKeyMetadata": listed}).to_string());
        keys.push('\n');
        for key in has {
            let used = json!({"UserName": name, "AccessKeyLastUsed": last_used(aws, &key.id, day)});
            output.file(format!("{below}/{}.json", key.id), used.to_string().into_bytes());
        }
        let mfa = user.mfa.filter(|at| *at <= day);
        let devices: Vec<_> = mfa.iter().map(|at| {
            json!({"UserName": name, "SerialNumber": format!("arn:aws:iam::{ACCOUNT}:mfa/{name}"), "EnableDate": at})
        }).collect();
        let devices = json!({"MFADevices": devices}).to_string().into_bytes();
        output.file(format!("{below}/list-mfa-devices-{name}.json"), devices);
        if let Some(at) = user.password.filter(|at| *at <= day) {
            let profile =
                json!({"UserName": name, "CreateDate": at, "PasswordResetRequired": false});
            logins.push_str(&json!({"LoginProfile": profile}).to_string());
            logins.push('\n');
        }
    }
    output.file(format!("{below}/access-keys.json"), keys.into_bytes());
    if !logins.is_empty() {
        output.file(format!("{below}/login-profiles.json"), logins.into_bytes());
    }
    let details = json!({
        "UserDetailList": users.iter().map(|(name, user)| user_of(name, user)).collect::<Vec<_>>(),
        "GroupDetailList": [],
        "RoleDetailList": roles(aws, day),
        "Policies": [administrator()],
    });
    output.file(format!("{below}/authorization-details.json"), details.to_string().into_bytes());
    output.file(format!("{below}/credential-report.csv"), report(aws, &users, day));
}

fn key_of(user: &str, key: &Key, day: Timestamp) -> Value {
    let active = key.disabled.is_none_or(|at| day < at);
    json!({"UserName": user, "AccessKeyId": key.id, "Status": if active { "Active" } else { "Inactive" }, "CreateDate": key.created})
}

fn used_by(aws: &Aws, what: &str, day: Timestamp) -> Option<Timestamp> {
    aws.uses.get(what)?.iter().copied().filter(|at| *at <= day).max()
}

fn last_used(aws: &Aws, key: &str, day: Timestamp) -> Value {
    match used_by(aws, key, day) {
        Some(at) => json!({"LastUsedDate": at, "ServiceName": "ec2", "Region": REGION}),
        None => json!({"ServiceName": "N/A", "Region": "N/A"}),
    }
}

fn tags(tags: &[(&'static str, String)]) -> Value {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

fn inline(may: Rights) -> Value {
    let Rights::Read(service) = may else { return json!([]) };
    let action = format!("{service}:Describe*");
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": action, "Resource": "*"}]});
    json!([{"PolicyName": "access", "PolicyDocument": document}])
}

fn attached(may: Rights) -> Value {
    match may {
        Rights::Everything => {
            json!([{"PolicyName": "AdministratorAccess", "PolicyArn": ADMINISTRATOR}])
        }
        _ => json!([]),
    }
}

const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

fn administrator() -> Value {
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    json!({
        "PolicyName": "AdministratorAccess", "PolicyId": "ANPAIWMBCKSKIEE64ZLYK", "Arn": ADMINISTRATOR, "Path": "/",
        "DefaultVersionId": "v1", "AttachmentCount": 1, "IsAttachable": true,
        "CreateDate": "2015-02-06T18:39:46Z", "UpdateDate": "2015-02-06T18:39:46Z",
        "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "CreateDate": "2015-02-06T18:39:46Z", "Document": document}],
    })
}

fn user_of(name: &str, user: &User) -> Value {
    json!({
        "Path": user.path, "UserName": name, "UserId": unique("AIDA", name, 17),
        "Arn": format!("arn:aws:iam::{ACCOUNT}:user{}{name}", user.path),
        "CreateDate": user.created, "GroupList": [], "AttachedManagedPolicies": attached(user.may),
        "UserPolicyList": inline(user.may), "Tags": tags(&user.tags),
    })
}

fn roles(aws: &Aws, day: Timestamp) -> Vec<Value> {
    let there = aws.roles.iter().filter(|(_, role)| {
        role.created <= day && role.deleted.is_none_or(|deleted| day < deleted)
    });
    there
        .map(|(name, role)| {
            let used = used_by(aws, &format!("role/{name}"), day)
                .map_or_else(|| json!({}), |at| json!({"LastUsedDate": at, "Region": REGION}));
            json!({
                "Path": "/", "RoleName": name, "RoleId": unique("AROA", name, 17), "Arn": arn("role", name),
                "CreateDate": role.created, "AssumeRolePolicyDocument": trust(role.trusts),
                "InstanceProfileList": [], "RolePolicyList": inline(role.may),
                "AttachedManagedPolicies": attached(role.may), "Tags": tags(&role.tags), "RoleLastUsed": used,
            })
        })
        .collect()
}

const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

fn report(aws: &Aws, users: &[(&String, &User)], day: Timestamp) -> Vec<u8> {
    let mut report = format!(
        "{HEADER}\n<root_account>,arn:aws:iam::{ACCOUNT}:root,2019-03-01T09:00:00+00:00,not_supported,no_information,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n"
    );
    for (name, user) in users {
        let password = user.password.filter(|at| *at <= day);
        let said = |at: Option<Timestamp>, none: &str| {
            at.map_or_else(|| none.to_owned(), |at| at.to_string())
        };
        let mut line = vec![
            (*name).clone(),
            format!("arn:aws:iam::{ACCOUNT}:user{}{name}", user.path),
            user.created.to_string(),
            password.is_some().to_string(),
            said(
                password.and_then(|_| used_by(aws, &format!("password/{name}"), day)),
                if password.is_some() { "no_information" } else { "N/A" },
            ),
            said(password.map(|at| changed(aws, name, at, day)), "N/A"),
            "N/A".to_owned(),
            user.mfa.is_some_and(|at| at <= day).to_string(),
        ];
        let mut keys = user
            .keys
            .iter()
            .filter(|key| key.created <= day && key.deleted.is_none_or(|at| day < at));
        for _ in 0..2 {
            line.extend(slot(aws, keys.next(), day));
        }
        line.extend(["false", "N/A", "false", "N/A"].map(str::to_owned));
        report.push_str(&line.join(","));
        report.push('\n');
    }
    report.into_bytes()
}

/// When a password was set last.
fn changed(aws: &Aws, user: &str, first: Timestamp, day: Timestamp) -> Timestamp {
    let later = aws.passwords.get(user).into_iter().flatten().copied();
    later.filter(|at| *at <= day).max().unwrap_or(first)
}

fn slot(aws: &Aws, key: Option<&Key>, day: Timestamp) -> [String; 5] {
    let none = || "N/A".to_owned();
    let Some(key) = key else { return ["false".to_owned(), none(), none(), none(), none()] };
    let active = key.disabled.is_none_or(|at| day < at).to_string();
    match used_by(aws, &key.id, day) {
        Some(at) => {
            [active, key.created.to_string(), at.to_string(), REGION.to_owned(), "ec2".to_owned()]
        }
        None => [active, key.created.to_string(), none(), none(), none()],
    }
}
