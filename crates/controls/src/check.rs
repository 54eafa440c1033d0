//! Whether every control can be evaluated: definitions, and their queries against the tables.

use serde::Serialize;
use tenure_model::Period;
use tenure_model::ids::Seq;
use tenure_timeline::store::Store;

use crate::definition::Definition;
use crate::engine::rows::render;
use crate::frameworks;
use crate::library::{Control, Library};
use crate::session::{QueryError, Session};

/// Something wrong with a control, or worth knowing of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Problem {
    /// The control.
    pub control: String,
    /// The file, or `built in`.
    pub file: String,
    /// The place in it: a query and the line in it, where that is known.
    pub place: String,
    /// What is wrong, or worth knowing.
    pub problem: String,
    /// Whether the control can be evaluated all the same.
    pub warning: bool,
}

/// The columns that each query must give.
const COLUMNS: &[(&str, &[&str])] = &[
    ("exposure", &["item", "from_ts"]),
    ("violation", &["item", "attribute", "from_hi"]),
    ("population", &["item", "from_ts"]),
    ("attributes", &["item", "attribute"]),
    ("expected", &["item", "from_ts"]),
    ("performed", &["item", "attribute", "completed_ts"]),
    ("configurations", &["item", "conforming", "from_hi"]),
    ("reconcile", &["against", "item", "ours", "theirs"]),
];

/// Checks every control of the library against the tables of a timeline, which may be empty.
///
/// # Errors
/// When the tables cannot be opened.
pub fn check(
    store: &Store,
    library: &Library,
    period: &Period,
) -> Result<Vec<Problem>, QueryError> {
    let session = Session::open_with(store, Seq::LATEST, library.calendar())?;
    let mut problems = Vec::new();
    for (id, broken) in library.broken() {
        problems.push(Problem {
            control: id.clone(),
            file: broken.file.clone(),
            place: String::new(),
            problem: broken.problem.clone(),
            warning: false,
        });
    }
    for control in library.controls() {
        for definition in control.versions() {
            problems.extend(queries(&session, control, definition, period));
            problems.extend(cited(control, definition));
        }
    }
    problems.sort();
    problems.dedup();
    Ok(problems)
}

fn queries(
    session: &Session,
    control: &Control,
    definition: &Definition,
    period: &Period,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, sql) in &definition.sql {
        let problem = match session.plan(&render(definition, period, period.to, sql)) {
            Err(error) => Some(error.to_string()),
            Ok(columns) => lacking(name, &columns),
        };
        problems.extend(problem.map(|problem| Problem {
            control: control.id.clone(),
            file: control.origin.clone(),
            place: place(control, name),
            problem,
            warning: false,
        }));
    }
    problems
}

fn lacking(query: &str, columns: &[String]) -> Option<String> {
    let (_, needed) = COLUMNS.iter().find(|(name, _)| *name == query)?;
    let lacking = needed.iter().find(|column| !columns.iter().any(|c| c == *column))?;
    Some(format!("it must give a column '{lacking}'; it gives {}", columns.join(", ")))
}

/// The query, and the line of the file at which it begins.
fn place(control: &Control, query: &str) -> String {
    let key = format!("{query}:");
    let yaml = control.yaml();
    let line = yaml.lines().position(|line| line.trim_start().starts_with(&key));
    match line {
        Some(line) => format!("line {}, sql.{query}", line + 1),
        None => format!("sql.{query}"),
    }
}

/// Ids of older editions, with what they became.
fn cited(control: &Control, definition: &Definition) -> Vec<Problem> {
    frameworks::as_cited(&definition.frameworks)
        .into_iter()
        .map(|problem| Problem {
            control: control.id.clone(),
            file: control.origin.clone(),
            place: "frameworks".to_owned(),
            problem,
            warning: true,
        })
        .collect()
}
