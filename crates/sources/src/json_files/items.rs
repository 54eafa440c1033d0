//! The items of a file of JSON: the elements of an array, or one value after another.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256};
use tenure_model::digest::Digest;

use crate::cloudtrail::inflate::{self, Stop};
use crate::cloudtrail::split::Splitter;
use crate::source::{Payload, ReadError};

/// The most bytes that a file may have when inflated.
const MOST: u64 = 4 * 1024 * 1024 * 1024;
const HINT: &str = "save it again as it was answered: JSON, plain or gzip, whole";

/// Gives one item after another, each in the very bytes of the file.
pub(crate) struct Items<'p> {
    splitter: Splitter<Box<dyn Read + 'p>>,
    given: u64,
}

impl<'p> Items<'p> {
    /// The items of a payload, inflated when it is gzip.
    pub(crate) fn open(payload: &'p Payload) -> Result<Self, ReadError> {
        let reader = inflate::open(payload, MOST).map_err(|stop| stopped(0, stop))?;
        Ok(Self { splitter: Splitter::new(reader), given: 0 })
    }

    /// The next item; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>, ReadError> {
        let given = self.given;
        self.given += 1;
        self.splitter.next().map_err(|stop| stopped(given, stop))
    }
}

fn stopped(record: u64, stop: Stop) -> ReadError {
    ReadError { record: Some(record), cause: stop.cause, hint: HINT.to_owned() }
}

/// SHA-256 of what is stored.
pub(super) fn digest(payload: &Payload) -> io::Result<Digest> {
    match payload {
        Payload::Bytes(bytes) => Ok(Digest(Sha256::digest(bytes).into())),
        Payload::File(path) => {
            let (mut file, mut hash) = (std::fs::File::open(path)?, Sha256::new());
            let mut buffer = vec![0; 256 * 1024];
            loop {
                match file.read(&mut buffer)? {
                    0 => return Ok(Digest(hash.finalize().into())),
                    n => hash.update(&buffer[..n]),
                }
            }
        }
    }
}
