//! CSV: UTF-8 without BOM, LF, RFC 4180 with as few quotes as it takes; a cell with `;` is quoted too, since that ends a
//! cell in many spreadsheets.

use std::io::{self, Write};

use super::cell::Cell;
use super::pieces::BufferedRows;
use super::plain;
use super::visible::is_hidden;
use super::writer::{RowWriter, WriterOptions};

struct CsvWriter<'a> {
    out: BufferedRows<Box<dyn Write + 'a>>,
    raw: bool,
}

pub(super) fn open<'a>(out: Box<dyn Write + 'a>, options: &WriterOptions<'a>) -> io::Result<Box<dyn RowWriter + 'a>> {
    let mut writer = CsvWriter { out: BufferedRows::new(out), raw: options.csv_raw };
    if !options.no_header {
        let names: Vec<Cell<'_>> = options.headings.iter().map(|heading| Cell::text(Some(heading.name))).collect();
        writer.write(&names)?;
    }
    Ok(Box::new(writer))
}

impl RowWriter for CsvWriter<'_> {
    fn write(&mut self, row: &[Cell<'_>]) -> io::Result<()> {
        let Self { out, raw } = self;
        out.add(|text| put(row, *raw, text))
    }

    fn finish(mut self: Box<Self>) -> io::Result<Option<String>> {
        self.out.finish()?;
        Ok(None)
    }
}

/// Writes a row. The `csv` crate does the same in about three times the time, since it looks at each byte on its own.
fn put(row: &[Cell<'_>], raw: bool, out: &mut Vec<u8>) -> io::Result<()> {
    let start = out.len();
    for (at, cell) in row.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        match cell {
            // Nothing in a time or a number of things has a meaning in CSV.
            Cell::Time(Some(time)) => out.extend_from_slice(&time.rfc3339()),
            Cell::Count(count) => write!(out, "{count}")?,
            cell => put_field(&cell.to_text(), raw, out),
        }
    }
    // An empty line would be no row.
    if out.len() == start {
        out.extend_from_slice(b"\"\"");
    }
    out.push(b'\n');
    Ok(())
}

/// Writes a field, with a `'` in front of what a spreadsheet would run.
fn put_field(field: &str, raw: bool, out: &mut Vec<u8>) {
    let guard: &[u8] = if !raw && is_run(field) { b"'" } else { b"" };
    if plain::in_csv(field) {
        out.extend_from_slice(guard);
        out.extend_from_slice(field.as_bytes());
        return;
    }
    out.push(b'"');
    out.extend_from_slice(guard);
    for (at, part) in field.split('"').enumerate() {
        if at > 0 {
            out.extend_from_slice(b"\"\"");
        }
        out.extend_from_slice(part.as_bytes());
    }
    out.push(b'"');
}

/// Whether a spreadsheet would run a field, or might: it begins with what begins a formula, plain or full-width, whatever
/// blanks and unseen characters stand in front, or with a character that some of them skip.
fn is_run(field: &str) -> bool {
    let Some(first) = field.chars().next() else { return false };
    // Nearly all fields begin with a letter or a digit.
    if first.is_ascii_alphanumeric() {
        return false;
    }
    let rest = field.trim_start_matches(|character: char| character.is_whitespace() || is_hidden(character));
    matches!(first, '\t' | '\r' | '\n') || rest.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::*;
    use crate::report::Format;
    use crate::report::sample::{heading, text_report};

    fn line(cells: &[&str], raw: bool) -> String {
        let mut options = WriterOptions::new(vec![heading("a"); cells.len()], None);
        (options.no_header, options.csv_raw) = (true, raw);
        text_report(Format::Csv, &options, &[cells])
    }

    #[test]
    fn quotes_only_where_needed_and_guards_formulas() {
        let check = |cells: &[&str], expected: &str| assert_eq!(line(cells, false), expected, "{cells:?}");
        check(&["a", "b c", ""], "a,b c,\n");
        check(&["a,b", "say \"hi\"", "x\ny", "x\ry"], "\"a,b\",\"say \"\"hi\"\"\",\"x\ny\",\"x\ry\"\n");
        check(&["=1+1", "+1", "-", "@x", "\tx", "\rx"], "'=1+1,'+1,'-,'@x,'\tx,\"'\rx\"\n");
        check(&["a=1", "'=1", "é", " x", "a;b"], "a=1,'=1,é, x,\"a;b\"\n");
        check(&[" =1", "  \t@x", "\u{a0}-", "\u{200b}+1"], "' =1,'  \t@x,'\u{a0}-,'\u{200b}+1\n");
        check(&["＝1", "＋1", "－1", "＠x", "\nx", " ＝1"], "'＝1,'＋1,'－1,'＠x,\"'\nx\",' ＝1\n");
        check(&["=HYPERLINK(\"http://evil\",\"x\")"], "\"'=HYPERLINK(\"\"http://evil\"\",\"\"x\"\")\"\n");
        assert_eq!(line(&["=1", "-", "\tx"], true), "=1,-,\tx\n");
    }

    fn guarded(text: &str) -> Cow<'_, str> {
        if is_run(text) { Cow::Owned(format!("'{text}")) } else { text.into() }
    }

    fn texts() -> impl Strategy<Value = String> {
        // That crate leaves `;` as it is.
        let any = any::<String>().prop_map(|text| text.replace(';', ","));
        prop_oneof![any, "[a,\"\n\r\t=+@' -]{0,4}", "[a-z,é]{0,40}"]
    }

    proptest! {
        #[test]
        fn rows_are_those_of_the_csv_crate(rows in prop::collection::vec((texts(), texts(), texts()), 0..4), count in 1..4_usize, raw: bool) {
            let rows: Vec<[&str; 3]> = rows.iter().map(|(one, two, three)| [&**one, two, three]).collect();
            let mut slow = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
            for row in &rows {
                let fields = row.iter().map(|field| if raw { Cow::Borrowed(*field) } else { guarded(field) });
                slow.write_record(fields.take(count).map(|field| field.into_owned().into_bytes())).unwrap();
            }
            let slow = String::from_utf8(slow.into_inner().unwrap()).unwrap();
            let mut options = WriterOptions::new(vec![heading("a"); count], None);
            (options.no_header, options.csv_raw) = (true, raw);
            let rows: Vec<&[&str]> = rows.iter().map(|row| &row[..count]).collect();
            prop_assert_eq!(text_report(Format::Csv, &options, &rows), slow);
        }

        #[test]
        fn a_reader_gets_the_cells_back(cells in prop::collection::vec(any::<String>(), 1..5)) {
            let texts: Vec<&str> = cells.iter().map(String::as_str).collect();
            let written = line(&texts, false);
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(written.as_bytes());
            let read: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
            prop_assert_eq!(read.len(), 1);
            let expected: Vec<String> = cells.iter().map(|cell| guarded(cell).into_owned()).collect();
            prop_assert_eq!(read[0].iter().collect::<Vec<_>>(), expected);
        }
    }
}
