//! Values of a row by their paths.

use chrono::DateTime;
use parquet::record::{Field, Row};

/// The value at a path of names with dots between them.
pub(super) fn at<'a>(row: &'a Row, path: &str) -> Option<&'a Field> {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let (_, field) = row.get_column_iter().find(|(column, _)| *column == name)?;
    match (field, rest) {
        (field, None) => Some(field),
        (Field::Group(row), Some(rest)) => at(row, rest),
        _ => None,
    }
}

/// A value as text; nothing for null and for what has parts.
pub(super) fn text(field: &Field) -> Option<String> {
    match field {
        Field::Str(text) => Some(text.clone()),
        Field::Bytes(bytes) => bytes.as_utf8().ok().map(str::to_owned),
        Field::Bool(truth) => Some(truth.to_string()),
        Field::Int(number) => Some(number.to_string()),
        Field::Long(number) => Some(number.to_string()),
        Field::TimestampMillis(millis) => time(*millis),
        Field::TimestampMicros(micros) => time(micros.div_euclid(1_000)),
        _ => None,
    }
}

/// A time, which OCSF counts in milliseconds.
pub(super) fn time(millis: i64) -> Option<String> {
    DateTime::from_timestamp_millis(millis).map(|time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// The entries of a map of texts.
pub(super) fn entries(field: Option<&Field>) -> Vec<(String, String)> {
    let Some(Field::MapInternal(map)) = field else { return Vec::new() };
    map.entries().iter().filter_map(|(name, value)| Some((text(name)?, text(value)?))).collect()
}
