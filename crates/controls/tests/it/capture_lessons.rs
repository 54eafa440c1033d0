//! Shapes of evidence that only real captures had, and what controls must say of them.

use tenure_model::entry::CoverageStatus::Asserted;
use tenure_model::fact::{Change, Fact, UsageEvent};
use tenure_model::outcome::Outcome::{
    Contradicted, Indeterminate, NotApplicable, NotDemonstrated, Supported,
};
use tenure_model::tables::TableId;

use crate::aws::{Cover, Judged, LISTING, LOG, arn, begun, ended, key, principal, seen, used};
use crate::world::{World, approval, granted, removed, t};

/// A credential report without a log: the root identity and a user.
fn report() -> Judged {
    let root = Fact::new(
        TableId::Identities,
        "root",
        "arn:aws:iam::111122223333:root",
        seen("2025-01-01"),
    )
    .with("login", "<root_account>")
    .with("kind", "break_glass")
    .with("mfa", false)
    .with("last_auth_at", t("2025-08-05T10:00:00Z"));
    let password =
        Fact::new(TableId::Credentials, "login-profile", arn("user", "ann"), seen("2025-01-01"))
            .with("identity_id", format!("iam/{}", arn("user", "ann")))
            .with("class", "password")
            .with("native_kind", "login_profile")
            .with("status", "active");
    let mut world = World::new();
    world.run(
        vec![root, principal("user", "ann", "human").with("mfa", true), password],
        Vec::new(),
        &[LISTING],
    );
    Judged::of(&world, "AUT-01")
}

#[test]
fn a_root_identity_is_judged_by_the_report_even_without_a_log() {
    let judged = report();
    assert_eq!(judged.result.population.count, 2, "ann and the root identity");
    assert_eq!(judged.outcome("/root", "C"), Contradicted);
    assert_eq!(judged.outcome("/root", "F"), Contradicted, "the report says that it signed in");
    let used: Vec<_> =
        judged.findings("/root", "F").into_iter().filter(|f| f.1 == Contradicted).collect();
    assert_eq!(used.len(), 1);
    assert_eq!(used[0].2, t("2025-08-05T10:00:00Z"));
}

#[test]
fn what_only_a_root_identity_can_do_does_not_apply_to_users() {
    let judged = report();
    assert_eq!(judged.outcome("/ann", "F"), NotApplicable);
    assert!(judged.findings("/ann", "F").is_empty(), "no hole of the log matters to it");
    assert_eq!(judged.outcome("/ann", "D"), Indeterminate, "of sign-ins, nothing is known");
}

/// A request to a cluster: its account is a namespace.
fn request(id: &str, namespace: &str) -> UsageEvent {
    UsageEvent {
        account: Some(namespace.to_owned()),
        service: Some("core".to_owned()),
        action: Some("create pods".to_owned()),
        actor_type: Some("user".to_owned()),
        actor: Some("minikube-user".to_owned()),
        actor_name: None,
        credential_key: None,
        ..used(id, "2025-08-01T10:00:00Z", "", "")
    }
}

#[test]
fn a_namespace_has_no_root_identity() {
    let user = Fact::new(TableId::Identities, "user", "minikube-user", seen("2025-01-01"))
        .with("login", "minikube-user")
        .with("kind", "unknown");
    let mut world = World::new();
    world.run(vec![user], vec![request("1", "kube-system"), request("2", "default")], &[LOG]);
    let judged = Judged::of(&world, "AUT-01");
    assert_eq!(judged.result.not_evaluated, None);
    assert_eq!(judged.result.population.count, 0);
}

const OKTA: Cover = ("okta-state", "2025-12-31", "2025-12-31T00:00:01Z", Asserted);

fn okta(login: &str, status: &str) -> Fact {
    Fact::new(TableId::Identities, "okta-user", login, seen("2025-01-01"))
        .with("login", login)
        .with("kind", "unknown")
        .with("status", status)
        .with("created_at_src", t("2024-01-01"))
}

#[test]
fn people_of_an_identity_provider_are_in_the_population() {
    let mut world = World::new();
    world.run(
        vec![
            okta("ann@example.com", "active").with("mfa", false),
            okta("bob@example.com", "active").with("mfa", true),
            okta("eve@example.com", "active"),
            okta("gone@example.com", "deprovisioned").with("mfa", false),
        ],
        Vec::new(),
        &[OKTA],
    );
    let judged = Judged::of(&world, "AUT-01");
    assert_eq!(judged.result.population.count, 3, "who is deprovisioned cannot sign in");
    assert_eq!(judged.outcome("ann@", "C"), Contradicted);
    assert_eq!(judged.outcome("bob@", "C"), Supported);
    assert_eq!(judged.outcome("eve@", "C"), NotDemonstrated, "nobody asked for the factors");
    assert_eq!(judged.outcome("bob@", "D"), Indeterminate, "no log tells of sign-ins");
    assert_eq!(judged.outcome("ann@", "F"), NotApplicable);
}

