//! Trust policies.

use tenure_sources::aws_iam::policy::{PartyKind, Trust, Weakness, trusts};

use super::support::policy;

const HERE: &str = "123456789012";

fn one(principal: &str, condition: &str) -> Trust {
    let document = policy(&format!(
        r#"{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole"{condition}}}"#
    ));
    let mut all = trusts(&document, HERE);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[test]
fn principals_of_every_kind() {
    let told = |principal: &str| {
        let trust = one(principal, "");
        (trust.party.kind, trust.account, trust.external)
    };
    let here = || Some(HERE.to_owned());
    let there = || Some("999999999999".to_owned());
    assert_eq!(told(r#""*""#), (PartyKind::Any, None, Some(true)));
    assert_eq!(told(r#"{"AWS":"*"}"#), (PartyKind::Any, None, Some(true)));
    assert_eq!(told(r#"{"AWS":"123456789012"}"#), (PartyKind::Aws, here(), Some(false)));
    assert_eq!(
        told(r#"{"AWS":"arn:aws:iam::999999999999:role/x"}"#),
        (PartyKind::Aws, there(), Some(true))
    );
    assert_eq!(told(r#"{"Service":"ec2.amazonaws.com"}"#), (PartyKind::Service, None, None));
    // The principal was deleted: its unique id is left, which tells no account.
    assert_eq!(told(r#"{"AWS":"AIDACKCEVSQ6C2EXAMPLE"}"#), (PartyKind::Aws, None, None));
    assert_eq!(
        told(r#"{"Federated":"arn:aws:iam::123456789012:saml-provider/okta"}"#),
        (PartyKind::Federated, here(), Some(false))
    );
    assert_eq!(
        told(r#"{"Federated":"cognito-identity.amazonaws.com"}"#),
        (PartyKind::Federated, None, None)
    );
    assert_eq!(told(r#"{"CanonicalUser":"79a5"}"#), (PartyKind::Canonical, None, None));
}

#[test]
fn what_a_trust_leaves_open() {
    let weak = |principal: &str, condition: &str| one(principal, condition).weak;
    let org = r#","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#;
    assert_eq!(weak(r#""*""#, ""), [Weakness::AnyPrincipal]);
    assert_eq!(weak(r#""*""#, org), []);
    let vendor = r#"{"AWS":"arn:aws:iam::999999999999:root"}"#;
    let id = r#","Condition":{"StringEquals":{"sts:externalid":"7"}}"#;
    assert_eq!(weak(vendor, ""), [Weakness::NoExternalId]);
    assert_eq!(weak(vendor, org), [Weakness::NoExternalId]);
    assert_eq!(weak(vendor, id), [], "keys are compared without case");
    assert_eq!(weak(r#"{"AWS":"arn:aws:iam::123456789012:root"}"#, ""), []);
    assert_eq!(weak(r#"{"Service":"ec2.amazonaws.com"}"#, ""), []);
    let github = r#"{"Federated":"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"}"#;
    let aud = r#","Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}"#;
    let sub = |value| {
        format!(
            r#","Condition":{{"StringLike":{{"token.actions.githubusercontent.com:sub":"{value}"}}}}"#
        )
    };
    assert_eq!(weak(github, aud), [Weakness::GithubWithoutSubject]);
    assert_eq!(weak(github, &sub("repo:*")), [Weakness::GithubWithoutSubject]);
    assert_eq!(weak(github, &sub("repo:octo/app:*")), []);
    assert_eq!(
        weak(github, ""),
        [Weakness::GithubWithoutSubject, Weakness::FederatedWithoutCondition]
    );
}

#[test]
fn a_deny_and_several_principals() {
    let document = policy(
        r#"{"Sid":"In","Effect":"Allow","Principal":{"AWS":["123456789012","arn:aws:iam::1:root"],"Service":"x"},"Action":["sts:AssumeRole","sts:TagSession"]},
           {"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"sts:*"}"#,
    );
    let all = trusts(&document, HERE);
    let told: Vec<_> = all
        .iter()
        .map(|trust| (trust.statement.as_str(), trust.effect.as_str(), trust.party.negated))
        .collect();
    assert_eq!(
        told,
        [
            ("#In", "Allow", false),
            ("#In", "Allow", false),
            ("#In", "Allow", false),
            ("#1", "Deny", true)
        ]
    );
    assert_eq!(all[0].actions, ["sts:AssumeRole", "sts:TagSession"]);
    assert!(all[3].weak.is_empty(), "a deny opens nothing");
}
