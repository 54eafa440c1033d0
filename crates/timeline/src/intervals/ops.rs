//! Operations on half-open intervals of whole numbers: instants in microseconds, or days.

/// An interval `[from, to)`; empty when `to <= from`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Interval {
    /// Its first instant.
    pub from: i64,
    /// The first instant after it; [`OPEN`] when it has not ended.
    pub to: i64,
}

/// The end of what has not ended.
pub const OPEN: i64 = i64::MAX;

impl Interval {
    /// `[from, to)`.
    #[must_use]
    pub const fn new(from: i64, to: i64) -> Self {
        Self { from, to }
    }

    /// Whether no instant is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.to <= self.from
    }

    /// How many instants are in it.
    #[must_use]
    pub const fn length(self) -> i64 {
        if self.is_empty() { 0 } else { self.to.saturating_sub(self.from) }
    }

    /// The part of it that lies in the window.
    #[must_use]
    pub fn clip(self, window: Self) -> Self {
        Self { from: self.from.max(window.from), to: self.to.min(window.to) }
    }
}

/// The instants that are in any of the intervals, as disjoint intervals in order that do not touch.
/// The intervals come in order of their starts.
pub fn union(sorted: impl IntoIterator<Item = Interval>) -> impl Iterator<Item = Interval> {
    let mut rest = sorted.into_iter().filter(|i| !i.is_empty());
    let mut current = rest.next();
    std::iter::from_fn(move || {
        let mut island = current.take()?;
        for next in rest.by_ref() {
            if next.from > island.to {
                current = Some(next);
                break;
            }
            island.to = island.to.max(next.to);
        }
        Some(island)
    })
}

/// The instants of the first intervals that are in none of the second. Both come in order of their
/// starts; those of the first are disjoint.
pub fn subtract(
    from: impl IntoIterator<Item = Interval>,
    holes: impl IntoIterator<Item = Interval>,
) -> impl Iterator<Item = Interval> {
    let (mut from, mut holes) = (from.into_iter(), holes.into_iter().filter(|h| !h.is_empty()));
    let (mut current, mut hole): (Option<Interval>, _) = (None, holes.next());
    std::iter::from_fn(move || {
        loop {
            let whole = current.take().filter(|c| !c.is_empty()).or_else(|| from.next())?;
            if whole.is_empty() {
                continue;
            }
            while hole.is_some_and(|h| h.to <= whole.from) {
                hole = holes.next();
            }
            match hole {
                Some(h) if h.from < whole.to => {
                    current = Some(Interval::new(h.to, whole.to));
                    if h.from > whole.from {
                        return Some(Interval::new(whole.from, h.from));
                    }
                }
                _ => return Some(whole),
            }
        }
    })
}
