//! Values of a row by their paths.

use std::collections::HashMap;

use chrono::DateTime;
use parquet::basic::{LogicalType, TimeUnit};
use parquet::record::{Field, Row};
use parquet::schema::types::SchemaDescriptor;

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

/// In which unit columns of whole numbers count time, by their paths: how many of these a millisecond has. A row does not tell
/// it: a reader of rows gives nanoseconds, and times without a zone, as plain numbers.
pub(super) struct TimeUnits(HashMap<String, i64>);

impl TimeUnits {
    /// Those of the columns of a file.
    pub(super) fn of(schema: &SchemaDescriptor) -> Self {
        let unit = |kind: &LogicalType| match kind {
            LogicalType::Timestamp(time) => Some(match time.unit {
                TimeUnit::MILLIS => 1,
                TimeUnit::MICROS => 1_000,
                TimeUnit::NANOS => 1_000_000,
            }),
            _ => None,
        };
        let columns = schema.columns().iter();
        Self(columns.filter_map(|it| Some((it.path().string(), unit(it.logical_type_ref()?)?))).collect())
    }

    /// The milliseconds of a number in the column of this path, if that is one of times.
    pub(super) fn millis(&self, path: &str, number: i64) -> Option<i64> {
        self.0.get(path).map(|unit| number.div_euclid(*unit))
    }

    /// The time at a path. A number of which the schema says nothing counts milliseconds, as OCSF has it.
    pub(super) fn time(&self, row: &Row, path: &str) -> Option<String> {
        match at(row, path)? {
            Field::Long(number) => time(self.millis(path, *number).unwrap_or(*number)),
            other => text(other),
        }
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