#[test]
fn whoever_only_the_log_tells_of_is_in_the_population() {
    // Made and gone between two listings: nobody ever said what kind of account it is.
    let login = "brief@example.com";
    let made = Fact::new(TableId::Identities, "okta-user", login, begun("2025-08-01"));
    let gone = Fact::new(TableId::Identities, "okta-user", login, ended("2025-08-04"));
    let mut world = World::new();
    let made = made.with("login", login).with("status", "active");
    world.run(vec![made, gone], Vec::new(), &[OKTA]);
    let judged = Judged::of(&world, "AUT-01");
    assert_eq!(judged.result.population.count, 1);
    let item = judged.item("brief@");
    assert_eq!((item.from, item.to), (t("2025-08-01"), Some(t("2025-08-04"))));
    for attribute in ["A", "C"] {
        assert_eq!(judged.outcome("brief@", attribute), NotDemonstrated, "{attribute}");
    }
    assert_eq!(judged.outcome("brief@", "D"), Indeterminate, "no log tells of sign-ins");
}

#[test]
fn who_was_a_member_and_left_before_the_listing_is_in_the_population() {
    let login = |name: &str| {
        Fact::new(TableId::Identities, "login", name, begun("2025-02-01")).with("login", name)
    };
    let mut world = World::new();
    let told = [granted("brief", "prod", "2025-08-01"), removed("brief", "prod", "2025-09-01")];
    let facts = vec![login("brief"), login("passer-by")];
    let listed = ("github-state", "2025-12-31", "2025-12-31T00:00:01Z", Asserted);
    world.run([facts, told.to_vec()].concat(), Vec::new(), &[listed]);
    let judged = Judged::of(&world, "AUT-01");
    assert_eq!(judged.result.population.count, 1, "who never had access has no account there");
    let item = judged.item("brief");
    assert_eq!((item.from, item.to), (t("2025-08-01"), Some(t("2025-09-01"))));
    assert_eq!(judged.outcome("brief", "C"), NotDemonstrated);
}

#[test]
fn access_counts_with_the_version_of_the_user_that_had_it() {
    let user = |at: &str, mail: &str| {
        Fact::new(TableId::Identities, "login", "ann", begun(at))
            .with("kind", "human")
            .with("email", mail)
    };
    let member = granted("ann", "prod", "2025-10-01");
    let mut world = World::new();
    let listed = ("grants", "2025-01-01", "2026-06-01", Asserted);
    let facts = vec![user("2025-02-01", "ann@x"), user("2025-09-01", "ann@y"), member];
    world.run(facts, Vec::new(), &[listed, LOG]);
    let judged = Judged::of(&world, "CRD-03");
    assert_eq!(judged.result.not_evaluated, None);
    assert_eq!(judged.item("login/ann").from, t("2025-10-01"));
}

#[test]
fn an_identity_providers_own_record_of_the_last_sign_in_answers() {
    let quiet = okta("ann@example.com", "active").with("last_auth_at", t("2025-07-10T09:00:00Z"));
    let mut world = World::new();
    world.run(vec![quiet], Vec::new(), &[OKTA]);
    let judged = Judged::of(&world, "CRD-03");
    let found = judged.findings("ann@", "A");
    assert_eq!((found[0].1, found[0].2), (Contradicted, t("2025-10-15T09:00:00Z")));
    assert_eq!(found[0].3, Some(t("2025-12-31T00:00:01Z")), "up to the listing, and no further");
    assert_eq!(found[1].1, Indeterminate);
}

#[test]
fn a_role_wants_an_owner_from_when_it_exists_not_from_when_its_rights_were_listed() {
    let role = principal("role", "deploy", "assumable_role").with("status", "active");
    let grant = Fact::new(TableId::Grants, "iam-grant", "deploy|Admin", seen("2025-12-30"))
        .with("identity_id", format!("iam/{}", arn("role", "deploy")))
        .with("principal", arn("role", "deploy"))
        .with("entitlement", "Admin");
    let mut world = World::new();
    world.run(vec![role, grant], Vec::new(), &[LISTING]);
    let judged = Judged::of(&world, "INV-02");
    assert_eq!(judged.outcome("deploy", "A"), NotDemonstrated);
    assert_eq!(judged.findings("deploy", "A")[0].2, t("2025-07-01"));
}

