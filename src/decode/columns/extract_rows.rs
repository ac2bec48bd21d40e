//! Extracts of our own as files of columns: each row is the line of NDJSON that it was made of.

use std::sync::Arc;

use parquet::file::reader::{ChunkReader, FileReader as _};
use parquet::record::{Field, Row};
use parquet::schema::types::SchemaDescriptor;

use super::cells::{TimeUnits, time};
use super::pages::{self, Reader};
use crate::decode::defect::Defect;
use crate::decode::extract::RowLines;

/// Columns that hold JSON.
const JSON: [&str; 4] = ["malformed_at", "issuers", "resources", "activity"];

/// Whether a schema is that of an extract.
pub(super) fn is_schema(schema: &SchemaDescriptor) -> bool {
    let has = |name: &str| schema.columns().iter().any(|column| column.path().string() == name);
    ["row", "schema_version", "log_file", "attempt", "record_sha256", "bytes_read"].into_iter().all(has)
}

/// Takes each row; how many bytes its columns have.
pub(super) fn read<R: ChunkReader + 'static>(
    input: &Arc<R>,
    reader: &Reader<R>,
    limit: u64,
    rows: &mut RowLines<'_>,
) -> Result<u64, Defect> {
    let units = TimeUnits::of(reader.metadata().file_metadata().schema_descr());
    let (mut inflated, mut count) = (0, 0_u64);
    for number in 0..reader.num_row_groups() {
        let group = reader.get_row_group(number).map_err(Defect::columns)?;
        let columns = group.metadata().columns().iter();
        inflated += pages::check_group(&**input, columns, limit - inflated)?.ok_or(Defect::TooLarge { limit })?;
        for row in group.get_row_iter(None).map_err(Defect::columns)? {
            count += 1;
            let line = line(&row.map_err(Defect::columns)?, &units);
            let taken = line.and_then(|line| rows.take(&line));
            taken.map_err(|reason| Defect::columns(format!("extract: row {count} cannot be read: {reason}")))?;
        }
    }
    Ok(inflated)
}

/// The line of a row.
fn line(row: &Row, units: &TimeUnits) -> Result<Vec<u8>, String> {
    let mut line = b"{".to_vec();
    // Of each row, most columns are those of other kinds of rows.
    for (name, field) in row.get_column_iter().filter(|(_, field)| !matches!(field, Field::Null)) {
        if line.len() > 1 {
            line.push(b',');
        }
        put_text(name, &mut line)?;
        line.push(b':');
        match field {
            Field::Str(text) if JSON.contains(&name.as_str()) => line.extend(text.as_bytes()),
            Field::Str(text) => put_text(text, &mut line)?,
            Field::Int(number) => line.extend(number.to_string().as_bytes()),
            Field::Long(number) => match units.millis(name, *number) {
                Some(millis) => put_time(millis, name, &mut line)?,
                None => line.extend(number.to_string().as_bytes()),
            },
            Field::Bool(truth) => line.extend(truth.to_string().as_bytes()),
            Field::TimestampMillis(millis) => put_time(*millis, name, &mut line)?,
            // Engines that write the rows again count finer.
            Field::TimestampMicros(micros) => put_time(micros.div_euclid(1_000), name, &mut line)?,
            _ => return Err(format!("{name} has a value of another kind")),
        }
    }
    line.push(b'}');
    Ok(line)
}

fn put_time(millis: i64, name: &str, line: &mut Vec<u8>) -> Result<(), String> {
    put_text(&time(millis).ok_or_else(|| format!("{name} is no time"))?, line)
}

fn put_text(text: &str, line: &mut Vec<u8>) -> Result<(), String> {
    serde_json::to_writer(line, text).map_err(|error| error.to_string())
}
