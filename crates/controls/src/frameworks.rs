//! Framework ids: closed sets with versions. Ids only; the texts belong to their publishers.
//!
//! Sets: AICPA TSC 2017 (points of focus 2022), NIST CSF 2.0 (and 1.1 ids, resolved with a
//! warning), OWASP NHI Top 10 2025, NIST AI RMF 1.0, NIST SP 800-63-4, CSA MAESTRO layers,
//! CSA CCM 4.0.13 and 4.1.0 (the domains we map to), ISO/IEC 27001:2022 Annex A (the ids we map to).

/// A framework in one version: prefixes and the numbers that exist under each.
struct Framework {
    name: &'static str,
    ids: &'static [(&'static str, &'static [&'static str])],
}

const FRAMEWORKS: &[Framework] = &[
    Framework {
        name: "tsc-2017",
        ids: &[
            ("CC1.", &["1", "2", "3", "4", "5"]),
            ("CC2.", &["1", "2", "3"]),
            ("CC3.", &["1", "2", "3", "4"]),
            ("CC4.", &["1", "2"]),
            ("CC5.", &["1", "2", "3"]),
            ("CC6.", &["1", "2", "3", "4", "5", "6", "7", "8"]),
            ("CC7.", &["1", "2", "3", "4", "5"]),
            ("CC8.", &["1"]),
            ("CC9.", &["1", "2"]),
            ("A1.", &["1", "2", "3"]),
            ("C1.", &["1", "2"]),
            ("PI1.", &["1", "2", "3", "4", "5"]),
            (
                "P",
                &[
                    "1.1", "2.1", "3.1", "3.2", "4.1", "4.2", "4.3", "5.1", "5.2", "6.1", "6.2",
                    "6.3", "6.4", "6.5", "6.6", "6.7", "7.1", "8.1",
                ],
            ),
        ],
    },
    Framework {
        name: "csf-2.0",
        ids: &[
            ("GV.OC-", &["01", "02", "03", "04", "05"]),
            ("GV.RM-", &["01", "02", "03", "04", "05", "06", "07"]),
            ("GV.RR-", &["01", "02", "03", "04"]),
            ("GV.PO-", &["01", "02"]),
            ("GV.OV-", &["01", "02", "03"]),
            ("GV.SC-", &["01", "02", "03", "04", "05", "06", "07", "08", "09", "10"]),
            ("ID.AM-", &["01", "02", "03", "04", "05", "07", "08"]),
            ("ID.RA-", &["01", "02", "03", "04", "05", "06", "07", "08", "09", "10"]),
            ("ID.IM-", &["01", "02", "03", "04"]),
            ("PR.AA-", &["01", "02", "03", "04", "05", "06"]),
            ("PR.AT-", &["01", "02"]),
            ("PR.DS-", &["01", "02", "10", "11"]),
            ("PR.PS-", &["01", "02", "03", "04", "05", "06"]),
            ("PR.IR-", &["01", "02", "03", "04"]),
            ("DE.CM-", &["01", "02", "03", "06", "09"]),
            ("DE.AE-", &["02", "03", "04", "06", "07", "08"]),
            ("RS.MA-", &["01", "02", "03", "04", "05"]),
            ("RS.AN-", &["03", "06", "07", "08"]),
            ("RS.CO-", &["02", "03"]),
            ("RS.MI-", &["01", "02"]),
            ("RC.RP-", &["01", "02", "03", "04", "05", "06"]),
            ("RC.CO-", &["03", "04"]),
        ],
    },
    Framework {
        name: "owasp-nhi-2025",
        ids: &[("NHI", &["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"])],
    },
    Framework {
        name: "ai-rmf-1.0",
        ids: &[
            ("GOVERN 1.", &["1", "2", "3", "4", "5", "6", "7"]),
            ("GOVERN 2.", &["1", "2", "3"]),
            ("GOVERN 3.", &["1", "2"]),
            ("GOVERN 4.", &["1", "2", "3"]),
            ("GOVERN 5.", &["1", "2"]),
            ("GOVERN 6.", &["1", "2"]),
        ],
    },
    Framework { name: "sp-800-63-4", ids: &[("63", &["A-4", "B-4", "C-4"])] },
    Framework { name: "maestro", ids: &[("L", &["1", "2", "3", "4", "5", "6", "7"])] },
    Framework {
        name: "ccm-4.0.13",
        ids: &[
            (
                "IAM-",
                &[
                    "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13",
                    "14", "15", "16",
                ],
            ),
            ("LOG-", &["02", "03", "04", "05", "07", "08"]),
            ("CEK-", &["12", "13", "14", "17", "19"]),
            ("IVS-", &["05"]),
            ("A&A-", &["05"]),
            ("CCC-", &["02", "04", "08"]),
            ("GRC-", &["04", "06"]),
            ("HRS-", &["06"]),
            ("SEF-", &["03", "06"]),
            ("STA-", &["07"]),
        ],
    },
    Framework {
        name: "ccm-4.1",
        ids: &[
            (
                "IAM-",
                &[
                    "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13",
                    "14", "15",
                ],
            ),
            ("LOG-", &["02", "03", "04", "05", "07", "09"]),
            ("CEK-", &["12", "13", "14", "17", "19"]),
            ("I&S-", &["05"]),
            ("A&A-", &["05"]),
            ("CCC-", &["02", "04", "08"]),
            ("GRC-", &["04", "06"]),
            ("HRS-", &["06"]),
            ("SEF-", &["03", "06", "07", "09"]),
            ("STA-", &["08"]),
        ],
    },
    Framework {
        name: "iso-27001-2022",
        ids: &[
            (
                "A.5.",
                &[
                    "1", "2", "3", "9", "11", "15", "16", "17", "18", "19", "20", "21", "22", "23",
                    "24", "25", "26", "27", "28", "33", "36",
                ],
            ),
            ("A.6.", &["5"]),
            ("A.8.", &["2", "3", "4", "5", "9", "15", "16", "17", "18", "24", "31", "32"]),
        ],
    },
];

/// CSF 1.1 ids that people still cite, and what they became (NIST's own mapping).
const CSF_1_1: &[(&str, &[&str])] = &[
    ("PR.AC-1", &["PR.AA-01", "PR.AA-05"]),
    ("PR.AC-2", &["PR.AA-06"]),
    ("PR.AC-3", &["PR.AA-03", "PR.AA-05", "PR.IR-01"]),
    ("PR.AC-4", &["PR.AA-05"]),
    ("PR.AC-5", &["PR.IR-01"]),
    ("PR.AC-6", &["PR.AA-02"]),
    ("PR.AC-7", &["PR.AA-03"]),
    ("PR.PT-1", &["PR.PS-04"]),
    ("ID.RM-1", &["GV.RM-01", "GV.RM-06", "GV.RR-03"]),
    ("DE.CM-3", &["DE.CM-03"]),
    ("DE.CM-7", &["DE.CM-01", "DE.CM-03", "DE.CM-06", "DE.CM-09"]),
];

/// Checks ids against their framework's closed set.
///
/// # Errors
/// A sentence that names the framework or id that does not exist, and what it became.
pub fn check(framework: &str, ids: &[String]) -> Result<(), String> {
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

impl Framework {
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
}
