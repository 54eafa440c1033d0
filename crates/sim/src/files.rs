//! Writers of native formats, one file each: what a scenario does to a system shows in its files.

pub mod aws;
pub mod aws_iam;
pub mod cloudtrail;
pub mod events;
pub mod git;
pub mod github;
pub mod hr;
pub mod jira;
pub mod kubernetes;
pub mod okta;
pub mod pagerduty;
pub mod register;
pub mod vault;
