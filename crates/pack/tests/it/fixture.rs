//! A made-up company in memory: a small ledger with real keys and proofs, an evaluation over half a
//! year, and everything a pack needs. Shared by the tests of `pack` and `verify` and the example.
#![allow(dead_code, reason = "each user needs another part")]

#[path = "fixture/controls.rs"]
mod controls;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tenure_ledger::cosignature::cosign;
use tenure_ledger::merkle::{self, Hash};
use tenure_ledger::note::KeyType;
use tenure_ledger::{Checkpoint, Entry, NewEntry, SigningKey, VerifierKey};
use tenure_model::evaluation::{Evaluated, Evaluation};
use tenure_model::ids::Seq;
use tenure_model::{Digest, Period, Timestamp};
use tenure_pack::{
    AccessDay, AccessSeries, ControlAbout, Mapping, PackEntry, PackInput, PackRecord,
    evaluation_entry,
};
use tenure_verify::canonical::{record_commitment, sha256};

pub(crate) const ORIGIN: &str = "tenure.example/acme";
pub(crate) const WITNESS: &str = "witness.example/auditor";
pub(crate) const KNOWN_AT: u64 = 7;
pub(crate) const EVALUATION_ENTRY: u64 = 9;

pub(crate) fn day(n: i64) -> Timestamp {
    let start: Timestamp = "2025-07-01T00:00:00Z".parse().expect("an instant");
    start.plus_micros(n * Timestamp::DAY)
}

pub(crate) fn hour(n: i64) -> i64 {
    n * 3_600_000_000
}

/// Everything that a [`PackInput`] borrows from.
pub(crate) struct Company {
    pub(crate) signer: SigningKey,
    pub(crate) log_key: VerifierKey,
    pub(crate) witness: SigningKey,
    pub(crate) evaluated: Evaluated,
    pub(crate) leaves: Vec<Vec<u8>>,
    pub(crate) checkpoint: Vec<u8>,
    pub(crate) witnesses: Option<String>,
    pub(crate) entries: Vec<PackEntry>,
    pub(crate) consistency: Vec<Hash>,
    pub(crate) records: Vec<PackRecord>,
    pub(crate) about: BTreeMap<String, ControlAbout>,
    pub(crate) access: Vec<AccessSeries>,
}

impl Company {
    /// With that many items in its largest population.
    pub(crate) fn new(items: usize) -> Self {
        Self::with(items, |_| {})
    }

    /// With results changed before they are logged.
    pub(crate) fn with(items: usize, change: impl FnOnce(&mut Evaluated)) -> Self {
        let artifacts = [Artifact::roster(), Artifact::grants(items)];
        let mut evaluated = evaluated(&artifacts, items);
        change(&mut evaluated);
        Self::logged(&artifacts, evaluated, |_| {})
    }

    /// With the body of the evaluation entry changed before it is logged.
    pub(crate) fn with_anchor(items: usize, change: impl FnOnce(&mut Value)) -> Self {
        let artifacts = [Artifact::roster(), Artifact::grants(items)];
        let evaluated = evaluated(&artifacts, items);
        Self::logged(&artifacts, evaluated, change)
    }

    fn logged(
        artifacts: &[Artifact; 2],
        evaluated: Evaluated,
        change: impl FnOnce(&mut Value),
    ) -> Self {
        let signer = SigningKey::from_seed([7; 32]);
        let log_key = signer.verifier(ORIGIN, KeyType::Ed25519).expect("a key name");
        let mut leaves = collected(artifacts);
        let prefix: Vec<_> =
            leaves[..=KNOWN_AT as usize].iter().map(|leaf| merkle::leaf_hash(leaf)).collect();
        let anchor =
            evaluation_entry(&evaluated, merkle::root_of(&prefix)).expect("complete results");
        let mut body = serde_json::to_value(anchor).expect("JSON");
        change(&mut body);
        leaves.push(leaf("evaluation", "evaluations", 0, body));
        leaves.push(leaf("note", "notes", 1, json!({"text": "after the evaluation"})));
        let hashes: Vec<_> = leaves.iter().map(|leaf| merkle::leaf_hash(leaf)).collect();
        let root = merkle::root_of(&hashes);
        let tree = Checkpoint {
            origin: ORIGIN.into(),
            size: leaves.len() as u64,
            root,
            extensions: vec![],
        };
        let entries = [1, 2, 3, 4, 5, 6, 7, EVALUATION_ENTRY].map(|seq| PackEntry {
            seq: Seq(seq),
            bytes: leaves[seq as usize].clone(),
            proof: merkle::inclusion_proof_in(&hashes, seq as usize),
        });
        Self {
            checkpoint: tree.sign(&signer).expect("a checkpoint").note.to_string().into_bytes(),
            log_key,
            signer,
            witness: SigningKey::from_seed([9; 32]),
            evaluated,
            leaves,
            witnesses: None,
            entries: entries.to_vec(),
            consistency: merkle::consistency_proof_in(&hashes, KNOWN_AT as usize + 1),
            records: artifacts
                .iter()
                .enumerate()
                .flat_map(|(n, a)| a.disclosed(Seq(1 + 2 * n as u64)))
                .collect(),
            about: about(),
            access: access(),
        }
    }

