//! What a tally says of the calls of a log file: how many rows it has of them, and whose calls it may hold besides.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::hashes;
use super::line::parse;
use crate::decode::record::principals::PrincipalNotes;
use crate::decode::record::resource_write::WrittenArns;
use crate::domain::digest::{Hash, unhex};
use crate::domain::issuer::Issuers;

/// What is known of the calls of a log file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtractedActivity {
    /// How many rows of calls there are.
    pub calls: u64,
    /// The issuers whose sessions were known as those of runs.
    pub issuers: Issuers,
    /// Whose calls the log file has besides.
    pub notes: PrincipalNotes,
    /// The ARNs that its writes name.
    pub written: WrittenArns,
    /// How many records are malformed to a reader of calls alone. In the tally they are among the others.
    pub malformed: u64,
    /// The first of them: where they start, and what is wrong.
    pub malformed_at: Vec<(u64, Box<str>)>,
    /// The hash of the bytes of the log file as they are stored, where that is known.
    pub sha256: Option<Hash>,
}

/// The issuer that stands for all.
pub const ALL_ISSUERS: &str = "*";

/// A record that cannot be read.
#[derive(Deserialize)]
pub(super) struct MalformedPlace {
    pub(super) offset: u64,
    pub(super) reason: Box<str>,
}

/// The member `activity` of a tally.
#[derive(Deserialize)]
struct ActivityMember {
    calls: u64,
    issuers: Vec<String>,
    unkept: Option<String>,
    handed_on: String,
    written: Option<String>,
    malformed: u64,
    malformed_at: Vec<MalformedPlace>,
    sha256: Option<String>,
}

impl ExtractedActivity {
    /// Reads the member of a tally that has so many other records.
    pub(super) fn of_member(member: &RawValue, other: u64) -> Result<Self, String> {
        let member: ActivityMember = parse(member.get()).map_err(|error| format!("activity: {error}"))?;
        let hashes_of = |text: Option<String>| {
            let hashes = text.map(|text| hashes::of_text(&text)).transpose();
            hashes.map(|hashes| hashes.map(Vec::into_boxed_slice))
        };
        let handed_on = hashes::of_text(&member.handed_on)?;
        let (pairs, rest) = handed_on.as_chunks::<2>();
        if !rest.is_empty() {
            return Err("activity: handed_on ends inside a pair".to_owned());
        }
        if member.malformed > other {
            return Err("activity: more records are malformed than there are".to_owned());
        }
        if member.malformed_at.len() as u64 > member.malformed {
            return Err("activity: more malformed records are named than counted".to_owned());
        }
        let hash = |text: &str| unhex(text).and_then(|bytes| bytes.try_into().ok());
        let sha256 = member.sha256.as_deref();
        let sha256 = sha256.map(|text| hash(text).ok_or_else(|| "activity: its sha256 is none".to_owned()));
        let all = member.issuers.iter().any(|issuer| issuer == ALL_ISSUERS);
        Ok(Self {
            calls: member.calls,
            issuers: Issuers::new(member.issuers.iter().filter(|issuer| *issuer != ALL_ISSUERS), all),
            notes: PrincipalNotes {
                unkept: hashes_of(member.unkept)?,
                handed_on: pairs.iter().map(|[from, to]| (*from, *to)).collect(),
            },
            written: hashes_of(member.written)?,
            malformed: member.malformed,
            malformed_at: member.malformed_at.into_iter().map(|it| (it.offset, it.reason)).collect(),
            sha256: sha256.transpose()?,
        })
    }
}
