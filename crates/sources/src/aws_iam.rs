//! AWS Identity and Access Management: what its policies let a principal do.

pub mod policy;
