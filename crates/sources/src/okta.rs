//! Okta: listings as its API answers them, and its system log, from files.
//!
//! Shapes are those of Okta's API reference (Users, Groups, Applications, Role assignments, User
//! factors, API tokens, System Log). Things are named by Okta's own ids, so that listings and log
//! meet in one history.

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

mod event;
mod listing;
mod name;
mod pins;
mod request;
mod sightings;
mod user;

/// The kind `okta`.
pub(crate) struct Okta;

const ABOUT: About = About {
    kind: "okta",
    title: "Okta: users, groups, apps, admin roles, factors, API tokens and the system log, from files",
    reader_version: 2,
    settings: json_files::SETTINGS,
    run_kind: RunKind::Full,
};

impl Source for Okta {
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
        json_files::read(&listing::OktaReader, artifact, out)
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
