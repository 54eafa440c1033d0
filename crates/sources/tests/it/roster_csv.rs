//! `roster-csv`, by the outside: files in, people out.

use proptest::prelude::*;
use tenure_model::Digest;
use tenure_model::entry::{CoverageStatus, RunKind, RunOutcome};
use tenure_model::fact::{Change, Fact, Value};
use tenure_model::tables::TableId;
use tenure_sources::records::{Heard, Records};
use tenure_sources::registry;
use tenure_sources::settings::Settings;
use tenure_sources::source::{Artifact, Payload};

use crate::support::{KEY, Said, Workspace, at, text, time};

const GOOD: &str = "\
Employee ID,Name,Work Email,Worker Type,Status,Department,Manager,Hire Date,Termination Date,Termination Recorded
1,Ada,ada@example.com,employee,Active,R&D,,2020-01-01,,
2,Bob,bob@example.com,employee,Active,R&D,ada@example.com,2021-02-03,,
3,Cid,cid@example.com,contractor,Inactive,Ops,1,2021-05-01,2025-06-30,2025-06-20T09:00:00Z
4,Dot,dot@example.com,employee,Active,Ops,1,2025-01-01,2027-01-01,
";

fn roster(text: impl AsRef<[u8]>) -> Workspace {
    let workspace = Workspace::new("roster-csv");
    let path = workspace.dir.path().join("people.csv");
    std::fs::write(&path, text).unwrap();
    workspace.set("path", path.to_str().unwrap())
}

fn rewrite(workspace: &Workspace, text: &str) {
    std::fs::write(workspace.dir.path().join("people.csv"), text).unwrap();
}

fn of<'a>(said: &'a Said, id: &str) -> Vec<&'a Fact> {
    said.table(TableId::Subjects).into_iter().filter(|f| f.native_id == id).collect()
}

#[test]
fn people_begin_when_hired_and_end_when_terminated() {
    let mut workspace = roster(GOOD);
    let (draft, said) = workspace.run();
    assert_eq!((draft.run.outcome, draft.run.kind), (RunOutcome::Complete, RunKind::File));
    assert_eq!(draft.artifacts[0].name, "people.csv@2026-01-01T00:00:00Z");
    assert_eq!((draft.artifacts[0].records, draft.artifacts[0].with_facts), (4, 4));
    let bob = of(&said, "2");
    assert!(matches!(bob[0].change, Change::Begun { at: t, .. } if t == at("2021-02-03")));
    assert!(matches!(bob[1].change, Change::Seen { at: t } if t == at("2026-01-01")));
    assert_eq!(text(bob[0], "department"), None, "nobody says where he was when hired");
    assert_eq!(text(bob[1], "department"), Some("R&D"));
    assert_eq!(text(bob[1], "manager"), Some("person/1"));
    let cid = of(&said, "3");
    assert!(matches!(cid[1].change, Change::Ended { at: t, .. } if t == at("2025-06-30")));
    assert_eq!(time(cid[1], "termination_recorded_at"), Some(at("2025-06-20T09:00:00Z")));
}

#[test]
fn a_termination_to_come_is_planned_and_not_past() {
    let (_, said) = roster(GOOD).run();
    let dot = of(&said, "4");
    assert!(dot.iter().all(|f| !matches!(f.change, Change::Ended { .. })));
    assert_eq!(time(dot[1], "termination_effective"), Some(at("2027-01-01")));
}

#[test]
fn the_same_file_is_nothing_new_and_a_changed_one_is() {
    let mut workspace = roster(GOOD);
    workspace.run();
    workspace.now = at("2026-02-01");
    let (draft, _) = workspace.run();
    assert!(draft.nothing_new);
    assert_eq!(draft.run.kind, RunKind::Delta, "no listing, so nobody is thought to have left");
    rewrite(&workspace, &GOOD.replace("Ops", "Sales"));
    let (draft, said) = workspace.run();
    assert_eq!(draft.artifacts[0].name, "people.csv@2026-02-01T00:00:00Z");
    assert_eq!(text(of(&said, "4")[1], "department"), Some("Sales"));
}

