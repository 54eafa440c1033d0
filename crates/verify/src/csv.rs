//! The CSV files of a pack: renderings of `evaluation.json` for spreadsheets. They live here and
//! not in the writer, so that the verifier can require them to say what the results say.
//!
//! RFC 4180 with CRLF. A cell that begins with `=`, `+`, `-`, `@`, tab or carriage return gets a
//! leading apostrophe: spreadsheets would run it as a formula otherwise.

use std::fmt::Write;

use tenure_model::Outcome;
use tenure_model::evaluation::Evaluation;

/// `deviations.csv`.
#[must_use]
pub fn deviations(evaluation: &Evaluation) -> String {
    let mut out = String::new();
    let head = [
        "control",
        "item",
        "attribute",
        "outcome",
        "from",
        "to",
        "carry_in",
        "carry_out",
        "policy_exception",
        "reason",
        "evidence",
    ];
    row(&mut out, head);
    for control in &evaluation.controls {
        for deviation in &control.deviations.list {
            row(
                &mut out,
                [
                    control.id.as_str(),
                    &deviation.item,
                    &deviation.attribute,
                    deviation.outcome.as_str(),
                    &deviation.from.to_string(),
                    &deviation.to.map(|to| to.to_string()).unwrap_or_default(),
                    yes(deviation.carry_in),
                    yes(deviation.carry_out),
                    deviation.exception.as_deref().unwrap_or_default(),
                    &deviation.reason,
                    deviation.evidence.as_str(),
                ],
            );
        }
    }
    out
}

/// `controls.csv`.
#[must_use]
pub fn controls(evaluation: &Evaluation) -> String {
    let mut out = String::new();
    let head = ["control", "title", "kind", "population", "population_verdict"];
    let tail =
        ["deviations_gross", "deviations_net", "conclusion", "definition", "population_digest"];
    row(&mut out, head.into_iter().chain(Outcome::ALL.map(Outcome::as_str)).chain(tail));
    for control in &evaluation.controls {
        let count = |n: u64| n.to_string();
        let mut cells = vec![
            control.id.clone(),
            control.title.clone(),
            control.kind.as_str().to_owned(),
            count(control.population.count),
            control.population.verdict.as_str().to_owned(),
        ];
        cells.extend(
            Outcome::ALL.iter().map(|o| count(control.items.get(o).copied().unwrap_or_default())),
        );
        cells.extend([
            count(control.deviations.gross),
            count(control.deviations.net),
            control.conclusion.clone(),
            control.definition.to_string(),
            control.population.digest.to_string(),
        ]);
        row(&mut out, cells.iter().map(String::as_str));
    }
    out
}

const fn yes(flag: bool) -> &'static str {
    if flag { "yes" } else { "no" }
}

fn row<'a>(out: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        self::cell(out, cell);
    }
    out.push_str("\r\n");
}

fn cell(out: &mut String, text: &str) {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    if text.contains([',', '"', '\r', '\n']) {
        // Writing to a string cannot fail.
        let _ = write!(out, "\"{guard}{}\"", text.replace('"', "\"\""));
    } else {
        out.push_str(guard);
        out.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::cell;

    fn cell_of(text: &str) -> String {
        let mut out = String::new();
        cell(&mut out, text);
        out
    }

    #[test]
    fn formulas_are_defused() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"] {
            assert_eq!(cell_of(text), format!("'{text}"));
        }
        assert_eq!(cell_of("\r=1"), "\"'\r=1\"");
        assert_eq!(cell_of("=HYPERLINK(\"x\",1)"), "\"'=HYPERLINK(\"\"x\"\",1)\"");
    }

    #[test]
    fn plain_text_stays_plain() {
        assert_eq!(cell_of("a-b"), "a-b");
        assert_eq!(cell_of("a, b"), "\"a, b\"");
    }
}
