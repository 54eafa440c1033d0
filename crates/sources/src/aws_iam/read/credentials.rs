//! Keys, passwords, devices, certificates: from their own listings, which name them, and from the
//! credential report, which has slots instead of names. A slot whose key was created at the same
//! second as a listed key of the user is that key: it is no credential of its own, and what the
//! report says of its use is further evidence on the key.

use tenure_model::fact::{Basis, Change, Fact};
use tenure_model::tables::TableId;
use tenure_model::time::Timestamp;

use crate::cloudtrail::iam::{login_profile_fact, mfa_device_fact, password_set};
use crate::cloudtrail::identity::{Identity, ROOT, key_fact};

use super::answer::Content;
use super::facts::Cx;
use super::identities::{bare, mfa_fact};
use super::model::{AccessKey, LastUsed, MfaDevice, OtherCredential};
use super::report::{Row, Slot};

/// Since when IAM records the use of access keys: 22 April 2015 (IAM User Guide, "Getting
/// credential reports"). "Not used" of an older key may mean "used before that".
const KEYS_TRACKED: &str = "2015-04-22";
/// Since when it records the use of passwords: 20 October 2014 (same page).
const PASSWORDS_TRACKED: &str = "2014-10-20";

/// The facts of a listing of credentials; `None` when the content is something else.
pub(super) fn facts(cx: Cx<'_>, content: &Content) -> Option<Vec<Fact>> {
    Some(match content {
        Content::AccessKeys(keys) => keys.iter().flat_map(|key| access_key(cx, key)).collect(),
        Content::KeyUsed { key, user, used } => key_used(cx, key.as_deref(), user.as_deref(), used),
        Content::MfaDevices { user, devices } => mfa_devices(cx, user.as_deref(), devices),
        Content::VirtualMfaDevices(devices) => {
            devices.iter().flat_map(|device| virtual_device(cx, device)).collect()
        }
        Content::Login(profile) => {
            let Some(name) = profile.user_name.get() else { return Some(Vec::new()) };
            let user = cx.user(name);
            cx.lived(
                profile.create_date.0,
                |change| login_profile_fact(&user, change),
                |fact| fact.with("status", "active"),
            )
        }
        Content::NoLogin { user } => vec![login_profile_fact(&cx.user(user), cx.absent())],
        Content::OtherCredentials(list) => {
            list.iter().flat_map(|other| others(cx, other)).collect()
        }
        _ => return None,
    })
}

fn access_key(cx: Cx<'_>, key: &AccessKey) -> Vec<Fact> {
    let (Some(id), Some(user)) = (key.access_key_id.get(), key.user_name.get()) else {
        return Vec::new();
    };
    let user = cx.user(user);
    let status = key.status.get().map(str::to_lowercase);
    cx.lived(
        key.create_date.0,
        |change| key_fact(id, &user, change),
        |fact| fact.with_some("status", status),
    )
}

/// The output does not name the key. The user's only key it must be, if the user has only one.
fn key_used(cx: Cx<'_>, key: Option<&str>, user: Option<&str>, used: &LastUsed) -> Vec<Fact> {
    let Some(user) = user.map(|name| cx.user(name)) else { return Vec::new() };
    let keys = cx.world.keys.get(&user.arn).map(Vec::as_slice).unwrap_or_default();
    let only = if let [(only, _)] = keys { Some(only.as_str()) } else { None };
    let Some(key) = key.or(only) else { return Vec::new() };
    let created = keys.iter().find(|(id, _)| id == key).and_then(|(_, created)| *created);
    let never = used.last_used_date.0.is_none() && since(created, KEYS_TRACKED);
    let fact = key_fact(key, &user, cx.seen());
    let use_of = Use {
        at: used.last_used_date.0,
        service: said(used.service_name.get()),
        region: said(used.region.get()),
    };
    vec![use_of.on(fact, "get_access_key_last_used", never)]
}

/// AWS writes `N/A` where there is nothing to say.
fn said(text: Option<&str>) -> Option<&str> {
    text.filter(|text| *text != "N/A")
}

/// A last use.
struct Use<'a> {
    at: Option<Timestamp>,
    service: Option<&'a str>,
    region: Option<&'a str>,
}

impl Use<'_> {
    fn on(&self, fact: Fact, source: &'static str, never: bool) -> Fact {
        let Some(at) = self.at else {
            let source = never.then_some(source);
            return fact
                .with_some("never_used", never.then_some(true))
                .with_some("last_used_source", source);
        };
        fact.with("last_used_at", at)
            .with("last_used_source", source)
            .with("never_used", false)
            .with_some("last_used_service", self.service)
            .with_some("last_used_region", self.region)
    }
}

