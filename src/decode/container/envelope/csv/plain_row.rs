//! Rows as nearly every writer has them, which need no automaton for each of their bytes: a cell is quoted from its first byte to
//! its last, or has no first quote. Every other row is left to the reader of all rows, and so is the last one, which may be cut off.

use std::borrow::Cow;
use std::ops::Range;

use super::cell_buffer::MAX_COLUMNS;
use super::header::Header;
use crate::decode::container::envelope::{EnvelopeReader, RecordSink};
use crate::decode::pack::text::Text;
use crate::decode::structure::{InnerObject, Scanner};

/// Where the cells of a row are, without their quotes.
#[derive(Default)]
pub(super) struct PlainCells(Vec<PlainCell>);

struct PlainCell {
    place: Range<usize>,
    is_quoted: bool,
    /// What was seen of the object with which the column of texts begins, if it is quoted.
    object: Option<InnerObject>,
}

impl PlainCells {
    /// Finds the cells of the row that starts at a place in the text: the place behind it, if all of it is there and more. What
    /// ends a row of nothing is skipped.
    fn find(&mut self, text: &[u8], mut at: usize, header: &Header, scanner: Scanner) -> Option<usize> {
        self.0.clear();
        while matches!(text.get(at)?, b'\n' | b'\r') {
            at += 1;
        }
        while self.0.len() < MAX_COLUMNS {
            let is_quoted = *text.get(at)? == b'"';
            let mut object = None;
            let place = if is_quoted && header.text == Some(self.0.len()) && *text.get(at + 1)? == b'{' {
                let (end, seen) = scanner.inner_cell(text, at + 1)?;
                object = Some(seen);
                at + 1..end
            } else if is_quoted {
                at + 1..scanner.quoted_cell(text, at + 1)?
            } else {
                at..at + memchr::memchr3(header.separator, b'\n', b'\r', &text[at..])?
            };
            let behind = place.end + usize::from(is_quoted);
            self.0.push(PlainCell { place, is_quoted, object });
            at = behind + 1;
            match *text.get(behind)? {
                byte if byte == header.separator => {}
                b'\n' | b'\r' => return (at < text.len()).then_some(at),
                _ => return None,
            }
        }
        None
    }
}

/// The text of a cell.
fn text_of(cell: &str, is_quoted: bool) -> Cow<'_, str> {
    if is_quoted && memchr::memchr(b'"', cell.as_bytes()).is_some() {
        Cow::Owned(cell.replace("\"\"", "\""))
    } else {
        Cow::Borrowed(cell)
    }
}

