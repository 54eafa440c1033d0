//! The use of access that a request is, as a row.

use tenure_model::fact::UseOutcome;
use tenure_model::usage::{Actor, EventId, Row, TextId, UsageRows};

use super::event::Event;

/// What authentication says of the credential: `JTI=…` or `X509SHA256=…`.
const CREDENTIAL_ID: &str = "authentication.kubernetes.io/credential-id";
/// The same for the token that a request made.
pub(super) const ISSUED_ID: &str = "authentication.kubernetes.io/issued-credential-id";
const POD: &str = "authentication.kubernetes.io/pod-name";
const DECISION: &str = "authorization.k8s.io/decision";

pub(super) fn row(event: &Event<'_>, rows: &mut UsageRows) -> Row {
    let texts = &mut rows.texts;
    let mut add = |text: Option<&str>| text.map_or(TextId::NONE, |text| texts.add(text));
    // Amazon EKS tells the AWS key and role behind a user instead.
    let key = event.extra(CREDENTIAL_ID).or_else(|| event.extra("accessKeyId"));
    let actor = Actor {
        actor_type: add(event.user().map(kind_of)),
        actor: add(event.user()),
        actor_id: add(event.text("/user/uid")),
        actor_name: add(event.extra(POD).or_else(|| event.extra("sessionName"))),
        credential_key: add(key),
        session_issuer: add(event.extra("canonicalArn")),
        federated: add(event.extra("arn")),
        on_behalf_of: add(event.text("/impersonatedUser/username")),
        ..Actor::default()
    };
    let code = event.code().filter(|code| *code >= 400).map(|code| code.to_string());
    let group = event.text("/objectRef/apiGroup");
    let resource = resource(event);
    let row = Row {
        account: add(event.text("/objectRef/namespace")),
        service: add(group.or_else(|| (!event.resource().is_empty()).then_some("core"))),
        action: add(Some(&action(event))),
        resource: add(resource.as_deref()),
        error_code: add(code.as_deref()),
        src_ip: add(event.address()),
        user_agent: add(event.text("/userAgent")),
        issued_key: add(event.annotation(ISSUED_ID)),
        outcome: outcome(event),
        read_only: Some(is_read_only(event)),
        ..Row::at(event.at)
    };
    let event_id = EventId::of(event.id(), texts);
    Row { event_id, actor: rows.actor_id(actor), ..row }
}

/// Who that is, by the prefixes that Kubernetes keeps for itself.
pub(super) fn kind_of(user: &str) -> &'static str {
    if user.starts_with("system:serviceaccount:") {
        "service-account"
    } else if user.starts_with("system:node:") {
        "node"
    } else if user == "system:anonymous" {
        "anonymous"
    } else if user.starts_with("system:") {
        "system"
    } else {
        "user"
    }
}

/// `create rolebindings`, `create pods/exec`; of what is no resource, the path.
fn action(event: &Event<'_>) -> String {
    let verb = event.verb;
    match (event.resource(), event.subresource()) {
        ("", _) => {
            let uri = event.text("/requestURI").unwrap_or_default();
            format!("{verb} {}", uri.split('?').next().unwrap_or_default())
        }
        (resource, "") => format!("{verb} {resource}"),
        (resource, subresource) => format!("{verb} {resource}/{subresource}"),
    }
}

fn resource(event: &Event<'_>) -> Option<String> {
    if event.resource().is_empty() {
        return event.text("/requestURI").map(str::to_owned);
    }
    let mut path = String::new();
    if let Some(namespace) = event.text("/objectRef/namespace") {
        path = format!("namespaces/{namespace}/");
    }
    path += event.resource();
    if let Some(name) = event.text("/objectRef/name") {
        path = format!("{path}/{name}");
    }
    Some(path)
}

fn outcome(event: &Event<'_>) -> Option<UseOutcome> {
    match event.code() {
        Some(401 | 403) => Some(UseOutcome::Denied),
        _ if event.annotation(DECISION) == Some("forbid") => Some(UseOutcome::Denied),
        // 101 is a connection that was opened, as for exec.
        Some(100..=399) => Some(UseOutcome::Success),
        Some(_) => Some(UseOutcome::Error),
        None => None,
    }
}

/// Running commands, and reaching through a proxy, reads nothing, whatever the verb.
fn is_read_only(event: &Event<'_>) -> bool {
    matches!(event.verb, "get" | "list" | "watch" | "head" | "options")
        && !matches!(event.subresource(), "exec" | "attach" | "portforward" | "proxy")
}
