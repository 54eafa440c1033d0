//! A digest file: what CloudTrail says it delivered in an hour. Fields as in the CloudTrail User
//! Guide, "CloudTrail digest file structure".

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tenure_model::digest::Digest;
use tenure_model::time::Timestamp;

/// The one algorithm that digests are signed with.
pub(super) const SIGNED_WITH: &str = "SHA256withRSA";
const HASHED_WITH: &str = "SHA-256";

/// A digest file, checked for form and not for truth.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Document {
    pub(super) account: String,
    pub(super) place: Place,
    pub(super) fingerprint: String,
    pub(super) signed_with: String,
    /// The stretch of deliveries that it tells of: `[start, end)`.
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    /// The end as the file writes it, which is what is signed.
    end_text: String,
    /// `None` in a starting digest.
    pub(super) previous: Option<Previous>,
    pub(super) logs: Vec<LogEntry>,
    /// SHA-256 of the inflated bytes.
    pub(super) hash: Digest,
}

/// Where an object was delivered.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) bucket: String,
    pub(super) key: String,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

/// What a digest says of the one before.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Previous {
    pub(super) place: Place,
    pub(super) hash: Digest,
    /// Lower-case hex.
    pub(super) signature: String,
}

/// A log object that a digest names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct LogEntry {
    pub(super) key: String,
    pub(super) hash: Digest,
    /// Times of the oldest and newest event in it.
    pub(super) events: Option<(Timestamp, Timestamp)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    aws_account_id: Option<String>,
    digest_start_time: Option<String>,
    digest_end_time: Option<String>,
    digest_s3_bucket: Option<String>,
    digest_s3_object: Option<String>,
    digest_public_key_fingerprint: Option<String>,
    digest_signature_algorithm: Option<String>,
    previous_digest_s3_bucket: Option<String>,
    previous_digest_s3_object: Option<String>,
    previous_digest_hash_value: Option<String>,
    previous_digest_hash_algorithm: Option<String>,
    previous_digest_signature: Option<String>,
    log_files: Option<Vec<RawLog>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawLog {
    s3_bucket: Option<String>,
    s3_object: Option<String>,
    hash_value: Option<String>,
    hash_algorithm: Option<String>,
    newest_event_time: Option<String>,
    oldest_event_time: Option<String>,
}

impl Document {
    /// From the inflated bytes; the error is for people and names the field.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let raw: Raw =
            serde_json::from_slice(bytes).map_err(|e| format!("it is no digest file: {e}"))?;
        let start = instant("digestStartTime", raw.digest_start_time.as_deref())?;
        let end = instant("digestEndTime", raw.digest_end_time.as_deref())?;
        if start >= end {
            return Err(format!(
                "its digestEndTime {end} is not after its digestStartTime {start}"
            ));
        }
        let previous = previous(&raw)?;
        let logs = raw.log_files.ok_or_else(|| absent("logFiles"))?;
        let place = Place {
            bucket: required("digestS3Bucket", raw.digest_s3_bucket)?,
            key: required("digestS3Object", raw.digest_s3_object)?,
        };
        Ok(Self {
            account: required("awsAccountId", raw.aws_account_id)?,
            place,
            fingerprint: required("digestPublicKeyFingerprint", raw.digest_public_key_fingerprint)?,
            signed_with: required("digestSignatureAlgorithm", raw.digest_signature_algorithm)?,
            start,
            end,
            end_text: raw.digest_end_time.unwrap_or_default(),
            previous,
            logs: logs.into_iter().map(LogEntry::from).collect::<Result<_, _>>()?,
            hash: Digest(Sha256::digest(bytes).into()),
        })
    }

    /// What CloudTrail signs: the end, the place, the SHA-256 of the file and the signature of the
    /// digest before, or `null` (User Guide, "Custom implementations of CloudTrail log file
    /// integrity validation").
    pub(super) fn string_to_sign(&self) -> String {
        let before = self.previous.as_ref().map(|previous| previous.signature.as_str());
        string_to_sign(&self.end_text, &self.place, &self.hash, before)
    }
}

