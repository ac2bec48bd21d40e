//! The header of a table, which says what the table is.

use std::borrow::Cow;

use csv_core::{ReadRecordResult, ReaderBuilder};

use super::cell_buffer::{CellBuffer, MAX_COLUMNS};
use crate::decode::container::table::{Row, Table, table_of};

/// The longest header.
pub(super) const MAX_HEADER: usize = 64 * 1024;

/// What the header says.
pub(super) struct Header {
    pub(super) table: &'static Table,
    /// The names of the columns.
    pub(super) names: Vec<String>,
    /// What stands between cells.
    pub(super) separator: u8,
    /// The column that holds texts, if that is what the table has.
    pub(super) text: Option<usize>,
}

/// The header that a line is, if cells are separated like this.
pub(super) fn header_of(line: &[u8], separator: u8) -> Option<Header> {
    if line.len() > MAX_HEADER {
        return None;
    }
    let mut cells = CellBuffer { bytes: vec![0; line.len() + 1], ends: vec![0; MAX_COLUMNS], ..CellBuffer::default() };
    let mut reader = ReaderBuilder::new().delimiter(separator).build();
    let (result, _, filled, ended) = reader.read_record(line, &mut cells.bytes, &mut cells.ends);
    (cells.filled, cells.ended) = (filled, ended);
    if result == ReadRecordResult::InputEmpty {
        let (_, _, _, more) = reader.read_record(&[], &mut cells.bytes[filled..], &mut cells.ends[ended..]);
        cells.ended += more;
    }
    let names: Vec<String> = cells.texts().ok()?.into_iter().map(Cow::into_owned).collect();
    let table = table_of(&names.iter().map(String::as_str))?;
    let text = table.text_column(&names);
    Some(Header { table, names, separator, text })
}

impl Header {
    /// The row that these texts are under its names.
    pub(super) fn row<'a>(&'a self, texts: impl IntoIterator<Item = Cow<'a, str>>) -> Row<'a> {
        Row::new(self.names.iter().map(|name| Cow::Borrowed(&**name)).zip(texts).collect())
    }
}
