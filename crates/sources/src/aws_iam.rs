//! The state of AWS's identity and access management: who and what exists, with which credentials,
//! memberships, policies and trusts, from the live API or from files that the AWS CLI printed.

mod capture;
