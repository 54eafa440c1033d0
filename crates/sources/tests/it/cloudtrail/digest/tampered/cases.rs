//! The ways.

use super::*;

const fn none(_: &mut Vec<Hour>) {}
const fn nothing(_: &mut Objects) {}

/// Of the log object of 05:10, with events of 05:06 and 05:09.
const OF_A_LOG: &[(i64, i64)] = &[(hour(5, 6), hour(5, 10))];
/// Of the deliveries from 05:00 to 06:00: events may have been delivered up to 30 minutes later.
const OF_AN_HOUR: &[(i64, i64)] = &[(hour(4, 30), hour(6, 0))];
/// Of the digests of two such hours, of which one is wrong.
const OF_TWO_HOURS: &[(i64, i64)] = &[(hour(4, 30), hour(7, 0))];
/// Of the last hour.
const OF_THE_LAST: &[(i64, i64)] = &[(hour(10, 30), hour(11, 30))];
/// An object that cannot be read: events from 15 minutes before the time in its name on.
const UNREADABLE: &[(i64, i64)] = &[(hour(4, 55), hour(5, 11))];

const LOG: &str = "eu-west-1_20240501T0510Z";
const DIGEST: &str = "eu-west-1_20240501T060000Z.json.gz";
const NEWEST: &str = "eu-west-1_20240501T120000Z.json.gz";

