//! `register-csv`, by the outside: registers in, rows of the public tables out.

use std::io::Read as _;

use proptest::prelude::*;
use tenure_model::Digest;
use tenure_model::entry::{CoverageStatus, RunKind, RunOutcome};
use tenure_model::fact::{Basis, Change, Fact, Value};
use tenure_model::tables::{ColumnKind, TableId};
use tenure_sources::records::{Heard, Records};
use tenure_sources::registry;
use tenure_sources::settings::Settings;
use tenure_sources::source::{Artifact, Payload};

use crate::support::{KEY, Said, Workspace, at, dataset, text, time};

const SYSTEMS: &str = "\
System ID,Name,Environment,Tier,Access Owner,Acknowledged,Scope From,valid_from,valid_to
aws,AWS production,production,T1,ada@example.com,2025-04-02 2025-01-05,2025-01-01,2024-06-01,
k8s,GitHub organisation,production,T2,bob@example.com,,,,
old,Old CRM,production,T3,cid@example.com,,,2020-01-01,2025-03-31
";

fn register(kind: &str, text: impl AsRef<[u8]>) -> Workspace {
    let workspace = Workspace::new("register-csv");
    let path = workspace.dir.path().join("register.csv");
    std::fs::write(&path, text).unwrap();
    workspace.set("path", path.to_str().unwrap()).set("register", kind)
}

fn directory(kind: &str) -> Workspace {
    Workspace::with_data("register-csv").set("register", kind)
}

fn of<'a>(said: &'a Said, table: TableId, id: &str) -> Vec<&'a Fact> {
    said.table(table).into_iter().filter(|fact| fact.native_id == id).collect()
}

#[test]
fn a_row_is_what_the_register_says_at_its_instant() {
    let (draft, said) = register("systems", SYSTEMS).set("as-of", "2025-06-30").run();
    assert_eq!((draft.run.outcome, draft.run.kind), (RunOutcome::Complete, RunKind::File));
    assert_eq!((draft.artifacts[0].records, draft.artifacts[0].with_facts), (3, 3));
    let aws = of(&said, TableId::Systems, "aws");
    let begun = Change::Begun { at: at("2024-06-01"), basis: Basis::SourceAttribute };
    assert_eq!(aws[0].change, begun);
    assert!(aws[0].attrs.is_empty(), "what the row says, it says of the file's instant");
    assert_eq!(aws[1].change, Change::Seen { at: at("2025-06-30") });
    assert_eq!(text(aws[1], "access_owner"), Some("ada@example.com"));
    assert_eq!(time(aws[1], "scope_from"), Some(at("2025-01-01")));
    assert_eq!(
        text(aws[1], "acknowledged_at"),
        Some("2025-01-05T00:00:00Z 2025-04-02T00:00:00Z"),
        "instants in one cell are told exactly and in order"
    );
    assert_eq!(of(&said, TableId::Systems, "k8s").len(), 1);
}

#[test]
fn an_end_in_the_register_is_pinned_on_its_basis() {
    let attested = register("systems", SYSTEMS).set("basis", "attested");
    let (_, said) = attested.set("as-of", "2025-06-30").run();
    let old = of(&said, TableId::Systems, "old");
    let ended = Change::Ended { at: at("2025-03-31"), basis: Basis::Attested };
    assert_eq!(old[1].change, ended);
    assert_eq!(text(old[1], "access_owner"), Some("cid@example.com"));
    let (_, said) = register("systems", SYSTEMS).set("as-of", "2025-03-01").run();
    let old = of(&said, TableId::Systems, "old");
    assert!(matches!(old[1].change, Change::Seen { .. }), "an end to come is not past");
}

#[test]
fn a_row_that_has_not_begun_tells_nothing_yet() {
    let (draft, said) = register("systems", SYSTEMS).set("as-of", "2024-01-01").run();
    assert_eq!(of(&said, TableId::Systems, "aws").len(), 0);
    assert_eq!(draft.artifacts[0].skipped["not begun yet"], 1);
}

/// Every table that can be a register.
const REGISTERS: &[&str] = &[
    "systems",
    "control_owners",
    "inventory",
    "vendors",
    "integrations",
    "exceptions",
    "approvals",
    "review_campaigns",
    "review_items",
    "review_decisions",
    "remediations",
    "alerts",
    "incidents",
    "changes",
    "duty_rules",
    "exercises",
    "ownerships",
    "subject_links",
];

/// A cell that a column takes.
fn cell(kind: ColumnKind, name: &str) -> &'static str {
    match kind {
        ColumnKind::Text if name.ends_with("_at") => "2025-01-05",
        ColumnKind::Text => "some text",
        ColumnKind::Int => "7",
        ColumnKind::Bool => "yes",
        ColumnKind::Time => "2025-02-03T04:05:06Z",
        ColumnKind::Ref(_) => "person/100",
    }
}

