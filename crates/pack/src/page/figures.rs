//! Small figures shared by the sections: outcome bars and the strip of when deviations lay.

use std::collections::BTreeMap;

use tenure_model::evaluation::Deviation;
use tenure_model::{Outcome, Period};

use super::across;
use super::words::{count, outcome, outcome_class};

/// Class and name of each outcome, in the order of the bars.
pub(super) const LEGEND: [(&str, &str); 6] = [
    ("o-sup", "supported"),
    ("o-con", "contradicted"),
    ("o-nd", "not demonstrated"),
    ("o-ind", "indeterminate"),
    ("o-nyd", "not yet due"),
    ("o-na", "not applicable"),
];

/// A stretch of a bar, on a scale of 1,000.
pub(super) struct Segment {
    pub(super) x: String,
    pub(super) width: String,
    pub(super) class: &'static str,
}

/// A bar of outcomes.
pub(super) struct Bar {
    pub(super) segments: Vec<Segment>,
    /// The same in words, for those who do not see it.
    pub(super) label: String,
}

/// Narrowest segment that can still be seen: one deviation among ten thousand items must show.
const NARROWEST: f64 = 12.0;

pub(super) fn bar(counts: &BTreeMap<Outcome, u64>) -> Bar {
    let present: Vec<_> = Outcome::ALL
        .into_iter()
        .filter_map(|o| counts.get(&o).filter(|n| **n > 0).map(|n| (o, *n)))
        .collect();
    let total: u64 = present.iter().map(|(_, n)| n).sum();
    let widths: Vec<_> =
        present.iter().map(|(_, n)| (*n as f64 * 1_000.0 / total as f64).max(NARROWEST)).collect();
    let scale = 1_000.0 / widths.iter().sum::<f64>();
    let mut x = 0.0;
    let mut segments = Vec::new();
    for ((o, _), width) in present.iter().zip(&widths) {
        let width = width * scale;
        segments.push(Segment { x: tenth(x), width: tenth(width), class: outcome_class(*o) });
        x += width;
    }
    let words: Vec<_> =
        present.iter().map(|(o, n)| format!("{} {}", count(*n), outcome(*o))).collect();
    let label = if words.is_empty() { "no items".to_owned() } else { words.join(", ") };
    Bar { segments, label }
}

const SLOTS: usize = 200;

/// When deviations lay, darker where more of them lay at once.
pub(super) fn strip(deviations: &[Deviation], period: &Period) -> Vec<Segment> {
    let mut depth = [0i64; SLOTS + 1];
    for deviation in deviations.iter().filter(|deviation| deviation.outcome.is_deviation()) {
        let first = slot(across(period, deviation.from));
        let last = slot(across(period, deviation.to.unwrap_or(deviation.from))).max(first);
        depth[first] += 1;
        depth[last + 1] -= 1;
    }
    let mut running = 0;
    let levels: Vec<i64> = depth[..SLOTS]
        .iter()
        .map(|change| {
            running += change;
            running
        })
        .collect();
    let most = levels.iter().copied().max().unwrap_or_default();
    runs(levels.iter().map(|level| shade(*level, most)))
}

fn slot(across: f64) -> usize {
    ((across / 1_000.0 * SLOTS as f64) as usize).min(SLOTS - 1)
}

const fn shade(level: i64, most: i64) -> &'static str {
    match (level, most) {
        (0, _) => "",
        (level, most) if level * 4 <= most => "h1",
        (level, most) if level * 2 <= most => "h2",
        (level, most) if level * 4 <= most * 3 => "h3",
        _ => "h4",
    }
}

/// Neighbours of one shade become one segment.
fn runs(shades: impl Iterator<Item = &'static str>) -> Vec<Segment> {
    let unit = 1_000.0 / SLOTS as f64;
    let mut found: Vec<(usize, usize, &'static str)> = Vec::new();
    for (at, class) in shades.enumerate() {
        match found.last_mut() {
            Some((_, end, last)) if *last == class => *end = at + 1,
            _ => found.push((at, at + 1, class)),
        }
    }
    found
        .into_iter()
        .filter(|(.., class)| !class.is_empty())
        .map(|(start, end, class)| Segment {
            x: tenth(start as f64 * unit),
            width: tenth((end - start) as f64 * unit),
            class,
        })
        .collect()
}

/// One decimal: enough for a screen, and the same text on every machine.
pub(super) fn tenth(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
