//! NDJSON: one row object per line.

use std::io::{self, Write};

use super::cell::Cell;
use super::object_text::ObjectText;
use super::pieces::BufferedRows;
use super::writer::{RowWriter, WriterOptions};

struct NdjsonWriter<'a> {
    out: BufferedRows<Box<dyn Write + 'a>>,
    object: ObjectText,
}

#[expect(clippy::unnecessary_wraps, reason = "the other formats can fail here")]
pub(super) fn open<'a>(out: Box<dyn Write + 'a>, options: &WriterOptions<'a>) -> io::Result<Box<dyn RowWriter + 'a>> {
    Ok(Box::new(NdjsonWriter { out: BufferedRows::new(out), object: ObjectText::compact(&options.headings) }))
}

impl RowWriter for NdjsonWriter<'_> {
    fn write(&mut self, row: &[Cell<'_>]) -> io::Result<()> {
        let Self { out, object } = self;
        out.add(|text| {
            object.put(row, text)?;
            text.push(b'\n');
            Ok(())
        })
    }

    fn finish(mut self: Box<Self>) -> io::Result<Option<String>> {
        self.out.finish()?;
        Ok(None)
    }
}
