//! What is wrong with a log file or a record, with the place.

use std::fmt;
use std::io;

use crate::domain::verdict::Verdict;
use crate::platform;

/// What is wrong with a stream that has no end.
pub(super) const CUT_OFF: &str = "is cut off";

/// A defect that ends the reading of a file. Shown in lower case, with the byte offset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    /// The file has no bytes.
    #[error("empty: no bytes")]
    Empty,
    /// The text has no JSON value.
    #[error("empty: no JSON value in its {0} bytes of text")]
    NoValue(u64),
    /// The bytes cannot be had.
    #[error("cannot be read at byte {offset} of the file: {reason}")]
    Io {
        /// Offset in the file.
        offset: u64,
        /// What the operating system says.
        reason: String,
    },
    /// The gzip stream ends early.
    #[error("gzip stream is cut off at byte {0} of the file")]
    GzipCutOff(u64),
    /// The gzip stream does not inflate, or its checksum differs.
    #[error("gzip stream is damaged at byte {offset} of the file: {reason}")]
    GzipDamaged {
        /// Offset in the file.
        offset: u64,
        /// What the decompressor says.
        reason: String,
    },
    /// Another stream, or one inside of something, cannot be unpacked.
    #[error("{packing} stream {reason} at byte {offset} of {place}")]
    Packed {
        /// What it is.
        packing: &'static str,
        /// What is wrong with it.
        reason: String,
        /// How much of it was taken.
        offset: u64,
        /// Where it is.
        place: PackedPlace,
    },
    /// An archive cannot be read.
    #[error("{archive} archive {reason} at byte {offset} of the file as it is unpacked")]
    Archive {
        /// What it is.
        archive: &'static str,
        /// What is wrong with it.
        reason: &'static str,
        /// Where.
        offset: u64,
    },
    /// A file of columns cannot be read.
    #[error("Parquet cannot be read: {reason}")]
    Columns {
        /// What is wrong with it.
        reason: String,
    },
    /// A file of columns lacks its end.
    #[error("Parquet cannot be read: it is cut off, or something follows it")]
    ColumnsCutOff,
    /// Something follows the last gzip member.
    #[error("bytes follow the gzip stream at byte {0} of the file")]
    BytesAfterGzip(u64),
    /// The inflated text is larger than allowed.
    #[error("text is larger than --max-file {limit} bytes at byte {limit} of the inflated text")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// The text ends inside a value.
    #[error("text ends inside {what} that starts at byte {start}, at byte {offset} of the inflated text")]
    TextCutOff {
        /// What it ends inside of.
        what: &'static str,
        /// Where that started in the text.
        start: u64,
        /// Where the text ends.
        offset: u64,
    },
    /// The text around the records is no JSON.
    #[error("not JSON at {}: expected {expected}", at(*offset))]
    NotJson {
        /// Offset in the text.
        offset: u64,
        /// What should stand there.
        expected: &'static str,
    },
    /// Containers in containers, deeper than anybody writes them.
    #[error("lists of records nest deeper than {limit} at byte {offset} of the inflated text", limit = super::structure::MAX_DEPTH)]
    TooDeep {
        /// Offset in the text.
        offset: u64,
    },
    /// The text is JSON, but holds no CloudTrail record.
    #[error(
        "not CloudTrail: the JSON object at {} is no event and no known envelope of events", at(*.0)
    )]
    NotCloudTrail(u64),
    /// An archive has folders at most.
    #[error("an archive without a file in it")]
    NoMember,
    /// No member of an archive is a log file.
    #[error(
        "an archive without a log file: its member {name} was passed over, since by its name and by how it begins it is none"
    )]
    MembersPassedOver {
        /// The name of the first of them.
        name: String,
    },
    /// The text only tells where events are.
    #[error(
        "not CloudTrail: what stands at {} names an object, holds no event: read the object that it names", at(*.0)
    )]
    NamesObject(u64),
    /// It is not, or cannot be told to be, as CloudTrail wrote it, and only such log files were asked for.
    #[error("not verified: {verdict}{}", beneath.as_ref().map(|defect| format!(": {defect}")).unwrap_or_default())]
    NotVerified {
        /// What is known of it.
        verdict: Verdict,
        /// What is wrong with it besides.
        beneath: Option<Box<Defect>>,
    },
    /// A row of an extract that is none.
    #[error("extract: the row at byte {offset} of the inflated text cannot be read: {reason}")]
    ExtractLine {
        /// Offset in the text.
        offset: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// An extract in an archive cannot be read.
    #[error("extract: the member {name} of the archive cannot be read: {reason}")]
    ExtractMember {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Extracts and log files in one archive. Who reads the log files once would lose sight of the extracts.
    #[error(
        "an archive with log files and with extracts, whose member {name} is one: unpack it, and read each by itself"
    )]
    ExtractsBesideLogs {
        /// The name of the first extract.
        name: String,
    },
    /// What an extract says of its log file, in the words of whoever read that.
    #[error("{0}")]
    Told(Box<str>),
    /// A table lacks what is asked for.
    #[error("a table of {table} does not tell what is asked for: {lack}")]
    TableLacks {
        /// The kind of the table.
        table: &'static str,
        /// What it lacks, as a sentence.
        lack: String,
    },
    /// The text is no JSON, and it is known what it is.
    #[error("not CloudTrail's JSON but {foreign} at {}", at(*offset))]
    Foreign {
        /// Offset in the text.
        offset: u64,
        /// What it is, and what to do.
        foreign: super::container::foreign::Foreign,
    },
}

