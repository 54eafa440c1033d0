//! What a workspace changes or adds, in its directory `controls/`:
//!
//! - `<any name>.yaml`: a control. One whose id is built in replaces it; with `in_force_from` it
//!   becomes the next version instead. `extends: ID` takes whatever the file does not say from
//!   another control, built in or the workspace's own.
//! - `parameters.yaml`: values of parameters by control; with `from: DATE` they make the next version.
//! - `calendar.yaml`: time zone, weekend and holidays of business days.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use tenure_model::Timestamp;

use crate::definition::{Definition, DefinitionError};
use crate::library::Library;

const CALENDAR: &str = "calendar.yaml";
const PARAMETERS: &str = "parameters.yaml";

/// Takes the directory into the library; one that does not exist changes nothing.
pub(super) fn load(library: &mut Library, dir: &Path) -> Result<(), DefinitionError> {
    if !dir.exists() {
        return Ok(());
    }
    let mut drafts = BTreeMap::new();
    for path in files(dir)? {
        let file = path.display().to_string();
        let text = fs::read_to_string(&path)
            .map_err(|e| DefinitionError::Yaml { file: file.clone(), cause: e.to_string() })?;
        match path.file_name().and_then(|name| name.to_str()) {
            Some(CALENDAR) => library.calendar = parse(&file, &text)?,
            Some(PARAMETERS) => {}
            _ => draft(library, &mut drafts, file, text),
        }
    }
    for file in drafts.keys() {
        let mut seen = BTreeSet::new();
        match whole(library, &drafts, file, &mut seen) {
            Ok((definition, yaml)) => library.add(file, definition, yaml),
            Err(problem) => {
                let draft = &drafts[file];
                library.set_broken(&draft.id, file, &draft.text, problem);
            }
        }
    }
    let parameters = dir.join(PARAMETERS);
    if parameters.exists() {
        set_parameters(library, &parameters)?;
    }
    Ok(())
}

/// A file as it is written, before what it extends is known.
struct Draft {
    id: String,
    extends: Option<String>,
    said: serde_json::Map<String, Value>,
    text: String,
}

fn draft(library: &mut Library, drafts: &mut BTreeMap<String, Draft>, file: String, text: String) {
    // What is no YAML has no id: it goes by its file.
    let mut said = match serde_saphyr::from_str::<serde_json::Map<String, Value>>(&text) {
        Ok(said) => said,
        Err(problem) => return library.set_broken(&stem(&file), &file, &text, problem.to_string()),
    };
    let id = said.get("id").and_then(Value::as_str).map_or_else(|| stem(&file), str::to_owned);
    let extends = match said.remove("extends") {
        None => None,
        Some(Value::String(id)) => Some(id),
        Some(_) => {
            return library.set_broken(&id, &file, &text, "extends names one control".to_owned());
        }
    };
    drafts.insert(file, Draft { id, extends, said, text });
}

fn stem(file: &str) -> String {
    Path::new(file)
        .file_stem()
        .map_or_else(|| file.to_owned(), |s| s.to_string_lossy().into_owned())
}

/// The definition that a file gives, with what it extends.
fn whole(
    library: &Library,
    drafts: &BTreeMap<String, Draft>,
    file: &str,
    seen: &mut BTreeSet<String>,
) -> Result<(Definition, String), String> {
    let draft = &drafts[file];
    let Some(base) = &draft.extends else {
        let definition = Definition::from_yaml(file, &draft.text).map_err(|e| cause(&e))?;
        return Ok((definition, draft.text.clone()));
    };
    if !seen.insert(file.to_owned()) {
        return Err(format!("it extends itself, through {base}"));
    }
    let own = drafts.iter().find(|(other, d)| d.id == *base && *other != file);
    let below = match (own, library.controls.get(base)) {
        (Some((other, _)), _) => whole(library, drafts, other, seen)?.0,
        (None, Some(control)) => control.current().clone(),
        (None, None) => return Err(format!("it extends {base}, and there is no such control")),
    };
    let definition = over(&below, &draft.said).map_err(|e| e.to_string())?;
    definition.check()?;
    let yaml = yaml(&definition)?;
    Ok((definition, yaml))
}

