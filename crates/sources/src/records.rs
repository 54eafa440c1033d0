//! The accounting rule, in one place for every source: each record is counted exactly once, as one
//! that gave facts, was skipped with a reason, or was rejected with a cause.

use std::collections::{BTreeMap, BTreeSet};

use tenure_blobs::{RecordSalts, RecordTree, record_commitment};
use tenure_model::Timestamp;
use tenure_model::digest::Digest;
use tenure_model::entry::Gap;
use tenure_model::fact::Fact;
use tenure_model::usage::{Point, Row, Sightings, UsageRows};

use crate::source::ReadError;

/// Name of the integrity verdict that is the SHA-256 of an artifact's content, in hex: of its bytes
/// inflated as one gzip member with nothing behind it, or of plain bytes.
pub const CONTENT_HASH: &str = "content-sha256";

/// Takes the facts of one artifact, in record order.
pub trait FactSink {
    /// A fact and the record it rests on.
    fn fact(&mut self, record: u64, fact: Fact);
    /// Where the texts and actors of uses go.
    fn rows(&mut self) -> &mut UsageRows;
    /// A use of access, with texts of [`Self::rows`], and the record that tells of it.
    fn usage(&mut self, record: u64, row: Row);
    /// Something that the record mentions in passing; see [`crate::source::Source::sighted`].
    fn sighting(&mut self, record: u64, kind: u8, name: &str, detail: &str, at: Timestamp);
}

/// Keeps what one artifact says, for those who want to look at it.
#[derive(Debug, Default)]
pub struct Heard {
    /// Facts with their records.
    pub facts: Vec<(u64, Fact)>,
    /// Uses of access.
    pub uses: UsageRows,
    /// What was mentioned in passing.
    pub sightings: Sightings,
}

impl FactSink for Heard {
    fn fact(&mut self, record: u64, fact: Fact) {
        self.facts.push((record, fact));
    }

    fn rows(&mut self) -> &mut UsageRows {
        &mut self.uses
    }

    fn usage(&mut self, record: u64, row: Row) {
        self.uses.rows.push(Row { record, ..row });
    }

    fn sighting(&mut self, record: u64, kind: u8, name: &str, detail: &str, at: Timestamp) {
        self.sightings.note(kind, name, detail, Point { at, artifact: 0, record });
    }
}

/// Where a reader hands its records over.
pub struct Records<'a> {
    artifact: &'a str,
    tree: RecordTree,
    sink: &'a mut dyn FactSink,
    account: Account,
    disclosure: Option<Disclosure>,
    content_hash_wanted: bool,
}

/// What it takes to show records of an artifact and prove that they belong to it.
#[derive(Debug, Default)]
pub struct Disclosure {
    wanted: BTreeSet<u64>,
    /// The commitments of all records, in order.
    pub commitments: Vec<[u8; 32]>,
    /// The wanted records with their salts, by index.
    pub records: BTreeMap<u64, ([u8; 16], Vec<u8>)>,
}

/// The accounting of one artifact.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Account {
    /// Records handed over.
    pub records: u64,
    /// Those that gave facts.
    pub with_facts: u64,
    /// Those skipped, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// Those rejected.
    pub rejected: u64,
    /// How many the artifact itself says it holds.
    pub declared: Option<u64>,
    /// What was rejected and why, and what does not add up.
    pub gaps: Vec<Gap>,
    /// Native integrity verdicts.
    pub integrity: BTreeMap<String, String>,
}

impl<'a> Records<'a> {
    /// For one artifact.
    pub fn new(artifact: &'a str, salts: RecordSalts, sink: &'a mut dyn FactSink) -> Self {
        Self {
            artifact,
            tree: RecordTree::new(salts),
            sink,
            account: Account::default(),
            disclosure: None,
            content_hash_wanted: false,
        }
    }

    /// Keeps the commitments of all records, and the wanted ones themselves.
    pub fn disclose(&mut self, wanted: BTreeSet<u64>) {
        self.disclosure = Some(Disclosure { wanted, ..Disclosure::default() });
    }

    /// The digest of the artifact's content will be asked for when the run is concluded.
    pub fn want_content_hash(&mut self) {
        self.content_hash_wanted = true;
    }

    /// Whether a reader that has the artifact's content at hand, inflated and whole, should leave
    /// its digest as [`CONTENT_HASH`], so that it need not be inflated again.
    #[must_use]
    pub const fn content_hash_wanted(&self) -> bool {
        self.content_hash_wanted
    }

    /// What was kept since [`Self::disclose`].
    pub fn disclosed(&mut self) -> Disclosure {
        self.disclosure.take().unwrap_or_default()
    }

