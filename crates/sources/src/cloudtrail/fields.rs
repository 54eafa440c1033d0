//! The members of a record that are asked for, as written. Names as in the CloudTrail User Guide,
//! "CloudTrail record contents".

use std::borrow::Cow;

use super::habit::Habit;
use super::record::Text;
use super::scan::Scan;

/// Values as written in JSON; empty where the record has no such member.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fields<'a> {
    pub(super) event_id: &'a str,
    pub(super) event_time: &'a str,
    pub(super) event_source: &'a str,
    pub(super) event_name: &'a str,
    pub(super) event_category: &'a str,
    pub(super) aws_region: &'a str,
    pub(super) source_ip_address: &'a str,
    pub(super) user_agent: &'a str,
    pub(super) error_code: &'a str,
    pub(super) recipient_account_id: &'a str,
    pub(super) read_only: &'a str,
    pub(super) management_event: &'a str,
    pub(super) shared_event_id: &'a str,
    pub(super) user_identity: &'a str,
    pub(super) request_parameters: &'a str,
    pub(super) response_elements: &'a str,
    pub(super) additional_event_data: &'a str,
    pub(super) resources: &'a str,
    /// Only digest files have it.
    pub(super) digest_object: &'a str,
    /// Only lists of public keys have it.
    pub(super) public_keys: &'a str,
    /// Only what `aws s3api head-object` prints has it.
    pub(super) metadata: &'a str,
    /// Whether one of these is named twice, so that nobody can say which counts.
    pub(super) twice: bool,
    /// Whether no text of the record's own members has escapes.
    pub(super) plain: bool,
}

/// One of the members that are asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Member {
    EventId,
    ReadOnly,
    Metadata,
    EventTime,
    EventName,
    AwsRegion,
    UserAgent,
    ErrorCode,
    Resources,
    EventSource,
    UserIdentity,
    EventCategory,
    SharedEventId,
    PublicKeys,
    DigestObject,
    SourceIpAddress,
    ManagementEvent,
    ResponseElements,
    RequestParameters,
    RecipientAccountId,
    AdditionalEventData,
}

impl<'a> Fields<'a> {
    /// Steps over a record; gives the record and its members. `None` where it is not plainly well
    /// formed.
    pub(super) fn scan(scan: &mut Scan<'a>) -> Option<(&'a str, Self)> {
        let mut fields = Self::default();
        fields.next(scan, &mut Habit::default()).map(|record| (record, fields))
    }

    /// As [`Self::scan`], of a record that probably names its members as those before.
    #[inline]
    pub(super) fn next(&mut self, scan: &mut Scan<'a>, habit: &mut Habit) -> Option<&'a str> {
        *self = Self::default();
        habit.begin();
        let mut twice = false;
        let record = scan.members(
            |scan| habit.name(scan),
            |name, value| {
                if let Some(member) = name {
                    let field = self.member(member);
                    twice |= !field.is_empty();
                    *field = value;
                }
            },
        )?;
        self.twice = twice;
        self.plain = !scan.escaped_text();
        Some(record)
    }

    /// The text of one of the members, as [`text`] gives it.
    #[inline]
    pub(super) fn text(&self, member: &'a str) -> Option<Cow<'a, str>> {
        if self.plain { plain(member) } else { text(member) }
    }

    /// Whether one of the members is this text.
    #[inline]
    pub(super) fn is(&self, member: &'a str, expected: &str) -> bool {
        self.text(member).as_deref() == Some(expected)
    }

    #[inline]
    const fn member(&mut self, member: Member) -> &mut &'a str {
        match member {
            Member::EventId => &mut self.event_id,
            Member::ReadOnly => &mut self.read_only,
            Member::Metadata => &mut self.metadata,
            Member::EventTime => &mut self.event_time,
            Member::EventName => &mut self.event_name,
            Member::AwsRegion => &mut self.aws_region,
            Member::UserAgent => &mut self.user_agent,
            Member::ErrorCode => &mut self.error_code,
            Member::Resources => &mut self.resources,
            Member::EventSource => &mut self.event_source,
            Member::UserIdentity => &mut self.user_identity,
            Member::EventCategory => &mut self.event_category,
            Member::SharedEventId => &mut self.shared_event_id,
            Member::PublicKeys => &mut self.public_keys,
            Member::DigestObject => &mut self.digest_object,
            Member::SourceIpAddress => &mut self.source_ip_address,
            Member::ManagementEvent => &mut self.management_event,
            Member::ResponseElements => &mut self.response_elements,
            Member::RequestParameters => &mut self.request_parameters,
            Member::RecipientAccountId => &mut self.recipient_account_id,
            Member::AdditionalEventData => &mut self.additional_event_data,
        }
    }
}

impl Member {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "eventID" => Self::EventId,
            "readOnly" => Self::ReadOnly,
            "Metadata" => Self::Metadata,
            "eventTime" => Self::EventTime,
            "eventName" => Self::EventName,
            "awsRegion" => Self::AwsRegion,
            "userAgent" => Self::UserAgent,
            "errorCode" => Self::ErrorCode,
            "resources" => Self::Resources,
            "eventSource" => Self::EventSource,
            "userIdentity" => Self::UserIdentity,
            "eventCategory" => Self::EventCategory,
            "sharedEventID" => Self::SharedEventId,
            "PublicKeyList" => Self::PublicKeys,
            "digestS3Object" => Self::DigestObject,
            "sourceIPAddress" => Self::SourceIpAddress,
            "managementEvent" => Self::ManagementEvent,
            "responseElements" => Self::ResponseElements,
            "requestParameters" => Self::RequestParameters,
            "recipientAccountId" => Self::RecipientAccountId,
            "additionalEventData" => Self::AdditionalEventData,
            _ => return None,
        })
    }
}

