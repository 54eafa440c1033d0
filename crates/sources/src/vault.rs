//! HashiCorp Vault and OpenBao: audit device logs, and what `vault read -format=json` prints.
//!
//! A request and its response are one use of access, told by the response. What stands in the log
//! is HMAC'd with a salt of the audit device, so keys are joined within one device only: a source is
//! one device. Values in clear are blotted out before anything is stored.

use tenure_model::entry::RunKind;
use tenure_model::fact::Fact;
use tenure_model::usage::Point;

use crate::audit_files::{self, AS_OF, COMPLETE_FROM, COMPLETE_TO, PATH};
use crate::records::Records;
use crate::settings::{SettingSpec, Settings};
use crate::source::{
    About, Artifact, Artifacts, Collect, CollectError, Collected, Conclude, Conclusion, ReadError,
    Source,
};

mod acl;
mod clear;
mod configuration;
mod credential;
mod dialect;
mod entry;
mod listing;
mod reader;
mod sightings;
mod usage;

use dialect::VaultJson;

/// The kind `vault`.
pub(crate) struct Vault;

const ABOUT: About = About {
    kind: "vault",
    title: "Vault or OpenBao: audit device logs, and listings that vault read -format=json prints",
    reader_version: 2,
    settings: &[
        PATH,
        SettingSpec {
            name: "device",
            doc: "the audit device that wrote the logs; its HMACs are comparable with no other's",
            required: false,
            default: "file",
        },
        SettingSpec {
            name: "plain-keys",
            doc: "keys that are tuned to be logged in clear and hold no secret, with commas between",
            required: false,
            default: "username,accessor,secret_id_accessor",
        },
        AS_OF,
        COMPLETE_FROM,
        COMPLETE_TO,
    ],
    run_kind: RunKind::Events,
};

impl Source for Vault {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn test(&self, settings: &Settings) -> Result<String, CollectError> {
        audit_files::test(settings.get("path").unwrap_or_default(), &VaultJson::of(settings))
    }

    fn collect(
        &self,
        cx: &Collect<'_>,
        out: &mut dyn Artifacts,
    ) -> Result<Collected, CollectError> {
        audit_files::collect(cx, &VaultJson::of(cx.settings), out)
    }

    fn read(
        &self,
        settings: &Settings,
        artifact: &Artifact,
        out: &mut Records<'_>,
    ) -> Result<(), ReadError> {
        reader::read(settings.get("device").unwrap_or_default(), artifact, out)
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
