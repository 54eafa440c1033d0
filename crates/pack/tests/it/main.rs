//! Packs: the same bytes every time, refused when the input contradicts itself, and a page that
//! keeps its promises.

mod build;
mod fixture;
mod page;
