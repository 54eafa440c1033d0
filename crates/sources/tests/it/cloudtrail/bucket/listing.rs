//! Which objects are found, and in which order they come.

use super::fake::Fake;
use super::{ACCOUNT, collected, key, with_keys, workspace};

fn filled() -> (Fake, Vec<String>) {
    let fake = Fake::start();
    let mut keys = Vec::new();
    for region in ["eu-west-1", "us-east-1"] {
        for day in ["2026/01/29", "2026/01/30", "2026/01/31", "2026/02/01"] {
            for unique in ["a", "b", "c"] {
                keys.push(key(region, day, unique));
            }
        }
    }
    for key in &keys {
        fake.put(key, key.as_bytes());
    }
    keys.sort();
    (fake, keys)
}

#[test]
fn everything_comes_in_the_order_of_keys_whatever_the_parallelism() {
    with_keys(
        "cloudtrail::bucket::listing::everything_comes_in_the_order_of_keys_whatever_the_parallelism",
        || {
            let (fake, keys) = filled();
            for (page, parallel) in [(1000, "16"), (2, "3"), (1, "1"), (5, "64")] {
                fake.state().page = page;
                let workspace = workspace(fake.address).set("parallel", parallel);
                let (taken, gaps) = collected(&workspace);
                assert_eq!(gaps, [""; 0]);
                assert_eq!(taken.names(), keys);
                assert!(taken.artifacts.iter().all(|(name, bytes)| name.as_bytes() == bytes));
                assert!(fake.gets().values().all(|n| *n == 1));
            }
        },
    );
}

#[test]
fn days_accounts_and_regions_can_be_chosen() {
    with_keys("cloudtrail::bucket::listing::days_accounts_and_regions_can_be_chosen", || {
        let (fake, keys) = filled();
        let other = keys[0].replace(ACCOUNT, "444455556666");
        fake.put(&other, "x");
        let found = |settings: &[(&str, &str)]| {
            let mut workspace = workspace(fake.address);
            for (name, value) in settings {
                workspace = workspace.set(name, value);
            }
            let (taken, gaps) = collected(&workspace);
            (taken.names().into_iter().map(str::to_owned).collect::<Vec<_>>(), gaps)
        };
        let of = |wanted: fn(&str) -> bool| {
            keys.iter().filter(|key| wanted(key)).cloned().collect::<Vec<_>>()
        };
        let (names, gaps) =
            found(&[("from", "2026-01-30"), ("to", "2026-02-01"), ("accounts", ACCOUNT)]);
        assert_eq!(names, of(|key| key.contains("/01/30/") || key.contains("/01/31/")));
        assert_eq!(gaps, [""; 0]);
        let gets = fake.gets();
        assert_eq!(gets.len(), names.len(), "other days are not fetched");
        let (names, _) = found(&[("regions", "us-east-1"), ("accounts", ACCOUNT)]);
        assert_eq!(names, of(|key| key.contains("/us-east-1/")));
        let (names, _) = found(&[("accounts", "444455556666")]);
        assert_eq!(names, [other]);
        let (names, gaps) = found(&[("accounts", "999999999999"), ("regions", "eu-west-3")]);
        assert_eq!(names, [""; 0]);
        assert!(gaps[0].contains("no folders") && gaps[1].contains("999999999999"), "{gaps:?}");
        let (names, gaps) = found(&[("accounts", ACCOUNT), ("regions", "eu-west-3")]);
        assert_eq!(names, [""; 0]);
        assert!(
            gaps[0].contains("eu-west-3") && gaps[0].contains("no logs of this region"),
            "{gaps:?}"
        );
    });
}

#[test]
fn organizations_and_prefixes_are_found() {
    with_keys("cloudtrail::bucket::listing::organizations_and_prefixes_are_found", || {
        let (fake, _) = filled();
        let of_prefix = |key: String, org: &str| {
            format!("my/trail/{}", key.replacen("AWSLogs/", &format!("AWSLogs/{org}"), 1))
        };
        let own = of_prefix(key("eu-west-1", "2026/01/30", "p"), "");
        let members = of_prefix(key("eu-west-1", "2026/01/30", "o"), "o-a1b2c3d4e5/");
        fake.put(&own, "x");
        fake.put(&members, "x");
        fake.put("my/trail/AWSLogs/aws-controltower/x/y.json", "x");
        let (taken, gaps) = collected(&workspace(fake.address).set("prefix", "my/trail"));
        assert_eq!(taken.names(), [own.as_str(), members.as_str()]);
        assert_eq!(gaps.len(), 1);
        assert!(gaps[0].contains("aws-controltower/: it is the folder of neither"), "{gaps:?}");
        let chosen =
            workspace(fake.address).set("prefix", "my/trail/").set("organization", "o-a1b2c3d4e5");
        let (taken, gaps) = collected(&chosen);
        assert_eq!((taken.names(), gaps), (vec![members.as_str()], vec![]));
    });
}

