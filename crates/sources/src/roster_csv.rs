//! A file of people from the system of record: who works here, since when, until when, for whom.
//!
//! All or nothing: a roster with one bad row may lack one leaver, so every bad row is named and no
//! row of the file is used. A file speaks for one instant. `path` is one file, collected anew as it
//! changes, or a directory of files with their dates in their names.

use std::path::Path;

use tenure_model::entry::RunKind;

use crate::csv_file::{error, load};
use crate::dated_files::{self, Member};
use crate::declared;
use crate::records::Records;
use crate::settings::{SettingSpec, Settings};
use crate::source::{
    About, Artifact, Artifacts, Collect, CollectError, Collected, Conclude, Conclusion, ReadError,
    Source,
};

mod columns;
mod facts;
mod read;
mod row;
mod table;

/// The kind `roster-csv`.
pub(crate) struct RosterCsv;

const ABOUT: About = About {
    kind: "roster-csv",
    title: "people from the system of record: a CSV export with hire and termination dates",
    reader_version: 3,
    settings: &[
        SettingSpec {
            name: "path",
            doc: "the CSV file (UTF-8, a header row, comma, semicolon or tab between columns), or a directory of files with their dates (2025-07-01) in their names",
            required: true,
            default: "",
        },
        SettingSpec {
            name: "map",
            doc: "headers that are not understood by themselves, as employee_id=Worker ID;email=Work Email",
            required: false,
            default: "",
        },
        SettingSpec {
            name: "as-of",
            doc: "the instant for which a single file speaks; not set = when it is collected",
            required: false,
            default: "",
        },
        declared::FROM,
        declared::TO,
    ],
    run_kind: RunKind::File,
};

impl Source for RosterCsv {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn test(&self, settings: &Settings) -> Result<String, CollectError> {
        let root = Path::new(settings.get("path").unwrap_or_default());
        let (path, dated) = dated_files::latest(root)?;
        let bytes = load(&path)?;
        let table =
            table::Table::parse(settings, &bytes).map_err(|e| error(&path, e.cause, &e.hint))?;
        Ok(match dated {
            0 => table.describe(),
            files => format!("{files} dated files, the last one with {}", table.describe()),
        })
    }

    fn collect(
        &self,
        cx: &Collect<'_>,
        out: &mut dyn Artifacts,
    ) -> Result<Collected, CollectError> {
        declared::covers(cx, dated_files::collect(cx, "people", out)?, &["people"])
    }

    fn read(
        &self,
        settings: &Settings,
        artifact: &Artifact,
        out: &mut Records<'_>,
    ) -> Result<(), ReadError> {
        let bytes = artifact.payload.bytes().map_err(|e| ReadError {
            record: None,
            cause: format!("the bytes cannot be read: {e}"),
            hint: "check the blob".to_owned(),
        })?;
        let (members, stop) = dated_files::members(&artifact.name, &bytes)?;
        if let [Member { name, at, bytes, .. }] = members.as_slice()
            && name.is_empty()
        {
            return read::single(settings, *at, bytes, out);
        }
        read::together(settings, &members, out);
        stop.map_or(Ok(()), Err)
    }

    fn conclude(&self, cx: &Conclude<'_>, collected: Collected) -> Conclusion {
        declared::conclude(cx, collected)
    }
}
