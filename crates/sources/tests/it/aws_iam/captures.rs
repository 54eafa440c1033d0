//! Captures as the live collection writes them.

use serde_json::json;
use tenure_model::tables::TableId;

use super::support::{ACCOUNT, Read, capture, exchange, failure, flag, text, time};
use crate::support::at;

const BOB: &str = "arn:aws:iam::111122223333:user/bob";

fn of_bob() -> serde_json::Value {
    json!({"UserName": "bob"})
}

/// In the shape of the IAM API Reference.
fn answer(action: &str, result: &str) -> serde_json::Value {
    let body = format!(
        "<{action}Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><{action}Result>{result}</{action}Result><ResponseMetadata><RequestId>7a62c49f</RequestId></ResponseMetadata></{action}Response>"
    );
    exchange(action, &of_bob(), &body)
}

#[test]
fn keys_devices_and_passwords() {
    let read = Read::of(&capture(&[
        answer(
            "ListAccessKeys",
            "<UserName>bob</UserName><AccessKeyMetadata><member><UserName>bob</UserName><AccessKeyId>AKIAIOSFODNN7EXAMPLE</AccessKeyId><Status>Active</Status><CreateDate>2025-01-01T00:00:00Z</CreateDate></member></AccessKeyMetadata><IsTruncated>false</IsTruncated>",
        ),
        exchange(
            "GetAccessKeyLastUsed",
            &json!({"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}),
            "<GetAccessKeyLastUsedResponse><GetAccessKeyLastUsedResult><AccessKeyLastUsed><Region>N/A</Region><ServiceName>N/A</ServiceName></AccessKeyLastUsed><UserName>bob</UserName></GetAccessKeyLastUsedResult></GetAccessKeyLastUsedResponse>",
        ),
        answer("ListMFADevices", "<MFADevices/><IsTruncated>false</IsTruncated>"),
        answer(
            "GetLoginProfile",
            "<LoginProfile><UserName>bob</UserName><CreateDate>2025-02-01T00:00:00Z</CreateDate></LoginProfile>",
        ),
        answer(
            "ListSSHPublicKeys",
            "<SSHPublicKeys><member><UserName>bob</UserName><SSHPublicKeyId>APKAEXAMPLE</SSHPublicKeyId><Status>Inactive</Status><UploadDate>2025-03-01T00:00:00Z</UploadDate></member></SSHPublicKeys>",
        ),
        answer(
            "ListServiceSpecificCredentials",
            "<ServiceSpecificCredentials><member><UserName>bob</UserName><Status>Active</Status><ServiceUserName>bob-at-111122223333</ServiceUserName><CreateDate>2025-04-01T00:00:00Z</CreateDate><ServiceSpecificCredentialId>ACCAEXAMPLE</ServiceSpecificCredentialId><ServiceName>codecommit.amazonaws.com</ServiceName></member></ServiceSpecificCredentials>",
        ),
    ]));
    assert_eq!(read.causes(), "");
    let key = read.one(TableId::Credentials, "access-key", "AKIAIOSFODNN7EXAMPLE");
    assert_eq!((flag(&key, "never_used"), text(&key, "last_used_region")), (Some(true), ""));
    assert_eq!(time(&key, "created_at_src"), Some(at("2025-01-01")));
    assert_eq!(flag(&read.one(TableId::Identities, "iam-user", BOB), "mfa"), Some(false));
    let password = read.one(TableId::Credentials, "login-profile", BOB);
    assert_eq!(text(&password, "status"), "active");
    let ssh = read.one(TableId::Credentials, "ssh-public-key", "APKAEXAMPLE");
    assert_eq!((text(&ssh, "class"), text(&ssh, "status")), ("asymmetric_key", "inactive"));
    let service = read.one(TableId::Credentials, "service-specific-credential", "ACCAEXAMPLE");
    assert_eq!(text(&service, "issued_for"), "codecommit.amazonaws.com");
}

#[test]
fn refused_is_not_no() {
    let read = Read::of(&capture(&[
        failure("ListMFADevices", &of_bob(), 403, "AccessDenied"),
        failure("GetLoginProfile", &of_bob(), 403, "AccessDenied"),
        failure("ListAccessKeys", &of_bob(), 500, "InternalFailure"),
    ]));
    assert_eq!(read.facts, []);
    assert_eq!(read.account.skipped.get("refused"), Some(&2));
    assert_eq!(read.account.skipped.get("failed: InternalFailure"), Some(&1));
}

#[test]
fn a_service_that_is_not_in_use_lacks_nothing() {
    let code = "AWSOrganizationsNotInUseException";
    let read = Read::of(&capture(&[failure("ListAccounts", &json!({}), 400, code)]));
    assert_eq!(read.causes(), "");
    assert_eq!(read.account.skipped.get("the service is not in use"), Some(&1));
}

#[test]
fn no_such_entity_is_an_answer() {
    let read = Read::of(&capture(&[
        failure("GetLoginProfile", &of_bob(), 404, "NoSuchEntity"),
        failure("GetAccountPasswordPolicy", &json!({}), 404, "NoSuchEntity"),
    ]));
    assert_eq!(read.account.with_facts, 2);
    assert!(matches!(read.facts[0].change, tenure_model::fact::Change::Absent { .. }));
    let id = format!("{ACCOUNT}#password-policy/PasswordPolicy");
    let policy = read.one(TableId::Configurations, "password-policy", &id);
    assert_eq!(text(&policy, "value"), "none");
}

#[test]
fn the_report_speaks_for_when_it_was_made() {
    use base64::Engine;
    let content = base64::engine::general_purpose::STANDARD.encode(super::support::REPORT);
    let body = format!(
        "<GetCredentialReportResponse><GetCredentialReportResult><Content>{content}</Content><ReportFormat>text/csv</ReportFormat><GeneratedTime>2026-02-01T09:00:00Z</GeneratedTime></GetCredentialReportResult></GetCredentialReportResponse>"
    );
    let summary = exchange(
        "GetAccountSummary",
        &json!({}),
        "<GetAccountSummaryResponse><GetAccountSummaryResult><SummaryMap><entry><key>Users</key><value>2</value></entry><entry><key>AccountMFAEnabled</key><value>0</value></entry><entry><key>AccountAccessKeysPresent</key><value>1</value></entry></SummaryMap></GetAccountSummaryResult></GetAccountSummaryResponse>",
    );
    let read = Read::of(&capture(&[exchange("GetCredentialReport", &json!({}), &body), summary]));
    assert_eq!(read.causes(), "");
    let made = at("2026-02-01T09:00:00Z");
    assert!(read.facts.iter().any(|fact| fact.change.at() == made));
    // The summary is of now; the report's word on the root user's device is not taken beside it.
    let root = read.one(TableId::Identities, "root", "arn:aws:iam::111122223333:root");
    assert_eq!(flag(&root, "mfa"), Some(false));
    let said = read.facts.iter().filter(|f| f.native_type == "root" && f.attrs.contains_key("mfa"));
    assert_eq!(said.count(), 1);
    let id = format!("{ACCOUNT}#account-summary/AccountAccessKeysPresent");
    assert_eq!(text(&read.one(TableId::Configurations, "account-summary", &id), "value"), "1");
}

#[test]
fn identity_providers() {
    let arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
    let read = Read::of(&capture(&[
        exchange(
            "ListSAMLProviders",
            &json!({}),
            "<ListSAMLProvidersResponse><ListSAMLProvidersResult><SAMLProviderList><member><Arn>arn:aws:iam::111122223333:saml-provider/Corp</Arn><ValidUntil>2032-05-09T16:27:11Z</ValidUntil><CreateDate>2025-05-09T16:27:03Z</CreateDate></member></SAMLProviderList></ListSAMLProvidersResult></ListSAMLProvidersResponse>",
        ),
        exchange(
            "GetOpenIDConnectProvider",
            &json!({"OpenIDConnectProviderArn": arn}),
            "<GetOpenIDConnectProviderResponse><GetOpenIDConnectProviderResult><ThumbprintList><member>c3768084dfb3d2b68b7897bf5f565da8eEXAMPLE</member></ThumbprintList><CreateDate>2025-09-08T23:00:00Z</CreateDate><ClientIDList><member>sts.amazonaws.com</member></ClientIDList><Url>token.actions.githubusercontent.com</Url></GetOpenIDConnectProviderResult></GetOpenIDConnectProviderResponse>",
        ),
    ]));
    let saml = read.one(
        TableId::Credentials,
        "saml-provider",
        "arn:aws:iam::111122223333:saml-provider/Corp",
    );
    assert_eq!(time(&saml, "expires_at"), Some(at("2032-05-09T16:27:11Z")));
    let oidc = read.one(TableId::Credentials, "oidc-provider", arn);
    assert_eq!(
        (text(&oidc, "class"), text(&oidc, "issued_for")),
        ("federated_trust", "sts.amazonaws.com")
    );
    assert_eq!(text(&oidc, "material"), "c3768084dfb3d2b68b7897bf5f565da8eEXAMPLE");
    let id = format!("{arn}#oidc-provider/ClientIDList");
    assert_eq!(
        text(&read.one(TableId::Configurations, "oidc-provider", &id), "value"),
        "sts.amazonaws.com"
    );
}

#[test]
fn organisation_and_identity_center() {
    let set = "arn:aws:sso:::permissionSet/ssoins-1/ps-1";
    let mut users = exchange(
        "ListUsers",
        &json!({"IdentityStoreId": "d-1"}),
        r#"{"Users":[{"UserName":"carol","UserId":"u-1","DisplayName":"Carol","Emails":[{"Value":"carol@example.com","Primary":true}],"IdentityStoreId":"d-1"}]}"#,
    );
    users["service"] = json!("identitystore");
    let read = Read::of(&capture(&[
        exchange(
            "ListAccounts",
            &json!({}),
            r#"{"Accounts":[{"Id":"444455556666","Arn":"arn:aws:organizations::111122223333:account/o-example/444455556666","Name":"Shop","Status":"ACTIVE","JoinedTimestamp":1735689600.0}]}"#,
        ),
        exchange(
            "DescribePolicy",
            &json!({"PolicyId": "p-1"}),
            r#"{"Policy":{"PolicySummary":{"Id":"p-1","Name":"NoRoot"},"Content":"{\"Statement\":[]}"}}"#,
        ),
        exchange(
            "ListTargetsForPolicy",
            &json!({"PolicyId": "p-1"}),
            r#"{"Targets":[{"TargetId":"444455556666","Type":"ACCOUNT"}]}"#,
        ),
        exchange(
            "DescribePermissionSet",
            &json!({"PermissionSetArn": set}),
            &format!(
                r#"{{"PermissionSet":{{"Name":"Admin","PermissionSetArn":"{set}","CreatedDate":1735689600.5,"SessionDuration":"PT8H"}}}}"#
            ),
        ),
        exchange(
            "ListManagedPoliciesInPermissionSet",
            &json!({"PermissionSetArn": set}),
            r#"{"AttachedManagedPolicies":[{"Name":"AdministratorAccess","Arn":"arn:aws:iam::aws:policy/AdministratorAccess"}]}"#,
        ),
        exchange(
            "ListAccountAssignments",
            &json!({"AccountId": "444455556666"}),
            &format!(
                r#"{{"AccountAssignments":[{{"AccountId":"444455556666","PermissionSetArn":"{set}","PrincipalType":"USER","PrincipalId":"u-1"}},{{"AccountId":"444455556666","PermissionSetArn":"{set}","PrincipalType":"GROUP","PrincipalId":"g-1"}}]}}"#
            ),
        ),
        users,
        exchange(
            "ListGroupMemberships",
            &json!({"GroupId": "g-1"}),
            r#"{"GroupMemberships":[{"GroupId":"g-1","MembershipId":"m-1","MemberId":{"UserId":"u-1"}}]}"#,
        ),
    ]));
    assert_eq!(read.causes(), "");
    let account = read.one(TableId::Resources, "aws-account", "444455556666");
    assert_eq!(
        (text(&account, "name"), text(&account, "parent")),
        ("Shop", "aws-organization/o-example")
    );
    let policy = read.one(TableId::Configurations, "organization-policy", "p-1");
    assert_eq!(text(&policy, "value"), "{\"Statement\":[]}");
    let carol = "arn:aws:identitystore:::user/u-1";
    let user = read.one(TableId::Identities, "identity-center-user", carol);
    assert_eq!((text(&user, "kind"), text(&user, "email")), ("human", "carol@example.com"));
    let right = format!("permission-set:{set}@444455556666");
    let assigned = read.one(TableId::Entitlements, "account-assignment", &right);
    assert_eq!((text(&assigned, "level"), text(&assigned, "name")), ("admin", "Admin"));
    let grants = read.things(TableId::Grants);
    let held: Vec<_> = grants
        .values()
        .map(|g| (text(g, "principal"), text(g, "entitlement"), text(g, "path_kind")))
        .collect();
    let group = "arn:aws:identitystore:::group/g-1";
    assert_eq!(
        held,
        [
            (group, right.as_str(), "group"),
            (carol, group, "direct"),
            (carol, right.as_str(), "direct")
        ]
    );
}
