//! Every row of every table that is about a thing.

use serde_json::{Map, Value};
use tenure_model::tables::{TableId, TableKind};

use crate::cli::Cx;
use crate::out::{BOLD, styled};

use super::look::{Look, Row, json, literal};

/// Tables and their rows.
pub(super) struct All(Vec<(&'static str, Vec<Row>)>);

impl All {
    /// What the tables hold about a thing, by its id.
    pub(super) fn of(look: &Look<'_>, id: &str) -> anyhow::Result<Self> {
        let id = literal(id);
        let mut all = Vec::new();
        let mut take = |name: &'static str, condition: &str| -> anyhow::Result<()> {
            let sql = format!("SELECT * FROM {name} WHERE {condition} ORDER BY 1 LIMIT 1000");
            let rows = look.rows(&sql)?;
            if !rows.is_empty() {
                all.push((name, rows));
            }
            Ok(())
        };
        for &table in TableId::ALL {
            if let Some(condition) = condition(table, &id) {
                take(table.name(), &condition)?;
            }
        }
        take("rotations", &format!("old_key = {id} OR new_key = {id}"))?;
        take("session_chains", &format!("credential_key = {id} OR parent_key = {id}"))?;
        Ok(Self(all))
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn json(&self) -> Value {
        let tables = self.0.iter().map(|(name, rows)| ((*name).to_owned(), json(rows)));
        Value::Object(tables.collect::<Map<_, _>>())
    }

    pub(super) fn tell(&self, cx: &mut Cx) -> anyhow::Result<()> {
        for (name, rows) in &self.0 {
            cx.out.line(styled(BOLD, format!("{name} ({})", rows.len())))?;
            for row in rows {
                tell(row, cx)?;
            }
        }
        Ok(())
    }
}

/// Which rows of a table are about the thing.
fn condition(table: TableId, id: &str) -> Option<String> {
    if table == TableId::UsageDaily {
        return Some(format!("actor = {id} OR credential_key = {id}"));
    }
    if table.table().kind != TableKind::Fact {
        return None;
    }
    let own = |column: &str| {
        table.table().column(column).map(|_| format!("lower({column}) = lower({id})"))
    };
    let mut tests =
        vec![format!("{} = {id}", table.table().key), format!("lower(native_id) = lower({id})")];
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

fn tell(row: &Row, cx: &mut Cx) -> anyhow::Result<()> {
    for (index, (name, value)) in row.0.iter().enumerate() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        cx.out.line(format!("{} {name}: {text}", if index == 0 { " -" } else { "  " }))?;
    }
    Ok(())
}
