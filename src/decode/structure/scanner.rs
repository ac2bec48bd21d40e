//! What can be asked of a text, whatever the vectors are that answer.

use super::inner::{InnerObject, InnerScan};
use super::scan::{ScanProgress, StructureScan};

/// Goes on with a scan of a text at a position; with `true`, the text ends where the slice ends.
type ScanStep = fn(&mut StructureScan, &[u8], usize, bool) -> ScanProgress;

/// Scans with the widest vectors that this machine has.
#[derive(Debug, Clone, Copy)]
pub struct Scanner {
    pub(super) value: ScanStep,
    pub(super) string: ScanStep,
    pub(super) pairs: fn(&[u8], [[u8; 2]; 2]) -> bool,
    pub(super) cell: fn(&[u8], usize) -> Option<usize>,
    pub(super) inner: fn(&mut InnerScan, &[u8], usize, bool) -> ScanProgress,
    pub(super) inner_cell: fn(&mut InnerScan, &[u8], usize) -> Option<usize>,
}

impl Scanner {
    /// Goes on with `scan` at `from`, where at its start the opening bracket stands. With `last`, the text ends
    /// where the slice ends; without, a few bytes at its end may wait for more.
    #[must_use]
    pub fn feed(&self, scan: &mut StructureScan, text: &[u8], from: usize, last: bool) -> ScanProgress {
        (self.value)(scan, text, from, last)
    }

    /// Goes on with `scan` at `from` inside a string, to the position behind the quote that ends it. Of the scan, only what
    /// is known of escapes is looked at.
    #[must_use]
    pub fn feed_string(&self, scan: &mut StructureScan, text: &[u8], from: usize, last: bool) -> ScanProgress {
        (self.string)(scan, text, from, last)
    }

    /// Whether a text has one of two pairs of bytes other than zero, the second one four bytes behind the first.
    #[must_use]
    pub fn has_pair(&self, text: &[u8], pairs: [[u8; 2]; 2]) -> bool {
        (self.pairs)(text, pairs)
    }

    /// The position of the quote that ends a cell of CSV whose text, without its first quote, starts at `from`: two quotes stand
    /// for one. `None` if it is not in the text, or nothing is behind it.
    #[must_use]
    pub fn quoted_cell(&self, text: &[u8], from: usize) -> Option<usize> {
        (self.cell)(text, from)
    }

    /// As [`Self::feed_string`], of a string whose text begins with the brace of an object, which is scanned as well. At the start
    /// of `scan`, that brace stands at `from`.
    #[must_use]
    pub fn feed_inner(&self, scan: &mut InnerScan, text: &[u8], from: usize, last: bool) -> ScanProgress {
        (self.inner)(scan, text, from, last)
    }

    /// As [`Self::quoted_cell`], of a cell whose text begins with the brace of an object, which is scanned as well.
    #[must_use]
    pub fn inner_cell(&self, text: &[u8], from: usize) -> Option<(usize, InnerObject)> {
        let mut scan = InnerScan::default();
        let end = (self.inner_cell)(&mut scan, text, from)?;
        Some((end, scan.object()))
    }
}
