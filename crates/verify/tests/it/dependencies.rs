//! The promise to auditors: this is all that the verifier is built from.

use std::collections::BTreeSet;
use std::process::Command;

/// Everything that is linked into the verifier, however deep, on the platform that builds it.
const ALLOWED: [&str; 32] = [
    "base64",
    "block_buffer",
    "cfg_if",
    "const_oid",
    "cpufeatures",
    "crypto_common",
    "curve25519_dalek",
    "digest",
    "ed25519",
    "ed25519_dalek",
    "hex",
    "hybrid_array",
    "itoa",
    "jiff",
    "jiff_core",
    "memchr",
    "rand_core",
    "ryu_js",
    "serde",
    "serde_core",
    "serde_json",
    "serde_json_canonicalizer",
    "sha2",
    "signature",
    "subtle",
    "tenure_ledger",
    "tenure_model",
    "tenure_verify",
    "thiserror",
    "typenum",
    "zeroize",
    "zmij",
];

#[test]
fn nothing_else_is_linked_in() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--manifest-path", manifest, "-p", "tenure-verify"])
        .args(["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{lib}"])
        .output()
        .expect("cargo runs");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let text = String::from_utf8(tree.stdout).expect("text");
    let found: BTreeSet<_> = text.split_whitespace().filter(|word| *word != "(*)").collect();
    let allowed: BTreeSet<_> = ALLOWED.into_iter().collect();
    assert_eq!(
        found, allowed,
        "the verifier's dependencies are a promise: discuss before changing the list"
    );
}
