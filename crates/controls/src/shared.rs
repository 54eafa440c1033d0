//! Subqueries that a statement names (`WITH`) and reads more than once, computed once.
//!
//! The query engine puts the subquery in place of each reference. Controls build on what they named
//! before, so a statement of twenty names would read a table some hundred times.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Cte, GroupByExpr, ObjectName, Query, Select, SetExpr, SetOperator, SetQuantifier, Statement,
    TableFactor, Visit, visit_relations,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

/// A statement in steps.
#[derive(PartialEq, Debug)]
pub(crate) struct Steps {
    /// What to compute first, in order: the name, and the query that gives its rows.
    pub(crate) shared: Vec<(String, String)>,
    /// The statement that is left.
    pub(crate) last: String,
}

/// Splits a statement; one that names nothing twice, or is not understood here, stays whole.
/// `taken` says whether a name is that of a table: such a subquery stays where it is.
pub(crate) fn split(sql: &str, taken: impl Fn(&str) -> bool) -> Steps {
    let whole = || Steps { shared: Vec::new(), last: sql.to_owned() };
    let Ok(mut statements) = Parser::parse_sql(&GenericDialect {}, sql) else { return whole() };
    let (Some(Statement::Query(mut query)), true) = (statements.pop(), statements.is_empty())
    else {
        return whole();
    };
    let Some(with) = query.with.take().filter(|with| !with.recursive) else { return whole() };
    let mut readers = BTreeMap::new();
    count(&query, &mut readers);
    for cte in &with.cte_tables {
        count(&cte.query, &mut readers);
    }
    let mut steps = Steps { shared: Vec::new(), last: String::new() };
    let mut kept: Vec<String> = Vec::new();
    for cte in with.cte_tables {
        let name = name(&cte);
        let often = readers.get(&name).is_some_and(|n| *n > 1);
        let worth = often && !is_plain(&cte.query.body, &taken);
        if worth && cte.alias.columns.is_empty() && !taken(&name) {
            steps.shared.push((name, after(&kept, &format!("SELECT * FROM ({}) AS q", cte.query))));
        } else {
            kept.push(cte.to_string());
        }
    }
    if steps.shared.is_empty() {
        return whole();
    }
    steps.last = after(&kept, &query.to_string());
    steps
}

/// Whether it only picks rows and columns of tables: to read those again costs less than to keep
/// the rows.
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

fn after(kept: &[String], query: &str) -> String {
    match kept {
        [] => query.to_owned(),
        kept => format!("WITH {} {query}", kept.join(", ")),
    }
}

/// The name as references spell it: letters are small unless quoted.
fn name(cte: &Cte) -> String {
    let name = &cte.alias.name;
    if name.quote_style.is_some() { name.value.clone() } else { name.value.to_lowercase() }
}

/// How often each name is read from.
fn count(query: &Query, readers: &mut BTreeMap<String, u32>) {
    let _ = visit(query, |name| {
        if let [only] = name.0.as_slice() {
            *readers.entry(only.to_string().to_lowercase()).or_default() += 1;
        }
    });
}

fn visit(query: &impl Visit, mut see: impl FnMut(&ObjectName)) -> ControlFlow<()> {
    visit_relations(query, |name| {
        see(name);
        ControlFlow::Continue(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_twice_is_computed_first_and_in_order() {
        let sql = "WITH a AS (SELECT DISTINCT x FROM t), b AS (SELECT max(x) AS x FROM a), \
                   c AS (SELECT DISTINCT x FROM b) \
                   SELECT * FROM a JOIN b ON a.x = b.x JOIN c ON c.x = a.x";
        let steps = split(sql, |_| false);
        let names: Vec<_> = steps.shared.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert!(steps.last.starts_with("WITH c AS ("), "{}", steps.last);
    }

    #[test]
    fn what_only_picks_rows_is_read_again() {
        let sql = "WITH a AS (SELECT x FROM t WHERE x > 1 UNION ALL SELECT y FROM u) \
                   SELECT * FROM a JOIN a b ON a.x = b.x";
        let table = |name: &str| name == "t" || name == "u";
        assert!(split(sql, table).shared.is_empty());
        assert_eq!(split(sql, |name| name == "t").shared.len(), 1, "u is no table");
        let distinct = sql.replace("UNION ALL", "UNION");
        assert_eq!(split(&distinct, table).shared.len(), 1);
    }

    #[test]
    fn what_is_read_once_or_bears_the_name_of_a_table_stays() {
        let once = "WITH a AS (SELECT 1 AS x) SELECT * FROM a";
        assert_eq!(split(once, |_| false), Steps { shared: Vec::new(), last: once.to_owned() });
        let table = "WITH grants AS (SELECT DISTINCT x FROM t) SELECT * FROM grants g JOIN grants h ON g.x = h.x";
        assert!(split(table, |name| name == "grants").shared.is_empty());
        assert_eq!(split("no SQL", |_| false).last, "no SQL");
    }
}
