//! What the controls of a pack say, for its reader.

use std::collections::BTreeMap;

use tenure_controls::library::Library;
use tenure_model::evaluation::Evaluated;
use tenure_pack::{ControlAbout, Mapping};

/// The statements, mappings and attributes of the evaluated controls.
pub(crate) fn of(library: &Library, evaluated: &Evaluated) -> BTreeMap<String, ControlAbout> {
    let controls = library.controls().filter(|c| evaluated.items.contains_key(&c.id));
    controls
        .map(|control| {
            let definition = control.current();
            let mappings = definition.frameworks.iter().flat_map(|(framework, ids)| {
                ids.iter()
                    .map(|id| Mapping { framework: name(framework).to_owned(), id: id.clone() })
            });
            let about = ControlAbout {
                statement: definition.statement.clone(),
                mappings: mappings.collect(),
                attributes: definition.attributes.clone(),
            };
            (control.id.clone(), about)
        })
        .collect()
}

/// A framework's name as people write it.
fn name(id: &str) -> &str {
    match id {
        "tsc-2017" => "SOC 2 TSC 2017",
        "csf-2.0" => "NIST CSF 2.0",
        "owasp-nhi-2025" => "OWASP NHI 2025",
        "ai-rmf-1.0" => "NIST AI RMF 1.0",
        "sp-800-63-4" => "NIST SP 800-63-4",
        "maestro" => "CSA MAESTRO",
        "ccm-4.0.13" => "CSA CCM 4.0.13",
        "ccm-4.1" => "CSA CCM 4.1",
        "iso-27001-2022" => "ISO/IEC 27001:2022",
        other => other,
    }
}
