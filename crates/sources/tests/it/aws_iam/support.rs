//! What a run says of each thing in the end, and captures as the live collection writes them.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value as Json, json};
use tenure_model::Timestamp;
use tenure_model::fact::{Attrs, Change, Fact, Value};
use tenure_model::tables::TableId;
use tenure_sources::records::{Account, Heard, Records};
use tenure_sources::registry;
use tenure_sources::settings::Settings;
use tenure_sources::source::{Artifact, Payload};

use crate::support::{KEY, Said, Workspace, dataset};

/// The expectations of a file and the file that they are about; `None` without the data sets.
pub(super) fn expected(name: &str) -> Option<(BTreeMap<String, Json>, String)> {
    let text = std::fs::read(dataset(&format!("expected/{name}.json"))?).unwrap();
    let file: Json = serde_json::from_slice(&text).unwrap();
    let input = dataset(file["input"]["file"].as_str().unwrap()).unwrap();
    let all = file["expectations"].as_array().unwrap().iter();
    let by_question =
        all.map(|e| (e["question"].as_str().unwrap().to_owned(), e["expect"].clone())).collect();
    Some((by_question, input.to_str().unwrap().to_owned()))
}

/// A source over one file or directory.
pub(super) fn over(path: impl AsRef<Path>) -> Workspace {
    Workspace::new("aws-iam").set("path", path.as_ref().to_str().unwrap())
}

/// What is known of the things of a table in the end, by native type and id. What was said to be
/// absent last is not among them.
pub(super) fn things(said: &Said, table: TableId) -> BTreeMap<(String, String), Attrs> {
    fold(said.table(table).into_iter())
}

pub(super) fn fold<'f>(facts: impl Iterator<Item = &'f Fact>) -> BTreeMap<(String, String), Attrs> {
    let mut things: BTreeMap<(String, String), Attrs> = BTreeMap::new();
    for fact in facts {
        assert_eq!(fact.misfit(), None, "{fact:?}");
        let key = (fact.native_type.to_string(), fact.native_id.clone());
        match fact.change {
            Change::Absent { .. } | Change::Ended { .. } => drop(things.remove(&key)),
            _ => things.entry(key).or_default().extend(fact.attrs.clone()),
        }
    }
    things
}

pub(super) fn text<'a>(attrs: &'a Attrs, column: &str) -> &'a str {
    match attrs.get(column) {
        Some(Value::Text(text)) => text,
        _ => "",
    }
}

pub(super) fn time(attrs: &Attrs, column: &str) -> Option<Timestamp> {
    match attrs.get(column) {
        Some(Value::Time(at)) => Some(*at),
        _ => None,
    }
}

pub(super) fn flag(attrs: &Attrs, column: &str) -> Option<bool> {
    match attrs.get(column) {
        Some(Value::Bool(flag)) => Some(*flag),
        _ => None,
    }
}

/// The part of an ARN or id after the last `/`.
pub(super) fn last(text: &str) -> &str {
    text.rsplit('/').next().unwrap()
}

/// A small account, as the AWS CLI prints it and as the API answers, and its credential report.
pub(super) const DETAILS: &str = include_str!("answers/authorization-details.json");
pub(super) const DETAILS_XML: &str = include_str!("answers/authorization-details.xml");
pub(super) const REPORT: &str = include_str!("answers/credential-report.csv");

pub(super) const AT: &str = "2026-02-01T12:00:00Z";
pub(super) const ACCOUNT: &str = "111122223333";

/// An exchange of a live capture.
pub(super) fn exchange(action: &str, input: &Json, body: &str) -> Json {
    let service = match action {
        "DescribePolicy" | "ListAccounts" | "ListTargetsForPolicy" | "ListParents" => {
            "organizations"
        }
        "ListAccountAssignments"
        | "DescribePermissionSet"
        | "ListPermissionSets"
        | "ListManagedPoliciesInPermissionSet" => "sso",
        "ListGroupMemberships" => "identitystore",
        _ => "iam",
    };
    json!({"at": AT, "account": ACCOUNT, "service": service, "region": "us-east-1",
        "action": action, "input": input, "page": 1, "status": 200, "media_type": "text/xml",
        "body": body})
}

/// A call that failed for good.
pub(super) fn failure(action: &str, input: &Json, status: u16, code: &str) -> Json {
    let mut line = exchange(action, input, "<ErrorResponse/>");
    line["status"] = json!(status);
    line["error"] = json!(code);
    line
}

/// A capture of these lines.
pub(super) fn capture(lines: &[Json]) -> Vec<u8> {
    let end = json!({"at": AT, "end": {"exchanges": lines.len()}});
    let lines = lines.iter().chain([&end]).map(|line| format!("{line}\n"));
    lines.collect::<String>().into_bytes()
}

/// What reading bytes gives, without a run around it.
#[derive(Default)]
pub(super) struct Read {
    pub(super) facts: Vec<Fact>,
    pub(super) account: Account,
}

impl Read {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut sink = Heard::default();
        let mut out = Records::new("a", KEY.salts(&tenure_model::Digest([0; 32])), &mut sink);
        let artifact = Artifact {
            name: "a".to_owned(),
            media_type: "application/x-ndjson",
            payload: Payload::Bytes(bytes.to_vec()),
        };
        let source = registry::find("aws-iam").unwrap();
        source.read(&Settings::default(), &artifact, &mut out).unwrap();
        let (account, _) = out.finish();
        assert!(sink.uses.rows.is_empty(), "listings tell of no use");
        let facts = sink.facts.into_iter().map(|(_, fact)| fact).collect();
        let sum = account.with_facts + account.skipped.values().sum::<u64>() + account.rejected;
        assert_eq!(account.records, sum, "the account adds up");
        Self { facts, account }
    }

    pub(super) fn things(&self, table: TableId) -> BTreeMap<(String, String), Attrs> {
        fold(self.facts.iter().filter(|fact| fact.table == table))
    }

    pub(super) fn one(&self, table: TableId, kind: &str, id: &str) -> Attrs {
        let things = self.things(table);
        let found = things.get(&(kind.to_owned(), id.to_owned())).cloned();
        found.unwrap_or_else(|| panic!("no {kind} {id} in {:?}", things.keys()))
    }

    /// The causes of gaps.
    pub(super) fn causes(&self) -> String {
        self.account.gaps.iter().map(|gap| format!("{}\n", gap.cause)).collect()
    }
}
