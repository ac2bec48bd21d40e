//! JSON: one object with `schema_version`, `rows` (one per line, so that two reports can be compared) and `coverage`.

use std::io::{self, Write};

use super::cell::Cell;
use super::coverage_json::CoverageObject;
use super::object_text::ObjectText;
use super::pieces::BufferedRows;
use super::row::SCHEMA_VERSION;
use super::writer::{RowWriter, WriterOptions};
use crate::audit::coverage::Coverage;

struct JsonWriter<'a> {
    out: BufferedRows<Box<dyn Write + 'a>>,
    object: ObjectText,
    coverage: Option<&'a Coverage>,
    is_empty: bool,
}

pub(super) fn open<'a>(out: Box<dyn Write + 'a>, options: &WriterOptions<'a>) -> io::Result<Box<dyn RowWriter + 'a>> {
    let mut out = BufferedRows::new(out);
    out.add(|text| write!(text, "{{\n\"schema_version\": {SCHEMA_VERSION},\n\"rows\": ["))?;
    let object = ObjectText::compact(&options.headings);
    Ok(Box::new(JsonWriter { out, object, coverage: options.coverage, is_empty: true }))
}

impl RowWriter for JsonWriter<'_> {
    fn write(&mut self, row: &[Cell<'_>]) -> io::Result<()> {
        let Self { out, object, is_empty, .. } = self;
        out.add(|text| {
            text.extend_from_slice(if *is_empty { b"\n" } else { b",\n" });
            object.put(row, text)
        })?;
        *is_empty = false;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<Option<String>> {
        let Self { out, coverage, is_empty, .. } = &mut *self;
        out.add_bytes(if *is_empty { b"],\n" } else { b"\n],\n" })?;
        out.add_bytes(b"\"coverage\": ")?;
        out.add(|text| Ok(serde_json::to_writer_pretty(text, &coverage.map(CoverageObject::of))?))?;
        out.add_bytes(b"\n}\n")?;
        out.finish()?;
        Ok(None)
    }
}
