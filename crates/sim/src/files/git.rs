//! A git repository as one file: a bundle of version 2, whose pack holds every object whole.
//!
//! Shapes: git's own documentation, "gitformat-bundle" and "gitformat-pack".

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use tenure_model::Timestamp;

/// The kinds of objects, by the numbers that packs give them.
const KINDS: [(&str, u8); 3] = [("commit", 1), ("tree", 2), ("blob", 3)];

/// A repository with one branch, `main`.
#[derive(Clone, Default, Debug)]
pub struct Repository {
    files: BTreeMap<String, Vec<u8>>,
    objects: Vec<(u8, Vec<u8>)>,
    known: BTreeSet<Vec<u8>>,
    head: Option<Vec<u8>>,
}

impl Repository {
    /// Puts a file into the next commit.
    pub fn write(&mut self, path: &str, content: &str) {
        self.files.insert(path.to_owned(), content.as_bytes().to_vec());
    }

    /// Commits the files.
    pub fn commit(&mut self, message: &str, author: &str, at: Timestamp) {
        let files = std::mem::take(&mut self.files);
        let entries: Vec<_> = files.iter().map(|(path, bytes)| (path.as_str(), bytes)).collect();
        let tree = self.tree(&entries);
        self.files = files;
        let parent = self.head.as_ref().map(|id| format!("parent {}\n", hex::encode(id)));
        let who = format!("{author} <nobody@example.invalid> {} +0000", at.seconds());
        let text = format!(
            "tree {}\n{}author {who}\ncommitter {who}\n\n{message}\n",
            hex::encode(tree),
            parent.unwrap_or_default()
        );
        self.head = Some(self.object("commit", text.into_bytes()));
    }

    /// The bundle; empty without a commit.
    #[must_use]
    pub fn bundle(&self) -> Vec<u8> {
        let Some(head) = &self.head else { return Vec::new() };
        let mut pack = b"PACK\0\0\0\x02".to_vec();
        let count = u32::try_from(self.objects.len()).unwrap_or(u32::MAX);
        pack.extend(count.to_be_bytes());
        for (kind, bytes) in &self.objects {
            pack.extend(header(*kind, bytes.len()));
            pack.extend(deflate(bytes));
        }
        let sum = digest(&SHA1_FOR_LEGACY_USE_ONLY, &pack);
        pack.extend(sum.as_ref());
        let mut bundle =
            format!("# v2 git bundle\n{} refs/heads/main\n\n", hex::encode(head)).into_bytes();
        bundle.extend(pack);
        bundle
    }

    /// The tree of files below a directory, by paths from there, in order.
    fn tree(&mut self, files: &[(&str, &Vec<u8>)]) -> Vec<u8> {
        // Git orders a directory as if its name ended in a slash.
        let mut entries: BTreeMap<String, (&str, String, Vec<u8>)> = BTreeMap::new();
        let mut below: BTreeMap<&str, Vec<(&str, &Vec<u8>)>> = BTreeMap::new();
        for (path, bytes) in files {
            match path.split_once('/') {
                Some((directory, rest)) => below.entry(directory).or_default().push((rest, bytes)),
                None => {
                    let id = self.object("blob", (*bytes).clone());
                    entries.insert((*path).to_owned(), ("100644", (*path).to_owned(), id));
                }
            }
        }
        for (name, files) in below {
            let id = self.tree(&files);
            entries.insert(format!("{name}/"), ("40000", name.to_owned(), id));
        }
        let mut bytes = Vec::new();
        for (mode, name, id) in entries.into_values() {
            bytes.extend(format!("{mode} {name}\0").into_bytes());
            bytes.extend(id);
        }
        self.object("tree", bytes)
    }

    /// Keeps an object, once; its id.
    fn object(&mut self, kind: &str, bytes: Vec<u8>) -> Vec<u8> {
        let mut named = format!("{kind} {}\0", bytes.len()).into_bytes();
        named.extend(&bytes);
        let id = digest(&SHA1_FOR_LEGACY_USE_ONLY, &named).as_ref().to_vec();
        let number = KINDS.iter().find(|(name, _)| *name == kind).map_or(0, |(_, number)| *number);
        if self.known.insert(id.clone()) {
            self.objects.push((number, bytes));
        }
        id
    }
}

/// The kind in three bits, and the size in four, then in seven bits a byte.
fn header(kind: u8, mut size: usize) -> Vec<u8> {
    let low = |size: usize, bits: u32| u8::try_from(size & ((1 << bits) - 1)).unwrap_or(0);
    let mut bytes = vec![kind << 4 | low(size, 4)];
    size >>= 4;
    while size > 0 {
        if let Some(last) = bytes.last_mut() {
            *last |= 0x80;
        }
        bytes.push(low(size, 7));
        size >>= 7;
    }
    bytes
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing into memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_have_the_names_that_git_gives_them() {
        let mut repository = Repository::default();
        // `git hash-object` of "hello\n", and of the empty tree.
        let blob = repository.object("blob", b"hello\n".to_vec());
        assert_eq!(hex::encode(blob), "ce013625030ba8dba906f756967f9e9ca394464a");
        let tree = repository.tree(&[]);
        assert_eq!(hex::encode(tree), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    }

    #[test]
    fn sizes_are_written_in_parts() {
        assert_eq!(header(3, 5), [0x35]);
        assert_eq!(header(1, 0x1f3), [0x93, 0x1f]);
    }
}
