//! Listings: what was there at one instant.

use serde_json::Value;
use tenure_model::digest::Digest;
use tenure_model::entry::Gap;
use tenure_model::time::Timestamp;

use crate::settings::Settings;
use crate::source::{Artifact, CollectError, Payload};

use super::collect::gap;
use super::split::Split;
use super::state::sha256;
use super::{Dialect, Shape};

/// A listing that is not recorded yet.
pub(super) struct Listing {
    pub(super) artifact: Artifact,
    pub(super) digest: Digest,
    /// What it lists.
    pub(super) what: Vec<String>,
}

/// When the listings were made, if somebody says.
pub(super) fn as_of(
    settings: &Settings,
    now: Timestamp,
) -> Result<Option<Timestamp>, CollectError> {
    let error = |cause: String| CollectError {
        what: "as-of".to_owned(),
        cause,
        hint: "give an instant such as 2026-01-31T18:00:00Z, or a date".to_owned(),
    };
    let said = settings.get("as-of").map(Timestamp::parse_or_date).transpose();
    match said.map_err(|e| error(e.to_string()))?.filter(|at| *at > now) {
        Some(at) => Err(error(format!("{at} is not over yet"))),
        None => Ok(settings.get("as-of").and_then(|text| Timestamp::parse_or_date(text).ok())),
    }
}

/// A file's values as one listing, with its secrets blotted out.
pub(super) fn of(
    dialect: &dyn Dialect,
    name: &str,
    bytes: &[u8],
    as_of: Option<Timestamp>,
    gaps: &mut Vec<Gap>,
) -> Option<Listing> {
    let (mut stored, mut latest, mut blotted, mut what) = (Vec::new(), None, 0, Vec::new());
    for part in Split::new(bytes) {
        let (mut value, raw) = match part.value {
            Ok(value) => (value, part.raw),
            Err(_) => (Value::Null, part.raw),
        };
        if let Some(Shape::Listing(of)) = dialect.shape(&value, name) {
            what.push(of);
        }
        let seen = dialect.examine(&mut value);
        latest = latest.max(seen.at);
        blotted += seen.blotted;
        let text = (seen.blotted > 0).then(|| value.to_string());
        stored.extend_from_slice(text.as_ref().map_or(raw, |text| text.as_bytes()));
        stored.push(b'\n');
    }
    let at = dated(name, latest, as_of, gaps)?;
    // Unchanged unless something had to go.
    let bytes = if blotted == 0 { bytes.to_vec() } else { stored };
    let digest = sha256(&bytes);
    let artifact = Artifact {
        name: format!("{name}@{at}"),
        media_type: "application/json",
        payload: Payload::Bytes(bytes),
    };
    what.sort();
    what.dedup();
    Some(Listing { artifact, digest, what })
}

/// For when it speaks: what the settings say, or no earlier than the latest instant in it.
fn dated(
    name: &str,
    latest: Option<Timestamp>,
    as_of: Option<Timestamp>,
    gaps: &mut Vec<Gap>,
) -> Option<Timestamp> {
    let hint = "set as-of to the instant at which the files were made";
    match (latest, as_of) {
        (latest, Some(as_of)) => {
            if let Some(later) = latest.filter(|latest| *latest > as_of) {
                let cause = format!("it mentions {later}, after the setting as-of ({as_of})");
                gaps.push(gap(name, cause, hint));
                return Some(later);
            }
            Some(as_of)
        }
        (Some(latest), None) => {
            let cause = format!(
                "it does not say when it was made: the latest timestamp in it, {latest}, is used as a lower bound"
            );
            gaps.push(gap(name, cause, hint));
            Some(latest)
        }
        (None, None) => {
            let cause = "it does not say when it was made and has no timestamp in it";
            gaps.push(gap(name, cause, hint));
            None
        }
    }
}
