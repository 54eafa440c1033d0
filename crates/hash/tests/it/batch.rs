//! Hashes of batches against published vectors and another implementation.

use proptest::prelude::*;
use sha2::{Digest as _, Sha256};
use tenure_hash::{Batch, Hash};

fn hashes<'a>(messages: impl IntoIterator<Item = &'a [u8]>) -> Vec<Hash> {
    let mut batch = Batch::new();
    messages.into_iter().for_each(|message| batch.push(&[message]));
    let mut hashes = Vec::new();
    batch.finish(&mut hashes);
    hashes
}

/// Where they lie.
fn in_place<'a>(messages: impl IntoIterator<Item = &'a [u8]>) -> Vec<Hash> {
    tenure_hash::hashes(&messages.into_iter().collect::<Vec<_>>())
}

fn theirs(message: &[u8]) -> Hash {
    Sha256::digest(message).into()
}

/// FIPS 180-2, appendix B, and NIST's SHA256ShortMsg.rsp (CAVP).
const VECTORS: [(&[u8], &str); 5] = [
    (b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    (b"\xd3", "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1"),
    (b"\x11\xaf", "5ca7133fa735326081558ac312c620eeca9970d1e70a4b95533d956f072d1f98"),
    (b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
        b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    ),
];

#[test]
fn published_vectors_hold_in_any_place() {
    for rotation in 0..VECTORS.len() {
        let mut vectors = VECTORS;
        vectors.rotate_left(rotation);
        for n in 0..=vectors.len() {
            let found: Vec<_> =
                hashes(vectors[..n].iter().map(|v| v.0)).iter().map(hex::encode).collect();
            let expected: Vec<_> = vectors[..n].iter().map(|v| v.1).collect();
            assert_eq!(found, expected);
        }
    }
}

#[test]
fn a_million_times_a_beside_a_short_one() {
    let million = vec![b'a'; 1_000_000];
    let expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
    let found = hashes([b"abc".as_slice(), &million, b"abc", b"", &million]);
    assert_eq!(found, in_place([b"abc".as_slice(), &million, b"abc", b"", &million]));
    assert_eq!(hex::encode(found[1]), expected);
    assert_eq!(hex::encode(found[4]), expected);
    assert_eq!(found[2], theirs(b"abc"));
    assert_eq!(found[3], theirs(b""));
}

#[test]
fn every_length_beside_another_length() {
    let bytes: Vec<u8> = (0..300_usize).map(|i| (i * 37 % 251) as u8).collect();
    for n in 0..=bytes.len() {
        for other in [0, 1, 55, 56, 63, 64, 119, 120, (n + 97) % 300, 300 - n] {
            let found = hashes([&bytes[..n], &bytes[..other]]);
            assert_eq!(found, [theirs(&bytes[..n]), theirs(&bytes[..other])], "{n} and {other}");
            assert_eq!(found, in_place([&bytes[..n], &bytes[..other]]), "{n} and {other}");
        }
    }
}

#[test]
fn parts_are_one_message_and_may_be_filled_in() {
    let mut batch = Batch::new();
    batch.push(&[&[0], &[0; 16], b"record"]);
    batch.push(&[b"one part"]);
    batch.push(&[]);
    assert_eq!((batch.len(), batch.bytes()), (3, 3 * 64));
    assert_eq!(batch.message_mut(1), b"one part");
    assert_eq!(batch.message_mut(2), b"");
    batch.message_mut(0)[1..17].fill(9);
    let mut found = vec![[1; 32]];
    batch.finish(&mut found);
    let whole = [[0].as_slice(), &[9; 16], b"record"].concat();
    assert_eq!(found, [[1; 32], theirs(&whole), theirs(b"one part"), theirs(b"")]);
    assert!(batch.is_empty());
    assert_eq!(batch.bytes(), 0);
}

#[test]
fn what_waits_is_not_printed() {
    let mut batch = Batch::new();
    batch.push(&[b"secret"]);
    assert_eq!(format!("{batch:?}"), "Batch { messages: 1, .. }");
}

proptest! {
    #[test]
    fn any_messages_hash_as_elsewhere(
        batches in prop::collection::vec(
            prop::collection::vec(prop::collection::vec(any::<u8>(), 0..700), 0..12),
            1..4,
        ),
    ) {
        let mut batch = Batch::new();
        for messages in batches {
            for message in &messages {
                let (head, tail) = message.split_at(message.len() / 3);
                batch.push(&[head, &[], tail]);
            }
            let mut found = Vec::new();
            batch.finish(&mut found);
            let expected: Vec<Hash> = messages.iter().map(|m| theirs(m)).collect();
            prop_assert_eq!(&found, &expected);
            prop_assert_eq!(in_place(messages.iter().map(Vec::as_slice)), expected);
        }
    }
}
