//! What is wrong with a digest chain or with what it vouches for: one kind for each thing that can
//! be found, with what to do about it.

use serde::{Deserialize, Serialize};
use tenure_model::entry::Gap;
use tenure_model::time::Timestamp;

use super::super::state::LONGEST_DELIVERY;
use super::intervals::Interval;

/// Something found, and the events that it leaves in doubt.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Finding {
    /// The artifact, or the key at which one is missing.
    pub(super) artifact: String,
    pub(super) kind: Kind,
    pub(super) cause: String,
    /// `account/region`.
    pub(super) region: String,
    /// The events in doubt: `[from, to)`.
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

impl Finding {
    pub(super) fn gap(&self) -> Gap {
        Gap {
            artifact: self.artifact.clone(),
            record: None,
            cause: self.cause.clone(),
            hint: self.kind.hint().to_owned(),
        }
    }
}

/// The events that may have been delivered in a stretch.
pub(super) fn events_of((from, to): Interval) -> Interval {
    (from.plus_micros(-LONGEST_DELIVERY), to)
}

/// What can be found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// A digest file cannot be understood.
    Malformed,
    /// Bytes follow the gzip data of a digest.
    DigestTrailing,
    /// A digest's bytes cannot be inflated or read back.
    DigestUnreadable,
    /// A digest lies elsewhere than it says.
    Moved,
    /// A digest is of another bucket than expected.
    OtherBucket,
    /// A digest is of another account than its name or the setting says.
    ForeignAccount,
    /// A digest is signed with an algorithm that digests are not signed with.
    Algorithm,
    /// No public key has the fingerprint that a digest names.
    UnknownKey,
    /// The key is not valid at the digest's time.
    KeyNotValid,
    /// Neither metadata nor a later digest give the signature.
    NoSignature,
    /// No signature verifies.
    BadSignature,
    /// The object metadata do not agree with the digest or with the one after it.
    MetadataDiffer,
    /// A second object of one digest has other content.
    DuplicateDigest,
    /// There are digests, and no public key.
    NoKeys,
    /// A digest that should be here is not.
    DigestMissing,
    /// A digest is not the one that the next was chained to.
    HashDiffers,
    /// The next digest names another signature.
    SignatureDiffers,
    /// The next digest names another bucket.
    BucketDiffers,
    /// The next digest names another digest as the one before.
    PreviousDiffers,
    /// Chained digests leave a stretch out.
    TimeHole,
    /// Digests tell of one stretch twice.
    Overlap,
    /// The chain begins anew.
    Restart,
    /// The chain ends before the log does.
    Tail,
    /// The chain begins after the log does.
    Head,
    /// Log objects of a region are here, and no digest of it verifies.
    RegionUnvouched,
    /// A log object that a digest names is not here.
    LogMissing,
    /// A log object is not the one that was delivered.
    LogAltered,
    /// Bytes follow the gzip data of a log object.
    LogTrailing,
    /// A log object cannot be inflated or read back.
    LogUnreadable,
    /// A digest names one log object twice.
    ListedTwice,
    /// A digest names a log object of another account or region.
    ForeignLog,
    /// A log object that no digest names.
    Inserted,
}

impl Kind {
    /// Whether later evidence may settle it: metadata, keys or the next digest.
    pub(super) const fn may_be_settled(self) -> bool {
        matches!(
            self,
            Self::UnknownKey | Self::KeyNotValid | Self::NoSignature | Self::BadSignature
        ) || matches!(self, Self::MetadataDiffer)
    }

    /// Whether it only says that evidence is lacking.
    pub(super) const fn is_lack(self) -> bool {
        matches!(self, Self::UnknownKey | Self::NoSignature)
    }

    /// Whether a log object was found to be another than the one that was delivered.
    pub(super) const fn is_altered_log(self) -> bool {
        matches!(self, Self::LogAltered | Self::LogTrailing | Self::LogUnreadable)
    }

    const fn hint(self) -> &'static str {
        match self {
            Self::Malformed | Self::DigestTrailing | Self::DigestUnreadable => {
                "fetch the digest again; if it is the same, somebody changed it in the bucket"
            }
            Self::Moved | Self::OtherBucket | Self::ForeignAccount => {
                "fetch the digests with the names and directories that they have in their bucket"
            }
            Self::Algorithm | Self::BadSignature | Self::MetadataDiffer | Self::DuplicateDigest => {
                "fetch the digest and its metadata again; if they are the same, find out who wrote them"
            }
            Self::UnknownKey | Self::KeyNotValid | Self::NoKeys => {
                "fetch the keys of the period with `aws cloudtrail list-public-keys` in the trail's home region and in the digest's"
            }
            Self::NoSignature => {
                "fetch the metadata with `aws s3api head-object` into NAME.metadata.json, or collect the next digest"
            }
            Self::DigestMissing => {
                "fetch it from the trail's bucket; if it is not there, find out who deleted it"
            }
            Self::HashDiffers
            | Self::SignatureDiffers
            | Self::BucketDiffers
            | Self::PreviousDiffers
            | Self::TimeHole
            | Self::Overlap => {
                "fetch both digests again; if they are the same, one of them was exchanged"
            }
            Self::Restart => "find out who stopped the trail or its log file validation, and why",
            Self::Tail => {
                "fetch the newest digests; nothing shows that the log is whole after this"
            }
            Self::Head => "fetch older digests, if there are any",
            Self::RegionUnvouched => {
                "fetch the prefix CloudTrail-Digest of this region, with metadata and public keys"
            }
            Self::LogMissing => {
                "fetch it from the trail's bucket; if it is not there, find out who deleted it"
            }
            Self::LogAltered | Self::LogTrailing | Self::LogUnreadable => {
                "fetch it again; if it is the same, somebody changed it in the bucket"
            }
            Self::ListedTwice | Self::ForeignLog => "compare the digest with the one in the bucket",
            Self::Inserted => {
                "find out who put it there: CloudTrail did not, or its digest is gone"
            }
        }
    }
}
