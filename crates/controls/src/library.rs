//! The control library: ours, built in, and the workspace's own beside it.

use std::collections::BTreeMap;
use std::path::Path;

use tenure_model::Period;
use tenure_model::calendar::Calendar;

use crate::definition::{Definition, DefinitionError};

mod own;

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

/// A control of the workspace that cannot be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    /// The file.
    pub file: String,
    /// What is wrong, with its place.
    pub problem: String,
    /// The file's text.
    pub text: String,
}

impl Control {
    fn new(origin: &str, definition: Definition, yaml: String) -> Self {
        Self {
            id: definition.id.clone(),
            origin: origin.to_owned(),
            versions: vec![(definition, yaml)],
        }
    }

    /// The version in force last.
    ///
    /// # Panics
    /// Never: a control is made with its first version.
    #[must_use]
    pub fn current(&self) -> &Definition {
        &self.versions[self.versions.len() - 1].0
    }

    /// Every version, in order of their start.
    pub fn versions(&self) -> impl Iterator<Item = &Definition> {
        self.versions.iter().map(|(definition, _)| definition)
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

/// Controls by id, and the calendar that deadlines follow.
#[derive(Clone, Debug, Default)]
pub struct Library {
    controls: BTreeMap<String, Control>,
    broken: BTreeMap<String, Broken>,
    calendar: Calendar,
}

impl Library {
    /// The built-in controls, and what the directory `own` of a workspace changes or adds: see
    /// [`own`]. A file of the workspace that cannot be used makes its control a broken one.
    ///
    /// # Errors
    /// When the directory, its calendar or its parameters cannot be read.
    pub fn load(own: Option<&Path>) -> Result<Self, DefinitionError> {
        let mut library = Self::default();
        for (file, yaml) in BUILT_IN {
            library.add("built in", Definition::from_yaml(file, yaml)?, (*yaml).to_owned());
        }
        if let Some(dir) = own {
            own::load(&mut library, dir)?;
        }
        Ok(library)
    }

    /// The control of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Control> {
        self.controls.get(id)
    }

    /// Every control that can be used, in order of their ids.
    pub fn controls(&self) -> impl Iterator<Item = &Control> {
        self.controls.values()
    }

    /// Every control that cannot be used, by id, or by file where it has none.
    #[must_use]
    pub const fn broken(&self) -> &BTreeMap<String, Broken> {
        &self.broken
    }

    /// The calendar that business days follow.
    #[must_use]
    pub const fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// Adds a version, or replaces what there is if the definition is not dated.
    fn add(&mut self, origin: &str, definition: Definition, yaml: String) {
        match self.controls.get_mut(&definition.id) {
            Some(control) if definition.in_force_from.is_some() => {
                control.versions.push((definition, yaml));
                control.versions.sort_by_key(|(d, _)| d.in_force_from);
                origin.clone_into(&mut control.origin);
            }
            _ => {
                let control = Control::new(origin, definition, yaml);
                self.controls.insert(control.id.clone(), control);
            }
        }
    }

    /// A control of the workspace that cannot be used takes the place of the one of its id.
    fn set_broken(&mut self, id: &str, file: &str, text: &str, problem: String) {
        self.controls.remove(id);
        let broken = Broken { file: file.to_owned(), problem, text: text.to_owned() };
        self.broken.insert(id.to_owned(), broken);
    }
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

    #[test]
    fn every_built_in_control_says_all_that_an_auditor_reads() {
        for control in Library::load(None).expect("the built-in library").controls() {
            let d = control.current();
            for (field, said) in [
                ("deviation", !d.deviation.is_empty()),
                ("frequency", !d.frequency.is_empty()),
                ("frameworks", d.frameworks.contains_key("tsc-2017")),
                ("evidence", !d.evidence.is_empty()),
                ("auditor_asks", !d.auditor_asks.is_empty()),
            ] {
                assert!(said, "{} does not say its {field}", d.id);
            }
        }
    }
}
