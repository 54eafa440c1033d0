//! The use of access that a record tells of, as a row.

use hashbrown::HashMap;
use serde::Deserialize;
use tenure_model::fact::UseOutcome;
use tenure_model::time::Timestamp;
use tenure_model::usage::{Actor, ActorId, EventId, Row, TextId, Texts, UsageRows};

use super::fields::{Fields, flag, is, part, text};
use super::record::{Text, UserIdentity};
use super::scan::Scan;

/// Makes rows. Records of an object name few actors, each in the very same bytes, so those are
/// understood once; and what stood in the record before often stands in the next.
#[derive(Default)]
pub(super) struct Rows<'a> {
    actors: HashMap<&'a str, ActorId>,
    last: [(&'a str, TextId); COLUMNS],
}

/// Columns in which a text is often that of the record before.
const COLUMNS: usize = 6;

impl<'a> Rows<'a> {
    /// The row of a record that happened then; the error is for people.
    pub(super) fn row(
        &mut self,
        fields: &Fields<'a>,
        at: Timestamp,
        rows: &mut UsageRows,
    ) -> Result<Row, String> {
        let actor = match self.actors.get(fields.user_identity) {
            Some(actor) => *actor,
            None => {
                let actor = actor(fields.user_identity, rows)?;
                self.actors.insert(fields.user_identity, actor);
                actor
            }
        };
        let repeating = [
            fields.recipient_account_id,
            fields.aws_region,
            fields.event_source,
            fields.event_name,
            fields.source_ip_address,
            fields.user_agent,
        ];
        for (last, value) in self.last.iter_mut().zip(repeating) {
            if last.0 != value {
                *last = (value, add(value, &mut rows.texts));
            }
        }
        Ok(row(fields, at, actor, self.last.map(|(_, id)| id), rows))
    }
}

#[inline]
fn add(value: &str, texts: &mut Texts) -> TextId {
    text(value).map_or(TextId::NONE, |text| texts.add(&text))
}

fn row(
    fields: &Fields<'_>,
    at: Timestamp,
    actor: ActorId,
    [account, region, service, action, src_ip, user_agent]: [TextId; COLUMNS],
    rows: &mut UsageRows,
) -> Row {
    let session_mfa = rows.actor(actor).session_mfa;
    let texts = &mut rows.texts;
    let error_code = add(fields.error_code, texts);
    let resource = add(resource(fields.resources), texts);
    let sign_in = is_console_login(fields);
    let issued_key = issued_key(fields).map_or(TextId::NONE, |key| texts.add(&key));
    let mut id =
        |value: &str| text(value).map_or_else(EventId::default, |text| EventId::of(&text, texts));
    Row {
        event_id: id(fields.event_id),
        shared_event_id: id(fields.shared_event_id),
        actor,
        account,
        region,
        service,
        action,
        resource,
        error_code,
        src_ip,
        user_agent,
        issued_key,
        outcome: Some(outcome(fields, sign_in)),
        mfa: if sign_in { sign_in_mfa(fields) } else { session_mfa },
        read_only: flag(fields.read_only),
        management: flag(fields.management_event),
        ..Row::at(at)
    }
}

fn actor(identity: &str, rows: &mut UsageRows) -> Result<ActorId, String> {
    if identity.is_empty() {
        return Ok(ActorId::default());
    }
    let identity: Option<UserIdentity<'_>> = serde_json::from_str(identity)
        .map_err(|e| format!("its userIdentity is not what it should be: {e}"))?;
    let identity = identity.unwrap_or_default();
    let texts = &mut rows.texts;
    let mut add = |text: Option<&str>| text.map_or(TextId::NONE, |text| texts.add(text));
    let actor = Actor {
        actor_type: add(identity.kind.get()),
        actor: add(identity.arn.get()),
        actor_id: add(identity.principal_id.get()),
        actor_name: add(identity.user_name.get()),
        credential_key: add(identity.access_key_id.get()),
        session_issuer: add(identity.session_issuer()),
        actor_account: add(identity.account_id.get()),
        invoked_by: add(identity.invoked_by.get()),
        source_identity: add(identity.source_identity()),
        federated: add(identity.federated().as_deref()),
        on_behalf_of: add(identity.on_behalf_of().as_deref()),
        session_mfa: identity.session_mfa(),
    };
    Ok(rows.actor_id(actor))
}

fn is_console_login(fields: &Fields<'_>) -> bool {
    is(fields.event_name, "ConsoleLogin")
}

/// A refused sign-in has no error code; what became of it stands in the response (User Guide, "AWS
/// Management Console sign-in events").
fn outcome(fields: &Fields<'_>, sign_in: bool) -> UseOutcome {
    #[derive(Deserialize)]
    struct Response<'a> {
        #[serde(borrow, default, rename = "ConsoleLogin")]
        console_login: Text<'a>,
    }
    if let Some(code) = text(fields.error_code) {
        return if is_denial(&code) { UseOutcome::Denied } else { UseOutcome::Error };
    }
    let response: Option<Response<'_>> = sign_in.then(|| part(fields.response_elements)).flatten();
    match response.as_ref().and_then(|r| r.console_login.get()) {
        Some("Failure") => UseOutcome::Denied,
        _ => UseOutcome::Success,
    }
}

