//! The control library: ours, built in, and the workspace's own beside it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tenure_model::Period;

use crate::definition::{Definition, DefinitionError};

/// Every built-in control, in order of their ids.
const BUILT_IN: &[(&str, &str)] = &[
    ("AGT-01.yaml", include_str!("../library/AGT-01.yaml")),
    ("AUT-01.yaml", include_str!("../library/AUT-01.yaml")),
    ("AUT-02.yaml", include_str!("../library/AUT-02.yaml")),
    ("CFG-01.yaml", include_str!("../library/CFG-01.yaml")),
    ("CHG-01.yaml", include_str!("../library/CHG-01.yaml")),
    ("CRD-01.yaml", include_str!("../library/CRD-01.yaml")),
    ("CRD-02.yaml", include_str!("../library/CRD-02.yaml")),
    ("CRD-03.yaml", include_str!("../library/CRD-03.yaml")),
    ("CRD-04.yaml", include_str!("../library/CRD-04.yaml")),
    ("CRD-05.yaml", include_str!("../library/CRD-05.yaml")),
    ("CRD-06.yaml", include_str!("../library/CRD-06.yaml")),
    ("EXC-01.yaml", include_str!("../library/EXC-01.yaml")),
    ("GOV-01.yaml", include_str!("../library/GOV-01.yaml")),
    ("GOV-02.yaml", include_str!("../library/GOV-02.yaml")),
    ("INC-01.yaml", include_str!("../library/INC-01.yaml")),
    ("INV-01.yaml", include_str!("../library/INV-01.yaml")),
    ("INV-02.yaml", include_str!("../library/INV-02.yaml")),
    ("JML-01.yaml", include_str!("../library/JML-01.yaml")),
    ("JML-02.yaml", include_str!("../library/JML-02.yaml")),
    ("JML-03.yaml", include_str!("../library/JML-03.yaml")),
    ("JML-04.yaml", include_str!("../library/JML-04.yaml")),
    ("JML-05.yaml", include_str!("../library/JML-05.yaml")),
    ("MON-01.yaml", include_str!("../library/MON-01.yaml")),
    ("MON-02.yaml", include_str!("../library/MON-02.yaml")),
    ("MON-03.yaml", include_str!("../library/MON-03.yaml")),
    ("PRA-01.yaml", include_str!("../library/PRA-01.yaml")),
    ("PRA-02.yaml", include_str!("../library/PRA-02.yaml")),
    ("PRA-03.yaml", include_str!("../library/PRA-03.yaml")),
    ("PRA-04.yaml", include_str!("../library/PRA-04.yaml")),
    ("PRA-05.yaml", include_str!("../library/PRA-05.yaml")),
    ("SVC-01.yaml", include_str!("../library/SVC-01.yaml")),
    ("SVC-02.yaml", include_str!("../library/SVC-02.yaml")),
    ("UAR-01.yaml", include_str!("../library/UAR-01.yaml")),
    ("UAR-02.yaml", include_str!("../library/UAR-02.yaml")),
    ("UAR-03.yaml", include_str!("../library/UAR-03.yaml")),
    ("UAR-04.yaml", include_str!("../library/UAR-04.yaml")),
    ("VND-01.yaml", include_str!("../library/VND-01.yaml")),
];

/// A control in all its versions.
#[derive(Clone, Debug)]
pub struct Control {
    /// Its id.
    pub id: String,
    /// Where it comes from: `built in`, or the file of the workspace.
    pub origin: String,
    /// Versions in order of their start.
    versions: Vec<(Definition, String)>,
}

impl Control {
    /// The version in force last.
    ///
    /// # Panics
    /// Never: a control is made with its first version.
    #[must_use]
    pub fn current(&self) -> &Definition {
        &self.versions[self.versions.len() - 1].0
    }

    /// The YAML of every version, one document each.
    #[must_use]
    pub fn yaml(&self) -> String {
        self.versions.iter().map(|(_, yaml)| yaml.as_str()).collect::<Vec<_>>().join("---\n")
    }

    /// The versions in force in the period, each with the part of it.
    pub fn versions_in(&self, period: &Period) -> impl Iterator<Item = (&Definition, Period)> {
        self.versions.iter().enumerate().filter_map(|(index, (definition, _))| {
            let from = definition.in_force_from.map_or(period.from, |at| at.max(period.from));
            let next = self.versions.get(index + 1).and_then(|(d, _)| d.in_force_from);
            let to = next.map_or(period.to, |at| at.min(period.to));
            Period::new(from, to).ok().map(|part| (definition, part))
        })
    }
}

/// Controls by id.
#[derive(Clone, Debug)]
pub struct Library {
    controls: BTreeMap<String, Control>,
}

impl Library {
    /// The built-in controls, and those in `overrides` (`<dir>/*.yaml`): a file whose id is built in
    /// replaces it; one with `in_force_from` becomes its next version instead.
    ///
    /// # Errors
    /// When a definition is malformed or a file cannot be read.
    pub fn load(overrides: Option<&Path>) -> Result<Self, DefinitionError> {
        let mut library = Self { controls: BTreeMap::new() };
        for (file, yaml) in BUILT_IN {
            library.add("built in", Definition::from_yaml(file, yaml)?, yaml);
        }
        for path in overrides.map(files).transpose()?.unwrap_or_default() {
            let name = path.display().to_string();
            let yaml = fs::read_to_string(&path)
                .map_err(|e| DefinitionError::Yaml { file: name.clone(), cause: e.to_string() })?;
            library.add(&name, Definition::from_yaml(&name, &yaml)?, &yaml);
        }
        Ok(library)
    }

    /// The control of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Control> {
        self.controls.get(id)
    }

    /// Every control, in order of their ids.
    pub fn controls(&self) -> impl Iterator<Item = &Control> {
        self.controls.values()
    }

    fn add(&mut self, origin: &str, definition: Definition, yaml: &str) {
        let version = (definition, yaml.to_owned());
        let id = version.0.id.clone();
        match self.controls.get_mut(&id) {
            Some(control) if version.0.in_force_from.is_some() => {
                control.versions.push(version);
                control.versions.sort_by_key(|(d, _)| d.in_force_from);
                control.origin = origin.to_owned();
            }
            _ => {
                let control =
                    Control { id: id.clone(), origin: origin.to_owned(), versions: vec![version] };
                self.controls.insert(id, control);
            }
        }
    }
}

fn files(dir: &Path) -> Result<Vec<std::path::PathBuf>, DefinitionError> {
    if !dir.exists() {
        return Ok(Vec::new());
    }
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

    #[test]
    fn every_built_in_control_is_valid_and_named_for_its_file() {
        let library = Library::load(None).expect("the built-in library");
        assert_eq!(library.controls().count(), BUILT_IN.len());
        for (file, _) in BUILT_IN {
            let id = file.trim_end_matches(".yaml");
            assert_eq!(library.get(id).expect(id).current().id, id);
        }
    }
}
