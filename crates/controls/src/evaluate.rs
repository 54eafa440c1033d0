//! Evaluates controls over a period, as known at a ledger index.

use std::collections::BTreeMap;

use tenure_model::evaluation::{
    ControlKind, ControlResult, Evaluated, Evaluation, PopulationItem, SCHEMA,
};
use tenure_model::ids::Seq;
use tenure_model::{Period, Timestamp};
use tenure_timeline::store::Store;

use crate::engine::coverage::Known;
use crate::engine::scopes::Scopes;
use crate::engine::waivers::Waivers;
use crate::engine::{Test, Tested, conclude, config, coverage, event, reconcile, recurring, state};
use crate::library::{Control, Library};
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

/// Evaluates the library over the scope.
///
/// # Errors
/// When a control is unknown or the timeline cannot be read. A control whose own queries fail is
/// reported as not evaluated, and the others are.
pub fn evaluate(
    store: &Store,
    library: &Library,
    scope: &Scope,
) -> Result<Evaluated, EvaluateError> {
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
    };
    let mut evaluated = Evaluated {
        evaluation: Evaluation {
            schema: SCHEMA.to_owned(),
            period: scope.period,
            known_at: scope.known_at,
            controls: Vec::new(),
        },
        items: BTreeMap::new(),
        definitions: BTreeMap::new(),
    };
    let wanted = |id: &String| scope.controls.is_empty() || scope.controls.contains(id);
    for control in library.controls().filter(|control| wanted(&control.id)) {
        let (result, items) = basis.one(control);
        evaluated.evaluation.controls.push(result);
        evaluated.items.insert(control.id.clone(), items);
        evaluated.definitions.insert(control.id.clone(), control.yaml());
    }
    for (id, broken) in library.broken().iter().filter(|(id, _)| wanted(id)) {
        let why = format!("{}: {}", broken.file, broken.problem);
        let result = conclude::failed(id, id, ControlKind::State, &broken.text, &why);
        evaluated.evaluation.controls.push(result);
        evaluated.items.insert(id.clone(), Vec::new());
        evaluated.definitions.insert(id.clone(), broken.text.clone());
    }
    evaluated.evaluation.controls.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(evaluated)
}

/// What every control's evaluation rests on.
struct Basis<'b> {
    session: &'b Session,
    library: &'b Library,
    scope: &'b Scope,
    known: Known,
    waivers: Waivers,
    scopes: Scopes,
}

impl Basis<'_> {
    /// One control; that it cannot be evaluated is its result.
    fn one(&self, control: &Control) -> (ControlResult, Vec<PopulationItem>) {
        self.tested(control).unwrap_or_else(|error| {
            let definition = control.current();
            let why = format!("{}: {error}", control.origin);
            let yaml = control.yaml();
            let (id, title) = (&definition.id, &definition.title);
            (conclude::failed(id, title, definition.kind, &yaml, &why), Vec::new())
        })
    }

    /// Tests each version of a control over the part of the period in which it was in force.
    fn tested(
        &self,
        control: &Control,
    ) -> Result<(ControlResult, Vec<PopulationItem>), QueryError> {
        let as_of = self.scope.as_of;
        let mut all = Tested::default();
        let mut reconciliations = Vec::new();
        for (definition, period) in control.versions_in(&self.scope.period) {
            let coverage = coverage::of(definition, &self.known, &period, as_of);
            let test = Test {
                definition,
                period,
                as_of,
                session: self.session,
                coverage: &coverage,
                calendar: self.library.calendar(),
                scopes: &self.scopes,
            };
            let tested = match definition.kind {
                ControlKind::State => state::test(&test)?,
                ControlKind::Event => event::test(&test)?,
                ControlKind::Recurring => recurring::test(&test)?,
                ControlKind::Config => config::test(&test)?,
            };
            all.items.extend(tested.items);
            all.findings.extend(tested.findings);
            all.figures.extend(tested.figures);
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