pub(super) const LOGS: &[Case] = &[
    Case {
        name: "a bit of a log object is flipped",
        before: none,
        after: |objects| {
            let bytes = object(objects, &log(5, 10));
            let mut content = inflated(bytes);
            let at = content.windows(5).position(|w| w == b"alice").unwrap();
            content[at] ^= 1;
            *bytes = gzip(&content);
        },
        found: &[(LOG, "it was altered")],
        doubtful: OF_A_LOG,
    },
    Case {
        name: "a log object is deleted",
        before: none,
        after: |objects| remove(objects, &[log(5, 10)]),
        found: &[(LOG, "names it, and it is not here")],
        doubtful: OF_A_LOG,
    },
    Case {
        name: "a log object is put there",
        before: none,
        after: |objects| {
            let bytes = gzip(&trail().log(minutes(hour(5, 25))));
            objects.insert(log(5, 25), bytes);
        },
        found: &[("T0525Z", "no digest names it")],
        doubtful: &[(hour(5, 10), hour(5, 26))],
    },
    Case {
        name: "two log objects are swapped",
        before: none,
        after: |objects| {
            let (a, b) = (objects[&log(5, 10)].clone(), objects[&log(8, 40)].clone());
            objects.extend([(log(5, 10), b), (log(8, 40), a)]);
        },
        found: &[(LOG, "it was altered"), ("T0840Z", "it was altered")],
        doubtful: &[(hour(5, 6), hour(5, 10)), (hour(8, 36), hour(8, 40))],
    },
    Case {
        name: "a log object is cut off",
        before: none,
        after: |objects| {
            let bytes = object(objects, &log(5, 10));
            bytes.truncate(bytes.len() - 9);
        },
        found: &[(LOG, "the gzip data are cut off or damaged")],
        doubtful: UNREADABLE,
    },
    Case {
        name: "bytes are appended to a log object",
        before: none,
        after: |objects| object(objects, &log(5, 10)).extend(b"more"),
        found: &[(LOG, "with its digest: there are bytes after the end of the gzip data")],
        doubtful: UNREADABLE,
    },
    Case {
        name: "a second gzip member is appended to a log object",
        before: none,
        after: |objects| {
            let more = gzip(br#"{"Records":[]}"#);
            object(objects, &log(5, 10)).extend(more);
        },
        found: &[(LOG, "with its digest: there are bytes after the end of the gzip data")],
        doubtful: OF_A_LOG,
    },
    Case {
        name: "a log object has an altered copy elsewhere",
        before: none,
        after: |objects| {
            let copy = gzip(&trail().log(minutes(hour(5, 11))));
            objects.insert(format!("copy/{}", log(5, 10)), copy);
        },
        found: &[("copy/", "it was altered")],
        doubtful: OF_A_LOG,
    },
    Case {
        name: "an hour's digest and log objects are deleted",
        before: none,
        after: |objects| {
            let keys = [digest(6), metadata(6), log(5, 10), log(5, 40)];
            remove(objects, &keys);
        },
        found: &[(DIGEST, "is missing")],
        doubtful: OF_AN_HOUR,
    },
];

pub(super) const DIGESTS: &[Case] = &[
    Case {
        name: "bytes are appended to a digest",
        before: none,
        after: |objects| object(objects, &digest(6)).extend(b"more"),
        found: &[(DIGEST, "verified: there are bytes after the end of the gzip data")],
        doubtful: OF_AN_HOUR,
    },
    Case {
        name: "a digest is cut off",
        before: none,
        after: |objects| {
            let bytes = object(objects, &digest(6));
            bytes.truncate(bytes.len() - 9);
        },
        found: &[(DIGEST, "verified: the gzip data are cut off or damaged")],
        doubtful: OF_AN_HOUR,
    },
    Case {
        name: "a digest is deleted",
        before: none,
        after: |objects| remove(objects, &[digest(6), metadata(6)]),
        found: &[(DIGEST, "from 2024-05-01T05:00:00Z to 2024-05-01T06:00:00Z is missing")],
        doubtful: OF_AN_HOUR,
    },
    Case {
        name: "two digests in a row are deleted",
        before: none,
        after: |objects| remove(objects, &[digest(6), metadata(6), digest(7), metadata(7)]),
        found: &[
            (DIGEST, "from 2024-05-01T05:00:00Z to 2024-05-01T06:00:00Z is missing"),
            ("T070000Z", "from 2024-05-01T06:00:00Z to 2024-05-01T07:00:00Z is missing"),
        ],
        doubtful: OF_TWO_HOURS,
    },
    Case {
        name: "the newest digests are deleted",
        before: none,
        after: |objects| {
            (10..=12).for_each(|end| remove(objects, &[digest(end), metadata(end)]));
        },
        found: &[("T100000Z", "ends at 2024-05-01T09:00:00Z")],
        doubtful: &[(hour(8, 30), hour(11, 30))],
    },
    Case {
        name: "the oldest digest is deleted",
        before: none,
        after: |objects| remove(objects, &[digest(1), metadata(1)]),
        found: &[("T010000Z", "the digest before the first one is missing")],
        doubtful: &[(hour(0, 0), hour(1, 0))],
    },
    Case {
        name: "a digest is moved",
        before: none,
        after: |objects| {
            for key in [digest(6), metadata(6)] {
                let bytes = objects.remove(&key).unwrap();
                objects.insert(key.replace("2024/05/01", "2024/05/02"), bytes);
            }
        },
        found: &[(DIGEST, "it was moved or renamed")],
        doubtful: OF_AN_HOUR,
    },
    Case {
        name: "an old digest is played again under another hour",
        before: none,
        after: |objects| {
            let old = [objects[&digest(3)].clone(), objects[&metadata(3)].clone()];
            objects.extend([digest(6), metadata(6)].into_iter().zip(old));
        },
        found: &[(DIGEST, "it was moved or renamed")],
        doubtful: OF_AN_HOUR,
    },
    Case {
        name: "a digest has a second object with other content",
        before: none,
        after: |objects| {
            let copy = format!("copy/{}", digest(6));
            let bytes = objects[&digest(6)].clone();
            objects.insert(copy.clone(), bytes);
            edit(objects, &copy, |digest| digest["logFiles"] = json!([]));
        },
        found: &[("copy/", "there is a second object of this digest")],
        doubtful: OF_AN_HOUR,
    },
    Case {
        name: "a digest names no log objects any more",
        before: none,
        after: |objects| edit(objects, &digest(6), |digest| digest["logFiles"] = json!([])),
        found: &[(DIGEST, "its signature does not verify")],
        doubtful: OF_AN_HOUR,
    },
    Case {
        name: "a log object and its hash in the digest are exchanged",
        before: none,
        after: |objects| {
            let other = trail().log(minutes(hour(5, 11)));
            objects.insert(log(5, 10), gzip(&other));
            edit(objects, &digest(6), |digest| {
                let hash = "420784a5bbc12e9ac442451e8ec1356744fdeabf4fee0d2222508db6d448139c";
                digest["logFiles"][0]["hashValue"] = json!(hash);
            });
        },
        found: &[(DIGEST, "its signature does not verify")],
        doubtful: OF_AN_HOUR,
    },
    Case {
        name: "a digest tells of another bucket",
        before: none,
        after: |objects| edit(objects, &digest(6), |digest| digest["digestS3Bucket"] = json!("x")),
        found: &[(DIGEST, "its signature does not verify")],
        doubtful: OF_AN_HOUR,
    },
];

pub(super) const SIGNATURES: &[Case] = &[
    Case {
        name: "a digest is signed with a key that is not the one it names",
        before: |hours| {
            hours[5].signer = Signer::SECOND;
            hours[5].edit = Some(|digest| {
                digest["digestPublicKeyFingerprint"] = json!(Signer::FIRST.fingerprint());
            });
        },
        after: nothing,
        found: &[(DIGEST, "its signature does not verify")],
        doubtful: OF_AN_HOUR,
    },
    Case {
        name: "a digest is signed with a key that nobody listed",
        before: |hours| {
            hours[5].edit =
                Some(|digest| digest["digestPublicKeyFingerprint"] = json!("00".repeat(16)));
        },
        after: nothing,
        found: &[(DIGEST, "no public key with the fingerprint 0000")],
        doubtful: OF_AN_HOUR,
    },
    Case {
        name: "a digest is signed with a key that has expired",
        before: |hours| hours[5].signer = Signer::SECOND,
        after: nothing,
        found: &[(DIGEST, "which is valid from 2022-01-01T00:00:00Z to 2023-01-01T00:00:00Z only")],
        doubtful: OF_AN_HOUR,
    },
    Case {
        name: "a digest is signed with a key that is not valid yet",
        before: |hours| hours[5].signer = Signer::THIRD,
        after: nothing,
        found: &[(DIGEST, "which is valid from 2030-01-01T00:00:00Z to 2031-01-01T00:00:00Z only")],
        doubtful: OF_AN_HOUR,
    },
    Case {
        name: "a digest names another algorithm",
        before: |hours| {
            hours[5].edit =
                Some(|digest| digest["digestSignatureAlgorithm"] = json!("SHA1withRSA"));
        },
        after: nothing,
        found: &[(DIGEST, "it is signed with SHA1withRSA")],
        doubtful: OF_AN_HOUR,
    },
    Case {
        name: "a bit of a signature in metadata is flipped",
        before: none,
        after: |objects| edit_metadata(objects, 6, flip_signature),
        found: &[(DIGEST, "does not verify, and the one that the next digest names does")],
        doubtful: OF_AN_HOUR,
    },
    Case {
        name: "a bit of the newest signature is flipped",
        before: none,
        after: |objects| edit_metadata(objects, 12, flip_signature),
        found: &[(NEWEST, "its signature does not verify")],
        doubtful: OF_THE_LAST,
    },
    Case {
        name: "the newest signature is gone",
        before: none,
        after: |objects| remove(objects, &[metadata(12)]),
        found: &[(NEWEST, "neither in object metadata nor in a later digest")],
        doubtful: OF_THE_LAST,
    },
    Case {
        name: "the newest metadata name another algorithm",
        before: none,
        after: |objects| {
            edit_metadata(objects, 12, |m| m["signature-algorithm"] = json!("SHA1withRSA"));
        },
        found: &[(NEWEST, "metadata name the signature algorithm SHA1withRSA")],
        doubtful: OF_THE_LAST,
    },
    Case {
        name: "the newest digest has the metadata of another",
        before: none,
        after: |objects| {
            let other = objects[&metadata(11)].clone();
            objects.insert(metadata(12), other);
        },
        found: &[(NEWEST, "its signature does not verify")],
        doubtful: OF_THE_LAST,
    },
];

/// Done by somebody who can sign.
pub(super) const LINKS: &[Case] = &[
    Case {
        name: "a digest names another hash of the one before",
        before: |hours| {
            hours[6].edit =
                Some(|digest| digest["previousDigestHashValue"] = json!("ab".repeat(32)));
        },
        after: nothing,
        found: &[(DIGEST, "was chained to a digest with SHA-256 abab")],
        doubtful: OF_TWO_HOURS,
    },
    Case {
        name: "a digest names a hash of 63 digits",
        before: |hours| {
            hours[5].edit =
                Some(|digest| digest["previousDigestHashValue"] = json!("a".repeat(63)));
        },
        after: nothing,
        found: &[(DIGEST, "previousDigestHashValue has 63 hex digits")],
        doubtful: OF_AN_HOUR,
    },
    Case {
        name: "a digest names another signature of the one before",
        before: |hours| {
            hours[6].edit =
                Some(|digest| digest["previousDigestSignature"] = json!("ab".repeat(256)));
        },
        after: nothing,
        found: &[(DIGEST, "names another signature")],
        doubtful: OF_TWO_HOURS,
    },
    Case {
        name: "a digest is of another bucket than the next says",
        before: |hours| {
            hours[5].edit = Some(|digest| digest["digestS3Bucket"] = json!("other"));
            hours[6].edit = Some(|digest| digest["previousDigestS3Bucket"] = json!("logs"));
        },
        after: nothing,
        found: &[(DIGEST, "delivered to the bucket logs, and it says other")],
        doubtful: OF_TWO_HOURS,
    },
    Case {
        name: "a digest names another one as the one before",
        before: |hours| {
            hours[6].edit = Some(|digest| {
                let other =
                    digest["previousDigestS3Object"].as_str().unwrap().replace("T06", "T05");
                digest["previousDigestS3Object"] = json!(other);
            });
        },
        after: nothing,
        found: &[("T070000Z", "the digest that ends where it begins is")],
        doubtful: OF_TWO_HOURS,
    },
    Case {
        name: "digests overlap",
        before: |hours| hours[6].start = minutes(hour(5, 30)),
        after: nothing,
        found: &[("T070000Z", "they overlap")],
        doubtful: &[(hour(5, 0), hour(6, 0))],
    },
    Case {
        name: "digests leave time out",
        before: |hours| hours[6].start = minutes(hour(6, 20)),
        after: nothing,
        found: &[("T070000Z", "no digest tells of the time between")],
        doubtful: &[(hour(5, 30), hour(6, 20))],
    },
    Case {
        name: "logging is stopped and started",
        before: |hours| {
            hours.drain(5..7);
            hours[5].starting = true;
        },
        after: nothing,
        found: &[("T080000Z", "the digest chain begins anew at 2024-05-01T07:00:00Z")],
        doubtful: OF_TWO_HOURS,
    },
    Case {
        name: "the chain is begun anew without a pause",
        before: |hours| hours[6].starting = true,
        after: nothing,
        found: &[("T070000Z", "the digest chain begins anew at 2024-05-01T06:00:00Z")],
        doubtful: &[(hour(5, 30), hour(6, 0))],
    },
    Case {
        name: "validation is switched on later than the log",
        before: |hours| hours[3].starting = true,
        after: |objects| (1..=3).for_each(|end| remove(objects, &[digest(end), metadata(end)])),
        found: &[("T040000Z", "log file validation was switched on only then")],
        doubtful: &[(hour(0, 0), hour(3, 0))],
    },
    Case {
        name: "a digest is of another account",
        before: |hours| {
            hours[5].edit = Some(|digest| digest["awsAccountId"] = json!("999988887777"));
        },
        after: nothing,
        found: &[(DIGEST, "it is a digest of account 999988887777")],
        doubtful: OF_AN_HOUR,
    },
    Case {
        name: "a digest names a log object twice",
        before: |hours| {
            hours[5].edit = Some(|digest| {
                let log = digest["logFiles"][0].clone();
                digest["logFiles"].as_array_mut().unwrap().push(log);
            });
        },
        after: nothing,
        found: &[(DIGEST, "it names the log object"), (DIGEST, "twice")],
        doubtful: OF_AN_HOUR,
    },
    Case {
        name: "a digest names a log object of another region",
        before: |hours| {
            hours[5].edit = Some(|digest| {
                let mut log = digest["logFiles"][0].clone();
                let key = log["s3Object"].as_str().unwrap().replace("eu-west-1", "eu-west-9");
                log["s3Object"] = json!(key);
                digest["logFiles"].as_array_mut().unwrap().push(log);
            });
        },
        after: nothing,
        found: &[(DIGEST, "which is no log object of"), ("eu-west-9", "it is not here")],
        doubtful: OF_AN_HOUR,
    },
];
