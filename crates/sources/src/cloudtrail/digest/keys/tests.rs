use proptest::prelude::*;
use serde_json::json;

use super::*;

/// A key as AWS publishes one: aws-cli, `awscli/examples/cloudtrail/list-public-keys.rst`
/// (Apache-2.0).
const VALUE: &str = "MIIBCgKCAQEAlSS3cl92HDycr/MTj0moOhas8habjrraXw+KzlWF0axSI2tcF+3iJ9BKQAVSKxGwxwu3m0wG3J+kUl1xboEcEPHYoIYMbgfSw7KGnuDKwkLzsQWhUJ0cIbOHASox1vv/5fNXkrHhGbDCHeVXm804c83nvHUEFYThr1PfyP/8HwrCtR3FX5OANtQCP61C1nJtSSkC8JSQUOrIP4CuwJjc+4WGDk+BGH5m9iuiAKkipEHWmUl8/P7XpfpWQuk4h8g3pXZOrNXr08lbh4d39svj7UqdhvOXoBISp9t/EXYuePGEtBdrKD9Dz+VHwyUPtBQvYr9BnkF88qBnaPNhS44rzwIDAQAB";
const FINGERPRINT: &str = "7f3f401420072e50a65a141430817ab3";
const PIN: &str = "53313cac97bca7826f7210a4501275a3295c02bc05463aad3dc0ee4ca450c131";

fn list(value: &str, fingerprint: &str) -> String {
    json!({"PublicKeyList": [{
        "Value": value, "Fingerprint": fingerprint,
        "ValidityStartTime": 1_514_764_800.0, "ValidityEndTime": "2019-01-01T00:00:00Z"
    }]})
    .to_string()
}

#[test]
fn the_published_key() {
    let mut keys = Keys::default();
    assert_eq!(keys.take(list(VALUE, FINGERPRINT).as_bytes()), Some(Vec::new()));
    let key = keys.get(FINGERPRINT).expect("the key");
    assert_eq!(key.pin().to_string(), PIN);
    assert_eq!(keys.pins(), [PIN]);
    assert_eq!(key.from.to_string(), "2018-01-01T00:00:00Z");
    let at = |text: &str| key.is_valid_at(text.parse().expect("a time"));
    assert!(at("2017-12-31T22:30:00Z") && at("2019-01-01T01:00:00Z"));
    assert!(!at("2017-12-31T21:00:00Z") && !at("2019-01-01T03:00:00Z"));
}

#[test]
fn a_key_in_a_subject_public_key_info_is_the_same_key() {
    let pkcs1 = STANDARD.decode(VALUE).expect("base64");
    let algorithm = hex::decode("300d06092a864886f70d0101010500").expect("hex");
    let long = |tag: u8, content: &[u8]| {
        let [high, low] = u16::try_from(content.len()).expect("short").to_be_bytes();
        [&[tag, 0x82, high, low], content].concat()
    };
    let bits = long(BIT_STRING, &[&[0], &pkcs1[..]].concat());
    let spki = long(SEQUENCE, &[algorithm, bits].concat());
    assert_eq!(rsa(&spki), Some(&pkcs1[..]));
    assert_eq!(rsa(&pkcs1), Some(&pkcs1[..]));
    assert_eq!(rsa(&pkcs1[..pkcs1.len() - 1]), None);
    assert_eq!(rsa(&[&pkcs1[..], b"x"].concat()), None);
}

#[test]
fn what_is_wrong_is_named() {
    for (list, cause) in [
        (list(VALUE, "00"), "listed with fingerprint 00"),
        (list("AAAA", FINGERPRINT), "no RSA public key"),
        (list("*", FINGERPRINT), "no base64"),
        (json!({"PublicKeyList": [{"Value": VALUE}]}).to_string(), "missing field"),
    ] {
        let mut keys = Keys::default();
        let problems = keys.take(list.as_bytes()).expect("a list");
        assert!(problems[0].contains(cause) && keys.is_empty(), "{problems:?}");
    }
    for other in ["{}", "[]", "", r#"{"PublicKeyList": 1}"#] {
        assert_eq!(Keys::default().take(other.as_bytes()), None, "{other}");
    }
}

#[test]
fn a_signature_by_nobody_does_not_verify() {
    let mut keys = Keys::default();
    keys.take(list(VALUE, FINGERPRINT).as_bytes());
    let key = keys.get(FINGERPRINT).expect("the key");
    for signature in ["", "00", "xyz", &"00".repeat(256)] {
        assert!(!key.verifies("message", signature));
    }
}

proptest! {
    #[test]
    fn arbitrary_der_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let key = rsa(&bytes);
        prop_assert!(key.is_none_or(|key| key.len() <= bytes.len()));
    }

    #[test]
    fn arbitrary_lists_never_panic(text in r#"\{"PublicKeyList":\[[\[\]{},:"A-Za-z0-9]{0,40}"#) {
        prop_assert!(Keys::default().take(text.as_bytes()).is_none_or(|problems| !problems.is_empty() || text.contains("[]")));
    }
}
