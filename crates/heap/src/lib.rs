//! Gives memory that is free back to the system.
//!
//! The C library keeps what a program let go of, for what it asks for next. Where great and small
//! pieces take turns, as between two controls of a large company, it keeps nearly all of it and
//! asks the system for more all the same.

/// Gives the pages of free memory back to the system. Costs some milliseconds for each gigabyte
/// and holds up whoever asks for memory meanwhile, so it belongs between pieces of work. Does
/// nothing where the C library is not glibc: others give memory back by themselves, or never do.
///
/// Source: `malloc_trim(3)`.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    trim();
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the C library's own way to give memory back (ADR 0020)")]
fn trim() {
    // SAFETY: `malloc_trim` takes any number, may be called from any thread at any time, and touches
    // only memory that is free.
    unsafe { libc::malloc_trim(0) };
}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    /// Kilobytes of memory of this process that are its own.
    fn resident() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").expect("a status");
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("a figure");
        line.split_whitespace().next().expect("kilobytes").parse().expect("a number")
    }

    #[test]
    fn what_is_free_goes_back_and_what_is_held_stays() {
        // Small pieces, every hundredth of which stays: the C library returns none of the rest.
        let mut pieces: Vec<Option<Vec<u8>>> = (0..200_000).map(|_| Some(vec![7; 900])).collect();
        for (number, piece) in pieces.iter_mut().enumerate() {
            if number % 100 != 0 {
                *piece = None;
            }
        }
        let before = resident();
        super::give_back();
        let after = resident();
        assert!(after + 100_000 < before, "{before} kB before, {after} kB after");
        let held = pieces.iter().flatten();
        assert!(held.clone().count() == 2_000 && held.flatten().all(|byte| *byte == 7));
    }
}
