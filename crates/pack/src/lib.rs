//! Writes evidence packs: what `tenure-verify` reads, plus a report for people.
//!
//! [`build`] is pure: the same input gives the same bytes, whatever the machine, time zone, locale
//! or hour. The format is defined by `tenure-verify`; this crate refuses to define any of it, and
//! to know how evidence was collected.

mod assemble;
mod error;
mod input;
mod page;
mod seal;

pub use assemble::{assemble, evaluation_entry};
pub use error::PackError;
pub use input::{AccessDay, AccessSeries, ControlAbout, Mapping, PackEntry, PackInput, PackRecord};
pub use seal::{Files, Seal, seal};
pub use tenure_verify::format::Undisclosed;

/// A whole pack.
///
/// # Errors
/// When the input contradicts itself or does not fit in a pack.
pub fn build(input: &PackInput<'_>) -> Result<Vec<u8>, PackError> {
    let files = assemble(input)?;
    seal(files, &Seal::of(input)?, input.signer)
}
