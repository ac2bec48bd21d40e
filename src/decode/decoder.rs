//! Reads one log file after the other with buffers that are reused.

use std::collections::HashSet;
use std::fmt;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::sync::Arc;

use crate::domain::archive_judge::ArchiveJudge;
use crate::domain::digest::{Hash, LogText};
use crate::domain::issuer::Issuers;
use crate::domain::tally::ByteTally;

use super::collect::{CollectOptions, Collector, Decoded, FileEnd};
use super::container::envelope;
use super::defect::{Defect, PackedPlace};
use super::extract::{self, RowQuestion};
#[cfg(feature = "parquet")]
use super::pack::PARQUET_MAGIC;
use super::pack::gzip_stream::GzipStream;
use super::pack::hashed::{HashedFeed, hash};
use super::pack::inflate::{GZIP_MAGIC, Inflater, WHOLE_FILE, WHOLE_TEXT};
use super::pack::spare::{SpareBuffer, make_room};
use super::pack::stored_bytes::{self, MeteredReader, StoredMeter};
use super::pack::tar::TarReader;
use super::pack::text::{Feed, FeedWindow, PlainFeed, Text as _, WholeText};
use super::pack::unpack::{MAX_STREAMS, is_packed, unpack};
use super::pack::zip::{self, ReadSeek};
use super::pack::zstd;
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

/// A directory at the end cannot be read first.
const ZIP_IN_PIPE: &str = "comes out of a pipe and is too large for memory: write it into a file first; it fails";

/// Who takes rows of extracts.
pub(super) struct RowTaker(pub(super) extract::TakeRows);

impl fmt::Debug for RowTaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RowTaker")
    }
}

