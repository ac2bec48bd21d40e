//! Tables as CSV: the text is a header and rows. What stands between cells is a comma, or what programs of other languages
//! write in its place; a first line `sep=;` of theirs says so.

mod cell_buffer;
mod header;
mod plain_row;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use self::cell_buffer::{CellBuffer, MAX_COLUMNS};
use self::header::{Header, MAX_HEADER, header_of};
use self::plain_row::PlainCells;
use super::{EnvelopeReader, RecordSink};
use crate::decode::defect::{Defect, MalformedReason};
use crate::decode::pack::text::Text;

/// What may stand between cells.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

impl<T: Text, R: RecordSink> EnvelopeReader<'_, T, R> {
    /// At the start of a text: reads it if it is a table of a kind that holds events.
    pub(super) fn csv(&mut self) -> Result<bool, Defect> {
        let Some(header) = self.header()? else { return Ok(false) };
        if let Some(lack) = self.records.lack(header.table, &header.names) {
            return Err(Defect::TableLacks { table: header.table.name, lack });
        }
        let mut reader = ReaderBuilder::new().delimiter(header.separator).build();
        let mut cells = CellBuffer::default();
        let mut plain = PlainCells::default();
        let start = self.offset();
        // The header, which is whole where its line has an end.
        self.next_row(&mut reader, &mut cells)?;
        let last = self.at.checked_sub(1).and_then(|last| self.text.bytes().get(last));
        if !matches!(last, Some(b'\n' | b'\r')) {
            return Err(Defect::TextCutOff { what: "a row", start, offset: self.offset() });
        }
        loop {
            let offset = self.offset();
            if self.plain_row(&header, &mut plain, offset) {
                continue;
            }
            self.mark = Some(self.at);
            if !self.next_row(&mut reader, &mut cells)? {
                return Ok(true);
            }
            let raw = Self::marked(&self.text, self.mark.take(), self.at, self.max_record);
            let Some(raw) = raw else {
                self.records.malformed(offset, MalformedReason::TooLarge(self.max_record));
                continue;
            };
            let is_last = self.text.is_last() && self.at == self.text.bytes().len();
            if is_last && cells.is_cut_off(raw, header.separator, header.names.len()) {
                return Err(Defect::TextCutOff { what: "a row", start: offset, offset: self.offset() });
            }
            self.give_row(&header, &cells, offset);
        }
    }

    fn give_row(&mut self, header: &Header, cells: &CellBuffer, offset: u64) {
        let Header { table, names, .. } = header;
        let wrong = |reason: String| MalformedReason::Row { table: table.name, reason };
        let texts =
            if cells.overflown { Err(wrong(format!("it has more than {MAX_COLUMNS} cells"))) } else { cells.texts() };
        match texts {
            Ok(texts) if texts.len() == names.len() => self.records.cells(table, &header.row(texts), offset),
            Ok(texts) => {
                let reason = wrong(format!("it has {} cells under {} names", texts.len(), names.len()));
                self.records.malformed(offset, reason);
            }
            Err(reason) => self.records.malformed(offset, reason),
        }
    }

    /// What the text begins with, if it is the header of a table. What says how cells are separated is skipped.
    fn header(&mut self) -> Result<Option<Header>, Defect> {
        let line = self.first_line()?;
        let said = match line.trim_ascii_end() {
            [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', separator] => Some(*separator),
            [b's' | b'S', b'e' | b'E', b'p' | b'P', b'='] if line.ends_with(b"\t") => Some(b'\t'),
            _ => None,
        };
        let Some(separator) = said else {
            return Ok(SEPARATORS.iter().find_map(|separator| header_of(line, *separator)));
        };
        let begin = line.len() + 1;
        let rest = self.text.bytes().get(self.at + begin..).unwrap_or_default();
        let found = header_of(rest.split(|byte| *byte == b'\n').next().unwrap_or_default(), separator);
        self.at += if found.is_some() { begin } else { 0 };
        Ok(found)
    }

    /// The first line, or as much of it as a header may have. What is here of the second comes along.
    fn first_line(&mut self) -> Result<&[u8], Defect> {
        let mut length = 4 * 1024;
        loop {
            self.mark = Some(self.at);
            // What is behind a defect has no header; whatever is read next says so.
            let held = self.hold_more(length);
            self.mark = None;
            let rest = &self.text.bytes()[self.at..];
            let end = memchr::memchr(b'\n', rest);
            if end.is_some() || held.is_err() || rest.len() < length || length >= MAX_HEADER {
                let end = end.unwrap_or(rest.len());
                return Ok(&self.text.bytes()[self.at..self.at + end]);
            }
            length = MAX_HEADER;
        }
    }
}

impl<T: Text, R: RecordSink> EnvelopeReader<'_, T, R> {
    /// The next row; false at the end of the text. Of one that is too large, what does not fit is given up.
    fn next_row(&mut self, reader: &mut Reader, cells: &mut CellBuffer) -> Result<bool, Defect> {
        (cells.filled, cells.ended, cells.overflown) = (0, 0, false);
        let most = usize::try_from(self.max_record).unwrap_or(usize::MAX);
        loop {
            if self.at == self.text.bytes().len() {
                self.more()?;
            }
            cells.make_room(most);
            let input = &self.text.bytes()[self.at..];
            let (result, taken, filled, ended) =
                reader.read_record(input, &mut cells.bytes[cells.filled..], &mut cells.ends[cells.ended..]);
            self.at += taken;
            cells.filled += filled;
            cells.ended += ended;
            match result {
                ReadRecordResult::Record => return Ok(true),
                ReadRecordResult::End => return Ok(false),
                _ => {}
            }
        }
    }
}
