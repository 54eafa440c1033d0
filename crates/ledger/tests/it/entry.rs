use proptest::prelude::*;
use serde_json::{Map, Number, Value, json};
use tenure_ledger::entry::{MAX_ENTRY_BYTES, MAX_INTEGER};
use tenure_ledger::{Entry, EntryError, NewEntry};
use tenure_model::Timestamp;

use crate::support::new_entry;

fn with_body(body: Value) -> Entry {
    NewEntry { body, ..new_entry("s", 1) }.into()
}

#[test]
fn the_bytes_are_canonical_json() {
    let new = NewEntry {
        kind: "run".to_owned(),
        at: "2025-07-01T10:00:00.5Z".parse().expect("an instant"),
        actor: "é\u{1}\"".to_owned(),
        stream: "runs/k8s".to_owned(),
        rev: 3,
        body: json!({"b": [1.0, 1e30, -0.0], "a": {"€": null, "\r": true}}),
    };
    let wanted = "{\"actor\":\"é\\u0001\\\"\",\"at\":\"2025-07-01T10:00:00.5Z\",\
                  \"body\":{\"a\":{\"\\r\":true,\"€\":null},\"b\":[1,1e+30,0]},\
                  \"kind\":\"run\",\"rev\":3,\"stream\":\"runs/k8s\",\"v\":1}";
    assert!(matches!(Entry::from(new.clone()).to_bytes(), Err(EntryError::Number(_))));
    let exact =
        NewEntry { body: json!({"b": [1.0, 0.5, -0.0], "a": {"€": null, "\r": true}}), ..new };
    let bytes = Entry::from(exact).to_bytes().expect("an entry");
    assert_eq!(String::from_utf8(bytes).expect("UTF-8"), wanted.replace("1e+30", "0.5"));
}

#[test]
fn what_does_not_fit_belongs_in_a_blob() {
    let text = |length| with_body(Value::String("x".repeat(length)));
    let overhead = text(0).to_bytes().expect("an entry").len();
    let largest = text(MAX_ENTRY_BYTES - overhead);
    assert_eq!(largest.to_bytes().expect("it fits").len(), MAX_ENTRY_BYTES);
    let error = text(MAX_ENTRY_BYTES - overhead + 1).to_bytes().expect_err("one byte too many");
    assert!(matches!(error, EntryError::TooLarge { bytes: 65_536 }));
    assert!(error.to_string().contains("blob"), "{error}");
}

#[test]
fn numbers_that_json_would_round_are_refused() {
    let exact = [json!(MAX_INTEGER), json!(-9_007_199_254_740_991_i64), json!(0.1)];
    let rounded =
        [json!(MAX_INTEGER + 1), json!(MAX_INTEGER + 2), json!(u64::MAX), json!(i64::MIN)];
    for number in exact {
        let entry = with_body(number);
        let bytes = entry.to_bytes().expect("an exact number");
        assert_eq!(Entry::from_bytes(&bytes).expect("an entry"), entry);
    }
    for number in rounded {
        assert!(matches!(with_body(number).to_bytes(), Err(EntryError::Number(_))));
    }
    let rev = Entry { rev: MAX_INTEGER + 1, ..with_body(Value::Null) };
    assert!(matches!(rev.to_bytes(), Err(EntryError::Number(_))));
}

#[test]
fn unusable_entries_are_refused() {
    let entry = with_body(Value::Null);
    let empty = Entry { actor: String::new(), ..entry.clone() };
    assert!(matches!(empty.to_bytes(), Err(EntryError::Empty("actor"))));
    let version = Entry { v: 2, ..entry.clone() };
    assert!(matches!(version.to_bytes(), Err(EntryError::Version(2))));
    for micros in [i64::MAX, i64::MIN, -62_167_219_200_000_001] {
        let time = Entry { at: Timestamp::from_micros(micros), ..entry.clone() };
        assert!(matches!(time.to_bytes(), Err(EntryError::Time)));
    }
    let deep = (0..101).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
    assert!(matches!(with_body(deep).to_bytes(), Err(EntryError::Depth)));
}

#[test]
fn only_the_canonical_spelling_is_read() {
    let bytes = with_body(json!({"a": 1, "b": "é"})).to_bytes().expect("an entry");
    let text = String::from_utf8(bytes).expect("UTF-8");
    assert!(Entry::from_bytes(text.as_bytes()).is_ok());
    let changes = [
        (",\"rev\"", ", \"rev\""),
        ("é", "\\u00e9"),
        ("\"a\":1", "\"a\":1.0"),
        ("\"a\":1", "\"a\":0,\"a\":1"),
        ("\"v\":1", "\"v\":1,\"x\":1"),
        ("\"rev\":1", "\"rev\":1e0"),
        ("Z\"", "+00:00\""),
        (",\"v\":1", ""),
    ];
    for (from, to) in changes {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        assert!(Entry::from_bytes(changed.as_bytes()).is_err(), "{changed}");
    }
    assert!(Entry::from_bytes(format!("{text}\n").as_bytes()).is_err());
}

pub(crate) fn json_value() -> impl Strategy<Value = Value> {
    let integer = -(MAX_INTEGER.cast_signed())..=MAX_INTEGER.cast_signed();
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        integer.prop_map(Value::from),
        (-1e9..1e9).prop_map(|float| Number::from_f64(float).map_or(Value::Null, Value::Number)),
        any::<String>().prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn encoding_round_trips(
        body in json_value(),
        text in any::<(String, String, String)>(),
        seconds in -62_000_000_000_i64..253_000_000_000,
        micros in 0_i64..1_000_000,
        rev in 0..=MAX_INTEGER,
    ) {
        let entry = Entry::from(NewEntry {
            kind: format!("k{}", text.0),
            at: Timestamp::from_seconds(seconds).plus_micros(micros),
            actor: format!("a{}", text.1),
            stream: format!("s{}", text.2),
            rev,
            body,
        });
        let bytes = entry.to_bytes().expect("an entry");
        let read = Entry::from_bytes(&bytes).expect("it reads back");
        prop_assert_eq!(read.to_bytes().expect("an entry"), bytes);
        prop_assert_eq!((read.kind, read.at, read.actor), (entry.kind, entry.at, entry.actor));
        prop_assert_eq!((read.stream, read.rev), (entry.stream, entry.rev));
    }
}
