//! `tenure show`: everything about an identity, credential, grant or any other row, by its id.

use serde_json::{Map, Value, json};
use tenure_controls::query;
use tenure_controls::session::Session;
use tenure_model::ids::Seq;
use tenure_model::tables::{TableId, TableKind};

use crate::cli::Cx;
use crate::exit::Exit;
use crate::hint::hinted;
use crate::out::{BOLD, Format, styled};
use crate::projection;

/// Everything about an identity, credential, grant or any other row.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Its id, its native id, or a login.
    id: String,
    /// As known at this ledger index; what is known now, if absent.
    #[arg(long, value_name = "INDEX")]
    known_at: Option<u64>,
}

pub(crate) fn run(args: Args, cx: &mut Cx) -> anyhow::Result<Exit> {
    let workspace = cx.workspace()?;
    projection::ensure(&workspace)?;
    let session = Session::open(&workspace.timeline, args.known_at.map_or(Seq::LATEST, Seq))?;
    let id = args.id.replace('\'', "''");
    let mut sections = Vec::new();
    for &table in TableId::ALL {
        if let Some(condition) = condition(table, &id) {
            let sql =
                format!("SELECT * FROM {} WHERE {condition} ORDER BY 1 LIMIT 1000", table.name());
            let rows = said(&session, &sql)?;
            if !rows.is_empty() {
                sections.push((table.name(), rows));
            }
        }
    }
    if sections.is_empty() {
        return Err(hinted(
            format!("nothing is known as '{}'", args.id),
            "'tenure query \"SELECT login FROM identities\"' lists logins",
        ));
    }
    if cx.out.format == Format::Json {
        let object = |row: Row| Value::Object(row.into_iter().collect());
        let rows = |rows: Vec<Row>| rows.into_iter().map(object).collect::<Vec<_>>();
        let body: Map<_, _> = sections
            .into_iter()
            .map(|(name, section)| (name.to_owned(), rows(section).into()))
            .collect();
        cx.out.json(&json!({"schema": "tenure.dossier/v1", "id": args.id, "tables": body}))?;
        return Ok(Exit::Ok);
    }
    for (name, rows) in sections {
        cx.out.line(styled(BOLD, format!("{name} ({})", rows.len())))?;
        for row in rows {
            tell(&row, cx)?;
        }
    }
    Ok(Exit::Ok)
}

/// Which rows of a table are about the thing.
fn condition(table: TableId, id: &str) -> Option<String> {
    if table == TableId::UsageDaily {
        return Some(format!("actor = '{id}' OR credential_key = '{id}'"));
    }
    if table.table().kind != TableKind::Fact {
        return None;
    }
    let own = |column: &str| {
        table.table().column(column).map(|_| format!("lower({column}) = lower('{id}')"))
    };
    let mut tests = vec![
        format!("{} = '{id}'", table.table().key),
        format!("lower(native_id) = lower('{id}')"),
    ];
    tests.extend(
        [
            "login",
            "principal",
            "entitlement",
            "identity_id",
            "entitlement_id",
            "owner",
            "target",
            "public_id",
            "approval_ref",
            "change_ref",
        ]
        .iter()
        .filter_map(|c| own(c)),
    );
    Some(tests.join(" OR "))
}

/// A row's cells that say something, in the order of the table.
type Row = Vec<(String, Value)>;

fn said(session: &Session, sql: &str) -> anyhow::Result<Vec<Row>> {
    let result = query::run(session, sql)?;
    let names: Vec<_> = result.columns.into_iter().map(|c| c.name).collect();
    let row = |cells: Vec<Value>| {
        names.iter().cloned().zip(cells).filter(|(_, value)| !value.is_null()).collect()
    };
    Ok(result.rows.into_iter().map(row).collect())
}

fn tell(row: &Row, cx: &mut Cx) -> anyhow::Result<()> {
    for (index, (name, value)) in row.iter().enumerate() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        cx.out.line(format!("{} {name}: {text}", if index == 0 { " -" } else { "  " }))?;
    }
    Ok(())
}
