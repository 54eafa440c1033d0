//! `index.html`.

use tenure_model::evaluation::Difference;
use tenure_pack::assemble;
use tenure_verify::forbidden_words;

use crate::fixture::Company;

fn page(company: &Company) -> String {
    let files = assemble(&company.input()).expect("files");
    String::from_utf8(files["index.html"].clone()).expect("text")
}

/// What lies between two marks, each time.
fn between<'t>(text: &'t str, from: &str, to: &str) -> Vec<&'t str> {
    text.split(from)
        .skip(1)
        .filter_map(|rest| rest.split_once(to).map(|(inside, _)| inside))
        .collect()
}

#[test]
fn nothing_runs_and_nothing_is_fetched() {
    let page = page(&Company::new(200));
    for sign in [
        "<script",
        "javascript:",
        "http:",
        "https:",
        "//",
        "@import",
        "url(",
        " style=",
        " onclick",
        "<iframe",
    ] {
        assert!(!page.contains(sign), "{sign}");
    }
    assert!(page.contains("default-src 'none'; style-src 'sha256-"));
}

/// Otherwise no browser would apply the style.
#[test]
fn the_policy_names_the_style_that_is_there() {
    use base64::Engine as _;
    let page = page(&Company::new(4));
    let style = between(&page, "<style>", "</style>")[0];
    let digest = tenure_verify::canonical::sha256(style.as_bytes());
    let encoded = base64::engine::general_purpose::STANDARD.encode(digest.0);
    assert!(page.contains(&format!("style-src 'sha256-{encoded}'")));
}

#[test]
fn every_link_leads_somewhere() {
    let company = Company::new(200);
    let files = assemble(&company.input()).expect("files");
    let page = page(&company);
    let links = between(&page, "href=\"", "\"");
    assert!(links.len() > 40);
    for link in links {
        match link.strip_prefix('#') {
            Some(id) => assert!(page.contains(&format!("id=\"{id}\"")), "{link}"),
            None => assert!(files.contains_key(link), "{link}"),
        }
    }
}

#[test]
fn words_that_are_the_auditors_are_not_used() {
    let page = page(&Company::new(200));
    assert_eq!(forbidden_words(&page), [""; 0]);
    assert!(page.contains("No occurrences in the period; operating effectiveness not tested."));
}

#[test]
fn performances_that_bunch_at_the_end_are_shown() {
    let page = page(&Company::new(4));
    let section = between(&page, "id=\"c-UAR-01\"", "</section>")[0];
    assert!(section.contains("bunches before the end of the period"), "{section}");
    assert!(
        section.contains("2 were made from 2025-12-02 to the end of the period and 0 after it")
    );
    assert!(section.contains("slot:2025Q3, attribute A: of 2025-10-01, made 2025-12-18"));
    let other = between(&page, "id=\"c-PRA-01\"", "</section>")[0];
    assert!(!other.contains("When it was done"), "nothing has an instant there");
}

#[test]
fn what_one_of_two_sources_does_not_know_is_named() {
    let company = Company::with(10, |e| {
        let reconciliation = &mut e.evaluation.controls[1].population.reconciliations[0];
        reconciliation.theirs += 1;
        reconciliation.unmatched = 1;
        reconciliation.agrees = false;
        let item = "person/9".to_owned();
        let reason = "no such person in the roster".to_owned();
        let difference = Difference { item, ours: false, reason };
        reconciliation.differences.push(difference);
    });
    let page = page(&company);
    assert!(page.contains("person/9 (only there: no such person in the roster)"));
}

#[test]
fn everything_is_escaped() {
    let company = Company::with(10, |e| {
        let control = &mut e.evaluation.controls[1];
        control.title = "<script>alert(1)</script>".into();
        control.conclusion = "\"><img src=x onerror=alert(1)>".into();
        control.deviations.list[0].reason = "<b>bold</b>".into();
        control.population.sql = "</code></pre><h1>".into();
        control.population.coverage[0].detail = "'\"<svg>".into();
    });
    let page = page(&company);
    for raw in ["<script>", "<img", "<b>bold", "</pre><h1>", "'\"<svg>"] {
        assert!(!page.contains(raw), "{raw}");
    }
}

#[test]
fn long_lists_say_how_much_is_elsewhere() {
    let page = page(&Company::new(1_400));
    assert!(page.contains("The first 50 of 83."));
    assert!(page.contains("href=\"deviations.csv\""));
    let few = self::page(&Company::new(40));
    assert!(!few.contains("All of them are in"));
}

/// A favourable word beside a population that nothing shows complete would be the worst mistake.
#[test]
fn a_population_not_demonstrated_is_said_first() {
    let company = Company::with(10, |e| {
        let control = &mut e.evaluation.controls[3];
        control.population.verdict = tenure_model::outcome::PopulationVerdict::NotDemonstrated;
        control.conclusion = "The population is not demonstrated.".into();
    });
    let page = page(&company);
    let section = page.split("id=\"c-UAR-01\"").nth(1).expect("a section");
    let section = section.split("</section>").next().expect("its end");
    assert!(section.contains("Population not demonstrated"));
    assert!(!section.contains("No deviations noted"));
}

#[test]
fn without_charts_and_texts_it_still_reads() {
    let mut company = Company::new(10);
    company.access.clear();
    company.about.clear();
    let page = page(&company);
    assert!(!page.contains("id=\"access\""));
    assert!(page.contains("What was found"));
}

#[test]
fn the_first_screen() {
    let page = page(&Company::new(40));
    let body =
        page.split("<main>").nth(1).and_then(|rest| rest.split("<section id=\"coverage\">").next());
    insta::assert_snapshot!(body.expect("a first part"));
}
