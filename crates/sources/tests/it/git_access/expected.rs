//! The expectations on the Kubernetes organisations, computed from facts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use tenure_model::Timestamp;
use tenure_model::fact::{Change, Fact};
use tenure_model::tables::TableId;

use super::support::{Stretch, at, stretches, text};

/// Facts, looked at over one period.
pub(crate) struct Period {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    pub(crate) grants: Vec<Stretch>,
    pub(crate) repos: Vec<Stretch>,
    pub(crate) owners: Vec<Stretch>,
    pub(crate) changes: Vec<Fact>,
    pub(crate) identities: Vec<Fact>,
}

impl Period {
    pub(crate) fn new(facts: &[Fact]) -> Self {
        let (people, repos) =
            stretches(facts, TableId::Grants).into_iter().partition(|s| s.kind != "team-repo");
        let of = |table| facts.iter().filter(|f| f.table == table).cloned().collect::<Vec<_>>();
        Self {
            from: at("2025-07-01"),
            to: at("2026-01-01"),
            grants: people,
            repos,
            owners: stretches(facts, TableId::Ownerships),
            changes: of(TableId::Changes),
            identities: of(TableId::Identities),
        }
    }

    pub(crate) fn inside(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }

    /// Whether the stretch meets the period.
    pub(crate) fn meets(&self, s: &Stretch) -> bool {
        s.from < self.to && s.to.is_none_or(|to| to >= self.from)
    }

