//! Whether a digest is what its name and place say.

use crate::settings::Settings;

use super::super::document::{Document, SIGNED_WITH};
use super::super::finding::Kind;
use super::super::place::{DigestName, may_lie_at};
use super::Fault;

/// What the settings say of every digest.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Expected<'a> {
    bucket: Option<&'a str>,
    account: Option<&'a str>,
}

impl<'a> Expected<'a> {
    pub(super) fn by(settings: &'a Settings) -> Self {
        let setting = |name: &str| settings.get(name).filter(|value| !value.is_empty());
        Self { bucket: setting("bucket"), account: setting("account") }
    }

    /// The digest, if it is.
    pub(super) fn in_place(
        self,
        artifact: &str,
        name: &DigestName<'_>,
        document: Document,
    ) -> Result<Document, Fault> {
        let fault = self.fault(artifact, name, &document);
        fault.map_or(Ok(document), Err)
    }

    fn fault(self, artifact: &str, name: &DigestName<'_>, document: &Document) -> Option<Fault> {
        let Document { place, account, end, signed_with, .. } = document;
        if !may_lie_at(place, artifact) {
            let cause = format!("it says that it is {place}: it was moved or renamed");
            return Some((Kind::Moved, cause));
        }
        if let Some(expected) = self.bucket.filter(|expected| *expected != place.bucket) {
            let cause =
                format!("it says that it is of the bucket {}, not of {expected}", place.bucket);
            return Some((Kind::OtherBucket, cause));
        }
        let expected = self.account.unwrap_or(name.account);
        if account != name.account || account != expected {
            let cause = format!("it is a digest of account {account}, and {expected} is expected");
            return Some((Kind::ForeignAccount, cause));
        }
        if name.at.seconds() != end.seconds() {
            let cause = format!(
                "its name tells of the hour before {}, and it tells of the one before {end}",
                name.at
            );
            return Some((Kind::Moved, cause));
        }
        if signed_with != SIGNED_WITH {
            let cause = format!(
                "it is signed with {signed_with}, and digests are signed with {SIGNED_WITH}"
            );
            return Some((Kind::Algorithm, cause));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KEY: &str = "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2024/05/01/111122223333_CloudTrail-Digest_eu-west-1_t_eu-west-1_20240501T110000Z.json.gz";

    fn kind(expected: Expected<'_>, artifact: &str, end: &str) -> Option<Kind> {
        let digest = json!({
            "awsAccountId": "111122223333",
            "digestStartTime": "2024-05-01T10:00:00Z", "digestEndTime": end,
            "digestS3Bucket": "logs", "digestS3Object": KEY,
            "digestPublicKeyFingerprint": "ff", "digestSignatureAlgorithm": "SHA256withRSA",
            "logFiles": []
        });
        let document = Document::parse(digest.to_string().as_bytes()).expect("a digest");
        let name = DigestName::parse(artifact).expect("a name");
        expected.fault(artifact, &name, &document).map(|(kind, _)| kind)
    }

    #[test]
    fn bucket_account_and_hour_are_compared() {
        let end = "2024-05-01T11:00:00Z";
        let any = Expected::default();
        assert_eq!(kind(any, KEY, end), None);
        assert_eq!(kind(any, KEY, "2024-05-01T12:00:00Z"), Some(Kind::Moved));
        let at = |bucket: &str| format!("s3://{bucket}/{KEY}");
        assert_eq!(kind(any, &at("logs"), end), None);
        assert_eq!(kind(any, &at("other"), end), Some(Kind::Moved));
        let bucket = |name| Expected { bucket: Some(name), account: None };
        assert_eq!(kind(bucket("logs"), KEY, end), None);
        assert_eq!(kind(bucket("other"), KEY, end), Some(Kind::OtherBucket));
        let account = |id| Expected { bucket: None, account: Some(id) };
        assert_eq!(kind(account("111122223333"), KEY, end), None);
        assert_eq!(kind(account("999988887777"), KEY, end), Some(Kind::ForeignAccount));
    }
}
