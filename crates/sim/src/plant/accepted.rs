//! Policy exceptions to what credentials do, and what follows for CRD-03 and CRD-06 from what other
//! scenarios planted: what stays enabled for too long was not disabled in time, and what no exception
//! covers nobody accepted.

use std::collections::BTreeMap;

use tenure_model::Timestamp;
use tenure_model::outcome::Outcome::{Contradicted, NotDemonstrated};

use crate::World;
use crate::plant::{DAY, HOUR};
use crate::truth::{Kind, Planted};

/// Where people keep exceptions.
const REGISTERS: &str = "registers";

/// A policy exception, approved an hour before it starts.
#[derive(Clone, Debug)]
pub(crate) struct Accepted {
    pub(crate) control: &'static str,
    pub(crate) item: String,
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    /// Whether it names a compensating control.
    pub(crate) compensated: bool,
}

impl Accepted {
    /// Whether it answers for what it covers.
    fn counts(&self) -> bool {
        self.compensated || self.control != "CRD-06"
    }
}

/// Enters an exception into the register.
pub(crate) fn accept(world: &mut World, accepted: Accepted) {
    let id = format!("EX-{}-{}", accepted.control, world.accepted.len() + 1);
    let (from, until) = (accepted.from, accepted.until);
    if !accepted.compensated {
        let exception = format!("{REGISTERS}/register/{id}");
        let (place, why) = (("EXC-01", exception.as_str(), "D"), "nothing reduces the risk");
        world.truth.deviation(place, NotDemonstrated, (from, Some(until)), why);
    }
    let compensating = if accepted.compensated { "MON-01: its log names the host" } else { "" };
    let reviewed = |days: i64| from.plus_micros(days * DAY).to_string();
    let cells = [
        ("id", id),
        ("control_id", accepted.control.to_owned()),
        ("target", accepted.item.clone()),
        ("rationale", "it is needed as it is".to_owned()),
        ("compensating_control", compensating.to_owned()),
        ("requested_by", world.company.head("Operations").email.clone()),
        ("approved_by", world.company.head("Security").email.clone()),
        ("approved_at", from.plus_micros(-HOUR).to_string()),
        ("starts_at", from.to_string()),
        ("expires_at", until.to_string()),
        ("reviewed_at", [25, 50, 75].map(reviewed).join(" ")),
        ("closed_at", until.to_string()),
    ];
    let day = world.settings.collected_at().plus_micros(-DAY);
    world.registers.row("exceptions", REGISTERS, day, &cells);
    world.accepted.push(accepted);
}

/// Says what follows from what is planted.
pub fn tell(world: &mut World) {
    let dormant: Vec<_> = world.truth.of("CRD-03", &["A", "C"]).cloned().collect();
    let shared: Vec<_> = world.truth.of("CRD-06", &["A", "B", "C"]).cloned().collect();
    let late = of_kind(&dormant, Kind::Deviation).map(|p| attribute(p, "B"));
    let mut told: Vec<_> = late.collect();
    for unclear in whole(of_kind(&dormant, Kind::Gap)) {
        told.push(attribute(&unclear, "B"));
    }
    for (planted, why) in [
        (&dormant, "nobody accepted that it stays enabled"),
        (&shared, "nobody accepted that it is shared, or said how uses are told apart"),
    ] {
        let wrong = of_kind(planted, Kind::Deviation).filter(|p| p.outcome == Contradicted);
        for stretch in whole(wrong) {
            told.extend(world.accepted.iter().filter(|a| a.counts()).fold(
                vec![Planted {
                    outcome: NotDemonstrated,
                    reason: why.to_owned(),
                    ..attribute(&stretch, "D")
                }],
                |left, accepted| left.into_iter().flat_map(|p| outside(p, accepted)).collect(),
            ));
        }
    }
    world.truth.follows(told);
}

fn of_kind(planted: &[Planted], kind: Kind) -> impl Iterator<Item = &Planted> {
    planted.iter().filter(move |p| p.kind == kind)
}

fn attribute(planted: &Planted, letter: &str) -> Planted {
    Planted { attribute: letter.to_owned(), ..planted.clone() }
}

/// Stretches of each item that touch, as one.
fn whole<'p>(planted: impl Iterator<Item = &'p Planted>) -> Vec<Planted> {
    let mut items: BTreeMap<&str, Vec<&Planted>> = BTreeMap::new();
    for p in planted {
        items.entry(&p.item).or_default().push(p);
    }
    let mut all: Vec<Planted> = Vec::new();
    for stretches in items.values_mut() {
        stretches.sort_by_key(|p| (p.from, p.to.is_none(), p.to));
        for p in stretches {
            match all.last_mut() {
                Some(last)
                    if last.item == p.item && last.to.is_none_or(|to| p.from <= Some(to)) =>
                {
                    last.to = last.to.zip(p.to).map(|(a, b)| a.max(b));
                    last.tolerance = last.tolerance.max(p.tolerance);
                    last.any_end |= p.any_end;
                }
                _ => all.push((*p).clone()),
            }
        }
    }
    all
}

/// What of a stretch an exception does not cover.
fn outside(planted: Planted, accepted: &Accepted) -> Vec<Planted> {
    let (from, until) = (Some(accepted.from), Some(accepted.until));
    let apart = planted.to.is_some_and(|to| to <= accepted.from) || until <= planted.from;
    if accepted.control != planted.control || accepted.item != planted.item || apart {
        return vec![planted];
    }
    let before = (planted.from < from).then(|| Planted { to: from, ..planted.clone() });
    let goes_on = planted.to.is_none_or(|to| to > accepted.until);
    let after = goes_on.then_some(Planted { from: until, ..planted });
    before.into_iter().chain(after).collect()
}