    /// 01, 02, 03, 22: opening, movements, closing.
    pub(crate) fn movements<'s>(&self, all: impl Iterator<Item = &'s Stretch> + Clone) -> Json {
        let count = |test: &dyn Fn(&Stretch) -> bool| all.clone().filter(|s| test(s)).count();
        json!({
            "held_at_from": count(&|s| s.from < self.from && s.to.is_none_or(|to| to >= self.from)),
            "granted": count(&|s| self.inside(s.from)),
            "removed": count(&|s| s.to.is_some_and(|to| self.inside(to))),
            "held_at_to": count(&|s| s.from < self.to && s.to.is_none_or(|to| to >= self.to)),
            "never_changed": count(&|s| s.from < self.from && s.to.is_none_or(|to| to >= self.to)),
            "transient": count(&|s| self.inside(s.from) && s.to.is_some_and(|to| self.inside(to))),
        })
    }

    pub(crate) fn by_kind(&self) -> Json {
        group(&self.grants, |s| s.kind.clone(), |all| self.movements(all.iter().copied()))
    }

    pub(crate) fn by_org_and_kind(&self) -> Json {
        let meeting: Vec<Stretch> = self.grants.iter().filter(|s| self.meets(s)).cloned().collect();
        group(
            &meeting,
            |s| org(&s.what).to_owned(),
            |all| {
                let all: Vec<Stretch> = all.iter().map(|s| (*s).clone()).collect();
                group(&all, |s| s.kind.clone(), |all| self.movements(all.iter().copied()))
            },
        )
    }

    /// 04
    pub(crate) fn people(&self) -> Json {
        let holders = |test: &dyn Fn(&Stretch) -> bool| -> BTreeSet<&str> {
            self.grants.iter().filter(|s| test(s)).map(|s| s.holder.as_str()).collect()
        };
        let before = holders(&|s| s.from < self.from && s.to.is_none_or(|to| to >= self.from));
        let after = holders(&|s| s.from < self.to && s.to.is_none_or(|to| to >= self.to));
        json!({
            "at_from": before.len(),
            "at_to": after.len(),
            "ever_in_window": holders(&|s| self.meets(s)).len(),
            "joined": after.difference(&before).count(),
            "left": before.difference(&after).count(),
        })
    }

    /// 05
    pub(crate) fn snapshots(&self) -> Json {
        let set = |at: Timestamp| -> BTreeSet<(&str, &str)> {
            let held = |s: &&Stretch| s.from < at && s.to.is_none_or(|to| to >= at);
            self.grants.iter().filter(held).map(|s| (s.holder.as_str(), s.what.as_str())).collect()
        };
        let (before, after) = (set(self.from), set(self.to));
        let unbroken = self
            .grants
            .iter()
            .filter(|s| s.from < self.from && s.to.is_none_or(|to| to >= self.to));
        json!({
            "only_at_to": after.difference(&before).count(),
            "only_at_from": before.difference(&after).count(),
            "in_both": before.intersection(&after).count(),
            "in_both_but_interrupted": before.intersection(&after).count() - unbroken.count(),
        })
    }

    /// 06: identities respelled in the period, with every grant their holder has then.
    pub(crate) fn respellings(&self) -> Json {
        let mut spelled: BTreeMap<&str, &str> = BTreeMap::new();
        let mut found = Vec::new();
        for fact in &self.identities {
            let (login, spelling) = (fact.native_id.as_str(), text(fact, "login"));
            let Some(old) = spelled.insert(login, spelling).filter(|old| *old != spelling) else {
                continue;
            };
            let when = fact.change.at();
            if !self.inside(when) {
                continue;
            }
            let pr = self
                .changes
                .iter()
                .find(|c| c.change.at() == when)
                .map_or("", |c| text(c, "change_ref"));
            let held = self
                .grants
                .iter()
                .filter(|s| s.holder == login && s.from < when && s.held_at(when));
            found.extend(held.map(|s| json!([when, pr, s.what, old, spelling])));
        }
        sorted(found)
    }

    /// 07
    pub(crate) fn commits(&self) -> Json {
        let inside: Vec<&Fact> =
            self.changes.iter().filter(|c| self.inside(c.change.at())).collect();
        let with_pr = inside.iter().filter(|c| !text(c, "change_ref").is_empty()).count();
        let events = |end: bool| -> BTreeSet<(&str, &str)> {
            self.grants
                .iter()
                .filter(|s| {
                    if end { s.to.is_some_and(|to| self.inside(to)) } else { self.inside(s.from) }
                })
                .map(|s| match end {
                    true => (s.end_attr("removed_event"), s.end_attr("removal_ref")),
                    false => (s.attr("granted_event"), s.attr("approval_ref")),
                })
                .collect()
        };
        let (granting, removing) = (events(false), events(true));
        let commits: BTreeSet<_> =
            granting.iter().chain(&removing).map(|(commit, _)| commit).collect();
        let prs = |events: &BTreeSet<(&str, &str)>| {
            events.iter().map(|e| e.1).collect::<BTreeSet<_>>().len()
        };
        json!({
            "touching_path": inside.len(),
            "with_pr": with_pr,
            "changing_some_grant": commits.len(),
            "distinct_prs_granting": prs(&granting),
            "distinct_prs_removing": prs(&removing),
        })
    }

    /// 08
    pub(crate) fn without_pr(&self) -> Json {
        json!({
            "grant": self.grants.iter().filter(|s| self.inside(s.from) && s.attr("approval_ref").is_empty()).count(),
            "removal": self.removed().filter(|s| s.end_attr("removal_ref").is_empty()).count(),
        })
    }

    /// 09: what one commit did.
    pub(crate) fn review(&self, commit: &str) -> Json {
        let removed: Vec<Stretch> =
            self.removed().filter(|s| s.end_attr("removed_event") == commit).cloned().collect();
        let granted: Vec<&Stretch> =
            self.grants.iter().filter(|s| s.attr("granted_event") == commit).collect();
        let losing: BTreeSet<&str> = removed.iter().map(|s| s.holder.as_str()).collect();
        let gaining: BTreeSet<&str> = granted.iter().map(|s| s.holder.as_str()).collect();
        json!({
            "time": removed[0].to,
            "pr": removed[0].end_attr("removal_ref"),
            "removed": removed.len(),
            "granted": granted.len(),
            "removed_by_kind": group(&removed, |s| format!("{} {}", org(&s.what), s.kind), |all| json!(all.len())),
            "principals_losing_something": losing.len(),
            "principals_losing_and_gaining_nothing": losing.difference(&gaining).count(),
        })
    }

    /// 10
    pub(crate) fn large_removals(&self) -> Json {
        let mut commits: BTreeMap<(Timestamp, &str, &str), usize> = BTreeMap::new();
        for s in self.removed() {
            let key =
                (s.to.expect("removed"), s.end_attr("removed_event"), s.end_attr("removal_ref"));
            *commits.entry(key).or_default() += 1;
        }
        let granted =
            |commit: &str| self.grants.iter().filter(|s| s.attr("granted_event") == commit).count();
        let large = commits.iter().filter(|(_, removed)| **removed >= 20);
        large
            .map(|((when, commit, pr), removed)| json!([when, pr, removed, granted(commit)]))
            .collect()
    }

    /// 11
    pub(crate) fn returned(&self, review: &str) -> Json {
        let lost: BTreeSet<(&str, &str)> = self
            .removed()
            .filter(|s| s.end_attr("removed_event") == review)
            .map(|s| (s.holder.as_str(), s.what.as_str()))
            .collect();
        let back = self.grants.iter().filter(|s| {
            self.inside(s.from)
                && lost.contains(&(s.holder.as_str(), s.what.as_str()))
                && s.attr("granted_event") != review
        });
        sorted(back.map(|s| json!([s.what, s.from, s.attr("approval_ref")])).collect())
    }

    /// 12
    pub(crate) fn elevations(&self, entitlement: &str) -> Json {
        let found = self.grants.iter().filter(|s| s.what == entitlement && self.inside(s.from));
        sorted(
            found
                .map(|s| json!([s.from, s.to, s.attr("approval_ref"), s.end_attr("removal_ref")]))
                .collect(),
        )
    }

    /// 13
    pub(crate) fn admins_changed(&self) -> Json {
        let found = self.grants.iter().filter(|s| s.kind == "org-admin");
        let events = found.flat_map(|s| {
            let granted = self
                .inside(s.from)
                .then(|| json!([s.from, "granted", s.what, s.attr("approval_ref")]));
            let removed = s.to.filter(|to| self.inside(*to));
            let removed =
                removed.map(|to| json!([to, "removed", s.what, s.end_attr("removal_ref")]));
            granted.into_iter().chain(removed)
        });
        sorted(events.collect())
    }

    /// 14
    pub(crate) fn admins(&self) -> Json {
        let admins: Vec<Stretch> =
            self.grants.iter().filter(|s| s.kind == "org-admin").cloned().collect();
        group(
            &admins,
            |s| s.what.clone(),
            |all| {
                let count = |at: Timestamp| {
                    all.iter().filter(|s| s.from < at && s.to.is_none_or(|to| to >= at)).count()
                };
                json!([count(self.from), count(self.to)])
            },
        )
    }

    /// 15
    pub(crate) fn outsiders(&self) -> Json {
        let count = |at: Timestamp| {
            let held: Vec<&Stretch> = self
                .grants
                .iter()
                .filter(|s| s.from < at && s.to.is_none_or(|to| to >= at))
                .collect();
            let inside: BTreeSet<(&str, &str)> = held
                .iter()
                .filter(|s| s.kind.starts_with("org-"))
                .map(|s| (s.holder.as_str(), org(&s.what)))
                .collect();
            let teams = held.iter().filter(|s| s.kind.starts_with("team-"));
            teams.filter(|s| !inside.contains(&(s.holder.as_str(), org(&s.what)))).count()
        };
        json!({ "at_from": count(self.from), "at_to": count(self.to) })
    }

    /// 17
    pub(crate) fn permissions(&self) -> Json {
        let at = |at: Timestamp| -> BTreeMap<(String, String), String> {
            self.repos
                .iter()
                .filter(|s| s.from < at && s.to.is_none_or(|to| to >= at))
                .map(|s| {
                    let (repo, permission) =
                        s.what.rsplit_once(':').expect("repo:org/name:permission");
                    ((s.holder.clone(), repo.to_owned()), permission.to_owned())
                })
                .collect()
        };
        let count = |held: &BTreeMap<(String, String), String>| {
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            held.values()
                .for_each(|permission| *counts.entry(permission.clone()).or_default() += 1);
            json!(counts)
        };
        let (before, after) = (at(self.from), at(self.to));
        json!({
            "at_from": count(&before),
            "at_to": count(&after),
            "added": after.keys().filter(|key| !before.contains_key(*key)).count(),
            "removed": before.keys().filter(|key| !after.contains_key(*key)).count(),
            "permission_changed": after.iter().filter(|(k, v)| before.get(*k).is_some_and(|b| b != *v)).count(),
        })
    }

    pub(crate) fn removed(&self) -> impl Iterator<Item = &Stretch> {
        self.grants.iter().filter(|s| s.to.is_some_and(|to| self.inside(to)))
    }

    /// 20: the digest over the population, optionally clipped at the period's start.
    pub(crate) fn population<'s>(
        &self,
        all: impl Iterator<Item = &'s Stretch>,
        clipped: bool,
    ) -> String {
        digest(all.filter(|s| self.meets(s)).map(|s| {
            let to = s.to.filter(|to| *to < self.to).map(|to| to.to_string()).unwrap_or_default();
            let (from, pr) = match clipped && s.from < self.from {
                true => (String::new(), ""),
                false => (s.from.to_string(), s.attr("approval_ref")),
            };
            format!("{}\t{}\t{from}\t{to}\t{pr}\n", s.holder, s.what)
        }))
    }

    /// 21
    pub(crate) fn events(&self, end: bool) -> String {
        let inside = |s: &&Stretch| match end {
            true => s.to.is_some_and(|to| self.inside(to)),
            false => self.inside(s.from),
        };
        digest(self.grants.iter().filter(inside).map(|s| {
            let (when, commit, pr) = match end {
                true => {
                    (s.to.expect("removed"), s.end_attr("removed_event"), s.end_attr("removal_ref"))
                }
                false => (s.from, s.attr("granted_event"), s.attr("approval_ref")),
            };
            format!("{when}\t{}\t{pr}\t{}\t{}\n", &commit[..12], s.holder, s.what)
        }))
    }

    /// 19
    pub(crate) fn self_requested(&self) -> usize {
        let granted = self
            .grants
            .iter()
            .filter(|s| self.inside(s.from) && matches!(s.begun.change, Change::Begun { .. }));
        granted.filter(|s| s.attr("requested_by") == s.holder).count()
    }
}