#[test]
fn odd_keys_are_taken_as_they_are_or_are_gaps() {
    with_keys("cloudtrail::bucket::listing::odd_keys_are_taken_as_they_are_or_are_gaps", || {
        let fake = Fake::start();
        let dir = format!("AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/");
        let taken_as_they_are = [
            format!("{dir}2026/01/30//double.json"),
            format!("{dir}2026/01/30/a b+c%2F&amp;<é>?#.json"),
            format!("{dir}undated.json.gz"),
        ];
        for key in &taken_as_they_are {
            fake.put(key, "{}");
        }
        for (key, bytes) in [
            (dir.clone(), ""),
            (format!("{dir}2026/01/30/"), ""),
            (format!("{dir}2026/01/30/readme.txt"), "x"),
            (format!("{dir}2026/01/30/../up.json"), "x"),
            (format!("AWSLogs/{ACCOUNT}/CloudTrail/stray.json"), "x"),
            (format!("{dir}2026/01/30/large.json"), "0123456789"),
        ] {
            fake.put(&key, bytes);
        }
        let (taken, gaps) = collected(&workspace(fake.address).set("max-object-bytes", "9"));
        let mut names = taken.names();
        names.sort_unstable();
        let mut expected = taken_as_they_are.to_vec();
        expected.sort();
        assert_eq!(names, expected);
        let causes = [
            "stray.json: it lies where",
            "../up.json: its name leads elsewhere",
            "large.json: it has 10 bytes",
            "readme.txt: it is no log object",
        ];
        assert_eq!(gaps.len(), causes.len(), "{gaps:?}");
        for (gap, cause) in gaps.iter().zip(causes) {
            assert!(gap.contains(cause), "{gap}");
        }
    });
}

#[test]
fn a_bucket_elsewhere_is_found_unless_the_region_is_set() {
    with_keys(
        "cloudtrail::bucket::listing::a_bucket_elsewhere_is_found_unless_the_region_is_set",
        || {
            let (fake, keys) = filled();
            fake.state().region = Some("eu-central-1");
            let (taken, _) = collected(&workspace(fake.address));
            assert_eq!(taken.names(), keys);
            let wrong = workspace(fake.address).set("region", "eu-west-1");
            let error = wrong.source().test(&wrong.checked()).unwrap_err();
            assert_eq!(error.hint, "set region to eu-central-1");
        },
    );
}

#[test]
fn a_test_says_what_is_there_without_fetching_it() {
    with_keys("cloudtrail::bucket::listing::a_test_says_what_is_there_without_fetching_it", || {
        let (fake, _) = filled();
        let workspace = workspace(fake.address);
        let said = workspace.source().test(&workspace.checked()).unwrap();
        assert_eq!(
            said,
            "s3://logs/AWSLogs/: 1 accounts, 2 folders of regions, 24 objects, 0 gaps"
        );
        assert!(fake.gets().is_empty());
    });
}

#[test]
fn a_source_is_a_path_or_a_bucket() {
    let place = |values: &[(&str, &str)]| {
        let mut workspace = crate::support::Workspace::new("cloudtrail");
        for (name, value) in values {
            workspace = workspace.set(name, value);
        }
        workspace.source().test(&workspace.checked()).unwrap_err()
    };
    assert!(place(&[]).cause.contains("neither is set"));
    assert!(place(&[("path", "x"), ("bucket", "logs")]).cause.contains("both are set"));
    for (name, value) in [
        ("bucket", "s3://logs"),
        ("endpoint", "http://s3.example.org"),
        ("region", "eu_west"),
        ("accounts", "11112222333"),
        ("regions", "a/b"),
        ("organization", "r-1"),
        ("from", "yesterday"),
        ("to", "2026-13-01"),
        ("digests", "perhaps"),
        ("parallel", "0"),
        ("relist", "-1"),
    ] {
        let error = place(&[("bucket", "logs"), (name, value)]);
        assert!(error.what == name && error.cause.contains(value), "{error:?}");
    }
}
