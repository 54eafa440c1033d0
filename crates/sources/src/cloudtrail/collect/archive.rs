//! Log objects in a tar archive, in its order. Nothing is unpacked: members are read in memory, so
//! a name can at worst be strange, and strange names are refused.

use std::io::{self, Read};

use tar::{Archive, Entry, EntryType};

use crate::source::{CollectError, Payload};

use super::{Gather, NOT_AN_OBJECT, NOT_AN_OBJECT_HINT, is_object_name};

pub(super) fn walk(gather: &mut Gather<'_>, bytes: impl Read) -> Result<(), CollectError> {
    let scope = gather.collected.scope.clone();
    let broken = |e: io::Error| (format!("the archive cannot be read on: {e}"), "fetch it again");
    let mut archive = Archive::new(bytes);
    let entries = match archive.entries() {
        Ok(entries) => entries,
        Err(e) => {
            let (cause, hint) = broken(e);
            gather.gap(scope, cause, hint);
            return Ok(());
        }
    };
    for entry in entries {
        match entry {
            Ok(entry) => member(gather, entry)?,
            Err(e) => {
                // What came before counts; where the next member begins is not known.
                let (cause, hint) = broken(e);
                gather.gap(scope, cause, hint);
                return Ok(());
            }
        }
    }
    Ok(())
}

fn member(gather: &mut Gather<'_>, mut entry: Entry<'_, impl Read>) -> Result<(), CollectError> {
    let kind = entry.header().entry_type();
    if matches!(kind, EntryType::Directory | EntryType::XGlobalHeader) {
        return Ok(());
    }
    let shown = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    let name = match safe_name(&entry.path_bytes()) {
        Ok(name) => name,
        Err(cause) => {
            let hint = "log objects have no such names: look where the archive comes from";
            gather.gap(shown, cause, hint);
            return Ok(());
        }
    };
    if kind.is_symlink() || kind.is_hard_link() {
        gather.gap(name, "it is a link, and was not followed", "archive the file itself");
    } else if !matches!(kind, EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse) {
        gather.gap(name, "it is no regular file, and was not read", "remove it");
    } else if !is_object_name(&name) {
        gather.gap(name, NOT_AN_OBJECT, NOT_AN_OBJECT_HINT);
    } else if entry.size() > gather.most {
        let cause = format!("it has {} bytes, more than {} allow", entry.size(), gather.most);
        gather.gap(name, cause, "raise the setting max-object-bytes if it is genuine");
    } else {
        return content(gather, name, &mut entry);
    }
    Ok(())
}

fn content(
    gather: &mut Gather<'_>,
    name: String,
    entry: &mut Entry<'_, impl Read>,
) -> Result<(), CollectError> {
    let size = entry.size();
    let mut bytes = Vec::new();
    // Capacity comes with the bytes, not with what the header promises.
    let read = entry.take(size).read_to_end(&mut bytes);
    let cause = match read {
        Ok(_) if bytes.len() as u64 == size => {
            return gather.offer(name, Payload::Bytes(bytes));
        }
        Ok(_) => "the archive ends inside it".to_owned(),
        Err(e) => format!("it cannot be read: {e}"),
    };
    gather.gap(name, cause, "fetch the archive again: it is cut off or damaged");
    Ok(())
}

/// The name with `/` between its parts and without a leading `./`.
fn safe_name(bytes: &[u8]) -> Result<String, &'static str> {
    let text = std::str::from_utf8(bytes).map_err(|_| "its name is not UTF-8")?;
    if text.starts_with('/') {
        return Err("its name is absolute, and it was not read");
    }
    let parts: Vec<_> = text.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if parts.contains(&"..") {
        return Err("its name leads out of the archive, and it was not read");
    }
    if parts.is_empty() || text.contains('\0') {
        return Err("it has no usable name, and was not read");
    }
    Ok(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside() {
        assert_eq!(safe_name(b"./a//b.json"), Ok("a/b.json".to_owned()));
        for bad in ["/etc/passwd", "../x", "a/../../x", "a/..", "", ".", "a\0b"] {
            assert!(safe_name(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(safe_name(b"a\xff").is_err());
    }
}
