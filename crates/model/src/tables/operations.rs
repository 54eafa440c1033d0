//! What happens in and around systems under control: changes, incidents, alerts, vendors, and the
//! registers in which an organisation says who answers for what.

use super::ColumnKind::{Bool, Int, Text, Time};
use super::{Table, TableId, col, fact, latest};

pub(super) const CHANGES: Table = fact(
    TableId::Changes,
    "change_id",
    "a change to a system under change control: a merged pull request, a deployment, a release",
    &[
        col("change_ref", Text, "pull request or ticket"),
        col("title", Text, "what it is, in the source's words"),
        col("author", Text, "who made it"),
        col("approver", Text, "who approved; null = the source does not say"),
        col("merged_by", Text, "who put it into force, as logged"),
        col("merged_at", Time, "when it came into force"),
        col("grants_begun", Int, "grants it began"),
        col("grants_ended", Int, "grants it ended"),
        col("kind", Text, "change, merge, deployment or release; null = change"),
        col("environment", Text, "production, staging, …, where it came into force"),
        col("system_changed", Text, "the system that was changed"),
        latest("approved_at", Time, "when it was approved; null = not said"),
        latest("tests", Text, "passed, failed or none; null = not said"),
        col("emergency", Bool, "whether it took the emergency path"),
        col("bypassed", Bool, "whether required checks or reviews were bypassed"),
        col(
            "changes",
            Text,
            "for a deployment or release: refs of the changes it carries, separated by ';'",
        ),
        col("artifact_digest", Text, "digest of what was built or deployed"),
    ],
);

pub(super) const INCIDENTS: Table = fact(
    TableId::Incidents,
    "incident_id",
    "an incident and its course",
    &[
        col("title", Text, "what it is"),
        col("severity", Text, "as classified"),
        col("state", Text, "open, contained or closed"),
        col("detected_at", Time, "detected"),
        col("escalated_at", Time, "escalated"),
        col("contained_at", Time, "contained"),
        col("closed_at", Time, "closed"),
        col("incident_ref", Text, "its number or key, as people cite it"),
        col("kind", Text, "identity, credential, break_glass or other; null = not said"),
        col("declared_at", Time, "declared an incident"),
        col("eradicated_at", Time, "cause removed"),
        col("recovered_at", Time, "service restored"),
        col("reviewed_at", Time, "reviewed after the event"),
        col("owner", Text, "who leads it"),
        col("identities", Text, "native ids or logins involved, separated by ';'"),
        col("credentials", Text, "public ids of credentials involved, separated by ';'"),
        col("follow_ups_due", Time, "when the last follow-up action is due"),
        col("follow_ups_closed_at", Time, "when the last follow-up action was closed"),
    ],
);

pub(super) const ALERTS: Table = fact(
    TableId::Alerts,
    "alert_id",
    "an alert or finding: from a monitoring tool, or from a source about itself",
    &[
        col("rule", Text, "what raised it"),
        col("severity", Text, "as classified"),
        col("detail", Text, "what was found"),
        col("raised_at", Time, "raised"),
        col("triaged_at", Time, "triaged"),
        col("triaged_by", Text, "by whom"),
        col(
            "kind",
            Text,
            "identity, privilege, break_glass, secret_exposure, test or other; null = not said",
        ),
        col("identity", Text, "native id or login of the identity concerned"),
        col("credential", Text, "public id of the credential concerned"),
        col("place", Text, "where it was found: repository, channel, host"),
        col("assigned_to", Text, "who was asked to look"),
        col("assigned_at", Time, "when they were asked"),
        col("disposition", Text, "true_positive, false_positive, benign or test; null = none yet"),
        col("reason", Text, "why that disposition"),
        col("incident_ref", Text, "the incident it became"),
        col("removed_at", Time, "when what was exposed was removed from the place"),
        col("use_reviewed_at", Time, "when use in the time of exposure was reviewed"),
        col("closed_at", Time, "closed"),
    ],
);

pub(super) const VENDORS: Table = fact(
    TableId::Vendors,
    "vendor_id",
    "a third party with access",
    &[
        col("name", Text, "name"),
        col("owner", Text, "who answers for it"),
        col("assessed_at", Time, "last assessment"),
        col("contract_ends", Time, "end of the contract"),
        col("criticality", Text, "as classified"),
        col("data", Text, "the data it can reach, in the register's words"),
        col("approved_by", Text, "who approved it"),
        col("approved_at", Time, "when it was approved"),
        col("accounts", Text, "logins or native ids of its identities, separated by ';'"),
    ],
);

