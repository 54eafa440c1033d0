//! Who and what exists, and what it may do.

use super::ColumnKind::{Bool, Ref, Text, Time};
use super::{Table, TableId, col, fact, known, latest, own};

pub(super) const SUBJECTS: Table = fact(
    TableId::Subjects,
    "subject_id",
    "an accountable person, workload, agent, team or vendor",
    &[
        col("kind", Text, "person, workload, agent, team, vendor or unknown"),
        col("display_name", Text, "name for people"),
        col("employee_id", Text, "id in the system of record for people"),
        col("email", Text, "work address"),
        col("worker_type", Text, "employee, contractor, … as the source says"),
        col("employment_status", Text, "active, leave, terminated, … as the source says"),
        col("department", Text, "department or cost centre"),
        col("manager", Ref(TableId::Subjects), "the manager"),
        col("job_title", Text, "job or position, as the source says"),
        latest("hired_at", Time, "effective start of employment"),
        latest("termination_effective", Time, "effective end of employment"),
        latest("termination_recorded_at", Time, "when the source recorded the end"),
    ],
);

pub(super) const SUBJECT_LINKS: Table = fact(
    TableId::SubjectLinks,
    "subject_link_id",
    "which subject stands behind an identity, and how that is known",
    &[
        col("subject_id", Ref(TableId::Subjects), "the subject"),
        col("identity_id", Ref(TableId::Identities), "the identity"),
        col("basis", Text, "hr_id, sso_nameid, email, scim_external_id or manual"),
        col("decided_by", Text, "who decided, when it was a person"),
    ],
);

pub(super) const IDENTITIES: Table = fact(
    TableId::Identities,
    "identity_id",
    "an account: something that can hold access in a system",
    &[
        known(
            "kind",
            Text,
            "human, service_account, app_registration, assumable_role, managed_identity, workload, bot, ai_agent, shared, break_glass, system, external or unknown",
        ),
        latest("kind_basis", Text, "why that kind; null = nothing says which"),
        latest("login", Text, "login as spelled last"),
        latest("display_name", Text, "name for people"),
        latest("email", Text, "address"),
        col("status", Text, "active, suspended, disabled, deleted, …"),
        latest("created_at_src", Time, "when the source says it was created"),
        latest("created_by", Text, "who created it, as logged"),
        col("purpose", Text, "what it is for, where the source says (a tag, a description)"),
        col("environment", Text, "production, staging, …, where the source says"),
        col("tier", Text, "risk tier T1, T2 or T3, where the source says"),
        col("mfa", Bool, "whether it has an enabled multi-factor device; null = not said"),
        col("boundary", Text, "native id of the policy that bounds its permissions"),
        latest("last_auth_at", Time, "last sign-in or use, by the source's own record"),
        latest("tags", Text, "the source's tags as a JSON object"),
    ],
);

pub(super) const CREDENTIALS: Table = fact(
    TableId::Credentials,
    "credential_id",
    "something that proves an identity: password, key, token, certificate",
    &[
        col("identity_id", Ref(TableId::Identities), "whose it is"),
        col(
            "class",
            Text,
            "password, static_secret, symmetric_key, asymmetric_key, certificate, federated_trust, mfa_factor or session",
        ),
        col("native_kind", Text, "the source's own kind"),
        col("public_id", Text, "the part that is no secret, e.g. an access key id"),
        col("status", Text, "active, inactive, …"),
        latest("created_by", Text, "who issued it, as logged"),
        latest("revoked_by", Text, "who ended it, as logged"),
        latest("expires_at", Time, "when it expires by itself"),
        latest("expiry_kind", Text, "fixed, never, sliding or unknown"),
        latest("created_at_src", Time, "when the source says it was created"),
        col(
            "material",
            Text,
            "what tells its secret from another: key id, thumbprint or keyed fingerprint",
        ),
        col("slot", Text, "the place it stands in, e.g. access_key_1 of a credential report"),
        latest("last_used_at", Time, "last use by the source's own record; null = not said"),
        latest("last_used_service", Text, "the service of that use"),
        latest("last_used_region", Text, "the region of that use"),
        latest("last_used_source", Text, "which record says so, e.g. credential_report"),
        latest("never_used", Bool, "whether the source says that it was never used"),
        latest("issued_for", Text, "the workload or purpose it was issued for"),
    ],
);