#[test]
fn every_column_of_every_register_can_be_given() {
    for kind in REGISTERS {
        let table = TableId::ALL.iter().find(|id| id.name() == *kind).unwrap();
        let columns = table.table().columns;
        let header: Vec<_> = columns.iter().map(|c| c.name).collect();
        let cells: Vec<_> = columns.iter().map(|c| cell(c.kind, c.name)).collect();
        let text = format!("id,{}\nrow-1,{}\n", header.join(","), cells.join(","));
        let (draft, said) = register(kind, text).run();
        assert_eq!(draft.run.gaps, [], "{kind}");
        let facts = of(&said, *table, "row-1");
        let named: Vec<_> = facts[0].attrs.keys().map(AsRef::as_ref).collect();
        let mut expected = header.clone();
        expected.sort_unstable();
        assert_eq!(named, expected, "{kind}");
        assert_eq!(facts[0].misfit(), None);
    }
}

#[test]
fn headers_are_understood_as_people_write_them() {
    let text_ =
        "Ticket,Requester,Approved by,Outcome,Resolved on\nACC-1,ada,bob,approved,2025-01-02\n";
    let (_, said) = register("approvals", text_).set("map", "id=Ticket;request_ref=Ticket").run();
    let row = of(&said, TableId::Approvals, "ACC-1")[0];
    assert_eq!(text(row, "request_ref"), Some("ACC-1"), "one header can give two columns");
    assert_eq!((text(row, "requested_by"), text(row, "approver")), (Some("ada"), Some("bob")));
    assert_eq!(time(row, "resolved_at"), Some(at("2025-01-02")));
}

#[test]
fn local_times_need_a_zone_that_somebody_names() {
    let text_ = "id,detected_at\nINC-1,2025-07-01 10:00\n";
    let (draft, said) = register("incidents", text_).run();
    assert_eq!(said, Said::default());
    let gap = &draft.run.gaps[0];
    assert!(gap.cause.contains("row 2, column detected_at: '2025-07-01 10:00' has no time zone"));
    assert!(gap.cause.contains("timezone"), "{}", gap.cause);
    let (draft, said) = register("incidents", text_).set("timezone", "Europe/Berlin").run();
    assert_eq!(draft.run.gaps, []);
    let row = of(&said, TableId::Incidents, "INC-1")[0];
    assert_eq!(time(row, "detected_at"), Some(at("2025-07-01T08:00:00Z")));
    let (draft, _) = register("incidents", text_).set("timezone", "Mars/Olympus").run();
    assert!(draft.run.gaps[0].cause.contains("there is no time zone 'Mars/Olympus'"));
}

/// Every bad row, and what is said of it.
const REJECTED: &[(&str, &str)] = &[
    ("id,item_count\nR-1,many\n", "row 2, column item_count: 'many' is no whole number"),
    ("id,started_at\nR-1,soon\n", "row 2, column started_at: 'soon' is neither a date"),
    ("id,started_at\nR-1,01/02/2025\n", "neither a date"),
    ("id,scope\n,all\n", "row 2, column id: it is empty"),
    ("id,scope\nR-1,a,b\n", "row 2, column id: the row has 3 columns, the header has 2"),
    ("id,scope\nR-1,a\nR-1,b\n", "row 2, column id: 'R-1' is the id of row 3, too"),
    (
        "id,valid_from,valid_to\nR-1,2025-02-01,2025-01-01\n",
        "column valid_to: 2025-01-01T00:00:00Z is before",
    ),
];

#[test]
fn bad_rows_are_named_and_the_others_kept() {
    for (text, cause) in REJECTED {
        let text =
            format!("{text}R-9{}\n", ",".repeat(text.lines().next().unwrap().matches(',').count()));
        let (draft, said) = register("review_campaigns", &text).run();
        let causes: Vec<_> = draft.run.gaps.iter().map(|g| g.cause.as_str()).collect();
        assert!(causes.iter().any(|c| c.contains(cause)), "{text}: {causes:?}");
        assert_eq!(draft.run.outcome, RunOutcome::Partial, "{text}");
        assert_eq!(of(&said, TableId::ReviewCampaigns, "R-9").len(), 1, "{text}");
        assert_eq!(of(&said, TableId::ReviewCampaigns, "R-1").len(), 0, "{text}");
        assert!(draft.run.gaps.iter().all(|g| !g.hint.is_empty() && g.record.is_some()));
    }
}

