//! A file of uses under other names, for other tools. Columns are copied as they are encoded.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::{Field, Schema};
use parquet::arrow::ArrowSchemaConverter;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnDescPtr;

use super::parts::usage_schema;
use crate::store::{StoreError, builder, io_error};

/// CloudTrail's own names, and ours (CloudTrail User Guide, "CloudTrail record contents").
const NAMES: [(&str, &str); 16] = [
    ("event_id", "event_id"),
    ("event_time", "event_time"),
    ("event_name", "action"),
    ("event_source", "service"),
    ("aws_region", "region"),
    ("source_ip", "src_ip"),
    ("user_agent", "user_agent"),
    ("error_code", "error_code"),
    ("account_id", "account"),
    ("identity_type", "actor_type"),
    ("identity_arn", "actor"),
    ("access_key_id", "credential_key"),
    ("user_name", "actor_name"),
    ("principal_id", "actor_id"),
    ("issuer_arn", "session_issuer"),
    ("mfa", "session_mfa"),
];

/// Columns written to a file that does not have its name yet, and goes if it never gets it.
#[must_use]
pub struct Exported {
    temporary: PathBuf,
    out: PathBuf,
}

/// Writes the identity columns of a file of uses to another Parquet file, one row per event, named
/// as CloudTrail names them. `mfa` is what the session's record says, without what sign-in events
/// say of themselves. The file lies beside `out` until it is [placed](Exported::place).
///
/// # Errors
/// When a file cannot be read or written.
pub fn export(part: &Path, out: &Path) -> Result<Exported, StoreError> {
    let file = File::open(part).map_err(|e| io_error(part, e))?;
    let temporary = out.with_extension("parquet.new");
    let to = File::create(&temporary).map_err(|e| io_error(&temporary, e))?;
    let exported = Exported { temporary, out: out.to_owned() };
    copy(file, to).map_err(|source| StoreError::Parquet { path: out.to_owned(), source })?;
    Ok(exported)
}

impl Exported {
    /// Gives the file its name.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub fn place(self) -> Result<(), StoreError> {
        fs::rename(&self.temporary, &self.out).map_err(|e| io_error(&self.out, e))
    }
}

impl Drop for Exported {
    fn drop(&mut self) {
        // There is none once it has its name; and whoever drops it has an error of their own to tell.
        let _ = fs::remove_file(&self.temporary);
    }
}

fn copy(from: File, to: File) -> Result<(), ParquetError> {
    let reader = SerializedFileReader::new(from.try_clone()?)?;
    let metadata = reader.metadata();
    let schema = usage_schema();
    let renamed = NAMES.map(|(new, own)| {
        let field = schema.field_with_name(own).expect("a column of the table");
        Arc::new(Field::new(new, field.data_type().clone(), true))
    });
    let schema = Arc::new(Schema::new(renamed.to_vec()));
    let parquet = ArrowSchemaConverter::new().convert(&schema)?;
    let properties = Arc::new(builder().build());
    let to = BufWriter::with_capacity(1 << 20, to);
    let mut writer = SerializedFileWriter::new(to, parquet.root_schema_ptr(), properties)?;
    for group in metadata.row_groups() {
        let mut out = writer.next_row_group()?;
        for (index, (_, own)) in NAMES.iter().enumerate() {
            let column = group.columns().iter().find(|c| c.column_descr().name() == *own);
            let column =
                column.ok_or_else(|| ParquetError::General(format!("there is no column {own}")))?;
            let close = ColumnCloseResult {
                bytes_written: column.compressed_size().unsigned_abs(),
                rows_written: group.num_rows().unsigned_abs(),
                metadata: under(column, parquet.column(index))?,
                bloom_filter: None,
                column_index: None,
                offset_index: None,
            };
            out.append_column(&from, close)?;
        }
        out.close()?;
    }
    writer.close().map(drop)
}

/// What is said of a column's bytes, said of a column of another name.
fn under(
    column: &ColumnChunkMetaData,
    name: ColumnDescPtr,
) -> Result<ColumnChunkMetaData, ParquetError> {
    let mut to = ColumnChunkMetaData::builder(name)
        .set_encodings_mask(*column.encodings_mask())
        .set_compression(column.compression())
        .set_num_values(column.num_values())
        .set_total_compressed_size(column.compressed_size())
        .set_total_uncompressed_size(column.uncompressed_size())
        .set_data_page_offset(column.data_page_offset())
        .set_dictionary_page_offset(column.dictionary_page_offset());
    if let Some(statistics) = column.statistics() {
        to = to.set_statistics(statistics.clone());
    }
    to.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_gets_no_name_leaves_nothing_behind() {
        let directory = tempfile::tempdir().expect("a directory");
        let part = directory.path().join("part.parquet");
        fs::write(&part, b"no columns").expect("a file");
        let out = directory.path().join("out.parquet");
        assert!(export(&part, &out).is_err());
        let temporary = directory.path().join("out.parquet.new");
        assert!(!temporary.exists(), "the failed copy is still there");
        fs::write(&temporary, b"columns").expect("a file");
        Exported { temporary: temporary.clone(), out: out.clone() }.place().expect("a name");
        assert!(out.exists() && !temporary.exists());
        fs::write(&temporary, b"columns").expect("a file");
        drop(Exported { temporary: temporary.clone(), out });
        assert!(!temporary.exists(), "nobody named it, and it is still there");
    }
}
