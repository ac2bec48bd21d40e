//! Rows of extracts, which this program wrote of log files (DESIGN §12): events that were kept, calls where these were asked for, and
//! tallies of log files.
//!
//! An extract is a container of a kind of its own: it holds what was decoded already. Its lines come in any order, a line at its
//! end may be cut off by the death of who wrote it, and none of it counts before all of them are put together.

pub mod hashes;

pub(super) mod archived;

mod activity;
mod call_line;
mod event_line;
mod extracted_log;
mod line;
mod wire;

use std::sync::Arc;

use serde::de::IgnoredAny;

use self::call_line::{CallLine, SharedCalls};
use self::event_line::EventLine;
use self::line::parse;
use self::wire::{LineKind, TallyLine};
use super::defect::Defect;
use super::pack::PARQUET_MAGIC;
use super::pack::streams;
use super::pack::text::{Feed, FeedWindow, Text};
use super::record::call_question::CallQuestion;
use crate::domain::assumption::Assumption;
use crate::domain::issuer::Issuers;
use crate::domain::session_call::SessionCall;
use crate::domain::shared::Shared;

pub use self::activity::{ALL_ISSUERS, ExtractedActivity};
pub use self::extracted_log::ExtractedLog;
pub use self::wire::{Attempt, ExtractedTally};

/// An event of an extract.
#[derive(Debug)]
pub struct ExtractedEvent {
    /// What read it.
    pub attempt: Arc<Attempt>,
    /// Its place in the log file, which tells it from the others.
    pub offset: u64,
    /// The event; none where it is of an issuer that is not asked for.
    pub event: Option<Box<Assumption>>,
    /// The principal of the session that it began, where calls are asked for.
    pub principal: Option<Box<str>>,
}

/// A call of an extract.
#[derive(Debug)]
pub struct ExtractedCall {
    /// What read it.
    pub attempt: Arc<Attempt>,
    /// Its place in the log file, which tells it from the others.
    pub offset: u64,
    /// The call.
    pub call: SessionCall,
}

/// What is asked of the rows of an extract.
#[derive(Clone, Copy)]
pub(super) struct RowQuestion<'a> {
    issuers: &'a Issuers,
    /// Whether calls of sessions are, and their `requestParameters`.
    calls: bool,
    parameters: bool,
}

impl<'a> RowQuestion<'a> {
    /// The events of these issuers, and calls of sessions if these are looked for.
    pub(super) fn new(issuers: &'a Issuers, calls: Option<&CallQuestion>) -> Self {
        Self {
            issuers,
            calls: calls.is_some_and(CallQuestion::wants_principals),
            parameters: calls.is_some_and(CallQuestion::wants_parameters),
        }
    }
}

/// What an extract holds, or several together.
#[derive(Debug, Default)]
pub struct ExtractRows {
    /// Events, in the order of their lines.
    pub events: Vec<ExtractedEvent>,
    /// Tallies of log files.
    pub tallies: Vec<ExtractedTally>,
    /// Calls, in the order of their lines; none unless they are asked for.
    pub calls: Vec<ExtractedCall>,
    /// Whether it ends inside a line, or inside its gzip stream: who wrote it was ended.
    pub is_cut_off: bool,
    /// Whether rows were given to whoever takes them.
    are_many: bool,
}

impl ExtractRows {
    /// Leaves no row.
    pub fn clear(&mut self) {
        self.events.clear();
        self.tallies.clear();
        self.calls.clear();
    }

    /// Gives rows to whoever takes them, before all of them are here. Once there were many, each goes on while what it is made of
    /// is at hand: of a thousand, nothing would be in the cache any more.
    fn give(&mut self, take: &mut Option<&mut TakeRows>) {
        if let Some(take) = take
            && (self.are_many || self.events.len() + self.tallies.len() + self.calls.len() >= MANY)
        {
            self.are_many = true;
            take(self);
        }
    }
}

/// So many rows are kept, so that a damaged extract gives none of them.
const MANY: usize = 1 << 10;

/// Takes all rows that are there, and leaves none, before the next ones of an extract are read.
pub type TakeRows = Box<dyn FnMut(&mut ExtractRows) + Send>;

/// So large a row is told whatever the order of its columns.
const MOST_LOOKED_AT: usize = 64 << 10;

/// Whether a text begins as an extract.
#[must_use]
pub fn begins(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii_start();
    begins_as_written(text) || begins_in_another_order(text)
}

