//! What a reader of the facts may rely on, on small repositories.

use tenure_model::fact::{Change, Fact};
use tenure_model::tables::TableId;

use super::build::Repository;
use super::support::{Run, at, run, settings, stretches, text};

const ORG: &str = "config/acme/org.yaml";
const TEAMS: &str = "config/acme/sig-a/teams.yaml";

fn read(repository: &Repository) -> Run {
    run(&settings(repository.path(), &[]), None, "2026-01-01")
}

fn grants(run: &Run) -> Vec<&Fact> {
    run.facts.iter().filter(|f| f.table == TableId::Grants).collect()
}

/// `id: from..to` of every grant.
fn held(facts: &[Fact]) -> Vec<String> {
    let end = |to: Option<tenure_model::Timestamp>| to.map(|to| to.date()).unwrap_or_default();
    stretches(facts, TableId::Grants)
        .iter()
        .map(|s| format!("{}|{}: {}..{}", s.holder, s.what, s.from.date(), end(s.to)))
        .collect()
}

#[test]
fn an_import_is_seen_and_a_later_grant_begins() {
    let mut r = Repository::new();
    r.write(ORG, "admins: [ann]\nmembers:\n- Bob\n");
    r.commit("Import (#1)", "2025-01-01");
    r.write(ORG, "admins: [ann]\nmembers:\n- Bob\n- cid\n");
    r.commit("Merge pull request #2 from Cid/add-me\n\nAdd cid", "2025-01-02");
    let run = read(&r);
    let [ann, cid, bob] = grants(&run)[..] else { panic!("{:#?}", run.facts) };
    assert_eq!(ann.change, Change::Seen { at: at("2025-01-01") });
    assert_eq!(bob.native_id, "cid|org:acme:member");
    assert!(matches!(bob.change, Change::Begun { at: t, .. } if t == at("2025-01-02")), "{bob:?}");
    assert_eq!(cid.native_id, "bob|org:acme:member");
    assert_eq!((text(bob, "approval_ref"), text(bob, "approval_basis")), ("2", "explicit_id"));
    assert_eq!((text(bob, "requested_by"), text(bob, "reason")), ("cid", "Add cid"));
    assert_eq!(text(bob, "granted_by"), "Cid Committer");
    assert_eq!((text(ann, "approval_ref"), text(ann, "approval_basis")), ("1", "none"));
}

#[test]
fn only_the_case_of_a_login_is_no_change() {
    let mut r = Repository::new();
    r.write(ORG, "members: [bob]\n");
    r.commit("Import", "2025-01-01");
    r.write(ORG, "members: [Bob]\n");
    r.commit("Respell", "2025-01-02");
    let run = read(&r);
    assert_eq!(held(&run.facts), ["bob|org:acme:member: 2025-01-01.."]);
    let spellings: Vec<&str> = run
        .facts
        .iter()
        .filter(|f| f.table == TableId::Identities)
        .map(|f| text(f, "login"))
        .collect();
    assert_eq!(spellings, ["bob", "Bob"]);
}

#[test]
fn a_team_that_moves_to_another_file_keeps_its_members() {
    let mut r = Repository::new();
    r.write(ORG, "members: [ann]\n").write(TEAMS, "teams:\n  t:\n    members: [ann]\n");
    r.commit("Import", "2025-01-01");
    r.delete(TEAMS)
        .write("config/acme/sig-b/teams.yaml", "teams:\n  t:\n    members:\n    - ann\n");
    r.commit("Move", "2025-01-02");
    r.delete("config/acme/sig-b/teams.yaml");
    r.write("config/acme/sig-b/deep/teams.yaml", "teams:\n  t:\n    members:\n    - ann\n");
    r.commit("Move too deep", "2025-01-03");
    let run = read(&r);
    assert_eq!(
        held(&run.facts),
        ["ann|org:acme:member: 2025-01-01..", "ann|team:acme/t:member: 2025-01-01..2025-01-03"]
    );
}

#[test]
fn what_cannot_be_read_leaves_the_state_before_in_force() {
    let bad: [(&str, &[u8]); 4] = [
        ("the key 'members' is twice", b"members: [ann]\nmembers: [bob]\n"),
        ("it is not UTF-8", b"members: [\xff]\n"),
        ("line 2", b"members: [ann\n"),
        ("a second YAML document", b"members: [ann]\n---\nmembers: [bob]\n"),
    ];
    for (cause, content) in bad {
        let mut r = Repository::new();
        r.write(ORG, "members: [ann]\n");
        r.commit("Import", "2025-01-01");
        r.write(ORG, content);
        let broken = r.commit("Break (#2)", "2025-01-02");
        r.write(ORG, "members: [bob]\n");
        r.commit("Repair (#3)", "2025-01-03");
        let run = read(&r);
        assert_eq!(run.accounts[0].rejected, 1, "{cause}");
        let [gap] = run.gaps()[..] else { panic!("{:?}", run.gaps()) };
        assert!(
            gap.contains(cause) && gap.contains(ORG) && gap.contains(&broken.to_string()[..12]),
            "{gap}"
        );
        let wanted =
            ["ann|org:acme:member: 2025-01-01..2025-01-03", "bob|org:acme:member: 2025-01-03.."];
        assert_eq!(held(&run.facts), wanted, "{cause}");
    }
}