    /// The same, cosigned by a witness that the pack's policy asks for.
    pub(crate) fn cosigned(items: usize) -> Self {
        let mut company = Self::new(items);
        let mut note = tenure_ledger::Note::parse(&company.checkpoint).expect("a note");
        let line = cosign(&company.witness, WITNESS, &note, 1_767_300_000).expect("a cosignature");
        note.push(line).expect("room for it");
        company.checkpoint = note.to_string().into_bytes();
        company.witnesses = Some(company.witness_lines());
        company
    }

    pub(crate) fn witness_lines(&self) -> String {
        let key = self.witness.verifier(WITNESS, KeyType::Cosignature).expect("a key name");
        format!("witness auditor {key}\nquorum auditor\n")
    }

    pub(crate) fn input(&self) -> PackInput<'_> {
        PackInput {
            checkpoint: &self.checkpoint,
            log_key: &self.log_key,
            witnesses: self.witnesses.as_deref(),
            signer: &self.signer,
            evaluated: &self.evaluated,
            entries: &self.entries,
            evaluation_entry: Seq(EVALUATION_ENTRY),
            consistency: &self.consistency,
            records: &self.records,
            undisclosed: &[],
            about: &self.about,
            access: &self.access,
        }
    }

    pub(crate) fn pack(&self) -> Vec<u8> {
        tenure_pack::build(&self.input()).expect("a pack")
    }
}

/// Bytes as received, and the records inside that results point at.
pub(crate) struct Artifact {
    digest: Digest,
    source: &'static str,
    records: Vec<Vec<u8>>,
    disclosed: Vec<u64>,
}

impl Artifact {
    fn roster() -> Self {
        let records = (0..8).map(|n| format!("w{n:03},Worker {n},2024-0{}-01", n + 1).into_bytes());
        Self::new("hr-roster", records.collect(), vec![0, 2, 5])
    }

    fn grants(items: usize) -> Self {
        let records = (0..items.max(4))
            .map(|n| format!("{{\"grant\":{n},\"role\":\"maintain\"}}").into_bytes());
        Self::new("org-grants", records.collect(), (0..items.clamp(4, 40) as u64).collect())
    }

    fn new(source: &'static str, records: Vec<Vec<u8>>, disclosed: Vec<u64>) -> Self {
        Self { digest: sha256(&records.concat()), source, records, disclosed }
    }

    fn salt(&self, index: u64) -> [u8; 16] {
        let mut salt = [0; 16];
        salt[..8].copy_from_slice(&index.to_be_bytes());
        salt
    }

    fn commitments(&self) -> Vec<Hash> {
        (0..)
            .zip(&self.records)
            .map(|(n, record)| record_commitment(&self.salt(n), record))
            .collect()
    }

    fn body(&self) -> Value {
        let count = self.records.len();
        json!({
            "run": format!("{}-1", self.source), "source": self.source, "name": format!("{}.txt", self.source),
            "blob": self.digest, "media_type": "text/plain", "bytes": self.records.concat().len(),
            "records": count, "with_facts": count, "skipped": {}, "rejected": 0,
            "records_root": Digest(merkle::root_of(&self.commitments())), "integrity": {},
        })
    }

    fn disclosed(&self, artifact_entry: Seq) -> Vec<PackRecord> {
        let commitments = self.commitments();
        let record = |index: &u64| PackRecord {
            artifact: self.digest,
            index: *index,
            artifact_entry,
            record: self.records[*index as usize].clone(),
            salt: self.salt(*index),
            records_root: Digest(merkle::root_of(&commitments)),
            records: self.records.len() as u64,
            proof: merkle::inclusion_proof_in(&commitments, *index as usize),
        };
        self.disclosed.iter().map(record).collect()
    }

    fn pointer(&self, record: usize) -> String {
        format!("{}#{record}", self.digest)
    }
}

fn leaf(kind: &str, stream: &str, rev: u64, body: Value) -> Vec<u8> {
    let (kind, stream, actor) = (kind.to_owned(), stream.to_owned(), "collector".to_owned());
    let entry = Entry::from(NewEntry { kind, at: day(184), actor, stream, rev, body });
    entry.to_bytes().expect("a small entry")
}