/// An offset in the text. The first byte is the first one of any text, inflated or not.
fn at(offset: u64) -> String {
    if offset == 0 { "byte 0".to_owned() } else { format!("byte {offset} of the inflated text") }
}

/// Where a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackedPlace {
    /// It is the file.
    File,
    /// It is what was packed.
    Text,
    /// It is a member of an archive.
    Member,
}

impl PackedPlace {
    /// The most that a stream may keep to copy from, in bytes. Two of them are within what a worker may take.
    #[must_use]
    pub fn window(self) -> u64 {
        match self {
            Self::File => 64 << 20,
            Self::Text | Self::Member => 32 << 20,
        }
    }
}

impl fmt::Display for PackedPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "the file",
            Self::Text => "the unpacked text",
            Self::Member => "the member",
        })
    }
}

/// A record that could not be read, without taking its file along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// Where it starts in the inflated text.
    pub offset: u64,
    /// What is wrong.
    pub reason: MalformedReason,
}

/// That some records of a file cannot be read, for the end of a sentence; nothing where there are none.
#[must_use]
pub fn unreadable(records: &[Malformed]) -> Option<String> {
    let Malformed { offset, reason } = records.first()?;
    let count = records.len();
    Some(format!("{count} of its records cannot be read, the first at byte {offset}: {reason}"))
}

/// Why a record counts as malformed (DESIGN §4).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MalformedReason {
    /// What an extract says of a record, in the words of whoever read it.
    #[error("{0}")]
    Told(Box<str>),
    /// It is `null` or another word.
    #[error("it is no object")]
    NoObject,
    /// It is no event and no carrier of events that can be opened, though events may be in it.
    #[error("no event: it is no event and no known carrier of events, and may hold some")]
    NoEvent,
    /// It is a row of an extract, where none is read.
    #[error("it is a row of an extract in a file that is none")]
    ExtractRow,
    /// It is an item of `lookup-events`, or the like, without the event that belongs there.
    #[error("no event: the event that belongs there is missing or is no JSON object")]
    EventMissing,
    /// It is a notification about an object that may hold events.
    #[error("names an object, holds no event")]
    NamesObject,
    /// It is an event and a list of events at once.
    #[error("it is an event behind a list of events in one object")]
    ListInEvent,
    /// Carriers in carriers, deeper than anybody writes them.
    #[error("carriers of events nest deeper than {}", super::container::keys::MAX_CARRIERS)]
    TooManyCarriers,
    /// What a carrier holds is too large, or does not inflate.
    #[error("what it carries {0}")]
    BadContent(String),
    /// A row of a table cannot be read.
    #[error("a row of a table of {table} cannot be read: {reason}")]
    Row {
        /// The kind of the table.
        table: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A member of an archive cannot be read.
    #[error("the member {name} of the archive cannot be read: {reason}")]
    Member {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Its brackets balance, but it is not JSON.
    #[error("it is not JSON ({0})")]
    NotJson(String),
    /// Its brackets balance, but it is not JSON, and only who asks for calls is told: it may be one of those, and no assumption.
    #[error("it may be a call, and is not JSON ({0})")]
    BrokenCall(String),
    /// It is not UTF-8.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// It is one of our events, but its time cannot be read.
    #[error("its eventTime is missing or no time")]
    NoTime,
    /// It has a list of names with that of our events, as searches give fields of events.
    #[error("its eventName is a list with AssumeRoleWithWebIdentity: export whole events, not some of their fields")]
    ListedName,
    /// It has the name of our events and nothing that tells whose it is, or Terraform's subject and nothing that tells whose token that
    /// is, as an export of chosen fields has. A denial that tells nobody is no such event: it let nobody in.
    #[error(
        "it is named AssumeRoleWithWebIdentity and names no identity provider: export whole events, not some of their fields"
    )]
    NoIdentity,
    /// It nests too deep.
    #[error("it nests deeper than {}", super::structure::MAX_DEPTH)]
    TooDeep,
    /// It has too many members.
    #[error("it has more than {0} members that may tell something")]
    TooManyMembers(usize),
    /// It is too large.
    #[error("it is larger than --max-record {0} bytes")]
    TooLarge(u64),
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed record at byte {} of the inflated text: {}", self.offset, self.reason)
    }
}

impl Defect {
    /// What the reader of columns says.
    #[cfg(feature = "parquet")]
    pub(super) fn columns(error: impl fmt::Display) -> Self {
        Self::Columns { reason: error.to_string() }
    }

    /// Whether there is nothing to read.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Empty | Self::NoValue(_))
    }

    /// Whether what is wrong with a member of an archive is wrong with all of it.
    pub(super) fn ends_archive(&self) -> bool {
        matches!(self, Self::TooLarge { .. } | Self::Io { .. } | Self::Archive { .. } | Self::ExtractMember { .. })
    }

    /// Whether what it was packed in has no end, as whoever is ended while writing leaves it.
    pub(super) fn is_cut_off(&self) -> bool {
        match self {
            Self::GzipCutOff(_) | Self::ColumnsCutOff => true,
            Self::Packed { reason, .. } => reason == CUT_OFF,
            _ => false,
        }
    }

    /// A failed read of the operating system at `offset` of the file.
    #[must_use]
    pub fn io(offset: u64, error: &io::Error) -> Self {
        Self::Io { offset, reason: io_reason(error) }
    }
}

/// The words of the operating system in lower case, without the number.
#[must_use]
pub fn io_reason(error: &io::Error) -> String {
    let text = platform::said(error);
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_lowercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}
