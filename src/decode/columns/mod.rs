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
use parquet::schema::types::{SchemaDescriptor, Type};

use super::collect::{Collector, Decoded};
use super::container::foreign;
use super::decoder::Decoder;
use super::defect::Defect;
use super::extract::{RowLines, RowQuestion};
use super::pack::PARQUET_MAGIC;
use super::pack::stored_bytes::StoredMeter;
use crate::domain::tally::ByteTally;
use cells::TimeUnits;
use pages::{Reader, SharedInput};

/// The most bytes of what describes the columns, at the end of the file.
const MAX_FOOTER: u64 = 4 << 20;

impl Decoder {
    /// Decodes a file of columns.
    pub fn columns<R: ChunkReader + 'static>(&mut self, log_file: &Arc<str>, input: R) -> Decoded {
        let input = Arc::new(input);
        let opened = guarded(|| open(&input));
        if let Ok(reader) = &opened
            && extract_rows::is_schema(schema(reader))
        {
            return self.extract_columns(log_file, &input, reader);
        }
        let mut calls = self.calls.take();
        let mut collector = Collector::new(log_file, self.ways()).with_calls(calls.as_mut());
        let limit = self.limits.max_file;
        let may_be_extract = matches!(opened, Err(Defect::ColumnsCutOff));
        let outcome = opened.and_then(|reader| guarded(|| read_columns(&input, &reader, limit, &mut collector)));
        let bytes = ByteTally { read: input.len(), inflated: *outcome.as_ref().unwrap_or(&0) };
        let decoded = collector.finish(outcome.map(drop), bytes, self.limits.salvage);
        let mut decoded = decoded.may_be_extract(may_be_extract);
        self.calls = calls;
        let hash = |mut all| StoredMeter::new(self.hashes_stored).finish(&mut all);
        decoded.stored_sha256 = input.get_read(0).ok().and_then(hash);
        decoded
    }

    /// Decodes an extract.
    fn extract_columns<R: ChunkReader + 'static>(
        &mut self,
        log_file: &Arc<str>,
        input: &Arc<R>,
        reader: &Reader<R>,
    ) -> Decoded {
        let limit = self.limits.max_file;
        let asked = RowQuestion::new(&self.issuers, self.calls.as_ref());
        let mut rows = RowLines::new(asked, self.rows.as_mut().map(|rows| &mut rows.0));
        let outcome = guarded(|| extract_rows::read(input, reader, limit, &mut rows));
        let inflated = *outcome.as_ref().unwrap_or(&0);
        let mut decoded = Decoded::of_extract(log_file, rows.finish(), outcome.map(drop), inflated);
        decoded.bytes.read = input.len();
        decoded
    }
}

/// What `read` gives. The reader of columns is made for files that are sound: what it cannot go on with is a defect of the file.
fn guarded<T>(read: impl FnOnce() -> Result<T, Defect>) -> Result<T, Defect> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(Defect::columns("its pages are not what they say")))
}

/// Reads what describes the columns.
fn open<R: ChunkReader + 'static>(input: &Arc<R>) -> Result<Reader<R>, Defect> {
    check_footer(&**input)?;
    SerializedFileReader::new(SharedInput(Arc::clone(input))).map_err(Defect::columns)
}

fn schema<R: ChunkReader + 'static>(reader: &Reader<R>) -> &SchemaDescriptor {
    reader.metadata().file_metadata().schema_descr()
}

/// Gives each row to the collector; how many bytes its columns have.
fn read_columns<R: ChunkReader + 'static>(
    input: &Arc<R>,
    reader: &Reader<R>,
    limit: u64,
    collector: &mut Collector,
) -> Result<u64, Defect> {
    if !ocsf::is_schema(schema(reader)) {
        return Err(Defect::Foreign { offset: 0, foreign: foreign::OTHER_COLUMNS });
    }
    if let Some(lack) = ocsf::lack(schema(reader), collector.calls.as_ref().map(|calls| calls.kind())) {
        return Err(Defect::columns(lack));
    }
    let is_wanted = |name: &str| ocsf::COLUMNS.contains(&name);
    let units = TimeUnits::of(schema(reader));
    let root = schema(reader).root_schema();
    let wanted = root.get_fields().iter().filter(|field| is_wanted(field.name()));
    let builder = Type::group_type_builder(root.name()).with_fields(wanted.cloned().collect());
    let projection = builder.build().map_err(Defect::columns)?;
    let (mut inflated, mut rows) = (0, 0);
    for number in 0..reader.num_row_groups() {
        let group = reader.get_row_group(number).map_err(Defect::columns)?;
        let columns = group.metadata().columns().iter();
        let columns = columns.filter(|column| column.column_path().parts().first().is_some_and(|name| is_wanted(name)));
        inflated += pages::check_group(&**input, columns, limit - inflated)?.ok_or(Defect::TooLarge { limit })?;
        for row in group.get_row_iter(Some(projection.clone())).map_err(Defect::columns)? {
            let record = ocsf::record(&row.map_err(Defect::columns)?, &units);
            collector.put_together(&record, rows);
            rows += 1;
        }
    }
    Ok(inflated)
}

/// Refuses what would be too large to be looked at.
fn check_footer(input: &impl ChunkReader) -> Result<(), Defect> {
    let end = input.len().checked_sub(8).ok_or(Defect::ColumnsCutOff)?;
    let tail = input.get_bytes(end, 8).map_err(Defect::columns)?;
    let length = tail.first_chunk().map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)));
    if !tail.ends_with(PARQUET_MAGIC) {
        return Err(Defect::ColumnsCutOff);
    }
    if length > MAX_FOOTER.min(end) {
        return Err(Defect::columns("its footer is larger than 4 MiB, or than the file"));
    }
    Ok(())
}
