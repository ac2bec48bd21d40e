//! Tables that hold events: results of queries and exports, as JSON or CSV (DESIGN §11). Each kind of table is a file, and a
//! line in [`TABLES`].

mod athena;
mod cells;
mod kind;
mod needed;
mod object_text;
mod struct_text;
mod texts;

pub use self::athena::NEEDED as ATHENA_NEEDED;
pub(in crate::decode) use self::athena::{RowDefect, record_of_lower_case};
pub use self::cells::Row;
pub(super) use self::kind::RowHolds;
pub use self::kind::Table;
pub(super) use self::needed::lack;
#[cfg(feature = "parquet")]
pub(in crate::decode) use self::object_text::ObjectText;

/// What people call the table whose rows are objects with its names.
pub(super) const ATHENA: &str = athena::TABLE.name;

/// Every kind, those first that hold what CloudTrail wrote. The first that fits is the one.
pub const TABLES: &[Table] =
    &[texts::INSIGHTS, texts::LAKE, texts::SPLUNK, texts::ELASTIC, texts::LOOKUP, athena::TABLE];

/// Whether a text begins with the names of columns of a table that is read.
pub(super) fn begins_as_table(text: &[u8]) -> bool {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let names = std::str::from_utf8(line).unwrap_or_default().trim_end().split(',').map(|name| name.trim_matches('"'));
    table_of(&names).is_some()
}

/// The kind of a table with columns of these names.
pub(super) fn table_of<'a>(names: &(impl Iterator<Item = &'a str> + Clone)) -> Option<&'static Table> {
    // What holds JSON is no heading, whatever words are in it.
    if names.clone().any(|name| name.contains("{\"")) {
        return None;
    }
    let has = |column: &str| names.clone().any(|name| name.eq_ignore_ascii_case(column));
    TABLES.iter().find(|table| table.columns.iter().all(|column| has(column)))
}
