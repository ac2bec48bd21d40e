//! JSON: one object with `schema_version`, `rows` (one per line, so that two reports can be compared) and `coverage`.

use std::io::{self, Write};

use super::cell::Cell;
use super::coverage_json::CoverageObject;
use super::ndjson::RowObject;
use super::row::SCHEMA_VERSION;
use super::schema::Heading;
use super::{Options, RowWriter};
use crate::audit::coverage::Coverage;

struct JsonWriter<'a> {
    out: Box<dyn Write + 'a>,
    headings: Vec<Heading>,
    coverage: Option<&'a Coverage>,
    is_empty: bool,
}

pub(super) fn open<'a>(mut out: Box<dyn Write + 'a>, options: &Options<'a>) -> io::Result<Box<dyn RowWriter + 'a>> {
    write!(out, "{{\n\"schema_version\": {SCHEMA_VERSION},\n\"rows\": [")?;
    Ok(Box::new(JsonWriter { out, headings: options.headings.clone(), coverage: options.coverage, is_empty: true }))
}

impl RowWriter for JsonWriter<'_> {
    fn write(&mut self, row: &[Cell<'_>]) -> io::Result<()> {
        self.out.write_all(if self.is_empty { b"\n" } else { b",\n" })?;
        self.is_empty = false;
        Ok(serde_json::to_writer(&mut self.out, &RowObject(&self.headings, row))?)
    }

    fn finish(mut self: Box<Self>) -> io::Result<Option<String>> {
        self.out.write_all(if self.is_empty { b"],\n" } else { b"\n],\n" })?;
        self.out.write_all(b"\"coverage\": ")?;
        serde_json::to_writer_pretty(&mut self.out, &self.coverage.map(CoverageObject::of))?;
        self.out.write_all(b"\n}\n")?;
        self.out.flush()?;
        Ok(None)
    }
}
