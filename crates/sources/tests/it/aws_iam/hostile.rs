//! Whatever the bytes: no panic, and every line is accounted for.

use proptest::prelude::*;
use serde_json::json;

use super::support::{DETAILS, DETAILS_XML, REPORT, Read, capture, exchange};
use crate::support::{Workspace, at};

fn sample() -> Vec<u8> {
    use base64::Engine;
    let content = base64::engine::general_purpose::STANDARD.encode(REPORT);
    let report = json!({"Content": content, "ReportFormat": "text/csv"}).to_string();
    capture(&[
        exchange("GetAccountAuthorizationDetails", &json!({}), DETAILS),
        exchange("GetAccountAuthorizationDetails", &json!({"x": 1}), DETAILS_XML),
        exchange("GetCredentialReport", &json!({}), &report),
    ])
}

/// A whole line of a body's text is changed, so that the line around it stays one.
fn mutated(text: &str, at: usize, with: &str) -> String {
    let at = (0..=at % (text.len() + 1)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let to = (at + with.len()).min(text.len());
    let to = (to..=text.len()).find(|to| text.is_char_boundary(*to)).unwrap_or(text.len());
    format!("{}{with}{}", &text[..at], &text[to..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn arbitrary_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        Read::of(&bytes);
    }

    #[test]
    fn mutated_captures(at in any::<usize>(), byte in any::<u8>(), cut in any::<usize>()) {
        let mut bytes = sample();
        let length = bytes.len();
        bytes[at % length] = byte;
        Read::of(&bytes);
        bytes.truncate(cut % length);
        Read::of(&bytes);
    }

    #[test]
    fn mutated_bodies(at in any::<usize>(), with in "[<>{}\\[\\]\",:%/a-z0-9-]{1,12}") {
        for (action, body) in [
            ("GetAccountAuthorizationDetails", DETAILS),
            ("GetAccountAuthorizationDetails", DETAILS_XML),
        ] {
            let line = exchange(action, &json!({}), &mutated(body, at, &with));
            let read = Read::of(&capture(&[line]));
            prop_assert_eq!(read.account.records, 1);
        }
    }

    #[test]
    fn mutated_files(at_byte in any::<usize>(), with in "\\PC{1,8}") {
        let workspace = Workspace::with_data("aws-iam").set("as-of", "2026-02-01");
        let mut workspace = Workspace { now: at("2026-02-02"), ..workspace };
        workspace.write("report.csv", mutated(REPORT, at_byte, &with));
        workspace.write("details.json", mutated(DETAILS, at_byte, &with));
        let (draft, _) = workspace.run();
        let whole = draft.artifacts.iter().map(|a| a.records).sum::<u64>() == 2;
        prop_assert!(whole || !draft.run.gaps.is_empty(), "what is missing is told");
    }
}
