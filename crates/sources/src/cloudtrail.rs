//! AWS CloudTrail log objects, from a directory, an archive, a single file or a bucket.
//!
//! Each object is an artifact. Records are uses of access; those of IAM and of CloudTrail itself
//! also tell of identities, credentials, grants and trails. A trail that logs its own deliveries
//! names every object that it delivered: what is named and not here is missing. Digest files name
//! every object, too, with its hash, and are signed and chained: over stretches in which all of
//! that holds the log is proven complete.

use tenure_model::entry::RunKind;
use tenure_model::fact::Fact;
use tenure_model::usage::{Actor, Point, Texts};

use crate::records::Records;
use crate::settings::{SettingSpec, Settings};
use crate::source::{
    About, Artifact, Artifacts, Collect, CollectError, Collected, Conclude, Conclusion, ReadError,
    Source,
};

mod collect;
mod conclude;
mod coverage;
mod digest;
mod fields;
pub(crate) mod grants;
mod habit;
pub(crate) mod iam;
pub(crate) mod identity;
pub(crate) mod inflate;
mod lifecycle;
mod names;
pub(crate) mod policy;
mod reader;
mod record;
mod scan;
mod sightings;
pub(crate) mod split;
mod state;
pub(crate) mod trail;
mod usage;

/// The kind `cloudtrail`.
pub(crate) struct CloudTrail;

const ABOUT: About = About {
    kind: "cloudtrail",
    title: "AWS CloudTrail log objects: who did what, when, with which credential",
    reader_version: 3,
    settings: &[
        SettingSpec {
            name: "path",
            doc: "directory of log objects, a .tar or .tar.gz of one, or one .json or .json.gz file; this or bucket",
            required: false,
            default: "",
        },
        SettingSpec {
            name: "bucket",
            doc: "bucket of a trail, on AWS or an S3-compatible service; this or path",
            required: false,
            default: "",
        },
        SettingSpec {
            name: "prefix",
            doc: "what stands before AWSLogs/ in the keys of the bucket",
            required: false,
            default: "",
        },
        SettingSpec {
            name: "endpoint",
            doc: "address of an S3-compatible service; not set = AWS. http:// only for this machine",
            required: false,
            default: "",
        },
        SettingSpec {
            name: "region",
            doc: "region of the bucket; not set = asked of the service",
            required: false,
            default: "",
        },
        SettingSpec {
            name: "organization",
            doc: "id of the organization (o-…) whose trail this is; not set = all that are found",
            required: false,
            default: "",
        },
        SettingSpec {
            name: "accounts",
            doc: "accounts to collect, with commas between; not set = all that are found",
            required: false,
            default: "",
        },
        SettingSpec {
            name: "regions",
            doc: "regions to collect, with commas between; not set = all that are found",
            required: false,
            default: "",
        },
        SettingSpec {
            name: "from",
            doc: "first day of delivery to collect; not set = from the beginning",
            required: false,
            default: "",
        },
        SettingSpec {
            name: "to",
            doc: "day of delivery before which to stop; not set = no end",
            required: false,
            default: "",
        },
        SettingSpec {
            name: "digests",
            doc: "whether to collect digests and public keys too, yes or no",
            required: false,
            default: "yes",
        },
        SettingSpec {
            name: "parallel",
            doc: "objects to fetch at the same time",
            required: false,
            default: "16",
        },
        SettingSpec {
            name: "relist",
            doc: "days before the newest recorded object that are listed again",
            required: false,
            default: "3",
        },
        SettingSpec {
            name: "account",
            doc: "the account that every record should be of; not set = any",
            required: false,
            default: "",
        },
        SettingSpec {
            name: "max-object-bytes",
            doc: "the most bytes that an object may have when inflated",
            required: false,
            default: "1073741824",
        },
    ],
    run_kind: RunKind::Events,
};

/// What the settings ask for.
struct Limits {
    max_object_bytes: u64,
    account: Option<String>,
}

impl Limits {
    fn from(settings: &Settings) -> Result<Self, String> {
        let text = settings.get("max-object-bytes").unwrap_or("1073741824");
        let max_object_bytes = text
            .parse()
            .map_err(|_| format!("the setting max-object-bytes is '{text}', which is no number"))?;
        Ok(Self { max_object_bytes, account: settings.get("account").map(str::to_owned) })
    }
}

const BYTES_HINT: &str = "give a whole number of bytes";

impl Source for CloudTrail {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn test(&self, settings: &Settings) -> Result<String, CollectError> {
        collect::test(settings, limits(settings)?.max_object_bytes)
    }

    fn collect(
        &self,
        cx: &Collect<'_>,
        out: &mut dyn Artifacts,
    ) -> Result<Collected, CollectError> {
        collect::collect(cx, limits(cx.settings)?.max_object_bytes, out)
    }

    fn read(
        &self,
        settings: &Settings,
        artifact: &Artifact,
        out: &mut Records<'_>,
    ) -> Result<(), ReadError> {
        let limits = Limits::from(settings).map_err(|cause| ReadError {
            record: None,
            cause,
            hint: BYTES_HINT.to_owned(),
        })?;
        reader::read(&limits, artifact, out)
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
        // Settings that cannot be used have stopped the collection before.
        let most = Limits::from(cx.settings).map_or(0, |limits| limits.max_object_bytes);
        conclude::conclude(most, cx, collected)
    }
}

fn limits(settings: &Settings) -> Result<Limits, CollectError> {
    Limits::from(settings).map_err(|cause| CollectError {
        what: "max-object-bytes".to_owned(),
        cause,
        hint: BYTES_HINT.to_owned(),
    })
}
