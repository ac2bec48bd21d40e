//! The cells of a row, by the names of their columns.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::decode::quoted::unquote;

/// A row: the names of its columns and their texts.
#[derive(Debug, Default)]
pub struct Row<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Row<'a> {
    pub(in crate::decode) fn new(cells: Vec<(Cow<'a, str>, Cow<'a, str>)>) -> Self {
        Self(cells)
    }

    /// Cells as results of queries have them in JSON: objects of a `field` and its `value`, or of one member.
    pub(in crate::decode) fn of_json(json: &'a [u8]) -> Option<Self> {
        let cells: Vec<BTreeMap<Cow<'a, str>, &'a RawValue>> = serde_json::from_slice(json).ok()?;
        let cell = |cell: BTreeMap<Cow<'a, str>, &'a RawValue>| match (cell.get("field"), cell.get("value")) {
            (Some(field), value) => Some((text(field)?, value.map_or(Some(Cow::default()), |value| text(value))?)),
            _ if cell.len() == 1 => cell.into_iter().next().and_then(|(name, value)| Some((name, text(value)?))),
            _ => None,
        };
        cells.into_iter().map(cell).collect::<Option<_>>().map(Self)
    }

    /// The text in the column of this name, which may be written in any case.
    pub(in crate::decode::container) fn get(&self, column: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(column)).map(|(_, text)| &**text)
    }

    /// The texts of its cells.
    pub(in crate::decode) fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, text)| &**text)
    }

    /// The names of its columns.
    pub(in crate::decode) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.iter().map(|(name, _)| &**name)
    }
}

/// A value as the text of a cell.
fn text(value: &RawValue) -> Option<Cow<'_, str>> {
    match value.get() {
        quoted if quoted.starts_with('"') => unquote(quoted).ok(),
        "null" => Some(Cow::default()),
        other => Some(Cow::Borrowed(other)),
    }
}
