//! The lines of an extract, as JSON has them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::activity::{ExtractedActivity, MalformedPlace};
use super::line::{LineText, check_filled, parse};
use crate::domain::tally::{ByteTally, RecordTally, Skip};
use crate::domain::timestamp::Timestamp;

/// The version of the rows that are read.
const VERSION: u64 = 1;

/// What is told of an answer that has more, where its extract does not say how it is known.
const MORE: &str = "less than the whole answer, as its extract says";

/// The columns of a tally that always have a value: `row`, `schema_version`, and those that are no `Option`.
const ALWAYS: usize = 14;

/// The most that a counter of one log file may be, so that no sum of counters overflows: 1 TiB of bytes.
const MOST: u64 = 1 << 40;

/// What every line has.
#[derive(Deserialize)]
struct AnyLine<'a> {
    #[serde(borrow)]
    row: LineText<'a>,
    schema_version: u64,
}

/// A tally.
#[derive(Deserialize)]
pub(super) struct TallyLine<'a> {
    #[serde(borrow)]
    log_file: LineText<'a>,
    #[serde(borrow)]
    source: LineText<'a>,
    account_id: Option<IgnoredAny>,
    region: Option<IgnoredAny>,
    date: Option<IgnoredAny>,
    bytes_read: u64,
    bytes_inflated: u64,
    records: u64,
    kept: u64,
    other: u64,
    malformed: u64,
    failed: Option<String>,
    #[serde(borrow)]
    skipped: Option<LineText<'a>>,
    malformed_at: Vec<MalformedPlace>,
    truncated: bool,
    #[serde(borrow)]
    etag: Option<LineText<'a>>,
    size: Option<u64>,
    #[serde(borrow)]
    last_modified: Option<LineText<'a>>,
    issuers: BTreeMap<Box<str>, u64>,
    #[serde(borrow)]
    attempt: LineText<'a>,
    truncated_by: Option<Box<str>>,
    unread: Option<IgnoredAny>,
    #[serde(borrow)]
    activity: Option<&'a RawValue>,
    filled: Option<u64>,
}

impl TallyLine<'_> {
    /// Whether all columns have their values that had them when the row was written, and whether they go together.
    fn check(&self) -> Result<(), String> {
        let optional = [
            self.account_id.is_some(),
            self.region.is_some(),
            self.date.is_some(),
            self.failed.is_some(),
            self.skipped.is_some(),
            self.etag.is_some(),
            self.size.is_some(),
            self.last_modified.is_some(),
            self.truncated_by.is_some(),
            self.unread.is_some(),
            self.activity.as_ref().is_some_and(|member| member.get() != "null"),
        ];
        check_filled(self.filled, ALWAYS + optional.into_iter().filter(|has_value| *has_value).count())?;
        let counts = [self.bytes_read, self.bytes_inflated, self.records, self.kept, self.other, self.malformed];
        if counts.into_iter().chain(self.size).any(|count| count > MOST) {
            return Err("it counts more than a log file can have".to_owned());
        }
        let identities = self.issuers.values().try_fold(0_u64, |sum, count| sum.checked_add(*count));
        if identities.is_none_or(|identities| identities > self.records) {
            return Err("it has more web identities than records".to_owned());
        }
        if self.skipped.is_some() && self.records > 0 {
            return Err(format!("its log file was skipped, and has {} records", self.records));
        }
        Ok(())
    }
}

/// Whose reading of which state of a log file a row is of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Attempt {
    /// The log file.
    pub log_file: Arc<str>,
    /// Its state.
    pub etag: Option<Box<str>>,
    /// The run of the program that read it.
    pub name: Box<str>,
}

