//! Digest files, the metadata that holds their signatures, and the keys that verify them.

use super::fake::{Fake, Object};
use super::{collected, digest_key, key, with_keys, workspace};

const KEYS: &str = r#"{"PublicKeyList":[{"Fingerprint":"8eba5db5bea9b640d1c96a77256fe7f2","ValidityEndTime":1.5E9,"ValidityStartTime":1.4E9,"Value":"MIIBCgKCAQEA"}]}"#;

fn put_digest(fake: &Fake, hour: u32) -> String {
    let key = digest_key("eu-west-1", "2026/01/30", hour);
    let metadata = [("signature-algorithm", "SHA256withRSA"), ("signature", "0a0b")];
    let metadata = metadata.map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec();
    let bytes = format!("digest of {hour}").into_bytes();
    fake.state().objects.insert(key.clone(), Object { bytes, metadata });
    key
}

#[test]
fn digests_come_with_their_signatures_and_keys() {
    with_keys("cloudtrail::bucket::digests::digests_come_with_their_signatures_and_keys", || {
        let fake = Fake::start();
        fake.state().keys = Some(KEYS.to_owned());
        let log = key("eu-west-1", "2026/01/30", "a");
        fake.put(&log, r#"{"Records":[]}"#);
        let digests = [put_digest(&fake, 5), put_digest(&fake, 6)];
        let mut workspace = workspace(fake.address).set("digests", "yes");
        let (taken, gaps) = collected(&workspace);
        assert_eq!(gaps, [""; 0]);
        let sidecars = digests.each_ref().map(|key| format!("{key}.metadata.json"));
        let names = [&digests[0], &sidecars[0], &digests[1], &sidecars[1], &log];
        assert_eq!(taken.names()[..5], names);
        let metadata = r#"{"Metadata":{"signature":"0a0b","signature-algorithm":"SHA256withRSA"}}"#;
        assert_eq!(taken.artifacts[1].1, metadata.as_bytes());
        assert_eq!(taken.artifacts[5], ("public-keys/eu-west-1.json".to_owned(), KEYS.into()));
        // Two hours around 2026-01-30T05:00:00Z and T06:00:00Z.
        let asked: serde_json::Value =
            serde_json::from_str(&fake.state().asked_for_keys[0]).unwrap();
        assert_eq!(
            asked,
            serde_json::json!({"StartTime": 1_769_742_000, "EndTime": 1_769_760_000})
        );
        assert_eq!(taken.artifacts.len(), 6);
        // The next run: a new digest, whose key is known already.
        workspace.run();
        fake.state().seen.clear();
        let new = put_digest(&fake, 7);
        let (draft, _) = workspace.run();
        let names: Vec<_> = draft.artifacts.iter().map(|a| a.name.as_str()).collect();
        assert_eq!(names, [new.as_str(), &format!("{new}.metadata.json")]);
        assert_eq!(fake.gets().into_keys().collect::<Vec<_>>(), [new]);
    });
}

#[test]
fn digests_without_keys_are_kept_and_are_a_gap() {
    with_keys("cloudtrail::bucket::digests::digests_without_keys_are_kept_and_are_a_gap", || {
        let fake = Fake::start();
        put_digest(&fake, 5);
        let (taken, gaps) = collected(&workspace(fake.address).set("digests", "yes"));
        assert_eq!(taken.artifacts.len(), 2);
        assert!(gaps.len() == 1 && gaps[0].contains("cannot be verified"), "{gaps:?}");
        assert!(gaps[0].contains("cloudtrail:ListPublicKeys"), "{gaps:?}");
        // Who wants none asks for none.
        fake.state().asked_for_keys.clear();
        let (taken, _) = collected(&workspace(fake.address));
        assert_eq!((taken.artifacts.len(), fake.state().asked_for_keys.len()), (0, 0));
    });
}
