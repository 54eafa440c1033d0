//! CloudTrail's public keys, as `aws cloudtrail list-public-keys` prints them, and what they
//! verify.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Sha256;
use tenure_model::digest::Digest;
use tenure_model::time::Timestamp;

use super::super::state::MINUTE;

/// A digest of the hour in which keys change may be signed with either.
const MARGIN: i64 = 120 * MINUTE;

/// A public key, pinned by the SHA-256 of its value.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Key {
    /// DER, in base64 as it came.
    value: String,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

/// Keys by fingerprint.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Keys(BTreeMap<String, Key>);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    value: String,
    validity_start_time: Value,
    validity_end_time: Value,
    fingerprint: Option<String>,
}

impl Keys {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn get(&self, fingerprint: &str) -> Option<&Key> {
        self.0.get(&fingerprint.to_ascii_lowercase())
    }

    /// The SHA-256 of each key's value, in order.
    pub(super) fn pins(&self) -> Vec<String> {
        let mut pins: Vec<_> = self.0.values().map(|key| key.pin().to_string()).collect();
        pins.sort();
        pins
    }

    /// Takes what a list holds, if it is one; gives what is wrong with it.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Option<Vec<String>> {
        let list: Value = serde_json::from_slice(bytes).ok()?;
        let Some(Value::Array(listed)) = list.get("PublicKeyList") else { return None };
        let problems = listed.iter().enumerate().filter_map(|(i, key)| {
            let problem = self.take_one(key).err()?;
            Some(format!("the public key at position {i} of the list cannot be used: {problem}"))
        });
        Some(problems.collect())
    }

    fn take_one(&mut self, listed: &Value) -> Result<(), String> {
        let listed = Listed::deserialize(listed).map_err(|e| e.to_string())?;
        let der =
            STANDARD.decode(&listed.value).map_err(|e| format!("its Value is no base64: {e}"))?;
        rsa(&der).ok_or("its Value is no RSA public key in DER")?;
        let fingerprint = fingerprint(&der);
        if let Some(said) =
            listed.fingerprint.filter(|said| !said.eq_ignore_ascii_case(&fingerprint))
        {
            return Err(format!("it is listed with fingerprint {said}, and has {fingerprint}"));
        }
        let from = instant(&listed.validity_start_time)?;
        let to = instant(&listed.validity_end_time)?;
        let new = Key { value: listed.value, from, to };
        let key = self.0.entry(fingerprint).or_insert_with(|| new.clone());
        if key.pin() != new.pin() {
            return Err("another key with its fingerprint is known already".to_owned());
        }
        (key.from, key.to) = (key.from.min(from), key.to.max(to));
        Ok(())
    }
}

impl Key {
    fn der(&self) -> Vec<u8> {
        STANDARD.decode(&self.value).unwrap_or_default()
    }

    /// SHA-256 of the value.
    pub(super) fn pin(&self) -> Digest {
        Digest(Sha256::digest(self.der()).into())
    }

    /// Whether it is valid at that time, or within two hours of it.
    pub(super) fn is_valid_at(&self, at: Timestamp) -> bool {
        self.from.plus_micros(-MARGIN) <= at && at <= self.to.plus_micros(MARGIN)
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, section 8.2).
    pub(super) fn verifies(&self, message: &str, signature: &str) -> bool {
        let (der, Ok(signature)) = (self.der(), hex::decode(signature)) else { return false };
        rsa(&der).is_some_and(|key| {
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
                .verify(message.as_bytes(), &signature)
                .is_ok()
        })
    }
}

/// MD5 of the key as listed: observed of every published key, documented nowhere. It only names a
/// key; what is trusted is the key itself.
fn fingerprint(der: &[u8]) -> String {
    hex::encode(Md5::digest(der))
}

/// Seconds since 1970, as the API gives and version 1 of the command prints, or RFC 3339.
fn instant(value: &Value) -> Result<Timestamp, String> {
    match value {
        Value::String(text) => text.parse().map_err(|e| format!("its validity: {e}")),
        Value::Number(seconds) => seconds
            .as_f64()
            .map(|seconds| Timestamp::from_seconds(seconds.floor() as i64))
            .ok_or_else(|| format!("its validity: {seconds} is no time")),
        _ => Err("its validity is neither text nor a number".to_owned()),
    }
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;

/// The PKCS#1 `RSAPublicKey` in DER (RFC 8017, appendix A.1.1), which is the key itself or stands
/// in a `SubjectPublicKeyInfo` (RFC 5280, section 4.1.2.7).
fn rsa(der: &[u8]) -> Option<&[u8]> {
    let (SEQUENCE, inside, []) = element(der)? else { return None };
    match element(inside)? {
        (INTEGER, _, _) => Some(der),
        (SEQUENCE, _, rest) => match element(rest)? {
            (BIT_STRING, [0, key @ ..], []) => rsa(key).filter(|inner| inner.len() == key.len()),
            _ => None,
        },
        _ => None,
    }
}

/// Tag, content and what follows.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = der.split_first_chunk::<2>()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests;
