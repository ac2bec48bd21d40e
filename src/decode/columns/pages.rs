//! What the pages of a column say of themselves, before the memory is taken that they ask for.

use std::sync::Arc;

use parquet::errors::Result as ParquetResult;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::{ChunkReader, Length, SerializedFileReader};

use crate::decode::defect::Defect;

/// The most bytes of one page.
const MAX_PAGE: u64 = 16 << 20;

/// The most bytes of the largest pages of all columns together: the first one of each, which may be its dictionary, stays.
const MAX_PAGES: u64 = 96 << 20;

/// The most values of a column that has several in a row, in one row group: a row is read as a whole.
const MAX_VALUES: i64 = 500_000;

/// The most bytes of the header of a page that are looked at.
const MAX_HEADER: u64 = 64 * 1024;

/// An input that is also looked at besides.
pub(super) struct SharedInput<R>(pub(super) Arc<R>);

/// What reads rows out of columns.
pub(super) type Reader<R> = SerializedFileReader<SharedInput<R>>;

impl<R: ChunkReader> Length for SharedInput<R> {
    fn len(&self) -> u64 {
        self.0.len()
    }
}

impl<R: ChunkReader> ChunkReader for SharedInput<R> {
    type T = R::T;

    fn get_read(&self, start: u64) -> ParquetResult<R::T> {
        self.0.get_read(start)
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<bytes::Bytes> {
        self.0.get_bytes(start, length)
    }
}

/// How many bytes the pages of these columns of a row group have, none where that is more than `limit`; a defect where they
/// take too much memory at once.
pub(super) fn check_group<'a>(
    input: &impl ChunkReader,
    columns: impl Iterator<Item = &'a ColumnChunkMetaData>,
    limit: u64,
) -> Result<Option<u64>, Defect> {
    let (mut inflated, mut at_once) = (0, 0);
    for column in columns {
        let (bytes, pages) = check(input, column)?;
        (inflated, at_once) = (inflated + bytes, at_once + pages);
        if inflated > limit {
            return Ok(None);
        }
    }
    if at_once > MAX_PAGES {
        return Err(Defect::columns("its pages take more than 96 MiB at once"));
    }
    Ok(Some(inflated))
}

/// How many bytes the pages of a column have, and how many of them are in memory at once; a defect where one is too large.
fn check(input: &impl ChunkReader, column: &ColumnChunkMetaData) -> Result<(u64, u64), Defect> {
    let too_large = || Defect::columns(format!("a page of {} is larger than 16 MiB", column.column_path()));
    if column.column_descr().max_rep_level() > 0 && column.num_values() > MAX_VALUES {
        return Err(Defect::columns(format!(
            "{} has more than {MAX_VALUES} values in a row group",
            column.column_path()
        )));
    }
    let (start, end) = (column.dictionary_page_offset().unwrap_or(column.data_page_offset()), column.compressed_size());
    let start = u64::try_from(start).map_err(Defect::columns)?;
    let end = start.saturating_add(u64::try_from(end).map_err(Defect::columns)?);
    let (mut at, mut total, mut first, mut largest) = (start, 0, None, 0);
    while at < end {
        let length = MAX_HEADER.min(end - at).min(input.len().saturating_sub(at));
        let bytes = input.get_bytes(at, usize::try_from(length).unwrap_or_default()).map_err(Defect::columns)?;
        let mut header = Compact(&bytes);
        let (inflated, packed) = header.page().ok_or_else(|| Defect::columns("the header of a page is damaged"))?;
        let taken = (bytes.len() - header.0.len()) as u64;
        if inflated > MAX_PAGE || packed > MAX_PAGE {
            return Err(too_large());
        }
        total += inflated;
        // What is packed is there beside what is unpacked.
        largest = (inflated + packed).max(largest);
        first.get_or_insert(inflated);
        at += taken + packed;
    }
    Ok((total, largest + first.unwrap_or_default()))
}

/// Thrift's compact protocol.
struct Compact<'a>(&'a [u8]);

impl Compact<'_> {
    /// The header of a page: how many bytes it has unpacked and packed.
    fn page(&mut self) -> Option<(u64, u64)> {
        let (mut id, mut sizes) = (0, [None, None]);
        while let Some(kind) = self.field(&mut id)? {
            match (id, kind) {
                (2 | 3, 5) => sizes[usize::from(id == 3)] = u64::try_from(zigzag(self.number()?)).ok(),
                _ => self.skip(kind, 0)?,
            }
        }
        Some((sizes[0]?, sizes[1]?))
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// The kind of the next field of a struct, none at its end.
    #[expect(clippy::option_option, reason = "the outer one says that there is no struct, the inner one that it ends")]
    fn field(&mut self, id: &mut i64) -> Option<Option<u8>> {
        let head = self.byte()?;
        if head == 0 {
            return Some(None);
        }
        *id = match head >> 4 {
            0 => zigzag(self.number()?),
            step => id.checked_add(i64::from(step))?,
        };
        Some(Some(head & 0x0f))
    }

    fn skip(&mut self, kind: u8, depth: u8) -> Option<()> {
        if depth > 8 {
            return None;
        }
        match kind {
            1 | 2 => {}
            3 => drop(self.byte()?),
            4..=6 => drop(self.number()?),
            7 => self.0 = self.0.get(8..)?,
            8 => {
                let length = usize::try_from(self.number()?).ok()?;
                self.0 = self.0.get(length..)?;
            }
            9 | 10 => {
                let head = self.byte()?;
                let count = if head >> 4 == 15 { self.number()? } else { u64::from(head >> 4) };
                for _ in 0..count {
                    // Truth in a list takes a byte.
                    self.skip(if head & 0x0f <= 2 { 3 } else { head & 0x0f }, depth + 1)?;
                }
            }
            12 => {
                let mut id = 0;
                while let Some(kind) = self.field(&mut id)? {
                    self.skip(kind, depth + 1)?;
                }
            }
            _ => return None,
        }
        Some(())
    }
}

fn zigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}
