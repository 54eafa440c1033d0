//! Evaluates controls over a period, as known at a ledger index.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::{Mutex, PoisonError};

use tenure_model::evaluation::{
    ControlKind, ControlResult, Evaluated, Evaluation, PopulationItem, SCHEMA,
};
use tenure_model::ids::Seq;
use tenure_model::{Period, Timestamp};
use tenure_timeline::store::Store;

use crate::engine::coverage::Known;
use crate::engine::intervals::OPEN;
use crate::engine::scopes::Scopes;
use crate::engine::timing::Tail;
use crate::engine::waivers::Waivers;
use crate::engine::{Test, Tested, conclude, config, coverage, event, reconcile, recurring, state};
use crate::library::{Control, Library};
use crate::order::Order;
use crate::session::{QueryError, Session};

/// What to evaluate.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The period.
    pub period: Period,
    /// The last ledger index taken into account.
    pub known_at: Seq,
    /// The instant up to which evidence is considered: when that index was written.
    pub as_of: Timestamp,
    /// The controls; empty = all.
    pub controls: Vec<String>,
}

/// Why an evaluation failed.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// A control that does not exist was asked for.
    #[error("there is no control '{0}'")]
    NoSuchControl(String),
    /// The timeline could not be queried.
    #[error(transparent)]
    Query(#[from] QueryError),
}

/// Is told of each control as it is evaluated, e.g. to measure what it takes.
pub trait Watch: Sync {
    /// Before the control is tested.
    fn begun(&self, control: &str);
    /// After it: so many items of the population, and so many findings.
    fn ended(&self, control: &str, items: usize, findings: usize);
}

/// Watches nothing.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn begun(&self, _: &str) {}
    fn ended(&self, _: &str, _: usize, _: usize) {}
}

/// Evaluates the library over the scope, two controls at a time where there are two processors.
///
/// # Errors
/// When a control is unknown or the timeline cannot be read. A control whose own queries fail is
/// reported as not evaluated, and the others are.
pub fn evaluate(
    store: &Store,
    library: &Library,
    scope: &Scope,
) -> Result<Evaluated, EvaluateError> {
    evaluate_watched(store, library, scope, threads(), &Unwatched)
}

/// How many controls are tested at a time: one for each processor, but two at most, because each
/// holds rows of its own.
#[must_use]
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get).min(2)
}

/// The same with so many threads, telling `watch` of each control. Results do not depend on the
/// number of threads: each control's queries run in one partition, and results are put in order.
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_watched(
    store: &Store,
    library: &Library,
    scope: &Scope,
    threads: usize,
    watch: &dyn Watch,
) -> Result<Evaluated, EvaluateError> {
    let mut controls = Vec::new();
    let (mut items, mut definitions) = (BTreeMap::new(), BTreeMap::new());
    evaluate_each(store, library, scope, threads, watch, &mut |one| {
        items.insert(one.result.id.clone(), one.items);
        definitions.insert(one.result.id.clone(), one.definition);
        controls.push(one.result);
    })?;
    controls.sort_by(|a, b| a.id.cmp(&b.id));
    let evaluation = Evaluation {
        schema: SCHEMA.to_owned(),
        period: scope.period,
        known_at: scope.known_at,
        controls,
    };
    Ok(Evaluated { evaluation, items, definitions })
}

/// One control, evaluated.
#[derive(Debug)]
pub struct One {
    /// Its result.
    pub result: ControlResult,
    /// The items of its population, sorted by item and start.
    pub items: Vec<PopulationItem>,
    /// Its definition as YAML with its parameters in force.
    pub definition: String,
}