/// Decodes log files, one at a time; each worker has its own.
#[derive(Debug)]
pub struct Decoder {
    pub(super) issuers: Issuers,
    pub(super) limits: DecodeLimits,
    pub(super) scanner: Scanner,
    prefilter: Prefilter,
    pub(super) calls: Option<CallQuestion>,
    judge: Option<Arc<dyn ArchiveJudge>>,
    places: bool,
    calls_apart: bool,
    pub(super) hashes_stored: bool,
    pub(super) rows: Option<RowTaker>,
    pub(super) inflater: Option<Inflater>,
    file: SpareBuffer,
    pub(super) text: SpareBuffer,
    pub(super) window: SpareBuffer,
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
            judge: None,
            places: false,
            calls_apart: false,
            hashes_stored: false,
            rows: None,
            // Without memory for it, files stream.
            inflater: Inflater::new(),
            file: SpareBuffer::default(),
            text: SpareBuffer::default(),
            window: SpareBuffer::default(),
        }
    }

    /// What a single file may demand.
    #[must_use]
    pub fn limits(&self) -> DecodeLimits {
        self.limits
    }

    /// The same decoder with another scanner; all of them give the same answers.
    #[must_use]
    pub fn with_scanner(mut self, scanner: Scanner) -> Self {
        self.scanner = scanner;
        self
    }

    /// The same decoder, which also notes where assumptions stand, and the principals of the sessions that they began; and where calls
    /// of sessions stand, if it finds these. What it remembers does not grow with what it finds.
    #[must_use]
    pub fn noting_places(mut self) -> Self {
        self.places = true;
        if let Some(CallQuestion::Session(reader, _)) = &mut self.calls {
            reader.remember_few();
        }
        self
    }

    /// The same decoder, which tells apart what is malformed only to whoever reads calls.
    #[must_use]
    pub fn with_unread_calls_apart(mut self) -> Self {
        self.calls_apart = true;
        self
    }

    /// The same decoder, which also hashes the bytes of each file as they are stored.
    #[must_use]
    pub fn hashing_stored(mut self) -> Self {
        self.hashes_stored = true;
        self
    }

    /// The same decoder, which gives most rows of a large extract to `take`, and only the last ones with what it [decodes](Decoded).
    #[must_use]
    pub fn giving_rows(mut self, take: extract::TakeRows) -> Self {
        self.rows = Some(RowTaker(take));
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

    /// The same decoder, which also hashes the text of each file, for whom it is judged by.
    #[must_use]
    pub fn judged_by(mut self, judge: Option<&Arc<dyn ArchiveJudge>>) -> Self {
        self.judge = judge.map(Arc::clone);
        self
    }

    /// Who judges what is read; nobody where everything counts.
    #[must_use]
    pub fn judge(&self) -> Option<&Arc<dyn ArchiveJudge>> {
        self.judge.as_ref()
    }

    /// The same decoder, always through the window: what large files go through.
    #[must_use]
    pub fn streaming(mut self) -> Self {
        self.inflater = None;
        self
    }

    /// Decodes a stored file of about `size` bytes.
    pub fn file(&mut self, log_file: &Arc<str>, mut input: impl Read + Seek, size: u64) -> Decoded {
        self.read_file(log_file, &mut input, size)
    }

    /// One function for every kind of reader, so that what follows from it is compiled once; of a reader, no more is asked
    /// than a few large pieces.
    fn read_file(&mut self, log_file: &Arc<str>, input: &mut dyn ReadSeek, size: u64) -> Decoded {
        if size > WHOLE_FILE {
            return self.read_large(log_file, input);
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

    /// A file that is not read whole. A zip archive is read where it is, which a pipe cannot be.
    fn read_large(&mut self, log_file: &Arc<str>, input: &mut dyn ReadSeek) -> Decoded {
        let mut head = Vec::new();
        if let Err(error) = Read::take(&mut *input, 4).read_to_end(&mut head) {
            return self.failed(log_file, Defect::io(0, &error), 0);
        }
        if zip::begins(&head) && input.rewind().is_ok() {
            let mut decoded = self.zip(log_file, input);
            decoded.stored_sha256 = self.hash_of(input);
            return decoded;
        }
        self.read_stream(log_file, &mut Cursor::new(head).chain(input))
    }

    /// The hash of a stored file that can be read from its beginning, where it is asked for.
    fn hash_of(&self, input: &mut dyn ReadSeek) -> Option<Hash> {
        if self.hashes_stored { stored_bytes::hash_all(input) } else { None }
    }

    /// Decodes a stored file whose bytes are here.
    pub fn bytes(&mut self, log_file: &Arc<str>, file: &[u8]) -> Decoded {
        let mut decoded = self.whole_file(log_file, file);
        decoded.stored_sha256 = self.hashes_stored.then(|| stored_bytes::hash(file));
        decoded
    }

    fn whole_file(&mut self, log_file: &Arc<str>, file: &[u8]) -> Decoded {
        let read = file.len() as u64;
        if file.is_empty() {
            return self.failed(log_file, Defect::Empty, 0);
        }
        let is_gzip = file.starts_with(&GZIP_MAGIC);
        if !is_gzip && zip::begins(file) {
            return self.zip(log_file, &mut Cursor::new(file));
        }
        #[cfg(feature = "parquet")]
        if !is_gzip && file.starts_with(PARQUET_MAGIC) {
            return self.columns(log_file, bytes::Bytes::copy_from_slice(file));
        }
        let mut text = self.text.take();
        let limit = usize::try_from(self.limits.max_file).map_or(WHOLE_TEXT, |limit| limit.min(WHOLE_TEXT));
        let is_judged = self.judge.is_some();
        let is_whole = !is_gzip && read <= self.limits.max_file && self.inflater.is_some();
        let inflated = match &mut self.inflater {
            // What has several members is no log file of CloudTrail: the stream says so.
            Some(inflater) if is_gzip && is_judged => inflater.inflate_one(file, &mut text, limit),
            Some(inflater) if is_gzip => inflater.inflate(file, &mut text, limit),
            // Judged is what is stored, where that is no gzip.
            _ if is_whole && !is_judged => zstd::undo_whole(file, &mut text, limit, PackedPlace::File.window()),
            _ => None,
        };
        let decoded = match inflated {
            Some(length) => self.whole(log_file, &text[..length], read, MAX_STREAMS - 1),
            None if is_whole => self.whole(log_file, file, read, MAX_STREAMS),
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
        let mut meter = StoredMeter::new(self.hashes_stored);
        let mut decoded = self.read_metered(log_file, input, &mut meter);
        decoded.bytes.read = meter.taken;
        // What is behind the end of what was read is part of it all the same.
        decoded.stored_sha256 = if decoded.ended == FileEnd::Read { meter.finish(input) } else { None };
        decoded
    }

    fn read_metered(&mut self, log_file: &Arc<str>, input: &mut dyn Read, meter: &mut StoredMeter) -> Decoded {
        let mut input = MeteredReader { input, meter };
        // A pipe may give less than what tells what is in it.
        let mut head = Vec::new();
        let first = Read::take(&mut input, 4).read_to_end(&mut head);
        let (is_gzip, has_directory) = (head.starts_with(&GZIP_MAGIC[..head.len().min(2)]), zip::begins(&head));
        let input = BufReader::with_capacity(READ_AHEAD, Cursor::new(head).chain(input));
        let (text, file) = (PackedPlace::Text, PackedPlace::File);
        match first {
            Err(error) => self.failed(log_file, Defect::io(0, &error), 0),
            Ok(0) => self.failed(log_file, Defect::Empty, 0),
            Ok(_) if is_gzip => {
                let mut stream = GzipStream::new(input);
                let mut decoded = self.hashed(log_file, &mut stream, MAX_STREAMS - 1, text);
                if stream.member_start() > 0 {
                    decoded.text = decoded.text.map(|_| LogText::Gzip);
                }
                decoded
            }
            Ok(_) if has_directory => {
                let (archive, offset) = ("zip", 0);
                self.failed(log_file, Defect::Archive { archive, reason: ZIP_IN_PIPE, offset }, 0)
            }
            Ok(_) => self.hashed(log_file, &mut PlainFeed::new(input), MAX_STREAMS, file),
        }
    }

    pub(super) fn ways(&self) -> CollectOptions<'_> {
        CollectOptions {
            issuers: &self.issuers,
            prefilter: &self.prefilter,
            scanner: self.scanner,
            max_record: self.limits.max_record,
            max_file: self.limits.max_file,
            places: self.places,
            calls_apart: self.calls_apart || self.places,
        }
    }

    /// Decodes what comes bit by bit, and hashes it to its end where somebody judges it.
    fn hashed(&mut self, log_file: &Arc<str>, feed: &mut dyn Feed, streams: u8, place: PackedPlace) -> Decoded {
        if self.judge.is_none() {
            return self.window(log_file, Box::new(feed), streams, place);
        }
        let mut hashed = HashedFeed::new(feed, self.limits.max_file);
        let mut decoded = self.window(log_file, Box::new(&mut hashed), streams, place);
        decoded.text = Some(hashed.finish());
        decoded
    }

    /// Decodes what comes bit by bit, and may be packed in so many streams more.
    fn window(&mut self, log_file: &Arc<str>, feed: Box<dyn Feed + '_>, streams: u8, place: PackedPlace) -> Decoded {
        match unpack(feed, streams, self.limits.max_file, place) {
            Ok(unpacked) if unpacked.is_tar => self.members(log_file, &mut TarReader::new(unpacked.feed)),
            Ok(mut unpacked) => self.unpacked(log_file, &mut unpacked.feed),
            Err(defect) => self.failed(log_file, defect, 0),
        }
    }

    fn unpacked(&mut self, log_file: &Arc<str>, feed: &mut dyn Feed) -> Decoded {
        let mut buffer = self.window.take();
        let mut calls = self.calls.take();
        let mut window = FeedWindow::new(feed, &mut buffer, self.limits.max_file).in_small_pieces(self.limits.salvage);
        let begun = window.load(0);
        if begun.is_ok() && extract::begins(window.bytes()) {
            let take = self.rows.as_mut().map(|rows| &mut rows.0);
            let asked = RowQuestion::new(&self.issuers, calls.as_ref());
            let (rows, ended) = extract::read_window(&mut window, self.limits.max_record, asked, take);
            let decoded = Decoded::of_extract(log_file, rows, ended, window.given());
            self.calls = calls;
            self.window.put(buffer, 0);
            return decoded;
        }
        let is_cut_off = window.outcome(Ok(())).is_err_and(|defect| defect.is_cut_off());
        let has_ended = is_cut_off || (window.is_last() && window.outcome(Ok(())).is_ok());
        let may_be_extract = has_ended && extract::may_have_ended_early(window.bytes());
        let mut collector = Collector::new(log_file, self.ways()).with_calls(calls.as_mut());
        let read = |()| envelope::read(&mut window, self.scanner, self.limits.max_record, &mut collector);
        let outcome = begun.and_then(read);
        let outcome = window.outcome(outcome);
        let bytes = ByteTally { read: 0, inflated: window.given() };
        let decoded = collector.finish(outcome, bytes, self.limits.salvage).may_be_extract(may_be_extract);
        self.calls = calls;
        // Only a large record makes it larger than it is at first.
        self.window.put(buffer, 0);
        decoded
    }

    fn whole(&mut self, log_file: &Arc<str>, text: &[u8], read: u64, streams: u8) -> Decoded {
        if is_packed(text) {
            let place = if streams == MAX_STREAMS { PackedPlace::File } else { PackedPlace::Text };
            let mut decoded = self.window(log_file, Box::new(PlainFeed::new(text)), streams, place);
            decoded.bytes.read = read;
            decoded.text = self.judge.is_some().then(|| hash(text));
            return decoded;
        }
        if extract::begins(text) {
            let take = self.rows.as_mut().map(|rows| &mut rows.0);
            let asked = RowQuestion::new(&self.issuers, self.calls.as_ref());
            let (rows, ended) = extract::read(WholeText(text), self.limits.max_record, asked, take);
            let mut decoded = Decoded::of_extract(log_file, rows, ended, text.len() as u64);
            decoded.bytes.read = read;
            return decoded;
        }
        let mut calls = self.calls.take();
        let mut collector = Collector::new(log_file, self.ways()).with_calls(calls.as_mut());
        let outcome = envelope::read(WholeText(text), self.scanner, self.limits.max_record, &mut collector);
        let bytes = ByteTally { read, inflated: text.len() as u64 };
        let decoded = collector.finish(outcome, bytes, self.limits.salvage);
        let mut decoded = decoded.may_be_extract(extract::may_have_ended_early(text));
        decoded.text = self.judge.is_some().then(|| hash(text));
        self.calls = calls;
        decoded
    }

    pub(super) fn failed(&self, log_file: &Arc<str>, defect: Defect, read: u64) -> Decoded {
        let text = if defect == Defect::Empty { hash(&[]) } else { LogText::Unreadable };
        let bytes = ByteTally { read, inflated: 0 };
        let may_be_extract = defect.is_empty() || defect.is_cut_off();
        let decoded = Collector::new(log_file, self.ways()).finish(Err(defect), bytes, false);
        let mut decoded = decoded.may_be_extract(may_be_extract);
        decoded.text = self.judge.is_some().then_some(text);
        decoded
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
