//! What a step of the state, and the commit that made it, mean as facts.

use tenure_model::fact::{Basis, Change, Fact};
use tenure_model::tables::TableId;
use tenure_model::time::Timestamp;

use super::commit::Commit;
use super::doc::{Kind, RosterKey};
use super::state::{Delta, Identity, Place, Setting, State, Turn};

/// Endings by which a login is taken for a bot's. A bare `bot` is not among them: people are
/// called so.
pub(super) const BOT_ENDINGS: &[&str] =
    &["[bot]", "-bot", "_bot", "-robot", "_robot", "-ci", "-automation"];

/// How certain the instants of a step are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Moment {
    /// The commit's time, exactly.
    Pinned,
    /// The state was found at the commit's time; it is older.
    Found,
    /// Somewhere in between: the history in between was rewritten.
    Between(Timestamp, Timestamp),
}

/// The facts of a step, in a fixed order.
pub(super) fn of_step(
    state: &State<'_>,
    delta: &Delta,
    commit: &Commit,
    moment: Moment,
) -> Vec<Fact> {
    let telling = Telling { state, delta, commit, moment };
    let mut facts = Vec::new();
    if moment == Moment::Pinned {
        telling.change(&mut facts);
    }
    for (login, identity) in &delta.identities {
        facts.push(telling.identity(login, identity));
    }
    for (key, turn) in &delta.lists {
        telling.entitlement(key, *turn, &mut facts);
    }
    for (setting, value, before) in &delta.settings {
        telling.configuration(setting, value.as_deref(), *before, &mut facts);
    }
    for (place, turn) in &delta.places {
        match place.0.0.of_owners() {
            true => telling.ownership(place, *turn, &mut facts),
            false => telling.grant(place, *turn, &mut facts),
        }
    }
    facts
}

/// The alert that a branch was rewritten.
pub(super) fn rewritten(old: &str, new: &str, onto: &str, seen_at: Timestamp) -> Fact {
    let id = format!("{}..{}", short(old), short(new));
    let detail = format!("the branch was at {old} and is now at {new}; both lines share {onto}");
    Fact::new(TableId::Alerts, "git-history", id, Change::Seen { at: seen_at })
        .with("rule", "history_rewritten")
        .with("detail", detail)
        .with("raised_at", seen_at)
}

/// The first 12 digits of an id in hex.
pub(super) fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

struct Telling<'t> {
    state: &'t State<'t>,
    delta: &'t Delta,
    commit: &'t Commit,
    moment: Moment,
}

