//! GOV-02: one small register is collected every week, but for some weeks; everything else is
//! collected once, a week after the period.

use tenure_model::Timestamp;
use tenure_model::outcome::Outcome::{Contradicted, NotDemonstrated};

use crate::World;
use crate::time::{DAY, SECOND};

const WEEK: i64 = 7 * DAY;

/// The source that is collected every week.
const SOURCE: &str = "weekly-drills";
const PATH: &str = "drills/drills.csv";

/// What becomes of the collection of a week.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Clean,
    /// Nobody collects.
    Missed,
    /// In the last second of the two days that a collection may be late.
    OnTheSecond,
    /// A second later: it is of the next week.
    Late,
    /// The file is empty.
    NothingThere,
    /// A row cannot be read.
    Partial,
    /// A row cannot be read, and is corrected the day after.
    Corrected,
}

/// A collection in the middle of each week.
pub fn plant(world: &mut World) {
    let why = "everything but one register is collected once, a week after the period";
    for attribute in ["A", "B", "C", "D", "E"] {
        world.truth.circumstance(("GOV-02", "*", attribute), NotDemonstrated, why);
    }
    let (from, to) = (world.settings.period.from, world.settings.period.to);
    let first = world.settings.seed % 4;
    let mut rows = Vec::new();
    let mut start = from;
    let mut n = 0_u64;
    while start.plus_micros(WEEK) <= to {
        n += 1;
        let fate = match (n + first) % 17 {
            4 => Fate::Missed,
            7 => Fate::OnTheSecond,
            10 => Fate::Late,
            13 => Fate::Partial,
            15 => Fate::NothingThere,
            16 => Fate::Corrected,
            _ => Fate::Clean,
        };
        week(world, &mut rows, start, fate);
        start = start.plus_micros(WEEK);
    }
    let path = format!("@/{PATH}");
    let settings = [("path", path.as_str()), ("register", "exercises")];
    world.output.source_of(SOURCE, "drills", "register-csv", &settings);
}

fn week(world: &mut World, rows: &mut Vec<Timestamp>, start: Timestamp, fate: Fate) {
    let end = start.plus_micros(WEEK);
    let middle = start.plus_micros(3 * DAY);
    let at = match fate {
        Fate::Missed => None,
        Fate::OnTheSecond => Some(end.plus_micros(2 * DAY - SECOND)),
        Fate::Late => Some(end.plus_micros(2 * DAY)),
        _ => Some(middle),
    };
    if let Some(at) = at {
        rows.push(start);
        let bad = matches!(fate, Fate::Partial | Fate::Corrected);
        let file = if fate == Fate::NothingThere { Vec::new() } else { drills(rows, bad) };
        world.output.arrive(at, SOURCE, PATH, file);
    }
    if fate == Fate::Corrected {
        world.output.arrive(middle.plus_micros(DAY), SOURCE, PATH, drills(rows, false));
    }
    let item = format!("{SOURCE} {}..{}", start.date(), end.date());
    let place = |attribute| ("GOV-02", item.as_str(), attribute);
    let stretch = (start, Some(end));
    let truth = &mut world.truth;
    match fate {
        Fate::Clean => {}
        Fate::Missed => {
            for attribute in ["A", "B", "C", "D", "E"] {
                truth.deviation(place(attribute), NotDemonstrated, stretch, "nobody collected");
            }
        }
        Fate::NothingThere => {
            for attribute in ["A", "B", "C"] {
                truth.deviation(place(attribute), Contradicted, stretch, "nothing to collect");
            }
            truth.near_miss(place("D"), "an empty file has a size and a digest, too");
        }
        Fate::OnTheSecond => truth.near_miss(place("B"), "late, in the last second that counts"),
        Fate::Late => truth.deviation(place("B"), Contradicted, stretch, "a second too late"),
        Fate::Partial => {
            truth.deviation(place("C"), Contradicted, stretch, "a row could not be read");
        }
        Fate::Corrected => truth.near_miss(place("C"), "a row was corrected the day after"),
    }
}

/// The register of drills; the last row's instant cannot be read, if it is bad.
fn drills(rows: &[Timestamp], bad: bool) -> Vec<u8> {
    let mut text = "id,kind,target,held_at,result\n".to_owned();
    for (n, at) in rows.iter().enumerate() {
        let held = if bad && n + 1 == rows.len() { "soon".to_owned() } else { at.to_string() };
        text.push_str(&format!("D-{n:02},recovery,backup,{held},restored\n"));
    }
    text.into_bytes()
}
