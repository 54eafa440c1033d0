//! The two spellings every format here shares: canonical decimals and standard base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::merkle::Hash;

/// A decimal without sign and without leading zeros, so that each number has one spelling.
pub(crate) fn parse_decimal(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with('0');
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if canonical && digits { text.parse().ok() } else { None }
}

/// Standard base64 with padding (RFC 4648 §4); other spellings of the same bytes are refused.
pub(crate) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

pub(crate) fn encode_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(crate) fn decode_hash(text: &str) -> Option<Hash> {
    decode_base64(text)?.try_into().ok()
}
