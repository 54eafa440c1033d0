//! Who answers for a finding: the owner of the thing, else of its system, else of the control.

use std::collections::BTreeMap;

use crate::cells::Rows;
use crate::session::{QueryError, Session};

/// Owners by item, by system and by control.
#[derive(Clone, Debug, Default)]
pub struct Owners {
    items: BTreeMap<String, String>,
    systems: BTreeMap<String, String>,
    controls: BTreeMap<String, String>,
}

/// Owners on record, by the ids under which controls list what is owned: a credential has its
/// identity's owner, a grant its entitlement's.
const ITEMS: &str = "
WITH owned AS (SELECT target, min(owner) AS owner FROM ownerships WHERE valid_to_hi IS NULL GROUP BY target)
SELECT i.identity_id AS item, o.owner FROM identities i JOIN owned o ON o.target = i.native_id
UNION ALL
SELECT c.credential_id, coalesce(own.owner, o.owner) FROM credentials c
LEFT JOIN owned own ON own.target = c.native_id
LEFT JOIN (SELECT DISTINCT identity_id, native_id FROM identities) i ON i.identity_id = c.identity_id
LEFT JOIN owned o ON o.target = i.native_id
UNION ALL
SELECT g.grant_id, o.owner FROM grants g
JOIN (SELECT DISTINCT entitlement_id, native_id FROM entitlements) e ON e.entitlement_id = g.entitlement_id
JOIN owned o ON o.target = e.native_id
UNION ALL
SELECT v.vendor_id, v.owner FROM vendors v
UNION ALL
SELECT n.inventory_id, n.owner FROM inventory n";

const SYSTEMS: &str =
    "SELECT native_id AS item, access_owner AS owner FROM systems WHERE valid_to_hi IS NULL";

const CONTROLS: &str =
    "SELECT control_id AS item, owner FROM control_owners WHERE valid_to_hi IS NULL";

impl Owners {
    /// Reads who owns what, as known to the session.
    ///
    /// # Errors
    /// When the tables cannot be read.
    pub fn read(session: &Session) -> Result<Self, QueryError> {
        Ok(Self {
            items: read(session, ITEMS)?,
            systems: read(session, SYSTEMS)?,
            controls: read(session, CONTROLS)?,
        })
    }

    /// Who answers for an item of a control; `None` = nobody on record.
    #[must_use]
    pub fn of(&self, control: &str, item: &str) -> Option<&str> {
        // A slot is its item and its dates; ids begin with their system.
        let thing = item.split(' ').next().unwrap_or(item);
        let system = thing.split('/').next().unwrap_or(thing);
        self.items
            .get(item)
            .or_else(|| self.items.get(thing))
            .or_else(|| self.systems.get(system))
            .or_else(|| self.controls.get(control))
            .map(String::as_str)
    }
}

fn read(session: &Session, sql: &str) -> Result<BTreeMap<String, String>, QueryError> {
    let mut all = BTreeMap::new();
    for batch in session.sql(sql)? {
        let rows = Rows::new("owners", &batch);
        let item = rows.need("item", rows.text("item")?)?;
        let owner = rows.need("owner", rows.text("owner")?)?;
        for row in 0..batch.num_rows() {
            if let (Some(item), Some(owner)) = (item.get(row), owner.get(row)) {
                // Of several the first by name, so that the order of rows does not matter.
                let known = all.entry(item.to_owned()).or_insert_with(|| owner.to_owned());
                if owner < known.as_str() {
                    owner.clone_into(known);
                }
            }
        }
    }
    Ok(all)
}
