//! The use of access that a record tells of, as a row.

use std::borrow::Cow;

use hashbrown::HashMap;
use serde::Deserialize;
use tenure_model::fact::UseOutcome;
use tenure_model::time::Timestamp;
use tenure_model::usage::{Actor, ActorId, EventId, Row, TextId, Texts, UsageRows};

use super::fields::{Fields, flag, part, plain, text};
use super::record::{Text, UserIdentity};
use super::scan::Scan;
use super::trail;

/// Makes rows. Records of an object name few actors, each in the very same bytes, so those are
/// understood once; and what stood in the record before often stands in the next.
#[derive(Default)]
pub(super) struct Rows<'a> {
    actors: HashMap<&'a str, Who>,
    /// Those met last, by the length of what names them.
    last_actors: [(&'a str, Who); LENGTHS],
    /// Texts met last in each column, by their length.
    last: [[(&'a str, TextId); LENGTHS]; COLUMNS],
}

/// An actor, as often as the object names them.
#[derive(Clone, Copy, Default)]
struct Who {
    actor: ActorId,
    /// Whether it is CloudTrail itself, which delivers objects.
    delivers: bool,
}

/// Columns in which a text is often that of a record shortly before.
const COLUMNS: usize = 6;
/// Two services often take turns; their texts are mostly of other lengths.
const LENGTHS: usize = 8;

impl<'a> Rows<'a> {
    /// The row of a record that happened then, and whether CloudTrail itself did it; the error is
    /// for people.
    pub(super) fn row(
        &mut self,
        fields: &Fields<'a>,
        at: Timestamp,
        rows: &mut UsageRows,
    ) -> Result<(Row, bool), String> {
        let Who { actor, delivers } = self.who(fields.user_identity, rows)?;
        let repeating = [
            fields.recipient_account_id,
            fields.aws_region,
            fields.event_source,
            fields.event_name,
            fields.source_ip_address,
            fields.user_agent,
        ];
        let mut ids = [TextId::NONE; COLUMNS];
        for ((id, lasts), value) in ids.iter_mut().zip(&mut self.last).zip(repeating) {
            let last = &mut lasts[value.len() % LENGTHS];
            if last.0 != value {
                *last = (value, add(fields.text(value), &mut rows.texts));
            }
            *id = last.1;
        }
        Ok((row(fields, at, actor, ids, rows), delivers))
    }

    fn who(&mut self, identity: &'a str, rows: &mut UsageRows) -> Result<Who, String> {
        let last = &mut self.last_actors[identity.len() % LENGTHS];
        if last.0 != identity {
            let who = match self.actors.get(identity) {
                Some(who) => *who,
                None => {
                    let delivers = trail::is_cloudtrail(identity);
                    let who = Who { actor: actor(identity, rows)?, delivers };
                    self.actors.insert(identity, who);
                    who
                }
            };
            *last = (identity, who);
        }
        Ok(last.1)
    }
}

#[inline]
fn add(text: Option<Cow<'_, str>>, texts: &mut Texts) -> TextId {
    text.map_or(TextId::NONE, |text| texts.add(&text))
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
    let error_code = add(fields.text(fields.error_code), texts);
    // Few resources of an object are the same.
    let resource = resource(fields.resources).map_or(TextId::NONE, |text| texts.append(&text));
    let sign_in = is_console_login(fields);
    let issued_key = add(issued_key(fields), texts);
    let mut id =
        |value| fields.text(value).map_or_else(EventId::default, |text| EventId::of(&text, texts));
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
    fields.is(fields.event_name, "ConsoleLogin")
}

/// A refused sign-in has no error code; what became of it stands in the response (User Guide, "AWS
/// Management Console sign-in events").
fn outcome(fields: &Fields<'_>, sign_in: bool) -> UseOutcome {
    #[derive(Deserialize)]
    struct Response<'a> {
        #[serde(borrow, default, rename = "ConsoleLogin")]
        console_login: Text<'a>,
    }
    if let Some(code) = fields.text(fields.error_code) {
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

/// The first ARN that a resource has.
fn resource(resources: &str) -> Option<Cow<'_, str>> {
    let mut scan = Scan::new(resources);
    scan.take(b'[')?;
    let mut found = "";
    loop {
        let one = scan.object(|key, value| {
            if key == "ARN" && value != "\"\"" && value != "null" {
                found = value;
            }
        });
        if !found.is_empty() {
            return if scan.escaped_text() { text(found) } else { plain(found) };
        }
        one?;
        scan.take(b',')?;
    }
}

/// The session key that a call of the Security Token Service returned (STS API Reference,
/// "Credentials").
fn issued_key<'a>(fields: &Fields<'a>) -> Option<Cow<'a, str>> {
    if !fields.is(fields.event_source, "sts.amazonaws.com") {
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
        assert_eq!(resource(resources).as_deref(), Some("arn:a"));
        assert_eq!(resource(r#"[{"ARN":"arn:\u0061"}]"#).as_deref(), Some("arn:a"));
        for none in ["", "null", "[]", "[1]", "{}", r#"[{"ARN":null}]"#] {
            assert_eq!(resource(none), None, "{none}");
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
