//! Controls to be evaluated over a period of a workspace.

use anyhow::Context as _;
use tenure_controls::evaluate::{
    EvaluateError, One, Scope, Watch, evaluate_each, evaluate_watched, threads,
};
use tenure_controls::library::Library;
use tenure_model::evaluation::Evaluated;
use tenure_model::ids::Seq;
use tenure_model::{Period, Timestamp};

use crate::cli::Cx;
use crate::commands::controls::library;
use crate::commands::evaluate::What;
use crate::commands::evaluate::progress::Shown;
use crate::commands::evaluate::timings::Timings;
use crate::hint::hinted;
use crate::projection;
use crate::workspace::{KIND_EVALUATION, Workspace};

/// What to evaluate, over a timeline that is up to date.
pub(super) struct Job<'w> {
    workspace: &'w Workspace,
    library: Library,
    pub(super) scope: Scope,
    timings: bool,
    /// Whether somebody watches how far it is.
    watched: bool,
}

impl<'w> Job<'w> {
    pub(super) fn of(
        workspace: &'w Workspace,
        what: &What,
        timings: bool,
        cx: &Cx,
    ) -> anyhow::Result<Self> {
        let period = Period::new(what.from, what.to).map_err(|e| {
            hinted(e.to_string(), "a period is [from, to): its end is not included")
        })?;
        projection::ensure(workspace)?;
        let (known_at, as_of) = known(workspace, what.known_at)?;
        let scope = Scope { period, known_at, as_of, controls: what.controls.clone() };
        let (library, watched) = (library(cx)?, cx.out.watched());
        Ok(Self { workspace, library, scope, timings, watched })
    }

    /// Everything at once, items of populations included.
    pub(super) fn whole(&self) -> anyhow::Result<Evaluated> {
        let store = &self.workspace.timeline;
        evaluate_watched(store, &self.library, &self.scope, threads(), &*self.watch())
            .map_err(with_hint)
    }

    /// Hands over each control as it is done, in no order.
    pub(super) fn each(&self, take: &mut (dyn FnMut(One) + Send)) -> anyhow::Result<()> {
        let store = &self.workspace.timeline;
        evaluate_each(store, &self.library, &self.scope, threads(), &*self.watch(), take)
            .map_err(with_hint)
    }

    /// Lines of what each control took, or a bar where somebody watches.
    fn watch(&self) -> Box<dyn Watch> {
        let controls = match self.scope.controls.len() {
            0 => self.library.controls().count(),
            some => some,
        };
        match self.timings {
            true => Box::new(Timings),
            false => Box::new(Shown::new(self.watched, controls)),
        }
    }
}

fn with_hint(error: EvaluateError) -> anyhow::Error {
    match error {
        EvaluateError::NoSuchControl(_) => {
            hinted(error.to_string(), "'tenure controls list' lists the controls")
        }
        other => anyhow::Error::new(other),
    }
}

/// The index to evaluate at, and when it was written. Evaluations are recorded too, but are no
/// evidence: counting them would make the same evaluation another one each time.
fn known(workspace: &Workspace, asked: Option<u64>) -> anyhow::Result<(Seq, Timestamp)> {
    let size = workspace.ledger.size()?;
    if let Some(index) = asked {
        if index >= size {
            return Err(hinted(
                format!("the ledger has no entry {index}, only {size} entries"),
                "entries are counted from 0; 'tenure ledger status' tells how many there are",
            ));
        }
        return Ok((Seq(index), workspace.ledger.entry(Seq(index))?.entry.at));
    }
    for index in (0..size).rev() {
        let entry = workspace.ledger.entry(Seq(index))?.entry;
        if entry.kind != KIND_EVALUATION {
            return Ok((Seq(index), entry.at));
        }
    }
    None.context("the ledger is empty")
}
