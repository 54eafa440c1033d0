//! The list of paths in `docs/aws-privilege.md` is made from the data. `TENURE_UPDATE=1` rewrites it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use tenure_sources::aws_iam::policy::{Need, PATHS};

const BEGIN: &str = "<!-- paths: generated, do not edit -->\n";
const END: &str = "<!-- end of paths -->";

#[test]
fn the_page_lists_the_paths_that_are_looked_for() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/aws-privilege.md");
    let found = fs::read_to_string(&page).expect("docs/aws-privilege.md");
    let (head, rest) = found.split_once(BEGIN).expect("where the list begins");
    let (_, tail) = rest.split_once(END).expect("where the list ends");
    let expected = format!("{head}{BEGIN}{}{END}{tail}", render());
    if std::env::var_os("TENURE_UPDATE").is_some() {
        fs::write(&page, &expected).expect("docs/aws-privilege.md can be written");
        return;
    }
    assert_eq!(found, expected, "docs/aws-privilege.md is stale; run with TENURE_UPDATE=1");
}

fn render() -> String {
    let mut list =
        String::from("\n| path | actions | what it does | described in |\n|---|---|---|---|\n");
    for path in PATHS.iter().flat_map(|paths| paths.iter()) {
        let actions: Vec<_> = path.needs.iter().map(action).collect();
        let others = if path.others_only { "; when done to others" } else { "" };
        let _ = writeln!(
            list,
            "| `{}` | {}{others} | {} | {} |",
            path.name,
            actions.join(", "),
            path.what,
            path.source
        );
    }
    list.push('\n');
    list
}

fn action(need: &Need) -> String {
    match need.passed_to {
        Some(service) => format!("`{}` to `{service}`", need.action),
        None => format!("`{}`", need.action),
    }
}
