//! GitHub: listings of organisations as its REST API answers them, recorded GraphQL answers, and the
//! audit log, from files.
//!
//! Shapes are those of GitHub's REST API reference and of "Audit log events for your organization".
//! Rights are named as the kind `git-access` names them (`org:acme:admin`), so that access as code
//! and the access that is there can meet in one history.

use tenure_model::entry::RunKind;
use tenure_model::fact::Fact;
use tenure_model::usage::{Actor, Point, Texts};

use crate::json_files;
use crate::records::Records;
use crate::settings::Settings;
use crate::source::{
    About, Artifact, Artifacts, Collect, CollectError, Collected, Conclude, Conclusion, ReadError,
    Source,
};

mod app;
mod change;
mod credential;
mod event;
mod graphql;
mod listing;
mod name;
mod people;
mod pins;
mod request;
mod setting;
mod sightings;
mod world;

/// The kind `github`.
pub(crate) struct GitHub;

const ABOUT: About = About {
    kind: "github",
    title: "GitHub: members, teams, repositories, apps, keys, tokens, changes, alerts and the audit log, from files",
    reader_version: 1,
    settings: json_files::SETTINGS,
    run_kind: RunKind::Full,
};

impl Source for GitHub {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn test(&self, settings: &Settings) -> Result<String, CollectError> {
        json_files::test(&request::VENDOR, settings)
    }

    fn collect(
        &self,
        cx: &Collect<'_>,
        out: &mut dyn Artifacts,
    ) -> Result<Collected, CollectError> {
        json_files::collect(&request::VENDOR, cx, out)
    }

    fn read(
        &self,
        _settings: &Settings,
        artifact: &Artifact,
        out: &mut Records<'_>,
    ) -> Result<(), ReadError> {
        json_files::read(&listing::GitHubReader, artifact, out)
    }

    fn acted(&self, texts: &Texts, actor: &Actor, note: &mut dyn FnMut(u8, &str, &str)) {
        sightings::acted(texts, actor, note);
    }

    fn sighted(
        &self,
        kind: u8,
        name: &str,
        detail: &str,
        first: Point,
        last: Point,
    ) -> Vec<(Point, Fact)> {
        sightings::sighted(kind, name, detail, first, last)
    }

    fn conclude(&self, cx: &Conclude<'_>, collected: Collected) -> Conclusion {
        json_files::conclude(cx, collected)
    }
}
