//! RSA keys that sign digests. They are in the repository and vouch for nothing.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

/// One of three keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Signer(usize);

static PAIRS: LazyLock<[RsaKeyPair; 3]> = LazyLock::new(|| {
    let keys: [&[u8]; 3] =
        [include_bytes!("keys/a.der"), include_bytes!("keys/b.der"), include_bytes!("keys/c.der")];
    keys.map(|der| RsaKeyPair::from_der(der).expect("the key is an RSA key"))
});

/// The machine has no random numbers, which blind the computation of a signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the machine has no random numbers to sign with")]
pub struct CannotSign;

impl Signer {
    /// Signs unless told otherwise.
    pub const FIRST: Self = Self(0);
    /// Another.
    pub const SECOND: Self = Self(1);
    /// Another.
    pub const THIRD: Self = Self(2);

    /// RSASSA-PKCS1-v1_5 with SHA-256, in hex.
    ///
    /// # Errors
    /// When this machine has no random numbers.
    pub fn sign(self, message: &str) -> Result<String, CannotSign> {
        let pair = self.pair();
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature)
            .map_err(|_| CannotSign)?;
        Ok(hex::encode(signature))
    }

    /// The public key as CloudTrail lists it: PKCS#1 DER in base64.
    #[must_use]
    pub fn value(self) -> String {
        STANDARD.encode(self.pair().public().as_ref())
    }

    /// MD5 of the public key in DER.
    #[must_use]
    pub fn fingerprint(self) -> String {
        hex::encode(Md5::digest(self.pair().public().as_ref()))
    }

    fn pair(self) -> &'static RsaKeyPair {
        &PAIRS[self.0]
    }
}