/// What an extract says of one log file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtractedTally {
    /// What was read, and whose reading it is.
    pub attempt: Attempt,
    /// The source of the log file, as its extract calls it.
    pub source: Box<str>,
    /// Bytes read and inflated.
    pub bytes: ByteTally,
    /// What became of its records.
    pub records: RecordTally,
    /// Why it failed, if it did.
    pub failed: Option<Box<str>>,
    /// Why it was not read, if it was not.
    pub skipped: Option<Skip>,
    /// Malformed records: where they start, and what is wrong.
    pub malformed: Vec<(u64, Box<str>)>,
    /// What of it says that it is one page of an answer that has more.
    pub truncated: Option<Box<str>>,
    /// How many bytes it has, where that was known before it was read.
    pub size: Option<u64>,
    /// When it was last written.
    pub last_modified: Option<Timestamp>,
    /// Web identities by issuer, kept or not.
    pub issuers: BTreeMap<Box<str>, u64>,
    /// What is known of its calls, where these were extracted and are asked for.
    pub activity: Option<Box<ExtractedActivity>>,
}

impl ExtractedTally {
    pub(super) fn of_line(line: TallyLine<'_>, with_calls: bool) -> Result<Self, String> {
        line.check()?;
        let skipped = line
            .skipped
            .as_deref()
            .map(|word| Skip::of_word(word).ok_or_else(|| format!("'{word}' is no reason to skip a log file")));
        let modified = line
            .last_modified
            .as_deref()
            .map(|text| Timestamp::parse_rfc3339(text).ok_or_else(|| format!("'{text}' is no time")));
        let records =
            RecordTally { total: line.records, kept: line.kept, other: line.other, malformed: line.malformed };
        if !records.balances() {
            return Err("its records are not the sum of kept, other and malformed".to_owned());
        }
        let activity = line.activity.filter(|member| with_calls && member.get() != "null");
        let activity = activity.map(|member| ExtractedActivity::of_member(member, line.other));
        Ok(Self {
            attempt: Attempt {
                log_file: Arc::from(&*line.log_file),
                etag: line.etag.map(|etag| (*etag).into()),
                name: (*line.attempt).into(),
            },
            source: (*line.source).into(),
            bytes: ByteTally { read: line.bytes_read, inflated: line.bytes_inflated },
            records,
            failed: line.failed.map(Into::into),
            skipped: skipped.transpose()?,
            malformed: line.malformed_at.into_iter().map(|it| (it.offset, it.reason)).collect(),
            truncated: line.truncated.then(|| line.truncated_by.unwrap_or_else(|| MORE.into())),
            size: line.size,
            last_modified: modified.transpose()?,
            issuers: line.issuers,
            activity: activity.transpose()?.map(Box::new),
        })
    }
}

/// What a line is.
pub(super) enum LineKind {
    Event,
    Call,
    Tally,
}

impl LineKind {
    fn of_word(word: &str) -> Option<Self> {
        match word {
            "event" => Some(Self::Event),
            "call" => Some(Self::Call),
            "tally" => Some(Self::Tally),
            _ => None,
        }
    }
}

/// What a line is. One of another version is nothing.
pub(super) fn kind(text: &str) -> Result<LineKind, String> {
    // What this program wrote is told without reading the line twice.
    if text.starts_with(r#"{"row":"event","schema_version":1,"#) {
        return Ok(LineKind::Event);
    }
    if text.starts_with(r#"{"row":"call","schema_version":1,"#) {
        return Ok(LineKind::Call);
    }
    if text.starts_with(r#"{"row":"tally","schema_version":1,"#) {
        return Ok(LineKind::Tally);
    }
    let AnyLine { row, schema_version } = parse(text)?;
    if schema_version != VERSION {
        return Err(format!("it is of schema version {schema_version}, and this program reads version {VERSION}"));
    }
    LineKind::of_word(&row).ok_or_else(|| format!("'{}' is no kind of row", &*row))
}

/// Whether a line is a row of any version.
pub(super) fn is_row(text: &str) -> bool {
    parse::<AnyLine<'_>>(text).is_ok_and(|line| LineKind::of_word(&line.row).is_some())
}
