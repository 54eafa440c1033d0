//! What the sources of AWS share.

pub(crate) mod xml;
