//! The bucket that the documentation shows.

use std::collections::BTreeMap;

use tenure_testkit::cloudtrail::{Objects, Trail, gzip};

use super::{KEYS, OTHER, REGION, hours, is_proven, keys};
use crate::support::{Workspace, fixture, untar};

const FILE: &str = "cloudtrail/digest-bucket.tar.gz";

fn made() -> Objects {
    let mut objects = Objects::from([(KEYS.to_owned(), keys())]);
    for region in [REGION, OTHER] {
        objects.extend(Trail::new(region).deliver(&hours(8)));
    }
    objects
}

fn archive(objects: &Objects) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (key, bytes) in objects {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, key, &**bytes).unwrap();
    }
    gzip(&builder.into_inner().unwrap())
}

#[test]
fn the_shipped_bucket_is_what_is_made_for_tests() {
    if std::env::var_os("TENURE_UPDATE").is_some() {
        std::fs::write(fixture(FILE), archive(&made())).unwrap();
    }
    let mut inflated = Vec::new();
    let file = std::fs::File::open(fixture(FILE)).unwrap();
    std::io::copy(&mut flate2::read::GzDecoder::new(file), &mut inflated).unwrap();
    let shipped: BTreeMap<_, _> = untar(&inflated);
    assert!(shipped == made(), "run again with TENURE_UPDATE=1");
}

#[test]
fn the_shipped_bucket_is_proven() {
    let mut workspace = Workspace::new("cloudtrail").set("path", fixture(FILE).to_str().unwrap());
    let (draft, _) = workspace.run();
    for minute in 0..7 * 60 + 30 {
        assert!(is_proven(&draft, "usage", minute), "{minute}: {:#?}", draft.coverage);
    }
}
