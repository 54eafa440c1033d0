//! The names of the files in a pack, and what each of them is.

use tenure_model::Digest;
use tenure_model::ids::Seq;

/// Lists every other file with its size and SHA-256.
pub const MANIFEST: &str = "manifest.json";
/// The log key's signature over the manifest.
pub const MANIFEST_NOTE: &str = "manifest.note";
/// The checkpoint as published.
pub const CHECKPOINT: &str = "checkpoint";
/// The trust policy that the packer used.
pub const POLICY: &str = "trust.policy";
/// The results.
pub const EVALUATION: &str = "evaluation.json";
/// Why the checkpoint extends the ledger prefix that the results rest on.
pub const CONSISTENCY: &str = "consistency.json";
/// The report for people.
pub const INDEX: &str = "index.html";
/// Every deviation, for spreadsheets.
pub const DEVIATIONS_CSV: &str = "deviations.csv";
/// One line per control, for spreadsheets.
pub const CONTROLS_CSV: &str = "controls.csv";
/// Records that the results rest on and that the pack leaves out.
pub const UNDISCLOSED: &str = "undisclosed.jsonl";

/// The kinds of files of format v1.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum FileKind {
    /// One of the files that exist once.
    Fixed(&'static str),
    /// `items/<control>.jsonl`.
    Items(String),
    /// `populations/<control>.tsv`.
    Population(String),
    /// `definitions/<control>.yaml`.
    Definition(String),
    /// `entries/<seq>.json`.
    Entry(Seq),
    /// `entries/<seq>.tlog-proof`.
    EntryProof(Seq),
    /// `records/<artifact>/<index>.bin`.
    Record(Digest, u64),
    /// `records/<artifact>/<index>.proof.json`.
    RecordProof(Digest, u64),
    /// `reports/<anything>`: further renderings for people, bound by their digest only.
    Report,
}

const FIXED: [&str; 10] = [
    MANIFEST,
    MANIFEST_NOTE,
    CHECKPOINT,
    POLICY,
    EVALUATION,
    CONSISTENCY,
    INDEX,
    DEVIATIONS_CSV,
    CONTROLS_CSV,
    UNDISCLOSED,
];

impl FileKind {
    /// The kind of the file of that name; `None` when format v1 knows no such name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        if let Some(fixed) = FIXED.into_iter().find(|fixed| *fixed == name) {
            return Some(Self::Fixed(fixed));
        }
        let (folder, rest) = name.split_once('/')?;
        let kind = match folder {
            "items" => Self::Items(control(rest.strip_suffix(".jsonl")?)?),
            "populations" => Self::Population(control(rest.strip_suffix(".tsv")?)?),
            "definitions" => Self::Definition(control(rest.strip_suffix(".yaml")?)?),
            "entries" => match rest.split_once('.')? {
                (seq, "json") => Self::Entry(Seq(number(seq)?)),
                (seq, "tlog-proof") => Self::EntryProof(Seq(number(seq)?)),
                _ => return None,
            },
            "records" => {
                let (artifact, file) = rest.split_once('/')?;
                let artifact = artifact.parse().ok()?;
                match file.split_once('.')? {
                    (index, "bin") => Self::Record(artifact, number(index)?),
                    (index, "proof.json") => Self::RecordProof(artifact, number(index)?),
                    _ => return None,
                }
            }
            "reports" => Self::Report,
            _ => return None,
        };
        Some(kind)
    }

    /// The name of the file.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Fixed(name) => (*name).to_owned(),
            Self::Items(control) => format!("items/{control}.jsonl"),
            Self::Population(control) => format!("populations/{control}.tsv"),
            Self::Definition(control) => format!("definitions/{control}.yaml"),
            Self::Entry(seq) => format!("entries/{seq}.json"),
            Self::EntryProof(seq) => format!("entries/{seq}.tlog-proof"),
            Self::Record(artifact, index) => format!("records/{artifact}/{index}.bin"),
            Self::RecordProof(artifact, index) => format!("records/{artifact}/{index}.proof.json"),
            Self::Report => "reports/".to_owned(),
        }
    }

    /// What the file is, in a few words: the manifest says it of every file.
    #[must_use]
    pub fn what(&self) -> &'static str {
        match self {
            Self::Fixed(MANIFEST) => "list of all files",
            Self::Fixed(MANIFEST_NOTE) => "signature over the list of all files",
            Self::Fixed(CHECKPOINT) => "signed checkpoint of the log",
            Self::Fixed(POLICY) => "trust policy, for convenience only",
            Self::Fixed(EVALUATION) => "results of the evaluation",
            Self::Fixed(CONSISTENCY) => {
                "proof that the checkpoint extends the ledger prefix evaluated"
            }
            Self::Fixed(INDEX) => "report for people",
            Self::Fixed(DEVIATIONS_CSV) => "deviations for spreadsheets",
            Self::Fixed(CONTROLS_CSV) => "controls for spreadsheets",
            Self::Fixed(UNDISCLOSED) => "records left out, and why",
            Self::Fixed(_) => "other",
            Self::Items(_) => "items of a population with their outcomes",
            Self::Population(_) => "canonical lines of a population",
            Self::Definition(_) => "definition of a control with the parameters in force",
            Self::Entry(_) => "ledger entry",
            Self::EntryProof(_) => "inclusion proof of a ledger entry",
            Self::Record(..) => "record as received",
            Self::RecordProof(..) => "proof of a record",
            Self::Report => "further report for people",
        }
    }
}

/// Whether the text can be a control's id in file names: letters, digits, `.`, `_`, `-`.
fn control(text: &str) -> Option<String> {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    (plain && !text.is_empty()).then(|| text.to_owned())
}

/// A decimal number in its one spelling.
fn number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        let artifact = Digest([7; 32]);
        let kinds = [
            FileKind::Fixed(CHECKPOINT),
            FileKind::Items("JML-01".to_owned()),
            FileKind::Population("my.control_2".to_owned()),
            FileKind::Definition("x".to_owned()),
            FileKind::Entry(Seq(12)),
            FileKind::EntryProof(Seq(0)),
            FileKind::Record(artifact, 3),
            FileKind::RecordProof(artifact, 3),
        ];
        for kind in kinds {
            assert_eq!(FileKind::of(&kind.name()), Some(kind));
        }
    }

    #[test]
    fn other_spellings_are_no_files_of_the_format() {
        for name in [
            "entries/012.json",
            "entries/+1.json",
            "entries/1.txt",
            "items/.jsonl",
            "items/a/b.jsonl",
            "x",
            "records/00/1.bin",
            "definitions/ü.yaml",
            "items/",
        ] {
            assert_eq!(FileKind::of(name), None, "{name}");
        }
    }
}