/// What is said over what is extended: `parameters`, `attributes`, `sql` and `frameworks` are
/// merged by their keys, a parameter may be its value alone, everything else is replaced. Only
/// another control's version in force is not taken over.
fn over(
    base: &Definition,
    said: &serde_json::Map<String, Value>,
) -> Result<Definition, serde_json::Error> {
    let mut whole = serde_json::to_value(base)?;
    if let Some(fields) = whole.as_object_mut() {
        fields.remove("in_force_from");
    }
    for (field, value) in said {
        match (whole.get_mut(field), value) {
            (Some(Value::Object(below)), Value::Object(above)) => {
                for (key, value) in above {
                    merge(below, key, value);
                }
            }
            _ => {
                whole[field] = value.clone();
            }
        }
    }
    serde_json::from_value(whole)
}

fn merge(below: &mut serde_json::Map<String, Value>, key: &str, value: &Value) {
    match below.get_mut(key) {
        Some(Value::Object(parameter)) if !value.is_object() => {
            parameter.insert("value".to_owned(), Value::String(plain(value)));
        }
        _ => {
            below.insert(key.to_owned(), value.clone());
        }
    }
}

/// A scalar as it is written.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Steps {
    One(BTreeMap<String, Value>),
    Many(Vec<BTreeMap<String, Value>>),
}

/// Values of parameters by control, each step from its own date on.
fn set_parameters(library: &mut Library, path: &Path) -> Result<(), DefinitionError> {
    let file = path.display().to_string();
    let text = fs::read_to_string(path)
        .map_err(|e| DefinitionError::Yaml { file: file.clone(), cause: e.to_string() })?;
    let invalid = |problem: String| DefinitionError::Invalid { file: file.clone(), problem };
    let controls: BTreeMap<String, Steps> = parse(&file, &text)?;
    for (id, steps) in controls {
        let steps = match steps {
            Steps::One(one) => vec![one],
            Steps::Many(many) => many,
        };
        for step in steps {
            let Some(control) = library.controls.get(&id) else {
                return Err(invalid(format!("there is no control {id}")));
            };
            let (definition, yaml) =
                changed(control.current(), step).map_err(|e| invalid(format!("{id}: {e}")))?;
            library.add(&file, definition, yaml);
        }
    }
    Ok(())
}

fn changed(
    base: &Definition,
    step: BTreeMap<String, Value>,
) -> Result<(Definition, String), String> {
    let mut definition = base.clone();
    for (name, value) in step {
        if name == "from" {
            let at = Timestamp::parse_or_date(&plain(&value)).map_err(|e| e.to_string())?;
            definition.in_force_from = Some(at);
            definition.version += 1;
            continue;
        }
        match definition.parameters.get_mut(&name) {
            Some(parameter) => parameter.value = plain(&value),
            None => {
                let names: Vec<_> = base.parameters.keys().map(String::as_str).collect();
                return Err(format!(
                    "there is no parameter {name}; there are {}",
                    names.join(", ")
                ));
            }
        }
    }
    definition.check()?;
    let yaml = yaml(&definition)?;
    Ok((definition, yaml))
}

fn yaml(definition: &Definition) -> Result<String, String> {
    serde_saphyr::to_string(definition).map_err(|e| e.to_string())
}

fn parse<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T, DefinitionError> {
    serde_saphyr::from_str(text)
        .map_err(|e| DefinitionError::Yaml { file: file.to_owned(), cause: e.to_string() })
}

/// What is wrong, without the file, which stands beside it.
fn cause(error: &DefinitionError) -> String {
    match error {
        DefinitionError::Yaml { cause, .. } => cause.clone(),
        DefinitionError::Invalid { problem, .. } => problem.clone(),
    }
}

