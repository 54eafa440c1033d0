//! Chains over synthetic calls.

use proptest::prelude::*;

use crate::covered::Logs;

use super::resolve::chains;
use super::*;

fn hour(n: i64) -> Timestamp {
    Timestamp::from_seconds(n * 3_600)
}

fn said(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// `caller` assumes a role with `caller_key` and gets `key`.
fn issued(key: &str, caller_key: &str, caller: &str) -> Issued {
    Issued {
        without_caller_key: caller_key.is_empty(),
        at: Some(hour(100)),
        event: format!("event-{key}"),
        key: said(key),
        system: "aws".to_owned(),
        evidence: format!("blob#{key}"),
        action: said("AssumeRole"),
        role: Some(format!("role-of-{key}")),
        caller_key: said(caller_key),
        caller: said(caller),
        account: said("1"),
        caller_account: said("1"),
        ..Issued::default()
    }
}

fn seen(key: &str, actor_type: &str, actor: &str) -> Seen {
    Seen {
        first: hour(100),
        last: hour(101),
        key: key.to_owned(),
        uses: 2,
        system: "aws".to_owned(),
        actor_type: said(actor_type),
        actor: said(actor),
        issuer: None,
        account: said("1"),
        actor_account: said("1"),
        source_identity: None,
        federated: None,
        on_behalf_of: None,
    }
}

fn of(key: &str, issued: &[Issued], seen: &[Seen]) -> Chain {
    let found = chains(issued.to_vec(), seen.to_vec(), &Logs::default());
    found.into_iter().find(|chain| chain.key == key).expect("a chain of the key")
}

#[test]
fn three_hops_lead_to_a_person_and_a_key() {
    let calls = [
        issued("ASIA3", "ASIA2", "sts:b"),
        issued("ASIA2", "ASIA1", "sts:a"),
        issued("ASIA1", "AKIA1", "user/ann"),
    ];
    let uses = [
        seen("ASIA3", "AssumedRole", "sts:c"),
        seen("ASIA2", "AssumedRole", "sts:b"),
        seen("ASIA1", "AssumedRole", "sts:a"),
        seen("AKIA1", "IAMUser", "user/ann"),
    ];
    let chain = of("ASIA3", &calls, &uses);
    assert_eq!(chain.hops, Some(3));
    assert_eq!(chain.origin.behind.as_deref(), Some("user/ann"));
    assert_eq!(chain.origin.key.as_deref(), Some("AKIA1"));
    assert_eq!(chain.origin.basis, Basis::IssuedKey);
    assert_eq!(chain.text, "ASIA3 (sts:c) ← ASIA2 (sts:b) ← ASIA1 (sts:a) ← AKIA1 (user/ann)");
    let keys = chains(calls.to_vec(), uses.to_vec(), &Logs::default());
    assert_eq!(keys.len(), 3, "a long-term key is no session");
}

#[test]
fn a_session_of_a_user_needs_no_issuing_event() {
    for kind in ["IAMUser", "Root"] {
        let chain = of("ASIA1", &[], &[seen("ASIA1", kind, "user/ann")]);
        assert_eq!(chain.origin, Origin::known("user/ann".to_owned(), Basis::SessionOwner));
        assert_eq!(chain.hops, Some(0));
    }
}

#[test]
fn an_unknown_issuance_says_where_it_may_be() {
    let uses = [seen("ASIA1", "AssumedRole", "sts:a")];
    let why = |logs: &Logs, uses: &[Seen]| {
        let chain = chains(Vec::new(), uses.to_vec(), logs).remove(0);
        assert_eq!(chain.origin.basis, Basis::Unattributable);
        assert_eq!(chain.text, "ASIA1 (sts:a) ← ?");
        chain.origin.why.expect("a reason")
    };
    let mut logs = Logs::default();
    logs.state("aws", hour(90), hour(110), true);
    assert!(why(&logs, &uses).contains("before the log begins"));
    logs.state("aws", hour(0), hour(80), true);
    assert!(why(&logs, &uses).contains("in a gap"));
    logs.state("aws", hour(0), hour(90), true);
    assert!(why(&logs, &uses).contains("another account or region"));
    let named = Seen { actor: said("sts:assumed-role/a/ann"), ..uses[0].clone() };
    let why_named = chains(Vec::new(), vec![named], &logs).remove(0).origin.why;
    assert!(why_named.is_some_and(|why| why.ends_with("the session calls itself 'ann'")));
    let foreign = Seen { actor_account: said("2"), ..uses[0].clone() };
    assert!(why(&logs, &[foreign]).contains("account 2"));
}

#[test]
fn what_the_session_says_counts_where_nothing_better_is_known() {
    let mut uses = [seen("ASIA1", "AssumedRole", "sts:a")];
    uses[0].source_identity = said("ann");
    let chain = of("ASIA1", &[], &uses);
    assert_eq!(chain.origin.basis, Basis::SourceIdentity);
    assert_eq!(chain.origin.behind.as_deref(), Some("ann"));
    assert!(chain.origin.why.is_some(), "why it rests on that only");

    let known = of("ASIA1", &[issued("ASIA1", "AKIA1", "user/bob")], &uses);
    assert_eq!(known.origin.behind.as_deref(), Some("user/bob"));
    assert_eq!(known.source_identity.as_deref(), Some("ann"));
}

#[test]
fn federation_and_services_are_origins() {
    let mut saml = issued("ASIA1", "", "arn:saml/ann");
    saml.caller_type = said("SAMLUser");
    let chain = of("ASIA1", &[saml.clone()], &[]);
    assert_eq!(chain.origin, Origin::known("arn:saml/ann".to_owned(), Basis::Federated));
    saml.federated = said("idp ann@example.com");
    let chain = of("ASIA1", &[saml], &[]);
    assert_eq!(chain.origin.behind.as_deref(), Some("idp ann@example.com"));

    let mut service = issued("ASIA1", "", "");
    service.invoked_by = said("ec2.amazonaws.com");
    let chain = of("ASIA1", &[service], &[]);
    assert_eq!(chain.origin.behind.as_deref(), Some("ec2.amazonaws.com"));
    assert_eq!((chain.origin.basis, chain.hops), (Basis::IssuedKey, Some(1)));
}

#[test]
fn copies_in_two_accounts_are_one_call() {
    let mut received = issued("ASIA1", "", "");
    (received.shared_event, received.caller_account) = (said("shared"), said("2"));
    let alone = of("ASIA1", &[received.clone()], &[]);
    assert_eq!(alone.origin.basis, Basis::Unattributable);
    assert!(alone.cross_account);
    let mut sent = issued("", "AKIA1", "user/ann");
    (sent.shared_event, sent.caller_account) = (said("shared"), said("2"));
    sent.account = said("2");
    let both = of("ASIA1", &[received, sent], &[]);
    assert_eq!(both.origin.behind.as_deref(), Some("user/ann"));
    assert_eq!((both.hops, both.cross_account), (Some(1), true));
}

#[test]
fn circles_and_double_issuance_end() {
    let circle = [
        issued("ASIA1", "ASIA2", "sts:b"),
        issued("ASIA2", "ASIA1", "sts:a"),
        issued("ASIA3", "ASIA1", "x"),
    ];
    for key in ["ASIA1", "ASIA2", "ASIA3"] {
        let chain = of(key, &circle, &[]);
        assert_eq!((chain.origin.basis, chain.hops), (Basis::Unattributable, None), "{key}");
        assert!(chain.text.contains('…'), "{}", chain.text);
    }
    let mut later = issued("ASIA1", "AKIA2", "user/bob");
    later.at = Some(hour(101));
    let twice = of("ASIA1", &[later, issued("ASIA1", "AKIA1", "user/ann")], &[]);
    assert_eq!(twice.origin.behind.as_deref(), Some("user/ann"));
}

#[test]
fn long_chains_are_followed_once() {
    let n = 20_000;
    let calls: Vec<_> = (1..=n)
        .map(|i| {
            let caller = if i == 1 { "AKIA".to_owned() } else { format!("ASIA{}", i - 1) };
            issued(&format!("ASIA{i}"), &caller, "somebody")
        })
        .collect();
    let found = chains(calls, Vec::new(), &Logs::default());
    let longest = found.iter().filter_map(|chain| chain.hops).max();
    assert_eq!((found.len(), longest), (20_000, Some(n)));
}

fn any_call() -> impl Strategy<Value = Issued> {
    let caller = prop::sample::select(vec!["", "AKIA0", "ASIA0", "ASIA1", "ASIA2", "ASIA3"]);
    let optional = || prop::sample::select(vec!["", "s", "t"]);
    (0_i64..4, caller, optional(), optional(), 0_i64..3).prop_map(
        |(key, caller, shared, who, at)| {
            let mut call = issued(&format!("ASIA{key}"), caller, who);
            call.shared_event = said(shared);
            call.source_identity = said(who);
            call.at = Some(hour(at));
            call
        },
    )
}

proptest! {
    #[test]
    fn the_order_of_events_is_of_no_consequence(
        (calls, shuffled) in prop::collection::vec(any_call(), 0..10)
            .prop_flat_map(|v| (Just(v.clone()), Just(v).prop_shuffle())),
    ) {
        let uses = vec![seen("ASIA0", "IAMUser", "user/ann"), seen("ASIA9", "AssumedRole", "x")];
        let logs = Logs::default();
        prop_assert_eq!(chains(calls, uses.clone(), &logs), chains(shuffled, uses, &logs));
    }
}
