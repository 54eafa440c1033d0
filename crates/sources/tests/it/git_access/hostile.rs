//! Artifacts that nobody vouches for: whatever the bytes, reading ends without a panic, and what
//! was changed does not pass as verified.

use std::io::Write;
use std::sync::OnceLock;

use proptest::prelude::*;
use tenure_sources::settings::Settings;
use tenure_sources::source::{Artifact, Payload};

use super::build::Repository;
use super::support::{collect, read, settings};

const ORG: &str = "config/acme/org.yaml";

/// The uncompressed bytes of a small artifact.
fn sample() -> &'static (Settings, Vec<u8>) {
    static SAMPLE: OnceLock<(Settings, Vec<u8>)> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let mut r = Repository::new();
        r.write(ORG, "admins:\n- ann\nmembers:\n- bob\nteams:\n  t:\n    members: [cid]\n    repos:\n      r: admin\n");
        r.write("config/acme/OWNERS", "approvers:\n- ann\n");
        r.commit("Import (#1)", "2025-01-01");
        r.write(ORG, "admins:\n- ann\nmembers:\n- bob\n- dan\n");
        r.commit("Merge pull request #2 from dan/x\n\nAdd dan", "2025-01-02");
        let settings = settings(r.path(), &[]);
        let (artifacts, _) = collect(&settings, None, "2025-02-01").expect("it can be collected");
        let Payload::Bytes(bytes) = &artifacts[0].payload else { panic!("bytes") };
        let bytes = zstd::decode_all(bytes.as_slice()).expect("zstd");
        (settings, bytes)
    })
}

fn artifact(bytes: Vec<u8>) -> Artifact {
    Artifact {
        name: "main@root..x".to_owned(),
        media_type: "application/octet-stream",
        payload: Payload::Bytes(bytes),
    }
}

fn compressed(bytes: &[u8]) -> Artifact {
    artifact(zstd::encode_all(bytes, 1).expect("zstd"))
}

/// Whether a change of one byte shows. The header's branch is a name that nothing else repeats.
fn noticed(settings: &Settings, bytes: &[u8]) -> bool {
    let (_, account, error) = read(settings, &compressed(bytes));
    let verified =
        account.integrity.len() == 2 && account.integrity.values().all(|v| v == "verified");
    error.is_some() || !account.gaps.is_empty() || !verified
}

#[test]
fn a_changed_artifact_is_noticed() {
    let (settings, whole) = sample();
    let header = whole.split_inclusive(|b| *b == b'\n').take(2).map(<[u8]>::len).sum();
    // The lowest bit makes another letter or digit, the sixth another case of the same letter.
    for (at, flip) in (header..whole.len()).flat_map(|at| [(at, 1), (at, 32)]) {
        let mut bytes = whole.clone();
        bytes[at] ^= flip;
        assert!(noticed(settings, &bytes), "byte {at} changed by {flip}");
    }
}

proptest! {
    #[test]
    fn any_changed_byte_is_noticed(at in any::<prop::sample::Index>(), flip in 1_u8..) {
        let (settings, whole) = sample();
        let header = whole.split_inclusive(|b| *b == b'\n').take(2).map(<[u8]>::len).sum::<usize>();
        let mut bytes = whole.clone();
        let at = header + at.index(whole.len() - header);
        bytes[at] ^= flip;
        prop_assert!(noticed(settings, &bytes));
    }

    #[test]
    fn arbitrary_bytes_are_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let (settings, _) = sample();
        let (_, _, error) = read(settings, &artifact(bytes.clone()));
        prop_assert!(error.is_some());
        let (_, _, error) = read(settings, &compressed(&bytes));
        prop_assert!(error.is_some());
    }

    #[test]
    fn a_cut_artifact_is_noticed(at in any::<prop::sample::Index>()) {
        let (settings, bytes) = sample();
        let cut = &bytes[..at.index(bytes.len())];
        let (_, account, error) = read(settings, &compressed(cut));
        prop_assert!(error.is_some() || !account.gaps.is_empty());
        let whole = zstd::encode_all(bytes.as_slice(), 1).expect("zstd");
        let cut = whole[..at.index(whole.len())].to_vec();
        let (_, _, error) = read(settings, &artifact(cut));
        prop_assert!(error.is_some());
    }

    #[test]
    fn arbitrary_files_are_read_or_rejected(text in "(members|teams|a|- |: |\\[|\\]|\\{|\\}|&x|\\*x|\n|  |'|\"|#|\\||>|!|%|\t|é|,|-){0,40}") {
        let mut r = Repository::new();
        r.write(ORG, "members: [ann]\n");
        r.commit("Import", "2025-01-01");
        r.write(ORG, text.as_bytes()).write("config/acme/OWNERS", text.as_bytes());
        r.commit("Whatever", "2025-01-02");
        let settings = settings(r.path(), &[]);
        let (artifacts, _) = collect(&settings, None, "2025-02-01").expect("it can be collected");
        for artifact in &artifacts {
            let (_, account, error) = read(&settings, artifact);
            prop_assert!(error.is_none());
            prop_assert_eq!(account.records, 3);
        }
    }
}

#[test]
fn a_decompression_bomb_is_cut_off() {
    let (settings, _) = sample();
    let mut encoder = zstd::stream::Encoder::new(Vec::new(), 1).expect("zstd");
    let block = vec![0; 1 << 20];
    for _ in 0..600 {
        encoder.write_all(&block).expect("written");
    }
    let bomb = artifact(encoder.finish().expect("zstd"));
    let (_, _, error) = read(settings, &bomb);
    assert!(error.is_some());
}