/// Compares what was found with what was expected.
pub(crate) struct Checks<'p> {
    period: &'p Period,
    expected: &'p BTreeMap<String, Json>,
    pub(crate) wrong: Vec<String>,
}

impl<'p> Checks<'p> {
    pub(crate) fn new(period: &'p Period, expected: &'p BTreeMap<String, Json>) -> Self {
        Self { period, expected, wrong: Vec::new() }
    }

    pub(crate) fn same(&mut self, id: &str, found: Json, wanted: Json) {
        if found != wanted {
            self.wrong.push(format!("{id}: expected {wanted}\n    found {found}"));
        }
    }

    fn check(&mut self, id: &str, found: Json) {
        self.same(id, found, self.expected[id].clone());
    }

    /// Everything that holds whatever the people are called.
    pub(crate) fn common(&mut self, review: &str) {
        let period = self.period;
        self.check("01", period.movements(period.grants.iter()));
        self.check("02", period.by_kind());
        self.check("03", period.by_org_and_kind());
        self.check("04", period.people());
        self.check("05", period.snapshots());
        self.check("08", period.without_pr());
        self.check("09", period.review(review));
        self.check("10", period.large_removals());
        self.check("13", period.admins_changed());
        self.check("14", period.admins());
        self.check("15", period.outsiders());
        self.check("17", period.permissions());
        self.check("19", json!(period.self_requested()));
        self.check(
            "22",
            group(&period.owners, |s| s.kind.clone(), |all| period.movements(all.iter().copied())),
        );
        let list = |id: &str| sorted(self.expected[id].as_array().expect("a list").clone());
        let (returned, elevations) = (list("11"), list("12"));
        self.same("11", period.returned(review), returned);
        self.same("12", period.elevations("team:etcd-io/release-etcd:member"), elevations);
        let mut commits = self.expected["07"].clone();
        // Whether the subject is a merge's is not kept as a fact; the request number is.
        commits.as_object_mut().expect("an object").remove("merge_subject");
        self.same("07", period.commits(), commits);
        self.out_of_force();
    }

