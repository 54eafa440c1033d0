use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// `string_to_sign` of aws-cli's `tests/unit/customizations/cloudtrail/test_validation.py`
/// (Apache-2.0).
#[test]
fn the_published_string_to_sign() {
    let place = Place { bucket: "b".to_owned(), key: "c".to_owned() };
    let hash = Digest(Sha256::digest(b"abc").into());
    assert_eq!(
        string_to_sign("a", &place, &hash, None),
        "a\nb/c\nba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\nnull"
    );
    assert!(string_to_sign("a", &place, &hash, Some("0f")).ends_with("\n0f"));
}

fn digest() -> Value {
    json!({
        "awsAccountId": "111122223333",
        "digestStartTime": "2024-05-01T10:00:00Z", "digestEndTime": "2024-05-01T11:00:00Z",
        "digestS3Bucket": "b", "digestS3Object": "k",
        "digestPublicKeyFingerprint": "ff", "digestSignatureAlgorithm": "SHA256withRSA",
        "newestEventTime": null, "oldestEventTime": null,
        "previousDigestS3Bucket": "b", "previousDigestS3Object": "j",
        "previousDigestHashValue": "ab".repeat(32), "previousDigestHashAlgorithm": "SHA-256",
        "previousDigestSignature": "0A0B",
        "logFiles": [{
            "s3Bucket": "b", "s3Object": "l", "hashValue": "CD".repeat(32),
            "hashAlgorithm": "SHA-256", "oldestEventTime": "2024-05-01T09:59:00Z",
            "newestEventTime": "2024-05-01T10:03:00Z"
        }]
    })
}

fn parsed(digest: &Value) -> Result<Document, String> {
    Document::parse(digest.to_string().as_bytes())
}

#[test]
fn every_field_is_taken() {
    let document = parsed(&digest()).expect("a digest");
    let previous = document.previous.clone().expect("a previous digest");
    assert_eq!((previous.place.key.as_str(), previous.signature.as_str()), ("j", "0a0b"));
    assert_eq!(document.logs[0].hash, Digest([0xcd; 32]));
    assert_eq!(document.logs[0].events.expect("times").1.to_string(), "2024-05-01T10:03:00Z");
    assert!(document.string_to_sign().starts_with("2024-05-01T11:00:00Z\nb/k\n"));
    assert!(document.string_to_sign().ends_with("\n0a0b"));
}

#[test]
fn a_starting_digest_names_none_before_it() {
    let mut starting = digest();
    for (name, value) in starting.as_object_mut().expect("an object") {
        if name.starts_with("previousDigest") {
            *value = Value::Null;
        }
    }
    let document = parsed(&starting).expect("a digest");
    assert_eq!(document.previous, None);
    assert!(document.string_to_sign().ends_with("\nnull"));
}

#[test]
fn what_is_wrong_is_named() {
    let with = |pointer: &str, value: Value| {
        let mut digest = digest();
        *digest.pointer_mut(pointer).expect("there") = value;
        digest
    };
    for (digest, cause) in [
        (
            with("/previousDigestHashValue", json!("a".repeat(63))),
            "previousDigestHashValue has 63 hex digits",
        ),
        (with("/previousDigestHashValue", json!("x".repeat(64))), "is not hex"),
        (with("/previousDigestHashValue", Value::Null), "has no previousDigestHashValue"),
        (with("/previousDigestHashAlgorithm", json!("MD5")), "is 'MD5'"),
        (with("/previousDigestSignature", json!("0")), "previousDigestSignature is not hex"),
        (with("/digestEndTime", json!("yesterday")), "digestEndTime cannot be used"),
        (with("/digestEndTime", json!("2024-05-01T10:00:00Z")), "is not after"),
        (with("/digestS3Object", Value::Null), "has no digestS3Object"),
        (with("/awsAccountId", json!("")), "has no awsAccountId"),
        (with("/logFiles", Value::Null), "has no logFiles"),
        (with("/logFiles/0/hashValue", json!("00")), "hashValue of l has 2 hex digits"),
        (with("/logFiles/0/hashAlgorithm", json!("SHA-1")), "hashAlgorithm of l is 'SHA-1'"),
        (json!([]), "no digest file"),
        (json!({"digestStartTime": 1}), "no digest file"),
    ] {
        let error = parsed(&digest).expect_err(cause);
        assert!(error.contains(cause), "{error}");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Document::parse(&bytes).is_err());
    }

    /// A digest with some bytes changed is refused or says what its bytes say.
    #[test]
    fn mutated_digests_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = digest().to_string().into_bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        match Document::parse(&bytes) {
            Ok(document) => {
                prop_assert!(document.start < document.end);
                prop_assert_eq!(document.hash, Digest(Sha256::digest(&bytes).into()));
            }
            Err(cause) => prop_assert!(!cause.is_empty()),
        }
    }
}
