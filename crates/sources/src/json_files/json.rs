//! Parts of JSON values, where absent, null and empty are the same: not said.

use serde_json::Value;
use tenure_model::time::Timestamp;

/// A text, by its JSON pointer (RFC 6901).
pub(crate) fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer)?.as_str().filter(|text| !text.is_empty())
}

/// A text, or a number as text: APIs and logs write some ids both ways.
pub(crate) fn id(value: &Value, pointer: &str) -> Option<String> {
    match value.pointer(pointer)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Yes or no.
pub(crate) fn flag(value: &Value, pointer: &str) -> Option<bool> {
    value.pointer(pointer)?.as_bool()
}

/// An instant with its zone; any other text is not said.
pub(crate) fn time(value: &Value, pointer: &str) -> Option<Timestamp> {
    text(value, pointer)?.parse().ok()
}

/// The elements of a list; none when there is no list.
pub(crate) fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// An argument of a request, percent-encoding undone.
pub(crate) fn argument(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let value = query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key == name).then_some(value)
    })?;
    let text = value.replace('+', " ");
    Some(percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned())
}

/// The parts of a request's path.
pub(crate) fn parts(url: &str) -> Vec<&str> {
    let path = url.split('?').next().unwrap_or_default();
    path.split('/').filter(|part| !part.is_empty()).collect()
}

/// The part of a link that follows `name`, e.g. the id in `…/groups/00g1/users`.
pub(crate) fn after<'l>(link: &'l str, name: &str) -> Option<&'l str> {
    let mut parts = link.split('?').next()?.split('/');
    parts.find(|part| *part == name)?;
    parts.next().filter(|part| !part.is_empty())
}
