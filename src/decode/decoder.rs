//! Reads one log file after the other with buffers that are reused.

use std::collections::HashSet;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::sync::Arc;

use crate::domain::issuer::Issuers;
use crate::domain::tally::ByteTally;

use super::collect::{CollectOptions, Collector, Decoded};
use super::container::envelope;
use super::defect::Defect;
use super::pack::gzip_stream::GzipStream;
use super::pack::inflate::{GZIP_MAGIC, Inflater, WHOLE_FILE, WHOLE_TEXT};
use super::pack::spare::{SpareBuffer, make_room};
use super::pack::text::{Feed, FeedWindow, PlainFeed, WholeText};
use super::pack::unpack::{Packing, PeekedFeed, unpack};
use super::record::call::CallReader;
use super::record::call_question::{CallQuestion, OthersQuestion};
use super::record::prefilter::Prefilter;
use super::record::resource_write::{ArnHash, ResourceWriteReader, WriteNotes};
use super::record::session_call::{SessionCallReader, SessionPass};
use super::structure::Scanner;

/// What a single file may demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeLimits {
    /// The most bytes of one record; a larger one is malformed.
    pub max_record: u64,
    /// The most bytes of inflated text of one file; a larger one fails.
    pub max_file: u64,
    /// Whether the complete records in front of a defect count.
    pub salvage: bool,
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self { max_record: 16 << 20, max_file: 8 << 30, salvage: false }
    }
}

/// How much of a stored file that is not read whole is read at a time.
const READ_AHEAD: usize = 128 * 1024;

/// Decodes log files, one at a time; each worker has its own.
#[derive(Debug)]
pub struct Decoder {
    issuers: Issuers,
    limits: DecodeLimits,
    scanner: Scanner,
    prefilter: Prefilter,
    calls: Option<CallQuestion>,
    inflater: Option<Inflater>,
    file: SpareBuffer,
    text: SpareBuffer,
    window: SpareBuffer,
}

impl Decoder {
    /// A decoder for the web identities of these issuers.
    #[must_use]
    pub fn new(issuers: Issuers, limits: DecodeLimits) -> Self {
        Self {
            issuers,
            limits,
            scanner: Scanner::default(),
            prefilter: Prefilter::new(),
            calls: None,
            // Without memory for it, files stream.
            inflater: Inflater::new(),
            file: SpareBuffer::default(),
            text: SpareBuffer::default(),
            window: SpareBuffer::default(),
        }
    }

    /// The same decoder with another scanner; all of them give the same answers.
    #[must_use]
    pub fn with_scanner(mut self, scanner: Scanner) -> Self {
        self.scanner = scanner;
        self
    }

    /// The same decoder, which also finds the calls that Terraform made with long-lived credentials.
    #[must_use]
    pub fn with_calls(mut self) -> Self {
        self.calls = Some(CallQuestion::LongLived(Box::new(CallReader::new())));
        self
    }

    /// The same decoder, which also finds the calls that were made with the credentials of sessions: those of `pass`, and
    /// their `requestParameters` if these are wanted.
    #[must_use]
    pub fn with_session_calls(mut self, pass: SessionPass, parameters: bool) -> Self {
        let reader = Box::new(SessionCallReader::new(pass, parameters));
        self.calls = Some(CallQuestion::Session(reader, OthersQuestion::default()));
        self
    }

    /// The same decoder, which also notes which resources all writes name, where it finds calls of sessions.
    #[must_use]
    pub fn noting_writes(mut self) -> Self {
        if let Some(CallQuestion::Session(_, others)) = &mut self.calls {
            others.notes = Some(Box::new(WriteNotes::new()));
        }
        self
    }

    /// The same decoder, which also finds everybody's writes to the resources with these ARNs, where it finds calls of sessions, and
    /// all writes of these calls. Of each file it gives the first use of each key.
    #[must_use]
    pub fn with_writes_beside(mut self, arns: &Arc<HashSet<ArnHash>>) -> Self {
        if let Some(CallQuestion::Session(_, others)) = &mut self.calls {
            others.writes = Some(Box::new(ResourceWriteReader::new(Arc::clone(arns))));
        }
        self
    }

    /// The same decoder, which also finds everybody's writes to the resources with these ARNs.
    #[must_use]
    pub fn with_resource_writes(mut self, arns: Arc<HashSet<ArnHash>>) -> Self {
        self.calls = Some(CallQuestion::Writes(Box::new(ResourceWriteReader::new(arns))));
        self
    }

    /// The same decoder, always through the window: what large files go through.
    #[must_use]
    pub fn streaming(mut self) -> Self {
        self.inflater = None;
        self
    }

    /// Decodes a stored file of about `size` bytes.
    pub fn file(&mut self, log_file: &Arc<str>, mut input: impl Read, size: u64) -> Decoded {
        self.read_file(log_file, &mut input, size)
    }

    /// One function for every kind of reader, so that what follows from it is compiled once; of a reader, no more is asked
    /// than a few large pieces.
    fn read_file(&mut self, log_file: &Arc<str>, input: &mut dyn Read, size: u64) -> Decoded {
        if size > WHOLE_FILE {
            return self.read_stream(log_file, input);
        }
        let mut file = self.file.take();
        let (length, ended) = read_whole(input, &mut file, size);
        let decoded = match ended {
            Err(error) => self.failed(log_file, Defect::io(length as u64, &error), length as u64),
            // A file that grows while it is read is read on, as a stream.
            Ok(false) => self.read_stream(log_file, &mut Cursor::new(&file[..length]).chain(input)),
            Ok(true) => self.bytes(log_file, &file[..length]),
        };
        self.file.put(file, length);
        decoded
    }

