//! What a thing looks like, in sixteen bytes a column: a large company has millions of things.

use std::rc::Rc;

use tenure_model::Timestamp;
use tenure_model::tables::{ColumnKind, Table};
use tenure_model::usage::{TextId, Texts};

use crate::cells::Cell;
use crate::facts::Said;

/// What is said of the columns of a thing, by their numbers among the table's own, ascending. A
/// column that is absent is not said, which is not being said to be empty.
pub(crate) type Attrs = Rc<[Attr]>;

/// What is said of one column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Attr {
    pub(crate) column: u8,
    kind: Kind,
    /// By kind: the id of a text, the number, 0 or 1, microseconds.
    bits: i64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Text,
    Int,
    Bool,
    Time,
    /// What was known before holds no longer.
    Empty,
}

/// What another source may know.
const UNKNOWN: TextId = TextId(1);
/// The status of what can act.
const ACTIVE: TextId = TextId(2);

/// Texts among which those that the fold looks for have their ids.
pub(crate) fn texts() -> Texts {
    let mut texts = Texts::default();
    let known = [texts.add("unknown"), texts.add("active")];
    debug_assert_eq!(known, [UNKNOWN, ACTIVE]);
    texts
}

impl Attr {
    pub(crate) fn text(column: u8, text: TextId) -> Self {
        Self { column, kind: Kind::Text, bits: i64::from(text.0) }
    }

    /// What a fact says of a column, if the column can hold it.
    fn said(column: u8, kind: ColumnKind, said: &Said<'_>, texts: &mut Texts) -> Option<Self> {
        let (kind, bits) = match (kind, said) {
            (ColumnKind::Text | ColumnKind::Ref(_), Said::Text(text)) => {
                return Some(Self::text(column, texts.add(text)));
            }
            (ColumnKind::Int, Said::Int(number)) => (Kind::Int, *number),
            (ColumnKind::Bool, Said::Bool(flag)) => (Kind::Bool, i64::from(*flag)),
            (ColumnKind::Time, Said::Time(at)) => (Kind::Time, at.micros()),
            (_, Said::Empty) => (Kind::Empty, 0),
            _ => return None,
        };
        Some(Self { column, kind, bits })
    }

    pub(crate) fn as_text(self) -> Option<TextId> {
        (self.kind == Kind::Text).then_some(TextId(self.bits as u32))
    }

    pub(crate) fn is_empty(self) -> bool {
        self.kind == Kind::Empty
    }

    pub(crate) fn is_unknown(self) -> bool {
        self.as_text() == Some(UNKNOWN)
    }

    /// Whether it is a status other than that of what can act.
    pub(crate) fn is_inactive(self) -> bool {
        self.as_text().is_some_and(|text| text != ACTIVE)
    }

    /// The value on its way into its column, if it is not empty.
    pub(crate) fn cell(self, texts: &Texts) -> Option<Cell<'_>> {
        match self.kind {
            Kind::Text => Some(texts.get(TextId(self.bits as u32)).unwrap_or("").into()),
            Kind::Int => Some(Cell::Int(self.bits)),
            Kind::Bool => Some(Cell::Bool(self.bits == 1)),
            Kind::Time => Some(Cell::Time(Timestamp::from_micros(self.bits))),
            Kind::Empty => None,
        }
    }
}

/// What is said of a column.
pub(crate) fn get(attrs: &[Attr], column: u8) -> Option<Attr> {
    attrs.binary_search_by_key(&column, |attr| attr.column).ok().map(|at| attrs[at])
}

/// The number of a column among the table's own.
pub(crate) fn number(table: &Table, name: &str) -> Option<u8> {
    let at = table.columns.iter().position(|column| column.name == name)?;
    Some(u8::try_from(at).expect("a table has few columns"))
}

/// What a fact says. The error is what does not fit the declaration of the table.
pub(crate) fn said<'s, 'l: 's>(
    table: &Table,
    said: impl IntoIterator<Item = (&'s str, &'s Said<'l>)>,
    texts: &mut Texts,
) -> Result<Vec<Attr>, String> {
    let mut attrs = Vec::new();
    for (name, value) in said {
        let column =
            number(table, name).ok_or_else(|| format!("{} has no column '{name}'", table.name))?;
        let kind = table.columns[usize::from(column)].kind;
        let attr = Attr::said(column, kind, value, texts)
            .ok_or_else(|| format!("{}.{name} does not hold {value:?}", table.name))?;
        attrs.push(attr);
    }
    attrs.sort_by_key(|attr| attr.column);
    attrs.dedup_by_key(|attr| attr.column);
    Ok(attrs)
}

/// The attributes as one of those that are kept already, if one of them is the same.
pub(crate) fn shared<'k>(attrs: Vec<Attr>, kept: impl IntoIterator<Item = &'k Attrs>) -> Attrs {
    let same = kept.into_iter().find(|kept| ***kept == *attrs);
    same.map_or_else(|| attrs.into(), Rc::clone)
}
