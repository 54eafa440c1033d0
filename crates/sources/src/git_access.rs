//! Access as code: a git repository whose files say who holds what, and whose first-parent history
//! says since when, until when and by which pull request.
//!
//! What the history proves: git names every object by the hash of its bytes, so whoever knows the
//! id of the branch's head can check all of it. Times are committer times: when the branch got the
//! state. This source refuses to know whether the state was also deployed.
//!
//! - A file that cannot be read (no YAML, no UTF-8, a key twice) leaves its last readable version
//!   in force, since upstream tools do not deploy it either; the commit is rejected or has a gap.
//!   What was granted or removed while it could not be read is dated by the commit that repairs it.
//! - When an organisation first appears, its access is older than the files: its start is bounded
//!   above only.
//! - A copy tells nothing about commits it does not have: coverage ends when the copy was current
//!   (`as_of`), and where the content of a file is missing there is a hole in it.
//! - When the branch is rewritten, nothing is overwritten. The difference between the old head and
//!   the new line is told with bounds: after the old head's time, by the first later commit's.

mod artifact;
mod bundle;
mod collect;
mod commit;
mod doc;
mod facts;
mod files;
mod layout;
mod line;
mod peribolos;
mod read;
mod repo;
mod rust_team;
mod state;
mod tree;
mod yaml;
mod yaml_plain;

use std::borrow::Cow;
use std::collections::BTreeMap;

use tenure_model::entry::RunKind;
use tenure_model::time::Timestamp;

use self::collect::Wanted;
use self::layout::Layout;
use crate::records::Records;
use crate::settings::{SettingSpec, Settings};
use crate::source::{
    About, Artifact, Artifacts, Collect, CollectError, Collected, Conclude, Conclusion, Payload,
    ReadError, Source,
};

/// The kind `git-access`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GitAccess;

const ABOUT: About = About {
    kind: "git-access",
    title: "access as code in a git repository",
    reader_version: 1,
    settings: &[
        SettingSpec {
            name: "path",
            doc: "a bare repository, a work tree, a git bundle, or a tar of a bare repository",
            required: true,
            default: "",
        },
        SettingSpec {
            name: "layout",
            doc: "peribolos, rust-team or auto",
            required: false,
            default: "auto",
        },
        SettingSpec {
            name: "branch",
            doc: "the branch; by default the one the repository is on",
            required: false,
            default: "",
        },
        SettingSpec {
            name: "root",
            doc: "the directory of the access files",
            required: false,
            default: "config",
        },
        SettingSpec {
            name: "as_of",
            doc: "when the repository was last known to be current; by default the time of collection. Set it for a copy that is no longer fetched, such as a bundle",
            required: false,
            default: "",
        },
    ],
    run_kind: RunKind::Delta,
};

impl Source for GitAccess {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn test(&self, settings: &Settings) -> Result<String, CollectError> {
        collect::look(&wanted(settings)?)
    }

    fn collect(
        &self,
        cx: &Collect<'_>,
        out: &mut dyn Artifacts,
    ) -> Result<Collected, CollectError> {
        collect::collect(&wanted(cx.settings)?, cx, out)
    }

    fn read(
        &self,
        _settings: &Settings,
        artifact: &Artifact,
        out: &mut Records<'_>,
    ) -> Result<(), ReadError> {
        let compressed = match &artifact.payload {
            Payload::Bytes(bytes) => Cow::Borrowed(bytes.as_slice()),
            Payload::File(path) => Cow::Owned(std::fs::read(path).map_err(|error| ReadError {
                record: None,
                cause: format!("{} cannot be read: {error}", path.display()),
                hint: "check the blob store".to_owned(),
            })?),
        };
        let (bytes, cut) = artifact::uncompress(&compressed);
        read::read(&bytes, cut, out)
    }

    fn conclude(&self, cx: &Conclude<'_>, collected: Collected) -> Conclusion {
        // Every artifact begins with a state and goes on with commits.
        let commits = cx.artifacts.iter().map(|artifact| artifact.records.saturating_sub(1)).sum();
        Conclusion {
            coverage: collected.coverage,
            cursor: collected.cursor,
            gaps: collected.gaps,
            totals: BTreeMap::from([(collect::COMMITS.to_owned(), commits)]),
            checks: collected.checks,
        }
    }
}

/// The settings, typed.
fn wanted(settings: &Settings) -> Result<Wanted, CollectError> {
    let set = |name| settings.get(name).filter(|value: &&str| !value.is_empty());
    let wrong = |name: &str, cause: String, hint: &str| CollectError {
        what: format!("setting '{name}'"),
        cause,
        hint: hint.to_owned(),
    };
    let layout = match set("layout") {
        None | Some("auto") => None,
        Some("peribolos") => Some(Layout::Peribolos),
        Some("rust-team") => Some(Layout::RustTeam),
        Some(other) => {
            return Err(wrong(
                "layout",
                format!("'{other}' is no layout"),
                "use peribolos, rust-team or auto",
            ));
        }
    };
    let as_of = set("as_of").map(Timestamp::parse_or_date).transpose();
    Ok(Wanted {
        path: set("path").unwrap_or_default().to_owned(),
        branch: set("branch").map(str::to_owned),
        layout,
        root: settings.get("root").unwrap_or_default().to_owned(),
        as_of: as_of.map_err(|error| {
            wrong("as_of", error.to_string(), "use a date or an RFC 3339 instant")
        })?,
    })
}