/// As this program writes it.
fn begins_as_written(text: &[u8]) -> bool {
    let mut rest = text;
    let mut after = |token: &[u8]| {
        rest = rest.trim_ascii_start();
        let found = rest.strip_prefix(token);
        rest = found.unwrap_or_default();
        found.is_some()
    };
    after(b"{") && after(b"\"row\"") && after(b":") && {
        rest = rest.trim_ascii_start();
        [&b"\"event\""[..], b"\"call\"", b"\"tally\""].iter().any(|row| rest.starts_with(row))
    }
}

/// As an engine may write it again, which sorts columns by their names.
fn begins_in_another_order(text: &[u8]) -> bool {
    let head = &text[..text.len().min(MOST_LOOKED_AT)];
    let line = match memchr::memchr(b'\n', head) {
        Some(end) => &head[..end],
        None if head.len() == text.len() => head,
        None => return false,
    };
    let has = |name: &[u8]| memchr::memmem::find(line, name).is_some();
    has(b"\"schema_version\"") && has(b"\"row\"") && simdutf8::basic::from_utf8(line).is_ok_and(wire::is_row)
}

/// Whether a whole text, or a whole file, may be what is left of an extract whose writer was ended before its first row.
pub(super) fn may_have_ended_early(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let beginning: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(32).collect();
    let is_packed = PARQUET_MAGIC.starts_with(text) || streams::could_begin(text);
    is_packed || STARTS.iter().any(|start| start.starts_with(&beginning))
}

/// How rows begin that this program writes.
const STARTS: [&[u8]; 3] = [b"{\"row\":\"event\"", b"{\"row\":\"call\"", b"{\"row\":\"tally\""];

/// Whether a text begins as an extract, or is so short that it may be the beginning of one.
#[must_use]
pub fn could_begin(text: &[u8]) -> bool {
    begins(text) || STARTS.iter().any(|start| start.starts_with(text))
}

/// Whether a text is the beginning of a row, and not all of it.
fn is_cut_off(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let beginning: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(16).collect();
    let ended = serde_json::from_slice::<IgnoredAny>(text);
    could_begin(&beginning) && ended.is_err_and(|error| error.is_eof())
}

/// Reads all lines, none of which may be larger than `most` bytes. Gives what was read in front of a defect, too, and of many
/// rows none: `take` takes them.
pub(super) fn read<T: Text>(
    mut text: T,
    most: u64,
    asked: RowQuestion<'_>,
    mut take: Option<&mut TakeRows>,
) -> (ExtractRows, Result<(), Defect>) {
    let mut reader = LineReader::new(asked);
    let (mut at, mut dropped) = (0, 0_u64);
    loop {
        let rest = text.bytes().get(at..).unwrap_or_default();
        let offset = dropped + at as u64;
        if let Some(end) = memchr::memchr(b'\n', rest) {
            if let Err(reason) = reader.line(&rest[..end]) {
                return (reader.rows, Err(Defect::ExtractLine { offset, reason }));
            }
            at += end + 1;
            reader.give(&mut take);
        } else if text.is_last() {
            // A whole line may lack its end; what is cut off is as if it had not been written.
            let ended = match reader.line(rest) {
                Err(reason) if !is_cut_off(rest) => Err(Defect::ExtractLine { offset, reason }),
                line => {
                    reader.rows.is_cut_off = line.is_err();
                    Ok(())
                }
            };
            return (reader.rows, ended);
        } else if rest.len() as u64 > most {
            let reason = format!("it is larger than --max-record {most} bytes");
            return (reader.rows, Err(Defect::ExtractLine { offset, reason }));
        } else {
            if let Err(defect) = text.load(at) {
                return (reader.rows, Err(defect));
            }
            dropped += at as u64;
            at = 0;
        }
    }
}

/// The same of a window over a stream. Whoever is ended while it packs leaves a stream without an end.
pub(super) fn read_window<F: Feed>(
    window: &mut FeedWindow<'_, F>,
    most: u64,
    asked: RowQuestion<'_>,
    take: Option<&mut TakeRows>,
) -> (ExtractRows, Result<(), Defect>) {
    let (mut rows, ended) = read(&mut *window, most, asked, take);
    let ended = match (ended, window.outcome(Ok(()))) {
        (Ok(()), Err(defect)) if defect.is_cut_off() => {
            rows.is_cut_off = true;
            Ok(())
        }
        (Err(line), Err(defect)) if defect.is_cut_off() => Err(line),
        (ended, outcome) => outcome.and(ended),
    };
    (rows, ended)
}

