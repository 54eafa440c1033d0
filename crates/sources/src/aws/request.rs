//! A call as the protocols write it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::endpoint::{Protocol, Service};

/// RFC 3986's unreserved characters stay.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// One call of one operation.
#[derive(Clone, Debug)]
pub(crate) struct Call<'a> {
    /// Who is asked.
    pub(crate) service: Service,
    /// Where; services without regions answer for the partition of this one.
    pub(crate) region: &'a str,
    /// The operation, as `ListAccessKeys`.
    pub(crate) action: &'a str,
    /// Its parameters. Values are texts, numbers, booleans, or lists of them.
    pub(crate) input: &'a Map<String, Value>,
    /// The paging parameter and its value, from the second page on.
    pub(crate) marker: Option<(&'a str, &'a str)>,
}

/// The headers and the body of a call, unsigned.
pub(super) fn write(call: &Call<'_>) -> (Vec<(String, String)>, Vec<u8>) {
    match call.service.protocol() {
        Protocol::Query { version } => {
            let kind = "application/x-www-form-urlencoded; charset=utf-8";
            (vec![("content-type".to_owned(), kind.to_owned())], form(call, version).into_bytes())
        }
        Protocol::Json { target } => {
            let mut input = call.input.clone();
            if let Some((name, value)) = call.marker {
                input.insert(name.to_owned(), Value::from(value));
            }
            let headers = vec![
                ("content-type".to_owned(), "application/x-amz-json-1.1".to_owned()),
                ("x-amz-target".to_owned(), format!("{target}.{}", call.action)),
            ];
            (headers, Value::Object(input).to_string().into_bytes())
        }
    }
}

fn form(call: &Call<'_>, version: &str) -> String {
    let mut body = format!("Action={}&Version={version}", encoded(call.action));
    let mut add = |name: &str, value: &str| {
        body.push_str(&format!("&{}={}", encoded(name), encoded(value)));
    };
    for (name, value) in call.input {
        match value {
            Value::Array(items) => {
                for (n, item) in (1..).zip(items) {
                    add(&format!("{name}.member.{n}"), &plain(item));
                }
            }
            other => add(name, &plain(other)),
        }
    }
    if let Some((name, value)) = call.marker {
        add(name, value);
    }
    body
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn encoded(text: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(text, FORM)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(service: Service, input: &Value, marker: Option<(&str, &str)>) -> String {
        let input = input.as_object().expect("an object");
        let call = Call { service, region: "us-east-1", action: "Do", input, marker };
        String::from_utf8(write(&call).1).expect("text")
    }

    #[test]
    fn forms_escape_and_number_lists() {
        let input = serde_json::json!({"Name": "a b+c/é", "List": ["x", "y"], "Max": 5});
        assert_eq!(
            body(Service::Iam, &input, Some(("Marker", "m=="))),
            "Action=Do&Version=2010-05-08&List.member.1=x&List.member.2=y&Max=5\
             &Name=a%20b%2Bc%2F%C3%A9&Marker=m%3D%3D"
        );
    }

    #[test]
    fn json_carries_the_marker() {
        let input = serde_json::json!({"InstanceArn": "arn"});
        assert_eq!(
            body(Service::Sso, &input, Some(("NextToken", "t"))),
            r#"{"InstanceArn":"arn","NextToken":"t"}"#
        );
    }
}
