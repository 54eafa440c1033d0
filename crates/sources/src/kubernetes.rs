//! Kubernetes: audit logs of API servers, and the listings of RBAC that `kubectl get -o json`
//! prints.
//!
//! A request is one use of access, told by its stage `ResponseComplete`. Bodies of secrets, config
//! maps and tokens are dropped before anything is stored.

use tenure_model::entry::RunKind;
use tenure_model::fact::Fact;
use tenure_model::usage::{Actor, Point, Texts};

use crate::audit_files::{self, AS_OF, COMPLETE_FROM, COMPLETE_TO, PATH};
use crate::records::Records;
use crate::settings::Settings;
use crate::source::{
    About, Artifact, Artifacts, Collect, CollectError, Collected, Conclude, Conclusion, ReadError,
    Source,
};

mod bodies;
mod changes;
mod dialect;
mod event;
mod listing;
mod objects;
mod reader;
mod rules;
mod sightings;
mod subjects;
mod usage;

use dialect::KubernetesJson;

/// The kind `kubernetes`.
pub(crate) struct Kubernetes;

const ABOUT: About = About {
    kind: "kubernetes",
    title: "Kubernetes: API audit logs, and RBAC listings that kubectl get -o json prints",
    reader_version: 2,
    settings: &[PATH, AS_OF, COMPLETE_FROM, COMPLETE_TO],
    run_kind: RunKind::Events,
};

impl Source for Kubernetes {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn test(&self, settings: &Settings) -> Result<String, CollectError> {
        audit_files::test(settings.get("path").unwrap_or_default(), &KubernetesJson)
    }

    fn collect(
        &self,
        cx: &Collect<'_>,
        out: &mut dyn Artifacts,
    ) -> Result<Collected, CollectError> {
        audit_files::collect(cx, &KubernetesJson, out)
    }

    fn read(
        &self,
        _settings: &Settings,
        artifact: &Artifact,
        out: &mut Records<'_>,
    ) -> Result<(), ReadError> {
        reader::read(artifact, out)
    }

    fn acted(&self, texts: &Texts, actor: &Actor, note: &mut dyn FnMut(u8, &str, &str)) {
        sightings::acted(texts, actor, note);
    }

    fn conclude(&self, cx: &Conclude<'_>, collected: Collected) -> Conclusion {
        audit_files::conclude(cx, collected)
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
}
