//! Queries with named parts (`WITH`), each part computed once.
//!
//! The engine puts a named part in place wherever it is named, so a part that is named ten times is
//! planned and computed ten times, and so is all that it names itself. What is named more than once
//! is computed first here, into a table of its own.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::datasource::MemTable;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::context::SQLOptions;
use datafusion::prelude::SessionContext;
use datafusion::sql::sqlparser::ast::{
    GroupByExpr, ObjectName, Query, Select, SetExpr, SetOperator, SetQuantifier, Statement,
    TableFactor, With, visit_relations,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::{Parser, ParserError, ParserOptions};

/// A query and the tables that were computed for it, to be dropped after it.
pub(crate) struct Staged {
    pub(crate) sql: String,
    pub(crate) tables: Vec<String>,
}

/// Names of tables never meet, whatever runs beside.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// Computes the parts that are named more than once.
///
/// # Errors
/// When the query cannot be parsed or one of its parts fails.
pub(crate) async fn stage(
    context: &SessionContext,
    sql: &str,
    options: SQLOptions,
) -> Result<Staged> {
    let mut staged = Staged { sql: sql.to_owned(), tables: Vec::new() };
    let Some(mut query) = parsed(sql)? else { return Ok(staged) };
    let Some(mut with) = query.with.take().filter(|with| !with.recursive) else {
        return Ok(staged);
    };
    for index in 0..with.cte_tables.len() {
        let table = |name: &str| context.table_exist(name).unwrap_or(false);
        if named(&with, index, &query) < 2 || is_plain(&with.cte_tables[index].query.body, &table) {
            continue;
        }
        let before: Vec<_> = with.cte_tables[..index].iter().map(ToString::to_string).collect();
        let head =
            if before.is_empty() { String::new() } else { format!("WITH {} ", before.join(", ")) };
        let step = format!("{head}SELECT * FROM ({})", with.cte_tables[index].query);
        let frame = context.sql_with_options(&step, options).await?;
        let planned = nullable(frame.schema().as_arrow());
        let rows = frame.collect().await?;
        // A column that is null in the first of several branches is planned as such.
        let schema = rows.first().map_or(planned, |first| nullable(&first.schema()));
        let rows = rows.iter();
        let rows = rows.map(|b| RecordBatch::try_new(Arc::clone(&schema), b.columns().to_vec()));
        let batches = rows.collect::<std::result::Result<Vec<_>, _>>()?;
        let name = format!("parts.step_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        context
            .register_table(name.as_str(), Arc::new(MemTable::try_new(schema, vec![batches])?))?;
        if let Some(table) = parsed(&format!("SELECT * FROM {name}"))? {
            with.cte_tables[index].query = table;
        }
        staged.tables.push(name);
        tenure_heap::give_back();
    }
    query.with = Some(with);
    staged.sql = query.to_string();
    Ok(staged)
}

/// The same columns, any of which may lack values: what a plan says of that and what its rows say
/// may differ.
pub(crate) fn nullable(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter();
    let fields = fields.map(|f| Field::new(f.name(), f.data_type().clone(), true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The query, if the text is one and nothing else.
fn parsed(sql: &str) -> Result<Option<Box<Query>>> {
    let broken = |e: ParserError| DataFusionError::SQL(Box::new(e), None);
    // Texts as they are written: a quote in a text within a text comes out doubled as it went in.
    let options = ParserOptions::new().with_unescape(false);
    let parser = Parser::new(&GenericDialect {}).with_options(options).try_with_sql(sql);
    let statements = parser.and_then(|mut parser| parser.parse_statements()).map_err(broken)?;
    let mut statements = statements.into_iter();
    Ok(match (statements.next(), statements.next()) {
        (Some(Statement::Query(query)), None) => Some(query),
        _ => None,
    })
}

/// How often later parts and the query itself name a part.
fn named(with: &With, index: usize, query: &Query) -> usize {
    let name = with.cte_tables[index].alias.name.value.as_str();
    let mut count = 0;
    let mut look = |relation: &ObjectName| {
        count += usize::from(relation.to_string() == name);
        ControlFlow::<()>::Continue(())
    };
    for later in &with.cte_tables[index + 1..] {
        let _ = visit_relations(&later.query, &mut look);
    }
    let _ = visit_relations(query, &mut look);
    count
}

/// Whether a part only picks rows and columns of tables: to read those again costs less than to
/// keep the rows.
fn is_plain(body: &SetExpr, table: &impl Fn(&str) -> bool) -> bool {
    match body {
        SetExpr::Select(select) => picks(select, table),
        SetExpr::SetOperation {
            op: SetOperator::Union,
            set_quantifier: SetQuantifier::All,
            left,
            right,
        } => is_plain(left, table) && is_plain(right, table),
        _ => false,
    }
}

fn picks(select: &Select, table: &impl Fn(&str) -> bool) -> bool {
    let ungrouped = matches!(&select.group_by, GroupByExpr::Expressions(by, _) if by.is_empty());
    let of_a_table = match select.from.as_slice() {
        [from] if from.joins.is_empty() => match &from.relation {
            TableFactor::Table { name, args: None, .. } => table(&name.to_string().to_lowercase()),
            _ => false,
        },
        _ => false,
    };
    let text = select.to_string().to_lowercase();
    let computes = [" over (", "unnest(", "min(", "max(", "count(", "sum("];
    let computes = computes.iter().any(|word| text.contains(word));
    ungrouped && of_a_table && select.distinct.is_none() && !computes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_out_as_they_went_in() {
        for sql in [
            "SELECT name FROM spells('SELECT ''key '' || x AS name FROM t WHERE y = ''''', 'it''s')",
            "SELECT '', '''', 'a''''b', '\\', 'tab\\t'",
        ] {
            let query = parsed(sql).expect("SQL").expect("a query");
            assert_eq!(query.to_string(), sql);
        }
    }

    #[test]
    fn what_only_picks_rows_of_tables_is_plain() {
        let table = |name: &str| name == "t" || name == "u";
        let plain = |sql: &str| {
            let query = parsed(sql).expect("SQL").expect("a query");
            is_plain(&query.body, &table)
        };
        assert!(plain("SELECT x FROM t WHERE x > 1 UNION ALL SELECT upper(y) FROM u"));
        for computed in [
            "SELECT x FROM t UNION SELECT y FROM u",
            "SELECT DISTINCT x FROM t",
            "SELECT max(x) FROM t",
            "SELECT x FROM t JOIN u ON x = y",
            "SELECT x FROM part",
            "SELECT x FROM (SELECT x FROM t)",
            "SELECT key FROM islands('SELECT 1')",
            "SELECT row_number() OVER (ORDER BY x) FROM t",
        ] {
            assert!(!plain(computed), "{computed}");
        }
    }
}
