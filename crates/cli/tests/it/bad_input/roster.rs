//! Rosters: a file is taken as a whole or not at all, and every bad row is listed.

use serde_json::json;

use super::Stage;

const HEAD: &str = "employee_id,name,hire_date,termination_date,recorded_at\n";

/// A roster that cannot be taken: nothing of it is.
fn refused(bytes: impl AsRef<[u8]>) -> String {
    let stage = Stage::new();
    let path = stage.write("people.csv", bytes);
    let said = stage.collects("roster-csv", &path, &[]);
    let people = stage.tenure.cell("SELECT count(*) FROM subjects");
    assert_eq!(people, json!(0), "all or nothing");
    said
}

#[test]
fn times_without_zone() {
    let rows = "E1,Ann,2020-01-01,,2025-01-02T09:00:00\nE2,Ben,2020-01-01T08:00:00,,2025-01-02\n";
    insta::assert_snapshot!(refused(format!("{HEAD}{rows}")), @r"
    it: failed: 1 artifacts, 2 records = 0 with facts + 0 skipped + 2 rejected
      gap: people.csv@2026-02-01T00:00:00Z, record 0: row 2, column recorded_at: '2025-01-02T09:00:00' has no time zone, so it names no instant
           hint: correct the row and collect again
      gap: people.csv@2026-02-01T00:00:00Z, record 1: row 3, column hired_at: '2020-01-01T08:00:00' has no time zone, so it names no instant
           hint: correct the row and collect again
    exit 1
    ");
}

#[test]
fn dates_that_are_none() {
    let rows = "E1,Ann,31/12/2020,,\nE2,Ben,2021-02-30,,\nE3,Cem,2021-03-01,2020-01-01,\n";
    insta::assert_snapshot!(refused(format!("{HEAD}{rows}")), @r"
    it: failed: 1 artifacts, 3 records = 0 with facts + 0 skipped + 3 rejected
      gap: people.csv@2026-02-01T00:00:00Z, record 0: row 2, column hired_at: '31/12/2020' is neither a date (2025-07-01) nor an RFC 3339 instant
           hint: correct the row and collect again
      gap: people.csv@2026-02-01T00:00:00Z, record 1: row 3, column hired_at: '2021-02-30' is neither a date (2025-07-01) nor an RFC 3339 instant
           hint: correct the row and collect again
      gap: people.csv@2026-02-01T00:00:00Z, record 2: row 4, column termination_effective: 2020-01-01T00:00:00Z is before the hire at 2021-03-01T00:00:00Z
           hint: correct the row and collect again
    exit 1
    ");
}

#[test]
fn the_same_person_twice_and_nobody() {
    let rows = "E1,Ann,2020-01-01,,\nE1,Ann,2021-01-01,,\n,Ben,2020-01-01,,\n";
    insta::assert_snapshot!(refused(format!("{HEAD}{rows}")), @r"
    it: failed: 1 artifacts, 3 records = 0 with facts + 1 skipped + 2 rejected
      gap: people.csv@2026-02-01T00:00:00Z, record 1: row 3, column employee_id: 'E1' is the id of row 2 already
           hint: correct the row and collect again
      gap: people.csv@2026-02-01T00:00:00Z, record 2: row 4, column employee_id: it is empty
           hint: correct the row and collect again
    exit 1
    ");
}

#[test]
fn invalid_utf8() {
    let bytes = [HEAD.as_bytes(), b"E1,Z\xfcrich,2020-01-01,,\n"].concat();
    insta::assert_snapshot!(refused(bytes), @r"
    it: failed: 1 artifacts, 1 records = 0 with facts + 0 skipped + 1 rejected
      gap: people.csv@2026-02-01T00:00:00Z, record 0: row 2, column name: it is not UTF-8
           hint: correct the row and collect again
    exit 1
    ");
}

#[test]
fn no_header_that_is_understood() {
    insta::assert_snapshot!(refused("a,b,c\n1,2,3\n"), @r"
    error: [dir]/input/people.csv: no column gives employee_id; the columns are a, b, c

    hint: name it with map=employee_id=…
    exit 1
    ");
}

#[test]
fn an_empty_file() {
    insta::assert_snapshot!(refused(""), @r"
    error: [dir]/input/people.csv: the file is empty

    hint: export it again
    exit 1
    ");
}

/// Somebody may have been hired before 1970, and the end of a contract may lie ahead.
#[test]
fn dates_before_1970_and_to_come() {
    let stage = Stage::new();
    let rows = "E1,Ann,1961-08-13,2031-12-31,\nE2,Ben,2030-01-01,,\n";
    let path = stage.write("people.csv", format!("{HEAD}{rows}"));
    insta::assert_snapshot!(stage.collects("roster-csv", &path, &[]), @r"
    it: complete: 1 artifacts, 2 records = 2 with facts + 0 skipped + 0 rejected
    exit 0
    ");
    let people = stage.tenure.rows(
        "SELECT display_name, hired_at, termination_effective FROM subjects ORDER BY native_id",
    );
    let expected = json!([
        ["Ann", "1961-08-13T00:00:00Z", "2031-12-31T00:00:00Z"],
        ["Ben", "2030-01-01T00:00:00Z", null],
    ]);
    assert_eq!(people, expected);
}