/// Rows that come one by one, as lines, in another container.
#[cfg(feature = "parquet")]
pub(super) struct RowLines<'a> {
    reader: LineReader<'a>,
    take: Option<&'a mut TakeRows>,
}

#[cfg(feature = "parquet")]
impl<'a> RowLines<'a> {
    /// None yet.
    pub(super) fn new(asked: RowQuestion<'a>, take: Option<&'a mut TakeRows>) -> Self {
        Self { reader: LineReader::new(asked), take }
    }

    /// Takes the next one.
    pub(super) fn take(&mut self, line: &[u8]) -> Result<(), String> {
        self.reader.line(line)?;
        self.reader.give(&mut self.take);
        Ok(())
    }

    /// The last ones.
    pub(super) fn finish(self) -> ExtractRows {
        self.reader.rows
    }
}

struct LineReader<'a> {
    asked: RowQuestion<'a>,
    rows: ExtractRows,
    last: Option<Arc<Attempt>>,
    shared: SharedCalls,
    texts: Shared<str>,
}

/// So many texts of events are remembered at once.
const REMEMBERED: usize = 1 << 15;

impl<'a> LineReader<'a> {
    fn new(asked: RowQuestion<'a>) -> Self {
        let (rows, texts) = (ExtractRows::default(), Shared::new(REMEMBERED));
        Self { asked, rows, last: None, shared: SharedCalls::default(), texts }
    }

    /// Gives many rows to whoever takes them.
    fn give(&mut self, take: &mut Option<&mut TakeRows>) {
        self.rows.give(take);
    }

