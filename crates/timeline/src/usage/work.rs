//! Pieces of work on several threads, with results in order.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;

/// Does so many pieces of work, each thread with a tool of its own, and takes the results in their
/// order as soon as they are there. After the first failure no more work is begun.
pub(super) fn in_order<Tool, Done: Send, Error>(
    threads: usize,
    pieces: usize,
    tool: impl Fn() -> Tool + Sync,
    work: impl Fn(&mut Tool, usize) -> Done + Sync,
    mut take: impl FnMut(Done) -> Result<(), Error>,
) -> Result<(), Error> {
    let next = AtomicUsize::new(0);
    let (done, results) = channel();
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, pieces.max(1)) {
            let (next, done, tool, work) = (&next, done.clone(), &tool, &work);
            scope.spawn(move || {
                let mut tool = tool();
                loop {
                    let piece = next.fetch_add(1, Ordering::Relaxed);
                    if piece >= pieces || done.send((piece, work(&mut tool, piece))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        let (mut early, mut taken) = (BTreeMap::new(), 0);
        for (piece, result) in results {
            early.insert(piece, result);
            while let Some(result) = early.remove(&taken) {
                // Returning closes the channel, which ends the threads.
                take(result)?;
                taken += 1;
            }
        }
        Ok(())
    })
}

/// Does work that cannot fail, and needs no tool.
pub(super) fn each<Done: Send>(
    threads: usize,
    pieces: usize,
    work: impl Fn(usize) -> Done + Sync,
    mut take: impl FnMut(Done),
) {
    let take = |done| {
        take(done);
        Ok::<(), Infallible>(())
    };
    let Ok(()) = in_order(threads, pieces, || (), |(), piece| work(piece), take);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_taken_in_order() {
        for threads in [0, 1, 4] {
            let mut taken = Vec::new();
            let work = |tool: &mut usize, piece: usize| {
                *tool += 1;
                piece * 2
            };
            let take = |done| {
                taken.push(done);
                Ok::<_, ()>(())
            };
            assert_eq!(in_order(threads, 50, || 0, work, take), Ok(()));
            assert_eq!(taken, (0..50).map(|piece| piece * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_first_failure_ends_the_work() {
        let take = |piece| if piece == 3 { Err(piece) } else { Ok(()) };
        assert_eq!(in_order(2, 1_000_000_000, || (), |(), piece| piece, take), Err(3));
    }
}
