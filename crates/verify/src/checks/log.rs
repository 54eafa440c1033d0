//! The log: whose key, which checkpoint, which witnesses, and whether it only ever grew.

use std::borrow::Cow;

use tenure_ledger::merkle::verify_consistency;
use tenure_ledger::{Checkpoint, Policy, SignedCheckpoint, VerifierKey};
use tenure_model::Timestamp;

use super::{Pack, Proven};
use crate::canonical;
use crate::format::{CONSISTENCY_SCHEMA, Consistency, Manifest};
use crate::layout::{CHECKPOINT, CONSISTENCY, POLICY};
use crate::report::{Probe, Report};

const KEY_TITLE: &str = "the log's key is the one you trust";

/// Whom to believe.
pub(super) struct Trusted<'t> {
    policy: Cow<'t, Policy>,
    /// Whether the caller brought it; otherwise it came with the pack.
    own: bool,
}

impl Trusted<'_> {
    fn describe(&self) -> &'static str {
        if self.own { "the policy given" } else { "the pack's own policy" }
    }
}

pub(super) fn trust<'t>(
    pack: &Pack<'_>,
    own: Option<&'t Policy>,
    report: &mut Report,
) -> Option<Trusted<'t>> {
    if let Some(policy) = own {
        return Some(Trusted { policy: Cow::Borrowed(policy), own: true });
    }
    let mut probe = Probe::new("log/policy", "the pack's own trust policy can be read");
    probe.look();
    let policy = pack.get(POLICY).map(Policy::parse);
    match &policy {
        None => probe.missing("trust.policy is not in the pack; give one with --policy"),
        Some(Err(error)) => probe.mismatch(format!("trust.policy: {error}")),
        Some(Ok(_)) => {}
    }
    probe.finish(report, "it is a convenience and proves nothing");
    Some(Trusted { policy: Cow::Owned(policy?.ok()?), own: false })
}

/// The key of the log that the pack says it is from.
pub(super) fn key<'t>(
    pack: &Pack<'_>,
    trusted: Option<&'t Trusted<'_>>,
    manifest: Option<&Manifest>,
    report: &mut Report,
) -> Option<&'t VerifierKey> {
    let trusted = trusted?;
    let origin = manifest.map(|manifest| manifest.origin.as_str());
    let key = choose(pack, &trusted.policy, origin);
    match key {
        Some(key) if !trusted.own => {
            let detail = format!(
                "the log key was taken from the pack itself: compare it with the one you hold: {key}"
            );
            report.not_checked("log/key", KEY_TITLE, detail, 1);
        }
        _ => {
            let mut probe = Probe::new("log/key", KEY_TITLE);
            probe.require(key.is_some(), || {
                format!("{} names no log '{}'", trusted.describe(), origin.unwrap_or_default())
            });
            probe.finish(report, key.map(ToString::to_string).unwrap_or_default());
        }
    }
    key
}

/// A log may have had several keys under one name: the one that signed is meant.
fn choose<'p>(
    pack: &Pack<'_>,
    policy: &'p Policy,
    origin: Option<&str>,
) -> Option<&'p VerifierKey> {
    let signed = pack.get(CHECKPOINT).and_then(|note| SignedCheckpoint::parse(note).ok());
    let named = || {
        let keys = policy.logs().iter().map(|log| &log.key);
        keys.filter(|key| origin.is_none_or(|origin| key.name() == origin))
    };
    let signer = signed.and_then(|signed| named().find(|key| signed.verify(key).is_ok()));
    signer.or_else(|| named().next())
}

pub(super) fn checkpoint(
    pack: &Pack<'_>,
    manifest: Option<&Manifest>,
    key: Option<&VerifierKey>,
    report: &mut Report,
) -> Option<Checkpoint> {
    let mut probe = Probe::new("log/checkpoint", "the log's key signed the checkpoint");
    probe.look();
    let signed = pack.get(CHECKPOINT).map(SignedCheckpoint::parse);
    match (&signed, key) {
        (None, _) => probe.missing("checkpoint is not in the pack"),
        (Some(Err(error)), _) => probe.mismatch(error.to_string()),
        (Some(Ok(_)), None) => probe.mismatch("no key to check its signature with"),
        (Some(Ok(signed)), Some(key)) => {
            if let Err(error) = signed.verify(key) {
                probe.mismatch(error.to_string());
            }
        }
    }
    let checkpoint = signed.and_then(Result::ok).map(|signed| signed.checkpoint);
    // A tree that nobody signed proves nothing: what builds on it is not even attempted.
    let sound = probe.clean();
    if let (Some(checkpoint), Some(manifest)) = (&checkpoint, manifest) {
        let same = checkpoint.origin == manifest.origin
            && checkpoint.size == manifest.checkpoint_size
            && checkpoint.root == manifest.checkpoint_root.0;
        if !same {
            probe.mismatch("the manifest names another checkpoint");
        }
    }
    let detail = checkpoint.as_ref().map(|c| format!("{} entries, origin {}", c.size, c.origin));
    probe.finish(report, detail.unwrap_or_default());
    checkpoint.filter(|_| sound)
}