fn string_to_sign(end: &str, place: &Place, hash: &Digest, before: Option<&str>) -> String {
    let Place { bucket, key } = place;
    format!("{end}\n{bucket}/{key}\n{hash}\n{}", before.unwrap_or("null"))
}

fn previous(raw: &Raw) -> Result<Option<Previous>, String> {
    let fields = [
        ("previousDigestS3Bucket", &raw.previous_digest_s3_bucket),
        ("previousDigestS3Object", &raw.previous_digest_s3_object),
        ("previousDigestHashValue", &raw.previous_digest_hash_value),
        ("previousDigestHashAlgorithm", &raw.previous_digest_hash_algorithm),
        ("previousDigestSignature", &raw.previous_digest_signature),
    ];
    if fields.iter().all(|(_, value)| value.is_none()) {
        return Ok(None);
    }
    let [bucket, key, hash, algorithm, signature] =
        fields.map(|(name, value)| value.as_deref().map(|value| (name, value)).ok_or(name));
    let named = |field: Result<_, &str>| {
        field.map_err(|name| format!("it names the digest before in part only: it has no {name}"))
    };
    let (name, algorithm) = named(algorithm)?;
    hashed(name, algorithm)?;
    let (name, hash) = named(hash)?;
    let (signature_name, signature) = named(signature)?;
    let place = Place { bucket: named(bucket)?.1.to_owned(), key: named(key)?.1.to_owned() };
    Ok(Some(Previous {
        place,
        hash: sha256(name, hash)?,
        signature: hex_text(signature_name, signature)?,
    }))
}

impl LogEntry {
    fn from(raw: RawLog) -> Result<Self, String> {
        let key = required("s3Object of a log file", raw.s3_object)?;
        let of = |field: &str| format!("{field} of {key}");
        required(&of("s3Bucket"), raw.s3_bucket)?;
        hashed(&of("hashAlgorithm"), &required(&of("hashAlgorithm"), raw.hash_algorithm)?)?;
        let hash = sha256(&of("hashValue"), &required(&of("hashValue"), raw.hash_value)?)?;
        let time = |field: &str, text: Option<String>| {
            text.map(|text| instant(&of(field), Some(&text))).transpose()
        };
        let oldest = time("oldestEventTime", raw.oldest_event_time)?;
        let newest = time("newestEventTime", raw.newest_event_time)?;
        let events = oldest.zip(newest).filter(|(oldest, newest)| oldest <= newest);
        Ok(Self { hash, events, key })
    }
}

fn absent(field: &str) -> String {
    format!("it has no {field}")
}

fn required(field: &str, value: Option<String>) -> Result<String, String> {
    value.filter(|value| !value.is_empty()).ok_or_else(|| absent(field))
}

fn instant(field: &str, value: Option<&str>) -> Result<Timestamp, String> {
    let text = value.ok_or_else(|| absent(field))?;
    text.parse().map_err(|e| format!("its {field} cannot be used: {e}"))
}

fn hashed(field: &str, algorithm: &str) -> Result<(), String> {
    if algorithm == HASHED_WITH {
        return Ok(());
    }
    Err(format!("its {field} is '{algorithm}', and only {HASHED_WITH} is known"))
}

/// 64 hex digits, in either case.
fn sha256(field: &str, text: &str) -> Result<Digest, String> {
    let digits = text.chars().count();
    if digits != 64 {
        return Err(format!("its {field} has {digits} hex digits, and a SHA-256 has 64"));
    }
    text.to_ascii_lowercase().parse().map_err(|_| format!("its {field} is not hex"))
}

/// Hex of any even length, made lower case.
pub(super) fn hex_text(field: &str, text: &str) -> Result<String, String> {
    match hex::decode(text) {
        Ok(bytes) if !bytes.is_empty() => Ok(hex::encode(bytes)),
        _ => Err(format!("its {field} is not hex")),
    }
}

#[cfg(test)]
mod tests;
