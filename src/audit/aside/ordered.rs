//! Records in files, in streams each of which is in order, and all of them in that order.

use std::cmp::Ordering;
use std::fmt;
use std::io::{BufWriter, IntoInnerError, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};

use super::bytes::{Rest, put_number};
use super::file::{AsideError, AsideFile, MakeFile};

/// Records that one thread writes, in streams that are each in order.
pub struct OrderedWriter {
    make: MakeFile,
    file: Option<BufWriter<Box<dyn AsideFile>>>,
    length: u64,
    begun: u64,
    streams: Vec<(u64, u64)>,
    records: u64,
    record: Vec<u8>,
}

impl fmt::Debug for OrderedWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrderedWriter").field("streams", &self.streams).finish_non_exhaustive()
    }
}

impl OrderedWriter {
    /// None yet.
    #[must_use]
    pub fn new(make: MakeFile) -> Self {
        Self { make, file: None, length: 0, begun: 0, streams: Vec::new(), records: 0, record: Vec::new() }
    }

    /// Puts the next record into the stream; `write` adds its bytes.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn put(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Result<(), AsideError> {
        self.record.clear();
        write(&mut self.record);
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(BufWriter::with_capacity(BUFFER, (self.make)()?)),
        };
        let mut head = Vec::with_capacity(10);
        put_number(self.record.len() as u64, &mut head);
        file.write_all(&head)?;
        file.write_all(&self.record)?;
        self.length += (head.len() + self.record.len()) as u64;
        self.records += 1;
        Ok(())
    }

    /// The next record begins a stream.
    pub fn end_stream(&mut self) {
        if self.length > self.begun {
            self.streams.push((self.begun, self.length));
        }
        self.begun = self.length;
    }

    /// How many records there are.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records
    }
}

/// So much of a file is read or written at once. There may be many streams side by side.
const BUFFER: usize = 64 << 10;

/// A file that several streams are read from.
type SharedFile = Arc<Mutex<Box<dyn AsideFile>>>;

struct StreamReader {
    file: SharedFile,
    at: u64,
    end: u64,
    buffer: Vec<u8>,
    read: usize,
}

impl StreamReader {
    /// Makes that many bytes stand in the buffer, or as many as there are.
    fn fill(&mut self, wanted: usize) -> Result<(), AsideError> {
        let held = self.buffer.len() - self.read;
        if held >= wanted || self.at == self.end {
            return Ok(());
        }
        self.buffer.drain(..self.read);
        self.read = 0;
        let more = (self.end - self.at).min(BUFFER.max(wanted - held) as u64);
        let more = usize::try_from(more).map_err(|_| AsideError::damaged())?;
        self.buffer.resize(held + more, 0);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.at))?;
        file.read_exact(&mut self.buffer[held..])?;
        self.at += more as u64;
        Ok(())
    }

    /// The next record as `decode` reads it, if there is one.
    fn next<T>(
        &mut self,
        decode: impl FnOnce(&mut Rest<'_>) -> Result<T, AsideError>,
    ) -> Result<Option<T>, AsideError> {
        self.fill(10)?;
        let mut rest = Rest(&self.buffer[self.read..]);
        if rest.is_empty() {
            return Ok(None);
        }
        let length = rest.size()?;
        self.read = self.buffer.len() - rest.0.len();
        self.fill(length)?;
        let record = self.buffer.get(self.read..self.read + length).ok_or_else(AsideError::damaged)?;
        let item = decode(&mut Rest(record))?;
        self.read += length;
        Ok(Some(item))
    }
}

/// All records of many streams, in order.
pub struct Merged<T, D, O> {
    streams: Vec<StreamReader>,
    heads: Vec<Option<T>>,
    /// The places of streams that have a head, as a heap: the first of all comes first.
    heap: Vec<usize>,
    decode: D,
    order: O,
    has_failed: bool,
}

impl<T, D, O> fmt::Debug for Merged<T, D, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Merged").field("heap", &self.heap).finish_non_exhaustive()
    }
}

impl<T, D, O> Merged<T, D, O>
where
    D: FnMut(&mut Rest<'_>) -> Result<T, AsideError>,
    O: Fn(&T, &T) -> Ordering,
{
    /// The records of all threads, as `decode` reads them.
    ///
    /// # Errors
    ///
    /// They cannot be read back.
    pub fn new(writers: Vec<OrderedWriter>, decode: D, order: O) -> Result<Self, AsideError> {
        let mut streams = Vec::new();
        for mut writer in writers {
            writer.end_stream();
            let Some(file) = writer.file else { continue };
            let file = file.into_inner().map_err(IntoInnerError::into_error)?;
            let file: SharedFile = Arc::new(Mutex::new(file));
            streams.extend(writer.streams.into_iter().map(|(at, end)| {
                let file = Arc::clone(&file);
                StreamReader { file, at, end, buffer: Vec::new(), read: 0 }
            }));
        }
        let heads = streams.iter().map(|_| None).collect();
        let mut merged = Self { streams, heads, heap: Vec::new(), decode, order, has_failed: false };
        for at in 0..merged.streams.len() {
            merged.heads[at] = merged.streams[at].next(&mut merged.decode)?;
            merged.heap.extend(merged.heads[at].is_some().then_some(at));
        }
        for at in (0..merged.heap.len() / 2).rev() {
            merged.sink(at);
        }
        Ok(merged)
    }

    fn is_before(&self, one: usize, other: usize) -> bool {
        let (one, other) = (self.heap[one], self.heap[other]);
        match (&self.heads[one], &self.heads[other]) {
            (Some(first), Some(second)) => (self.order)(first, second).then(one.cmp(&other)).is_lt(),
            _ => false,
        }
    }

    /// Lets what stands at a place of the heap sink to where it belongs.
    fn sink(&mut self, mut at: usize) {
        loop {
            let mut first = at;
            for child in [2 * at + 1, 2 * at + 2] {
                if child < self.heap.len() && self.is_before(child, first) {
                    first = child;
                }
            }
            if first == at {
                return;
            }
            self.heap.swap(at, first);
            at = first;
        }
    }

    fn take_next(&mut self) -> Result<Option<T>, AsideError> {
        let Some(at) = self.heap.first().copied() else { return Ok(None) };
        let next = self.streams[at].next(&mut self.decode)?;
        let taken = std::mem::replace(&mut self.heads[at], next);
        if self.heads[at].is_none() {
            self.heap.swap_remove(0);
        }
        self.sink(0);
        Ok(taken)
    }
}

impl<T, D, O> Iterator for Merged<T, D, O>
where
    D: FnMut(&mut Rest<'_>) -> Result<T, AsideError>,
    O: Fn(&T, &T) -> Ordering,
{
    type Item = Result<T, AsideError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_failed {
            return None;
        }
        let next = self.take_next().transpose();
        self.has_failed = matches!(next, Some(Err(_)));
        next
    }
}
