//! IAM.

use super::Behaviour;
use super::answers::{Answer, members, page, paging, refuse, unknown, xml};
use super::http::Request;
use super::signature::Keys;
use super::world::{Account, User};

/// `user,…` in base64: the content does not matter, that it is kept as it came does.
const REPORT: &str = "dXNlcixhcm4KPHJvb3RfYWNjb3VudD4sYXJuCg==";

pub(super) fn answer(
    account: &mut Account,
    request: &Request,
    caller: &Keys,
    behaviour: &Behaviour,
) -> Answer {
    match request.action.as_str() {
        "GetAccountSummary" => summary(account, request),
        "GetAccountAuthorizationDetails" => details(account, request, caller, behaviour),
        "GenerateCredentialReport" => {
            let state = if account.report { "COMPLETE" } else { "STARTED" };
            account.report = true;
            xml(request, &format!("<State>{state}</State>"))
        }
        "GetCredentialReport" if account.report => xml(
            request,
            &format!("<Content>{REPORT}</Content><ReportFormat>text/csv</ReportFormat>"),
        ),
        "GetCredentialReport" => refuse(request, 410, "ReportNotPresent", "none"),
        "GetAccountPasswordPolicy" => refuse(request, 404, "NoSuchEntity", "there is none"),
        "ListAccountAliases" => xml(request, "<IsTruncated>false</IsTruncated><AccountAliases/>"),
        "ListSAMLProviders" => xml(request, "<SAMLProviderList/>"),
        "ListOpenIDConnectProviders" => {
            let arn = format!("arn:aws:iam::{}:oidc-provider/token.example.com", caller.account);
            let list = members([format!("<Arn>{arn}</Arn>")]);
            xml(request, &format!("<OpenIDConnectProviderList>{list}</OpenIDConnectProviderList>"))
        }
        "GetOpenIDConnectProvider" => xml(request, "<Url>token.example.com</Url>"),
        "ListVirtualMFADevices" => {
            xml(request, "<IsTruncated>false</IsTruncated><VirtualMFADevices/>")
        }
        "ListUsers" => users(account, request, behaviour),
        "GetAccessKeyLastUsed" => xml(
            request,
            "<AccessKeyLastUsed><Region>N/A</Region><ServiceName>N/A</ServiceName></AccessKeyLastUsed>",
        ),
        _ => match account.users.get(request.text("UserName")) {
            Some(user) => of_user(user, request, behaviour),
            None => refuse(request, 404, "NoSuchEntity", "there is no such user"),
        },
    }
}

fn summary(account: &Account, request: &Request) -> Answer {
    let counts = [
        ("Users", account.users.len()),
        ("Groups", account.groups.len()),
        ("Roles", account.roles.len()),
        ("Policies", account.policies.len()),
        ("UsersQuota", 5000),
    ];
    let entry = |(name, count): (&str, usize)| {
        let count = account.claims.get(name).copied().unwrap_or(count as u64);
        format!("<entry><key>{name}</key><value>{count}</value></entry>")
    };
    let entries: String = counts.into_iter().map(entry).collect();
    xml(request, &format!("<SummaryMap>{entries}</SummaryMap>"))
}

/// Users, groups, roles and policies share the pages.
fn details(account: &Account, request: &Request, caller: &Keys, behaviour: &Behaviour) -> Answer {
    let number = &caller.account;
    let users = account.users.keys().map(|name| ("User", name));
    let groups = account.groups.iter().map(|name| ("Group", name));
    let roles = account.roles.iter().map(|name| ("Role", name));
    let policies = account.policies.iter().map(|name| ("Policy", name));
    let all: Vec<_> = users.chain(groups).chain(roles).chain(policies).collect();
    let (items, next) = page(request, &all, behaviour.page, endless(request, behaviour));
    let list = |kind: &str| {
        let of_kind = items.iter().filter(|(k, _)| *k == kind);
        members(of_kind.map(|(_, name)| {
            let path = kind.to_lowercase();
            let tags = if kind == "User" { "<Tags/>" } else { "" };
            format!("<{kind}Name>{name}</{kind}Name><Arn>arn:aws:iam::{number}:{path}/{name}</Arn>{tags}")
        }))
    };
    let inner = format!(
        "<UserDetailList>{}</UserDetailList><GroupDetailList>{}</GroupDetailList><RoleDetailList>{}</RoleDetailList><Policies>{}</Policies>{}",
        list("User"),
        list("Group"),
        list("Role"),
        list("Policy"),
        paging(next)
    );
    xml(request, &inner)
}

fn endless(request: &Request, behaviour: &Behaviour) -> bool {
    behaviour.endless.as_deref() == Some(&request.permission())
}

fn users(account: &Account, request: &Request, behaviour: &Behaviour) -> Answer {
    let names: Vec<_> = account.users.keys().collect();
    let (names, next) = page(request, &names, behaviour.page, endless(request, behaviour));
    let list = members(names.iter().map(|name| format!("<UserName>{name}</UserName>")));
    xml(request, &format!("<Users>{list}</Users>{}", paging(next)))
}

fn of_user(user: &User, request: &Request, behaviour: &Behaviour) -> Answer {
    let name = request.text("UserName");
    let (list, inner) = match request.action.as_str() {
        "ListAccessKeys" => {
            let (keys, next) =
                page(request, &user.keys, behaviour.page, endless(request, behaviour));
            let keys = members(keys.iter().map(|key| {
                format!("<UserName>{name}</UserName><AccessKeyId>{key}</AccessKeyId><Status>Active</Status>")
            }));
            return xml(
                request,
                &format!("<AccessKeyMetadata>{keys}</AccessKeyMetadata>{}", paging(next)),
            );
        }
        "ListMFADevices" if user.mfa => {
            ("MFADevices", members([format!("<UserName>{name}</UserName>")]))
        }
        "ListMFADevices" => ("MFADevices", String::new()),
        "ListSSHPublicKeys" => ("SSHPublicKeys", String::new()),
        "ListServiceSpecificCredentials" => ("ServiceSpecificCredentials", String::new()),
        "ListSigningCertificates" => ("Certificates", String::new()),
        "ListUserTags" => ("Tags", String::new()),
        "GetLoginProfile" if user.password => {
            return xml(
                request,
                &format!("<LoginProfile><UserName>{name}</UserName></LoginProfile>"),
            );
        }
        "GetLoginProfile" => return refuse(request, 404, "NoSuchEntity", "there is no password"),
        _ => return unknown(request),
    };
    xml(request, &format!("<{list}>{inner}</{list}><IsTruncated>false</IsTruncated>"))
}
