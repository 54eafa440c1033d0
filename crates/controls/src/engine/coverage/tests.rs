use super::*;

fn stretch(source: &str, part_of: Option<&str>, from: i64, to: i64) -> CoverageStretch {
    CoverageStretch {
        source: source.to_owned(),
        stream: "usage".to_owned(),
        from: Timestamp::from_seconds(from),
        to: Timestamp::from_seconds(to),
        status: "asserted".to_owned(),
        part_of: part_of.map(str::to_owned),
        detail: String::new(),
    }
}

fn covered_of(stretches: Vec<CoverageStretch>) -> (Vec<(i64, i64)>, usize) {
    let yaml = "id: X\ntitle: x\nkind: STATE\nstatement: x\nattributes: {A: x}\nrequires: [{stream: usage}]\n\
                sql: {exposure: SELECT 1, violation: \"SELECT 'A'\"}";
    let definition = Definition::from_yaml("x.yaml", yaml).expect("a definition");
    let stretches = stretches.into_iter().map(|s| (s, "lab".to_owned())).collect();
    let known = Known { stretches, sources: Vec::new() };
    let period = Period::new(Timestamp::from_seconds(0), Timestamp::from_seconds(100));
    let period = period.expect("a period");
    let coverage = of(&definition, &known, &period, period.to);
    let list = coverage.covered[&("usage".to_owned(), "lab".to_owned())].clone();
    let seconds = |(from, to): (Timestamp, Timestamp)| (from.seconds(), to.seconds());
    (list.into_iter().map(seconds).collect(), coverage.apart.len())
}

#[test]
fn stretches_of_one_log_are_united() {
    let trail = Some("lab/trail");
    let halves = vec![stretch("one", trail, 0, 50), stretch("two", trail, 50, 100)];
    assert_eq!(covered_of(halves), (vec![(0, 100)], 0));
    let hole = vec![stretch("one", trail, 0, 40), stretch("two", trail, 50, 100)];
    assert_eq!(covered_of(hole), (vec![(0, 40), (50, 100)], 0), "a hole stays one");
}

#[test]
fn what_one_source_lost_another_one_of_the_log_may_have() {
    let trail = Some("lab/trail");
    let mut lost = stretch("one", trail, 20, 60);
    lost.status = "gap".to_owned();
    let list = vec![stretch("one", trail, 0, 100), lost, stretch("two", trail, 10, 50)];
    assert_eq!(covered_of(list), (vec![(0, 50), (60, 100)], 0));
}

#[test]
fn logs_that_nobody_declares_to_be_one_are_each_necessary() {
    let both = vec![stretch("one", None, 0, 60), stretch("two", None, 40, 100)];
    assert_eq!(covered_of(both), (vec![(40, 60)], 0));
    let apart = vec![stretch("one", None, 0, 50), stretch("two", None, 50, 100)];
    assert_eq!(covered_of(apart), (vec![], 1), "and people are told how to say otherwise");
    let other = vec![stretch("one", Some("lab/a"), 0, 50), stretch("two", Some("lab/b"), 50, 100)];
    assert_eq!(covered_of(other), (vec![], 1));
}