#[test]
fn a_key_of_which_nothing_more_is_known_is_not_said_to_be_too_old() {
    let keys = || {
        vec![
            principal("user", "bot", "service_account"),
            key("AKIAOLD", "bot", "2025-07-10T00:00:00Z"),
        ]
    };
    let use_at = |id, at| used(id, at, "bot", "AKIAOLD");
    let mut world = World::new();
    world.run(keys(), vec![use_at("1", "2025-07-11T00:00:00Z")], &[]);
    let judged = Judged::of(&world, "CRD-01");
    assert_eq!(judged.outcome("AKIAOLD", "A"), Indeterminate, "it may have been deleted unseen");
    assert!(judged.reason("AKIAOLD", "A").contains("nothing says so after 2025-07-11"));

    let mut world = World::new();
    world.run(keys(), vec![use_at("1", "2025-11-01T00:00:00Z")], &[]);
    let judged = Judged::of(&world, "CRD-01");
    let found: Vec<_> =
        judged.findings("AKIAOLD", "A").into_iter().map(|f| (f.1, f.2, f.3)).collect();
    assert_eq!(
        found,
        [
            (Contradicted, t("2025-10-08"), Some(t("2025-11-01"))),
            (Indeterminate, t("2025-11-01"), None),
        ],
        "a use shows that it was active until then"
    );

    let mut world = World::new();
    world.run(keys(), Vec::new(), &[LOG]);
    let judged = Judged::of(&world, "CRD-01");
    assert_eq!(
        judged.findings("AKIAOLD", "A")[0].3,
        None,
        "a whole log without its end shows it, too"
    );
    assert_eq!(judged.outcome("AKIAOLD", "A"), Contradicted);
}

#[test]
fn a_certificate_of_hours_is_not_renewed_two_weeks_before_its_end() {
    let certificate = |id: &'static str, ends: &str| {
        Fact::new(TableId::Credentials, "certificate", id, begun("2025-07-10T08:00:00Z"))
            .with("class", "certificate")
            .with("native_kind", "pki")
            .with("created_by", "web")
            .with("expires_at", t(ends))
    };
    let mut world = World::new();
    world.run(
        vec![
            certificate("short", "2025-07-10T14:00:00Z"),
            certificate("long", "2025-09-10T08:00:00Z"),
        ],
        Vec::new(),
        &[LOG, LISTING],
    );
    let judged = Judged::of(&world, "CRD-02");
    assert_eq!(judged.outcome("short", "C"), NotApplicable);
    assert_eq!(judged.outcome("short", "B"), Supported);
    assert_eq!(judged.outcome("long", "C"), Contradicted, "nothing replaced it in time");
}

#[test]
fn actors_are_on_record_by_login_and_by_id() {
    let entity = Fact::new(TableId::Identities, "entity", "e734283e", seen("2025-01-01"));
    let act = |id: &str, actor: &str, actor_id: Option<&str>| UsageEvent {
        actor: Some(actor.to_owned()),
        actor_id: actor_id.map(str::to_owned),
        actor_type: None,
        ..used(id, "2025-08-05T10:00:00Z", "", "")
    };
    let events = |last: UsageEvent| {
        vec![
            act("1", "Ann@example.com", Some("00u1")),
            act("2", "userpass-lab-user-7", Some("e734283e")),
            last,
        ]
    };
    let people = || vec![okta("ann@example.com", "active"), entity.clone()];
    let mut world = World::new();
    world.run(people(), events(act("3", "ann@example.com", None)), &[LOG]);
    assert_eq!(Judged::of(&world, "MON-02").outcome("2025-08-04", "B"), Supported);

    let mut world = World::new();
    world.run(people(), events(act("3", "stranger", None)), &[LOG]);
    let judged = Judged::of(&world, "MON-02");
    assert_eq!(judged.outcome("2025-08-04", "B"), Contradicted);
    assert!(judged.reason("2025-08-04", "B").contains("1 of 3 events"));
}

