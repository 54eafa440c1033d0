//! What people decided: approvals, reviews, exceptions.

use super::ColumnKind::{Int, Text, Time};
use super::{Table, TableId, col, fact, latest};

pub(super) const APPROVALS: Table = fact(
    TableId::Approvals,
    "approval_id",
    "a request and what was decided on it",
    &[
        col("request_ref", Text, "ticket, pull request or request id"),
        col("title", Text, "what was asked for, in the source's words"),
        col("requested_by", Text, "who asked"),
        col("requested_at", Time, "when it was asked"),
        col("approver", Text, "who approved; null = the source does not say"),
        col("outcome", Text, "approved, denied, withdrawn or pending"),
        col(
            "resolved_at",
            Time,
            "when it was decided; for a merged change, no later than the merge",
        ),
        col("executed_by", Text, "who carried it out"),
        col(
            "kind",
            Text,
            "access, creation, elevation, change, integration, scope, rotation, retirement, exception, role-policy (rights that a role has) or delegation (acting for somebody who left); null = not said",
        ),
        col("requested_for", Text, "for whom: person, account or workload"),
        col(
            "requested",
            Text,
            "what was asked for: native ids or the source's words, separated by ';'",
        ),
        col("reason", Text, "why, in the words of who asked"),
        col("planned_from", Time, "from when it was asked for"),
        col("planned_to", Time, "until when it was asked for"),
        latest("notified_at", Time, "when those who depend on what is retired were told of it"),
    ],
);

pub(super) const REVIEW_CAMPAIGNS: Table = fact(
    TableId::ReviewCampaigns,
    "review_campaign_id",
    "one access review over a frozen population",
    &[
        col("scope", Text, "what is reviewed"),
        col("system_reviewed", Text, "the system whose access is reviewed"),
        col("access_class", Text, "user, privileged or non_human"),
        col("as_of_seq", Int, "ledger index of the frozen population"),
        col(
            "listed_at",
            Time,
            "when the listing under review was taken, where no ledger index says so",
        ),
        col("item_count", Int, "number of items"),
        col("item_root", Text, "Merkle root of the items"),
        col("started_at", Time, "start"),
        col("due_at", Time, "due"),
        col("signed_off_at", Time, "sign-off"),
        col("signed_off_by", Text, "who signed off"),
        col("state", Text, "created, in_review, remediation or closed"),
    ],
);

pub(super) const REVIEW_ITEMS: Table = fact(
    TableId::ReviewItems,
    "review_item_id",
    "one thing to decide on in a campaign",
    &[
        col("campaign", Text, "native id of the campaign"),
        col("target", Text, "id of the grant, credential, ownership or policy exception"),
        col("context_hash", Text, "digest of what the reviewer was shown"),
    ],
);

pub(super) const REVIEW_DECISIONS: Table = fact(
    TableId::ReviewDecisions,
    "review_decision_id",
    "what a reviewer decided on an item",
    &[
        col("item", Text, "native id of the item"),
        col("decision", Text, "keep, revoke, reduce, abstain, no_response, reassign or exception"),
        col("reviewer", Text, "who decided"),
        col("assigned_to", Text, "who was asked"),
        col("decided_at", Time, "when"),
        col("justification", Text, "why"),
    ],
);

pub(super) const REMEDIATIONS: Table = fact(
    TableId::Remediations,
    "remediation_id",
    "what was done about a decision, and the later observation that shows it",
    &[
        col("decision", Text, "native id of the decision"),
        col("action", Text, "what was to be done"),
        col("due_at", Time, "due"),
        col("executed_at", Time, "when it was done, by the tool's own word"),
        latest("verified_at", Time, "when an independent observation showed it"),
        col("result", Text, "success, failed, manual or overdue"),
    ],
);

pub(super) const EXCEPTIONS: Table = fact(
    TableId::Exceptions,
    "exception_id",
    "a policy exception: an approved, time-boxed waiver that annotates a deviation",
    &[
        col(
            "kind",
            Text,
            "control_exception, risk_acceptance, break_glass, scope_exclusion or false_positive",
        ),
        col("control_id", Text, "the control it is about"),
        col("target", Text, "the item it covers"),
        col("rationale", Text, "why"),
        col("compensating_control", Text, "what reduces the risk instead"),
        col("approved_by", Text, "who approved"),
        col("approved_at", Time, "when; it covers nothing before"),
        col("expires_at", Time, "when it ends"),
        col("requested_by", Text, "who asked for it"),
        col("starts_at", Time, "from when it is meant to hold; null = from its approval"),
        latest("reviewed_at", Text, "instants of its reviews, separated by spaces"),
        latest("closed_at", Time, "when it was closed"),
        col("renewals", Int, "how often it was renewed"),
    ],
);