fn files(dir: &Path) -> Result<Vec<std::path::PathBuf>, DefinitionError> {
    let unreadable = |e: std::io::Error| DefinitionError::Yaml {
        file: dir.display().to_string(),
        cause: e.to_string(),
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|e| e == "yaml" || e == "yml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Setting;
    use tenure_model::calendar::Sla;

    fn library(files: &[(&str, &str)]) -> Result<Library, DefinitionError> {
        let dir = tempfile::tempdir().expect("a directory");
        for (name, text) in files {
            fs::write(dir.path().join(name), text).expect("written");
        }
        Library::load(Some(dir.path()))
    }

    const TEN_LINES: &str = "id: ACME-01
title: Nobody holds access for more than a year
kind: STATE
statement: Access ends within a year and is asked for again.
attributes: { A: held for no longer than the limit }
parameters: { limit: { value: 365d, doc: how long } }
sql:
  exposure: SELECT grant_id AS item, valid_from_hi AS from_ts, valid_to_hi AS to_ts FROM grants
  violation: SELECT grant_id AS item, 'A' AS attribute, valid_from_hi + $limit AS from_hi, valid_to_hi AS to_hi, 'too long' AS reason FROM grants
";

    #[test]
    fn ten_lines_are_a_control() {
        let library = library(&[("acme.yaml", TEN_LINES)]).expect("a library");
        assert!(library.broken().is_empty(), "{:?}", library.broken());
        assert_eq!(library.get("ACME-01").expect("ours").current().version, 1);
    }

    #[test]
    fn what_is_not_said_comes_from_what_is_extended() {
        let own = "id: ACME-02\nextends: CRD-01\ntitle: Keys of ours are younger\nparameters: { max_age: 30d }\n";
        let library = library(&[("a.yaml", own)]).expect("a library");
        assert!(library.broken().is_empty(), "{:?}", library.broken());
        let ours = library.get("ACME-02").expect("ours").current();
        let theirs = library.get("CRD-01").expect("built in").current();
        assert_eq!(ours.setting("max_age"), Some(Setting::Duration(Sla::Days(30))));
        assert_eq!(ours.setting("overlap"), theirs.setting("overlap"));
        assert_eq!(ours.sql, theirs.sql);
        let again = Definition::from_yaml("again", &library.get("ACME-02").expect("ours").yaml());
        assert_eq!(&again.expect("what is written is read"), ours);
    }

    #[test]
    fn what_cannot_be_used_is_told_and_the_rest_is_kept() {
        let cycle = "id: A-1\nextends: A-2\n";
        let back = "id: A-2\nextends: A-1\n";
        let nameless = TEN_LINES.replace("$limit", "$limmit").replace("ACME-01", "A-3");
        let lone = "id: A-4\nextends: NO-99\n";
        let idle = TEN_LINES.replace("ACME-01", "A-5").replace("{ A:", "{ B: never tested, A:");
        let library = library(&[
            ("1.yaml", cycle),
            ("2.yaml", back),
            ("3.yaml", &nameless),
            ("4.yaml", lone),
            ("5.yaml", &idle),
            ("6.yaml", "id: [\n"),
        ])
        .expect("a library");
        let problem = |id: &str| library.broken().get(id).expect(id).problem.clone();
        assert!(problem("A-1").contains("extends itself"), "{}", problem("A-1"));
        assert!(problem("A-3").contains("sql.violation, line 1: there is no parameter $limmit"));
        assert!(problem("A-4").contains("no such control"));
        assert!(problem("A-5").contains("nothing ever tests attribute B"));
        assert!(problem("6").contains("line"), "{}", problem("6"));
        assert!(library.get("CRD-01").is_some());
    }

    #[test]
    fn parameters_change_from_a_date_on() {
        let text = "CRD-01:\n  - { max_age: 60d }\n  - { from: 2025-10-01, max_age: 30d }\n";
        let library = library(&[("parameters.yaml", text)]).expect("a library");
        let control = library.get("CRD-01").expect("built in");
        let ages: Vec<_> = control.versions().map(|d| d.setting("max_age")).collect();
        let days = |n| Some(Setting::Duration(Sla::Days(n)));
        assert_eq!(ages, [days(60), days(30)]);
        let unknown = super::tests::library(&[("parameters.yaml", "CRD-01: { maxage: 60d }\n")]);
        assert!(unknown.expect_err("no such parameter").to_string().contains("max_age"));
    }

    #[test]
    fn a_value_that_a_parameter_may_not_have_is_refused() {
        let set = |value: &str| {
            let text = format!("UAR-03: {{ no_response: {value} }}\n");
            super::tests::library(&[("parameters.yaml", &text)])
        };
        let refused = set("keep").expect_err("no answer is no decision to keep").to_string();
        assert!(refused.contains("no_response is one of revoke, escalate, not keep"), "{refused}");
        assert!(set("escalate").is_ok());
    }
}
