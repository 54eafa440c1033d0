//! Incidents as an on-call tool exports them: what was detected when, who took it on, when it was
//! escalated and closed.
//!
//! Shapes are those of PagerDuty's REST API v2: `{"incidents":[…]}`, `{"log_entries":[…]}` and
//! `{"alerts":[…]}` in any number of documents, bare arrays and JSON lines of the same items, and
//! incidents with their log entries and alerts inside. Source: PagerDuty, "REST API", List
//! incidents, List log entries for an incident, List alerts for an incident. Records of ServiceNow's
//! Table API (`{"result":[…]}`) are known, too.

use std::collections::BTreeMap;
use std::path::Path;

use tenure_model::entry::RunKind;

use crate::declared;
use crate::json_documents;
use crate::records::Records;
use crate::settings::{SettingSpec, Settings};
use crate::source::{
    About, Artifact, Artifacts, Collect, CollectError, Collected, Conclude, Conclusion, ReadError,
    Source,
};

mod config;
mod item;
mod people;
mod read;
mod servicenow;
mod steps;

/// The kind `incidents-json`.
pub(crate) struct IncidentsJson;

const ABOUT: About = About {
    kind: "incidents-json",
    title: "incidents as PagerDuty gives them, with log entries and alerts; incidents of ServiceNow",
    reader_version: 1,
    settings: &[
        SettingSpec {
            name: "path",
            doc: "a file or directory of answers as JSON: incidents, log entries, alerts; for ServiceNow incident and sys_user",
            required: true,
            default: "",
        },
        SettingSpec {
            name: "notes",
            doc: "notes that tell a time by how they begin, as CONTAINED=contained_at;RECOVERED=recovered_at",
            required: false,
            default: "",
        },
        SettingSpec {
            name: "fields",
            doc: "which custom field gives a column of incidents, as kind=Incident kind;identities=Accounts",
            required: false,
            default: "",
        },
        declared::FROM,
        declared::TO,
    ],
    run_kind: RunKind::Events,
};

impl Source for IncidentsJson {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn test(&self, settings: &Settings) -> Result<String, CollectError> {
        let root = Path::new(settings.get("path").unwrap_or_default());
        config::Config::of(settings).map_err(|e| CollectError {
            what: "settings".to_owned(),
            cause: e.cause,
            hint: e.hint,
        })?;
        let files = json_documents::files(root)?;
        let mut counts = BTreeMap::new();
        for file in &files {
            read::count(&json_documents::load_text(file)?, &mut counts);
        }
        let counts: Vec<_> = counts.iter().map(|(what, n)| format!("{n} {what}")).collect();
        Ok(format!("{} files: {}", files.len(), counts.join(", ")))
    }

    fn collect(
        &self,
        cx: &Collect<'_>,
        out: &mut dyn Artifacts,
    ) -> Result<Collected, CollectError> {
        let collected = json_documents::collect(cx, "incidents", out)?;
        declared::covers(cx, collected, &["incidents", "alerts"])
    }

    fn read(
        &self,
        settings: &Settings,
        artifact: &Artifact,
        out: &mut Records<'_>,
    ) -> Result<(), ReadError> {
        let config = config::Config::of(settings)?;
        let bytes = artifact.payload.bytes().map_err(|e| ReadError {
            record: None,
            cause: format!("the bytes cannot be read: {e}"),
            hint: "check the blob".to_owned(),
        })?;
        read::read(&config, &json_documents::text(&bytes)?, out)
    }

    fn conclude(&self, cx: &Conclude<'_>, collected: Collected) -> Conclusion {
        declared::conclude(cx, collected)
    }
}