    /// The number of the next record, from 0.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.account.records
    }

    /// A record that gives these facts. A record without any must be [`Self::skip`]ped instead.
    pub fn facts(&mut self, raw: &[u8], facts: impl IntoIterator<Item = Fact>) {
        let record = self.commit(raw);
        let mut any = false;
        for fact in facts {
            any = true;
            self.sink.fact(record, fact);
        }
        if any {
            self.account.with_facts += 1;
        } else {
            *self.account.skipped.entry("no facts".to_owned()).or_default() += 1;
        }
    }

    /// A record that tells of a use of access, and perhaps of facts beside.
    pub fn usage(&mut self, raw: &[u8], row: Row, facts: impl IntoIterator<Item = Fact>) {
        let record = self.commit(raw);
        self.account.with_facts += 1;
        self.sink.usage(record, row);
        for fact in facts {
            self.sink.fact(record, fact);
        }
    }

    /// Where the texts and actors of uses go.
    pub fn rows(&mut self) -> &mut UsageRows {
        self.sink.rows()
    }

    /// Something that the next record mentions in passing: told once per run, with its first and
    /// last mention, by [`crate::source::Source::sighted`].
    pub fn sighting(&mut self, kind: u8, name: &str, detail: &str, at: Timestamp) {
        self.sink.sighting(self.account.records, kind, name, detail, at);
    }

    /// A fact that rests on the artifact as a whole, such as that it is here. Its evidence points
    /// to record 0, also when the artifact turns out to hold no record.
    pub fn whole(&mut self, fact: Fact) {
        self.sink.fact(0, fact);
    }

    /// A record that is understood and tells nothing of access.
    pub fn skip(&mut self, raw: &[u8], reason: &str) {
        self.commit(raw);
        match self.account.skipped.get_mut(reason) {
            Some(count) => *count += 1,
            None => {
                self.account.skipped.insert(reason.to_owned(), 1);
            }
        }
    }

    /// A record that cannot be understood.
    pub fn reject(&mut self, raw: &[u8], cause: impl Into<String>, hint: impl Into<String>) {
        let record = self.commit(raw);
        self.account.rejected += 1;
        self.account.gaps.push(Gap {
            artifact: self.artifact.to_owned(),
            record: Some(record),
            cause: cause.into(),
            hint: hint.into(),
        });
    }

    /// Something wrong with the artifact that leaves its records readable.
    pub fn gap(&mut self, cause: impl Into<String>, hint: impl Into<String>) {
        self.account.gaps.push(Gap {
            artifact: self.artifact.to_owned(),
            record: None,
            cause: cause.into(),
            hint: hint.into(),
        });
    }

    /// Reading stopped here; what was handed over counts.
    pub(crate) fn stopped(&mut self, error: ReadError) {
        self.account.gaps.push(Gap {
            artifact: self.artifact.to_owned(),
            record: error.record,
            cause: error.cause,
            hint: error.hint,
        });
    }

    /// How many records the artifact itself says it holds.
    pub fn declare(&mut self, records: u64) {
        self.account.declared = Some(records);
    }

    /// The verdict of a native integrity check.
    pub fn integrity(&mut self, check: &str, verdict: &str) {
        self.account.integrity.insert(check.to_owned(), verdict.to_owned());
    }

    /// Closes the account: the sum is checked, and the root over the record commitments is taken.
    #[must_use]
    pub fn finish(mut self) -> (Account, Digest) {
        let account = &mut self.account;
        let sum = account.with_facts + account.skipped.values().sum::<u64>() + account.rejected;
        debug_assert_eq!(sum, account.records, "every record is counted once");
        if let Some(declared) = account.declared.filter(|n| *n != account.records) {
            account.gaps.push(Gap {
                artifact: self.artifact.to_owned(),
                record: None,
                cause: format!(
                    "the artifact declares {declared} records, {} were read",
                    account.records
                ),
                hint: "fetch it again; if that does not help, the reader does not know this format"
                    .to_owned(),
            });
        }
        (self.account, self.tree.root())
    }

    fn commit(&mut self, raw: &[u8]) -> u64 {
        let record = self.account.records;
        self.account.records += 1;
        self.tree.push(raw);
        if let Some(disclosure) = &mut self.disclosure {
            let salt = self.tree.salts().salt(record);
            disclosure.commitments.push(record_commitment(&salt, raw));
            if disclosure.wanted.contains(&record) {
                disclosure.records.insert(record, (salt, raw.to_vec()));
            }
        }
        record
    }
}