/// Whether the witnesses that the policy asks for have cosigned.
pub(super) fn witnesses(
    pack: &Pack<'_>,
    trusted: Option<&Trusted<'_>>,
    key: Option<&VerifierKey>,
    report: &mut Report,
) {
    const ID: &str = "log/witnesses";
    const TITLE: &str = "independent witnesses have seen the same log";
    let signed = pack.get(CHECKPOINT).and_then(|note| SignedCheckpoint::parse(note).ok());
    let (Some(trusted), Some(signed), Some(_)) = (trusted, signed, key) else { return };
    if trusted.policy.witnesses().next().is_none() {
        let detail = format!(
            "{} names no witness: nothing here shows that others were not given another history",
            trusted.describe()
        );
        report.not_checked(ID, TITLE, detail, 0);
        return;
    }
    match trusted.policy.evaluate(&signed) {
        Ok(accepted) if accepted.witnesses.is_empty() => {
            let detail =
                format!("{} asks for no quorum, and no witness cosigned", trusted.describe());
            report.not_checked(ID, TITLE, detail, 0);
        }
        Ok(accepted) => {
            let mut probe = Probe::new(ID, TITLE);
            accepted.witnesses.iter().for_each(|_| probe.look());
            let seen: Vec<_> = accepted.witnesses.iter().map(seen).collect();
            probe.finish(report, seen.join(", "));
        }
        Err(error) => {
            let mut probe = Probe::new(ID, TITLE);
            probe.look();
            probe.mismatch(error.to_string());
            probe.finish(report, "");
        }
    }
}

fn seen((name, unix): &(&str, u64)) -> String {
    format!("{name} at {}", Timestamp::from_seconds(i64::try_from(*unix).unwrap_or(i64::MAX)))
}

/// The checkpoint extends the ledger prefix that the results rest on: nothing was rewritten between.
pub(super) fn consistency(pack: &Pack<'_>, proven: &Proven, report: &mut Report) {
    let mut probe = Probe::new(
        "log/consistency",
        "the checkpoint only adds to the ledger that the results rest on",
    );
    probe.look();
    let proof = pack.get(CONSISTENCY).map(canonical::from_bytes::<Consistency>);
    match (proof, &proven.anchor, &proven.checkpoint) {
        (None, ..) => probe.missing("consistency.json is not in the pack"),
        (Some(Err(error)), ..) => probe.mismatch(format!("consistency.json: {error}")),
        (Some(Ok(_)), None, _) => {
            probe.missing("no proven evaluation entry states the ledger's root")
        }
        (Some(Ok(_)), _, None) => probe.mismatch("no proven checkpoint to compare with"),
        (Some(Ok(proof)), Some(anchor), Some(checkpoint)) => {
            let same = proof.schema == CONSISTENCY_SCHEMA
                && (proof.from_size, proof.from_root) == (anchor.ledger_size, anchor.ledger_root)
                && (proof.to_size, proof.to_root.0) == (checkpoint.size, checkpoint.root);
            if !same {
                probe.mismatch("consistency.json is about other sizes or roots");
            }
            let hashes: Vec<_> = proof.proof.iter().map(|hash| hash.0).collect();
            let (from, to) = (&anchor.ledger_root.0, &checkpoint.root);
            if let Err(error) =
                verify_consistency(anchor.ledger_size, checkpoint.size, &hashes, from, to)
            {
                probe.mismatch(error.to_string());
            }
        }
    }
    let sizes = proven.anchor.as_ref().zip(proven.checkpoint.as_ref());
    let detail = sizes.map(|(anchor, checkpoint)| {
        format!("{} of {} entries", anchor.ledger_size, checkpoint.size)
    });
    probe.finish(report, detail.unwrap_or_default());
}
