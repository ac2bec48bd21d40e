//! Rows of tables that hold events: results of queries, as JSON (DESIGN §11).
//!
//! A row is one element. The first of its columns that holds whole events is opened; a row that has none is looked at as
//! any element.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::look::TextOrigin;
use crate::decode::collect::Collector;
use crate::decode::quoted::unquote;

/// The columns that hold the text of an event, or of a carrier of events: Insights, Splunk, CloudTrail Lake.
const TEXT_COLUMNS: [&str; 3] = ["@message", "_raw", "eventjson"];

/// A row as the names of its columns and their texts.
type Cells = Vec<(String, String)>;

impl Collector<'_> {
    /// A row of cells in JSON.
    pub(in crate::decode) fn look_at_row(&mut self, row: &[u8], offset: u64) {
        let Some(cells) = cells(row) else { return self.unknown(row, offset) };
        let text = TEXT_COLUMNS.iter().find_map(|column| {
            let (_, text) = cells.iter().find(|(name, _)| name.eq_ignore_ascii_case(column))?;
            Some(text)
        });
        match text {
            Some(text) => self.inside(offset, |this| this.text(text.as_bytes(), offset, TextOrigin::Message)),
            None => self.unknown(row, offset),
        }
    }
}

/// The cells of a row: objects of a `field` and its `value`, or of one member.
fn cells(row: &[u8]) -> Option<Cells> {
    let cells: Vec<BTreeMap<Cow<str>, &RawValue>> = serde_json::from_slice(row).ok()?;
    let cell = |cell: BTreeMap<Cow<str>, &RawValue>| match (cell.get("field"), cell.get("value")) {
        (Some(field), value) => Some((text(field)?, value.map_or(Some(String::new()), |value| text(value))?)),
        _ if cell.len() == 1 => {
            cell.into_iter().next().and_then(|(name, value)| Some((name.into_owned(), text(value)?)))
        }
        _ => None,
    };
    cells.into_iter().map(cell).collect()
}

/// A value as the text of a cell.
fn text(value: &RawValue) -> Option<String> {
    match value.get() {
        quoted if quoted.starts_with('"') => unquote(quoted).map(Cow::into_owned).ok(),
        "null" => Some(String::new()),
        other => Some(other.to_owned()),
    }
}
