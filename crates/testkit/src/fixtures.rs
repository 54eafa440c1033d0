//! What the project ships for demonstrations and tests.

use std::path::{Path, PathBuf};

/// Half a year of the Kubernetes organisations as a git bundle, pseudonymised.
#[must_use]
pub fn kubernetes_bundle() -> PathBuf {
    shipped("demo/kubernetes-org-2025H2.bundle")
}

/// CloudTrail records of attack techniques, a tar.gz of JSON files.
#[must_use]
pub fn stratus_trail() -> PathBuf {
    shipped("cloudtrail/stratus-detonation-logs.tar.gz")
}

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
}

/// A roster of people with managers, as an HR system exports it; the same for the same number.
#[must_use]
pub fn roster(people: u32) -> String {
    let mut csv = String::from("employee_id,name,email,hire_date,termination_date,manager_id\n");
    for n in 1..=people {
        let hired = format!("20{:02}-{:02}-{:02}", 10 + n % 15, 1 + n % 12, 1 + n % 28);
        let left = if n % 7 == 0 { format!("2025-{:02}-15", 1 + n % 12) } else { String::new() };
        let manager = if n == 1 { String::new() } else { format!("E{:05}", 1 + n / 8) };
        csv.push_str(&format!("E{n:05},Person {n},p{n}@example.com,{hired},{left},{manager}\n"));
    }
    csv
}

/// The objects of [`stratus_trail`], as names and bytes in the order of the archive.
///
/// # Panics
/// When the archive cannot be read.
#[must_use]
pub fn stratus_objects() -> Vec<(String, Vec<u8>)> {
    let file = std::fs::File::open(stratus_trail()).expect("the archive can be opened");
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let mut objects = Vec::new();
    for entry in archive.entries().expect("the archive can be read") {
        let mut entry = entry.expect("the archive can be read");
        let path = entry.path().expect("an entry has a name").into_owned();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).expect("an entry can be read");
        if let Some(name) = name.filter(|name| name.ends_with(".json")) {
            objects.push((name, bytes));
        }
    }
    objects
}
