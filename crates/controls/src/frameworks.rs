//! Framework ids: closed sets with versions. Ids only; the texts belong to their publishers.
//!
//! Sets: AICPA TSC 2017 (points of focus 2022), NIST CSF 2.0 (and 1.1 ids, resolved with a
//! warning), OWASP NHI Top 10 2025, NIST AI RMF 1.0, NIST SP 800-63-4, CSA MAESTRO layers,
//! CSA CCM 4.0.13 and 4.1.0 (the domains we map to), ISO/IEC 27001:2022 Annex A (the ids we map to).

use std::collections::BTreeMap;

use serde::Serialize;

use crate::library::Library;

mod sets;

use sets::{CCM_4_0, CSF_1_1, FRAMEWORKS, Framework};

/// Ids of an older edition, and what each became.
type Became = &'static [(&'static str, &'static [&'static str])];

/// An older edition whose ids may be cited as they are, and the edition they resolve to.
const OLDER: &[(&str, &str, Became)] = &[("csf-1.1", "csf-2.0", CSF_1_1)];

/// Checks ids against their framework's closed set.
///
/// # Errors
/// A sentence that names the framework or id that does not exist, and what it became.
pub fn check(framework: &str, ids: &[String]) -> Result<(), String> {
    if let Some((_, _, became)) = OLDER.iter().find(|(name, _, _)| *name == framework) {
        let unknown = ids.iter().find(|id| !became.iter().any(|(old, _)| old == id));
        return unknown.map_or(Ok(()), |id| {
            Err(format!(
                "what '{id}' of {framework} became is not known here; cite the newer edition"
            ))
        });
    }
    let Some(known) = FRAMEWORKS.iter().find(|f| f.name == framework) else {
        let names: Vec<_> = FRAMEWORKS.iter().map(|f| f.name).collect();
        return Err(format!("'{framework}' is no framework; there are {}", names.join(", ")));
    };
    match ids.iter().find(|id| !known.has(id)) {
        None => Ok(()),
        Some(id) => Err(match resolve_csf_1_1(id) {
            Some(now) => format!(
                "{framework} has no '{id}': that is a CSF 1.1 id, which became {}",
                now.join(", ")
            ),
            None => format!("{framework} has no '{id}'"),
        }),
    }
}

/// What a CSF 1.1 id became in 2.0.
#[must_use]
pub fn resolve_csf_1_1(id: &str) -> Option<&'static [&'static str]> {
    CSF_1_1.iter().find(|(old, _)| *old == id).map(|(_, now)| *now)
}

/// A sentence for each id that is cited by an older edition, with what it became.
#[must_use]
pub fn as_cited(frameworks: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut told = Vec::new();
    for (name, now, became) in OLDER {
        for id in frameworks.get(*name).into_iter().flatten() {
            let (_, ids) = became.iter().find(|(old, _)| old == id).copied().unwrap_or_default();
            told.push(format!("cited as {name} {id}; that became {now} {}", ids.join(", ")));
        }
    }
    // Both editions of CCM are accepted until the older one is withdrawn; only one of them is news.
    if !frameworks.contains_key("ccm-4.1") {
        for id in frameworks.get("ccm-4.0.13").into_iter().flatten() {
            match CCM_4_0.iter().find(|(old, _)| old == id) {
                Some((_, [])) => told.push(format!("ccm-4.0.13 {id} has no successor in 4.1")),
                Some((_, now)) => {
                    told.push(format!("ccm-4.0.13 {id} is {} in 4.1", now.join(", ")));
                }
                None => {}
            }
        }
    }
    told
}

/// One id of a framework, and the controls that give evidence on it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Criterion {
    /// The id, e.g. `CC6.1`.
    pub id: String,
    /// The controls that are mapped to it; empty = nothing here gives evidence on it.
    pub controls: Vec<String>,
}

/// Which ids of a framework the library gives evidence on, and which not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FrameworkCoverage {
    /// The framework and its edition.
    pub framework: String,
    /// Whether these are all of its ids, or only those that are mapped anywhere.
    pub whole: bool,
    /// Its ids in order.
    pub criteria: Vec<Criterion>,
}

