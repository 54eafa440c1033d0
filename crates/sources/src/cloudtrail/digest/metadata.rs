//! The metadata of a digest object, as `aws s3api head-object` prints them: the signature of the
//! newest digest stands nowhere else.

use std::collections::BTreeMap;

use serde::Deserialize;
use tenure_model::time::Timestamp;

use super::document::{SIGNED_WITH, hex_text};

/// A sidecar's name is its object's, and this.
pub(super) const SUFFIX: &str = ".metadata.json";

/// What the metadata say of the signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Metadata {
    /// Lower-case hex.
    pub(super) signature: String,
    /// When a backfilled digest was made.
    pub(super) generated: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HeadObject {
    metadata: BTreeMap<String, String>,
}

impl Metadata {
    /// From the command's output; the error is for people.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let head: HeadObject = serde_json::from_slice(bytes)
            .map_err(|e| format!("the object metadata are not what head-object prints: {e}"))?;
        let get = |name: &str| {
            let entry = head.metadata.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            entry.map(|(_, value)| value.as_str())
        };
        let missing = |name: &str| format!("the object metadata have no {name}");
        let algorithm = get("signature-algorithm").ok_or_else(|| missing("signature-algorithm"))?;
        if algorithm != SIGNED_WITH {
            return Err(format!(
                "the object metadata name the signature algorithm {algorithm}, and digests are signed with {SIGNED_WITH}"
            ));
        }
        let signature = get("signature").ok_or_else(|| missing("signature"))?;
        let generated = get("backfill-generation-timestamp").map(str::parse).transpose();
        Ok(Self {
            signature: hex_text("signature", signature)
                .map_err(|cause| format!("the object metadata cannot be used: {cause}"))?,
            generated: generated
                .map_err(|e| format!("the backfill-generation-timestamp cannot be used: {e}"))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_head_object_prints() {
        let text = r#"{"AcceptRanges": "bytes", "ContentLength": 811,
            "Metadata": {"signature": "AB01", "signature-algorithm": "SHA256withRSA",
                         "backfill-generation-timestamp": "2026-02-01T00:00:00Z"}}"#;
        let metadata = Metadata::parse(text.as_bytes()).expect("metadata");
        assert_eq!(metadata.signature, "ab01");
        assert_eq!(metadata.generated.expect("a time").to_string(), "2026-02-01T00:00:00Z");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, cause) in [
            (
                r#"{"Metadata": {"signature": "ab", "signature-algorithm": "SHA1withRSA"}}"#,
                "SHA1withRSA",
            ),
            (
                r#"{"Metadata": {"signature": "xy", "signature-algorithm": "SHA256withRSA"}}"#,
                "not hex",
            ),
            (r#"{"Metadata": {"signature-algorithm": "SHA256withRSA"}}"#, "no signature"),
            (r#"{"Metadata": {"signature": "ab"}}"#, "no signature-algorithm"),
            (r#"{"ETag": "x"}"#, "head-object"),
            ("", "head-object"),
        ] {
            let error = Metadata::parse(text.as_bytes()).expect_err(text);
            assert!(error.contains(cause), "{error}");
        }
    }
}
