//! Rows of extracts, which this program wrote of log files (DESIGN §12): events that were kept, and tallies of log files.
//!
//! An extract is a container of a kind of its own: it holds what was decoded already. Its lines come in any order, a line at its
//! end may be cut off by the death of who wrote it, and none of it counts before all of them are put together.

mod wire;

use std::borrow::Cow;
use std::sync::Arc;

use self::wire::{EventLine, LaterColumn, TallyLine};
use super::defect::Defect;
use super::pack::text::Text;
use crate::domain::assumption::{Assumption, Correction, Outcome};
use crate::domain::digest::unhex;
use crate::domain::issuer::{IssuerRole, Issuers};
use crate::domain::role::run_id_of_session;
use crate::domain::subject::{Subject, SubjectKind};
use crate::domain::timestamp::Timestamp;

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
}

/// What an extract holds.
#[derive(Debug, Default)]
pub struct ExtractRows {
    /// Events, in the order of their lines.
    pub events: Vec<ExtractedEvent>,
    /// Tallies of log files.
    pub tallies: Vec<ExtractedTally>,
    /// Whether it ends inside a line, or inside its gzip stream: who wrote it was ended.
    pub is_cut_off: bool,
}

/// Takes rows of an extract of which there are many, before all of them are read.
pub type TakeRows = Box<dyn FnMut(ExtractRows) + Send>;

/// So many rows are given to whoever takes them at once.
const TOGETHER: usize = 1 << 10;

/// Whether a text begins as an extract.
#[must_use]
pub fn begins(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii_start();
    let mut rest = text;
    let mut after = |token: &[u8]| {
        rest = rest.trim_ascii_start();
        let found = rest.strip_prefix(token);
        rest = found.unwrap_or_default();
        found.is_some()
    };
    after(b"{") && after(b"\"row\"") && after(b":") && {
        rest = rest.trim_ascii_start();
        rest.starts_with(b"\"event\"") || rest.starts_with(b"\"tally\"")
    }
}

/// Whether a text begins as an extract, or is so short that it may be the beginning of one.
#[must_use]
pub fn could_begin(text: &[u8]) -> bool {
    let starts = [&b"{\"row\":\"event\""[..], b"{\"row\":\"tally\""];
    begins(text) || starts.iter().any(|start| start.starts_with(text))
}

/// Whether a text is the beginning of a row, and not all of it.
fn is_cut_off(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let beginning: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(16).collect();
    let ended = serde_json::from_slice::<serde::de::IgnoredAny>(text);
    could_begin(&beginning) && ended.is_err_and(|error| error.is_eof())
}

/// Reads all lines, none of which may be larger than `most` bytes. Gives what was read in front of a defect, too, and of many
/// rows the last ones: `take` takes the others.
pub(super) fn read<T: Text>(
    mut text: T,
    most: u64,
    issuers: &Issuers,
    mut take: Option<&mut TakeRows>,
) -> (ExtractRows, Result<(), Defect>) {
    let mut reader = LineReader { issuers, rows: ExtractRows::default(), last: None };
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
                // Whoever is ended while it compresses leaves a stream without an end.
                let is_cut_off = matches!(defect, Defect::GzipCutOff(_));
                reader.rows.is_cut_off = is_cut_off;
                return (reader.rows, if is_cut_off { Ok(()) } else { Err(defect) });
            }
            dropped += at as u64;
            at = 0;
        }
    }
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
    pub(super) fn new(issuers: &'a Issuers, take: Option<&'a mut TakeRows>) -> Self {
        Self { reader: LineReader { issuers, rows: ExtractRows::default(), last: None }, take }
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
    issuers: &'a Issuers,
    rows: ExtractRows,
    last: Option<Arc<Attempt>>,
}

