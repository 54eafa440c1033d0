//! Cuts an object into its records without understanding them, so that one bad record does not
//! take the others with it and the bytes of each are exactly those of the file.
//!
//! Shapes: `{"Records":[…]}` as CloudTrail delivers, a bare array, JSON lines, one event.

use std::io::Read;

use super::inflate::Stop;

/// CloudTrail events have at most 256 KB, with "maximum event size" raised 1 MB (CloudTrail User
/// Guide, "CloudTrail record contents"). What is much larger is no event.
const LARGEST_RECORD: usize = 16 * 1024 * 1024;
const CHUNK: usize = 64 * 1024;

/// Gives one record after another.
pub(crate) struct Splitter<R> {
    reader: R,
    buffer: Vec<u8>,
    /// Where what must be kept begins: the record being cut, or the next byte.
    start: usize,
    pos: usize,
    /// Bytes dropped from the front of the buffer.
    dropped: u64,
    place: Place,
}

/// Where in an object the next byte stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// Nothing but white space yet.
    Begin,
    /// Between values at the top.
    Top,
    /// In an array of records, before its first.
    First { wrapped: bool },
    /// In an array of records, after one.
    Next { wrapped: bool },
    /// In the object around the records, after them.
    Around,
}

impl<R: Read> Splitter<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self::resume(reader, Place::Begin, 0)
    }

    /// Goes on in an object of which so many bytes are already done with.
    pub(super) fn resume(reader: R, place: Place, done: u64) -> Self {
        Self { reader, buffer: Vec::new(), start: 0, pos: 0, dropped: done, place }
    }

    /// The bytes of the next record; `None` at the end of the object.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>, Stop> {
        self.start = self.pos;
        let cut = loop {
            self.skip_space()?;
            self.start = self.pos;
            match self.place {
                Place::Begin | Place::Top => match self.peek()? {
                    None if self.place == Place::Begin => {
                        return Err(Stop::new("the object is empty", "fetch it again"));
                    }
                    None => return Ok(None),
                    Some(b'[') => self.step_into(Place::First { wrapped: false }),
                    Some(b'{') => {
                        if self.object()? {
                            break self.pos;
                        }
                    }
                    Some(_) => return Err(self.not_json()),
                },
                Place::First { wrapped } | Place::Next { wrapped } => {
                    if self.element(wrapped)? {
                        break self.pos;
                    }
                }
                Place::Around => self.member_after_records()?,
            }
        };
        Ok(Some(&self.buffer[self.start..cut]))
    }

    fn step_into(&mut self, place: Place) {
        self.pos += 1;
        self.place = place;
    }

    /// An object at the top: the one around the records (`false`), or a record itself (`true`).
    fn object(&mut self) -> Result<bool, Stop> {
        self.pos += 1;
        self.place = Place::Top;
        loop {
            self.skip_space()?;
            if self.need()? == b'}' {
                self.pos += 1;
                return Ok(true);
            }
            if self.key_is_records()? && self.need()? == b'[' {
                self.step_into(Place::First { wrapped: true });
                return Ok(false);
            }
            self.value()?;
            self.skip_space()?;
            match self.need()? {
                b',' => self.pos += 1,
                b'}' => {}
                _ => return Err(self.not_json()),
            }
        }
    }

    /// A member of the object around the records, or its end.
    fn member_after_records(&mut self) -> Result<(), Stop> {
        match self.need()? {
            b'}' => self.step_into(Place::Top),
            b',' => {
                self.pos += 1;
                self.skip_space()?;
                if self.key_is_records()? && self.need()? == b'[' {
                    self.step_into(Place::First { wrapped: true });
                } else {
                    self.value()?;
                }
            }
            _ => return Err(self.not_json()),
        }
        Ok(())
    }

    /// An element of the array (`true`) or its end (`false`).
    fn element(&mut self, wrapped: bool) -> Result<bool, Stop> {
        let first = matches!(self.place, Place::First { .. });
        match self.need()? {
            b']' => {
                self.step_into(if wrapped { Place::Around } else { Place::Top });
                return Ok(false);
            }
            b',' if !first => {
                self.pos += 1;
                self.skip_space()?;
            }
            _ if first => {}
            _ => return Err(self.not_json()),
        }
        self.place = Place::Next { wrapped };
        self.start = self.pos;
        self.value()?;
        Ok(true)
    }

    /// Reads over `"key":` and what follows up to the value.
    fn key_is_records(&mut self) -> Result<bool, Stop> {
        if self.need()? != b'"' {
            return Err(self.not_json());
        }
        let from = self.pos - self.start;
        self.string()?;
        let is_records = &self.buffer[self.start + from..self.pos] == b"\"Records\"";
        self.skip_space()?;
        if self.need()? != b':' {
            return Err(self.not_json());
        }
        self.pos += 1;
        self.skip_space()?;
        Ok(is_records)
    }

    /// Reads over one value, whatever it is. Brackets are counted, not matched by kind: the record
    /// is parsed later, and then refused alone.
    fn value(&mut self) -> Result<(), Stop> {
        match self.need()? {
            b'"' => return self.string(),
            b'{' | b'[' => {}
            _ => return self.scalar(),
        }
        let mut depth = 0_u64;
        loop {
            match self.need()? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {
                    self.skip_to_structure();
                    continue;
                }
            }
            self.pos += 1;
            if depth == 0 {
                return Ok(());
            }
        }
    }

    fn skip_to_structure(&mut self) {
        let rest = &self.buffer[self.pos..];
        let structure = |b: &u8| matches!(b, b'"' | b'{' | b'}' | b'[' | b']');
        self.pos += rest.iter().position(structure).unwrap_or(rest.len());
    }

    fn scalar(&mut self) -> Result<(), Stop> {
        let from = self.pos - self.start;
        while let Some(byte) = self.peek()? {
            if matches!(byte, b',' | b']' | b'}' | b':') || byte.is_ascii_whitespace() {
                break;
            }
            self.pos += 1;
        }
        if self.pos == self.start + from { Err(self.not_json()) } else { Ok(()) }
    }

    fn string(&mut self) -> Result<(), Stop> {
        self.pos += 1;
        loop {
            let rest = self.buffer.get(self.pos..).unwrap_or_default();
            match memchr::memchr2(b'"', b'\\', rest) {
                Some(at) if rest[at] == b'"' => {
                    self.pos += at + 1;
                    return Ok(());
                }
                // The escaped byte may lie beyond the buffer; it is read over all the same.
                Some(at) => self.pos += at + 2,
                None => {
                    self.pos = self.pos.max(self.buffer.len());
                    if !self.more()? {
                        return Err(self.cut_off());
                    }
                }
            }
        }
    }

    fn skip_space(&mut self) -> Result<(), Stop> {
        while self.peek()?.is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.pos += 1;
        }
        // A byte order mark is no JSON (RFC 8259, section 8.1), but may be passed over.
        if self.place == Place::Begin && self.dropped == 0 && self.pos == 0 {
            while self.buffer.len() < 3 && self.more()? {}
            if self.buffer.starts_with(b"\xef\xbb\xbf") {
                self.pos = 3;
                return self.skip_space();
            }
        }
        Ok(())
    }

    fn need(&mut self) -> Result<u8, Stop> {
        self.peek()?.ok_or_else(|| self.cut_off())
    }

    fn peek(&mut self) -> Result<Option<u8>, Stop> {
        loop {
            if let Some(byte) = self.buffer.get(self.pos) {
                return Ok(Some(*byte));
            }
            if !self.more()? {
                return Ok(None);
            }
        }
    }

    /// Reads more bytes behind those that are kept; `false` at the end.
    fn more(&mut self) -> Result<bool, Stop> {
        self.buffer.drain(..self.start);
        self.dropped += self.start as u64;
        self.pos -= self.start;
        self.start = 0;
        let kept = self.buffer.len();
        if kept > LARGEST_RECORD {
            return Err(Stop::new(
                format!("a record has more than {LARGEST_RECORD} bytes"),
                "no CloudTrail event is that large: look where the object comes from",
            ));
        }
        // A record that does not fit asks for twice as much each time, so that a large one is not
        // moved again and again.
        self.buffer.resize(kept + kept.max(CHUNK), 0);
        let read = read_some(&mut self.reader, &mut self.buffer[kept..]);
        self.buffer.truncate(kept + read.as_ref().map_or(0, |n| *n));
        Ok(read? > 0)
    }

    fn not_json(&self) -> Stop {
        Stop::new(
            format!("the object is not JSON: byte {} cannot stand there", self.offset()),
            "CloudTrail objects are JSON, plain or gzip: check what the path points at",
        )
    }

    fn cut_off(&self) -> Stop {
        Stop::new(
            format!("the JSON ends too early, at byte {}", self.offset()),
            "fetch the object again: it is cut off",
        )
    }

    fn offset(&self) -> u64 {
        self.dropped + self.pos.min(self.buffer.len()) as u64
    }
}

fn read_some(reader: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    loop {
        match reader.read(buffer) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