fn run(source: &str, kind: &str) -> Value {
    json!({
        "run": format!("{source}-1"), "source": source, "system": "org", "source_kind": kind, "reader_version": 1,
        "config": sha256(source.as_bytes()), "scope": "everything", "kind": "full", "started": day(184),
        "ended": day(184).plus_micros(hour(1)), "outcome": "complete", "requests": 3, "source_totals": {"records": 8},
        "received_totals": {"records": 8}, "checks": ["totals"], "gaps": [], "gap_count": 0,
    })
}

fn coverage(source: &str, stream: &str, from: Timestamp, to: Timestamp, status: &str) -> Value {
    json!({
        "run": format!("{source}-1"), "source": source, "system": "org", "stream": stream, "from": from, "to": to,
        "status": status, "proof_kind": "commit_chain", "detail": "chain of commits without a hole",
    })
}

/// Entries 0 to 8; 8 is after what the evaluation takes into account.
fn collected(artifacts: &[Artifact; 2]) -> Vec<Vec<u8>> {
    vec![
        leaf("workspace", "workspace", 0, json!({"origin": ORIGIN})),
        leaf("artifact", "artifacts/hr-roster", 0, artifacts[0].body()),
        leaf("run", "runs/hr-roster", 0, run("hr-roster", "roster-csv")),
        leaf("artifact", "artifacts/org-grants", 0, artifacts[1].body()),
        leaf("run", "runs/org-grants", 0, run("org-grants", "git-access")),
        leaf(
            "coverage",
            "coverage",
            0,
            coverage("org-grants", "grants", day(-30), day(200), "proven"),
        ),
        leaf("coverage", "coverage", 1, coverage("org-usage", "usage", day(0), day(120), "proven")),
        leaf("coverage", "coverage", 2, coverage("org-usage", "usage", day(120), day(131), "gap")),
        leaf("note", "notes", 0, json!({"text": "later"})),
    ]
}

fn evaluated(artifacts: &[Artifact; 2], items: usize) -> Evaluated {
    let period = Period::new(day(0), day(184)).expect("a period");
    let all = controls::all(artifacts, items);
    let mut evaluated = Evaluated {
        evaluation: Evaluation {
            schema: tenure_model::evaluation::SCHEMA.into(),
            period,
            known_at: Seq(KNOWN_AT),
            controls: Vec::new(),
        },
        items: BTreeMap::new(),
        definitions: BTreeMap::new(),
    };
    for draft in all {
        let definition =
            format!("id: {}\ntitle: {}\nkind: {}\n", draft.id, draft.title, draft.kind.as_str());
        evaluated.evaluation.controls.push(draft.result(&definition));
        evaluated.items.insert(draft.id.into(), draft.items);
        evaluated.definitions.insert(draft.id.into(), definition);
    }
    evaluated
}

fn about() -> BTreeMap<String, ControlAbout> {
    let mapping =
        |framework: &str, id: &str| Mapping { framework: framework.into(), id: id.into() };
    let about = |statement: &str, attributes: &[(&str, &str)], ids: &[&str]| ControlAbout {
        statement: statement.into(),
        mappings: ids
            .iter()
            .map(|id| mapping("SOC 2", id))
            .chain([mapping("ISO 27001:2022", "A.5.18")])
            .collect(),
        attributes: attributes.iter().map(|(a, t)| ((*a).to_owned(), (*t).to_owned())).collect(),
    };
    BTreeMap::from([
        (
            "AUT-01".into(),
            about("Sign-in to systems in scope asks for a second factor.", &[], &["CC6.1"]),
        ),
        (
            "JML-02".into(),
            about(
                "When somebody leaves, every access ends within one business day.",
                &[
                    ("A", "All access ended within the time stated"),
                    ("B", "Equipment return is on record"),
                ],
                &["CC6.2", "CC6.3"],
            ),
        ),
        (
            "PRA-01".into(),
            about(
                "Privileged access that stands is approved, held by people on the roster, and no more than needed.",
                &[
                    ("A", "The holder is on the roster"),
                    ("B", "An approval covers it"),
                    ("C", "A review confirmed it"),
                ],
                &["CC6.1", "CC6.3"],
            ),
        ),
        (
            "UAR-01".into(),
            about(
                "Access is reviewed every quarter.",
                &[("A", "The review took place in its quarter")],
                &["CC6.2"],
            ),
        ),
    ])
}

fn access() -> Vec<AccessSeries> {
    let series = |name: &str, start: u64, review: i64, cut: u64, step: i64| {
        let mut held = start;
        let days = (0..184).map(|n| {
            let granted = if n % step == 2 { 3 + (n as u64 * 7) % 5 } else { 0 };
            let removed = if n == review { cut } else { u64::from(n % 9 == 4) };
            held = held + granted - removed;
            AccessDay { day: day(n), held, granted, removed }
        });
        AccessSeries { name: name.into(), days: days.collect() }
    };
    vec![series("repository roles", 1_840, 96, 412, 4), series("team memberships", 620, 97, 58, 6)]
}