    fn line(&mut self, line: &[u8]) -> Result<(), String> {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii();
        if line.is_empty() {
            return Ok(());
        }
        let text = simdutf8::basic::from_utf8(line).map_err(|_| "it is not UTF-8".to_owned())?;
        match wire::kind(text)? {
            LineKind::Event => {
                let event = self.event(parse(text)?)?;
                self.rows.events.push(event);
            }
            LineKind::Call if self.asked.calls => {
                let call = self.call(parse(text)?)?;
                self.rows.calls.push(call);
            }
            // It may be cut off.
            LineKind::Call => drop(parse::<IgnoredAny>(text)?),
            LineKind::Tally => {
                let tally = ExtractedTally::of_line(parse::<TallyLine<'_>>(text)?, self.asked.calls)?;
                self.rows.tallies.push(tally);
            }
        }
        Ok(())
    }

    fn call(&mut self, line: CallLine<'_>) -> Result<ExtractedCall, String> {
        line.check()?;
        let attempt = self.attempt(&line.log_file, line.etag.as_deref(), &line.attempt);
        let offset = line.offset;
        let mut call = self.shared.call(line, &attempt.log_file)?;
        call.parameters.take_if(|_| !self.asked.parameters);
        Ok(ExtractedCall { attempt, offset, call })
    }

    fn event(&mut self, mut line: EventLine<'_>) -> Result<ExtractedEvent, String> {
        line.check()?;
        let attempt = self.attempt(&line.log_file, line.etag.as_deref(), &line.attempt);
        let offset = line.offset;
        let principal = line.assumed_role_id.take().filter(|_| self.asked.calls);
        let principal = principal.map(|principal| (*principal).into());
        let event = line.assumption(&attempt, self.asked.issuers, &mut self.texts)?.map(Box::new);
        Ok(ExtractedEvent { attempt, offset, event, principal })
    }

    /// That of the row before it, where it is the same.
    fn attempt(&mut self, log_file: &str, etag: Option<&str>, name: &str) -> Arc<Attempt> {
        let is_same =
            |last: &&Arc<Attempt>| *last.log_file == *log_file && *last.name == *name && last.etag.as_deref() == etag;
        let attempt = match self.last.as_ref().filter(is_same) {
            Some(last) => Arc::clone(last),
            None => Arc::new(Attempt { log_file: log_file.into(), etag: etag.map(Box::from), name: name.into() }),
        };
        self.last = Some(Arc::clone(&attempt));
        attempt
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::pack::text::WholeText;

    #[test]
    fn an_extract_is_told_by_its_first_line() {
        let check = |text: &str, expected: bool| assert_eq!(begins(text.as_bytes()), expected, "{text}");
        check("{\"row\":\"event\",\"schema_version\":1", true);
        check("\u{feff}\n{ \"row\" : \"tally\"", true);
        check("{\"row\":\"call\"", true);
        check("{\"row\":\"other\"", false);
        check("{\"attempt\":\"x\",\"row\":\"tally\",\"schema_version\":1}\n{", true);
        check("{\"attempt\":\"x\",\"schema_version\":2, \"row\": \"event\"}", true);
        check("{\"attempt\":\"x\",\"row\":\"other\",\"schema_version\":1}", false);
        check("{\"attempt\":{\"row\":\"event\",\"schema_version\":1}}", false);
        check("{\"rows\":\"event\"", false);
        check("{\"Records\":[{\"eventVersion\":\"1.11\"", false);
        check("[{\"row\":\"event\"", false);
        check("", false);
    }

    #[test]
    fn what_is_left_of_an_extract_may_be_less_than_a_row() {
        let check = |text: &str, expected: bool| assert_eq!(may_have_ended_early(text.as_bytes()), expected, "{text}");
        for end in 0..15 {
            check(&"{\"row\":\"tally\""[..end], true);
        }
        check("\n", true);
        check("{ \"row\" ", true);
        check("PAR", true);
        check("\u{1f}", true);
        check("{\"row\":\"tally\",", false);
        check("{\"Records\"", false);
        check("[", false);
    }

    fn asked(issuers: &Issuers) -> RowQuestion<'_> {
        RowQuestion { issuers, calls: true, parameters: true }
    }

    const TALLY: &str = r#"{"row":"tally","schema_version":1,"log_file":"a.json","source":"logs","bytes_read":9,"bytes_inflated":9,"records":1,"kept":1,"other":0,"malformed":0,"failed":null,"skipped":null,"malformed_at":[],"truncated":false,"issuers":{},"attempt":"x"}"#;

    #[test]
    fn lines_are_read_whole_or_named() {
        let check = |text: &str, expected: &str| {
            let (rows, ended) = read(WholeText(text.as_bytes()), 1 << 20, asked(&Issuers::default()), None);
            let said = ended.err().map_or(String::new(), |defect| format!(" {defect}"));
            assert_eq!(format!("{} {}{said}", rows.tallies.len(), rows.is_cut_off), expected, "{text}");
        };
        check(&format!("{TALLY}\n\n{TALLY}"), "2 false");
        for end in 1..TALLY.len() {
            check(&format!("{TALLY}\r\n{}", &TALLY[..end]), "1 true");
        }
        for other in ["{\"Records\":[]}", "{\"Records\":[", "{\"row\":\"tally\"}"] {
            let (rows, ended) =
                read(WholeText(format!("{TALLY}\n{other}").as_bytes()), 1 << 20, asked(&Issuers::default()), None);
            let is_named = matches!(&ended, Err(Defect::ExtractLine { .. }));
            assert!(!rows.is_cut_off && is_named, "{other} {ended:?}");
        }
        check(
            &format!("{TALLY}\n{}\n{TALLY}\n", &TALLY[..40]),
            &format!(
                "1 false extract: the row at byte {} of the inflated text cannot be read: EOF while parsing a string",
                TALLY.len() + 1
            ),
        );
        for (sound, not, said) in [
            ("\"records\":1", "\"records\":2", "its records are not the sum of kept, other and malformed"),
            ("\"records\":1", "\"records\":18446744073709551615", "it counts more than a log file can have"),
            ("\"bytes_read\":9", "\"bytes_read\":18446744073709551615", "it counts more than a log file can have"),
            (
                "\"issuers\":{}",
                "\"issuers\":{\"a\":1,\"b\":18446744073709551615}",
                "it has more web identities than records",
            ),
            ("\"skipped\":null", "\"skipped\":\"Digest\"", "its log file was skipped, and has 1 records"),
        ] {
            let text = TALLY.replace(sound, not);
            check(
                &format!("{text}\n"),
                &format!("0 false extract: the row at byte 0 of the inflated text cannot be read: {said}"),
            );
        }
        let newer = TALLY.replace("\"schema_version\":1", "\"schema_version\":2");
        let said = "it is of schema version 2, and this program reads version 1";
        check(
            &format!("{newer}\n"),
            &format!("0 false extract: the row at byte 0 of the inflated text cannot be read: {said}"),
        );
    }
}
