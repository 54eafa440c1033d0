//! `docs/tables.md` is made from the declarations. `TENURE_UPDATE=1` rewrites it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use tenure_model::tables::{ALL, Column, ColumnKind, TableKind};

const HEAD: &str = "# Tables

This page is generated from the declarations in `crates/model/src/tables/`; do not edit it.

The tables can be queried with `tenure query`:

```sh
tenure query \"SELECT native_type, count(*) AS n FROM grants WHERE valid_to_hi IS NULL GROUP BY native_type ORDER BY native_type\"
```

`grants` is what is known now, or at the index given with `--known-at`.
`history.grants` holds every row ever known, with the ledger indexes at which it was learned (`tx_from_seq`) and superseded (`tx_to_seq`); so does `history.` before any other table.

Instants are UTC with microseconds.
A text column of kind *reference* holds the id of a row of another table.

## Helpers

| helper | gives |
|---|---|
| `held_at(valid_from_lo, valid_from_hi, valid_to_lo, valid_to_hi, t)` | `yes`, `no` or `maybe`: whether it was held at `t` |
| `overlap_days(a_from, a_to, b_from, b_to)` | days of 24 hours that two half-open intervals share; a null end is open |
| `clip(t, from, to)` | `t`, no earlier than `from`, no later than `to`; null is open |
| `business_add(t, days)` | `t` plus business days, Monday to Friday, UTC |
| `due(t, length)` | `t` plus an interval, or plus a number of business days |
| `identity_of(actor)` | the native id of the identity behind an actor as AWS logs it; anything else as it is |
| `in_networks(address, networks)` | whether the address lies in one of the networks, separated by `;`; null where it is no address |
| `islands('query')` | merged intervals of each key; the query gives `key`, `from_ts`, `to_ts` |
| `gaps('query')` | holes between the intervals of each key; the same columns |
| `spells('query', limit, …)` | stretches of each name with no more than the shortest limit between them; the query gives `system`, `name`, `from_ts`, `to_ts` |

```sh
tenure query \"SELECT principal FROM grants WHERE entitlement = 'org:kubernetes:admin'
  AND held_at(valid_from_lo, valid_from_hi, valid_to_lo, valid_to_hi, TIMESTAMP '2025-10-01T00:00:00Z') = 'yes'
  ORDER BY principal\"
```
";

#[test]
fn the_page_is_what_the_declarations_say() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/tables.md");
    let expected = render();
    if std::env::var_os("TENURE_UPDATE").is_some() {
        fs::write(&page, &expected).expect("docs/tables.md can be written");
    }
    let found = fs::read_to_string(&page).unwrap_or_default();
    assert_eq!(found, expected, "docs/tables.md is stale; run the tests with TENURE_UPDATE=1");
}

fn render() -> String {
    let mut page = HEAD.to_owned();
    for table in ALL {
        let kind = match table.kind {
            TableKind::Fact => "Versions with bounds and ledger indexes.",
            TableKind::Event => "Rows that never change once known.",
        };
        let _ = write!(
            page,
            "\n## {}\n\nA row is {}.\n{kind}\n\n| column | kind | meaning |\n|---|---|---|\n",
            table.name, table.doc
        );
        for column in table.all_columns() {
            let _ =
                writeln!(page, "| `{}` | {} | {} |", column.name, describe(&column), column.doc);
        }
    }
    page
}

fn describe(column: &Column) -> String {
    match column.kind {
        ColumnKind::Text => "text".to_owned(),
        ColumnKind::Int => "int".to_owned(),
        ColumnKind::Bool => "bool".to_owned(),
        ColumnKind::Time => "time".to_owned(),
        ColumnKind::Ref(table) => format!("reference to `{}`", table.name()),
    }
}
