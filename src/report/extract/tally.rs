//! What an extract says of one log file.

use std::collections::BTreeMap;
use std::io;

use serde::Serialize;

use super::file::{ExtractedFate, ExtractedFile};
use crate::decode::FileEnd;
use crate::decode::defect::Defect;
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
}

#[derive(Serialize)]
struct MalformedPlace {
    offset: u64,
    reason: String,
}

/// Adds the line.
pub(super) fn put(file: &ExtractedFile<'_>, attempt: &str, out: &mut Vec<u8>) -> io::Result<()> {
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
    };
    match file.fate {
        ExtractedFate::Failed(reason) => (row.failed, row.unread) = (Some(reason.to_owned()), true),
        ExtractedFate::Skipped(skip) => row.skipped = Some(skip.as_str()),
        ExtractedFate::Decoded(decoded) => {
            (row.bytes_read, row.bytes_inflated) = (decoded.bytes.read, decoded.bytes.inflated);
            // An answer that was cut off on its way may have told less, until it was asked for again.
            row.size = file.size.map(|size| size.max(decoded.bytes.read));
            let records = decoded.records;
            (row.records, row.kept, row.other, row.malformed) =
                (records.total, records.kept, records.other, records.malformed);
            match &decoded.ended {
                // No extract is asked for what was verified alone.
                FileEnd::Read | FileEnd::Unlisted => {}
                FileEnd::Failed(defect) => {
                    (row.failed, row.unread) = (Some(defect.to_string()), matches!(defect, Defect::Io { .. }));
                }
                FileEnd::Digest => row.skipped = Some(Skip::Kind(LogKind::Digest).as_str()),
                FileEnd::Skipped(skip) => row.skipped = Some(skip.as_str()),
            }
            let places = decoded.malformed.iter();
            row.malformed_at =
                places.map(|it| MalformedPlace { offset: it.offset, reason: it.reason.to_string() }).collect();
            row.truncated = decoded.has_more.is_some();
            row.truncated_by = decoded.has_more.as_deref();
            row.issuers = decoded.issuers.iter().map(|(issuer, count)| (&**issuer, *count)).collect();
        }
    }
    serde_json::to_writer(&mut *out, &row)?;
    out.push(b'\n');
    Ok(())
}
