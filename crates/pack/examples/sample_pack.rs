//! Writes a pack of a made-up company, to look at and to measure with:
//! `cargo run --release -p tenure-pack --example sample_pack -- FILE [ITEMS]`.
#![expect(clippy::print_stdout, reason = "an example speaks")]

#[path = "../tests/it/fixture.rs"]
mod fixture;

use std::time::Instant;

fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1);
    let file = args.next().unwrap_or_else(|| "sample.zip".to_owned());
    let items = args.next().and_then(|items| items.parse().ok()).unwrap_or(400);
    let company = fixture::Company::new(items);
    let start = Instant::now();
    let pack = company.pack();
    println!("built    {} bytes in {:?}", pack.len(), start.elapsed());
    let start = Instant::now();
    let report = tenure_verify::verify_pack(&pack, None);
    println!(
        "verified {} checks in {:?}: {}",
        report.checks.len(),
        start.elapsed(),
        report.verdict.as_str()
    );
    std::fs::write(file, pack)
}