pub(super) const INTEGRATIONS: Table = fact(
    TableId::Integrations,
    "integration_id",
    "a third-party application connected to a system",
    &[
        col("name", Text, "name"),
        col("vendor", Text, "native id of the vendor"),
        col("owner", Text, "who answers for it"),
        col("scopes", Text, "what it may do, in the source's words, separated by ';'"),
        col("identity", Text, "native id of the identity it acts as"),
        latest("consented_at", Time, "when it was connected"),
        col("consented_by", Text, "who connected it"),
    ],
);

pub(super) const SYSTEMS: Table = fact(
    TableId::Systems,
    "system_id",
    "a system in the register of the organisation, with those who answer for it",
    &[
        col("name", Text, "name for people; the native id is what other tables call `system`"),
        col("environment", Text, "production, staging, …"),
        col("tier", Text, "risk tier T1, T2 or T3"),
        col("access_owner", Text, "who answers for access to it"),
        col("provisioning_owner", Text, "who answers for giving access"),
        col("review_owner", Text, "who answers for reviews of access"),
        col("offboarding_owner", Text, "who answers for removing access"),
        col("approval_path", Text, "how access is asked for and approved"),
        col("log_source", Text, "where its log comes from"),
        col("offboarding_procedure", Text, "how access is removed"),
        latest(
            "acknowledged_at",
            Text,
            "instants at which owners acknowledged, separated by spaces",
        ),
        col("scope_from", Time, "from when it is in scope; null = from its registration"),
        col("scope_to", Time, "until when it is in scope"),
        col(
            "issuers",
            Text,
            "accounts that may make accounts and issue credentials in it, separated by ';'",
        ),
    ],
);

pub(super) const CONTROL_OWNERS: Table = fact(
    TableId::ControlOwners,
    "control_owner_id",
    "who answers for a control, and what shows that it operates",
    &[
        col("control_id", Text, "the control"),
        col("owner", Text, "who operates it"),
        col("sponsor", Text, "who answers for it in the business"),
        col("producer", Text, "who or what produces its evidence"),
        col("source_of_truth", Text, "where the evidence comes from"),
        col("cadence", Text, "how often it is produced"),
        col("artifact", Text, "what is produced"),
    ],
);

pub(super) const INVENTORY: Table = fact(
    TableId::Inventory,
    "inventory_id",
    "an entry of the organisation's own inventory of identities and credentials",
    &[
        col("lives_in", Text, "the system it belongs to"),
        col("name", Text, "login, native id or public id by which that system knows it"),
        col("kind", Text, "the kinds of identities, or credential"),
        col("owner", Text, "who answers for it"),
        col("backup_owner", Text, "who answers for it otherwise"),
        col("purpose", Text, "what it is for"),
        col("workload", Text, "the workloads or systems that use it, separated by ';'"),
        col("environment", Text, "production, staging, …"),
        col("tier", Text, "risk tier T1, T2 or T3"),
        col("scopes", Text, "what it was approved for, separated by ';'"),
        latest("registered_at", Time, "when it was registered"),
        latest(
            "attested_at",
            Text,
            "instants at which its owner attested to it, separated by spaces",
        ),
        latest("retired_at", Time, "when it was retired"),
        col("acts_for", Text, "whom an agent acts for, or 'recorded' where each action names them"),
        col("networks", Text, "addresses and networks that it acts from, separated by ';'"),
        col(
            "justification",
            Text,
            "why it is or has a secret that lives on, where one that ends soon would do",
        ),
    ],
);

pub(super) const DUTY_RULES: Table = fact(
    TableId::DutyRules,
    "duty_rule_id",
    "two duties that one person may not hold together",
    &[
        col("name", Text, "name for people"),
        col("left_duty", Text, "native ids of entitlements on one side, separated by ';'"),
        col("right_duty", Text, "native ids of entitlements on the other side, separated by ';'"),
        col("severity", Text, "as classified"),
        col("compensated_by", Text, "what reduces the risk where both are held"),
    ],
);

pub(super) const EXERCISES: Table = fact(
    TableId::Exercises,
    "exercise_id",
    "a plan or procedure that was tried: an incident exercise, a revocation drill, a test alert",
    &[
        col("kind", Text, "incident, revocation, detection or recovery"),
        col("target", Text, "what was exercised: an identity, a rule, a system"),
        col("held_at", Time, "when it was held"),
        col("seconds", Int, "how long it took until the goal was reached"),
        col("result", Text, "the outcome, in the register's words"),
        col("held_by", Text, "who held it"),
    ],
);
