//! A register that people keep as a CSV file: systems, owners of controls, vendors, policy exceptions
//! and others, one table for each source. Which columns there are, and what they hold, comes from the
//! declarations of the tables, so a column that is added there is read here.
//!
//! A file speaks for one instant. `path` is one file, collected anew as it changes, or a directory of
//! files with their dates in their names; those of a directory that are new are kept together, with
//! the last one that was collected before, so that reading sees what is gone.

use std::path::Path;

use tenure_model::entry::RunKind;
use tenure_model::fact::Basis;

use crate::csv_file::{self, refuse};
use crate::dated_files;
use crate::declared;
use crate::local_time::Zone;
use crate::records::Records;
use crate::settings::{SettingSpec, Settings};
use crate::source::{
    About, Artifact, Artifacts, Collect, CollectError, Collected, Conclude, Conclusion, ReadError,
    Source,
};

mod columns;
mod read;
mod row;

use columns::Register;

/// The kind `register-csv`.
pub(crate) struct RegisterCsv;

const fn setting(name: &'static str, doc: &'static str, required: bool) -> SettingSpec {
    SettingSpec { name, doc, required, default: "" }
}

const ABOUT: About = About {
    kind: "register-csv",
    title: "a register that people keep: systems, owners, vendors, exceptions, approvals and others, in CSV",
    reader_version: 1,
    settings: &[
        setting(
            "path",
            "the CSV file, or a directory of files with their dates (2025-07-01) in their names",
            true,
        ),
        setting(
            "register",
            "which register it is: systems, control_owners, inventory, vendors, integrations, exceptions, approvals, review_campaigns, review_items, review_decisions, remediations, alerts, incidents, changes, duty_rules, exercises, ownerships, subject_links or configurations",
            true,
        ),
        setting(
            "map",
            "headers that are not understood by themselves, as id=Number;owner=Responsible",
            false,
        ),
        setting(
            "timezone",
            "the zone of times that say none: an IANA name, UTC or an offset; not set = they are refused",
            false,
        ),
        SettingSpec {
            name: "basis",
            doc: "what valid_from and valid_to rest on: source_attribute, or attested where people fill them in",
            required: false,
            default: "source_attribute",
        },
        setting(
            "as-of",
            "the instant for which a single file speaks; not set = when it is collected",
            false,
        ),
        declared::FROM,
        declared::TO,
    ],
    run_kind: RunKind::File,
};

/// What the settings say, understood.
#[derive(Debug)]
struct Config<'s> {
    register: Register,
    map: &'s str,
    zone: Zone,
    basis: Basis,
}

impl<'s> Config<'s> {
    fn of(settings: &'s Settings) -> Result<Self, ReadError> {
        let zone = Zone::parse(settings.get("timezone")).map_err(|cause| {
            let hint = "give a name such as Europe/Berlin, UTC, or an offset such as +02:00";
            refuse(format!("the setting timezone: {cause}"), hint.to_owned())
        })?;
        let basis = match settings.get("basis") {
            None | Some("source_attribute") => Basis::SourceAttribute,
            Some("attested") => Basis::Attested,
            Some(other) => {
                let cause = format!("the setting basis: there is no '{other}'");
                return Err(refuse(cause, "set source_attribute or attested".to_owned()));
            }
        };
        let register = Register::named(settings.get("register").unwrap_or_default())?;
        Ok(Self { register, map: settings.get("map").unwrap_or_default(), zone, basis })
    }
}

impl Source for RegisterCsv {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn test(&self, settings: &Settings) -> Result<String, CollectError> {
        let root = Path::new(settings.get("path").unwrap_or_default());
        let config = Config::of(settings).map_err(|e| CollectError {
            what: "settings".to_owned(),
            cause: e.cause,
            hint: e.hint,
        })?;
        let (file, dated) = dated_files::latest(root)?;
        let bytes = csv_file::load(&file)?;
        let said = read::describe(&config, &bytes)
            .map_err(|e| csv_file::error(&file, e.cause, &e.hint))?;
        Ok(match dated {
            0 => said,
            files => format!("{files} dated files, the last one with {said}"),
        })
    }

    fn collect(
        &self,
        cx: &Collect<'_>,
        out: &mut dyn Artifacts,
    ) -> Result<Collected, CollectError> {
        let register = cx.settings.get("register").unwrap_or_default();
        let collected = dated_files::collect(cx, register, out)?;
        declared::covers(cx, collected, &[register])
    }

    fn read(
        &self,
        settings: &Settings,
        artifact: &Artifact,
        out: &mut Records<'_>,
    ) -> Result<(), ReadError> {
        let config = Config::of(settings)?;
        let bytes = artifact.payload.bytes().map_err(|e| {
            refuse(format!("the bytes cannot be read: {e}"), "check the blob".to_owned())
        })?;
        read::read(&config, &artifact.name, &bytes, out)
    }

    fn conclude(&self, cx: &Conclude<'_>, collected: Collected) -> Conclusion {
        declared::conclude(cx, collected)
    }
}