#[test]
fn a_file_may_say_its_own_date() {
    let mut workspace = roster(GOOD).set("as-of", "2025-01-31");
    let (draft, said) = workspace.run();
    assert_eq!(draft.artifacts[0].name, "people.csv@2025-01-31T00:00:00Z");
    assert!(matches!(of(&said, "3")[1].change, Change::Seen { .. }), "not terminated yet");
    rewrite(&workspace, &GOOD.replace("Ops", "Sales"));
    let (draft, _) = workspace.run();
    assert!(draft.run.gaps[0].cause.contains("changed after it was collected"));
    workspace.settings.insert("as-of".to_owned(), "31.01.2025".to_owned());
    assert_eq!(workspace.run().0.run.outcome, RunOutcome::Failed);
}

const HEAD: &str = "employee_id,hired_at,termination_effective,termination_recorded_at\n";

#[test]
fn dated_files_of_a_directory_tell_who_is_gone_and_when() {
    let mut workspace = Workspace::with_data("roster-csv");
    let end = "2025-02-03,2025-01-30T09:00:00Z";
    workspace.write("roster-2025-01-06.csv", format!("{HEAD}1,2020-01-01,,\n2,2020-01-01,,\n"));
    workspace.write("roster-2025-02-03.csv", format!("{HEAD}1,2020-01-01,{end}\n"));
    let (draft, said) = workspace.run();
    assert_eq!((draft.run.outcome, draft.artifacts.len()), (RunOutcome::Complete, 1));
    assert_eq!((draft.artifacts[0].records, draft.artifacts[0].with_facts), (3, 3));
    let gone = of(&said, "2");
    assert_eq!(gone.last().unwrap().change, Change::Absent { at: at("2025-02-03") });
    let ended = of(&said, "1").last().unwrap().change;
    assert!(matches!(ended, Change::Ended { at: t, .. } if t == at("2025-02-03")));

    assert!(workspace.run().0.nothing_new);
    workspace.write("roster-2025-03-03.csv", format!("{HEAD}3,2020-01-01,,\n"));
    let (draft, said) = workspace.run();
    assert_eq!(draft.artifacts[0].skipped["told by an earlier run"], 1);
    assert_eq!(of(&said, "1")[0].change, Change::Absent { at: at("2025-03-03") });
    assert_eq!(of(&said, "3").len(), 2);
}

#[test]
fn a_file_with_a_bad_row_tells_nothing_and_takes_nobody_away() {
    let mut workspace = Workspace::with_data("roster-csv");
    workspace.write("2025-01-06.csv", format!("{HEAD}1,2020-01-01,,\n2,2020-01-01,,\n"));
    workspace.write("2025-02-03.csv", format!("{HEAD}1,2020-01-01,,\n,2020-01-01,,\n"));
    workspace.write("2025-03-03.csv", format!("{HEAD}1,2020-01-01,,\n"));
    let (draft, said) = workspace.run();
    assert_eq!(draft.run.outcome, RunOutcome::Partial);
    assert_eq!(draft.artifacts[0].skipped["file refused"], 1);
    let second = of(&said, "2").last().unwrap().change;
    assert_eq!(second, Change::Absent { at: at("2025-03-03") }, "by the next good file");
}

#[test]
fn a_planned_end_that_is_no_longer_there_is_taken_back() {
    let mut workspace = Workspace::with_data("roster-csv");
    workspace.write("2025-01-06.csv", format!("{HEAD}1,2020-01-01,2025-06-30,2025-01-02\n"));
    workspace.write("2025-02-03.csv", format!("{HEAD}1,2020-01-01,,\n"));
    let (_, said) = workspace.run();
    let said = of(&said, "1");
    assert_eq!(time(said[1], "termination_effective"), Some(at("2025-06-30")));
    assert_eq!(said[3].attrs["termination_effective"], Value::Empty);
    assert_eq!(said[3].attrs["termination_recorded_at"], Value::Empty);
}

#[test]
fn the_time_that_files_cover_is_somebodys_word_until_a_row_is_bad() {
    let declared = |text: &str| {
        let mut workspace =
            roster(text).set("covers-from", "2025-01-01").set("covers-to", "2025-12-31");
        let (draft, _) = workspace.run();
        draft.coverage.iter().map(|c| (c.stream.clone(), c.status)).collect::<Vec<_>>()
    };
    assert_eq!(declared(GOOD), [("people".to_owned(), CoverageStatus::Asserted)]);
    let bad = GOOD.replace("2021-02-03", "soon");
    assert_eq!(declared(&bad), [("people".to_owned(), CoverageStatus::Gap)]);
}

