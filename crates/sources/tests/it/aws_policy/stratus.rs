//! Policies in the recorded attacks that the project ships.

use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::Value;
use tenure_sources::aws_iam::policy::{Document, Trust, Weakness, trusts};

use super::support::{Scene, text};
use crate::support::fixture;

/// Every policy in the requests, by the call that sent it.
fn documents() -> Vec<(String, Document)> {
    let file = std::fs::File::open(fixture("cloudtrail/stratus-detonation-logs.tar.gz")).unwrap();
    let mut archive = tar::Archive::new(GzDecoder::new(file));
    let mut found = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut bytes = Vec::new();
        entry.unwrap().read_to_end(&mut bytes).unwrap();
        let Ok(Value::Array(events)) = serde_json::from_slice(&bytes) else { continue };
        for event in events {
            for element in ["policyDocument", "assumeRolePolicyDocument", "policy"] {
                let Some(text) = event["requestParameters"][element].as_str() else { continue };
                let name = event["eventName"].as_str().unwrap_or_default().to_owned();
                found.push((name, Document::parse(text).unwrap()));
            }
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

#[test]
fn a_backdoored_role_trusts_an_account_without_external_id() {
    let found = documents();
    let of = |name: &str| found.iter().find(|(call, _)| call == name).map(|(_, document)| document);
    let all: Vec<Trust> = trusts(of("UpdateAssumeRolePolicy").unwrap(), "123456789012");
    assert_eq!(all[0].party.text, "ec2.amazonaws.com");
    assert_eq!(all[1].account.as_deref(), Some("193672423079"));
    assert_eq!(all[1].weak, [Weakness::NoExternalId]);
    let session = of("GetFederationToken").unwrap().clone();
    let scene = Scene { own: vec![session], ..Scene::default() };
    assert_eq!(text(&scene.levels()), "*=admin", "the session policy asks for everything");
}