/// The names of the frameworks.
pub fn names() -> impl Iterator<Item = &'static str> {
    FRAMEWORKS.iter().map(|f| f.name)
}

/// What the library covers of a framework; `None` for a framework that there is not.
#[must_use]
pub fn coverage(name: &str, library: &Library) -> Option<FrameworkCoverage> {
    let framework = FRAMEWORKS.iter().find(|f| f.name == name)?;
    let mut by_id: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for control in library.controls() {
        for id in resolved(&control.current().frameworks, name) {
            let controls = by_id.entry(id).or_default();
            if !controls.contains(&control.id) {
                controls.push(control.id.clone());
            }
        }
    }
    let criteria = framework.all().map(|id| {
        let controls = by_id.get(id.as_str()).cloned().unwrap_or_default();
        Criterion { id, controls }
    });
    Some(FrameworkCoverage {
        framework: name.to_owned(),
        whole: framework.whole,
        criteria: criteria.collect(),
    })
}

/// The ids of a framework that a definition names, those of older editions as what they became.
fn resolved<'d>(
    frameworks: &'d BTreeMap<String, Vec<String>>,
    name: &str,
) -> impl Iterator<Item = &'d str> {
    let own = frameworks.get(name).into_iter().flatten().map(String::as_str);
    let older = OLDER.iter().filter(|(_, now, _)| *now == name).collect::<Vec<_>>();
    let older = older.into_iter().flat_map(move |(old, _, became)| {
        let ids = frameworks.get(*old).into_iter().flatten();
        ids.filter_map(|id| became.iter().find(|(old, _)| old == id))
            .flat_map(|(_, now)| now.iter().copied())
    });
    own.chain(older)
}

impl Framework {
    fn all(&self) -> impl Iterator<Item = String> {
        let ids = self.ids.iter();
        ids.flat_map(|(prefix, numbers)| numbers.iter().map(move |n| format!("{prefix}{n}")))
    }

    fn has(&self, id: &str) -> bool {
        self.ids.iter().any(|(prefix, numbers)| {
            id.strip_prefix(prefix).is_some_and(|number| numbers.contains(&number))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(name: &str) -> usize {
        let framework = FRAMEWORKS.iter().find(|f| f.name == name).expect("a framework");
        framework.ids.iter().map(|(_, numbers)| numbers.len()).sum()
    }

    #[test]
    fn the_sets_have_their_published_sizes() {
        assert_eq!(count("tsc-2017"), 61);
        assert_eq!(count("csf-2.0"), 106);
        assert_eq!(count("owasp-nhi-2025"), 10);
    }

    #[test]
    fn an_old_id_is_refused_with_its_successor() {
        let refused = check("csf-2.0", &["PR.AC-4".to_owned()]).expect_err("a 1.1 id");
        assert!(refused.contains("PR.AA-05"), "{refused}");
        assert!(check("csf-2.0", &["ID.AM-06".to_owned()]).is_err());
        assert!(check("csf-2.0", &["PR.AA-05".to_owned()]).is_ok());
    }

    #[test]
    fn ids_of_an_older_edition_count_for_what_they_became() {
        let cited = BTreeMap::from([("csf-1.1".to_owned(), vec!["PR.AC-1".to_owned()])]);
        assert!(check("csf-1.1", &cited["csf-1.1"]).is_ok());
        assert!(check("csf-1.1", &["PR.XX-1".to_owned()]).is_err());
        let ids: Vec<_> = resolved(&cited, "csf-2.0").collect();
        assert_eq!(ids, ["PR.AA-01", "PR.AA-05"]);
        assert!(as_cited(&cited)[0].contains("PR.AA-05"), "{:?}", as_cited(&cited));
    }

    #[test]
    fn what_nothing_covers_is_said() {
        let library = Library::load(None).expect("the built-in library");
        let tsc = coverage("tsc-2017", &library).expect("a framework");
        let of = |id: &str| tsc.criteria.iter().find(|c| c.id == id).expect("a criterion");
        assert!(of("CC6.1").controls.contains(&"CRD-01".to_owned()));
        assert!(of("CC6.4").controls.is_empty(), "physical access is out of scope");
        assert!(coverage("tsc-2018", &library).is_none());
    }
}
