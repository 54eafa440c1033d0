//! The state of AWS's identity and access management: who and what exists, with which credentials,
//! memberships, policies and trusts, from the live API or from files that the AWS CLI printed.

use tenure_model::entry::RunKind;

use crate::records::Records;
use crate::settings::{SettingSpec, Settings};
use crate::source::{
    About, Artifact, Artifacts, Collect, CollectError, Collected, ReadError, Source,
};

#[cfg_attr(not(test), expect(dead_code, reason = "captures of files come with their reader"))]
mod capture;
mod live;

/// The kind `aws-iam`.
pub(crate) struct AwsIam;

const ABOUT: About = About {
    kind: "aws-iam",
    title: "AWS identities, credentials and access, as the account's own APIs tell them",
    reader_version: 1,
    settings: &[
        optional(
            "endpoint",
            "another address for AWS's APIs: https://…, or http:// on this machine",
            "",
        ),
        optional("region", "the region to ask in; it also says which partition", "us-east-1"),
        optional(
            "accounts",
            "accounts, with commas between; organization = all active ones; not set = the caller's",
            "",
        ),
        optional("role", "the role to assume in every account but the caller's", ""),
        optional("external-id", "what the trust policy of that role asks for; no secret", ""),
        optional("parallel", "calls at a time", "8"),
        optional("requests-per-second", "the most requests per second", "20"),
        optional(
            "resume-within",
            "how long answers of a collection that was killed are used",
            "6h",
        ),
    ],
    run_kind: RunKind::Full,
};

const fn optional(name: &'static str, doc: &'static str, default: &'static str) -> SettingSpec {
    SettingSpec { name, doc, required: false, default }
}

impl Source for AwsIam {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn test(&self, settings: &Settings) -> Result<String, CollectError> {
        live::test(settings)
    }

    fn collect(
        &self,
        cx: &Collect<'_>,
        out: &mut dyn Artifacts,
    ) -> Result<Collected, CollectError> {
        live::collect(cx, out)
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
            hint: "check the blob".to_owned(),
        })?;
        for line in capture::lines(&bytes) {
            match capture::Line::parse(line) {
                Ok(_) => out.skip(line, "kept, and not read by this version"),
                Err(cause) => out.reject(line, &cause, "collect again"),
            }
        }
        Ok(())
    }
}