/// The text of a value as written: of strings without escapes, the bytes themselves. Absent, null
/// and empty are all "not said", as is what is neither text, number nor flag.
#[inline]
pub(super) fn text(value: &str) -> Option<Cow<'_, str>> {
    match value.as_bytes() {
        [] | b"null" | b"\"\"" => None,
        b"true" | b"false" => Some(Cow::Borrowed(value)),
        [b'"', inner @ .., b'"'] if memchr::memchr(b'\\', inner).is_none() => {
            Some(Cow::Borrowed(&value[1..value.len() - 1]))
        }
        _ => {
            let text: Text<'_> = serde_json::from_str(value).ok()?;
            text.get().map(|text| Cow::Owned(text.to_owned()))
        }
    }
}

/// As [`text`], of a value that has no escapes if it is text.
#[inline]
pub(super) fn plain(value: &str) -> Option<Cow<'_, str>> {
    match value.as_bytes() {
        [b'"', _, .., b'"'] => Some(Cow::Borrowed(&value[1..value.len() - 1])),
        _ => text(value),
    }
}

/// Whether a value as written is this text.
pub(super) fn is(value: &str, expected: &str) -> bool {
    text(value).as_deref() == Some(expected)
}

/// A flag, written as one or as text.
#[inline]
pub(super) fn flag(value: &str) -> Option<bool> {
    match value {
        "true" => Some(true),
        "false" => Some(false),
        "" => None,
        _ => text(value)?.parse().ok(),
    }
}

/// A part of a record in a shape that it may or may not have.
pub(super) fn part<'a, T: serde::Deserialize<'a>>(value: &'a str) -> Option<T> {
    serde_json::from_str(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_what_a_parser_says() {
        for (value, expected) in [
            ("\"a\"", Some("a")),
            ("\"a\\u0062\\\"\"", Some("ab\"")),
            ("\"\"", None),
            ("null", None),
            ("", None),
            ("true", Some("true")),
            ("17", Some("17")),
            ("{\"a\":1}", None),
            ("[\"a\"]", None),
        ] {
            assert_eq!(text(value).as_deref(), expected, "{value}");
        }
        assert_eq!(flag("false"), Some(false));
        assert_eq!(flag("\"false\""), Some(false));
        assert_eq!(flag("\"perhaps\""), None);
    }

    #[test]
    fn escapes_in_one_member_do_not_hide_in_another() {
        for (record, expected) in [
            (r#"{"eventName":"a\u0062","eventID":"x"}"#, "ab"),
            (r#"{"eventID":"x","eventName":"ab"}"#, "ab"),
            (r#"{"eventName":"ab","x":"\u0062","y":{"z":"\u0062"}}"#, "ab"),
            (r#"{"eventName":"a\\b","x":["c"]}"#, "a\\b"),
        ] {
            let (_, fields) = Fields::scan(&mut Scan::new(record)).expect("a record");
            assert_eq!(fields.text(fields.event_name).as_deref(), Some(expected), "{record}");
            assert!(fields.is(fields.event_name, expected), "{record}");
        }
    }

    #[test]
    fn a_member_named_twice_is_noticed() {
        let twice = |text: &str| Fields::scan(&mut Scan::new(text)).map(|(_, f)| f.twice);
        assert_eq!(twice("{\"eventID\":\"a\",\"x\":1,\"x\":2}"), Some(false));
        assert_eq!(twice("{\"eventID\":\"a\",\"eventID\":\"b\"}"), Some(true));
    }
}