fn since(created: Option<Timestamp>, tracked: &str) -> bool {
    Timestamp::parse_or_date(tracked).is_ok_and(|tracked| created.is_some_and(|at| at >= tracked))
}

fn mfa_devices(cx: Cx<'_>, asked: Option<&str>, devices: &[MfaDevice]) -> Vec<Fact> {
    let Some(name) = asked.or_else(|| devices.iter().find_map(|d| d.user_name.get())) else {
        return Vec::new();
    };
    let user = cx.user(name);
    let enabled = cx.world.devices.get(&user.arn) == Some(&true);
    let mut facts = vec![mfa_fact(cx, &user, enabled)];
    facts.extend(devices.iter().flat_map(|device| {
        let owner = device.user_name.get().map_or_else(|| user.clone(), |name| cx.user(name));
        enabled_device(cx, device, &owner)
    }));
    facts
}

/// A device is enabled since its date; it may be older.
fn enabled_device(cx: Cx<'_>, device: &MfaDevice, owner: &Identity) -> Vec<Fact> {
    let Some(serial) = device.serial_number.get() else { return Vec::new() };
    let fact = |change| {
        mfa_device_fact(serial, change)
            .with("identity_id", owner.reference())
            .with("status", "active")
    };
    let enabled = device.enable_date.0.filter(|at| *at <= cx.at);
    let mut facts: Vec<Fact> = Vec::new();
    facts.extend(enabled.map(|at| fact(Change::Seen { at })));
    facts.push(fact(cx.seen()));
    facts
}

fn virtual_device(cx: Cx<'_>, device: &MfaDevice) -> Vec<Fact> {
    let owner = device.user.0.as_ref().and_then(|user| user.arn.get()).and_then(Identity::from_arn);
    match (owner, device.serial_number.get()) {
        (Some(owner), _) => {
            let mut facts = enabled_device(cx, device, &owner);
            // The only listing that shows a device of the root user.
            if owner.native_type == ROOT {
                facts.push(mfa_fact(cx, &owner, true));
            }
            facts
        }
        (None, Some(serial)) => {
            vec![mfa_device_fact(serial, cx.seen()).with("status", "unassigned")]
        }
        (None, None) => Vec::new(),
    }
}

fn others(cx: Cx<'_>, other: &OtherCredential) -> Vec<Fact> {
    let kinds = [
        (&other.ssh_public_key_id, "ssh-public-key", "asymmetric_key"),
        (&other.certificate_id, "signing-certificate", "certificate"),
        (&other.service_specific_credential_id, "service-specific-credential", "static_secret"),
    ];
    let found = kinds.iter().find_map(|(id, kind, class)| Some((id.get()?, *kind, *class)));
    let (Some((id, kind, class)), Some(user)) = (found, other.user_name.get()) else {
        return Vec::new();
    };
    let user = cx.user(user);
    let status = other.status.get().map(str::to_lowercase);
    cx.lived(
        other.create_date.0.or(other.upload_date.0),
        |change| credential(kind, id, class, &user, change),
        |fact| {
            fact.with("public_id", id)
                .with_some("status", status)
                .with_some("issued_for", other.service_name.get())
                .with_some("expires_at", other.expiration_date.0)
        },
    )
}

fn credential(
    kind: &'static str,
    id: &str,
    class: &'static str,
    of: &Identity,
    change: Change,
) -> Fact {
    Fact::new(TableId::Credentials, kind, id, change)
        .with("identity_id", of.reference())
        .with("class", class)
        .with("native_kind", kind.replace('-', "_"))
}

/// A row of the credential report.
pub(super) fn report_row(cx: Cx<'_>, row: &Row) -> Vec<Fact> {
    let Some(identity) = Identity::from_arn(&row.arn) else { return Vec::new() };
    let mut facts = cx.lived(
        row.created,
        |change| bare(&identity, change),
        |fact| reported(cx, &identity, row, fact),
    );
    facts.extend(password(cx, &identity, row));
    for slot in &row.keys {
        facts.extend(key_slot(cx, &identity, slot));
    }
    for slot in &row.certificates {
        facts.extend(certificate_slot(cx, &identity, slot));
    }
    facts
}

