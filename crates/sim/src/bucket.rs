//! A bucket as a CloudTrail trail with log file validation fills it: log objects, hourly digests,
//! their metadata, public keys. Digests are chained and signed as CloudTrail does, with keys of our
//! own (CloudTrail User Guide, "CloudTrail digest file structure").

use std::collections::BTreeMap;
use std::io::Write as _;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tenure_model::Timestamp;

mod signer;

use crate::time::{HOUR, MINUTE};
pub use signer::{CannotSign, Signer};

/// A trail in one region.
#[derive(Clone, Debug)]
pub struct Trail {
    /// The account.
    pub account: String,
    /// Its name.
    pub name: String,
    /// The home region.
    pub home: String,
    /// The region of which it delivers.
    pub region: String,
    /// Where to.
    pub bucket: String,
}

/// A change made to a digest before it is signed.
pub type Edit = fn(&mut Value);

/// An hour of a trail.
#[derive(Clone, Debug)]
pub struct Hour {
    /// Start of the deliveries that its digest tells of.
    pub start: Timestamp,
    /// Their end.
    pub end: Timestamp,
    /// When log objects are delivered in it.
    pub deliveries: Vec<Timestamp>,
    /// Whether its digest names none before it.
    pub starting: bool,
    /// Whether its digest was made later.
    pub backfill: bool,
    /// Who signs its digest.
    pub signer: Signer,
    /// What is changed before.
    pub edit: Option<Edit>,
}

impl Hour {
    /// The hour from `start` with deliveries after so many minutes.
    #[must_use]
    pub fn new(start: Timestamp, minutes: &[i64]) -> Self {
        Self {
            start,
            end: start.plus_micros(HOUR),
            deliveries: minutes.iter().map(|m| start.plus_micros(m * MINUTE)).collect(),
            starting: false,
            backfill: false,
            signer: Signer::FIRST,
            edit: None,
        }
    }
}

/// What a log object holds, inflated, and the instants of its oldest and newest event.
#[derive(Clone, Debug)]
pub struct Logged {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its oldest event.
    pub oldest: Timestamp,
    /// Its newest event.
    pub newest: Timestamp,
}

/// Objects by key, with the metadata of digests beside them.
pub type Objects = BTreeMap<String, Vec<u8>>;

impl Trail {
    /// The trail `t` of account 111122223333, whose home is `eu-west-1`.
    #[must_use]
    pub fn new(region: &str) -> Self {
        Self {
            account: "111122223333".to_owned(),
            name: "t".to_owned(),
            home: "eu-west-1".to_owned(),
            region: region.to_owned(),
            bucket: "logs".to_owned(),
        }
    }

    /// The key of the log object delivered then.
    #[must_use]
    pub fn log_key(&self, at: Timestamp) -> String {
        let Self { account, region, .. } = self;
        let (day, time) = (at.date().replace('-', "/"), compact(at));
        // Unique per region and minute, as the random part of a real name is.
        let unique = &hex::encode(Sha256::digest(format!("{region}{at}")))[..16];
        format!(
            "AWSLogs/{account}/CloudTrail/{region}/{day}/{account}_CloudTrail_{region}_{}Z_{unique}.json.gz",
            &time[..13]
        )
    }

    /// The key of the digest that ends then.
    #[must_use]
    pub fn digest_key(&self, end: Timestamp, backfill: bool) -> String {
        let Self { account, name, home, region, .. } = self;
        let (day, time) = (end.date().replace('-', "/"), compact(end));
        let suffix = if backfill { "_backfill" } else { "" };
        format!(
            "AWSLogs/{account}/CloudTrail-Digest/{region}/{day}/{account}_CloudTrail-Digest_{region}_{name}_{home}_{time}{suffix}.json.gz"
        )
    }

    /// The bytes of a log object, inflated: two events of the minutes before the delivery.
    #[must_use]
    pub fn log(&self, at: Timestamp) -> Vec<u8> {
        let event = |minutes: i64| {
            let time = at.plus_micros(-minutes * MINUTE);
            let id = hex::encode(Sha256::digest(format!("{}{time}", self.region)));
            json!({
                "eventVersion": "1.08", "eventID": &id[..32], "eventTime": time,
                "eventSource": "ec2.amazonaws.com", "eventName": "DescribeInstances",
                "awsRegion": self.region, "recipientAccountId": self.account, "readOnly": true,
                "sourceIPAddress": "198.51.100.7", "userAgent": "test", "eventType": "AwsApiCall",
                "userIdentity": {
                    "type": "IAMUser", "principalId": "AIDAEXAMPLE", "userName": "alice",
                    "accountId": self.account,
                    "arn": format!("arn:aws:iam::{}:user/alice", self.account)
                }
            })
        };
        json!({"Records": [event(4), event(1)]}).to_string().into_bytes()
    }

    /// The object delivered then when nothing else is said: two events of the minutes before.
    fn sample(&self, at: Timestamp) -> Logged {
        let before = |minutes: i64| at.plus_micros(-minutes * MINUTE);
        Logged { bytes: self.log(at), oldest: before(4), newest: before(1) }
    }

    /// Delivers hours, in order, with two events in each log object; see [`Self::deliver_of`].
    ///
    /// # Panics
    /// When this machine has no random numbers to sign with.
    #[must_use]
    pub fn deliver(&self, hours: &[Hour]) -> Objects {
        self.deliver_of(hours, |at| self.sample(at)).expect("the machine has random numbers")
    }

