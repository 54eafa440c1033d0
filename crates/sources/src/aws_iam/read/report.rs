//! The credential report (IAM User Guide, "Getting credential reports for your AWS account"): a
//! row per user, the root user's first. Keys and certificates stand in slots, without their ids.
//! `N/A`, `not_supported` and `no_information` are no values: the report does not say.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use csv::{ReaderBuilder, StringRecord};
use serde_json::{Map, Value};
use tenure_model::time::Timestamp;

/// A report.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Report {
    /// When AWS made it, where the answer says so; the CSV itself does not.
    pub(super) generated: Option<Timestamp>,
    pub(super) rows: Vec<Row>,
    /// Rows and cells that could not be understood.
    pub(super) problems: Vec<String>,
}

/// A user.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Row {
    pub(super) arn: String,
    pub(super) created: Option<Timestamp>,
    pub(super) password_enabled: Option<bool>,
    pub(super) password_used: Option<Timestamp>,
    pub(super) password_changed: Option<Timestamp>,
    pub(super) mfa: Option<bool>,
    pub(super) keys: [Slot; 2],
    pub(super) certificates: [Slot; 2],
}

/// A place for a key or a certificate.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Slot {
    pub(super) name: &'static str,
    pub(super) active: Option<bool>,
    pub(super) rotated: Option<Timestamp>,
    pub(super) used: Option<Timestamp>,
    pub(super) region: Option<String>,
    pub(super) service: Option<String>,
}

const NOT_SAID: &[&str] = &["", "N/A", "not_supported", "no_information"];
const NEEDED: &[&str] = &[
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
];

impl Report {
    /// From what `GetCredentialReport` gives: the CSV in base64, and when it was made.
    pub(super) fn of_answer(body: &Map<String, Value>) -> Result<Self, String> {
        let text = |name| body.get(name).and_then(Value::as_str);
        let content = text("Content").ok_or("the answer has no report in it")?;
        let bytes =
            STANDARD.decode(content.trim()).map_err(|e| format!("the report is no base64: {e}"))?;
        let csv = String::from_utf8(bytes).map_err(|_| "the report is not UTF-8".to_owned())?;
        let mut report = Self::parse(&csv)?;
        report.generated = match text("GeneratedTime") {
            Some(at) => Some(at.parse().map_err(|e| format!("GeneratedTime: {e}"))?),
            // The JSON protocols would write seconds; IAM does not, so nothing is guessed.
            None => None,
        };
        Ok(report)
    }

    /// From the CSV.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let header = reader.headers().map_err(|e| format!("the file is no CSV: {e}"))?.clone();
        if let Some(name) = NEEDED.iter().find(|name| !header.iter().any(|h| h == **name)) {
            return Err(format!("the file has no column '{name}', so it is no credential report"));
        }
        let mut report = Self::default();
        for (index, record) in reader.records().enumerate() {
            // The header is row 1, as a spreadsheet shows it.
            let row = index + 2;
            match record {
                Ok(record) if record.len() == header.len() => {
                    report.row(row, &Cells { header: &header, record: &record });
                }
                Ok(record) => report.problems.push(format!(
                    "row {row} has {} columns, the header has {}",
                    record.len(),
                    header.len()
                )),
                Err(e) => report.problems.push(format!("row {row}: {e}")),
            }
        }
        Ok(report)
    }

    fn row(&mut self, number: usize, cells: &Cells<'_>) {
        match cells.row() {
            Ok(row) if self.rows.iter().any(|known| known.arn == row.arn) => {
                self.problems.push(format!("row {number}: '{}' stands in a row before", row.arn));
            }
            Ok(row) => self.rows.push(row),
            Err(cause) => self.problems.push(format!("row {number}: {cause}")),
        }
    }

    /// The latest instant that the report mentions: it was not made before.
    pub(super) fn latest(&self) -> Option<Timestamp> {
        self.rows
            .iter()
            .flat_map(|row| {
                let slots = row.keys.iter().chain(&row.certificates);
                [row.created, row.password_used, row.password_changed]
                    .into_iter()
                    .chain(slots.flat_map(|slot| [slot.rotated, slot.used]))
            })
            .flatten()
            .max()
    }
}

struct Cells<'r> {
    header: &'r StringRecord,
    record: &'r StringRecord,
}

impl Cells<'_> {
    fn row(&self) -> Result<Row, String> {
        let arn = self.text("arn").ok_or("column arn: it is empty")?;
        Ok(Row {
            arn: arn.to_owned(),
            created: self.time("user_creation_time")?,
            password_enabled: self.flag("password_enabled")?,
            password_used: self.time("password_last_used")?,
            password_changed: self.time("password_last_changed")?,
            mfa: self.flag("mfa_active")?,
            keys: [self.slot("access_key_1")?, self.slot("access_key_2")?],
            certificates: [self.slot("cert_1")?, self.slot("cert_2")?],
        })
    }

    fn slot(&self, name: &'static str) -> Result<Slot, String> {
        let text = |what| self.text(&format!("{name}_{what}")).map(str::to_owned);
        Ok(Slot {
            name,
            active: self.flag(&format!("{name}_active"))?,
            rotated: self.time(&format!("{name}_last_rotated"))?,
            used: self.time(&format!("{name}_last_used_date"))?,
            region: text("last_used_region"),
            service: text("last_used_service"),
        })
    }

    fn text(&self, column: &str) -> Option<&str> {
        let index = self.header.iter().position(|name| name == column)?;
        self.record.get(index).map(str::trim).filter(|text| !NOT_SAID.contains(text))
    }

    fn flag(&self, column: &str) -> Result<Option<bool>, String> {
        match self.text(column).map(str::to_ascii_lowercase).as_deref() {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(format!("column {column}: '{other}' is neither true nor false")),
        }
    }

    fn time(&self, column: &str) -> Result<Option<Timestamp>, String> {
        let text = self.text(column);
        text.map(|text| text.parse().map_err(|e| format!("column {column}: {e}"))).transpose()
    }
}
