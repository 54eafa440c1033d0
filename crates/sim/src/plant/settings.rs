//! CFG-01: settings of organisations, kept as code: in order, changed with a pull request and
//! without, and in a copy that is not kept current.

use std::collections::BTreeMap;

use tenure_model::Timestamp;
use tenure_model::outcome::Outcome::{Contradicted, NotDemonstrated};

use crate::World;
use crate::files::git::Repository;
use crate::plant::{DAY, SECOND};

/// The repository of most organisations, and the system that it is about.
const MAIN: &str = "github-orgs";
/// The one whose copy was last fetched a month before the period ended.
const COPY: &str = "github-orgs-labs";
/// The one whose copy was last fetched in the instant at which the period ended.
const LAST: &str = "github-orgs-sister";

/// The settings, and what they must be.
const REQUIRED: [(&str, &str); 4] = [
    ("default_repository_permission", "read"),
    ("members_can_create_repositories", "false"),
    ("members_can_create_public_repositories", "false"),
    ("two_factor_requirement", "true"),
];

/// A change of a setting.
struct Change {
    org: &'static str,
    setting: &'static str,
    value: &'static str,
    at: Timestamp,
    /// The pull request.
    pull: Option<u32>,
}

/// What is with the settings of an organisation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    /// As they must be all the time.
    Fine,
    /// One is as it must not be from the beginning.
    Always,
    /// One is loosened for ten days.
    Loosened,
    /// One is loosened for a second.
    Briefly,
    /// One is changed to another value that it may have, with a pull request.
    Tightened,
    /// The same without one.
    Quietly,
    /// One is loosened for a week, without one.
    LoosenedQuietly,
    /// One is put in order in the first instant of the period.
    InTime,
    /// A second later.
    ASecondLate,
}

const ORGANISATIONS: [(&str, Fate); 9] = [
    ("acme", Fate::Fine),
    ("acme-archive", Fate::Always),
    ("acme-data", Fate::Loosened),
    ("acme-docs", Fate::Briefly),
    ("acme-infra", Fate::Tightened),
    ("acme-mobile", Fate::Quietly),
    ("acme-research", Fate::LoosenedQuietly),
    ("acme-sites", Fate::InTime),
    ("acme-tools", Fate::ASecondLate),
];

/// Writes both repositories.
pub fn plant(world: &mut World) {
    let (from, to) = (world.settings.period.from, world.settings.period.to);
    let end = world.settings.collected_at();
    let mut changes = Vec::new();
    for (org, fate) in ORGANISATIONS {
        changes.extend(changed(org, fate, from));
        tell(world, org, fate);
    }
    changes.sort_by_key(|change| change.at);
    let organisations = ORGANISATIONS.map(|(org, fate)| (org, fate == Fate::Always));
    repository(world, MAIN, &organisations, &changes, end);
    let fetched = to.plus_micros(-30 * DAY);
    repository(world, COPY, &[("acme-labs", false)], &[], fetched);
    repository(world, LAST, &[("sister", false)], &[], to);
    let last = item(LAST, "sister", REQUIRED[0].0);
    world.truth.near_miss(("CFG-01", &last, "C"), "fetched in the instant at which it all ended");
    for (setting, _) in REQUIRED {
        let item = item(COPY, "acme-labs", setting);
        let why = "the copy of the repository was fetched a month before the end";
        world.truth.gap(("CFG-01", &item, "C"), (Some(fetched), None), why);
    }
}

fn item(system: &str, org: &str, setting: &str) -> String {
    format!("{system}/org:{org}/{setting}")
}

fn changed(org: &'static str, fate: Fate, from: Timestamp) -> Vec<Change> {
    let at = |days: i64| from.plus_micros(days * DAY + 11 * 3_600 * SECOND);
    let change = |setting: usize, value, at, pull| {
        let setting = REQUIRED[setting].0;
        Change { org, setting, value, at, pull }
    };
    match fate {
        Fate::Fine | Fate::Always => vec![],
        Fate::Loosened => {
            vec![change(0, "write", at(50), Some(21)), change(0, "read", at(60), Some(24))]
        }
        Fate::Briefly => {
            let back = at(130).plus_micros(SECOND);
            vec![change(3, "false", at(130), Some(41)), change(3, "true", back, Some(42))]
        }
        Fate::Tightened => vec![change(0, "none", at(80), Some(31))],
        Fate::Quietly => vec![change(0, "none", at(90), None)],
        Fate::LoosenedQuietly => {
            vec![change(1, "true", at(200), None), change(1, "false", at(207), Some(63))]
        }
        Fate::InTime | Fate::ASecondLate => {
            let late = if fate == Fate::InTime { 0 } else { SECOND };
            let loose = change(2, "true", at(-40), Some(9));
            vec![loose, change(2, "false", from.plus_micros(late), Some(11))]
        }
    }
}

