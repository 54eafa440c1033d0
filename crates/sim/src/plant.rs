//! Scenarios: each adds what it is about to the company, plants deviations, near misses and gaps in
//! it, and says so to the truth. One file each, in one flat list.

use crate::World;

pub mod accounts;
pub mod alerts;
pub mod changes;
pub mod collection;
pub mod consoles;
pub mod duties;
pub mod elevations;
pub mod exceptions;
pub mod exposed;
pub mod incidents;
pub mod keys;
pub mod kubernetes;
pub mod least;
pub mod leavers;
pub mod logging;
pub mod movers;
pub mod registered;
pub mod requests;
pub mod reviews;
pub mod services;
pub mod stayers;
pub mod systems;
pub mod vault;
pub mod vendors;
pub mod workloads;

pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const HOUR: i64 = 3_600 * SECOND;
pub(crate) const DAY: i64 = 24 * HOUR;

/// A scenario.
pub type Scenario = fn(&mut World);

/// Every scenario, in the order in which they take people.
pub const ALL: &[Scenario] = &[
    accounts::plant,
    leavers::plant,
    stayers::plant,
    movers::plant,
    requests::plant,
    duties::plant,
    services::plant,
    systems::plant,
    incidents::plant,
    alerts::plant,
    exposed::plant,
    exceptions::plant,
    changes::plant,
    vendors::plant,
    kubernetes::plant,
    vault::plant,
    reviews::plant,
    collection::plant,
    logging::plant,
    workloads::plant,
    keys::plant,
    consoles::plant,
    elevations::plant,
    logging::tell,
    least::tell,
];
