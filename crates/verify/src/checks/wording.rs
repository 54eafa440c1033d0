//! What a conclusion may not say.

use tenure_model::Outcome;
use tenure_model::evaluation::ControlResult;
use tenure_model::outcome::PopulationVerdict;

use crate::report::{Probe, Report};

/// Words that are the auditor's to say of a company, never ours.
pub const FORBIDDEN: [&str; 3] = ["compliant", "passed", "certified"];
const NO_DEVIATIONS: &str = "no deviations noted";

pub(super) fn check(prefix: &str, control: &ControlResult, report: &mut Report) {
    let mut probe = Probe::new(
        format!("{prefix}/conclusion"),
        "the conclusion says no more than the results allow",
    );
    probe.look();
    let text = control.conclusion.to_lowercase();
    for word in forbidden_words(&text) {
        probe.mismatch(format!("it says '{word}'"));
    }
    if text.contains(NO_DEVIATIONS) {
        for reason in blockers(control) {
            probe.mismatch(format!("it says '{NO_DEVIATIONS}' although {reason}"));
        }
    }
    probe.finish(report, "wording allowed by the outcome");
}

/// The forbidden words in a text, whole words only: `bypassed` is none, `non-compliant` is one.
#[must_use]
pub fn forbidden_words(text: &str) -> Vec<&'static str> {
    let lower = text.to_lowercase();
    let words: Vec<_> = lower.split(|c: char| !c.is_alphanumeric()).collect();
    FORBIDDEN.into_iter().filter(|word| words.contains(word)).collect()
}

fn blockers(control: &ControlResult) -> Vec<&'static str> {
    let indeterminate = control.items.get(&Outcome::Indeterminate).copied().unwrap_or_default();
    [
        (
            control.population.verdict == PopulationVerdict::NotDemonstrated,
            "the population is not demonstrated",
        ),
        (control.deviations.gross > 0, "deviations are listed"),
        (indeterminate > 0, "items are indeterminate"),
        (control.population.count == 0, "nothing occurred, so nothing was tested"),
    ]
    .into_iter()
    .filter_map(|(blocks, reason)| blocks.then_some(reason))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::forbidden_words;

    #[test]
    fn whole_words_only() {
        assert_eq!(forbidden_words("Review was bypassed; certification due"), [""; 0]);
        assert_eq!(forbidden_words("All PASSED. Non-compliant"), ["compliant", "passed"]);
    }
}