fn tell(world: &mut World, org: &str, fate: Fate) {
    let from = world.settings.period.from;
    let at = |days: i64| from.plus_micros(days * DAY + 11 * 3_600 * SECOND);
    let instant = |at: Timestamp| (at, Some(at.plus_micros(1)));
    let items = REQUIRED.map(|(setting, _)| item(MAIN, org, setting));
    let truth = &mut world.truth;
    let mut loose = |setting: usize, stretch| {
        let place = ("CFG-01", items[setting].as_str(), "A");
        truth.deviation(place, Contradicted, stretch, "not the required value");
    };
    match fate {
        Fate::Fine => {}
        Fate::Always => loose(1, (from, None)),
        Fate::Loosened => loose(0, (at(50), Some(at(60)))),
        Fate::Briefly => loose(3, (at(130), Some(at(130).plus_micros(SECOND)))),
        Fate::LoosenedQuietly => loose(1, (at(200), Some(at(207)))),
        Fate::ASecondLate => loose(2, (from, Some(from.plus_micros(SECOND)))),
        Fate::Tightened => {
            truth.near_miss(("CFG-01", &items[0], "A"), "another value that it may have");
            truth.near_miss(("CFG-01", &items[0], "B"), "changed by a pull request");
        }
        Fate::Quietly => {}
        Fate::InTime => truth.near_miss(("CFG-01", &items[2], "A"), "in order as the period began"),
    }
    let quiet = match fate {
        Fate::Quietly => Some((0, at(90))),
        Fate::LoosenedQuietly => Some((1, at(200))),
        _ => None,
    };
    if let Some((setting, at)) = quiet {
        let place = ("CFG-01", items[setting].as_str(), "B");
        let why = "changed without a pull request";
        world.truth.deviation(place, NotDemonstrated, instant(at), why);
    }
}

/// A repository with a file for each organisation, which came into it long before the period.
fn repository(
    world: &mut World,
    system: &str,
    organisations: &[(&'static str, bool)],
    changes: &[Change],
    as_of: Timestamp,
) {
    let mut repository = Repository::default();
    let mut values: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for (org, loose) in organisations {
        for (setting, value) in REQUIRED {
            values.insert((*org, setting), value);
        }
        if *loose {
            values.insert((*org, REQUIRED[1].0), "true");
        }
        write(&mut repository, org, &values);
    }
    let began = world.settings.period.from.plus_micros(-200 * DAY);
    repository.commit("Organisations as code (#1)", "Ada Abara", began);
    for change in changes {
        values.insert((change.org, change.setting), change.value);
        write(&mut repository, change.org, &values);
        let title = format!("Set {} of {}", change.setting, change.org);
        let pull = change.pull.map(|pull| format!(" (#{pull})")).unwrap_or_default();
        repository.commit(&format!("{title}{pull}"), "Ada Abara", change.at);
    }
    let path = format!("{system}/organisations.bundle");
    world.output.file(path.clone(), repository.bundle());
    let (path, as_of) = (format!("@/{path}"), as_of.to_string());
    let settings = [("path", path.as_str()), ("layout", "peribolos"), ("as_of", as_of.as_str())];
    world.output.source_of(system, system, "git-access", &settings);
}

fn write(repository: &mut Repository, org: &str, values: &BTreeMap<(&str, &str), &str>) {
    let own = values.iter().filter(|((of, _), _)| *of == org);
    let lines: String = own.map(|((_, setting), value)| format!("{setting}: {value}\n")).collect();
    let text = format!("name: {org}\nadmins: []\nmembers: []\n{lines}");
    repository.write(&format!("config/{org}/org.yaml"), &text);
}
