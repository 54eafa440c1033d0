//! Who uses which credential, and from where: what the inventory says of workloads and of keys.
//! CRD-06 and AUT-02 rest on it; most entries are right, and `keys::consumers` plants those that are not.

use std::collections::BTreeMap;

use tenure_model::Timestamp;

use crate::World;
use crate::files::{kubernetes, vault};
use crate::plant::inventory::Said;
use crate::plant::registered::Entry;

/// Pods of the cluster, and the address under which they reach others.
pub(crate) const CLUSTER: &str = "10.0.3.0/26;198.51.100.16/28";
/// The billing run acts from the cluster, and reaches others under addresses of its own.
pub(crate) const BILLING: &str = "10.0.3.0/26;198.51.100.32/28";
/// What is tried out runs in the cluster as well, on addresses of its own.
pub(crate) const STAGING: &str = "10.0.3.128/26;198.51.100.64/28";
/// Workloads of Vault.
const VAULT: &str = "10.0.4.0/28";

/// The namespace and names of the two workloads beside those of the shop.
pub(crate) const RUN: &str = "billing-run";
/// The one that is tried out.
pub(crate) const TRIAL: &str = "trial";

/// What entries of AWS say, other than that an application of the shop uses the thing.
#[derive(Clone, Default, Debug)]
pub struct Declared {
    applications: u32,
    /// By the name of a user, of itself and its keys.
    pub(crate) users: BTreeMap<String, Said>,
    /// By the id of a key; what it says from an instant on, too.
    pub(crate) keys: BTreeMap<String, (Said, Option<(Timestamp, Said)>)>,
}

impl Declared {
    /// What the entry of a user says.
    pub(crate) fn of_user(&self, name: &str, person: bool) -> Said {
        let usual = || Said {
            workload: self.application(name),
            networks: CLUSTER.to_owned(),
            ..Said::default()
        };
        match self.users.get(name) {
            _ if person => Said::default(),
            Some(said) => said.clone(),
            None => usual(),
        }
    }

    /// The application of the shop that uses the keys of a user.
    pub(crate) fn application(&self, user: &str) -> String {
        let sum: u32 = user.bytes().map(u32::from).sum();
        workload(&format!("app-{:04}", sum % self.applications.max(1)))
    }
}

/// A workload of the cluster, as the inventory names it.
pub(crate) fn workload(name: &str) -> String {
    kubernetes::login("shop", name)
}

/// Makes the two workloads beside those of the shop.
pub fn plant(world: &mut World) {
    world.declared.applications = super::kubernetes::applications(world);
    super::kubernetes::runs(world, RUN, "production");
    super::kubernetes::runs(world, TRIAL, "staging");
}

/// What the entry of a machine's account or credential says, beside what every entry does.
pub(crate) fn said(entry: &Entry<'_>) -> Said {
    let networks = match (entry.system, entry.kind) {
        (kubernetes::SYSTEM, "service_account") if entry.name == workload(RUN) => BILLING,
        (kubernetes::SYSTEM, "service_account") if entry.name == workload(TRIAL) => STAGING,
        (kubernetes::SYSTEM, "service_account") => CLUSTER,
        (vault::SYSTEM, "workload") if entry.workload.is_empty() => VAULT,
        _ => "",
    };
    let environment = if networks == STAGING { "staging" } else { "production" };
    let (workload, networks) = (entry.workload.to_owned(), networks.to_owned());
    Said { workload, networks, environment, ..Said::default() }
}
