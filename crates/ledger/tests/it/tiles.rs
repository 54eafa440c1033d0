use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use tenure_ledger::merkle::leaf_hash;
use tenure_ledger::tiles::{
    BundleError, TileKind, TilePath, bundle_leaves, decode_bundle, entry_path, geometry,
    push_entry, tile_at,
};

use crate::support::{base64, vectors};

#[test]
fn paths_match_the_published_layout() {
    let layout = vectors("tlog-tiles-layout.json");
    for case in layout["entry_paths"].as_array().expect("cases") {
        let entry = case["index"].as_u64().expect("index");
        let size = case["log_size"].as_u64().expect("size");
        let path = entry_path(entry, size).expect("the entry is inside");
        assert_eq!(path.to_string(), case["path"].as_str().expect("path"));
    }
    let width = |case: &serde_json::Value| match case["width"].as_u64().expect("width") {
        0 => 256,
        width => u16::try_from(width).expect("a width"),
    };
    for case in layout["bundle_paths"].as_array().expect("cases") {
        let path = TilePath::entries(case["bundle"].as_u64().expect("index"), width(case));
        round_trip(path.expect("a path"), case["path"].as_str().expect("path"));
    }
    for case in layout["tile_paths"].as_array().expect("cases") {
        let level = u8::try_from(case["level"].as_u64().expect("level")).expect("a level");
        let path = TilePath::hashes(level, case["tile"].as_u64().expect("index"), width(case));
        round_trip(path.expect("a path"), case["path"].as_str().expect("path"));
    }
}

fn round_trip(path: TilePath, text: &str) {
    assert_eq!(path.to_string(), text);
    assert_eq!(text.parse::<TilePath>(), Ok(path));
}

#[test]
fn parsing_agrees_with_the_published_cases() {
    let layout = vectors("tlog-tiles-layout.json");
    let cases = layout["parse"].as_array().expect("cases");
    assert!(cases.len() > 10);
    for case in cases {
        let (level, index) = (&case["level"], &case["index"]);
        let text =
            format!("tile/{}/{}", level.as_str().expect("text"), index.as_str().expect("text"));
        let parsed = text.parse::<TilePath>();
        assert_eq!(parsed.is_err(), case["error"].as_bool().expect("error"), "{text}");
        let Ok(path) = parsed else { continue };
        if let Some(level) = case["want_level"].as_u64() {
            assert_eq!(path.kind(), TileKind::Hashes(u8::try_from(level).expect("a level")));
        }
        if let Some(index) = case["want_index"].as_u64() {
            assert_eq!(path.index(), index, "{text}");
        }
    }
}

#[test]
fn a_tile_has_one_name() {
    for bad in [
        "tile/00/000",
        "tile/0/x000/001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/000.p/1/",
        "tile/entries/1",
        "tile/data/000",
        "tile/0/x001/x002",
        "tile/0/000.p/1.p/2",
    ] {
        assert!(bad.parse::<TilePath>().is_err(), "{bad}");
    }
    assert!(TilePath::hashes(64, 0, 256).is_none());
    assert!(TilePath::entries(0, 0).is_none());
    assert!(TilePath::entries(0, 257).is_none());
}

#[test]
fn geometry_matches_the_published_sizes() {
    let layout = vectors("tlog-tiles-layout.json");
    for (size, levels) in layout["geometry"].as_object().expect("sizes") {
        let size: u64 = size.parse().expect("a size");
        let wanted = levels.as_array().expect("levels").iter().map(|level| {
            let number = |name: &str| level[name].as_u64().expect("a number");
            (number("level"), number("full"), number("partial_width"))
        });
        let wanted: Vec<_> = wanted.collect();
        let ours = geometry(size);
        let ours: Vec<_> = ours
            .iter()
            .map(|tiles| (tiles.level.into(), tiles.full, tiles.partial_width.into()))
            .collect();
        assert_eq!(ours, wanted, "size {size}");
        for tiles in geometry(size) {
            let kind = TileKind::Hashes(tiles.level);
            let partial = tile_at(kind, tiles.full, size).map_or(0, |path| path.width());
            assert_eq!(partial, tiles.partial_width);
            assert_eq!(tile_at(kind, tiles.full + 1, size), None);
        }
    }
    assert!(geometry(0).is_empty());
    assert_eq!(geometry(u64::MAX).len(), 8);
}

#[test]
fn bundles_of_the_decimal_tree_have_the_published_digests() {
    let layout = vectors("tlog-tiles-layout.json");
    let sizes = layout["decimal_tree_sha256_of_resources"].as_object().expect("sizes");
    let mut compared = BTreeMap::new();
    for (size, resources) in sizes {
        let resources = resources.as_object().expect("resources");
        for (name, digest) in resources.iter().filter(|(name, _)| name.contains("entries")) {
            let path: TilePath = name.parse().expect("a path");
            let mut bundle = Vec::new();
            for entry in (path.index() * 256..).take(path.width().into()) {
                push_entry(&mut bundle, entry.to_string().as_bytes()).expect("a short entry");
            }
            assert_eq!(hex::encode(Sha256::digest(&bundle)), digest.as_str().expect("hex"));
            compared.insert((size.clone(), name.clone()), ());
        }
    }
    assert_eq!(compared.len(), 5);
}

#[test]
fn the_tessera_bundles_decode() {
    let log = vectors("tessera-testdata-log.json");
    let entries: Vec<_> = log["entries"].as_array().expect("entries").iter().collect();
    for width in 1..=15_u16 {
        let bundle = base64(&log["files"][format!("tile/entries/000.p/{width}")]);
        let tile = base64(&log["files"][format!("tile/0/000.p/{width}")]);
        let decoded = decode_bundle(&bundle, width).expect("a bundle");
        for (ours, theirs) in decoded.iter().zip(&entries) {
            assert_eq!(*ours, theirs.as_str().expect("text").as_bytes());
        }
        assert_eq!(bundle_leaves(&bundle, width).expect("a bundle").concat(), tile);
    }
}

#[test]
fn bundles_are_read_exactly() {
    let mut bundle = Vec::new();
    push_entry(&mut bundle, b"one").expect("short");
    push_entry(&mut bundle, b"").expect("short");
    assert_eq!(decode_bundle(&bundle, 2), Ok(vec![&b"one"[..], b""]));
    assert_eq!(bundle_leaves(&bundle, 2), Ok(vec![leaf_hash(b"one"), leaf_hash(b"")]));
    assert_eq!(decode_bundle(&bundle, 1), Err(BundleError::Trailing(2)));
    assert_eq!(decode_bundle(&bundle, 3), Err(BundleError::Truncated(2)));
    assert_eq!(decode_bundle(&bundle[..4], 2), Err(BundleError::Truncated(0)));
    assert_eq!(push_entry(&mut bundle, &[0; 65_536]), Err(BundleError::TooLarge(65_536)));
    assert!(push_entry(&mut bundle, &[0; 65_535]).is_ok());
}