#[test]
fn a_member_listed_twice_is_one_grant_and_a_gap() {
    let mut r = Repository::new();
    r.write(ORG, "members:\n- ann\n- Ann\n");
    r.commit("Import", "2025-01-01");
    r.write(ORG, "members:\n- ann\n");
    r.commit("Once", "2025-01-02");
    let run = read(&r);
    assert_eq!(held(&run.facts), ["ann|org:acme:member: 2025-01-01.."]);
    let [gap] = run.gaps()[..] else { panic!("{:?}", run.gaps()) };
    assert!(gap.contains("is on the list org:acme:member twice"), "{gap}");
}

#[test]
fn records_are_all_accounted_for() {
    let mut r = Repository::new();
    r.write("README.md", "hello");
    r.commit("Begin", "2025-01-01");
    r.write(ORG, "members: [ann]\n");
    r.commit("Import", "2025-01-02");
    r.write("README.md", "hello again");
    r.commit("Document", "2025-01-03");
    let run = read(&r);
    let account = &run.accounts[0];
    assert_eq!((account.records, account.with_facts, account.rejected), (4, 1, 0));
    assert_eq!(account.skipped["touches no access file"], 2);
    assert_eq!(account.skipped["start of the history"], 1);
    assert_eq!(run.collected.source_totals["commits"], 3);
}

#[test]
fn settings_of_an_organisation_are_configurations() {
    let mut r = Repository::new();
    r.write(ORG, "name: Acme\nbilling_email: a@b.c\ndefault_repository_permission: read\n");
    r.commit("Import", "2025-01-01");
    r.write(ORG, "name: Acme\nbilling_email: a@b.c\ndefault_repository_permission: none\n");
    r.commit("Tighten (#9)", "2025-01-02");
    let run = read(&r);
    let found: Vec<_> = run
        .facts
        .iter()
        .filter(|f| f.table == TableId::Configurations)
        .map(|f| {
            (f.native_id.as_str(), text(f, "value"), text(f, "change_ref"), f.change.at().date())
        })
        .collect();
    let id = "org:acme/default_repository_permission";
    assert_eq!(
        found,
        [(id, "read", "", "2025-01-01".to_owned()), (id, "none", "9", "2025-01-02".to_owned())]
    );
}

#[test]
fn people_and_teams_of_the_rust_layout() {
    let mut r = Repository::new();
    r.write(
        "people/Ann.toml",
        "name = \"Ann A\"\ngithub = \"Ann\"\ngithub-id = 7\n[permissions]\nperf = true\n",
    );
    r.write("people/bob.toml", "name = \"Bob B\"\ngithub = \"bob\"\ngithub-id = 8\n");
    r.write("teams/infra.toml", "name = \"infra\"\n[people]\nleads = [\"Ann\"]\nmembers = [\"Ann\", \"bob\"]\nalumni = []\n");
    r.write(
        "teams/archive/old.toml",
        "name = \"old\"\n[people]\nleads = []\nmembers = [\"bob\"]\n",
    );
    r.commit("Import", "2025-01-01");
    r.write("teams/infra.toml", "name = \"infra\"\n[people]\nleads = [\"Ann\"]\nmembers = [\"Ann\"]\nalumni = [\"bob\"]\n[[github]]\norgs = [\"acme\"]\n");
    r.commit("Bob leaves (#2)", "2025-01-02");
    let run = read(&r);
    assert_eq!(
        held(&run.facts),
        [
            "ann|permission:perf: 2025-01-01..",
            "team:infra|github:acme/infra:member: 2025-01-02..",
            "ann|team:infra:lead: 2025-01-01..",
            "ann|team:infra:member: 2025-01-01..",
            "bob|team:infra:member: 2025-01-01..2025-01-02",
        ]
    );
    let ann = run
        .facts
        .iter()
        .find(|f| f.table == TableId::Identities && f.native_id == "ann")
        .expect("ann");
    assert_eq!((text(ann, "login"), text(ann, "display_name")), ("Ann", "Ann A"));
    assert!(text(ann, "kind_basis").ends_with("GitHub account number 7"));
}
