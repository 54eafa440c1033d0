//! Evaluates controls over a period, as known at a ledger index.

use std::collections::BTreeMap;

use tenure_model::evaluation::{
    ControlKind, ControlResult, Evaluated, Evaluation, PopulationItem, SCHEMA,
};
use tenure_model::ids::Seq;
use tenure_model::{Period, Timestamp};
use tenure_timeline::store::Store;

use crate::cells::Rows;
use crate::engine::coverage::Known;
use crate::engine::{Test, Tested, conclude, config, coverage, event, recurring, state};
use crate::library::{Control, Library};
use crate::session::{QueryError, Session};

/// A policy exception in force, as far as evaluation needs it.
#[derive(Clone, Debug)]
pub(crate) struct Waiver {
    pub(crate) id: String,
    pub(crate) control: String,
    pub(crate) target: String,
    pub(crate) approved_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

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
    /// A query of a control failed.
    #[error("control {control}: {source}")]
    Control {
        /// The control.
        control: String,
        /// What happened.
        source: QueryError,
    },
    /// The timeline could not be queried.
    #[error(transparent)]
    Query(#[from] QueryError),
}

/// Evaluates the library over the scope.
///
/// # Errors
/// When a control is unknown or one of its queries fails.
pub fn evaluate(
    store: &Store,
    library: &Library,
    scope: &Scope,
) -> Result<Evaluated, EvaluateError> {
    if let Some(unknown) = scope.controls.iter().find(|id| library.get(id).is_none()) {
        return Err(EvaluateError::NoSuchControl(unknown.clone()));
    }
    let session = Session::open(store, scope.known_at)?;
    let waivers = waivers(&session)?;
    let known = coverage::known(&session)?;
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
    for control in library.controls() {
        let id = &control.id;
        if scope.controls.is_empty() || scope.controls.contains(id) {
            let (result, items) = one(&session, control, scope, &known, &waivers)
                .map_err(|source| EvaluateError::Control { control: id.clone(), source })?;
            evaluated.evaluation.controls.push(result);
            evaluated.items.insert(id.clone(), items);
            evaluated.definitions.insert(id.clone(), control.yaml());
        }
    }
    Ok(evaluated)
}

/// Tests each version of a control over the part of the period in which it was in force.
fn one(
    session: &Session,
    control: &Control,
    scope: &Scope,
    known: &Known,
    waivers: &[Waiver],
) -> Result<(ControlResult, Vec<PopulationItem>), QueryError> {
    let mut all = Tested::default();
    for (definition, period) in control.versions_in(&scope.period) {
        let coverage = coverage::of(definition, known, &period, scope.as_of);
        let test = Test { definition, period, as_of: scope.as_of, session, coverage: &coverage };
        let tested = match definition.kind {
            ControlKind::State => state::test(&test)?,
            ControlKind::Event => event::test(&test)?,
            ControlKind::Recurring => recurring::test(&test)?,
            ControlKind::Config => config::test(&test)?,
        };
        all.items.extend(tested.items);
        all.findings.extend(tested.findings);
        all.figures.extend(tested.figures);
    }
    all.settle();
    let definition = control.current();
    let coverage = coverage::of(definition, known, &scope.period, scope.as_of);
    let basis = conclude::Basis {
        definition,
        yaml: &control.yaml(),
        period: &scope.period,
        as_of: scope.as_of,
        coverage: &coverage,
        sources: &known.sources,
        waivers,
    };
    let result = conclude::conclude(&basis, &mut all);
    Ok((result, all.items))
}

fn waivers(session: &Session) -> Result<Vec<Waiver>, QueryError> {
    let sql = "SELECT exception_id, control_id, target, approved_at, expires_at FROM exceptions \
               WHERE approved_at IS NOT NULL AND expires_at IS NOT NULL ORDER BY exception_id";
    let mut all = Vec::new();
    for batch in session.sql(sql)? {
        let rows = Rows::new("exceptions", &batch);
        let text = |name: &str| rows.need(name, rows.text(name)?);
        let (id, control, target) = (text("exception_id")?, text("control_id")?, text("target")?);
        let approved = rows.need("approved_at", rows.time("approved_at")?)?;
        let expires = rows.need("expires_at", rows.time("expires_at")?)?;
        for row in 0..batch.num_rows() {
            let get = |column: &crate::cells::Texts| column.get(row).unwrap_or_default().to_owned();
            let (Some(approved_at), Some(expires_at)) = (approved.get(row), expires.get(row))
            else {
                continue;
            };
            all.push(Waiver {
                id: get(&id),
                control: get(&control),
                target: get(&target),
                approved_at,
                expires_at,
            });
        }
    }
    Ok(all)
}
