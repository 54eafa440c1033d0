//! The state of AWS's identity and access management: who and what exists, with which credentials,
//! memberships, policies and trusts, from the live API or from files that the AWS CLI printed.
//!
//! Whatever the way, the answers are kept as they came, in one form ([`capture`]), and read by one
//! reader. Names of things are those of the kind `cloudtrail`, so that listings and events of one
//! system meet in one history.

use tenure_model::entry::RunKind;

use crate::records::Records;
use crate::settings::{SettingSpec, Settings};
use crate::source::{
    About, Artifact, Artifacts, Collect, CollectError, Collected, Conclude, Conclusion, ReadError,
    Source,
};

mod capture;
mod conclude;
mod files;
mod live;
pub mod policy;
mod read;

/// The kind `aws-iam`.
pub(crate) struct AwsIam;

const fn setting(name: &'static str, doc: &'static str, default: &'static str) -> SettingSpec {
    SettingSpec { name, doc, required: false, default }
}

const ABOUT: About = About {
    kind: "aws-iam",
    title: "AWS IAM: users, roles, keys, policies, trusts, from the live API or from the AWS CLI's output",
    reader_version: 1,
    settings: &[
        setting(
            "path",
            "a file or directory of what the AWS CLI printed; not set = ask AWS itself",
            "",
        ),
        setting(
            "as-of",
            "when those files were made; not set = not before the latest timestamp in each",
            "",
        ),
        setting(
            "account",
            "the account of files that do not say theirs; others are refused then",
            "",
        ),
        setting(
            "endpoint",
            "another address for AWS's APIs: https://…, or http:// on this machine",
            "",
        ),
        setting("region", "the region to ask in; it also says which partition", "us-east-1"),
        setting(
            "accounts",
            "accounts, with commas between; organization = all active ones; not set = the caller's",
            "",
        ),
        setting("role", "the role to assume in every account but the caller's", ""),
        setting("external-id", "what the trust policy of that role asks for; no secret", ""),
        setting("parallel", "calls at a time", "8"),
        setting("requests-per-second", "the most requests per second", "20"),
        setting("resume-within", "how long answers of a collection that was killed are used", "6h"),
    ],
    run_kind: RunKind::Full,
};

impl Source for AwsIam {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn test(&self, settings: &Settings) -> Result<String, CollectError> {
        match settings.get("path") {
            Some(path) => files::test(path),
            None => live::test(settings),
        }
    }

    fn collect(
        &self,
        cx: &Collect<'_>,
        out: &mut dyn Artifacts,
    ) -> Result<Collected, CollectError> {
        match cx.settings.get("path") {
            Some(path) => files::collect(cx, path, out),
            None => live::collect(cx, out),
        }
    }

    fn read(
        &self,
        _settings: &Settings,
        artifact: &Artifact,
        out: &mut Records<'_>,
    ) -> Result<(), ReadError> {
        let bytes = artifact.payload.bytes().map_err(|e| ReadError {
            record: None,
            cause: format!("the bytes cannot be read: {e}"),
            hint: String::new(),
        })?;
        read::read(&bytes, out)
    }

    fn conclude(&self, cx: &Conclude<'_>, collected: Collected) -> Conclusion {
        conclude::conclude(cx, collected)
    }
}
