//! Canonical JSON (RFC 8785) of what entries usually hold: texts, whole numbers, and objects with
//! ASCII names. It is many times faster than the general way, which sorts every object's members
//! after writing each into memory of its own. What needs more than this is left to that.

use std::io::Write as _;

use serde_json::{Map, Value};

/// Appends a value. `None` when it needs the general way; what was appended is then worthless.
pub(crate) fn push(value: &Value, out: &mut Vec<u8>) -> Option<()> {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => push_number(number, out),
            (None, Some(number)) => {
                out.push(b'-');
                push_number(number.unsigned_abs(), out);
            }
            // Doubles are written as ECMAScript does.
            (None, None) => return None,
        },
        Value::String(text) => push_text(text, out),
        Value::Array(items) => {
            out.push(b'[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    out.push(b',');
                }
                push(item, out)?;
            }
            out.push(b']');
        }
        Value::Object(members) => push_object(members, out)?,
    }
    Some(())
}

fn push_object(members: &Map<String, Value>, out: &mut Vec<u8>) -> Option<()> {
    out.push(b'{');
    let mut before: Option<&String> = None;
    for (name, value) in members {
        // Names are in the order of their UTF-16 units; among ASCII that is the order of bytes.
        if !name.is_ascii() || before.is_some_and(|before| before >= name) {
            return None;
        }
        if before.is_some() {
            out.push(b',');
        }
        push_text(name, out);
        out.push(b':');
        push(value, out)?;
        before = Some(name);
    }
    out.push(b'}');
    Some(())
}

/// Appends a whole number up to 2^53, as every JSON reader understands it.
pub(crate) fn push_number(number: u64, out: &mut Vec<u8>) {
    write!(out, "{number}").expect("memory takes bytes");
}

/// Appends a text between quotation marks (RFC 8785, section 3.2.2.2).
pub(crate) fn push_text(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    out.push(b'"');
    let mut done = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if *byte >= 0x20 && *byte != b'"' && *byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[done..at]);
        done = at + 1;
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            0x08 => out.extend_from_slice(b"\\b"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            0x0c => out.extend_from_slice(b"\\f"),
            b'\r' => out.extend_from_slice(b"\\r"),
            control => write!(out, "\\u{control:04x}").expect("memory takes bytes"),
        }
    }
    out.extend_from_slice(&bytes[done..]);
    out.push(b'"');
}