impl<T: Text, R: RecordSink> EnvelopeReader<'_, T, R> {
    /// Reads the row that starts here, if it is such a one.
    pub(super) fn plain_row(&mut self, header: &Header, cells: &mut PlainCells, offset: u64) -> bool {
        let text = self.text.bytes();
        let Some(end) = cells.find(text, self.at, header, self.scanner) else { return false };
        let PlainCells(cells) = cells;
        let row = &text[self.at..end];
        if row.len() as u64 > self.max_record || cells.len() != header.names.len() {
            return false;
        }
        let Ok(row) = simdutf8::basic::from_utf8(row) else { return false };
        let cell = |cell: &PlainCell| &row[cell.place.start - self.at..cell.place.end - self.at];
        let mut quoted = cells.iter().filter_map(|cell| Some((cell, cell.object?)));
        // Another cell of JSON may be an event, too.
        let is_json = |place: &PlainCell| cell(place).trim_ascii_start().starts_with(['{', '[', '"']);
        let is_done = !cells.iter().any(|place| place.object.is_none() && is_json(place))
            && quoted.any(|(quoted, object)| self.records.quoted_cell(cell(quoted).as_bytes(), object, offset));
        if !is_done {
            let texts = cells.iter().map(|place| text_of(cell(place), place.is_quoted));
            self.records.cells(header.table, &header.row(texts), offset);
        }
        self.at = end;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::container::envelope::read;
    use crate::decode::container::keys::{InnerString, Member};
    use crate::decode::container::table::{Row, Table};
    use crate::decode::defect::{Defect, MalformedReason};
    use crate::decode::pack::text::WholeText;
    use crate::decode::structure::StructureScan;

    /// A text of which one byte comes at a time, so that no row is there as a whole.
    struct Drops<'a> {
        text: &'a [u8],
        start: usize,
        end: usize,
    }

    impl Text for Drops<'_> {
        fn bytes(&self) -> &[u8] {
            &self.text[self.start..self.end]
        }
        fn is_last(&self) -> bool {
            self.end == self.text.len()
        }
        fn load(&mut self, keep_from: usize) -> Result<(), Defect> {
            (self.start, self.end) = (self.start + keep_from, self.end + 1);
            Ok(())
        }
    }

    /// Keeps rows as they come.
    #[derive(Default, Debug, PartialEq)]
    struct Rows(Vec<(u64, Result<Vec<String>, String>)>);

    impl RecordSink for Rows {
        fn record(&mut self, _: &[u8], _: u64, _: &StructureScan) {}
        fn object(&mut self, _: &[u8], _: &[Member], _: u64) {}
        fn loose(&mut self, _: &[u8], _: &Member, _: u64, _: u64) {}
        fn beside(&mut self, _: &[u8], _: u64) {}
        fn findings(&self) -> u64 {
            0
        }
        fn scalar(&mut self, _: &[u8], _: u64) {}
        fn line(&mut self, _: &[u8], _: u64) {}
        fn payload(&mut self, _: &[u8], _: u64) {}
        fn broken(&mut self, _: &[u8], _: &'static str, _: u64) {}
        fn malformed(&mut self, offset: u64, reason: MalformedReason) {
            self.0.push((offset, Err(reason.to_string())));
        }
        fn row(&mut self, _: &[u8], _: Option<InnerString>, _: u64) {}
        fn lack(&self, _: &Table, _: &[String]) -> Option<String> {
            None
        }
        fn cells(&mut self, _: &'static Table, row: &Row<'_>, offset: u64) {
            self.0.push((offset, Ok(row.texts().map(str::to_owned).collect())));
        }
        fn quoted_cell(&mut self, _: &[u8], _: InnerObject, _: u64) -> bool {
            false
        }
        fn more(&mut self, _: &'static str) {}
    }

    fn rows(text: impl Text) -> (Rows, Result<(), Defect>) {
        let mut rows = Rows::default();
        let ended = read(text, Scanner::default(), 40, &mut rows);
        (rows, ended)
    }

    fn check(text: &[u8]) {
        let automaton = rows(Drops { text, start: 0, end: 0 });
        assert_eq!(rows(WholeText(text)), automaton, "{:?}", String::from_utf8_lossy(text));
    }

    #[test]
    fn every_row_is_what_the_reader_of_all_rows_reads() {
        const BYTES: &[u8] = b"\",;\n\ra\xc3";
        for header in ["eventjson\n", "a;EventJson\r\n"] {
            for length in 0..=4 {
                for number in 0..BYTES.len().pow(length) {
                    let bytes = (0..length).map(|at| BYTES[number / BYTES.len().pow(at) % BYTES.len()]);
                    let text: Vec<u8> = header.bytes().chain(bytes).collect();
                    check(&text);
                }
            }
        }
    }

    #[test]
    fn long_cells_end_where_the_reader_of_all_rows_ends_them() {
        for length in (0..50).chain(60..70).chain(124..134) {
            for quotes in 0..6 {
                let cell = format!("{}{}", "x".repeat(length), "\"".repeat(quotes));
                for end in ["\"\n", "\",y\n", "\"\n\"z\"\n", "", "\"", "\n"] {
                    check(format!("eventjson\n\"{cell}{end}").as_bytes());
                    check(format!("eventjson\n\"{cell}{cell}{end}\"\n").as_bytes());
                    check(format!("eventjson,b\n\"{cell}\",{cell}{end}").as_bytes());
                }
            }
        }
    }

    #[test]
    fn every_scanner_finds_the_end_of_a_cell() {
        for length in 0..200_usize {
            for quotes in 1..4 {
                let text = format!("{}{}{}", "x".repeat(length), "\"".repeat(quotes), "y\"\"z\"".repeat(length % 3));
                let mut plain = None;
                let (bytes, mut at) = (text.as_bytes(), 0);
                while let Some(found) = text[at..].find('"') {
                    at += found + 1;
                    if bytes.get(at) != Some(&b'"') {
                        plain = Some(at - 1).filter(|end| end + 1 < bytes.len());
                        break;
                    }
                    at += 1;
                }
                for scanner in Scanner::every() {
                    assert_eq!(scanner.quoted_cell(bytes, 0), plain, "{text}");
                }
            }
        }
    }
}