fn sign_in_mfa(fields: &Fields<'_>) -> Option<bool> {
    #[derive(Deserialize)]
    struct SignIn<'a> {
        #[serde(borrow, default, rename = "MFAUsed")]
        mfa_used: Text<'a>,
    }
    let sign_in: SignIn<'_> = part(fields.additional_event_data)?;
    match sign_in.mfa_used.get()? {
        "Yes" => Some(true),
        "No" => Some(false),
        _ => None,
    }
}

/// `AccessDenied`, `AccessDeniedException`, `UnauthorizedOperation`, `Client.UnauthorizedOperation`.
fn is_denial(code: &str) -> bool {
    let code = code.strip_prefix("Client.").unwrap_or(code);
    code.starts_with("AccessDenied") || code.starts_with("UnauthorizedOperation")
}

/// The first resource that has an ARN, as written.
fn resource(resources: &str) -> &str {
    let mut scan = Scan::new(resources);
    let mut found = "";
    if scan.take(b'[').is_none() {
        return found;
    }
    while found.is_empty() {
        let one = scan.object(|key, value| {
            if key == "ARN" && value != "\"\"" && value != "null" {
                found = value;
            }
        });
        if one.is_none() || scan.take(b',').is_none() {
            break;
        }
    }
    found
}

/// The session key that a call of the Security Token Service returned (STS API Reference,
/// "Credentials").
fn issued_key<'a>(fields: &Fields<'a>) -> Option<std::borrow::Cow<'a, str>> {
    if !is(fields.event_source, "sts.amazonaws.com") {
        return None;
    }
    let mut key = "";
    Scan::new(fields.response_elements).object(|name, value| {
        if name == "credentials" {
            Scan::new(value).object(|name, value| {
                if name == "accessKeyId" {
                    key = value;
                }
            });
        }
    })?;
    text(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_resource_with_an_arn() {
        let resources =
            r#"[{"type":"x"},{"ARN":""},{"accountId":"1","ARN":"arn:a"},{"ARN":"arn:b"}]"#;
        assert_eq!(resource(resources), "\"arn:a\"");
        for none in ["", "null", "[]", "[1]", "{}"] {
            assert_eq!(resource(none), "", "{none}");
        }
    }

    #[test]
    fn a_session_key_is_found_in_the_answer() {
        let fields = Fields {
            event_source: "\"sts.amazonaws.com\"",
            response_elements: r#"{"credentials":{"sessionToken":"t","accessKeyId":"ASIAX"},"x":1}"#,
            ..Fields::default()
        };
        assert_eq!(issued_key(&fields).as_deref(), Some("ASIAX"));
    }
}
