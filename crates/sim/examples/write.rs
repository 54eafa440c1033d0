use tenure_model::{Period, Timestamp};
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let at = |t| Timestamp::parse_or_date(t).unwrap();
    let period = Period::new(at("2025-01-01"), at("2026-01-01")).unwrap();
    let s =
        tenure_sim::Settings { seed: a[1].parse().unwrap(), people: a[2].parse().unwrap(), period };
    let sim = tenure_sim::simulate(s);
    sim.output.write(std::path::Path::new(&a[3]), &sim.truth).unwrap();
}
