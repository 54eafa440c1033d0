//! Files to container.

use std::io::{self, Write};

use super::crc32::crc32;
use super::{
    CENTRAL, CENTRAL_LEN, ContainerError, END, END_LEN, FIXED, LOCAL, LOCAL_LEN, MAX_BYTES,
    MAX_FILES, check_name,
};

/// Size of the container that these files make.
///
/// # Errors
/// When a name is not allowed, the names are not in strict order, or there is too much of it.
pub fn encoded_len<'a>(files: impl Iterator<Item = (&'a str, u64)>) -> Result<u64, ContainerError> {
    let (mut count, mut total, mut last) = (0u64, END_LEN as u64, "");
    for (name, bytes) in files {
        check_name(name)?;
        if name <= last {
            return Err(ContainerError::Order(name.to_owned()));
        }
        last = name;
        count += 1;
        total = total
            .saturating_add((LOCAL_LEN + CENTRAL_LEN + 2 * name.len()) as u64)
            .saturating_add(bytes);
    }
    if count > MAX_FILES as u64 {
        return Err(ContainerError::TooLarge {
            what: "the number of files",
            found: count,
            most: MAX_FILES as u64,
        });
    }
    if total > MAX_BYTES {
        return Err(ContainerError::TooLarge {
            what: "the pack in bytes",
            found: total,
            most: MAX_BYTES,
        });
    }
    Ok(total)
}

/// Writes files, sorted by name, as a container. The caller has had [`encoded_len`] check them.
///
/// # Errors
/// What writing gives.
pub fn encode<'a>(
    files: impl Iterator<Item = (&'a str, &'a [u8])>,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut central = Vec::new();
    let (mut at, mut count) = (0u32, 0u16);
    for (name, bytes) in files {
        let facts = facts(name, bytes);
        out.write_all(&LOCAL.to_le_bytes())?;
        out.write_all(&facts)?;
        out.write_all(name.as_bytes())?;
        out.write_all(bytes)?;
        central.extend_from_slice(&CENTRAL.to_le_bytes());
        central.extend_from_slice(&[20, 0]); // version made by: 2.0, no particular system
        central.extend_from_slice(&facts);
        central.extend_from_slice(&[0; 10]); // comment length, disk, attributes
        central.extend_from_slice(&at.to_le_bytes());
        central.extend_from_slice(name.as_bytes());
        at = at.wrapping_add(u32_of(LOCAL_LEN + name.len() + bytes.len()));
        count = count.wrapping_add(1);
    }
    out.write_all(&central)?;
    out.write_all(&END.to_le_bytes())?;
    out.write_all(&[0; 4])?; // this disk, disk of the directory
    out.write_all(&count.to_le_bytes())?;
    out.write_all(&count.to_le_bytes())?;
    out.write_all(&u32_of(central.len()).to_le_bytes())?;
    out.write_all(&at.to_le_bytes())?;
    out.write_all(&[0; 2]) // comment length
}

/// The 26 bytes that the local and the central header share.
fn facts(name: &str, bytes: &[u8]) -> [u8; 26] {
    let mut facts = [0; 26];
    facts[..10].copy_from_slice(&FIXED);
    facts[10..14].copy_from_slice(&crc32(bytes).to_le_bytes());
    facts[14..18].copy_from_slice(&u32_of(bytes.len()).to_le_bytes());
    facts[18..22].copy_from_slice(&u32_of(bytes.len()).to_le_bytes());
    facts[22..24].copy_from_slice(&u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes());
    facts
}

/// Saturates: a length that does not fit was refused by [`encoded_len`].
fn u32_of(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
