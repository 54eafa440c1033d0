//! IAM Identity Center: its users and groups, its permission sets, and who has which set in which
//! account. Principals are ARNs as in the Service Authorization Reference
//! (`arn:aws:identitystore:::user/<id>`).

use tenure_model::fact::{Change, Fact};
use tenure_model::tables::TableId;

use super::answer::Content;
use super::facts::{Cx, without_created};
use super::model::{Assignment, CenterUser, PermissionSet};

const USER: &str = "identity-center-user";

pub(super) fn facts(cx: Cx<'_>, content: &Content) -> Option<Vec<Fact>> {
    Some(match content {
        Content::CenterUsers(users) => users.iter().filter_map(|u| user(cx, u)).collect(),
        Content::CenterGroups(groups) => groups
            .iter()
            .filter_map(|group| {
                let (id, name) = (group.group_id.get()?, group.display_name.get());
                Some(group_right(id, cx.seen()).with_some("name", name))
            })
            .collect(),
        Content::CenterMemberships(memberships) => memberships
            .iter()
            .filter_map(|membership| {
                let member = membership.member_id.0.as_ref()?.user_id.get()?;
                Some(member_of(cx, member, membership.group_id.get()?))
            })
            .flatten()
            .collect(),
        Content::Sets(arns) => arns.iter().map(|arn| set_right(cx, arn, cx.seen())).collect(),
        Content::Set(set) => permission_set(cx, set),
        Content::SetPolicies { set, .. } | Content::SetInline { set, .. } => {
            vec![set_right(cx, set, cx.seen())]
        }
        Content::Assignments(assignments) => {
            assignments.iter().filter_map(|a| assignment(cx, a)).flatten().collect()
        }
        _ => return None,
    })
}

fn user(cx: Cx<'_>, user: &CenterUser) -> Option<Fact> {
    let arn = principal("user", user.user_id.get()?);
    let primary = user.emails.0.iter().find(|email| email.primary.0 == Some(true));
    let email = primary.or(user.emails.0.first()).and_then(|email| email.value.get());
    let status = match user.user_status.get() {
        Some("DISABLED") => Some("disabled"),
        Some("ENABLED") => Some("active"),
        _ => None,
    };
    let fact = Fact::new(TableId::Identities, USER, arn, cx.seen())
        .with("kind", "human")
        .with("kind_basis", "it is a user of IAM Identity Center")
        .with_some("login", user.user_name.get())
        .with_some("display_name", user.display_name.get())
        .with_some("email", email)
        .with_some("status", status);
    Some(fact)
}

fn member_of(cx: Cx<'_>, user: &str, group: &str) -> [Fact; 2] {
    let right = group_right(group, cx.seen());
    let grant = grant(cx, "user", user, &right);
    [right, grant]
}

fn group_right(id: &str, change: Change) -> Fact {
    let arn = principal("group", id);
    Fact::new(TableId::Entitlements, "identity-center-group", arn.as_str(), change)
        .with("purpose", "membership")
        .with("resource", arn)
}

fn permission_set(cx: Cx<'_>, set: &PermissionSet) -> Vec<Fact> {
    let Some(arn) = set.permission_set_arn.get() else { return Vec::new() };
    let mut facts = without_created(cx.lived(
        set.created_date.0,
        |change| Fact::new(TableId::Entitlements, "permission-set", set_id(arn), change),
        |_| set_right(cx, arn, cx.seen()),
    ));
    facts.extend(set.session_duration.get().map(|duration| {
        super::settings::setting(cx, "permission-set", arn, "SessionDuration", duration)
    }));
    facts
}

fn set_id(arn: &str) -> String {
    format!("permission-set:{arn}")
}

/// A permission set, as a right in whatever account it is assigned.
fn set_right(cx: Cx<'_>, arn: &str, change: Change) -> Fact {
    let right = Fact::new(TableId::Entitlements, "permission-set", set_id(arn), change)
        .with("purpose", "permission");
    reach(cx, arn, right)
}

fn reach(cx: Cx<'_>, arn: &str, right: Fact) -> Fact {
    let Some(info) = cx.world.sets.get(arn) else { return right };
    let right = right.with_some("name", info.name.as_deref());
    if info.admin { right.with("level", "admin").with("privileged", true) } else { right }
}

/// The set in one account, and who has it there.
fn assignment(cx: Cx<'_>, assignment: &Assignment) -> Option<[Fact; 2]> {
    let (set, account) = (assignment.permission_set_arn.get()?, assignment.account_id.get()?);
    let kind = match assignment.principal_type.get()? {
        "USER" => "user",
        "GROUP" => "group",
        _ => return None,
    };
    let id = format!("{}@{account}", set_id(set));
    let right = Fact::new(TableId::Entitlements, "account-assignment", id, cx.seen())
        .with("purpose", "assignment")
        .with("resource", account);
    let right = reach(cx, set, right);
    let grant = grant(cx, kind, assignment.principal_id.get()?, &right);
    Some([right, grant])
}

fn grant(cx: Cx<'_>, kind: &str, id: &str, right: &Fact) -> Fact {
    let holder = principal(kind, id);
    let identity = (kind == "user").then(|| format!("{USER}/{holder}"));
    let path = if kind == "group" { "group" } else { "direct" };
    let grant = format!("{holder}|{}", right.native_id);
    Fact::new(TableId::Grants, "identity-center-grant", grant, cx.seen())
        .with_some("identity_id", identity)
        .with("entitlement_id", format!("{}/{}", right.native_type, right.native_id))
        .with("principal", holder)
        .with("entitlement", right.native_id.as_str())
        .with("path_kind", path)
}

fn principal(kind: &str, id: &str) -> String {
    format!("arn:aws:identitystore:::{kind}/{id}")
}