    /// Delivers hours, in order: log objects, digests, and the metadata of each digest object as
    /// `KEY.metadata.json`. Hours and backfilled hours are chained apart. What the log object
    /// delivered at an instant holds is asked for.
    ///
    /// # Errors
    /// When this machine has no random numbers to sign with.
    pub fn deliver_of(
        &self,
        hours: &[Hour],
        content: impl Fn(Timestamp) -> Logged,
    ) -> Result<Objects, CannotSign> {
        let mut objects = Objects::new();
        let mut last: BTreeMap<bool, Delivered> = BTreeMap::new();
        for hour in hours {
            let logged: Vec<_> = hour.deliveries.iter().map(|at| (*at, content(*at))).collect();
            let previous = last.remove(&hour.backfill).filter(|_| !hour.starting);
            let digest = self.digest(hour, &logged, previous.as_ref())?;
            for (at, logged) in logged {
                objects.insert(self.log_key(at), gzip(&logged.bytes));
            }
            objects.insert(digest.key.clone(), gzip(&digest.bytes));
            objects.insert(format!("{}.metadata.json", digest.key), metadata(hour, &digest));
            last.insert(hour.backfill, digest);
        }
        Ok(objects)
    }

    fn digest(
        &self,
        hour: &Hour,
        logged: &[(Timestamp, Logged)],
        previous: Option<&Delivered>,
    ) -> Result<Delivered, CannotSign> {
        let key = self.digest_key(hour.end, hour.backfill);
        let logs: Vec<_> = logged.iter().map(|(at, logged)| self.log_entry(*at, logged)).collect();
        let mut digest = json!({
            "awsAccountId": self.account,
            "digestStartTime": hour.start, "digestEndTime": hour.end,
            "digestS3Bucket": self.bucket, "digestS3Object": key,
            "digestPublicKeyFingerprint": hour.signer.fingerprint(),
            "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": logged.last().map(|(_, logged)| logged.newest),
            "oldestEventTime": logged.first().map(|(_, logged)| logged.oldest),
            "previousDigestS3Bucket": previous.map(|p| &p.bucket),
            "previousDigestS3Object": previous.map(|p| &p.key),
            "previousDigestHashValue": previous.map(|p| hex::encode(Sha256::digest(&p.bytes))),
            "previousDigestHashAlgorithm": previous.map(|_| "SHA-256"),
            "previousDigestSignature": previous.map(|p| &p.signature),
            "logFiles": logs
        });
        if let Some(edit) = hour.edit {
            edit(&mut digest);
        }
        let bytes = digest.to_string().into_bytes();
        let signature = hour.signer.sign(&string_to_sign(&digest, &bytes))?;
        let text = |name: &str| digest[name].as_str().unwrap_or_default().to_owned();
        let (bucket, signed_key) = (text("digestS3Bucket"), text("digestS3Object"));
        let key = if signed_key.is_empty() { key } else { signed_key };
        Ok(Delivered { bucket, key, bytes, signature })
    }

    fn log_entry(&self, at: Timestamp, logged: &Logged) -> Value {
        json!({
            "s3Bucket": self.bucket, "s3Object": self.log_key(at),
            "hashValue": hex::encode(Sha256::digest(&logged.bytes)), "hashAlgorithm": "SHA-256",
            "newestEventTime": logged.newest, "oldestEventTime": logged.oldest
        })
    }
}

/// What the next digest has to say of this one.
struct Delivered {
    bucket: String,
    key: String,
    bytes: Vec<u8>,
    signature: String,
}

fn string_to_sign(digest: &Value, bytes: &[u8]) -> String {
    let text = |name: &str| digest[name].as_str().unwrap_or("null");
    format!(
        "{}\n{}/{}\n{}\n{}",
        text("digestEndTime"),
        text("digestS3Bucket"),
        text("digestS3Object"),
        hex::encode(Sha256::digest(bytes)),
        text("previousDigestSignature")
    )
}

/// As `aws s3api head-object` prints it.
fn metadata(hour: &Hour, digest: &Delivered) -> Vec<u8> {
    let mut metadata =
        json!({"signature": digest.signature, "signature-algorithm": "SHA256withRSA"});
    if hour.backfill {
        metadata["backfill-generation-timestamp"] = json!(hour.end.plus_micros(30 * 24 * HOUR));
    }
    let head =
        json!({"AcceptRanges": "bytes", "ContentType": "application/json", "Metadata": metadata});
    head.to_string().into_bytes()
}

/// A list of keys as `aws cloudtrail list-public-keys` prints it.
#[must_use]
pub fn public_keys(keys: &[(Signer, Timestamp, Timestamp)]) -> Vec<u8> {
    let listed: Vec<_> = keys
        .iter()
        .map(|(signer, from, to)| {
            json!({
                "Value": signer.value(), "Fingerprint": signer.fingerprint(),
                "ValidityStartTime": from.seconds(), "ValidityEndTime": to
            })
        })
        .collect();
    json!({"PublicKeyList": listed}).to_string().into_bytes()
}

/// `20240501T100000Z`.
fn compact(at: Timestamp) -> String {
    at.to_string().chars().filter(|c| !matches!(c, '-' | ':')).collect()
}

/// One gzip member, without name or time in its header.
#[must_use]
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    // Writing into memory does not fail; if it ever did, the file would be cut and every reader
    // would say so.
    encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default()
}
