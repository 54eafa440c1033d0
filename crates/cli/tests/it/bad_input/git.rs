//! Access as code. A commit whose files cannot be understood leaves the state as it was, and a gap.

use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use super::Stage;

const ORG: &str = "config/acme/org.yaml";

/// Files by name, as of a commit.
type Commit<'a> = &'a [(&'a str, &'a [u8])];

/// Makes a repository with these commits, one a day from 2025-07-01 on.
fn repository(stage: &Stage, commits: &[Commit<'_>]) -> Option<PathBuf> {
    let path = stage.input();
    let git = |args: &[&str], day: usize| {
        let at = format!("2025-07-{:02}T12:00:00Z", day + 1);
        let mut command = Command::new("git");
        command.arg("-C").arg(&path).args(args).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs([("GIT_AUTHOR_DATE", &at), ("GIT_COMMITTER_DATE", &at)]);
        for who in ["GIT_AUTHOR", "GIT_COMMITTER"] {
            command
                .env(format!("{who}_NAME"), "ann")
                .env(format!("{who}_EMAIL"), "ann@example.com");
        }
        command.output().is_ok_and(|output| output.status.success())
    };
    if !git(&["init", "-q", "-b", "main"], 0) {
        eprintln!("skipped: there is no git to make a repository with");
        return None;
    }
    for (day, files) in commits.iter().enumerate() {
        for (name, bytes) in *files {
            stage.write(name, bytes);
        }
        let subject = format!("Change (#{})", day + 1);
        assert!(git(&["add", "-A"], day) && git(&["commit", "-q", "-m", &subject], day));
    }
    Some(path)
}

/// Collects a good first commit, a bad second and a good third one; gives what is said and who
/// was a member when.
fn after_a_bad_commit(bad: &[u8]) -> Option<(String, serde_json::Value)> {
    let stage = Stage::new();
    let first: Commit<'_> = &[(ORG, b"admins: [ann]\nmembers: [ben]\n")];
    let third: Commit<'_> = &[(ORG, b"admins: [ann]\nmembers: [ben, cem]\n")];
    let path = repository(&stage, &[first, &[(ORG, bad)], third])?;
    let said = stage.collects("git-access", &path, &[]);
    let said = said
        .split_inclusive(|c: char| !c.is_ascii_hexdigit())
        .map(|word| match word.trim_end_matches(|c: char| !c.is_ascii_hexdigit()) {
            id if id.len() == 12 => word.replace(id, "[commit]"),
            _ => word.to_owned(),
        })
        .collect();
    let held = stage.tenure.rows(
        "SELECT principal, entitlement, valid_from_lo, valid_from_hi, valid_to_hi FROM grants ORDER BY 1, 2, 3",
    );
    Some((said, held))
}

#[test]
fn duplicate_keys() {
    let bad = b"admins: [ann]\nmembers: [ben]\nmembers: [dora]\n";
    let Some((said, held)) = after_a_bad_commit(bad) else { return };
    insta::assert_snapshot!(said, @r"
    it: partial: 1 artifacts, 4 records = 2 with facts + 1 skipped + 1 rejected
      gap: main@root..[commit], record 2: commit [commit]: config/acme/org.yaml: the key 'members' is twice in the map that ends at line 4
           hint: the version before stays in force until one can be read; what it granted or removed is not known
    exit 0
    ");
    insta::assert_json_snapshot!(held, @r#"
    [
      [
        "ann",
        "org:acme:admin",
        null,
        "2025-07-01T12:00:00Z",
        null
      ],
      [
        "ben",
        "org:acme:member",
        null,
        "2025-07-01T12:00:00Z",
        null
      ],
      [
        "cem",
        "org:acme:member",
        "2025-07-03T12:00:00Z",
        "2025-07-03T12:00:00Z",
        null
      ]
    ]
    "#);
}

#[test]
fn not_yaml() {
    let Some((said, _)) = after_a_bad_commit(b"admins: [ann\nmembers: }\n") else { return };
    insta::assert_snapshot!(said, @r"
    it: partial: 1 artifacts, 4 records = 2 with facts + 1 skipped + 1 rejected
      gap: main@root..[commit], record 2: commit [commit]: config/acme/org.yaml: line 2, column 8: illegal placement of ':' indicator
           hint: the version before stays in force until one can be read; what it granted or removed is not known
    exit 0
    ");
}

#[test]
fn invalid_utf8() {
    let Some((said, _)) = after_a_bad_commit(b"admins: [ann]\nmembers: [b\xffn]\n") else { return };
    insta::assert_snapshot!(said, @r"
    it: partial: 1 artifacts, 4 records = 2 with facts + 1 skipped + 1 rejected
      gap: main@root..[commit], record 2: commit [commit]: config/acme/org.yaml: line 2: it is not UTF-8
           hint: the version before stays in force until one can be read; what it granted or removed is not known
    exit 0
    ");
}

#[test]
fn a_member_listed_twice() {
    let Some((said, held)) = after_a_bad_commit(b"admins: [ann]\nmembers: [ben, Ben]\n") else {
        return;
    };
    insta::assert_snapshot!(said, @r"
    it: partial: 1 artifacts, 4 records = 3 with facts + 1 skipped + 0 rejected
      gap: main@root..[commit]: commit [commit]: config/acme/org.yaml: 'Ben' is on the list org:acme:member twice; it counts once
           hint: correct the file
    exit 0
    ");
    let members: Vec<_> = held.as_array().unwrap().iter().filter(|row| row[0] == "ben").collect();
    assert_eq!(members.len(), 1, "one grant, unbroken");
    assert_eq!(members[0][4], json!(null));
}

#[test]
fn not_a_repository() {
    let stage = Stage::new();
    stage.write("readme.txt", "nothing to see");
    insta::assert_snapshot!(stage.collects("git-access", &stage.input(), &[]), @r#"
    error: [dir]/input: it is no git repository that can be opened: "[dir]/input" does not appear to be a git repository

    hint: set 'path' to a git repository, to its work tree, or to a bundle of it
    exit 1
    "#);
}

#[test]
fn a_missing_path() {
    let stage = Stage::new();
    let path = stage.input().join("nowhere.git");
    insta::assert_snapshot!(stage.collects("git-access", &path, &[]), @r#"
    error: [dir]/input/nowhere.git: it is no git repository that can be opened: "[dir]/input/nowhere.git" does not appear to be a git repository

    hint: set 'path' to a git repository, to its work tree, or to a bundle of it
    exit 1
    "#);
}

#[test]
fn a_repository_without_commits() {
    let stage = Stage::new();
    let Some(path) = repository(&stage, &[]) else { return };
    insta::assert_snapshot!(stage.collects("git-access", &path, &[]), @r"
    error: [dir]/input/.git: there is no branch 'main', or it has no commit yet

    hint: set 'branch' to one of: (there is none)
    exit 1
    ");
}

#[test]
fn a_repository_without_access_files() {
    let stage = Stage::new();
    let Some(path) = repository(&stage, &[&[("readme.txt", b"nothing")]]) else { return };
    insta::assert_snapshot!(stage.collects("git-access", &path, &[]), @r"
    error: [dir]/input/.git: no access files are under 'config' in a layout that is known

    hint: set 'root' to the directory of the access files, or 'layout' to peribolos or rust-team
    exit 1
    ");
}

#[test]
fn a_bundle_cut_short() {
    let stage = Stage::new();
    let whole = std::fs::read(tenure_testkit::fixtures::kubernetes_bundle()).unwrap();
    let path = stage.write("half.bundle", &whole[..whole.len() / 2]);
    insta::assert_snapshot!(stage.collects("git-access", &path, &[]), @r"
    error: [dir]/input/half.bundle: the bundle's pack is damaged: pack is incomplete: it was decompressed into 356 bytes but 579 bytes where expected.

    hint: set 'path' to a git repository, to its work tree, or to a bundle of it
    exit 1
    ");
}