#[test]
fn spreadsheets_are_understood() {
    let quoted = "\u{feff}Personnel Number;Full Name;Cost Centre\r\n7;\"Eve \"\"E\"\"\nLine; two\";\"A;B\"\r\n\r\n8;Fay;C";
    let (draft, said) = roster(quoted).run();
    assert_eq!((draft.run.outcome, draft.artifacts[0].records), (RunOutcome::Complete, 2));
    assert_eq!(text(of(&said, "7")[0], "display_name"), Some("Eve \"E\"\nLine; two"));
    assert_eq!(text(of(&said, "8")[0], "department"), Some("C"));
    let tabs = "worker_id\temail\n1\ta@example.com\n";
    assert_eq!(text(of(&roster(tabs).run().1, "1")[0], "email"), Some("a@example.com"));
}

#[test]
fn headers_can_be_mapped() {
    let text_ = "PNR,Mail,email\n1,a@example.com,old@example.com\n";
    let (draft, said) = roster(text_).set("map", "employee_id=PNR; email=Mail").run();
    assert_eq!(draft.run.gaps, []);
    assert_eq!(text(of(&said, "1")[0], "email"), Some("a@example.com"));
}

#[test]
fn a_job_title_is_told_and_its_change_too() {
    for header in ["Job Title", "title", "Position"] {
        let (_, said) = roster(format!("employee_id,{header}\n1,Engineer\n")).run();
        assert_eq!(text(of(&said, "1")[0], "job_title"), Some("Engineer"), "{header}");
    }
    let before =
        "employee_id,title,department,manager\n1,Engineer,R&D,2\n2,Head,R&D,\n3,Head,Ops,\n";
    let mut workspace = roster(before);
    workspace.run();
    workspace.now = at("2026-02-01");
    rewrite(&workspace, &before.replace("1,Engineer,R&D,2", "1,Manager,Ops,3"));
    let (_, said) = workspace.run();
    let moved = of(&said, "1")[0];
    assert_eq!(moved.change, Change::Seen { at: at("2026-02-01") });
    assert_eq!(text(moved, "job_title"), Some("Manager"));
    assert_eq!(
        (text(moved, "department"), text(moved, "manager")),
        (Some("Ops"), Some("person/3"))
    );
}

/// Every bad file, and what is said of it.
const REFUSED: &[(&str, &str)] = &[
    ("id,name\n1,Ada\n", "no column gives employee_id"),
    ("employee_id,email,mail\n1,a,b\n", "more than one column gives email"),
    ("", "the file is empty"),
    ("\u{feff}", "the file is empty"),
    (
        "employee_id,name\n1,Ada\n1,Bob\n",
        "row 3, column employee_id: '1' is the id of row 2 already",
    ),
    ("employee_id,name\n,Ada\n", "row 2, column employee_id: it is empty"),
    ("employee_id,name\n1,Ada,x\n", "row 2, column employee_id: the row has 3 columns"),
    ("employee_id,name\n1\n", "the row has 1 columns, the header has 2"),
    ("employee_id,manager\n1,9\n", "row 2, column manager: no row has the id or address '9'"),
    ("employee_id,manager\n1,2\n2,3\n3,1\n", "row 4, column manager: the managers lead back"),
    ("employee_id,manager\n1,1\n", "the managers lead back to this row"),
    (
        "employee_id,email,manager\n1,a@x,\n2,a@x,\n3,,a@x\n",
        "row 4, column manager: several rows have the address",
    ),
    (
        "employee_id,hired_at\n1,2024-01-01T10:00:00\n",
        "row 2, column hired_at: '2024-01-01T10:00:00' has no time zone",
    ),
    ("employee_id,hired_at\n1,2024-01-01 10:00\n", "has no time zone"),
    ("employee_id,hired_at\n1,01/02/2024\n", "neither a date"),
    ("employee_id,hired_at\n1,2024-02-30\n", "neither a date"),
    (
        "employee_id,hired_at,termination_effective\n1,2024-01-01,2023-01-01\n",
        "row 2, column termination_effective: 2023-01-01T00:00:00Z is before the hire",
    ),
];

