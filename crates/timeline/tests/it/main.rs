//! Integration tests of `tenure-timeline`.

mod bitemporal;
mod support;
mod usage;
