//! Codes against RFC 4231 and another implementation.

use hmac::{KeyInit as _, Mac as _};
use proptest::prelude::*;
use sha2::Sha256;
use tenure_hash::{Batch, Hash, Hmac};

fn theirs(key: &[u8], message: &[u8]) -> Hash {
    let mut mac = hmac::Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[test]
fn published_vectors_hold() {
    // RFC 4231, sections 4.2, 4.3 and 4.7: a short key, a shorter one, one longer than a block.
    let long_key = [0xaa; 131];
    let vectors: [(&[u8], &[u8], &str); 3] = [
        (
            &[0x0b; 20],
            b"Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            &long_key,
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
    ];
    for (key, message, expected) in vectors {
        assert_eq!(hex::encode(Hmac::new(key).code(message)), expected);
    }
}

#[test]
fn the_key_is_not_printed() {
    assert_eq!(format!("{:?}", Hmac::new(b"secret")), "Hmac(****)");
}

#[test]
#[should_panic(expected = "the batch has messages of its own")]
fn a_batch_in_use_is_refused() {
    let mut batch = Batch::new();
    batch.push(&[b"waiting"]);
    Hmac::new(b"key").codes([b"message"], &mut batch, &mut Vec::new());
}

proptest! {
    #[test]
    fn any_codes_are_as_elsewhere(
        key in prop::collection::vec(any::<u8>(), 0..200),
        messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..9),
    ) {
        let (mut batch, mut codes) = (Batch::new(), vec![[7; 32]]);
        Hmac::new(&key).codes(&messages, &mut batch, &mut codes);
        let expected: Vec<Hash> = messages.iter().map(|m| theirs(&key, m)).collect();
        prop_assert_eq!(codes, expected);
        prop_assert!(batch.is_empty());
    }
}