pub(super) const RESOURCES: Table = fact(
    TableId::Resources,
    "resource_id",
    "something that access is to",
    &[
        col("kind", Text, "organisation, team, repository, account, bucket, …"),
        col("name", Text, "name for people"),
        col("parent", Ref(TableId::Resources), "what it lies in"),
        col("sensitivity", Text, "as classified"),
    ],
);

pub(super) const ENTITLEMENTS: Table = fact(
    TableId::Entitlements,
    "entitlement_id",
    "a right that can be granted",
    &[
        col("name", Text, "name for people"),
        col("purpose", Text, "assignment, membership, permission, ownership or trust"),
        col("level", Text, "read, write, admin or unknown"),
        col("privileged", Bool, "whether holding it is privileged access"),
        col("resource", Text, "what it is a right to"),
    ],
);

pub(super) const GRANTS: Table = fact(
    TableId::Grants,
    "grant_id",
    "an identity (or a team) holding an entitlement over one unbroken stretch of time",
    &[
        col(
            "identity_id",
            Ref(TableId::Identities),
            "who holds it; null when the holder is a team",
        ),
        col("entitlement_id", Ref(TableId::Entitlements), "what is held"),
        col("principal", Text, "the holder, normalised for comparison"),
        col("entitlement", Text, "the entitlement's native id"),
        col("effect", Text, "allow or deny"),
        col("path_kind", Text, "direct, group, role, policy, default, jit or break_glass"),
        col("condition_expr", Text, "condition in the source's words"),
        col("planned_end", Time, "when it should end by itself"),
        latest("approval_ref", Text, "the approval or change that granted it"),
        latest(
            "approval_basis",
            Text,
            "explicit_id, ticket_key_in_reason, tuple_time_match, attested or none",
        ),
        latest("granted_by", Text, "who granted it, as logged"),
        latest("granted_event", Text, "the event or commit that granted it"),
        latest("requested_by", Text, "who asked for it, where the source says"),
        latest("reason", Text, "why, in the source's words"),
        latest("removal_ref", Text, "the approval or change that removed it"),
        latest("removed_by", Text, "who removed it, as logged"),
        latest("removed_event", Text, "the event or commit that removed it"),
        latest("removal_cause", Text, "expiry, leaver, mover, review, rotation, manual or unknown"),
    ],
);

pub(super) const PRIVILEGES: Table = fact(
    TableId::Privileges,
    "privilege_id",
    "what an identity can effectively do to a service, after boundaries and organisation policies, and the ways in which it could gain more",
    &[
        col("identity_id", Ref(TableId::Identities), "who"),
        col("principal", Text, "the same, as the source names it"),
        col("kind", Text, "service (what it can do there) or escalation (how it could gain more)"),
        col("service", Text, "the service, e.g. s3; * = every service"),
        col("level", Text, "read, write, admin or unknown"),
        col("escalation", Text, "the known path of escalation, e.g. CreatePolicyVersion"),
        col("actions", Text, "the actions that make it so, separated by spaces"),
        col("resources", Text, "the resources of the statement, separated by spaces"),
        col("path_kind", Text, "direct, group or resource"),
        col("statement", Text, "the statement that grants it: policy, then #Sid or #index"),
        col("condition_expr", Text, "conditions of that statement, as written; null = none"),
        col("bounded_by", Text, "boundaries and organisation policies that cut it, by name"),
        col("note", Text, "why the level is unknown, or what was not judged"),
    ],
);

pub(super) const OWNERSHIPS: Table = fact(
    TableId::Ownerships,
    "ownership_id",
    "who answers for an identity, credential, resource or entitlement",
    &[
        col("target_table", Text, "identities, credentials, resources or entitlements"),
        col("target", Text, "native id of what is owned"),
        col("owner", Text, "the owner, normalised for comparison"),
        col(
            "role",
            Text,
            "primary, backup, technical or business; approver or reviewer for code owners",
        ),
        col("source", Text, "tag, catalog, group, code or attestation"),
    ],
);

pub(super) const CONFIGURATIONS: Table = fact(
    TableId::Configurations,
    "configuration_id",
    "a setting that controls access, and the value it had",
    &[
        col("scope", Text, "what the setting governs, e.g. org:kubernetes"),
        col("setting", Text, "the setting's name at the source"),
        col("value", Text, "its value, as the source writes it"),
        own("change_ref", Text, "the approval or change that set this value"),
        own("changed_by", Text, "who set this value, as logged"),
    ],
);
