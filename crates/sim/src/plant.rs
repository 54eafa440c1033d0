//! Scenarios: each adds what it is about to the company, plants deviations, near misses and gaps in
//! it, and says so to the truth. One file each, in one flat list.

use crate::World;

pub mod accounts;
pub mod alerts;
pub mod changes;
pub mod collection;
pub mod exceptions;
pub mod exposed;
pub mod incidents;
pub mod leavers;
pub mod reviews;
pub mod vendors;

/// A scenario.
pub type Scenario = fn(&mut World);

/// Every scenario, in the order in which they take people.
pub const ALL: &[Scenario] = &[
    accounts::plant,
    leavers::plant,
    incidents::plant,
    alerts::plant,
    exposed::plant,
    exceptions::plant,
    changes::plant,
    vendors::plant,
    reviews::plant,
    collection::plant,
];
