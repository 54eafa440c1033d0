//! `session_chains` and `usage_attributed`: who stands behind a temporary credential.
//!
//! A call such as AssumeRole returns a temporary key (`issued_key`); calls made with that key show
//! it as `credential_key`, and may issue further keys. Following the keys back leads to whoever
//! started. Sources: CloudTrail User Guide, "CloudTrail userIdentity element"; IAM User Guide,
//! "Monitor and control actions taken with assumed roles" (sourceIdentity).

use std::sync::Arc;

use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use tenure_model::Timestamp;

use crate::computed::Computed;

mod origin;
mod resolve;
mod table;
#[cfg(test)]
mod tests;

/// Adds the table and the view to a session.
pub(crate) async fn register(context: &SessionContext) -> Result<(), DataFusionError> {
    let table = Computed::new(table::schema(), table::QUERIES, table::compute);
    context.register_table("session_chains", Arc::new(table))?;
    context.sql(ATTRIBUTED).await?.collect().await?;
    Ok(())
}

/// Keys of temporary credentials of AWS (IAM User Guide, "IAM identifiers", unique id prefixes).
const TEMPORARY: &str = "ASIA";

/// Uses with who stands behind each: of a session by its chain, of anything else by the row itself.
const ATTRIBUTED: &str = "CREATE VIEW usage_attributed AS
    WITH joined AS (
        SELECT u.*, c.basis AS chain_basis, c.behind AS chain_behind, c.hops AS chain_hops
        FROM usage u LEFT JOIN session_chains c ON c.credential_key = u.credential_key
    ), judged AS (
        SELECT *, CASE
            WHEN chain_basis IS NOT NULL THEN chain_basis
            WHEN credential_key IS NOT NULL AND actor IS NOT NULL THEN 'credential'
            WHEN on_behalf_of IS NOT NULL THEN 'on_behalf_of'
            WHEN actor_type = 'AWSService' THEN 'service'
            WHEN federated IS NOT NULL THEN 'federated'
            WHEN actor_type = 'AssumedRole' AND source_identity IS NOT NULL THEN 'source_identity'
            WHEN actor_type = 'AssumedRole' THEN 'unattributable'
            WHEN coalesce(actor, actor_name) IS NOT NULL THEN 'actor'
            ELSE 'unattributable'
        END AS behind_basis FROM joined
    )
    SELECT * EXCEPT (chain_basis, chain_behind, chain_hops, behind_basis),
        CASE
            WHEN chain_basis IS NOT NULL THEN chain_behind
            WHEN behind_basis = 'on_behalf_of' THEN on_behalf_of
            WHEN behind_basis = 'service' THEN coalesce(invoked_by, actor_name, actor)
            WHEN behind_basis = 'federated' THEN federated
            WHEN behind_basis = 'source_identity' THEN source_identity
            WHEN behind_basis = 'unattributable' THEN NULL
            ELSE coalesce(actor, actor_name)
        END AS behind,
        behind_basis,
        CASE WHEN chain_basis IS NOT NULL THEN chain_hops
             WHEN behind_basis <> 'unattributable' THEN 0 END AS hops
    FROM judged";

/// The call that returned a temporary key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
struct Issued {
    /// Rows that name the caller's key come before copies that do not: the account that received
    /// the call may know the caller's account only.
    without_caller_key: bool,
    at: Option<Timestamp>,
    event: String,
    key: Option<String>,
    system: String,
    evidence: String,
    action: Option<String>,
    role: Option<String>,
    caller_key: Option<String>,
    caller_type: Option<String>,
    caller: Option<String>,
    account: Option<String>,
    caller_account: Option<String>,
    invoked_by: Option<String>,
    source_identity: Option<String>,
    federated: Option<String>,
    on_behalf_of: Option<String>,
    shared_event: Option<String>,
}

/// What the uses of a key say of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Seen {
    first: Timestamp,
    last: Timestamp,
    key: String,
    uses: i64,
    system: String,
    actor_type: Option<String>,
    actor: Option<String>,
    issuer: Option<String>,
    account: Option<String>,
    actor_account: Option<String>,
    source_identity: Option<String>,
    federated: Option<String>,
    on_behalf_of: Option<String>,
}

/// On what it rests who stands behind a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Basis {
    IssuedKey,
    SessionOwner,
    Federated,
    OnBehalfOf,
    SourceIdentity,
    Unattributable,
}

impl Basis {
    const fn as_str(self) -> &'static str {
        match self {
            Self::IssuedKey => "issued_key",
            Self::SessionOwner => "session_owner",
            Self::Federated => "federated",
            Self::OnBehalfOf => "on_behalf_of",
            Self::SourceIdentity => "source_identity",
            Self::Unattributable => "unattributable",
        }
    }
}

/// Where a key's chain ends.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Origin {
    behind: Option<String>,
    key: Option<String>,
    basis: Basis,
    why: Option<String>,
}

/// One temporary key and where it came from.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Chain {
    key: String,
    issued: Option<Issued>,
    seen: Option<Seen>,
    role: Option<String>,
    /// Issuing events between the use and the origin; none where they lead round in a circle.
    hops: Option<i64>,
    text: String,
    source_identity: Option<String>,
    /// Whether a call of the chain was received by another account than the caller's.
    cross_account: bool,
    origin: Origin,
}
