//! Scenarios: each adds what it is about to the company, plants deviations, near misses and gaps in
//! it, and says so to the truth. One file each, in one flat list.

use crate::World;
pub(crate) use crate::time::{DAY, HOUR, SECOND};

pub mod accepted;
pub mod accounts;
pub mod activity;
pub mod admins;
pub mod agents;
pub mod alerts;
pub mod birthrights;
pub mod changes;
pub mod collection;
pub mod consoles;
pub mod consumers;
pub mod contradictions;
pub mod duties;
pub mod elevations;
pub mod exceptions;
pub mod exposed;
pub mod glass;
pub mod incidents;
pub mod inventory;
pub mod keeping;
pub mod keys;
pub mod kubernetes;
pub mod least;
pub mod leavers;
pub mod logging;
pub mod movers;
pub mod policies;
pub mod purposes;
pub mod records;
pub mod registered;
pub mod requests;
pub mod reviews;
pub mod services;
pub mod settings;
pub mod shared;
pub mod signins;
pub mod stayers;
pub mod systems;
pub mod temporary;
pub mod tokens;
pub mod vault;
pub mod vendors;
pub mod workloads;

/// A scenario.
pub type Scenario = fn(&mut World);

/// Every scenario, in the order in which they take people.
pub const ALL: &[Scenario] = &[
    accounts::plant,
    leavers::plant,
    stayers::plant,
    contradictions::plant,
    movers::plant,
    requests::plant,
    birthrights::plant,
    duties::plant,
    services::plant,
    purposes::plant,
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
    keeping::plant,
    workloads::plant,
    consumers::plant,
    keys::plant,
    consoles::plant,
    elevations::plant,
    agents::plant,
    glass::plant,
    admins::plant,
    temporary::plant,
    shared::plant,
    activity::plant,
    tokens::plant,
    settings::plant,
    inventory::plant,
    signins::plant,
    signins::tell,
    policies::tell,
    logging::tell,
    records::plant,
    least::tell,
    reviews::write,
    accepted::tell,
];
