//! What events mention in passing: who acted, and with which certificate.

use tenure_model::fact::{Change, Fact};
use tenure_model::tables::TableId;
use tenure_model::usage::{Actor, Point, Texts};

use super::subjects::{self, Subject};

/// A user acted, by the name in the log.
const IDENTITY: u8 = 0;
/// A certificate was used; the detail is whose it is.
const CERTIFICATE: u8 = 1;

/// Tells of an actor. Tokens of pods are sessions that are renewed every hour, not credentials that
/// anyone was given; they stay in the uses.
pub(super) fn acted(texts: &Texts, actor: &Actor, note: &mut dyn FnMut(u8, &str, &str)) {
    let Some(user) = texts.get(actor.actor).filter(|user| *user != "system:anonymous") else {
        return;
    };
    note(IDENTITY, user, "");
    if let Some(key) = texts.get(actor.credential_key)
        && key.starts_with("X509SHA256=")
    {
        note(CERTIFICATE, key, user);
    }
}

/// The facts of a mention; see [`crate::source::Source::sighted`].
pub(super) fn sighted(
    kind: u8,
    name: &str,
    detail: &str,
    first: Point,
    last: Point,
) -> Vec<(Point, Fact)> {
    let seen = |of: &dyn Fn(Change) -> Fact| {
        let fact = |at: Point| (at, of(Change::Seen { at: at.at }));
        if first.at == last.at { vec![fact(first)] } else { vec![fact(first), fact(last)] }
    };
    match kind {
        IDENTITY => seen(&|change| subjects::identity(&Subject::user(name), change)),
        CERTIFICATE => seen(&|change| {
            Fact::new(TableId::Credentials, "client-certificate", name, change)
                .with_some("identity_id", Subject::user(detail).identity_id())
                .with("class", "certificate")
                .with("native_kind", "client_certificate")
                .with("public_id", name)
        }),
        _ => Vec::new(),
    }
}
