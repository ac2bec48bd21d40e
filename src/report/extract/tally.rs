//! What an extract says of one log file.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;

use super::activity::{ActivityMember, MalformedPlace};
use super::file::{ExtractedFate, ExtractedFile};
use crate::decode::defect::Defect;
use crate::decode::{Decoded, FileEnd};
use crate::domain::issuer::Issuers;
use crate::domain::log_kind::LogKind;
use crate::domain::tally::Skip;
use crate::report::row::SCHEMA_VERSION;

/// The order of the fields is part of the contract (DESIGN §12).
#[derive(Serialize)]
struct TallyRow<'a> {
    row: &'static str,
    schema_version: u64,
    log_file: &'a str,
    source: &'a str,
    account_id: Option<&'a str>,
    region: Option<&'a str>,
    date: Option<String>,
    bytes_read: u64,
    bytes_inflated: u64,
    records: u64,
    kept: u64,
    other: u64,
    malformed: u64,
    failed: Option<String>,
    skipped: Option<&'static str>,
    malformed_at: Vec<MalformedPlace>,
    truncated: bool,
    etag: Option<&'a str>,
    size: Option<u64>,
    last_modified: Option<String>,
    issuers: BTreeMap<&'a str, u64>,
    attempt: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    truncated_by: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unread: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    activity: Option<ActivityMember>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filled: Option<usize>,
}

impl<'a> TallyRow<'a> {
    /// Tells what was found in a log file that has so many bytes as stored.
    fn tell(&mut self, decoded: &'a Decoded, size: Option<u64>, activity: Option<&Issuers>) {
        (self.bytes_read, self.bytes_inflated) = (decoded.bytes.read, decoded.bytes.inflated);
        // An answer that was cut off on its way may have told less, until it was asked for again.
        self.size = size.map(|size| size.max(decoded.bytes.read));
        let records = decoded.records;
        (self.records, self.kept, self.other, self.malformed) =
            (records.total, records.kept, records.other, records.malformed);
        match &decoded.ended {
            // No extract is asked for what was verified alone.
            FileEnd::Read | FileEnd::Unlisted => {}
            FileEnd::Failed(defect) => {
                (self.failed, self.unread) = (Some(defect.to_string()), matches!(defect, Defect::Io { .. }));
            }
            FileEnd::Digest => self.skipped = Some(Skip::Kind(LogKind::Digest).as_str()),
            FileEnd::Skipped(skip) => self.skipped = Some(skip.as_str()),
        }
        self.malformed_at = decoded.malformed.iter().map(MalformedPlace::of).collect();
        let activity = activity.filter(|_| self.skipped.is_none());
        self.activity = activity.map(|issuers| ActivityMember::of(decoded, issuers));
        self.truncated = decoded.has_more.is_some();
        self.truncated_by = decoded.has_more.as_deref();
        self.issuers = decoded.issuers.iter().map(|(issuer, count)| (&**issuer, *count)).collect();
    }

    /// Counts the columns that have a value, of which fourteen always have one, where the log file failed or was skipped: without that,
    /// the row would be the one of a log file that was read.
    fn count(&mut self) {
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
            self.unread,
            self.activity.is_some(),
        ];
        let is_read = self.failed.is_none() && self.skipped.is_none();
        self.filled = (!is_read).then(|| 14 + optional.into_iter().filter(|has_value| *has_value).count());
    }
}

/// Adds the line. `activity` has the issuers of runs whose calls were extracted, if any were.
pub(super) fn put(
    file: &ExtractedFile<'_>,
    attempt: &str,
    activity: Option<&Issuers>,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    let mut row = TallyRow {
        row: "tally",
        schema_version: SCHEMA_VERSION,
        log_file: file.log_file,
        source: file.source,
        account_id: file.key.account.as_deref(),
        region: file.key.region.as_deref(),
        date: file.key.date.map(|date| date.to_string()),
        bytes_read: 0,
        bytes_inflated: 0,
        records: 0,
        kept: 0,
        other: 0,
        malformed: 0,
        failed: None,
        skipped: None,
        malformed_at: Vec::new(),
        truncated: false,
        etag: file.etag,
        size: file.size,
        last_modified: file.last_modified.map(|time| time.to_string()),
        issuers: BTreeMap::new(),
        attempt,
        truncated_by: None,
        unread: false,
        activity: None,
        filled: None,
    };
    match file.fate {
        ExtractedFate::Failed(reason) => (row.failed, row.unread) = (Some(reason.to_owned()), true),
        ExtractedFate::Skipped(skip) => row.skipped = Some(skip.as_str()),
        ExtractedFate::Decoded(decoded) => row.tell(decoded, file.size, activity),
    }
    row.count();
    serde_json::to_writer(&mut *out, &row)?;
    out.push(b'\n');
    Ok(())
}
