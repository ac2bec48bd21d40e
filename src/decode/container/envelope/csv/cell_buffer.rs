//! The cells of a row, as the reader of all rows fills them in.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use crate::decode::defect::MalformedReason;

/// The most columns.
pub(super) const MAX_COLUMNS: usize = 4096;

/// The cells of one row, as bytes.
#[derive(Default)]
pub(super) struct CellBuffer {
    pub(super) bytes: Vec<u8>,
    pub(super) ends: Vec<usize>,
    pub(super) filled: usize,
    pub(super) ended: usize,
    /// There were more than there may be, and some were given up.
    pub(super) overflown: bool,
}

impl CellBuffer {
    /// What the row has.
    pub(super) fn texts(&self) -> Result<Vec<Cow<'_, str>>, MalformedReason> {
        let starts = [0].into_iter().chain(self.ends[..self.ended].iter().copied());
        let cells = starts.zip(&self.ends[..self.ended]).map(|(start, end)| &self.bytes[start..*end]);
        let text = |cell| std::str::from_utf8(cell).map(Cow::Borrowed).map_err(|_| MalformedReason::NotUtf8);
        cells.map(text).collect()
    }

    /// Whether a row of so many columns, which ends with the text, is cut off: in a quoted cell, in front of one, or behind
    /// a quote that stands for one of two in a cell of JSON.
    pub(super) fn is_cut_off(&self, raw: &[u8], separator: u8, columns: usize) -> bool {
        if raw.ends_with(b"\n") || raw.ends_with(b"\r") {
            return memchr::memchr_iter(b'"', raw).count() % 2 == 1;
        }
        let ends = &self.ends[..self.ended];
        let start = ends.len().checked_sub(2).and_then(|last| ends.get(last)).copied().unwrap_or_default();
        let cell = ends.last().map_or(&[][..], |end| self.bytes.get(start..*end).unwrap_or_default()).trim_ascii();
        let is_open = match cell {
            [b'{' | b'[', b'"', ..] | [b'[', b'{', b'"', ..] => serde_json::from_slice::<IgnoredAny>(cell).is_err(),
            // A struct of Athena, which is no JSON.
            [b'{', ..] => !cell.ends_with(b"}"),
            [b'[', ..] => !cell.ends_with(b"]"),
            _ => false,
        };
        let is_quoted = memchr::memchr_iter(b'"', raw).count() % 2 == 1;
        is_quoted || raw.last() == Some(&separator) || (!self.overflown && (ends.len() < columns || is_open))
    }

    /// Makes room for more, of which a row may have so many bytes.
    pub(super) fn make_room(&mut self, most: usize) {
        if self.filled == self.bytes.len() {
            self.bytes.resize((2 * self.bytes.len()).clamp(1024, most.max(1024)), 0);
        }
        if self.ended == self.ends.len() {
            self.ends.resize((2 * self.ends.len()).clamp(64, MAX_COLUMNS), 0);
        }
        if self.filled == self.bytes.len() || self.ended == self.ends.len() {
            (self.filled, self.ended, self.overflown) = (0, 0, true);
        }
    }
}
