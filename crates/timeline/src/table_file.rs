//! A table to its file: a row group at a time, and in it a few columns at a time, so that no more
//! than those is held beside the rows.

use std::fs::{self, File};
use std::path::Path;

use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowRowGroupWriterFactory, compute_leaves};
use parquet::errors::Result;
use parquet::file::writer::SerializedFileWriter;
use tenure_model::tables::TableId;

use crate::cells::{Cell, Column};
use crate::schema::arrow_schema;
use crate::store::{ROW_GROUP, StoreError, builder, io_error};

/// Columns that are filled in one pass over the rows of a row group: rows lie all over the memory.
const TOGETHER: usize = 8;

/// Writes the rows of a table so that a reader sees the old file or the new, never half. `cell`
/// gives the value of a row in a column, by its number in the file.
pub(crate) fn write<R>(
    path: &Path,
    table: TableId,
    rows: &[R],
    cell: impl for<'r> Fn(&'r R, usize) -> Option<Cell<'r>>,
) -> std::result::Result<(), StoreError> {
    let temporary = path.with_extension("parquet.new");
    let file = File::create(&temporary).map_err(|source| io_error(&temporary, source))?;
    let parquet = |source| StoreError::Parquet { path: path.to_owned(), source };
    let schema = arrow_schema(table);
    let (mut file, columns) =
        ArrowWriter::try_new(file, SchemaRef::clone(&schema), Some(builder().build()))
            .and_then(ArrowWriter::into_serialized_writer)
            .map_err(parquet)?;
    for rows in rows.chunks(ROW_GROUP) {
        row_group(&mut file, &columns, &schema, rows, &cell).map_err(parquet)?;
    }
    file.close().map_err(parquet)?;
    fs::rename(&temporary, path).map_err(|source| io_error(path, source))
}

fn row_group<R>(
    file: &mut SerializedFileWriter<File>,
    columns: &ArrowRowGroupWriterFactory,
    schema: &SchemaRef,
    rows: &[R],
    cell: impl for<'r> Fn(&'r R, usize) -> Option<Cell<'r>>,
) -> Result<()> {
    let mut writers = columns.create_column_writers(file.flushed_row_groups().len())?.into_iter();
    let mut group = file.next_row_group()?;
    let fields: Vec<_> = schema.fields().iter().enumerate().collect();
    for fields in fields.chunks(TOGETHER) {
        let mut columns: Vec<_> =
            fields.iter().map(|(_, field)| Column::new(field.data_type())).collect();
        for row in rows {
            for ((number, _), column) in fields.iter().zip(&mut columns) {
                column.push(cell(row, *number));
            }
        }
        for (((_, field), column), mut writer) in fields.iter().zip(columns).zip(&mut writers) {
            for leaf in compute_leaves(field, &column.finish())? {
                writer.write(&leaf)?;
            }
            writer.close()?.append_to_row_group(&mut group)?;
        }
    }
    group.close()?;
    Ok(())
}