    /// Decodes a stored file whose bytes are here.
    pub fn bytes(&mut self, log_file: &Arc<str>, file: &[u8]) -> Decoded {
        let read = file.len() as u64;
        if file.is_empty() {
            return self.failed(log_file, Defect::Empty, 0);
        }
        if !file.starts_with(&GZIP_MAGIC) && read <= self.limits.max_file && self.inflater.is_some() {
            return self.whole(log_file, file, read);
        }
        let mut text = self.text.take();
        let limit = usize::try_from(self.limits.max_file).map_or(WHOLE_TEXT, |limit| limit.min(WHOLE_TEXT));
        let inflated = self.inflater.as_mut().and_then(|inflater| inflater.inflate(file, &mut text, limit));
        let decoded = match inflated {
            Some(length) => self.whole(log_file, &text[..length], read),
            None => self.read_stream(log_file, &mut { file }),
        };
        self.text.put(text, inflated.unwrap_or(0));
        decoded
    }

    /// Decodes a stored file of any size in bounded memory.
    pub fn stream(&mut self, log_file: &Arc<str>, mut input: impl Read) -> Decoded {
        self.read_stream(log_file, &mut input)
    }

    fn read_stream(&mut self, log_file: &Arc<str>, input: &mut dyn Read) -> Decoded {
        let mut taken = 0;
        let mut input = BufReader::with_capacity(READ_AHEAD, MeteredReader { input, taken: &mut taken });
        let first =
            input.fill_buf().map(|bytes| (bytes.is_empty(), bytes.starts_with(&GZIP_MAGIC[..bytes.len().min(2)])));
        let mut decoded = match first {
            Err(error) => self.failed(log_file, Defect::io(0, &error), 0),
            Ok((true, _)) => self.failed(log_file, Defect::Empty, 0),
            Ok((_, true)) => self.window(log_file, &mut GzipStream::new(input)),
            Ok((_, false)) => self.window(log_file, &mut PlainFeed::new(input)),
        };
        decoded.bytes.read = taken;
        decoded
    }

    fn ways(&self) -> CollectOptions<'_> {
        CollectOptions {
            issuers: &self.issuers,
            prefilter: &self.prefilter,
            scanner: self.scanner,
            max_record: self.limits.max_record,
            max_file: self.limits.max_file,
        }
    }

    /// Decodes text that comes bit by bit, and may be packed once more.
    fn window(&mut self, log_file: &Arc<str>, feed: &mut dyn Feed) -> Decoded {
        let limit = self.limits.max_file;
        let mut begun = match PeekedFeed::new(feed) {
            Ok(begun) => begun,
            Err(defect) => return self.failed(log_file, defect, 0),
        };
        match begun.packing() {
            None => self.unpacked(log_file, &mut begun),
            Some(packing) => match unpack(packing, begun, limit) {
                Ok(mut feed) => self.unpacked(log_file, &mut *feed),
                Err(defect) => self.failed(log_file, defect, 0),
            },
        }
    }

    fn unpacked(&mut self, log_file: &Arc<str>, feed: &mut dyn Feed) -> Decoded {
        let mut buffer = self.window.take();
        let mut calls = self.calls.take();
        let mut window = FeedWindow::new(feed, &mut buffer, self.limits.max_file);
        let mut collector = Collector::new(log_file, self.ways()).with_calls(calls.as_mut());
        let outcome = envelope::read(&mut window, self.scanner, self.limits.max_record, &mut collector);
        let bytes = ByteTally { read: 0, inflated: window.given() };
        let decoded = collector.finish(outcome, bytes, self.limits.salvage);
        self.calls = calls;
        // Only a large record makes it larger than it is at first.
        self.window.put(buffer, 0);
        decoded
    }

    fn whole(&mut self, log_file: &Arc<str>, text: &[u8], read: u64) -> Decoded {
        if Packing::of(text).is_some() {
            let mut decoded = self.window(log_file, &mut PlainFeed::new(text));
            decoded.bytes.read = read;
            return decoded;
        }
        let mut calls = self.calls.take();
        let mut collector = Collector::new(log_file, self.ways()).with_calls(calls.as_mut());
        let outcome = envelope::read(WholeText(text), self.scanner, self.limits.max_record, &mut collector);
        let decoded = collector.finish(outcome, ByteTally { read, inflated: text.len() as u64 }, self.limits.salvage);
        self.calls = calls;
        decoded
    }

    fn failed(&self, log_file: &Arc<str>, defect: Defect, read: u64) -> Decoded {
        Collector::new(log_file, self.ways()).finish(Err(defect), ByteTally { read, inflated: 0 }, false)
    }
}

/// Reads up to the end into the front of a reused buffer: how many bytes, and whether that was the end. A file of the
/// expected size takes one call to the operating system, which is asked for more than that and gives no more.
fn read_whole(input: &mut dyn Read, buffer: &mut Vec<u8>, size: u64) -> (usize, io::Result<bool>) {
    let expected = usize::try_from(size.min(WHOLE_FILE)).unwrap_or_default() + 1;
    make_room(buffer, expected);
    let mut length = 0;
    loop {
        match input.read(&mut buffer[length..]) {
            Ok(0) => return (length, Ok(true)),
            Ok(count) => {
                length += count;
                if length as u64 == size {
                    return (length, Ok(true));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (length, Err(error)),
        }
        if length == buffer.len() {
            if length as u64 > WHOLE_FILE {
                return (length, Ok(false));
            }
            make_room(buffer, length * 2);
        }
    }
}

/// Counts the bytes that leave a reader.
struct MeteredReader<'a, R> {
    input: R,
    taken: &'a mut u64,
}

impl<R: Read> Read for MeteredReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.input.read(buffer)?;
        *self.taken += count as u64;
        Ok(count)
    }
}
