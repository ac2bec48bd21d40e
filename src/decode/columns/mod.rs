//! Files of columns: Parquet of Amazon Security Lake, whose rows are CloudTrail's events in the classes of OCSF (DESIGN §11).
//!
//! They are read row group by row group, and of these the columns that a record is put together of. A file of another schema
//! is refused by name.

mod cells;
mod extract_rows;
mod ocsf;
mod pages;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parquet::file::reader::{ChunkReader, FileReader as _, SerializedFileReader};
use parquet::schema::types::Type;

use super::collect::{Collector, Decoded};
use super::container::foreign;
use super::decoder::Decoder;
use super::defect::Defect;
use super::extract::RowLines;
use super::pack::PARQUET_MAGIC;
use crate::domain::tally::ByteTally;

/// The most bytes of what describes the columns, at the end of the file.
const MAX_FOOTER: u64 = 4 << 20;

impl Decoder {
    /// Decodes a file of columns.
    pub fn columns<R: ChunkReader + 'static>(&mut self, log_file: &Arc<str>, input: R) -> Decoded {
        let read = input.len();
        let input = Arc::new(input);
        if let Some(decoded) = self.extract_columns(log_file, &input) {
            return decoded;
        }
        let mut calls = self.calls.take();
        let mut collector = Collector::new(log_file, self.ways()).with_calls(calls.as_mut());
        let limit = self.limits.max_file;
        // The reader of columns is made for files that are sound: what it cannot go on with is a defect of the file.
        let read_all = AssertUnwindSafe(|| read_columns(&input, limit, &mut collector));
        let outcome =
            catch_unwind(read_all).unwrap_or_else(|_| Err(Defect::columns("its pages are not what they say")));
        let inflated = *outcome.as_ref().unwrap_or(&0);
        let decoded = collector.finish(outcome.map(drop), ByteTally { read, inflated }, self.limits.salvage);
        self.calls = calls;
        decoded
    }

    /// Decodes an extract; nothing where it is none.
    fn extract_columns<R: ChunkReader + 'static>(&mut self, log_file: &Arc<str>, input: &Arc<R>) -> Option<Decoded> {
        let limit = self.limits.max_file;
        let mut rows = RowLines::new(&self.issuers, self.rows.as_mut().map(|rows| &mut rows.0));
        let read_all = AssertUnwindSafe(|| {
            check_footer(&**input).ok()?;
            let reader = SerializedFileReader::new(pages::SharedInput(Arc::clone(input))).ok()?;
            extract_rows::is_schema(reader.metadata().file_metadata().schema_descr())
                .then(|| extract_rows::read(input, &reader, limit, &mut rows))
        });
        let outcome =
            catch_unwind(read_all).unwrap_or_else(|_| Some(Err(Defect::columns("its pages are not what they say"))))?;
        let inflated = *outcome.as_ref().unwrap_or(&0);
        let mut decoded = Decoded::of_extract(log_file, rows.finish(), outcome.map(drop), inflated);
        decoded.bytes.read = input.len();
        Some(decoded)
    }
}

/// Gives each row to the collector; how many bytes its columns have.
fn read_columns<R: ChunkReader + 'static>(
    input: &Arc<R>,
    limit: u64,
    collector: &mut Collector,
) -> Result<u64, Defect> {
    check_footer(&**input)?;
    let reader = SerializedFileReader::new(pages::SharedInput(Arc::clone(input))).map_err(Defect::columns)?;
    let schema = reader.metadata().file_metadata().schema();
    if !ocsf::is_schema(reader.metadata().file_metadata().schema_descr()) {
        return Err(Defect::Foreign { offset: 0, foreign: foreign::OTHER_COLUMNS });
    }
    if let Some(lack) = ocsf::lack(reader.metadata().file_metadata().schema_descr()) {
        return Err(Defect::columns(lack));
    }
    let wanted = schema.get_fields().iter().filter(|field| ocsf::COLUMNS.contains(&field.name()));
    let builder = Type::group_type_builder(schema.name()).with_fields(wanted.cloned().collect());
    let projection = builder.build().map_err(Defect::columns)?;
    let (mut inflated, mut rows) = (0, 0);
    for number in 0..reader.num_row_groups() {
        let group = reader.get_row_group(number).map_err(Defect::columns)?;
        let columns = group.metadata().columns().iter();
        let is_wanted = |name: &String| ocsf::COLUMNS.contains(&name.as_str());
        let mut at_once = 0;
        for column in columns.filter(|column| column.column_path().parts().first().is_some_and(is_wanted)) {
            let (bytes, pages) = pages::check(&**input, column)?;
            (inflated, at_once) = (inflated + bytes, at_once + pages);
            if inflated > limit {
                return Err(Defect::TooLarge { limit });
            }
        }
        if at_once > pages::MAX_PAGES {
            return Err(Defect::columns("its pages take more than 96 MiB at once"));
        }
        for row in group.get_row_iter(Some(projection.clone())).map_err(Defect::columns)? {
            let record = ocsf::record(&row.map_err(Defect::columns)?);
            collector.put_together(&record, rows);
            rows += 1;
        }
    }
    Ok(inflated)
}

/// Refuses what would be too large to be looked at.
fn check_footer(input: &impl ChunkReader) -> Result<(), Defect> {
    let end = input.len().checked_sub(8).ok_or_else(|| Defect::columns("it is cut off"))?;
    let tail = input.get_bytes(end, 8).map_err(Defect::columns)?;
    let length = tail.first_chunk().map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)));
    if !tail.ends_with(PARQUET_MAGIC) {
        return Err(Defect::columns("it is cut off, or something follows it"));
    }
    if length > MAX_FOOTER.min(end) {
        return Err(Defect::columns("its footer is larger than 4 MiB, or than the file"));
    }
    Ok(())
}
