//! HMAC-SHA-256 of many messages under one key.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::batch::{Batch, Begun};
use crate::lanes::{BLOCK, START};
use crate::{Hash, lanes};

/// A key of HMAC-SHA-256 (RFC 2104), with what hashing begins with already done.
#[derive(Clone)]
pub struct Hmac {
    inner: Begun,
    outer: Begun,
}

impl Hmac {
    /// With a key of any length.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        let mut padded = [0; BLOCK];
        if key.len() > BLOCK {
            padded[..32].copy_from_slice(&Sha256::digest(key));
        } else {
            padded[..key.len()].copy_from_slice(key);
        }
        let begun = |pad: u8| {
            let mut state = START;
            lanes::one(&mut state, &[padded.map(|byte| byte ^ pad)]);
            Begun { state, blocks: 1 }
        };
        Self { inner: begun(0x36), outer: begun(0x5c) }
    }

    /// The code of one message.
    #[must_use]
    pub fn code(&self, message: &[u8]) -> Hash {
        let mut codes = Vec::with_capacity(1);
        self.codes([message], &mut Batch::new(), &mut codes);
        codes[0]
    }

    /// Replaces `codes` with those of the messages. The batch lends its memory.
    ///
    /// # Panics
    /// When messages wait in the batch.
    pub fn codes<M: AsRef<[u8]>>(
        &self,
        messages: impl IntoIterator<Item = M>,
        batch: &mut Batch,
        codes: &mut Vec<Hash>,
    ) {
        assert!(batch.is_empty(), "the batch has messages of its own");
        codes.clear();
        for message in messages {
            batch.push_after(self.inner, &[message.as_ref()]);
        }
        batch.finish(codes);
        for inner in codes.drain(..) {
            batch.push_after(self.outer, &[&inner]);
        }
        batch.finish(codes);
    }
}

impl fmt::Debug for Hmac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hmac(****)")
    }
}