/// What the report says of the user itself, where no listing says it better.
fn reported(cx: Cx<'_>, identity: &Identity, row: &Row, fact: Fact) -> Fact {
    let root = identity.native_type == ROOT;
    let asked = match root {
        true => cx.world.root_mfa.contains_key(cx.account.id),
        false => cx.world.devices.contains_key(&identity.arn),
    };
    let fact = fact
        .with("status", "active")
        .with_some("last_auth_at", row.password_used)
        .with_some("mfa", row.mfa.filter(|_| !asked));
    if root {
        return fact
            .with("kind", "break_glass")
            .with("kind_basis", "it is the account's root user");
    }
    if cx.world.listed.contains(&identity.arn) {
        return fact;
    }
    let (kind, basis) =
        super::identities::kind_of_user(cx, identity, None, &super::tags::Tags::default());
    fact.with("kind", kind).with("kind_basis", basis).with("display_name", row.arn.as_str())
}

/// Of the root user the report says nothing: it always has a password.
fn password(cx: Cx<'_>, user: &Identity, row: &Row) -> Vec<Fact> {
    let fact = |change| login_profile_fact(user, change);
    match row.password_enabled {
        None => Vec::new(),
        Some(false) => vec![fact(cx.absent())],
        Some(true) => {
            let changed = row.password_changed.filter(|at| *at <= cx.at);
            let never = since(row.password_changed.or(row.created), PASSWORDS_TRACKED)
                && row.password_used.is_none();
            let told = |change| {
                let material = row.password_changed.map(password_set);
                fact(change).with("status", "active").with_some("material", material)
            };
            let used = Use { at: row.password_used, service: None, region: None };
            let mut facts: Vec<Fact> = Vec::new();
            // It was there when it was set; whether another one was there before is not said.
            facts.extend(changed.map(|at| told(Change::Seen { at })));
            facts.push(used.on(told(cx.seen()), "credential_report", never));
            facts
        }
    }
}

fn key_slot(cx: Cx<'_>, user: &Identity, slot: &Slot) -> Vec<Fact> {
    let id = format!("{}/{}", user.arn, slot.name);
    let bare = |change| {
        credential("access-key-slot", &id, "static_secret", user, change).with("slot", slot.name)
    };
    let used =
        Use { at: slot.used, service: slot.service.as_deref(), region: slot.region.as_deref() };
    let never = slot.used.is_none() && since(slot.rotated, KEYS_TRACKED);
    if let Some(key) = listed_key(cx, user, slot.rotated) {
        // A listing of its own is newer than the report.
        let asked = cx.world.keys_asked.contains(key);
        let fact = key_fact(key, user, cx.seen());
        return vec![if asked { fact } else { used.on(fact, "credential_report", never) }];
    }
    match (slot.active, slot.rotated) {
        (Some(false), None) => vec![bare(cx.absent())],
        (None, _) => Vec::new(),
        (Some(active), rotated) => {
            let status = if active { "active" } else { "inactive" };
            let material = rotated.map(|at| format!("created {at}"));
            // Another key in the slot is another material: its own date pins where it begins.
            let of_key = |change| bare(change).with_some("material", material.clone());
            cx.lived(rotated, of_key, |fact| {
                used.on(fact.with("status", status), "credential_report", never)
            })
        }
    }
}

/// The user's listed key that was created at that instant, if it is one and no more.
fn listed_key<'w>(cx: Cx<'w>, user: &Identity, at: Option<Timestamp>) -> Option<&'w str> {
    let seconds = at?.seconds();
    let same = |created: &Option<Timestamp>| created.is_some_and(|at| at.seconds() == seconds);
    let mut found = cx.world.keys.get(&user.arn)?.iter().filter(|(_, created)| same(created));
    let (id, _) = found.next()?;
    found.next().is_none().then_some(id.as_str())
}

fn certificate_slot(cx: Cx<'_>, user: &Identity, slot: &Slot) -> Vec<Fact> {
    let Some(active) = slot.active else { return Vec::new() };
    if !active && slot.rotated.is_none() {
        return Vec::new();
    }
    let id = format!("{}/{}", user.arn, slot.name);
    let material = slot.rotated.map(|at| format!("uploaded {at}"));
    let bare = |change| {
        credential("signing-certificate-slot", &id, "certificate", user, change)
            .with("slot", slot.name)
            .with_some("material", material.clone())
    };
    let begun = slot.rotated.filter(|at| *at <= cx.at);
    let mut facts: Vec<Fact> = Vec::new();
    facts.extend(begun.map(|at| bare(Change::Begun { at, basis: Basis::SourceAttribute })));
    facts.push(bare(cx.seen()).with("status", if active { "active" } else { "inactive" }));
    facts
}