#[test]
fn a_bad_file_is_refused_as_a_whole_and_every_bad_row_named() {
    for (text, cause) in REFUSED {
        let (draft, said) = roster(text).run();
        assert_eq!(draft.run.outcome, RunOutcome::Failed, "{text}");
        assert_eq!(said, Said::default(), "{text}");
        let causes: Vec<_> = draft.run.gaps.iter().map(|g| g.cause.as_str()).collect();
        assert!(causes.iter().any(|c| c.contains(cause)), "{text}: {causes:?}");
        assert!(draft.run.gaps.iter().all(|g| !g.hint.is_empty()), "{text}");
    }
}

#[test]
fn good_rows_of_a_refused_file_are_skipped_and_bad_ones_rejected() {
    let (draft, _) = roster("employee_id,hired_at\n1,2024-01-01\n2,soon\n3,later\n").run();
    let artifact = &draft.artifacts[0];
    assert_eq!((artifact.records, artifact.with_facts, artifact.rejected), (3, 0, 2));
    assert_eq!(artifact.skipped["file refused"], 1);
    assert_eq!(draft.run.gap_count, 2);
    assert_eq!(draft.run.gaps[1].record, Some(2));
}

#[test]
fn bytes_that_are_no_text_are_told() {
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(b"e\0m\0".iter().copied()).collect();
    assert!(roster(utf16).run().0.run.gaps[0].cause.contains("UTF-16"));
    let row = roster(b"employee_id,name\n1,A\xffda\n2,Bob\n").run().0;
    assert_eq!(row.run.gaps[0].cause, "row 2, column name: it is not UTF-8");
    assert!(roster(b"employee_id,n\xffme\n1,x\n").run().0.run.gaps[0].cause.contains("header row"));
    let missing = Workspace::new("roster-csv").set("path", "/nowhere.csv").run().0;
    assert_eq!(missing.run.outcome, RunOutcome::Failed);
    let directory = Workspace::with_data("roster-csv").run().0;
    assert!(directory.run.gaps[0].cause.contains("no file"));
}

#[test]
fn people_of_before_1970_and_of_the_future_are_people() {
    let text_ = "employee_id,hired_at\n1,1965-03-01\n2,2030-01-01\n";
    let (draft, said) = roster(text_).run();
    assert_eq!(draft.run.outcome, RunOutcome::Complete);
    assert!(
        matches!(of(&said, "1")[0].change, Change::Begun { at: t, .. } if t == at("1965-03-01"))
    );
    assert_eq!(of(&said, "2").len(), 1, "seen, and not begun yet");
}

#[test]
fn no_date_is_no_date() {
    let (draft, said) = roster("employee_id,termination_date\n1,0000-00-00\n2,\n").run();
    assert_eq!(draft.run.gaps, []);
    assert!(of(&said, "1").iter().all(|f| time(f, "termination_effective").is_none()));
}

#[test]
fn a_bad_map_is_told() {
    for (map, cause) in [
        ("nonsense", "maps nothing"),
        ("shoe_size=Size", "there is no field 'shoe_size'"),
        ("email=Nowhere", "there is no column 'Nowhere' for email"),
        ("email=Name;email=Name", "has email twice"),
    ] {
        let (draft, _) = roster(GOOD).set("map", map).run();
        assert!(draft.run.gaps[0].cause.contains(cause), "{map}: {:?}", draft.run.gaps);
    }
}

fn reads_and_adds_up(bytes: Vec<u8>) -> bool {
    let source = registry::find("roster-csv").unwrap();
    let settings = [("path".to_owned(), "x".to_owned())].into();
    let settings = Settings::checked("roster-csv", source.about().settings, settings).unwrap();
    let name = "x@2026-01-01T00:00:00Z";
    let artifact =
        Artifact { name: name.to_owned(), media_type: "x", payload: Payload::Bytes(bytes) };
    let mut nothing = Heard::default();
    let mut records = Records::new(name, KEY.salts(&Digest([0; 32])), &mut nothing);
    let _ = source.read(&settings, &artifact, &mut records);
    let account = records.finish().0;
    account.with_facts + account.skipped.values().sum::<u64>() + account.rejected == account.records
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(reads_and_adds_up(bytes.clone()));
        let rows: Vec<u8> = b"employee_id,manager,hired_at\n".iter().copied().chain(bytes).collect();
        prop_assert!(reads_and_adds_up(rows));
    }

    #[test]
    fn mutated_rosters_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..10),
    ) {
        let mut bytes = GOOD.as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        prop_assert!(reads_and_adds_up(bytes));
    }
}