/// The same, handing each control over as it is done, in no order, and keeping none: a large
/// company's items and findings together take more memory than evaluating any one control.
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_each(
    store: &Store,
    library: &Library,
    scope: &Scope,
    threads: usize,
    watch: &dyn Watch,
    take: &mut (dyn FnMut(One) + Send),
) -> Result<(), EvaluateError> {
    let known = |id: &str| library.get(id).is_some() || library.broken().contains_key(id);
    if let Some(unknown) = scope.controls.iter().find(|id| !known(id)) {
        return Err(EvaluateError::NoSuchControl(unknown.clone()));
    }
    let session = Session::open_with(store, scope.known_at, library.calendar())?;
    let basis = Basis {
        session: &session,
        library,
        scope,
        known: coverage::known(&session)?,
        waivers: Waivers::read(&session)?,
        scopes: Scopes::read(&session)?,
        watch,
    };
    let wanted = |id: &String| scope.controls.is_empty() || scope.controls.contains(id);
    let controls = library.controls().filter(|control| wanted(&control.id));
    basis.all(&Order::of(store, controls), threads, &Mutex::new(&mut *take));
    for (id, broken) in library.broken().iter().filter(|(id, _)| wanted(id)) {
        let why = format!("{}: {}", broken.file, broken.problem);
        let result = conclude::failed(id, id, ControlKind::State, &broken.text, &why);
        take(One { result, items: Vec::new(), definition: broken.text.clone() });
    }
    Ok(())
}

/// Takes controls from any thread.
type Taker<'t> = Mutex<&'t mut (dyn FnMut(One) + Send)>;

/// What every control's evaluation rests on.
struct Basis<'b> {
    session: &'b Session,
    library: &'b Library,
    scope: &'b Scope,
    known: Known,
    waivers: Waivers,
    scopes: Scopes,
    watch: &'b dyn Watch,
}

impl Basis<'_> {
    /// Hands over each control, whichever thread comes to which of them. What a control held goes back
    /// to the system: the next one holds pieces of other sizes.
    fn all(&self, controls: &Order<'_>, threads: usize, take: &Taker<'_>) {
        let work = |largest: bool| {
            while let Some(taken) = controls.next(largest) {
                let (result, items) = self.one(taken.control);
                let one = One { result, items, definition: taken.control.yaml() };
                take.lock().unwrap_or_else(PoisonError::into_inner)(one);
                tenure_heap::give_back();
            }
        };
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(|| work(false))).collect();
            work(true);
            for other in others {
                if let Err(panic) = other.join() {
                    std::panic::resume_unwind(panic);
                }
            }
        });
    }

    /// One control; that it cannot be evaluated is its result.
    fn one(&self, control: &Control) -> (ControlResult, Vec<PopulationItem>) {
        self.watch.begun(&control.id);
        let (result, items) = self.tested(control).unwrap_or_else(|error| {
            let definition = control.current();
            let why = format!("{}: {error}", control.origin);
            let yaml = control.yaml();
            let (id, title) = (&definition.id, &definition.title);
            (conclude::failed(id, title, definition.kind, &yaml, &why), Vec::new())
        });
        self.watch.ended(&control.id, items.len(), result.deviations.list.len());
        (result, items)
    }

    /// Tests each version of a control over the part of the period in which it was in force.
    fn tested(
        &self,
        control: &Control,
    ) -> Result<(ControlResult, Vec<PopulationItem>), QueryError> {
        let as_of = self.scope.as_of;
        let mut all = Tested::default();
        let mut reconciliations = Vec::new();
        let whole = self.scope.period;
        for (definition, period) in control.versions_in(&whole) {
            let coverage = coverage::of(definition, &self.known, &period, as_of);
            let test = Test {
                definition,
                period,
                as_of,
                session: self.session,
                coverage: &coverage,
                calendar: self.library.calendar(),
                scopes: &self.scopes,
                waivers: &self.waivers,
                tail: Tail::of(definition, &whole),
                until: if period.to == whole.to { OPEN } else { period.to },
            };
            let tested = match definition.kind {
                ControlKind::State => state::test(&test)?,
                ControlKind::Event => event::test(&test)?,
                ControlKind::Recurring => recurring::test(&test)?,
                ControlKind::Config => config::test(&test)?,
            };
            all.join(tested);
            reconciliations.extend(reconcile::reconcile(&test)?);
        }
        all.settle();
        let definition = control.current();
        let coverage = coverage::of(definition, &self.known, &self.scope.period, as_of);
        let basis = conclude::Basis {
            definition,
            yaml: &control.yaml(),
            period: &self.scope.period,
            as_of,
            coverage: &coverage,
            sources: &self.known.sources,
            waivers: &self.waivers,
            scopes: &self.scopes,
            reconciliations,
        };
        let result = conclude::conclude(&basis, &mut all);
        Ok((result, all.items))
    }
}
