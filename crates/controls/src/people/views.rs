//! What follows from tables by joins alone.

/// Views, and tables that are computed when a query first reads them, in the order in which they
/// build on each other.
pub(super) const ALL: &[View] = &[
    View::Plain(ACCOUNT_KINDS),
    View::Plain(ACCOUNT_ACTIVE),
    View::Plain(OBSERVED),
    View::Plain(HELD_RIGHTS),
    View::Once("account_names", &[ACCOUNT_NAMES]),
    View::Once("heard", &[HEARD]),
    View::Once("employments", &[EMPLOYMENTS]),
    View::Once("leavers", &[LEAVERS]),
    View::Once("unheard", &[UNHEARD]),
    View::Once("duty_held", &[DUTY_HELD]),
    View::Once("duty_conflicts", &[DUTY_CONFLICTS]),
    View::Once("leaver_accounts", &[LEAVER_ACCOUNTS]),
    View::Once("moves", &[MOVES]),
    View::Once("identity_owners", &[IDENTITY_OWNERS]),
    View::Once("owners_working", &[OWNERS_WORKING]),
    View::Once("elevations", &[ELEVATIONS]),
    View::Once("declared_entries", &[DECLARED_ENTRIES]),
];

/// How rows come about.
pub(super) enum View {
    /// A statement that creates it; its rows are made wherever it is read.
    Plain(&'static str),
    /// A name and its query; its rows are made once.
    Once(&'static str, &'static [&'static str]),
}

/// One row per employment: a record of a person from its hiring to its end. A leave of absence is
/// no end. An end that HR planned or recorded counts from the instant that it names, anything else
/// between the last sight of the record and the first without it.
const EMPLOYMENTS: &str = "
    WITH numbered AS (
        SELECT s.*, row_number() OVER (PARTITION BY subject_id ORDER BY version_no DESC) AS back
        FROM subjects s WHERE coalesce(kind, 'person') = 'person'
    ), ends AS (
        SELECT subject_id, incarnation, system || '/' || native_type || '/' || native_id AS base, system,
            coalesce(termination_effective, valid_to_lo) AS left_lo,
            coalesce(termination_effective, valid_to_hi) AS left_hi,
            termination_recorded_at AS recorded_at, hired_at, employment_status, worker_type, evidence
        FROM numbered WHERE back = 1
    ), starts AS (
        SELECT subject_id, valid_from_lo, valid_from_hi FROM numbered WHERE version_no = 1
    )
    SELECT p.person, e.subject_id, p.label, e.base, e.incarnation, e.system,
        coalesce(e.hired_at, s.valid_from_lo) AS began_lo, coalesce(e.hired_at, s.valid_from_hi) AS began_hi,
        s.valid_from_hi AS seen_from, e.left_lo, e.left_hi, e.recorded_at,
        lower(e.employment_status) AS status, lower(e.worker_type) AS worker_type, e.evidence
    FROM ends e JOIN starts s ON s.subject_id = e.subject_id JOIN people p ON p.subject_id = e.subject_id";

/// One row per end of employment after which the person no longer worked: another employment that
/// goes on past it makes none. `taken_back` = `perhaps` where the same record was seen again after
/// its end without a new hiring, and nothing says when HR recorded the end: the end was taken back,
/// or it was entered with a date in the past. `rehired_*` = when the person next began to work.
/// `told_by` tells of them, and of nothing after `told_until`.
const LEAVERS: &str = "
    WITH others AS (
        SELECT e.subject_id, o.began_lo, o.began_hi, o.left_lo, o.left_hi, o.subject_id AS other,
            o.base = e.base AND o.incarnation > e.incarnation AND o.began_hi <= e.left_hi AS again,
            e.left_lo AS e_lo, e.left_hi AS e_hi, e.recorded_at
        FROM employments e JOIN employments o ON o.person = e.person AND o.subject_id <> e.subject_id
        WHERE e.left_hi IS NOT NULL
            -- Seen in a file from before its end was recorded: a date in the past, not another employment.
            AND NOT coalesce(o.base = e.base AND o.incarnation > e.incarnation AND o.seen_from <= e.recorded_at
                AND (o.began_hi <= e.left_hi OR o.began_hi = o.seen_from), false)
    ), judged AS (
        SELECT subject_id,
            max(CASE WHEN began_hi <= e_hi AND (left_hi IS NULL OR left_hi > e_hi OR (left_hi = e_hi AND other > subject_id))
                THEN CASE WHEN again AND recorded_at IS NULL THEN 1 ELSE 2 END ELSE 0 END) AS goes_on,
            min(CASE WHEN began_hi > e_hi THEN coalesce(began_lo, e_hi) END) AS rehired_lo,
            min(CASE WHEN began_hi > e_hi THEN began_hi END) AS rehired_hi
        FROM others GROUP BY subject_id
    )
    SELECT e.person, e.subject_id, e.label, e.system, e.began_hi, e.left_lo, e.left_hi, e.recorded_at, e.status, e.worker_type,
        CASE WHEN j.goes_on = 1 THEN 'perhaps' END AS taken_back, j.rehired_lo, j.rehired_hi, h.source AS told_by, h.until AS told_until, e.evidence
    FROM employments e LEFT JOIN judged j ON j.subject_id = e.subject_id LEFT JOIN heard h ON h.system = e.system
    WHERE e.left_hi IS NOT NULL AND coalesce(j.goes_on, 0) < 2";

/// People of whom HR declares to tell nothing after an instant: who had not left by then may have
/// left since. Where one of a person's sources declares no end, there is no such instant.
const UNHEARD: &str = "
    WITH told AS (
        SELECT e.person, h.source, h.until,
            row_number() OVER (PARTITION BY e.person ORDER BY h.until DESC NULLS FIRST, h.source) AS newest
        FROM (SELECT DISTINCT person, system FROM employments) e LEFT JOIN heard h ON h.system = e.system
    )
    SELECT person, until AS since, source AS told_by FROM told WHERE newest = 1 AND until IS NOT NULL";

/// What other records call an account or a credential, in lower case.
const ACCOUNT_NAMES: &str = "
    SELECT system, lower(native_id) AS name, identity_id FROM identities
    UNION
    SELECT system, lower(login) AS name, identity_id FROM identities WHERE login IS NOT NULL
    UNION
    SELECT system, lower(email) AS name, identity_id FROM identities
    WHERE email IS NOT NULL AND coalesce(kind, 'unknown') IN ('human', 'unknown', 'external')";

/// What kind an account is by any of its versions: where a log alone told of it first, only a later
/// one says.
const ACCOUNT_KINDS: &str = "CREATE VIEW account_kinds AS
    SELECT identity_id, max(kind) AS kind FROM identities WHERE kind <> 'unknown' GROUP BY identity_id";

/// Stretches in which an account could act, by its own status.
const ACCOUNT_ACTIVE: &str = "CREATE VIEW account_active AS
    SELECT i.identity_id, i.system, coalesce(i.kind, k.kind) AS kind, i.status IS NOT NULL AS said,
        i.valid_from_lo, i.valid_from_hi, i.valid_to_lo, i.valid_to_hi, i.evidence
    FROM identities i
    LEFT JOIN account_kinds k ON k.identity_id = i.identity_id
    WHERE lower(coalesce(status, 'active')) NOT IN ('suspended', 'disabled', 'deleted', 'deprovisioned', 'inactive', 'staged', 'deactivated', 'archived')";

/// Up to when the accounts of a system are on record: the last instant at which a stream is shown
/// complete that is neither its log nor a register; where none is, the end of its last complete
/// listing. Files that were exported earlier than they were collected show nothing since.
const OBSERVED: &str = "CREATE VIEW observed AS
    WITH stated AS (
        SELECT system, source, covered_to AS until, row_number() OVER (PARTITION BY system ORDER BY covered_to DESC, source) AS last FROM coverage
        WHERE status IN ('proven', 'asserted') AND stream NOT IN ('usage', 'people', 'systems', 'control_owners', 'inventory',
            'duty_rules', 'exercises', 'approvals', 'changes', 'incidents', 'alerts', 'vendors', 'integrations', 'exceptions',
            'review_campaigns', 'review_items', 'review_decisions', 'remediations', 'ownerships', 'subject_links', 'configurations')
    ), listed AS (
        SELECT system, source, ended_at AS until, row_number() OVER (PARTITION BY system ORDER BY ended_at DESC, source) AS last FROM runs
        WHERE kind = 'full' AND outcome = 'complete'
    )
    SELECT coalesce(s.system, l.system) AS system, coalesce(s.source, l.source) AS source, coalesce(s.until, l.until) AS until
    FROM (SELECT * FROM stated WHERE last = 1) s FULL JOIN (SELECT * FROM listed WHERE last = 1) l ON l.system = s.system";

/// Up to when the records of people of a system are on record, and which of its sources tells so: the
/// last instant for which they are declared or shown to be complete, or the last for which a file of
/// them speaks. Of logs that are each necessary, the one that ends first.
const HEARD: &str = "
    WITH declared AS (
        SELECT source, max(part_of) AS part_of FROM coverage GROUP BY source
    ), told AS (
        SELECT system, source, covered_to AS until FROM coverage WHERE stream = 'people' AND status IN ('proven', 'asserted')
        UNION ALL
        -- Only names of rosters end with an instant, whatever is computed first.
        SELECT r.system, r.source, instant(CASE WHEN r.source_kind = 'roster-csv' THEN split_part(split_part(a.name, '@', -1), '.tar', 1) END)
        FROM artifacts a JOIN runs r ON r.run = a.run
        WHERE r.source_kind = 'roster-csv' AND strpos(a.name, '@') > 0
    ), ends AS (
        SELECT t.system, t.source, t.until, coalesce(d.part_of, t.source) AS log,
            row_number() OVER (PARTITION BY t.system, coalesce(d.part_of, t.source) ORDER BY t.until DESC, t.source) AS newest
        FROM told t LEFT JOIN declared d ON d.source = t.source WHERE t.until IS NOT NULL
    ), last AS (
        SELECT system, source, until, row_number() OVER (PARTITION BY system ORDER BY until, source) AS first FROM ends WHERE newest = 1
    )
    SELECT system, source, until FROM last WHERE first = 1";

/// What an account holds, directly or through a group that it is a member of.
const HELD_RIGHTS: &str = "CREATE VIEW held_rights AS
    SELECT identity_id, system, lower(entitlement) AS entitlement, grant_id, false AS through_group,
        valid_from_lo, valid_from_hi, valid_to_lo, valid_to_hi, evidence
    FROM grants WHERE identity_id IS NOT NULL AND coalesce(effect, 'allow') = 'allow'
    UNION ALL
    SELECT m.identity_id, m.system, lower(t.entitlement), t.grant_id || ' of ' || m.grant_id, true,
        greatest(coalesce(m.valid_from_lo, m.valid_from_hi), coalesce(t.valid_from_lo, t.valid_from_hi)),
        greatest(m.valid_from_hi, t.valid_from_hi), least(m.valid_to_lo, t.valid_to_lo), least(m.valid_to_hi, t.valid_to_hi),
        m.evidence || ' ' || t.evidence
    FROM grants m JOIN grants t ON t.system = m.system AND t.principal = m.entitlement
    WHERE m.identity_id IS NOT NULL AND t.identity_id IS NULL
        AND coalesce(m.effect, 'allow') = 'allow' AND coalesce(t.effect, 'allow') = 'allow'
        AND (m.valid_to_hi IS NULL OR m.valid_to_hi > coalesce(t.valid_from_lo, t.valid_from_hi))
        AND (t.valid_to_hi IS NULL OR t.valid_to_hi > coalesce(m.valid_from_lo, m.valid_from_hi))";

/// The duties of each rule that a person holds, or an account whose person is not on record.
const DUTY_HELD: &str = "
    WITH duties AS (
        SELECT duty_rule_id, 'left' AS side, lower(trim(unnest(string_to_array(left_duty, ';')))) AS duty FROM duty_rules
        UNION
        SELECT duty_rule_id, 'right', lower(trim(unnest(string_to_array(right_duty, ';')))) FROM duty_rules
    )
    SELECT d.duty_rule_id, d.side, coalesce(h.person, r.identity_id) AS holder, h.person, r.identity_id, r.system, r.grant_id, r.entitlement, r.through_group,
        r.valid_from_lo, r.valid_from_hi, r.valid_to_lo, r.valid_to_hi, r.evidence
    FROM held_rights r JOIN duties d ON d.duty = r.entitlement
    LEFT JOIN (SELECT identity_id, min(person) AS person FROM holders GROUP BY identity_id) h ON h.identity_id = r.identity_id";

/// Both duties of a rule held at once.
const DUTY_CONFLICTS: &str = "
    SELECT l.duty_rule_id, l.holder, l.grant_id AS left_grant, r.grant_id AS right_grant,
        l.entitlement AS left_right, r.entitlement AS right_right,
        greatest(coalesce(l.valid_from_lo, l.valid_from_hi), coalesce(r.valid_from_lo, r.valid_from_hi)) AS valid_from_lo,
        greatest(l.valid_from_hi, r.valid_from_hi) AS valid_from_hi,
        least(l.valid_to_lo, r.valid_to_lo) AS valid_to_lo, least(l.valid_to_hi, r.valid_to_hi) AS valid_to_hi,
        l.evidence || ' ' || r.evidence AS evidence
    FROM duty_held l JOIN duty_held r ON r.duty_rule_id = l.duty_rule_id AND r.holder = l.holder
    WHERE l.side = 'left' AND r.side = 'right'
        AND (l.valid_to_hi IS NULL OR l.valid_to_hi > coalesce(r.valid_from_lo, r.valid_from_hi))
        AND (r.valid_to_hi IS NULL OR r.valid_to_hi > coalesce(l.valid_from_lo, l.valid_from_hi))";

/// One row per leaver and account: from when to when it certainly and perhaps stood. Where the
/// source of an account says nothing of its status, it is gone with the last of its grants. The
/// access is theirs again from the instant at which they are hired again. From `contested_from` on
/// two sources contradict each other: HR tells nothing any more, and said last that they had left or
/// would; the account is active all the same.
const LEAVER_ACCOUNTS: &str = "
    WITH held AS (
        SELECT l.person, l.subject_id, l.label, l.left_lo, l.left_hi, l.recorded_at, l.status, l.taken_back, l.rehired_lo, l.rehired_hi,
            l.told_by, l.told_until, l.evidence, h.identity_id, bool_or(h.ambiguous) AS ambiguous, min(h.basis) AS basis
        FROM leavers l JOIN holders h ON h.person = l.person
        WHERE (h.valid_to_hi IS NULL OR h.valid_to_hi > l.left_lo - INTERVAL '30 days')
            AND (l.rehired_hi IS NULL OR h.valid_from_hi IS NULL OR h.valid_from_hi < l.rehired_hi)
        GROUP BY l.person, l.subject_id, l.label, l.left_lo, l.left_hi, l.recorded_at, l.status, l.taken_back, l.rehired_lo, l.rehired_hi,
            l.told_by, l.told_until, l.evidence, h.identity_id
    ), accounts AS (
        SELECT d.subject_id, d.identity_id, bool_or(s.said) AS said, bool_or(s.valid_to_hi IS NULL) AS stands,
            max(s.valid_to_lo) AS ended_lo, max(s.valid_to_hi) AS ended_hi
        FROM held d JOIN account_active s ON s.identity_id = d.identity_id
        WHERE d.rehired_hi IS NULL OR s.valid_from_hi < d.rehired_hi GROUP BY d.subject_id, d.identity_id
    ), rights AS (
        SELECT d.subject_id, d.identity_id, bool_or(g.valid_to_hi IS NULL) AS stands, max(g.valid_to_lo) AS ended_lo, max(g.valid_to_hi) AS ended_hi
        FROM held d JOIN grants g ON g.identity_id = d.identity_id
        WHERE d.rehired_hi IS NULL OR g.valid_from_hi < d.rehired_hi GROUP BY d.subject_id, d.identity_id
    ), called AS (
        SELECT identity_id, max(system) AS system, max(coalesce(login, native_id)) AS account, max(kind) AS kind, max(evidence) AS evidence
        FROM identities GROUP BY identity_id
    ), ends AS (
        SELECT a.subject_id, a.identity_id,
            CASE WHEN NOT a.stands THEN a.ended_lo WHEN NOT a.said AND NOT r.stands THEN r.ended_lo END AS ended_lo,
            CASE WHEN NOT a.stands THEN a.ended_hi WHEN NOT a.said AND NOT r.stands THEN r.ended_hi END AS ended_hi
        FROM accounts a LEFT JOIN rights r ON r.subject_id = a.subject_id AND r.identity_id = a.identity_id
    )
    SELECT d.person, d.subject_id, d.identity_id, d.label, c.system, c.account, c.kind, d.left_lo, d.left_hi, d.recorded_at, d.status,
        d.taken_back, d.rehired_lo, d.rehired_hi, d.ambiguous, d.basis, d.told_by, d.told_until,
        CASE WHEN d.told_until IS NOT NULL AND (e.ended_hi IS NULL OR e.ended_lo > d.told_until) THEN greatest(d.left_lo, d.told_until) END AS contested_from,
        CASE WHEN e.ended_hi IS NULL OR e.ended_hi > d.rehired_hi THEN d.rehired_lo ELSE e.ended_lo END AS removed_lo,
        CASE WHEN e.ended_hi IS NULL OR e.ended_hi > d.rehired_hi THEN d.rehired_hi ELSE e.ended_hi END AS removed_hi,
        d.evidence || ' ' || c.evidence AS evidence
    FROM held d JOIN ends e ON e.subject_id = d.subject_id AND e.identity_id = d.identity_id
    JOIN called c ON c.identity_id = d.identity_id";

/// Changes of department, job or manager within an employment. A leave of absence is none.
const MOVES: &str = "
    WITH versions AS (
        SELECT s.subject_id, s.version_no, s.department, s.job_title, s.manager, s.valid_from_lo, s.valid_from_hi, s.evidence,
            lag(department) OVER (PARTITION BY subject_id ORDER BY version_no) AS old_department,
            lag(job_title) OVER (PARTITION BY subject_id ORDER BY version_no) AS old_title,
            lag(manager) OVER (PARTITION BY subject_id ORDER BY version_no) AS old_manager
        FROM subjects s WHERE coalesce(s.kind, 'person') = 'person'
    ), changed AS (
        SELECT v.*, coalesce(department <> old_department, false) AS other_department,
            coalesce(job_title <> old_title, false) AS other_title, coalesce(manager <> old_manager, false) AS other_manager FROM versions v
    )
    SELECT p.person, c.subject_id, p.label, c.version_no, coalesce(c.valid_from_lo, c.valid_from_hi) AS moved_lo, c.valid_from_hi AS moved_hi,
        CAST(CAST(c.valid_from_hi AS DATE) AS VARCHAR) AS day, c.other_department OR c.other_title AS other_role,
        CASE WHEN c.other_department THEN 'from ' || c.old_department || ' to ' || c.department
             WHEN c.other_title THEN 'from ' || c.old_title || ' to ' || c.job_title ELSE 'to another manager' END AS what, c.evidence
    FROM changed c JOIN people p ON p.subject_id = c.subject_id
    WHERE c.other_department OR c.other_title OR c.other_manager";

/// Entries of the inventory with the time for which they count as what people declare: what the first one
/// says was so before it, and what the last one says, after it.
const DECLARED_ENTRIES: &str = "
    SELECT v.lives_in, b.name, v.workload, lower(v.environment) AS environment, v.networks, v.evidence,
        CASE WHEN v.valid_from_hi > b.first_at THEN v.valid_from_hi ELSE instant('1970-01-01') END AS from_ts,
        CASE WHEN v.valid_to_hi < b.last_at THEN v.valid_to_hi ELSE instant('2200-01-01') END AS to_ts
    FROM inventory v
    JOIN (SELECT lives_in, lower(name) AS name, min(valid_from_hi) AS first_at, max(coalesce(valid_to_hi, instant('2200-01-01'))) AS last_at
          FROM inventory WHERE name IS NOT NULL GROUP BY lives_in, lower(name)) b ON b.lives_in = v.lives_in AND b.name = lower(v.name)";

/// Who answers for an account, by ownership records and by the inventory; `person` where the name
/// is that of one person on record.
const IDENTITY_OWNERS: &str = "
    WITH cited AS (
        SELECT i.identity_id, lower(o.owner) AS owner, o.valid_from_lo, o.valid_from_hi, o.valid_to_lo, o.valid_to_hi, o.evidence
        FROM ownerships o JOIN (SELECT DISTINCT identity_id, system, native_id FROM identities) i ON i.system = o.system AND i.native_id = o.target
        WHERE o.target_table = 'identities' AND o.owner IS NOT NULL
        UNION ALL
        SELECT a.identity_id, lower(v.owner), v.valid_from_lo, v.valid_from_hi, v.valid_to_lo, v.valid_to_hi, v.evidence
        FROM inventory v JOIN account_names a ON a.system = v.lives_in AND a.name = lower(v.name) WHERE v.owner IS NOT NULL
        UNION ALL
        SELECT a.identity_id, lower(v.backup_owner), v.valid_from_lo, v.valid_from_hi, v.valid_to_lo, v.valid_to_hi, v.evidence
        FROM inventory v JOIN account_names a ON a.system = v.lives_in AND a.name = lower(v.name) WHERE v.backup_owner IS NOT NULL
    )
    SELECT c.*, n.person FROM cited c LEFT JOIN person_names n ON n.name = c.owner";

/// When each owner who is one person on record worked there while being the owner, until either is
/// known to have ended. Somebody who left and came back works there again from then on.
const OWNERS_WORKING: &str = "
    WITH ends AS (
        SELECT person, left_hi AS left_at, rehired_hi,
            lag(rehired_hi) OVER (PARTITION BY person ORDER BY left_hi) AS back_at,
            row_number() OVER (PARTITION BY person ORDER BY left_hi DESC) AS last
        FROM leavers
    ), spells AS (
        SELECT person, back_at AS from_ts, left_at AS to_ts FROM ends
        UNION ALL
        SELECT person, rehired_hi, instant(NULL) FROM ends WHERE last = 1 AND rehired_hi IS NOT NULL
    ), known AS (
        SELECT identity_id, person, valid_from_hi, valid_to_hi FROM identity_owners WHERE person IS NOT NULL
    )
    SELECT k.identity_id, k.person, greatest(k.valid_from_hi, s.from_ts) AS from_ts, least(k.valid_to_hi, s.to_ts) AS to_ts
    FROM known k LEFT JOIN spells s ON s.person = k.person
    WHERE coalesce(greatest(k.valid_from_hi, s.from_ts) < least(k.valid_to_hi, s.to_ts), true)";

/// Rights that were given for a time: each grant with every request of the kind elevation that names
/// its holder and the right, and until when. The first of them was asked for before the right was
/// given, give or take five minutes; what was asked for later, while it was held, extends it.
const ELEVATIONS: &str = "
    WITH requests AS (
        SELECT system, approval_id, max(request_ref) AS request_ref, max(title) AS title, max(reason) AS reason,
            max(lower(requested_by)) AS requested_by, max(lower(approver)) AS approver, max(resolved_at) AS resolved_at,
            min(coalesce(requested_at, resolved_at)) AS asked_at, max(lower(requested_for)) AS requested_for,
            max(lower(requested)) AS requested, max(planned_to) AS planned_to
        FROM approvals WHERE kind = 'elevation' GROUP BY system, approval_id
        HAVING max(planned_to) IS NOT NULL AND NOT bool_or(coalesce(outcome, 'approved') IN ('denied', 'withdrawn'))
    ), asked AS (
        SELECT r.*, n.person, trim(part) AS entitlement
        FROM (SELECT *, unnest(string_to_array(coalesce(requested, ''), ';')) AS part FROM requests) r
        LEFT JOIN person_names n ON n.name = r.requested_for
    ), held AS (
        SELECT grant_id, system, identity_id, lower(entitlement) AS entitlement, min(valid_from_hi) AS given_at,
            CASE WHEN bool_or(valid_to_hi IS NULL) THEN NULL ELSE max(valid_to_lo) END AS ended_lo,
            CASE WHEN bool_or(valid_to_hi IS NULL) THEN NULL ELSE max(valid_to_hi) END AS ended_hi
        FROM grants WHERE identity_id IS NOT NULL AND coalesce(effect, 'allow') = 'allow'
        GROUP BY grant_id, system, identity_id, lower(entitlement)
    ), named AS (
        SELECT h.grant_id, a.request_ref FROM held h
        JOIN account_names m ON m.identity_id = h.identity_id
        JOIN asked a ON a.system = h.system AND a.entitlement = h.entitlement AND a.requested_for = m.name
        UNION
        SELECT h.grant_id, a.request_ref FROM held h
        JOIN holders p ON p.identity_id = h.identity_id AND NOT p.ambiguous
        JOIN asked a ON a.system = h.system AND a.entitlement = h.entitlement AND a.person = p.person
    ), told AS (
        SELECT h.*, r.request_ref, r.title, r.reason, r.requested_by, r.approver, r.resolved_at, r.asked_at, r.planned_to,
            min(r.asked_at) OVER (PARTITION BY h.grant_id) AS first_asked
        FROM named n JOIN held h ON h.grant_id = n.grant_id JOIN requests r ON r.system = h.system AND r.request_ref = n.request_ref
        WHERE h.given_at < r.planned_to AND (h.ended_hi IS NULL OR r.asked_at < h.ended_hi)
    )
    SELECT grant_id, system, identity_id, given_at, ended_lo, ended_hi, request_ref, title, reason, requested_by, approver, resolved_at, planned_to
    FROM told WHERE first_asked <= given_at + INTERVAL '5 minutes'";