    /// 18: a file moved too deep, and back.
    fn out_of_force(&mut self) {
        let moved = self.expected["18"].clone();
        let when = |name: &str| at(moved[name].as_str().expect("a time"));
        let teams: Vec<&str> = moved["entitlements"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(Json::as_str)
            .collect();
        let of = || self.period.grants.iter().filter(|s| teams.contains(&s.what.as_str()));
        let removed = of()
            .filter(|s| s.to == Some(when("at")) && s.end_attr("removal_ref") == "5840")
            .count();
        let again =
            of().filter(|s| s.from == when("again_at") && s.attr("approval_ref") == "6018").count();
        self.same("18", json!([removed, again]), json!([moved["removed"], moved["granted_again"]]));
    }
}

/// The organisation in an entitlement.
pub(crate) fn org(entitlement: &str) -> &str {
    let inside = entitlement.split_once(':').map_or("", |(_, rest)| rest);
    inside.split(['/', ':']).next().unwrap_or_default()
}

pub(crate) fn group(
    all: &[Stretch],
    key: impl Fn(&Stretch) -> String,
    make: impl Fn(&[&Stretch]) -> Json,
) -> Json {
    let mut groups: BTreeMap<String, Vec<&Stretch>> = BTreeMap::new();
    for s in all {
        groups.entry(key(s)).or_default().push(s);
    }
    groups.into_iter().map(|(name, members)| (name, make(&members))).collect()
}

pub(crate) fn sorted(mut all: Vec<Json>) -> Json {
    all.sort_by_key(ToString::to_string);
    Json::Array(all)
}

fn digest(lines: impl Iterator<Item = String>) -> String {
    let mut lines: Vec<String> = lines.collect();
    lines.sort_unstable();
    hex::encode(Sha256::digest(lines.concat()))
}
