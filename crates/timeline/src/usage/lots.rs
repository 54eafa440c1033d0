//! Lots of whole days to row groups, on several threads: put in order, told once each, encoded, and
//! rolled up. Results are taken in order, so that the bytes depend on the rows alone.

use std::path::PathBuf;

use parquet::errors::Result as Encoded;
use tenure_model::usage::UsageRows;

use super::Run;
use super::columns::Group;
use super::distinct::{self, Kept, Known, Lot};
use super::parts::PartWriter;
use super::plan::{Days, even};
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
    pub(super) fn lots(
        &self,
        mut lots: Vec<(&UsageRows, Vec<Kept>)>,
        to: &mut PartWriter,
    ) -> Result<(), StoreError> {
        let known = Known::among(self.earlier, &lots)?;
        lots.iter_mut().for_each(|lot| known.leave_out(lot));
        let with_rows = || lots.iter().filter(|(_, kept)| !kept.is_empty());
        let groups = with_rows().flat_map(|(rows, kept)| even(kept).map(|kept| (*rows, kept)));
        let uses = groups.map(|(rows, kept)| Piece::Uses(rows, kept));
        let days = with_rows().map(|(rows, kept)| Piece::Daily(rows, kept));
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
        let all = |rows: &UsageRows| (0_u32..).take(rows.rows.len()).collect();
        let lots: Vec<_> = read.iter().map(|rows| Lot { rows, of: all(rows) }).collect();
        let kept = distinct::of_each(&lots, self.threads);
        self.lots(read.iter().zip(kept).collect(), to)
    }
}