#[test]
fn cells_are_read_strictly_by_the_kind_of_their_column() {
    let (draft, _) = register("changes", "id,emergency\nC-1,maybe\n").run();
    assert!(draft.run.gaps[0].cause.contains("'maybe' is neither yes nor no"));
    let (_, said) = register("changes", "id,emergency\nC-1,No\n").run();
    assert_eq!(of(&said, TableId::Changes, "C-1")[0].attrs["emergency"], Value::Bool(false));
    let (draft, _) = register("subject_links", "id,subject_id\nL-1,100\n").run();
    assert!(draft.run.gaps[0].cause.contains("'100' is no type/id of subjects"));
}

#[test]
fn settings_that_mean_nothing_are_told() {
    let cases = [
        ("register", "grants", "there is no register 'grants'"),
        ("basis", "hearsay", "there is no 'hearsay'"),
        ("map", "shoe=Size", "there is no field 'shoe'"),
        ("map", "owner=Nobody", "there is no column 'Nobody' for owner"),
    ];
    for (name, value, cause) in cases {
        let (draft, said) = register("vendors", "id,name\nV-1,Acme\n").set(name, value).run();
        assert_eq!(said, Said::default());
        assert!(draft.run.gaps[0].cause.contains(cause), "{:?}", draft.run.gaps);
        assert!(!draft.run.gaps[0].hint.is_empty());
    }
    let (draft, _) = register("vendors", "name\nAcme\n").run();
    assert!(draft.run.gaps[0].cause.contains("no column gives id"));
}

#[test]
fn dated_files_of_a_directory_tell_what_is_gone_and_when() {
    let mut workspace = directory("vendors");
    workspace.write("vendors-2025-01-31.csv", "id,name,owner\nV-1,Acme,ada\nV-2,Bolt,bob\n");
    workspace.write("vendors-2025-02-28.csv", "id,name,owner\nV-1,Acme,\n");
    let (draft, said) = workspace.run();
    assert_eq!((draft.run.outcome, draft.artifacts.len()), (RunOutcome::Complete, 1));
    assert_eq!((draft.artifacts[0].records, draft.artifacts[0].with_facts), (3, 3));
    let gone = of(&said, TableId::Vendors, "V-2");
    assert_eq!(gone[1].change, Change::Absent { at: at("2025-02-28") });
    let emptied: Vec<_> = of(&said, TableId::Vendors, "V-1").iter().map(|f| f.change).collect();
    let seen = |day| Change::Seen { at: at(day) };
    let absent = Change::Absent { at: at("2025-02-28") };
    assert_eq!(emptied, [seen("2025-01-31"), absent, seen("2025-02-28")], "no owner any more");

    assert!(workspace.run().0.nothing_new);
    workspace.write("vendors-2025-03-31.csv", "id,name,owner\nV-3,Cog,cid\n");
    let (draft, said) = workspace.run();
    assert_eq!(draft.artifacts[0].skipped["told by an earlier run"], 1);
    assert_eq!(
        of(&said, TableId::Vendors, "V-1")[0].change,
        Change::Absent { at: at("2025-03-31") }
    );
    assert_eq!(of(&said, TableId::Vendors, "V-3").len(), 1);
}

#[test]
fn a_file_with_a_bad_row_takes_nobody_away() {
    let mut workspace = directory("vendors");
    workspace.write("2025-01-31.csv", "id,name\nV-1,Acme\nV-2,Bolt\n");
    workspace.write("2025-02-28.csv", "id,name\nV-1,Acme\n,Bolt\n");
    workspace.write("2025-03-31.csv", "id,name\nV-1,Acme\n");
    let (draft, said) = workspace.run();
    assert_eq!(draft.run.outcome, RunOutcome::Partial);
    let bolt = of(&said, TableId::Vendors, "V-2");
    assert_eq!(bolt[1].change, Change::Absent { at: at("2025-03-31") }, "by the next good file");
}

#[test]
fn files_that_cannot_be_placed_are_named() {
    let mut workspace = directory("vendors");
    workspace.write("2025-02-28.csv", "id,name\nV-1,Acme\n");
    workspace.write("notes.csv", "id,name\nV-1,Acme\n");
    workspace.write("b-2025-02-28.csv", "id,name\nV-1,Acme\n");
    let (draft, _) = workspace.run();
    let causes: Vec<_> =
        draft.run.gaps.iter().map(|g| (g.artifact.as_str(), g.cause.as_str())).collect();
    assert!(causes.iter().any(|(a, c)| *a == "notes.csv" && c.contains("has no date")));
    assert!(causes.iter().any(|(a, c)| *a == "b-2025-02-28.csv" && c.contains("another file")));
    workspace.write("2025-01-31.csv", "id,name\nV-1,Acme\n");
    workspace.write("2025-02-28.csv", "id,name\nV-1,Other\n");
    let (draft, said) = workspace.run();
    assert_eq!(said, Said::default());
    let causes: Vec<_> =
        draft.run.gaps.iter().map(|g| (g.artifact.as_str(), g.cause.as_str())).collect();
    assert!(causes.iter().any(|(a, c)| *a == "2025-01-31.csv" && c.contains("older than what")));
    assert!(causes.iter().any(|(a, c)| *a == "2025-02-28.csv" && c.contains("it changed after")));
}

