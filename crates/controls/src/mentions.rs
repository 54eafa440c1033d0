//! `mentions(names, texts)`: a table function that tells which names stand in which texts.
//!
//! Each argument is a query: the first gives a column `name`, the second a column `text`. A row of
//! the result is a name and a text in which it stands, wherever in it; each pair once. To compare
//! every name with every text, as a join over `strpos` does, takes hours where both are millions;
//! here each text is read once. An empty name stands nowhere.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::StringArray;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::{TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::{ScalarValue, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::Expr;
use datafusion::prelude::SessionContext;

use crate::cells::Rows;
use crate::computed::Computed;
use crate::session::QueryError;

/// Adds the table function to a session.
pub(crate) fn register(context: &SessionContext) {
    context.register_udtf("mentions", Arc::new(Mentions));
}

#[derive(Debug)]
struct Mentions;

impl TableFunctionImpl for Mentions {
    fn call_with_args(&self, args: TableFunctionArgs<'_, '_>) -> Result<Arc<dyn TableProvider>> {
        let [
            Expr::Literal(ScalarValue::Utf8(Some(names)), _),
            Expr::Literal(ScalarValue::Utf8(Some(texts)), _),
        ] = args.exprs()
        else {
            return plan_err!(
                "mentions() takes two texts: a query with the column name, and one with the column text"
            );
        };
        let queries = [
            format!(
                "SELECT DISTINCT arrow_cast(name, 'Utf8') AS name FROM ({names}) WHERE name <> ''"
            ),
            format!(
                "SELECT DISTINCT arrow_cast(text, 'Utf8') AS text FROM ({texts}) WHERE text <> ''"
            ),
        ];
        Ok(Arc::new(Computed::of(schema(), queries.to_vec(), compute)))
    }
}

fn schema() -> SchemaRef {
    let column = |name: &str| Field::new(name, DataType::Utf8, true);
    Arc::new(Schema::new(vec![column("name"), column("text")]))
}

fn compute(given: &[RecordBatch]) -> Result<RecordBatch, QueryError> {
    let [names, texts] = given else {
        let problem = "it takes two queries".to_owned();
        return Err(QueryError::Shape { query: "mentions".to_owned(), problem });
    };
    let names = column(names, "name")?;
    let all = column(texts, "text")?;
    let index = Index::of(names.iter().map(String::as_str));
    let (mut found, mut texts) = (Vec::new(), Vec::new());
    for text in &all {
        for name in index.within(text) {
            found.push(name);
            texts.push(text.as_str());
        }
    }
    let columns: [Arc<StringArray>; 2] =
        [Arc::new(StringArray::from(found)), Arc::new(StringArray::from(texts))];
    let columns = columns.map(|column| column as _);
    RecordBatch::try_new(schema(), columns.to_vec())
        .map_err(|e| QueryError::Shape { query: "mentions".to_owned(), problem: e.to_string() })
}

fn column(batch: &RecordBatch, name: &str) -> Result<Vec<String>, QueryError> {
    let rows = Rows::new("mentions", batch);
    let column = rows.need(name, rows.text(name)?)?;
    Ok((0..batch.num_rows()).filter_map(|row| column.get(row).map(str::to_owned)).collect())
}

/// So many first bytes of a name lead to the lengths that names with them have.
const HEAD: usize = 6;

/// Names by their first bytes.
#[derive(Default)]
struct Index<'n> {
    names: HashSet<&'n [u8]>,
    lengths: HashMap<&'n [u8], Vec<usize>>,
    /// Names shorter than a head, by their lengths.
    short: BTreeSet<usize>,
}

impl<'n> Index<'n> {
    fn of(names: impl Iterator<Item = &'n str>) -> Self {
        let mut index = Self::default();
        for name in names.map(str::as_bytes).filter(|name| !name.is_empty()) {
            index.names.insert(name);
            match name.get(..HEAD) {
                Some(head) => {
                    let lengths = index.lengths.entry(head).or_default();
                    if !lengths.contains(&name.len()) {
                        lengths.push(name.len());
                    }
                }
                None => {
                    index.short.insert(name.len());
                }
            }
        }
        index
    }

    /// The names that stand in a text, in order.
    fn within<'t>(&self, text: &'t str) -> BTreeSet<&'t str> {
        let bytes = text.as_bytes();
        let mut found = BTreeSet::new();
        for (at, _) in text.char_indices() {
            let head = bytes.get(at..at + HEAD).and_then(|head| self.lengths.get(head));
            for length in head.into_iter().flatten().chain(&self.short) {
                let Some(part) = text.get(at..at + length) else { continue };
                if self.names.contains(part.as_bytes()) {
                    found.insert(part);
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_what_a_search_of_each_name_finds(
            names in proptest::collection::vec("[abé]{0,9}", 0..12),
            text in "[abé]{0,30}",
        ) {
            let index = Index::of(names.iter().map(String::as_str));
            let searched: BTreeSet<&str> = names
                .iter()
                .map(String::as_str)
                .filter(|name| !name.is_empty() && text.contains(name))
                .collect();
            prop_assert_eq!(index.within(&text), searched);
        }
    }
}