impl LineReader<'_> {
    /// Gives many rows to whoever takes them.
    fn give(&mut self, take: &mut Option<&mut TakeRows>) {
        if let Some(take) = take
            && self.rows.events.len() + self.rows.tallies.len() >= TOGETHER
        {
            take(std::mem::take(&mut self.rows));
        }
    }

    fn line(&mut self, line: &[u8]) -> Result<(), String> {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii();
        if line.is_empty() {
            return Ok(());
        }
        let text = simdutf8::basic::from_utf8(line).map_err(|_| "it is not UTF-8".to_owned())?;
        if wire::is_event(text)? {
            let line: EventLine<'_> = wire::parse(text)?;
            let event = self.event(line)?;
            self.rows.events.push(event);
        } else {
            self.rows.tallies.push(ExtractedTally::of_line(wire::parse::<TallyLine<'_>>(text)?)?);
        }
        Ok(())
    }

    fn event(&mut self, line: EventLine<'_>) -> Result<ExtractedEvent, String> {
        let etag = line.etag.as_deref();
        let is_same = |last: &&Arc<Attempt>| {
            *last.log_file == *line.log_file && *last.name == *line.attempt && last.etag.as_deref() == etag
        };
        let attempt = match self.last.as_ref().filter(is_same) {
            Some(last) => Arc::clone(last),
            None => Arc::new(Attempt {
                log_file: Arc::from(&*line.log_file),
                etag: etag.map(Box::from),
                name: Box::from(&*line.attempt),
            }),
        };
        self.last = Some(Arc::clone(&attempt));
        let offset = line.offset;
        Ok(ExtractedEvent { event: assumption(line, &attempt, self.issuers)?.map(Box::new), attempt, offset })
    }
}

/// What a reader of the log file makes of the event for these issuers; nothing where it is of none of them.
fn assumption(line: EventLine<'_>, attempt: &Attempt, issuers: &Issuers) -> Result<Option<Assumption>, String> {
    let time = |text: &str| Timestamp::parse_rfc3339(text).ok_or_else(|| format!("'{text}' is no time"));
    let subject = line.subject.as_deref().unwrap_or_default();
    let role = issuers.role(line.issuer.as_deref().unwrap_or_default());
    let is_nameless = role == IssuerRole::Foreign && line.issuer.is_none();
    let corrects = line.original_event_id.is_some();
    if role == IssuerRole::Foreign && !issuers.keeps_subject(subject) && !(is_nameless && corrects) {
        return Ok(None);
    }
    let subject = match role {
        IssuerRole::Terraform => Subject::parse(subject),
        _ => Subject::Other(subject.into()),
    };
    let run_id = match subject.kind() {
        SubjectKind::Other => None,
        _ => line.role_session_name.as_deref().and_then(run_id_of_session).map(Into::into),
    };
    let content = unhex(&line.record_sha256).and_then(|bytes| bytes.try_into().ok());
    let outcome = match &*line.outcome {
        "granted" => Outcome::Granted { access_key_id: line.access_key_id.map(boxed) },
        "denied" => Outcome::Denied { code: line.error_code.map(shared).unwrap_or_default() },
        other => return Err(format!("'{other}' is no outcome")),
    };
    // Rows without the column have the end of the session, which is as good unless the event is corrected.
    let expiration = match line.expiration {
        LaterColumn::There(expiration) => expiration,
        LaterColumn::Absent => line.session_end,
    };
    Ok(Some(Assumption {
        time: time(&line.time)?,
        event_id: line.event_id.map(boxed),
        account_id: line.account_id.map(shared),
        region: line.region.map(shared),
        source_address: line.source_ip.map(|text| shared(text).into()),
        subject,
        issuer: line.issuer.map(shared),
        audience: line.audience.map(shared),
        role_arn: line.role_arn.map(shared),
        role_session_name: line.role_session_name.map(boxed),
        run_id,
        duration_seconds: line.duration_seconds,
        expiration: expiration.as_deref().map(time).transpose()?,
        verification_method: line.verification_method.map(shared),
        outcome,
        user_agent: line.user_agent.map(shared),
        log_file: Arc::clone(&attempt.log_file),
        content: content.ok_or_else(|| "its record_sha256 is none".to_owned())?,
        correction: line.original_event_id.map(|original| {
            let updated = line.updated_fields.map(boxed).unwrap_or_default();
            Box::new(Correction { original: boxed(original), updated, is_bare: is_nameless })
        }),
    }))
}

fn shared(text: Cow<'_, str>) -> Arc<str> {
    text.into()
}

fn boxed(text: Cow<'_, str>) -> Box<str> {
    text.into_owned().into()
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
        check("{\"row\":\"other\"", false);
        check("{\"rows\":\"event\"", false);
        check("{\"Records\":[{\"eventVersion\":\"1.11\"", false);
        check("[{\"row\":\"event\"", false);
        check("", false);
    }

    const TALLY: &str = r#"{"row":"tally","schema_version":1,"log_file":"a.json","attempt":"x","kept":1,"records":1}"#;

    #[test]
    fn lines_are_read_whole_or_named() {
        let check = |text: &str, expected: &str| {
            let (rows, ended) = read(WholeText(text.as_bytes()), 1 << 20, &Issuers::default(), None);
            let said = ended.err().map_or(String::new(), |defect| format!(" {defect}"));
            assert_eq!(format!("{} {}{said}", rows.tallies.len(), rows.is_cut_off), expected, "{text}");
        };
        check(&format!("{TALLY}\n\n{TALLY}"), "2 false");
        for end in 1..TALLY.len() {
            check(&format!("{TALLY}\r\n{}", &TALLY[..end]), "1 true");
        }
        for other in ["{\"Records\":[]}", "{\"Records\":[", "{\"row\":\"tally\"}"] {
            let (rows, ended) =
                read(WholeText(format!("{TALLY}\n{other}").as_bytes()), 1 << 20, &Issuers::default(), None);
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
        let newer = TALLY.replace("\"schema_version\":1", "\"schema_version\":2");
        let said = "it is of schema version 2, and this program reads version 1";
        check(
            &format!("{newer}\n"),
            &format!("0 false extract: the row at byte 0 of the inflated text cannot be read: {said}"),
        );
    }
}