#[test]
fn the_same_file_is_nothing_new_and_a_changed_one_is() {
    let mut workspace = register("vendors", "id,name\nV-1,Acme\n");
    workspace.run();
    assert!(workspace.run().0.nothing_new);
    workspace.now = at("2026-02-01");
    std::fs::write(workspace.dir.path().join("register.csv"), "id,name\nV-1,Acme AG\n").unwrap();
    let (draft, said) = workspace.run();
    assert_eq!(draft.artifacts[0].name, "register.csv@2026-02-01T00:00:00Z");
    assert_eq!(text(of(&said, TableId::Vendors, "V-1")[0], "name"), Some("Acme AG"));
}

/// A real export whose dates are `29-02-2016 01:16`, with a row for each change of an incident: no
/// row can be used, and each is named.
#[test]
fn an_export_that_says_nothing_for_sure_is_rejected_row_by_row() {
    let Some(path) = dataset("tickets/servicenow-incident_event_log.csv.gz") else { return };
    let mut rows = Vec::new();
    let packed = std::fs::read(path).unwrap();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut rows).unwrap();
    let map = "id=number;detected_at=opened_at;closed_at=closed_at;state=incident_state";
    let mut workspace = register("incidents", rows).set("map", map).set("timezone", "UTC");
    let (draft, said) = workspace.run();
    assert_eq!((draft.artifacts[0].records, draft.artifacts[0].rejected), (5998, 5998));
    assert_eq!((draft.run.outcome, draft.run.gap_count), (RunOutcome::Failed, 5998));
    assert_eq!(said, Said::default());
    let first = &draft.run.gaps[0].cause;
    assert!(first.contains("row 2, column detected_at: '29-02-2016 01:16' is neither"), "{first}");
}

fn reads_and_adds_up(name: &str, bytes: Vec<u8>) -> bool {
    let source = registry::find("register-csv").unwrap();
    let settings = [("path", "x"), ("register", "systems"), ("timezone", "Europe/Berlin")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let settings = Settings::checked("register-csv", source.about().settings, settings).unwrap();
    let artifact =
        Artifact { name: name.to_owned(), media_type: "x", payload: Payload::Bytes(bytes) };
    let mut nothing = Heard::default();
    let mut records = Records::new(name, KEY.salts(&Digest([0; 32])), &mut nothing);
    let _ = source.read(&settings, &artifact, &mut records);
    let account = records.finish().0;
    let fits = nothing.facts.iter().all(|(_, fact)| fact.misfit().is_none());
    let sum = account.with_facts + account.skipped.values().sum::<u64>() + account.rejected;
    fits && sum == account.records
}

const FILE: &str = "x@2026-01-01T00:00:00Z";
const FILES: &str = "x@2026-01-01T00:00:00Z.tar";

fn archive() -> Vec<u8> {
    let later = SYSTEMS.replace("bob@example.com", "");
    crate::support::tar(&[
        ("before/2025-01-31.csv", SYSTEMS.as_bytes()),
        ("new/2025-02-28.csv", later.as_bytes()),
    ])
}

#[test]
fn the_time_that_a_register_covers_is_somebodys_word_until_a_row_is_bad() {
    let declared = |text: &str| {
        let workspace = register("vendors", text);
        let mut workspace =
            workspace.set("covers-from", "2025-01-01").set("covers-to", "2025-12-31");
        let (draft, _) = workspace.run();
        draft.coverage.iter().map(|c| (c.stream.clone(), c.status)).collect::<Vec<_>>()
    };
    let good = "id,name\nV-1,Acme\n";
    assert_eq!(declared(good), [("vendors".to_owned(), CoverageStatus::Asserted)]);
    let bad = format!("{good},Bolt\n");
    assert_eq!(declared(&bad), [("vendors".to_owned(), CoverageStatus::Gap)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(reads_and_adds_up(FILE, bytes.clone()));
        prop_assert!(reads_and_adds_up(FILES, bytes.clone()));
        let rows: Vec<u8> =
            b"id,acknowledged_at,scope_from,valid_to\n".iter().copied().chain(bytes).collect();
        prop_assert!(reads_and_adds_up(FILE, rows));
    }

    #[test]
    fn mutated_registers_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..10),
    ) {
        for (name, mut bytes) in [(FILE, SYSTEMS.as_bytes().to_vec()), (FILES, archive())] {
            for (at, byte) in &changes {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            prop_assert!(reads_and_adds_up(name, bytes));
        }
    }
}
