//! What the queries of controls give, row by row.

use tenure_model::calendar::Sla;
use tenure_model::{Evidence, Period, Text, Timestamp, Validity};

use crate::cells::Rows;
use crate::definition::{Definition, Setting};
use crate::engine::Test;
use crate::engine::statements::Texts;
use crate::session::QueryError;

/// An entity or event of a population: `item, label, from_ts, to_ts, system, evidence`.
pub(crate) struct Exposed {
    pub(crate) item: Text,
    pub(crate) label: Text,
    pub(crate) from: Timestamp,
    pub(crate) to: Option<Timestamp>,
    pub(crate) system: Option<Text>,
    pub(crate) evidence: Evidence,
}

/// A version of a setting.
pub(crate) struct Setup {
    pub(crate) item: Text,
    pub(crate) label: Text,
    pub(crate) system: Option<Text>,
    pub(crate) validity: Validity,
    pub(crate) conforming: Option<bool>,
    pub(crate) change_ref: Option<String>,
    pub(crate) reason: Text,
    pub(crate) evidence: Evidence,
}

pub(crate) fn exposed(
    test: &Test<'_>,
    query: &str,
    texts: &mut Texts,
) -> Result<Vec<Exposed>, QueryError> {
    let mut all = Vec::new();
    exposed_with(test, query, texts, |_, _, exposed| {
        all.push(exposed);
        Ok(())
    })?;
    Ok(all)
}

/// The same, each handed over with its row, of which more may be read.
pub(crate) fn exposed_with(
    test: &Test<'_>,
    query: &str,
    texts: &mut Texts,
    mut take: impl FnMut(&Rows<'_>, usize, Exposed) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    for_each(test, query, |rows, count| {
        let item = rows.need("item", rows.text("item")?)?;
        let label = rows.text("label")?;
        let from = rows.need("from_ts", rows.time("from_ts")?)?;
        let (to, system, evidence) =
            (rows.time("to_ts")?, rows.text("system")?, rows.text("evidence")?);
        for row in 0..count {
            let item = texts.one(rows.need("item", item.get(row))?);
            let from = rows.need("from_ts", from.get(row))?;
            let to = to.as_ref().and_then(|c| c.get(row));
            ordered(rows, &item, from, to)?;
            let exposed = Exposed {
                label: texts.one(label.as_ref().and_then(|c| c.get(row)).unwrap_or(&item)),
                from,
                to,
                system: system.as_ref().and_then(|c| c.get(row)).map(|name| texts.one(name)),
                evidence: texts.pointers(evidence.as_ref().and_then(|c| c.get(row))),
                item,
            };
            take(rows, row, exposed)?;
        }
        Ok(())
    })
}

pub(crate) fn setups(test: &Test<'_>, query: &str) -> Result<Vec<Setup>, QueryError> {
    let (mut all, mut texts) = (Vec::new(), Texts::default());
    for_each(test, query, |rows, count| {
        let item = rows.need("item", rows.text("item")?)?;
        let (label, system) = (rows.text("label")?, rows.text("system")?);
        let (conforming, change_ref) = (rows.flag("conforming")?, rows.text("change_ref")?);
        let (reason, evidence) = (rows.text("reason")?, rows.text("evidence")?);
        let validity = Validities::of(rows)?;
        for row in 0..count {
            let item = texts.one(rows.need("item", item.get(row))?);
            all.push(Setup {
                label: texts.one(label.as_ref().and_then(|c| c.get(row)).unwrap_or(&item)),
                system: system.as_ref().and_then(|c| c.get(row)).map(|name| texts.one(name)),
                validity: rows.need("from_hi", validity.get(row))?,
                conforming: conforming.as_ref().and_then(|c| c.get(row)),
                change_ref: change_ref.as_ref().and_then(|c| c.get(row)).map(str::to_owned),
                reason: texts.one(reason.as_ref().and_then(|c| c.get(row)).unwrap_or_default()),
                evidence: texts.pointers(evidence.as_ref().and_then(|c| c.get(row))),
                item,
            });
        }
        Ok(())
    })?;
    Ok(all)
}

/// An interval that ends before it begins is a mistake of the query, not a finding.
fn ordered(
    rows: &Rows<'_>,
    item: &str,
    from: Timestamp,
    to: Option<Timestamp>,
) -> Result<(), QueryError> {
    match to {
        Some(to) if to < from => {
            Err(rows
                .shape(format!("the interval of {item} ends at {to}, before it begins at {from}")))
        }
        _ => Ok(()),
    }
}

pub(crate) fn for_each(
    test: &Test<'_>,
    query: &str,
    mut take: impl FnMut(&Rows<'_>, usize) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    let definition = test.definition;
    let name = format!("{} sql.{query}", definition.id);
    let sql = definition.query(query).unwrap_or_default();
    let sql = render(definition, &test.period, test.as_of, sql);
    test.session.in_steps(&sql, &mut |batch| take(&Rows::new(&name, &batch), batch.num_rows()))
}

pub(crate) struct Validities {
    from_lo: Option<crate::cells::Times>,
    from_hi: Option<crate::cells::Times>,
    to_lo: Option<crate::cells::Times>,
    to_hi: Option<crate::cells::Times>,
}

impl Validities {
    pub(crate) fn of(rows: &Rows<'_>) -> Result<Self, QueryError> {
        Ok(Self {
            from_lo: rows.time("from_lo")?,
            from_hi: rows.time("from_hi")?,
            to_lo: rows.time("to_lo")?,
            to_hi: rows.time("to_hi")?,
        })
    }

    pub(crate) fn get(&self, row: usize) -> Option<Validity> {
        let at = |column: &Option<crate::cells::Times>| column.as_ref().and_then(|c| c.get(row));
        Some(Validity {
            from_lo: at(&self.from_lo),
            from_hi: at(&self.from_hi)?,
            to_lo: at(&self.to_lo),
            to_hi: at(&self.to_hi),
        })
    }
}

/// The query as it is run: `$from`, `$to`, `$as_of` and the parameters replaced by their values, so
/// that what a population states can be run again as it stands.
pub(crate) fn render(
    definition: &Definition,
    period: &Period,
    as_of: Timestamp,
    sql: &str,
) -> String {
    let mut names: Vec<_> =
        definition.parameters.keys().map(|n| (n.as_str(), literal(definition, n))).collect();
    names.push(("from", instant(period.from)));
    names.push(("to", instant(period.to)));
    names.push(("as_of", instant(as_of)));
    // A longer name first, so that $from does not eat the start of $from_hour.
    names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    names
        .into_iter()
        .fold(sql.to_owned(), |sql, (name, value)| sql.replace(&format!("${name}"), &value))
}

fn instant(at: Timestamp) -> String {
    format!("instant('{at}')")
}

fn literal(definition: &Definition, name: &str) -> String {
    match definition.setting(name) {
        Some(Setting::Duration(Sla::Hours(hours))) => format!("INTERVAL '{hours} hours'"),
        Some(Setting::Duration(Sla::Days(days))) => format!("INTERVAL '{days} days'"),
        Some(Setting::Duration(Sla::BusinessDays(days))) => days.to_string(),
        Some(Setting::Micros(micros)) => format!("INTERVAL '{micros} microseconds'"),
        Some(Setting::Number(number)) => number.to_string(),
        Some(Setting::Text(text)) => format!("'{}'", text.replace('\'', "''")),
        None => "NULL".to_owned(),
    }
}
