//! Many small objects lie in packs, and everything else is as if they did not.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tenure_blobs::{BlobError, BlobStore};
use tenure_model::Digest;

fn object(number: usize) -> Vec<u8> {
    format!("object {number} {}", "x".repeat(number % 900)).into_bytes()
}

/// A store with this many objects; gives them with their digests.
fn filled(dir: &Path, count: usize) -> (BlobStore, Vec<(Digest, Vec<u8>)>) {
    let store = BlobStore::open(dir).unwrap();
    let put = |number| {
        let bytes = object(number);
        (store.put(&bytes).unwrap(), bytes)
    };
    let objects = (0..count).map(put).collect();
    (store, objects)
}

fn packs(dir: &Path) -> Vec<PathBuf> {
    match fs::read_dir(dir.join("packs")) {
        Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
        Err(_) => Vec::new(),
    }
}

fn loose(dir: &Path) -> usize {
    let shards = fs::read_dir(dir.join("sha256")).unwrap();
    shards.map(|shard| fs::read_dir(shard.unwrap().path()).unwrap().count()).sum()
}

fn all_there(store: &BlobStore, objects: &[(Digest, Vec<u8>)]) {
    for (digest, bytes) in objects {
        assert_eq!(store.get(digest).unwrap(), *bytes);
        assert_eq!(store.verify(digest).unwrap(), bytes.len() as u64);
        assert!(store.contains(digest));
    }
}

#[test]
fn most_of_many_small_objects_share_a_file() {
    let dir = TempDir::new().unwrap();
    let (store, objects) = filled(dir.path(), 2_000);
    all_there(&store, &objects);
    assert_eq!(packs(dir.path()), [] as [PathBuf; 0], "a pack has no name before it is whole");
    store.sync().unwrap();
    all_there(&store, &objects);
    assert_eq!(packs(dir.path()).len(), 1);
    assert_eq!(loose(dir.path()), 0);

    let again = BlobStore::open(dir.path()).unwrap();
    all_there(&again, &objects);
    let mut digests: Vec<_> = objects.iter().map(|(digest, _)| *digest).collect();
    digests.sort_unstable();
    assert_eq!(again.list().collect::<Result<Vec<_>, _>>().unwrap(), digests);
    for (_, bytes) in &objects {
        again.put(bytes).unwrap();
    }
    again.sync().unwrap();
    let bytes: u64 = packs(dir.path()).iter().map(|p| p.metadata().unwrap().len()).sum();
    let once: usize = objects.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(bytes < once as u64 + 2_000 * 48 + 64, "nothing is stored twice");
}

#[test]
fn what_the_disk_has_begun_with_is_found_as_before() {
    let dir = TempDir::new().unwrap();
    let (store, mut objects) = filled(dir.path(), 600);
    let large = |number: u8| vec![number; 70_000];
    objects.extend((0..20).map(|n| (store.put(&large(n)).unwrap(), large(n))));
    store.write_back().unwrap();
    all_there(&store, &objects);
    assert_eq!(packs(dir.path()), [] as [PathBuf; 0], "it is not whole yet");
    let late = b"put afterwards".to_vec();
    objects.push((store.put(&late).unwrap(), late));
    store.write_back().unwrap();
    store.sync().unwrap();
    assert_eq!((packs(dir.path()).len(), loose(dir.path())), (1, 20));
    all_there(&BlobStore::open(dir.path()).unwrap(), &objects);
}

#[test]
fn few_small_objects_are_files_of_their_own() {
    let dir = TempDir::new().unwrap();
    let (store, objects) = filled(dir.path(), 200);
    assert_eq!(loose(dir.path()), 0, "nobody asks for them yet");
    assert!(objects.iter().all(|(digest, _)| store.contains(digest)));
    store.sync().unwrap();
    assert_eq!((loose(dir.path()), packs(dir.path()).len()), (200, 0));
    all_there(&store, &objects);
    all_there(&BlobStore::open(dir.path()).unwrap(), &objects);
}

#[test]
fn what_lies_in_a_pack_gets_no_file_beside() {
    let dir = TempDir::new().unwrap();
    let (store, objects) = filled(dir.path(), 300);
    store.sync().unwrap();
    let (again, _) = filled(dir.path(), 100);
    again.sync().unwrap();
    assert_eq!((loose(dir.path()), packs(dir.path()).len()), (0, 1));
    all_there(&again, &objects);
}

#[test]
fn an_object_that_waits_can_be_read_and_listed() {
    let dir = TempDir::new().unwrap();
    let (store, objects) = filled(dir.path(), 3);
    all_there(&store, &objects);
    let (more, bytes) = (store.put(b"one more").unwrap(), b"one more");
    assert_eq!(store.list().count(), 4);
    assert_eq!(fs::read(store.path_of(&more)).unwrap(), bytes);
}

#[test]
fn a_pack_that_another_process_wrote_is_found() {
    let dir = TempDir::new().unwrap();
    let reader = BlobStore::open(dir.path()).unwrap();
    let (writer, objects) = filled(dir.path(), 400);
    let (last, _) = objects.last().unwrap();
    assert!(matches!(reader.get(last), Err(BlobError::Missing { .. })));
    writer.sync().unwrap();
    all_there(&reader, &objects);
}

#[test]
fn what_was_not_synced_leaves_nothing() {
    let dir = TempDir::new().unwrap();
    let (store, objects) = filled(dir.path(), 400);
    drop(store);
    let store = BlobStore::open(dir.path()).unwrap();
    let (last, bytes) = objects.last().unwrap();
    assert!(matches!(store.get(last), Err(BlobError::Missing { .. })));
    assert_eq!(store.put(bytes).unwrap(), *last);
    assert_eq!(store.get(last).unwrap(), *bytes);
}

#[test]
fn every_changed_byte_of_a_pack_is_noticed() {
    let dir = TempDir::new().unwrap();
    let (store, objects) = filled(dir.path(), 300);
    store.sync().unwrap();
    let [path] = packs(dir.path()).try_into().unwrap();
    let good = fs::read(&path).unwrap();
    let mut permissions = path.metadata().unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o640);
    fs::set_permissions(&path, permissions).unwrap();
    for at in (0..good.len()).step_by(37) {
        let mut bad = good.clone();
        bad[at] ^= 4;
        fs::write(&path, &bad).unwrap();
        let store = BlobStore::open(dir.path()).unwrap();
        let whole = objects.iter().all(|(digest, _)| store.verify(digest).is_ok());
        assert!(!whole, "byte {at} of {}", good.len());
    }
    for length in [0, 15, 16, 100, good.len() - 1] {
        fs::write(&path, &good[..length]).unwrap();
        let store = BlobStore::open(dir.path()).unwrap();
        assert!(objects.iter().any(|(digest, _)| store.get(digest).is_err()), "{length} bytes");
        assert!(store.list().any(|object| object.is_err()), "a cut pack is no empty one");
    }
}
