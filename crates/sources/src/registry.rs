//! Every kind of source, in one flat list.

use crate::aws_iam::AwsIam;
use crate::cloudtrail::CloudTrail;
use crate::git_access::GitAccess;
use crate::github::GitHub;
use crate::incidents_json::IncidentsJson;
use crate::jira::Jira;
use crate::kubernetes::Kubernetes;
use crate::okta::Okta;
use crate::register_csv::RegisterCsv;
use crate::roster_csv::RosterCsv;
use crate::source::Source;
use crate::vault::Vault;

/// The kinds, in alphabetical order.
pub const ALL: &[&dyn Source] = &[
    &AwsIam,
    &CloudTrail,
    &GitAccess,
    &GitHub,
    &IncidentsJson,
    &Jira,
    &Kubernetes,
    &Okta,
    &RegisterCsv,
    &RosterCsv,
    &Vault,
];

/// The kind of that name.
#[must_use]
pub fn find(kind: &str) -> Option<&'static dyn Source> {
    ALL.iter().copied().find(|source| source.about().kind == kind)
}
