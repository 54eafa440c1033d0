//! Issues of Jira as its REST API gives them, with their changelog: who asked for what, who moved it
//! to which status and when. Comments and descriptions are not interpreted.
//!
//! Shapes: pages of `GET /rest/api/3/search/jql?expand=changelog,names` (Jira Cloud) or
//! `/rest/api/2/search` (Data Center), bare arrays of issues, single issues, JSON lines.
//! Source: Atlassian, "The Jira Cloud platform REST API", groups Issue search and Issues.

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

mod approvals;
mod config;
mod history;
mod issue;
mod phase;
mod read;
mod steps;
mod value;

/// The kind `jira`.
pub(crate) struct Jira;

const fn setting(name: &'static str, doc: &'static str) -> SettingSpec {
    SettingSpec { name, doc, required: false, default: "" }
}

const ABOUT: About = About {
    kind: "jira",
    title: "Jira issues with their changelog: requests and approvals, exceptions, incidents, changes, alerts",
    reader_version: 1,
    settings: &[
        SettingSpec {
            name: "path",
            doc: "a file or directory of search results as JSON, exported with expand=changelog,names",
            required: true,
            default: "",
        },
        setting(
            "map",
            "which table issues of a type fill, as Access Request=approvals;Waiver=exceptions;Task=skip",
        ),
        setting(
            "fields",
            "which field gives a column, as requested_for=customfield_10050;exceptions.expires_at=Expiry date",
        ),
        setting(
            "statuses",
            "what a status means, as Ready for work=approved;Won't do=denied; see docs/jira.md",
        ),
        SettingSpec {
            name: "covers",
            doc: "the tables of which the files hold everything from covers-from to covers-to, as approvals;exceptions",
            required: false,
            default: "approvals",
        },
        declared::FROM,
        declared::TO,
    ],
    run_kind: RunKind::Events,
};

impl Source for Jira {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn test(&self, settings: &Settings) -> Result<String, CollectError> {
        let root = Path::new(settings.get("path").unwrap_or_default());
        let failed =
            |what: String, e: ReadError| CollectError { what, cause: e.cause, hint: e.hint };
        let config = config::Config::of(settings).map_err(|e| failed("settings".to_owned(), e))?;
        let files = json_documents::files(root)?;
        let mut counts = BTreeMap::new();
        for file in &files {
            let text = json_documents::load_text(file)?;
            read::count(&config, &text, &mut counts);
        }
        let counts: Vec<_> = counts.iter().map(|(what, n)| format!("{n} of {what}")).collect();
        Ok(format!("{} files, issues: {}", files.len(), counts.join("; ")))
    }

    fn collect(
        &self,
        cx: &Collect<'_>,
        out: &mut dyn Artifacts,
    ) -> Result<Collected, CollectError> {
        let collected = json_documents::collect(cx, "issues", out)?;
        let covers = cx.settings.get("covers").unwrap_or_default();
        let tables: Vec<_> = covers.split(';').map(str::trim).filter(|t| !t.is_empty()).collect();
        declared::covers(cx, collected, &tables)
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
