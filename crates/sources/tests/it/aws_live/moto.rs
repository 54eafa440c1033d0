//! A thousand users in moto, complete by moto's own totals.

use tenure_testkit::moto::Moto;

use super::child::Collection;

const USERS: usize = 1000;
const VERSION: &str = "2010-05-08";

const ANYONE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const READ: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;

fn fill(moto: &Moto) {
    let iam = |action: &str, form: &[(&str, &str)]| moto.query("iam", VERSION, action, form);
    for n in 0..7 {
        iam("CreateGroup", &[("GroupName", &format!("team-{n}"))]);
        let policy = format!("policy-{n}");
        iam("CreatePolicy", &[("PolicyName", &policy), ("PolicyDocument", READ)]);
    }
    for n in 0..11 {
        let role = format!("role-{n}");
        iam("CreateRole", &[("RoleName", &role), ("AssumeRolePolicyDocument", ANYONE)]);
    }
    std::thread::scope(|scope| {
        for part in 0..4 {
            scope.spawn(move || {
                for n in (part..USERS).step_by(4) {
                    user(&iam, n);
                }
            });
        }
    });
}

fn user(iam: &impl Fn(&str, &[(&str, &str)]) -> String, n: usize) {
    let name = format!("user-{n:04}");
    iam(
        "CreateUser",
        &[("UserName", &name), ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "x")],
    );
    for _ in 0..=n % 2 {
        iam("CreateAccessKey", &[("UserName", &name)]);
    }
    if n.is_multiple_of(10) {
        iam("CreateLoginProfile", &[("UserName", &name), ("Password", "a-Passw0rd-of-a-test")]);
        iam("AddUserToGroup", &[("UserName", &name), ("GroupName", &format!("team-{}", n % 7))]);
        let inline =
            [("UserName", name.as_str()), ("PolicyName", "inline"), ("PolicyDocument", READ)];
        iam("PutUserPolicy", &inline);
    }
}

#[test]
fn a_thousand_users_are_complete_by_motos_own_totals() {
    let Some(moto) = Moto::start("a_thousand_users_are_complete_by_motos_own_totals") else {
        return;
    };
    fill(&moto);
    let keys = [("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "test")];
    let keys = keys.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let outcome = Collection::at(&moto.url(), keys.to_vec()).run();

    let totals = outcome.get("totals");
    assert_eq!(totals["Users"], USERS);
    assert_eq!((&totals["Groups"], &totals["Roles"]), (&7.into(), &11.into()));
    assert_eq!(totals["Policies"], 7);
    assert_eq!(outcome.count("ListAccessKeys"), USERS);
    assert_eq!(outcome.count("GetAccessKeyLastUsed"), USERS + USERS / 2);
    assert_eq!(outcome.count("ListMFADevices"), USERS);
    let passwords = outcome.lines().iter().filter(|line| line["action"] == "GetLoginProfile");
    let there = passwords.filter(|line| line["status"] == 200).count();
    assert_eq!(there, USERS / 10);

    // moto lists the keys in its own report, too.
    let report =
        outcome.lines().iter().find(|line| line["action"] == "GetCredentialReport").unwrap();
    assert!(report["body"].as_str().unwrap().contains("<Content>"));

    // What moto does not know of AWS is told, and is all that is missing.
    let causes = outcome.causes();
    let unknown = |cause: &&str| !NOT_IN_MOTO.iter().any(|action| cause.starts_with(action));
    let unexpected: Vec<_> = causes.iter().copied().filter(unknown).collect();
    assert_eq!(unexpected, [""; 0]);
}

/// Operations that moto 5.2 does not have.
const NOT_IN_MOTO: [&str; 2] = ["cloudtrail:ListPublicKeys", "iam:ListServiceSpecificCredentials"];