impl Telling<'_> {
    /// The commit as a change, and its pull request as an approval.
    fn change(&self, facts: &mut Vec<Fact>) {
        let commit = self.commit;
        let at = commit.at;
        let begun = Change::Begun { at, basis: Basis::Event };
        let count = |turn| {
            let grants =
                self.delta.places.iter().filter(|((key, _), t)| !key.0.of_owners() && *t == turn);
            i64::try_from(grants.count()).unwrap_or(i64::MAX)
        };
        let change = Fact::new(TableId::Changes, "commit", commit.id.to_string(), begun)
            .with_some("change_ref", commit.change_ref.as_deref())
            .with("title", commit.title.as_str())
            .with("author", commit.made_by())
            .with_some("approver", commit.approver.as_deref())
            .with("merged_by", commit.committer.as_str())
            .with("merged_at", at)
            .with("grants_begun", count(Turn::Began))
            .with("grants_ended", count(Turn::Ended));
        facts.push(change);
        let Some(number) = &commit.change_ref else { return };
        let approval = Fact::new(TableId::Approvals, "pull-request", number.as_str(), begun)
            .with("request_ref", number.as_str())
            .with("title", commit.title.as_str())
            .with_some("requested_by", commit.head_owner.as_deref())
            .with_some("approver", commit.approver.as_deref())
            .with("outcome", "approved")
            .with("resolved_at", at);
        facts.push(approval);
    }

    fn identity(&self, login: &str, identity: &Identity) -> Fact {
        let (kind, why) = kind_of(login);
        let basis = match identity.person.github_id {
            Some(id) => format!("{why}; GitHub account number {id}"),
            None => why,
        };
        let seen = Change::Seen { at: self.at() };
        Fact::new(TableId::Identities, "login", login, seen)
            .with("kind", kind)
            .with("kind_basis", basis)
            .with("login", identity.spelling.as_str())
            .with_some("display_name", identity.person.name.as_deref())
    }

    fn entitlement(&self, key: &RosterKey, turn: Turn, facts: &mut Vec<Fact>) {
        let (kind, id) = key;
        // A team included in another holds what people hold there: no entitlement of its own.
        if kind.of_owners() || *kind == Kind::TeamIncluded {
            return;
        }
        // A permission that people held may still be held by teams, and the other way round.
        if turn == Turn::Ended
            && kind.twin().is_some_and(|twin| self.state.has(&(twin, id.clone())))
        {
            return;
        }
        let (level, privileged) = level(*kind, id);
        let (resource, _) = id.rsplit_once(':').unwrap_or((id, ""));
        let purpose = match kind {
            Kind::TeamRepo | Kind::Permission | Kind::TeamPermission => "permission",
            _ => "membership",
        };
        self.tell(turn, self.state.is_imported(self.delta, key), facts, |change, begins| {
            let fact =
                Fact::new(TableId::Entitlements, kind.entitlement_type(), id.as_str(), change);
            if !begins {
                return fact;
            }
            fact.with("name", id.as_str())
                .with("purpose", purpose)
                .with("level", level)
                .with("privileged", privileged)
                .with("resource", resource)
        });
    }

    fn configuration(
        &self,
        (scope, name): &Setting,
        value: Option<&str>,
        before: bool,
        facts: &mut Vec<Fact>,
    ) {
        let id = format!("{scope}/{name}");
        let key = (Kind::OrgMember, format!("{scope}:member"));
        let imported = !before && self.state.is_imported(self.delta, &key);
        let turn = if value.is_some() { Turn::Began } else { Turn::Ended };
        let known = self.moment == Moment::Pinned && !imported;
        self.tell(turn, imported, facts, |change, begins| {
            let fact = Fact::new(TableId::Configurations, "org-setting", id.as_str(), change);
            let Some(value) = value.filter(|_| begins) else { return fact };
            fact.with("scope", scope.as_str())
                .with("setting", name.as_str())
                .with("value", value)
                .with_some("change_ref", self.commit.change_ref.as_deref().filter(|_| known))
                .with_some("changed_by", known.then(|| self.commit.made_by()))
        });
    }

    fn ownership(&self, ((kind, role_id), login): &Place, turn: Turn, facts: &mut Vec<Fact>) {
        let target = role_id.strip_prefix("owners:").and_then(|id| id.rsplit_once(':'));
        let (directory, role) = target.unwrap_or((role_id, ""));
        let id = format!("{login}|{role_id}");
        self.tell(turn, false, facts, |change, begins| {
            let fact = Fact::new(TableId::Ownerships, kind.native_type(), id.as_str(), change);
            if !begins {
                return fact;
            }
            fact.with("target_table", "resources")
                .with("target", directory)
                .with("owner", login.as_str())
                .with("role", role)
                .with("source", "code")
        });
    }

    fn grant(&self, (key, holder): &Place, turn: Turn, facts: &mut Vec<Fact>) {
        let (kind, entitlement) = key;
        let imported = self.state.is_imported(self.delta, key);
        let id = format!("{holder}|{entitlement}");
        self.tell(turn, imported, facts, |change, begins| {
            let fact = Fact::new(TableId::Grants, kind.native_type(), id.as_str(), change);
            if !begins {
                return self.removal(fact, change);
            }
            let people = kind.of_people();
            let fact = fact
                .with_some("identity_id", people.then(|| format!("login/{holder}")))
                .with("entitlement_id", format!("{}/{entitlement}", kind.entitlement_type()))
                .with("principal", holder.as_str())
                .with("entitlement", entitlement.as_str())
                .with("effect", "allow")
                .with("path_kind", if people { "direct" } else { "group" });
            self.approval(fact, imported)
        });
    }

    fn approval(&self, fact: Fact, imported: bool) -> Fact {
        let commit = self.commit;
        if self.moment != Moment::Pinned {
            return fact.with("approval_basis", "none");
        }
        let explicit = commit.change_ref.is_some() && !imported;
        fact.with_some("approval_ref", commit.change_ref.as_deref())
            .with("approval_basis", if explicit { "explicit_id" } else { "none" })
            .with("granted_by", commit.committer.as_str())
            .with("granted_event", commit.id.to_string())
            .with_some("requested_by", commit.head_owner.as_deref())
            .with("reason", commit.title.as_str())
    }

    fn removal(&self, fact: Fact, change: Change) -> Fact {
        let commit = self.commit;
        if !matches!(change, Change::Ended { .. }) {
            return fact;
        }
        fact.with_some("removal_ref", commit.change_ref.as_deref())
            .with("removed_by", commit.committer.as_str())
            .with("removed_event", commit.id.to_string())
            .with("removal_cause", commit.removal_cause())
    }

    /// Words a turn as changes; `make` gets whether the change begins the thing.
    fn tell(
        &self,
        turn: Turn,
        imported: bool,
        facts: &mut Vec<Fact>,
        make: impl Fn(Change, bool) -> Fact,
    ) {
        let at = self.commit.at;
        let basis = Basis::Event;
        match (self.moment, turn) {
            (Moment::Between(after, by), Turn::Began) => {
                facts.push(make(Change::Absent { at: after }, false));
                facts.push(make(Change::Seen { at: by }, true));
            }
            (Moment::Between(after, by), Turn::Ended) => {
                facts.push(make(Change::Seen { at: after }, false));
                facts.push(make(Change::Absent { at: by }, false));
            }
            (Moment::Pinned, Turn::Began) if !imported => {
                facts.push(make(Change::Begun { at, basis }, true))
            }
            (_, Turn::Began) => facts.push(make(Change::Seen { at }, true)),
            (_, Turn::Ended) => facts.push(make(Change::Ended { at, basis }, false)),
        }
    }

    /// When the state after the step is certainly in force.
    fn at(&self) -> Timestamp {
        match self.moment {
            Moment::Between(_, by) => by,
            Moment::Pinned | Moment::Found => self.commit.at,
        }
    }
}

fn kind_of(login: &str) -> (&'static str, String) {
    match BOT_ENDINGS.iter().find(|ending| login.ends_with(**ending)) {
        Some(ending) => ("bot", format!("the login ends in '{ending}'")),
        None => ("human", "the login has no ending that bots use".to_owned()),
    }
}

/// The level of a right, and whether holding it is privileged.
fn level(kind: Kind, entitlement: &str) -> (&'static str, bool) {
    match kind {
        Kind::OrgAdmin => ("admin", true),
        Kind::TeamLead | Kind::TeamMaintainer => ("write", false),
        Kind::OrgMember | Kind::TeamMember | Kind::TeamIncluded | Kind::TeamGithub => {
            ("read", false)
        }
        Kind::Permission | Kind::TeamPermission => {
            let admin = entitlement.ends_with("-admin");
            (if admin { "admin" } else { "unknown" }, admin)
        }
        Kind::OwnersApprover | Kind::OwnersReviewer => ("unknown", false),
        Kind::TeamRepo => match entitlement.rsplit(':').next() {
            Some("admin") => ("admin", false),
            Some("write" | "push" | "maintain") => ("write", false),
            Some("read" | "pull" | "triage") => ("read", false),
            _ => ("unknown", false),
        },
    }
}