#[test]
fn an_account_that_only_a_list_of_access_shows_is_gone_with_its_access() {
    let member = |login: &'static str, from: &str, to: Option<&str>| {
        let begins =
            Fact::new(TableId::Grants, "org-member", format!("{login}|member {from}"), begun(from))
                .with("identity_id", format!("login/{login}"))
                .with("principal", login)
                .with("entitlement", "member");
        let ends = to.map(|to| {
            Fact::new(TableId::Grants, "org-member", format!("{login}|member {from}"), ended(to))
        });
        [Some(begins), ends]
    };
    let login = |login: &'static str| {
        Some(
            Fact::new(TableId::Identities, "login", login, seen("2024-01-01"))
                .with("login", login)
                .with("kind", "human"),
        )
    };
    let facts = [
        [login("long-gone"), login("back-later")],
        [login("left-within"), login("stays")],
        member("long-gone", "2024-01-01", Some("2024-06-01")),
        member("back-later", "2024-01-01", Some("2024-06-01")),
        member("back-later", "2026-02-01", None),
        member("left-within", "2024-01-01", Some("2025-09-01")),
        member("stays", "2024-01-01", None),
    ];
    let mut world = World::new();
    let whole: Cover = ("grants", "2024-01-01", "2026-06-01", Asserted);
    world.run(facts.into_iter().flatten().flatten().collect(), Vec::new(), &[whole]);
    let judged = Judged::of(&world, "INV-01");
    assert_eq!(judged.result.population.count, 2, "who has access in the period");
    assert_eq!(judged.item("left-within").to, Some(t("2025-09-01")));
    assert_eq!(judged.item("stays").to, None);
}

#[test]
fn a_binding_that_comes_to_give_another_right_grants_anew() {
    let bound = |role: &'static str, at: &str| {
        Fact::new(TableId::Grants, "cluster-role-binding", "ops#ann", begun(at))
            .with("identity_id", "user/ann")
            .with("principal", "ann")
            .with("entitlement", role)
    };
    let ann =
        Fact::new(TableId::Identities, "user", "ann", seen("2025-01-01")).with("kind", "human");
    let mut world = World::new();
    world.run(
        vec![
            ann,
            bound("view", "2025-08-01T10:00:00Z"),
            bound("cluster-admin", "2025-08-02T10:00:00Z"),
        ],
        Vec::new(),
        &[],
    );
    let judged = Judged::of(&world, "JML-01");
    assert_eq!(judged.result.population.count, 2);
    assert_eq!(judged.item("cluster-admin").from, t("2025-08-02T10:00:00Z"));
    assert_eq!(judged.outcome("cluster-admin", "A"), NotDemonstrated);
}

/// What is first listed between two listings, or after its account was made, began somewhere between.
#[test]
fn a_grant_between_two_listings_is_judged_by_what_holds_whenever_it_began() {
    let row = |who: &str| {
        let id = format!("{who}|view");
        let fact = move |change| Fact::new(TableId::Grants, "member", id.clone(), change);
        let who = who.to_owned();
        [
            fact(Change::Absent { at: t("2025-08-01") }),
            fact(seen("2025-09-01"))
                .with("identity_id", format!("user/{who}"))
                .with("principal", who)
                .with("entitlement", "view"),
        ]
    };
    let made = |who: &str, at: &str| {
        Fact::new(TableId::Identities, "user", who, begun(at))
            .with("login", who)
            .with("kind", "human")
    };
    let asked = |who: &str, at: &str| {
        approval(&format!("R-{who}"), Some("boss"), at)
            .with("requested_for", who)
            .with("requested", "view")
            .with("reason", "work")
    };
    let mut facts = vec![
        made("before", "2025-01-01"),
        made("between", "2025-01-01"),
        made("after", "2025-01-01"),
        made("never", "2025-01-01"),
        asked("before", "2025-08-01"),
        asked("between", "2025-08-15"),
        asked("after", "2025-09-02"),
    ];
    facts.extend(["before", "between", "after", "never"].into_iter().flat_map(row));
    // First listed on 1 September, and made in the period, so not there before it.
    let alone = |who: &str, at: &str| {
        let [_, first] = row(who);
        [made(who, at), first]
    };
    facts.extend(alone("young", "2025-07-02"));
    facts.extend(alone("old", "2025-06-30"));
    let mut world = World::new();
    world.run(facts, Vec::new(), &[]);
    let judged = Judged::of(&world, "JML-01");
    for (who, attribute, expected) in [
        ("/before|", "A", Supported),
        ("/before|", "D", Supported),
        ("/between|", "A", Supported),
        ("/between|", "D", Indeterminate),
        ("/after|", "D", Contradicted),
        ("/never|", "A", NotDemonstrated),
        ("/young|", "A", NotDemonstrated),
        ("/old|", "A", Indeterminate),
        ("/old|", "D", NotApplicable),
    ] {
        assert_eq!(judged.outcome(who, attribute), expected, "{attribute} of {who}");
    }
}
