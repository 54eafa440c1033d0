use tenure_model::Held;
use tenure_model::tables::TableId;

use std::cell::RefCell;

use super::*;
use crate::attrs::{said, texts};
use crate::facts::Said;

fn t(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

thread_local! {
    /// The texts of a test.
    static TEXTS: RefCell<Texts> = RefCell::new(texts());
}

fn observe_in(table: TableId, change: Change, attrs: &[(&str, Said<'_>)]) -> Observation {
    let attrs = attrs.iter().map(|(name, value)| (*name, value));
    TEXTS.with_borrow_mut(|texts| Observation {
        order: change.at(),
        change,
        attrs: said(table.table(), attrs, texts).expect("attributes of the table").into(),
        evidence: Pointer {
            artifact: texts.add("blob"),
            record: change.at().seconds().unsigned_abs(),
        },
    })
}

fn texts_said<'t>(attrs: &[(&'static str, &'t str)]) -> Vec<(&'static str, Said<'t>)> {
    attrs.iter().map(|(name, text)| (*name, Said::Text((*text).into()))).collect()
}

fn observe(change: Change, attrs: &[(&'static str, &str)]) -> Observation {
    observe_in(TableId::Grants, change, &texts_said(attrs))
}

fn fold(observations: &[Observation]) -> Vec<Version> {
    versions(TableId::Grants.table(), observations)
}

/// The text of a column of a version.
fn text(table: TableId, version: &Version, column: &str) -> Option<String> {
    let column = number(table.table(), column).expect("a column of the table");
    let text = get(&version.attrs, column)?.as_text().expect("a text");
    TEXTS.with_borrow(|texts| texts.get(text).map(str::to_owned))
}

fn grant(version: &Version, column: &str) -> Option<String> {
    text(TableId::Grants, version, column)
}

#[test]
fn events_pin_both_ends() {
    let got = fold(&[
        observe(Change::Begun { at: t(10), basis: Basis::Event }, &[("approval_ref", "7")]),
        observe(Change::Ended { at: t(20), basis: Basis::Event }, &[("removal_ref", "8")]),
    ]);
    assert_eq!(got.len(), 1);
    assert!(got[0].validity.is_pinned());
    assert_eq!(grant(&got[0], "approval_ref").as_deref(), Some("7"));
    assert_eq!(grant(&got[0], "removal_ref").as_deref(), Some("8"));
    assert!(got[0].evidence.iter().all(|e| !e.artifact.is_none()), "one record for each end");
}

#[test]
fn a_sight_in_the_same_instant_does_not_tell_that_it_was_still_as_before() {
    let seen = |at: i64, attrs: &[(&'static str, &str)]| {
        observe_in(TableId::Credentials, Change::Seen { at: t(at) }, &texts_said(attrs))
    };
    // A listing tells when a key was last used before it tells that the key is disabled.
    let got = versions(
        TableId::Credentials.table(),
        &[
            seen(10, &[("status", "active")]),
            seen(20, &[]),
            seen(30, &[]),
            seen(30, &[("status", "inactive")]),
        ],
    );
    assert_eq!(got.len(), 2);
    assert_eq!((got[0].validity.to_lo, got[0].validity.to_hi), (Some(t(20)), Some(t(30))));
    assert_eq!((got[1].validity.from_lo, got[1].validity.from_hi), (Some(t(20)), t(30)));
}

#[test]
fn who_changed_a_setting_is_told_of_that_change_alone() {
    let begun = |at: i64, attrs: &[(&'static str, &str)]| {
        let change = Change::Begun { at: t(at), basis: Basis::Event };
        observe_in(TableId::Configurations, change, &texts_said(attrs))
    };
    let got = versions(
        TableId::Configurations.table(),
        &[
            begun(10, &[("value", "read"), ("change_ref", "1"), ("changed_by", "ann")]),
            begun(20, &[("value", "write")]),
            begun(30, &[("value", "read"), ("change_ref", "3"), ("changed_by", "bob")]),
        ],
    );
    let setting = |version, column| text(TableId::Configurations, version, column);
    let refs: Vec<_> = got.iter().map(|v| setting(v, "change_ref")).collect();
    assert_eq!(refs, [Some("1".into()), None, Some("3".into())]);
    assert_eq!(setting(&got[1], "changed_by"), None);
}

#[test]
fn snapshots_leave_bounds() {
    let got = fold(&[
        observe(Change::Absent { at: t(5) }, &[]),
        observe(Change::Seen { at: t(10) }, &[]),
        observe(Change::Seen { at: t(20) }, &[]),
        observe(Change::Absent { at: t(30) }, &[]),
    ]);
    assert_eq!(got.len(), 1);
    let v = got[0].validity;
    assert_eq!(
        (v.from_lo, v.from_hi, v.to_lo, v.to_hi),
        (Some(t(5)), t(10), Some(t(20)), Some(t(30)))
    );
    assert_eq!(v.held_at(t(25)), Held::Maybe);
}

#[test]
fn seen_absent_in_between_is_another_incarnation() {
    let got = fold(&[
        observe(Change::Begun { at: t(10), basis: Basis::Event }, &[]),
        observe(Change::Ended { at: t(20), basis: Basis::Event }, &[]),
        observe(Change::Begun { at: t(30), basis: Basis::Event }, &[]),
    ]);
    assert_eq!(got.iter().map(|v| v.incarnation).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn a_changed_attribute_is_another_version() {
    let got = fold(&[
        observe(Change::Seen { at: t(10) }, &[("condition_expr", "a")]),
        observe(Change::Seen { at: t(20) }, &[("condition_expr", "a")]),
        observe(Change::Seen { at: t(30) }, &[("condition_expr", "b"), ("reason", "r")]),
    ]);
    assert_eq!(got.len(), 2);
    assert_eq!((got[0].validity.to_lo, got[0].validity.to_hi), (Some(t(20)), Some(t(30))));
    assert_eq!(got[1].version_no, 2);
    assert_eq!(
        grant(&got[0], "reason").as_deref(),
        Some("r"),
        "the last value counts for the whole incarnation"
    );
}

#[test]
fn what_is_said_to_be_empty_is_known_no_longer() {
    let empty = |at, column: &'static str| {
        observe_in(TableId::Grants, Change::Seen { at: t(at) }, &[(column, Said::Empty)])
    };
    let got = fold(&[
        observe(Change::Seen { at: t(10) }, &[("condition_expr", "a"), ("reason", "r")]),
        empty(20, "reason"),
        empty(30, "condition_expr"),
    ]);
    assert_eq!(got.len(), 2, "the condition tracks versions");
    assert_eq!(grant(&got[0], "condition_expr").as_deref(), Some("a"));
    assert_eq!(grant(&got[1], "condition_expr"), None);
    assert!(got.iter().all(|v| grant(v, "reason").is_none()), "the last value counts");
}

#[test]
fn an_end_alone_leaves_the_start_open() {
    let got = fold(&[observe(Change::Ended { at: t(20), basis: Basis::Event }, &[])]);
    assert_eq!(got[0].validity.held_at(t(19)), Held::Maybe);
    assert_eq!(got[0].validity.held_at(t(20)), Held::No);
    assert_eq!(got[0].basis, Basis::Unknown);
}

#[test]
fn an_end_that_is_told_again_is_the_same_end() {
    let begin = || observe(Change::Begun { at: t(10), basis: Basis::SourceAttribute }, &[]);
    let end = || observe(Change::Ended { at: t(20), basis: Basis::SourceAttribute }, &[]);
    let got = fold(&[begin(), begin(), end(), end()]);
    assert_eq!(got.len(), 1);
    assert!(got[0].validity.is_pinned());
}

#[test]
fn what_is_seen_as_it_ends_is_not_there_again() {
    let begin = observe(Change::Begun { at: t(10), basis: Basis::Event }, &[]);
    let end = observe(Change::Ended { at: t(20), basis: Basis::Event }, &[]);
    let seen = |at| observe(Change::Seen { at: t(at) }, &[]);
    let got = fold(&[begin.clone(), end.clone(), seen(20)]);
    assert_eq!(got.len(), 1);
    assert!(got[0].validity.is_pinned());
    assert_eq!(fold(&[begin.clone(), end.clone(), seen(20), seen(21)])[1].incarnation, 2);
    let again = observe(Change::Begun { at: t(20), basis: Basis::Event }, &[]);
    assert_eq!(fold(&[begin, end, again])[1].incarnation, 2, "the source says so");
    let gone = observe(Change::Absent { at: t(30) }, &[]);
    assert_eq!(fold(&[seen(10), gone, seen(30)]).len(), 2, "a row that begins anew");
}

#[test]
fn an_end_that_claims_to_precede_its_start_is_clamped() {
    let begin = observe(Change::Begun { at: t(20), basis: Basis::Event }, &[]);
    let mut end = observe(Change::Ended { at: t(10), basis: Basis::Event }, &[]);
    end.order = t(20);
    let got = fold(&[begin, end]);
    assert_eq!(got[0].validity.certain(), None);
    assert_eq!(got[0].validity.to_hi, Some(t(20)));
}
