use proptest::prelude::*;
use tenure_model::Timestamp;
use tenure_model::fact::{Attrs, Basis, Change, Fact, Value};
use tenure_model::tables::TableId;

use super::*;

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<String>().prop_map(Value::Text),
        any::<i64>().prop_map(Value::Int),
        any::<bool>().prop_map(Value::Bool),
        (-9_999_999_999_i64..9_999_999_999)
            .prop_map(|seconds| Value::Time(Timestamp::from_seconds(seconds))),
        Just(Value::Empty),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    let at = (0_i64..4_000_000_000_000_000).prop_map(Timestamp::from_micros);
    (0_u8..4, at).prop_map(|(change, at)| match change {
        0 => Change::Begun { at, basis: Basis::SourceAttribute },
        1 => Change::Seen { at },
        2 => Change::Absent { at },
        _ => Change::Ended { at, basis: Basis::Event },
    })
}

fn fact() -> impl Strategy<Value = Fact> {
    let table = proptest::sample::select(TableId::ALL);
    let attrs = proptest::collection::btree_map(any::<String>(), value(), 0..5);
    (table, any::<String>(), any::<String>(), change(), attrs).prop_map(
        |(table, native_type, native_id, change, attrs)| {
            let attrs = attrs.into_iter().map(|(name, value)| (name.into(), value)).collect();
            Fact { attrs, ..Fact::new(table, native_type, native_id, change) }
        },
    )
}

/// The fact as it was before it was written.
fn kept(told: &ToldFact<'_>) -> Fact {
    let value = |said: &Said<'_>| match said {
        Said::Text(text) => Value::Text(text.to_string()),
        Said::Int(number) => Value::Int(*number),
        Said::Bool(flag) => Value::Bool(*flag),
        Said::Time(at) => Value::Time(*at),
        Said::Empty => Value::Empty,
    };
    let attrs = told.attrs.iter().map(|(name, said)| (name.to_owned().into(), value(said)));
    let (native_type, native_id) = (told.native_type.to_string(), told.native_id.to_string());
    Fact {
        attrs: attrs.collect::<Attrs>(),
        ..Fact::new(told.table, native_type, native_id, told.change)
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(record in any::<u64>(), fact in fact()) {
        let line = serde_json::to_vec(&Line::Fact(record, fact.clone())).expect("a line");
        let Ok(Told::Fact(read, told)) = serde_json::from_slice(&line) else {
            panic!("{} is not a fact", String::from_utf8_lossy(&line));
        };
        prop_assert_eq!((read, kept(&told)), (record, fact));
    }

    #[test]
    fn a_damaged_line_is_refused_or_another_line(
        fact in fact(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut line = serde_json::to_vec(&Line::Fact(1, fact)).expect("a line");
        let at = at.index(line.len());
        line[at] = byte;
        let told: Result<Told<'_>, _> = serde_json::from_slice(&line);
        let whole: Result<Line, _> = serde_json::from_slice(&line);
        prop_assert_eq!(told.is_ok(), whole.is_ok());
    }
}

#[test]
fn a_fact_that_does_not_fit_is_told_with_its_line() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("1.jsonl.zst");
    let mut writer = FactsWriter::create(&path, "lab").expect("a writer");
    let seen = Change::Seen { at: Timestamp::from_seconds(1) };
    let fact = Fact::new(TableId::Grants, "member", "a", seen);
    writer.line(&Line::Fact(1, fact)).expect("a line");
    writer.finish_as(&path).expect("a file");
    let refused = read(&path, |_| Err("it is not wanted".to_owned())).expect_err("a refusal");
    assert!(refused.to_string().ends_with("1.jsonl.zst, line 1: it is not wanted"), "{refused}");
}
