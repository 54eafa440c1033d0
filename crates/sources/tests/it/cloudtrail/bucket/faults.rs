//! A service that denies, throttles, cuts off, forgets.

use super::fake::{Fake, Wrong};
use super::{ACCOUNT, Taken, collect, collected, key, with_keys, workspace};

const DAY: &str = "2026/01/30";

fn keys() -> [String; 5] {
    ["a", "b", "c", "d", "e"].map(|unique| key("eu-west-1", DAY, unique))
}

fn filled() -> Fake {
    let fake = Fake::start();
    for key in keys() {
        fake.put(&key, format!("{key} and some more bytes"));
    }
    fake
}

/// Everything but the third object comes; gives the one gap.
fn third_is_missing(fake: &Fake) -> String {
    let (taken, gaps) = collected(&workspace(fake.address));
    let [a, b, _, d, e] = keys();
    assert_eq!(taken.names(), [a, b, d, e]);
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert!(gaps[0].starts_with(&keys()[2]), "{gaps:?}");
    gaps[0].clone()
}

#[test]
fn what_is_wrong_with_one_object_is_a_gap() {
    with_keys("cloudtrail::bucket::faults::what_is_wrong_with_one_object_is_a_gap", || {
        let fake = filled();
        let with = |wrong: Wrong| {
            fake.state().wrong.insert(keys()[2].clone(), wrong);
            third_is_missing(&fake)
        };
        let denied = with(Wrong::Says(403, "AccessDenied", u32::MAX));
        let permission =
            format!("allow s3:GetObject on arn:aws:s3:::logs/{}, and kms:Decrypt", keys()[2]);
        assert!(denied.contains(&permission), "{denied}");
        let archived = with(Wrong::Says(403, "InvalidObjectState", u32::MAX));
        assert!(archived.contains("restore"), "{archived}");
        let vanished = with(Wrong::Says(404, "NoSuchKey", u32::MAX));
        assert!(vanished.contains("vanished while it was collected"), "{vanished}");
        let rewritten = with(Wrong::Rewritten);
        assert!(rewritten.contains("written again after it was listed"), "{rewritten}");
        let cut_off = with(Wrong::CutOff(u32::MAX));
        assert!(cut_off.contains("cut off"), "{cut_off}");
        assert_eq!(fake.gets()[&keys()[2]], 1 + 1 + 1 + 1 + 5, "bodies are asked for again");
    });
}

#[test]
fn what_passes_is_no_gap() {
    with_keys("cloudtrail::bucket::faults::what_passes_is_no_gap", || {
        let fake = filled();
        {
            let mut state = fake.state();
            state.wrong.insert(keys()[0].clone(), Wrong::Says(503, "SlowDown", 3));
            state.wrong.insert(keys()[1].clone(), Wrong::Says(500, "InternalError", 2));
            state.wrong.insert(keys()[2].clone(), Wrong::CutOff(2));
        }
        let (taken, gaps) = collected(&workspace(fake.address));
        assert_eq!((taken.names(), gaps), (keys().iter().map(String::as_str).collect(), vec![]));
        let gets = fake.gets();
        assert_eq!(keys().map(|key| gets[&key]), [4, 3, 3, 1, 1]);
    });
}

#[test]
fn large_objects_come_by_ranges_and_whole() {
    with_keys("cloudtrail::bucket::faults::large_objects_come_by_ranges_and_whole", || {
        let fake = filled();
        let large: Vec<u8> = (0..20 * 1024 * 1024_u32).map(|n| (n / 251 % 253) as u8).collect();
        fake.put(&keys()[2], large.clone());
        let (taken, gaps) = collected(&workspace(fake.address));
        assert_eq!((taken.names(), gaps), (keys().iter().map(String::as_str).collect(), vec![]));
        assert!(taken.artifacts[2].1 == large);
        assert_eq!(fake.gets()[&keys()[2]], 3, "three ranges of 8 MiB");
        // When one range cannot be had, nothing of it is.
        fake.state().wrong.insert(keys()[2].clone(), Wrong::Rewritten);
        third_is_missing(&fake);
    });
}

