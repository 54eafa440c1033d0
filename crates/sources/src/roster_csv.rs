//! A file of people from the system of record: who works here, since when, until when, for whom.
//!
//! All or nothing: a roster with one bad row may lack one leaver, so every bad row is named and no
//! row of the file is used. Each file is an artifact named `file@instant`; the instant is the one
//! for which the file speaks.

use std::path::Path;

use sha2::{Digest as _, Sha256};
use tenure_model::digest::Digest;
use tenure_model::entry::{Gap, RunKind};
use tenure_model::time::Timestamp;

use crate::csv_file::{error, load};
use crate::declared;
use crate::records::Records;
use crate::settings::{SettingSpec, Settings};
use crate::source::{
    About, Artifact, Artifacts, Collect, CollectError, Collected, Conclude, Conclusion, Payload,
    ReadError, Source,
};

mod columns;
mod facts;
mod row;
mod table;

/// The kind `roster-csv`.
pub(crate) struct RosterCsv;

const ABOUT: About = About {
    kind: "roster-csv",
    title: "people from the system of record: a CSV export with hire and termination dates",
    reader_version: 2,
    settings: &[
        SettingSpec {
            name: "path",
            doc: "the CSV file: UTF-8, a header row, comma, semicolon or tab between columns",
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
            doc: "the instant for which the file speaks; not set = when it is collected",
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
        let path = Path::new(settings.get("path").unwrap_or_default());
        let bytes = load(path)?;
        let table =
            table::Table::parse(settings, &bytes).map_err(|e| error(path, e.cause, &e.hint))?;
        Ok(table.describe())
    }

    fn collect(
        &self,
        cx: &Collect<'_>,
        out: &mut dyn Artifacts,
    ) -> Result<Collected, CollectError> {
        declared::covers(cx, fetch(cx, out)?, &["people"])
    }

    fn read(
        &self,
        settings: &Settings,
        artifact: &Artifact,
        out: &mut Records<'_>,
    ) -> Result<(), ReadError> {
        let as_of = artifact.name.rsplit_once('@').and_then(|(_, at)| at.parse().ok());
        let as_of: Timestamp = as_of.ok_or_else(|| ReadError {
            record: None,
            cause: "the artifact's name does not say for which instant the file speaks".to_owned(),
            hint: "rosters are named file@instant".to_owned(),
        })?;
        let bytes = artifact.payload.bytes().map_err(|e| ReadError {
            record: None,
            cause: format!("the bytes cannot be read: {e}"),
            hint: "check the blob".to_owned(),
        })?;
        let table = table::Table::parse(settings, &bytes)?;
        let refused = table.problems();
        for (record, row) in (0_u64..).zip(&table.rows) {
            match refused.get(&record) {
                Some(cause) => out.reject(row.raw, cause, "correct the row and collect again"),
                None if !refused.is_empty() => out.skip(row.raw, "file refused"),
                None => out.facts(row.raw, facts::facts(row, as_of, &table)),
            }
        }
        table.stop.map_or(Ok(()), Err)
    }

    fn conclude(&self, cx: &Conclude<'_>, collected: Collected) -> Conclusion {
        declared::conclude(cx, collected)
    }
}

/// The file, if it is new.
fn fetch(cx: &Collect<'_>, out: &mut dyn Artifacts) -> Result<Collected, CollectError> {
    let path = Path::new(cx.settings.get("path").unwrap_or_default());
    let scope = format!("people in {}", path.display());
    let mut collected = Collected { scope, requests: 1, ..Collected::default() };
    let said = cx.settings.get("as-of").map(Timestamp::parse_or_date).transpose();
    let said = said.map_err(|e| {
        error(Path::new("as-of"), e.to_string(), "give a date or an RFC 3339 instant")
    })?;
    let bytes = load(path)?;
    let digest = Digest(Sha256::digest(&bytes).into());
    // Without a date of its own, a file that did not change says nothing new.
    if said.is_none() && cx.known.values().any(|known| *known == digest) {
        return Ok(collected);
    }
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let name = format!("{file}@{}", said.unwrap_or_else(|| cx.clock.now()));
    match cx.known.get(&name) {
        None => {
            let payload = Payload::Bytes(bytes);
            out.put(Artifact { name, media_type: "text/csv", payload })?;
        }
        Some(known) if *known != digest => collected.gaps.push(Gap {
            artifact: name,
            record: None,
            cause: "it changed after it was collected for that instant".to_owned(),
            hint: "set as-of to the instant for which the new file speaks".to_owned(),
        }),
        Some(_) => {}
    }
    Ok(collected)
}
