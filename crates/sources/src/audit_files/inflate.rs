//! The bytes of a file, inflated when it is gzip.

use std::fs;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;

/// A larger file is not taken into memory.
const LARGEST: u64 = 1024 * 1024 * 1024;
/// RFC 1952, section 2.3.1.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads a file; why not, for people.
pub(super) fn of_file(path: &Path) -> Result<Vec<u8>, String> {
    let size = fs::metadata(path).map_err(|e| e.to_string())?.len();
    if size > LARGEST {
        return Err(format!("it has {size} bytes, more than {LARGEST}"));
    }
    let raw = fs::read(path).map_err(|e| e.to_string())?;
    let bytes = if raw.starts_with(&GZIP_MAGIC) {
        let mut inflated = Vec::new();
        let mut decoder = MultiGzDecoder::new(raw.as_slice()).take(LARGEST + 1);
        decoder.read_to_end(&mut inflated).map_err(|e| format!("it is damaged gzip: {e}"))?;
        if inflated.len() as u64 > LARGEST {
            return Err(format!("it inflates to more than {LARGEST} bytes"));
        }
        inflated
    } else {
        raw
    };
    match bytes.strip_prefix(BYTE_ORDER_MARK) {
        Some(rest) => Ok(rest.to_vec()),
        None => Ok(bytes),
    }
}