#[test]
fn a_folder_that_may_not_be_listed_costs_the_others_nothing() {
    with_keys(
        "cloudtrail::bucket::faults::a_folder_that_may_not_be_listed_costs_the_others_nothing",
        || {
            let fake = filled();
            let elsewhere = key("us-east-1", DAY, "z");
            fake.put(&elsewhere, "x");
            let dir = format!("AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/");
            fake.state().unlisted.insert(dir.clone());
            let (taken, gaps) = collected(&workspace(fake.address));
            assert_eq!(taken.names(), [elsewhere]);
            assert!(
                gaps[0].contains(&dir)
                    && gaps[0].contains("allow s3:ListBucket on arn:aws:s3:::logs")
            );
            assert_eq!(gaps.len(), 1);
            // Whoever may not list the top can say which accounts there are.
            fake.state().unlisted = ["AWSLogs/".to_owned()].into();
            let (taken, gaps) = collected(&workspace(fake.address).set("accounts", ACCOUNT));
            assert_eq!(taken.names().len(), 6);
            assert!(gaps.len() == 1 && gaps[0].starts_with("AWSLogs/: "), "{gaps:?}");
            let mut taken = Taken::default();
            let denied = workspace(fake.address);
            let error = collect(&denied.checked(), &denied.known, denied.dir.path(), &mut taken);
            assert!(error.unwrap_err().hint.contains("s3:ListBucket"));
        },
    );
}

#[test]
fn what_ends_everything_ends_it_and_what_came_is_kept() {
    with_keys(
        "cloudtrail::bucket::faults::what_ends_everything_ends_it_and_what_came_is_kept",
        || {
            let fake = filled();
            fake.state()
                .wrong
                .insert(keys()[2].clone(), Wrong::Says(400, "ExpiredToken", u32::MAX));
            let (taken, gaps) = collected(&workspace(fake.address).set("parallel", "1"));
            assert_eq!(taken.names(), &keys()[..2]);
            assert!(gaps.len() == 1 && gaps[0].contains("collection stopped here"), "{gaps:?}");
            let error = |name: &str, value: &str| {
                let workspace = workspace(fake.address).set(name, value);
                let mut taken = Taken::default();
                let error = collect(
                    &workspace.checked(),
                    &workspace.known,
                    workspace.dir.path(),
                    &mut taken,
                );
                error.unwrap_err()
            };
            let missing = error("bucket", "nowhere");
            assert!(missing.cause.contains("NoSuchBucket"), "{missing:?}");
        },
    );
}

#[test]
fn nobody_answers_and_nobody_has_keys() {
    with_keys("cloudtrail::bucket::faults::nobody_answers_and_nobody_has_keys", || {
        let test = |workspace: crate::support::Workspace| {
            workspace.source().test(&workspace.checked()).unwrap_err()
        };
        // A port that was free a moment ago.
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let error = test(workspace(gone));
        assert!(error.cause.contains("does not answer"), "{error:?}");
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "cloudtrail::bucket::faults::without_keys", "--nocapture"])
            .env_remove("AWS_ACCESS_KEY_ID")
            .env_remove("AWS_SECRET_ACCESS_KEY")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && text.contains("no usable credentials"), "{text}");
    });
}

/// Runs in a process that has no keys.
#[test]
fn without_keys() {
    if std::env::var_os("TENURE_TEST_WITH_KEYS").is_none()
        || std::env::var_os("AWS_ACCESS_KEY_ID").is_some()
    {
        return;
    }
    let fake = filled();
    let workspace = workspace(fake.address);
    let error = workspace.source().test(&workspace.checked()).unwrap_err();
    assert!(fake.gets().is_empty());
    eprintln!("{}", error.cause);
}
