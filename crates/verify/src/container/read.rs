//! Container to files.

use std::io::{self, Write};

use super::{
    CENTRAL, CENTRAL_LEN, ContainerError, END, END_LEN, LOCAL, LOCAL_LEN, MAX_BYTES, check_name,
    write,
};

/// The files of a container, borrowed from its bytes.
#[derive(Debug)]
pub struct Archive<'a> {
    bytes: &'a [u8],
    files: Vec<(&'a str, &'a [u8])>,
}

impl<'a> Archive<'a> {
    /// Finds the files. Only what is needed to find them is checked here, so that a damaged pack
    /// can still be reported on in detail; [`Self::first_difference`] checks every byte.
    ///
    /// # Errors
    /// When the files cannot be told apart without guessing.
    pub fn open(bytes: &'a [u8]) -> Result<Self, ContainerError> {
        if bytes.len() as u64 > MAX_BYTES {
            let found = bytes.len() as u64;
            return Err(ContainerError::TooLarge {
                what: "the file in bytes",
                found,
                most: MAX_BYTES,
            });
        }
        let end_at = bytes.len().checked_sub(END_LEN).ok_or(truncated("the end record", 0))?;
        let end = &bytes[end_at..];
        if u32_at(end, 0) != END {
            return Err(malformed("the file does not end with an end record", end_at));
        }
        let (count, directory) = (u16_at(end, 10), u32_at(end, 16) as usize);
        let mut files = Vec::with_capacity(usize::from(count));
        let mut at = directory;
        let mut last = "";
        for _ in 0..count {
            let header = slice(bytes, at, CENTRAL_LEN, "a directory entry")?;
            if u32_at(header, 0) != CENTRAL {
                return Err(malformed("a directory entry without its signature", at));
            }
            let name = name(bytes, at + CENTRAL_LEN, usize::from(u16_at(header, 28)))?;
            if name <= last {
                return Err(ContainerError::Order(name.to_owned()));
            }
            last = name;
            files.push((
                name,
                content(bytes, u32_at(header, 42) as usize, u32_at(header, 20) as usize, name)?,
            ));
            at += CENTRAL_LEN + name.len();
        }
        Ok(Self { bytes, files })
    }

    /// Where the bytes first differ from what the files alone would give; `None` = nowhere.
    #[must_use]
    pub fn first_difference(&self) -> Option<u64> {
        let lengths = self.files.iter().map(|(name, content)| (*name, content.len() as u64));
        if write::encoded_len(lengths).is_err() {
            return Some(0);
        }
        let mut compare = Compare { expected: self.bytes, at: 0 };
        let written = write::encode(self.files.iter().copied(), &mut compare);
        (written.is_err() || compare.at != self.bytes.len()).then_some(compare.at as u64)
    }

    /// The content of a file.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        let at = self.files.binary_search_by(|(n, _)| (*n).cmp(name)).ok()?;
        Some(self.files[at].1)
    }

    /// All files in order of their names.
    pub fn files(&self) -> impl ExactSizeIterator<Item = (&'a str, &'a [u8])> + '_ {
        self.files.iter().copied()
    }

    /// The files whose names begin so.
    pub fn under(&self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a [u8])> + '_ {
        let from = self.files.partition_point(|(name, _)| *name < prefix);
        self.files[from..].iter().copied().take_while(move |(name, _)| name.starts_with(prefix))
    }

    /// All bytes of the container.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

fn name(bytes: &[u8], at: usize, length: usize) -> Result<&str, ContainerError> {
    let raw = slice(bytes, at, length, "a file name")?;
    let name =
        std::str::from_utf8(raw).map_err(|_| malformed("a file name that is no UTF-8", at))?;
    check_name(name)?;
    Ok(name)
}

fn content<'a>(
    bytes: &'a [u8],
    at: usize,
    length: usize,
    name: &str,
) -> Result<&'a [u8], ContainerError> {
    let header = slice(bytes, at, LOCAL_LEN, "a file header")?;
    if u32_at(header, 0) != LOCAL {
        return Err(malformed("a file header without its signature", at));
    }
    slice(bytes, at + LOCAL_LEN + name.len(), length, "a file's content")
}

fn slice<'a>(
    bytes: &'a [u8],
    at: usize,
    length: usize,
    what: &'static str,
) -> Result<&'a [u8], ContainerError> {
    let end = at.checked_add(length).ok_or(truncated(what, at))?;
    bytes.get(at..end).ok_or(truncated(what, at))
}

fn truncated(what: &'static str, at: usize) -> ContainerError {
    ContainerError::Truncated { what, at: at as u64 }
}

fn malformed(what: &'static str, at: usize) -> ContainerError {
    ContainerError::Malformed { what, at: at as u64 }
}

/// Callers pass an offset inside a header whose length was checked.
fn u16_at(header: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([header[at], header[at + 1]])
}

fn u32_at(header: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
}

/// Takes the writer's output and stops at the first byte that is not as expected.
struct Compare<'a> {
    expected: &'a [u8],
    at: usize,
}

impl Write for Compare<'_> {
    fn write(&mut self, written: &[u8]) -> io::Result<usize> {
        let rest = &self.expected[self.at..];
        if rest.starts_with(written) {
            self.at += written.len();
            return Ok(written.len());
        }
        self.at += written.iter().zip(rest).take_while(|(a, b)| a == b).count();
        Err(io::ErrorKind::InvalidData.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
