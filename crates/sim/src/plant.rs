//! Scenarios: each adds what it is about to the company, plants deviations, near misses and gaps in
//! it, and says so to the truth. One file each, in one flat list.

use crate::World;

pub mod accounts;
pub mod consoles;
pub mod elevations;
pub mod keys;
pub mod least;
pub mod leavers;
pub mod logging;
pub mod workloads;

/// A scenario.
pub type Scenario = fn(&mut World);

/// Every scenario, in the order in which they take people.
pub const ALL: &[Scenario] = &[
    accounts::plant,
    leavers::plant,
    logging::plant,
    workloads::plant,
    keys::plant,
    consoles::plant,
    elevations::plant,
    logging::tell,
    least::tell,
];
