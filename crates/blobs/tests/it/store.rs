use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;
use tempfile::TempDir;
use tenure_blobs::{BlobError, BlobStore};
use tenure_model::Digest;

const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

fn store() -> (TempDir, BlobStore) {
    let dir = TempDir::new().unwrap();
    let store = BlobStore::open(dir.path().join("blobs")).unwrap();
    (dir, store)
}

/// Changes the object behind the store's back.
fn damage(store: &BlobStore, digest: &Digest, bytes: &[u8]) {
    store.sync().unwrap();
    let path = store.path_of(digest);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn an_object_is_named_by_its_bytes_and_protected() {
    let (_dir, store) = store();
    let digest = store.put(b"hello").unwrap();
    assert_eq!(digest.to_string(), HELLO);
    store.sync().unwrap();
    let path = store.path_of(&digest);
    assert!(path.ends_with(format!("sha256/2c/{HELLO}")));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o440);
    assert_eq!(store.get(&digest).unwrap(), b"hello");
    assert_eq!(store.verify(&digest).unwrap(), 5);
}

#[test]
fn objects_put_together_are_those_put_alone() {
    let (_dir, store) = store();
    let objects = [b"hello".to_vec(), vec![7; 100_000], Vec::new(), b"hello".to_vec()];
    let digests = store.put_all(&objects.each_ref().map(Vec::as_slice)).unwrap();
    assert_eq!(digests[0].to_string(), HELLO);
    assert_eq!(digests[0], digests[3]);
    store.sync().unwrap();
    for (digest, bytes) in digests.iter().zip(&objects) {
        assert_eq!(store.get(digest).unwrap(), *bytes);
    }
}

#[test]
fn what_the_disk_was_let_begin_with_is_not_fresh() {
    let (_dir, store) = store();
    assert_eq!(store.fresh(), 0);
    store.put(&[7; 100_000]).unwrap();
    assert_eq!(store.fresh(), 100_000);
    store.write_back().unwrap();
    assert_eq!(store.fresh(), 0);
}

#[test]
fn a_missing_object_is_said_to_be_missing() {
    let (_dir, store) = store();
    let digest: Digest = HELLO.parse().unwrap();
    assert!(!store.contains(&digest));
    assert!(matches!(store.get(&digest), Err(BlobError::Missing { .. })));
    assert!(matches!(store.open_blob(&digest), Err(BlobError::Missing { .. })));
    assert!(matches!(store.verify(&digest), Err(BlobError::Missing { .. })));
}

#[test]
fn changed_bytes_are_never_given_as_the_object() {
    let (_dir, store) = store();
    let digest = store.put(b"hello").unwrap();
    damage(&store, &digest, b"hellO");
    assert!(matches!(store.get(&digest), Err(BlobError::Mismatch { .. })));
    assert!(matches!(store.verify(&digest), Err(BlobError::Mismatch { .. })));
    let mut read = Vec::new();
    let error = store.open_blob(&digest).unwrap().read_to_end(&mut read).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
    assert!(error.to_string().contains("has changed"));
}

#[test]
fn putting_again_repairs() {
    let (_dir, store) = store();
    let digest = store.put(b"hello").unwrap();
    for wrong in [&b""[..], b"hellO", b"hello!"] {
        damage(&store, &digest, wrong);
        assert_eq!(store.put(b"hello").unwrap(), digest);
        assert_eq!(store.get(&digest).unwrap(), b"hello");
        damage(&store, &digest, wrong);
        let mut writer = store.writer().unwrap();
        writer.write_all(b"hello").unwrap();
        assert_eq!(writer.finish().unwrap(), (digest, 5));
        assert_eq!(store.get(&digest).unwrap(), b"hello");
    }
}

#[test]
fn a_writer_that_is_dropped_leaves_nothing() {
    let (dir, store) = store();
    let mut writer = store.writer().unwrap();
    writer.write_all(b"half an object").unwrap();
    drop(writer);
    assert_eq!(fs::read_dir(dir.path().join("blobs/tmp")).unwrap().count(), 0);
    assert_eq!(store.list().count(), 0);
}

#[test]
fn files_of_dead_writers_are_cleaned_and_those_of_living_ones_are_not() {
    let (dir, store) = store();
    let tmp = dir.path().join("blobs/tmp");
    fs::write(tmp.join("blob-left-by-a-killed-process"), b"half").unwrap();
    let mut writer = store.writer().unwrap();
    writer.write_all(b"hel").unwrap();
    // `flock` belongs to the open file, so a second store in this process is like another process.
    let second = BlobStore::open(dir.path().join("blobs")).unwrap();
    assert_eq!(fs::read_dir(&tmp).unwrap().count(), 1);
    writer.write_all(b"lo").unwrap();
    let (digest, _) = writer.finish().unwrap();
    assert_eq!(second.get(&digest).unwrap(), b"hello");
}

#[test]
fn a_file_is_stored_without_being_held_in_memory() {
    let (dir, store) = store();
    let path = dir.path().join("big");
    let bytes = vec![7; 3 * 1024 * 1024 + 1];
    fs::write(&path, &bytes).unwrap();
    let (digest, len) = store.put_file(&path).unwrap();
    assert_eq!(len, bytes.len() as u64);
    assert_eq!(store.put(&bytes).unwrap(), digest);
    assert!(matches!(store.put_file(dir.path().join("none")), Err(BlobError::Io { .. })));
}

#[test]
fn the_list_is_in_order_and_passes_over_strangers() {
    let (dir, store) = store();
    let mut put: Vec<_> = (0..200u8).map(|n| store.put(&[n]).unwrap()).collect();
    put.sort();
    fs::write(dir.path().join("blobs/sha256/2c").join("notes.txt"), b"").ok();
    let listed: Vec<_> = store.list().collect::<Result<_, _>>().unwrap();
    assert_eq!(listed, put);
}

#[test]
fn many_writers_of_one_object_agree() {
    let (dir, _) = store();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let store = BlobStore::open(dir.path().join("blobs")).unwrap();
                for n in 0..50u8 {
                    let digest = store.put(&[n; 100]).unwrap();
                    assert_eq!(store.get(&digest).unwrap(), [n; 100]);
                }
                store.sync().unwrap();
            });
        }
    });
    assert_eq!(BlobStore::open(dir.path().join("blobs")).unwrap().list().count(), 50);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_put_is_got_however_it_is_cut(
        bytes in prop::collection::vec(any::<u8>(), 0..5_000),
        cut in 1usize..1_000,
    ) {
        let (_dir, store) = store();
        let mut writer = store.writer().unwrap();
        for part in bytes.chunks(cut) {
            writer.write_all(part).unwrap();
        }
        let (digest, len) = writer.finish().unwrap();
        prop_assert_eq!(len, bytes.len() as u64);
        prop_assert_eq!(store.put(&bytes).unwrap(), digest);
        prop_assert_eq!(store.get(&digest).unwrap(), bytes);
        prop_assert_eq!(store.list().count(), 1);
    }
}
