//! The size of the company, its calendar, and numbers that look like chance but never differ.

use tenure_model::Timestamp;

/// How large it is.
pub(crate) struct Company {
    pub(crate) people: u64,
    pub(crate) nhi: u64,
}

impl Company {
    /// Rights that can be granted.
    pub(crate) fn rights(&self) -> u64 {
        (self.people / 50).clamp(40, 4_000)
    }

    /// Groups of people.
    pub(crate) fn groups(&self) -> u64 {
        (self.people / 100).clamp(10, 1_000)
    }
}

/// The first day of the twelve months.
pub(crate) const FROM: &str = "2025-01-01";
/// The day after their last.
pub(crate) const TO: &str = "2026-01-01";
/// Days before the one that `day` adds.
pub(crate) const DAYS: u64 = 364;

/// Midnight so many days after the first day; negative before.
pub(crate) fn day(days: i64) -> Timestamp {
    let start = Timestamp::parse_or_date(FROM).unwrap_or(Timestamp::from_micros(0));
    start.plus_micros(days * Timestamp::DAY)
}

/// An instant within a day.
pub(crate) fn at(days: i64, seed: u64) -> Timestamp {
    let second = i64::try_from(mix(seed) % 86_000).unwrap_or(0);
    day(days).plus_micros(second * 1_000_000)
}

/// A number that looks like chance and follows from `seed` alone (splitmix64).
pub(crate) const fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The same for two numbers: who, and what about them.
pub(crate) const fn chance(who: u64, what: u64) -> u64 {
    mix(mix(who) ^ what.wrapping_mul(0x0001_0000_01b3))
}

/// A day of the twelve months.
pub(crate) fn some_day(who: u64, what: u64) -> i64 {
    i64::try_from(chance(who, what) % DAYS).unwrap_or(0)
}

/// The address of a person.
pub(crate) fn email(person: u64) -> String {
    format!("p{person}@example.test")
}
