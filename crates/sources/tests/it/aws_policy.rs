//! Effective privilege in AWS.

mod account;
mod documents;
mod escalations;
mod evaluation;
mod page;
mod properties;
mod stratus;
mod support;
mod trusts;
