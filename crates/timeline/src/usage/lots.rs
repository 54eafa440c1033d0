//! Lots of whole days to row groups, on several threads: put in order, told once each, encoded, and
//! rolled up. Results are taken in order, so that the bytes depend on the rows alone.

use std::convert::Infallible;
use std::path::PathBuf;

use parquet::errors::Result as Encoded;
use tenure_model::usage::UsageRows;

use super::Run;
use super::columns::Group;
use super::distinct::{Kept, Known, Lot, Place};
use super::parts::PartWriter;
use super::plan::{Days, LOT, even};
use super::rollup::Daily;
use super::spill::Spill;
use super::work::in_order;
use crate::pages::Chunk;
use crate::pages::Encoder;
use crate::store::StoreError;

/// What writing a run goes by.
pub(super) struct Writing<'r> {
    pub(super) run: &'r Run,
    pub(super) seq: u64,
    /// Files of earlier runs, whose events are not told again.
    pub(super) earlier: &'r [PathBuf],
    pub(super) threads: usize,
}

/// A piece of work on kept rows: a row group of uses, or the roll-up of their days.
enum Piece<'r> {
    Uses(&'r UsageRows, &'r [Kept]),
    Daily(&'r UsageRows, &'r [Kept]),
}

enum Done {
    Uses(Encoded<Vec<Chunk>>),
    Daily(Encoded<Vec<Vec<Chunk>>>),
}

impl Writing<'_> {
    /// Writes the distinct events of lots that follow one another.
    pub(super) fn lots(&self, lots: &[Lot<'_>], to: &mut PartWriter) -> Result<(), StoreError> {
        let kept = self.distinct(lots)?;
        let with_rows = || lots.iter().zip(&kept).filter(|(_, kept)| !kept.is_empty());
        let groups = with_rows().flat_map(|(lot, kept)| even(kept).map(|kept| (lot.rows, kept)));
        let uses = groups.map(|(rows, kept)| Piece::Uses(rows, kept));
        let days = with_rows().map(|(lot, kept)| Piece::Daily(lot.rows, kept));
        let mut pieces: Vec<_> = uses.chain(days).collect();
        // The roll-up of a lot is less work than a row group, and so comes last, where it fills
        // gaps; that of many row groups would make one.
        if pieces.len() > 2 * with_rows().count() {
            pieces.rotate_right(with_rows().count());
        }
        let (run, seq) = (self.run, self.seq);
        let (uses, daily) = (to.usage.schema.clone(), to.daily.schema.clone());
        let work = |encoder: &mut Encoder, piece: usize| match pieces[piece] {
            Piece::Uses(rows, kept) => {
                Done::Uses(Group { run, rows, kept, seq }.encode(&uses, encoder))
            }
            Piece::Daily(rows, kept) => {
                Done::Daily(Daily::of(run, rows, kept, seq).encode(&daily, encoder))
            }
        };
        let take = |done: Done| match done {
            Done::Uses(group) => to.usage.append(group),
            Done::Daily(Ok(groups)) => groups.into_iter().try_for_each(|g| to.daily.append(Ok(g))),
            Done::Daily(Err(failed)) => to.daily.append(Err(failed)),
        };
        in_order(self.threads, pieces.len(), Encoder::new, work, take)
    }

    /// Writes the distinct events of lots that wait on disk.
    pub(super) fn spilled(
        &self,
        spill: &Spill,
        lots: &[Days],
        to: &mut PartWriter,
    ) -> Result<(), StoreError> {
        let mut read: Vec<UsageRows> = Vec::with_capacity(lots.len());
        let work = |(): &mut (), lot: usize| spill.read(lots[lot].days.clone());
        in_order(
            self.threads,
            lots.len(),
            || (),
            work,
            |rows| {
                read.push(rows?);
                Ok(())
            },
        )?;
        let lots =
            read.iter().map(|rows| Lot { rows, of: (0_u32..).take(rows.rows.len()).collect() });
        self.lots(&lots.collect::<Vec<_>>(), to)
    }

    /// The distinct events of each lot. A lot of many rows is put in order by several threads.
    fn distinct(&self, lots: &[Lot<'_>]) -> Result<Vec<Vec<Kept>>, StoreError> {
        let known = Known::among(self.earlier, lots)?;
        let pieces: Vec<(usize, &[u32])> = lots
            .iter()
            .enumerate()
            .flat_map(|(lot, of)| of.of.chunks(2 * LOT).map(move |piece| (lot, piece)))
            .collect();
        let mut sorted: Vec<Vec<Vec<Place>>> = lots.iter().map(|_| Vec::new()).collect();
        let sort = |piece: usize| {
            let (lot, of) = pieces[piece];
            (lot, lots[lot].in_order(of))
        };
        self.each(pieces.len(), sort, |(lot, places)| sorted[lot].push(places));
        let mut kept = Vec::with_capacity(lots.len());
        let merge = |lot: usize| lots[lot].distinct(&sorted[lot], &known);
        self.each(lots.len(), merge, |of_lot| kept.push(of_lot));
        Ok(kept)
    }

    /// Does work that cannot fail.
    pub(super) fn each<T: Send>(
        &self,
        pieces: usize,
        work: impl Fn(usize) -> T + Sync,
        mut take: impl FnMut(T),
    ) {
        let take = |done| {
            take(done);
            Ok::<(), Infallible>(())
        };
        let Ok(()) = in_order(self.threads, pieces, || (), |(), piece| work(piece), take);
    }
}
