//! What is encoded here is read back by the Parquet library.

use std::sync::Arc;

use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, Field, Int64Type, Schema};
use bytes::Bytes;
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::writer::SerializedFileWriter;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::pages::{Days, NO_DAY};
use crate::store::builder;

/// A file of one column and one row group.
fn file(kind: DataType, encode: impl FnOnce(ColumnDescPtr, &mut Encoder) -> Chunk) -> Bytes {
    file_of(Field::new("c", kind, true), encode)
}

fn file_of(column: Field, encode: impl FnOnce(ColumnDescPtr, &mut Encoder) -> Chunk) -> Bytes {
    let schema = Schema::new(vec![column]);
    let schema = ArrowSchemaConverter::new().convert(&schema).unwrap();
    let properties = Arc::new(builder().build());
    let mut file =
        SerializedFileWriter::new(Vec::new(), schema.root_schema_ptr(), properties).unwrap();
    let Chunk { bytes, close } = encode(schema.column(0), &mut Encoder::new());
    let mut group = file.next_row_group().unwrap();
    group.append_column(&bytes, close).unwrap();
    group.close().unwrap();
    file.into_inner().unwrap().into()
}

fn read(file: Bytes) -> Vec<RecordBatch> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    reader.map(Result::unwrap).collect()
}

fn texts_of(file: Bytes) -> Vec<Option<String>> {
    let batches = read(file);
    let columns = batches.iter().map(|batch| batch.column(0).as_string::<i32>());
    columns.flat_map(|column| column.iter().map(|text| text.map(str::to_owned))).collect()
}

fn numbers_of(file: Bytes) -> Vec<i64> {
    let batches = read(file);
    let columns = batches.iter().map(|batch| batch.column(0).as_primitive::<Int64Type>());
    columns.flat_map(|column| column.values().to_vec()).collect()
}

/// Values that come in runs of any length, up to a page and a half of them.
fn runs<T: Clone + std::fmt::Debug>(
    value: impl Strategy<Value = T>,
) -> impl Strategy<Value = Vec<T>> {
    let length = prop_oneof![8 => 1..4_usize, 2 => 4..100_usize, 1 => 1_000..9_000_usize];
    vec((value, length), 1..60).prop_map(|runs| {
        let mut all: Vec<T> =
            runs.into_iter().flat_map(|(value, length)| vec![value; length]).collect();
        all.truncate(PAGE * 3 / 2);
        all
    })
}

/// No text, one of few, or one of many.
fn text() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        Just(None),
        (0..5_u32).prop_map(|n| Some(format!("t{n}"))),
        "[a-zé]{1,30}".prop_map(Some),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn texts_come_back(said in runs(text())) {
        let mut texts = Texts::default();
        let ids: Vec<_> =
            said.iter().map(|t| t.as_deref().map_or(TextId::NONE, |t| texts.add(t))).collect();
        let written = file(DataType::Utf8, |to, e| e.texts(to, &ids, &texts).unwrap());
        prop_assert_eq!(&texts_of(written), &said);
        let codes = Encoder::new().numbered(&ids, &texts);
        let dictionary = || codes.met.iter().filter_map(|id| texts.get(*id)).collect::<Vec<_>>();
        let coded = |to, e: &mut Encoder| e.coded(to, &codes.codes, dictionary().into_iter());
        prop_assert_eq!(&texts_of(file(DataType::Utf8, |to, e| coded(to, e).unwrap())), &said);
        let strings = |row: usize, out: &mut Vec<u8>| {
            out.extend_from_slice(said[row].as_deref().unwrap_or_default().as_bytes());
            said[row].is_some()
        };
        let written = file(DataType::Utf8, |to, e| e.strings(to, said.len(), strings).unwrap());
        prop_assert_eq!(&texts_of(written), &said);
    }

    #[test]
    fn numbers_come_back(said in runs(prop_oneof![any::<i64>(), -3..300_i64])) {
        let written = file(DataType::Int64, |to, e| e.numbers(to, &said, false).unwrap());
        prop_assert_eq!(numbers_of(written), said);
    }

    #[test]
    fn days_come_back(said in runs(proptest::option::of(-1_000_000..1_000_000_i32))) {
        let days = |batches: Vec<RecordBatch>| -> Vec<Option<i32>> {
            let columns = batches.iter().map(|batch| batch.column(0).as_primitive::<Date32Type>());
            columns.flat_map(|column| column.iter().collect::<Vec<_>>()).collect()
        };
        let encode = |to, e: &mut Encoder, said: &[Option<i32>]| {
            let said: Vec<_> = said.iter().map(|day| day.unwrap_or(NO_DAY)).collect();
            let mut pages = Days::new(to);
            said.chunks(PAGE).for_each(|page| pages.page(page));
            pages.close(&mut e.zstd).unwrap()
        };
        let written = file(DataType::Date32, |to, e| encode(to, e, &said));
        prop_assert_eq!(days(read(written)), said.clone());
        // A column in which every row must say something.
        let all: Vec<_> = said.into_iter().map(|day| day.or(Some(0))).collect();
        let required = Field::new("c", DataType::Date32, false);
        let written = file_of(required, |to, e| encode(to, e, &all));
        prop_assert_eq!(days(read(written)), all);
    }

    #[test]
    fn flags_come_back(said in runs(any::<Option<bool>>())) {
        let batches = read(file(DataType::Boolean, |to, e| e.flags(to, &said).unwrap()));
        let columns = batches.iter().map(|batch| batch.column(0).as_boolean());
        let read: Vec<_> = columns.flat_map(|column| column.iter().collect::<Vec<_>>()).collect();
        prop_assert_eq!(read, said);
    }
}

#[test]
fn a_constant_comes_back() {
    for rows in [1, PAGE, PAGE + 1] {
        let written = file(DataType::Utf8, |to, e| e.constant(to, "aws", rows).unwrap());
        assert_eq!(texts_of(written), vec![Some("aws".to_owned()); rows]);
    }
}
