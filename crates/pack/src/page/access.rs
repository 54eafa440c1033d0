//! Access over time: how much was held, and how much was granted and removed each day.

use crate::input::{AccessDay, AccessSeries};

use super::figures::tenth;
use super::words::{count, date};

/// Height of the curve and of each half of the bars, in units of the drawing.
const CURVE: f64 = 100.0;
const HALF: f64 = 40.0;

/// One kind of entitlement.
pub(super) struct AccessChart {
    pub(super) name: String,
    pub(super) start: String,
    pub(super) end: String,
    pub(super) low: String,
    pub(super) high: String,
    /// Outline of the curve, and the same closed to an area.
    pub(super) line: String,
    pub(super) area: String,
    pub(super) granted: Vec<Tick>,
    pub(super) removed: Vec<Tick>,
    pub(super) granted_total: String,
    pub(super) removed_total: String,
    /// The day with the most removals, in words, and where it lies.
    pub(super) peak: Option<Peak>,
    pub(super) first: String,
    pub(super) last: String,
}

/// One day's bar.
pub(super) struct Tick {
    pub(super) x: String,
    pub(super) y: String,
    pub(super) width: String,
    pub(super) height: String,
}

/// The day on which most access was removed.
pub(super) struct Peak {
    pub(super) x: String,
    pub(super) day: String,
    pub(super) removed: String,
}

impl AccessChart {
    /// `None` when there is no day to show.
    pub(super) fn new(series: &AccessSeries) -> Option<Self> {
        let days = &series.days;
        let (first, last) = (days.first()?, days.last()?);
        let held = || days.iter().map(|day| day.held);
        let (low, high) = (held().min()?, held().max()?);
        let line = curve(days, low, high);
        let tallest = days.iter().map(|day| day.granted.max(day.removed)).max()?.max(1);
        let step = 1_000.0 / days.len() as f64;
        let ticks = |amount: fn(&AccessDay) -> u64, up: bool| {
            let bars = days.iter().enumerate().filter(|(_, day)| amount(day) > 0);
            bars.map(|(at, day)| tick(at as f64 * step, step, height(amount(day), tallest), up))
                .collect()
        };
        let peak =
            days.iter().enumerate().max_by_key(|(at, day)| (day.removed, usize::MAX - at))?;
        Some(Self {
            name: series.name.clone(),
            start: count(first.held),
            end: count(last.held),
            low: count(low),
            high: count(high),
            area: format!("{line} L1000,{CURVE} L0,{CURVE} Z"),
            line,
            granted: ticks(|day| day.granted, true),
            removed: ticks(|day| day.removed, false),
            granted_total: count(days.iter().map(|day| day.granted).sum()),
            removed_total: count(days.iter().map(|day| day.removed).sum()),
            peak: (peak.1.removed > 0).then(|| Peak {
                x: tenth((peak.0 as f64 + 0.5) * step),
                day: date(peak.1.day),
                removed: count(peak.1.removed),
            }),
            first: date(first.day),
            last: date(last.day),
        })
    }
}

/// A step per day: access is held or not, it does not slide. The scale begins at zero unless the
/// changes would be invisible, and the page states its lowest value either way.
fn curve(days: &[AccessDay], low: u64, high: u64) -> String {
    let floor = floor(low, high);
    let range = (high - floor).max(1) as f64;
    let step = 1_000.0 / days.len() as f64;
    let mut path = String::new();
    for (at, day) in days.iter().enumerate() {
        let y = tenth(CURVE - (day.held - floor) as f64 / range * (CURVE - 6.0));
        let (x, command) = (tenth(at as f64 * step), if at == 0 { 'M' } else { 'L' });
        path.push_str(&format!("{command}{x},{y} H{} ", tenth((at + 1) as f64 * step)));
    }
    path.trim_end().to_owned()
}

fn floor(low: u64, high: u64) -> u64 {
    if high - low < high / 2 { low - (high - low).min(low) / 4 } else { 0 }
}

/// Square roots: beside the day of a big review an ordinary day must not vanish.
fn height(amount: u64, tallest: u64) -> f64 {
    ((amount as f64).sqrt() / (tallest as f64).sqrt() * HALF).max(1.5)
}

fn tick(x: f64, step: f64, height: f64, up: bool) -> Tick {
    let y = if up { HALF - height } else { HALF };
    Tick { x: tenth(x), y: tenth(y), width: tenth((step * 0.8).max(1.2)), height: tenth(height) }
}
