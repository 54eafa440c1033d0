//! Scenarios: each adds what it is about to the company, plants deviations, near misses and gaps in
//! it, and says so to the truth. One file each, in one flat list.

use crate::World;

pub mod accounts;
pub mod duties;
pub mod leavers;
pub mod movers;
pub mod requests;
pub mod services;
pub mod stayers;
pub mod systems;

pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const HOUR: i64 = 3_600 * SECOND;
pub(crate) const DAY: i64 = 24 * HOUR;
pub mod alerts;
pub mod changes;
pub mod collection;
pub mod exceptions;
pub mod exposed;
pub mod incidents;
pub mod reviews;
pub mod vendors;

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
    reviews::plant,
    collection::plant,
];
