//! CSV: UTF-8 without BOM, LF, RFC 4180 with as few quotes as it takes.

use std::borrow::Cow;
use std::io::{self, Write};

use super::cell::Cell;
use super::{Options, RowWriter};

struct CsvWriter<'a> {
    out: csv::Writer<Box<dyn Write + 'a>>,
    raw: bool,
}

pub(super) fn open<'a>(out: Box<dyn Write + 'a>, options: &Options<'a>) -> io::Result<Box<dyn RowWriter + 'a>> {
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(out);
    if !options.no_header {
        let name = |name| if options.csv_raw { Cow::Borrowed(name) } else { guarded(Cow::Borrowed(name)) };
        let names = options.headings.iter().map(|heading| name(heading.name).into_owned());
        out.write_record(names.map(String::into_bytes)).map_err(io_error)?;
    }
    Ok(Box::new(CsvWriter { out, raw: options.csv_raw }))
}

impl RowWriter for CsvWriter<'_> {
    fn write(&mut self, row: &[Cell<'_>]) -> io::Result<()> {
        for cell in row {
            let text = cell.to_text();
            let text = if self.raw { text } else { guarded(text) };
            self.out.write_field(text.as_bytes()).map_err(io_error)?;
        }
        self.out.write_record(None::<&[u8]>).map_err(io_error)
    }

    fn finish(mut self: Box<Self>) -> io::Result<Option<String>> {
        self.out.flush()?;
        Ok(None)
    }
}

/// A closed pipe must stay known as one.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("failed to write CSV: {other:?}")),
    }
}

/// Puts a `'` in front of what a spreadsheet would run.
fn guarded(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { Cow::Owned(format!("'{text}")) } else { text }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::Format;
    use crate::report::sample::{heading, text_report};

    fn line(cells: &[&str], raw: bool) -> String {
        let mut options = Options::new(vec![heading("a"); cells.len()], None);
        (options.no_header, options.csv_raw) = (true, raw);
        text_report(Format::Csv, &options, &[cells])
    }

    #[test]
    fn quotes_only_where_needed_and_guards_formulas() {
        let check = |cells: &[&str], expected: &str| assert_eq!(line(cells, false), expected, "{cells:?}");
        check(&["a", "b c", ""], "a,b c,\n");
        check(&["a,b", "say \"hi\"", "x\ny", "x\ry"], "\"a,b\",\"say \"\"hi\"\"\",\"x\ny\",\"x\ry\"\n");
        check(&["=1+1", "+1", "-", "@x", "\tx", "\rx"], "'=1+1,'+1,'-,'@x,'\tx,\"'\rx\"\n");
        check(&["a=1", " =1", "'=1", "é"], "a=1, =1,'=1,é\n");
        check(&["=HYPERLINK(\"http://evil\",\"x\")"], "\"'=HYPERLINK(\"\"http://evil\"\",\"\"x\"\")\"\n");
        assert_eq!(line(&["=1", "-", "\tx"], true), "=1,-,\tx\n");
    }

    proptest! {
        #[test]
        fn a_reader_gets_the_cells_back(cells in prop::collection::vec(any::<String>(), 1..5)) {
            let texts: Vec<&str> = cells.iter().map(String::as_str).collect();
            let written = line(&texts, false);
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(written.as_bytes());
            let read: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
            prop_assert_eq!(read.len(), 1);
            let expected: Vec<String> = cells.iter().map(|cell| guarded(Cow::Borrowed(cell)).into_owned()).collect();
            prop_assert_eq!(read[0].iter().collect::<Vec<_>>(), expected);
        }
    }
}
