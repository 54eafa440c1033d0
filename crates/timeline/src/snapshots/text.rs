//! Memory for listings and states.
//!
//! A page of memory that is touched for the first time costs more than inflating into it. So what is
//! large is mapped in pages as large as the system has them, and is had at once. Where the system
//! grants neither, all of it works as well, only slower.

use std::fs::File;
use std::io::{self, Read as _};
use std::ops::{Deref, DerefMut};
use std::path::Path;

use memmap2::MmapMut;

/// The size of a large page on most machines; smaller texts do not gain by one.
const PAGE: usize = 2 << 20;
/// From here on memory is mapped.
const LARGE: usize = PAGE / 4;

/// Bytes that can grow.
#[derive(Debug, Default)]
pub struct Text {
    memory: Memory,
    length: usize,
}

#[derive(Debug)]
enum Memory {
    Small(Vec<u8>),
    Large(MmapMut),
}

impl Default for Memory {
    fn default() -> Self {
        Self::Small(Vec::new())
    }
}

impl Memory {
    fn of(length: usize) -> Self {
        if length < LARGE {
            return Self::Small(vec![0; length]);
        }
        let whole = length.checked_next_multiple_of(PAGE).unwrap_or(length);
        let Ok(map) = MmapMut::map_anon(whole) else { return Self::Small(vec![0; length]) };
        prepare(&map, length);
        Self::Large(map)
    }

    #[inline]
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Small(bytes) => bytes,
            Self::Large(map) => map,
        }
    }

    #[inline]
    fn bytes_mut(&mut self) -> &mut [u8] {
        match self {
            Self::Small(bytes) => bytes,
            Self::Large(map) => map,
        }
    }
}

/// Asks for large pages, and for all of them now. Both are wishes that a system may refuse.
#[cfg(target_os = "linux")]
fn prepare(map: &MmapMut, length: usize) {
    use memmap2::Advice;
    let _refused = map.advise(Advice::HugePage);
    let _refused = map.advise_range(Advice::PopulateWrite, 0, length);
}

#[cfg(not(target_os = "linux"))]
fn prepare(_: &MmapMut, _: usize) {}

impl Text {
    /// Forgets what is in it and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.length = 0;
    }

    /// Makes it so long. What was in it stays; what is added may be anything.
    #[inline]
    pub(super) fn resize(&mut self, length: usize) {
        let capacity = self.memory.bytes().len();
        if length > capacity {
            // One that grows again and again is copied seldom; one byte is for a last line's end.
            self.reserve(if self.length == 0 { length + 1 } else { length.max(2 * capacity) });
        }
        self.length = length;
    }

    /// Makes room for so many bytes in all.
    pub(super) fn reserve(&mut self, length: usize) {
        if length > self.memory.bytes().len() {
            let mut memory = Memory::of(length);
            memory.bytes_mut()[..self.length].copy_from_slice(self);
            self.memory = memory;
        }
    }

    #[inline]
    pub(super) fn extend_from_slice(&mut self, more: &[u8]) {
        let at = self.length;
        self.resize(at + more.len());
        self[at..].copy_from_slice(more);
    }

    pub(super) fn push(&mut self, byte: u8) {
        self.extend_from_slice(&[byte]);
    }

    /// Takes a file's bytes in place of what is in it.
    pub(super) fn read(&mut self, path: &Path) -> io::Result<()> {
        let mut file = File::open(path)?;
        let expected = usize::try_from(file.metadata()?.len()).unwrap_or_default();
        self.clear();
        let mut filled = 0;
        // A byte more than expected, so that the end is seen.
        self.resize(expected + 1);
        loop {
            match file.read(&mut self[filled..]) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
            if filled == self.length {
                self.resize(2 * filled);
            }
        }
        self.length = filled;
        Ok(())
    }
}

impl Deref for Text {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        &self.memory.bytes()[..self.length]
    }
}

impl DerefMut for Text {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u8] {
        let length = self.length;
        &mut self.memory.bytes_mut()[..length]
    }
}

impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Self {
        Self { length: bytes.len(), memory: Memory::Small(bytes) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// Grows as a vector does, past the size from which on memory is mapped too.
        #[test]
        fn grows(parts in proptest::collection::vec((any::<u8>(), 0..LARGE), 0..9), clear in 0..9_usize) {
            let (mut text, mut expected) = (Text::default(), Vec::new());
            for (at, (byte, count)) in parts.into_iter().enumerate() {
                if at == clear {
                    text.clear();
                    expected.clear();
                }
                text.extend_from_slice(&vec![byte; count]);
                text.push(byte);
                expected.resize(expected.len() + count + 1, byte);
                prop_assert!(*text == *expected);
            }
        }
    }

    #[test]
    fn a_file_takes_the_place_of_what_was_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let mut text = Text::from(b"before".to_vec());
        for size in [0, 1, LARGE - 1, LARGE, PAGE, 2 * PAGE + 1, 3] {
            let bytes: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            std::fs::write(&path, &bytes).unwrap();
            text.read(&path).unwrap();
            assert!(*text == *bytes, "{size} bytes");
        }
    }
}
