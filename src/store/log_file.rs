//! What is remembered of a log file, beside its rows.

use crate::decode::{Decoded, FileEnd};
use crate::domain::log_kind::LogKind;
use crate::domain::tally::{ByteTally, RecordTally, Skip};
use crate::source::Unlisted;

/// How the line begins about an answer that has more. The words behind it are those of the coverage.
pub(super) const HOLDS: &str = "holds ";

/// A row of `log_files`, apart from where it belongs.
pub(super) struct LogFile<'a> {
    pub(super) outcome: &'a str,
    pub(super) reason: Option<String>,
    pub(super) forbidden: bool,
    pub(super) in_days: bool,
    pub(super) label: &'a str,
    pub(super) bytes: ByteTally,
    pub(super) records: RecordTally,
    pub(super) notes: Option<String>,
}

impl<'a> LogFile<'a> {
    pub(super) fn new(outcome: &'a str, label: &'a str) -> Self {
        Self {
            outcome,
            reason: None,
            forbidden: false,
            in_days: false,
            label,
            bytes: ByteTally::default(),
            records: RecordTally::default(),
            notes: None,
        }
    }

    /// One that failed before anything of it was there.
    pub(super) fn failed(unlisted: &'a Unlisted, in_days: bool) -> Self {
        let (reason, forbidden) = (Some(unlisted.reason.clone()), unlisted.forbidden);
        Self { reason, forbidden, in_days, ..Self::new(FAILED, &unlisted.file) }
    }

    pub(super) fn decoded(decoded: &'a Decoded) -> Self {
        let file = |outcome| Self { bytes: decoded.bytes, in_days: true, ..Self::new(outcome, &decoded.log_file) };
        match &decoded.ended {
            FileEnd::Digest => Self { in_days: false, ..file(LogKind::Digest.as_str()) },
            FileEnd::Skipped(skip) => Self { in_days: false, ..file(outcome(*skip)) },
            FileEnd::Unlisted => Self { in_days: false, ..file(UNVERIFIED) },
            FileEnd::Failed(_) => {
                Self { reason: decoded.failure(), records: decoded.records, notes: notes(decoded), ..file(FAILED) }
            }
            FileEnd::Read => Self { records: decoded.records, notes: notes(decoded), ..file(READ) },
        }
    }
}

/// Outcomes of log files; what is skipped has the name of its kind.
pub(super) const READ: &str = "read";
pub(super) const FAILED: &str = "failed";
pub(super) const SPECIAL: &str = "special";
pub(super) const SERVICE: &str = "service";
pub(super) const UNVERIFIED: &str = "unverified";

/// What is skipped has the name of its kind, or says why.
pub(super) fn outcome(skip: Skip) -> &'static str {
    match skip {
        Skip::Kind(kind) => kind.as_str(),
        Skip::Service => SERVICE,
        Skip::Unverified => UNVERIFIED,
        Skip::Special | Skip::Window => SPECIAL,
    }
}

/// What makes the coverage incomplete, a line each.
fn notes(decoded: &Decoded) -> Option<String> {
    let malformed = decoded.malformed.iter().map(|malformed| malformed.to_string().replace('\n', " "));
    let more = decoded.has_more.iter().map(|words| format!("{HOLDS}{words}"));
    let lines: Vec<String> = malformed.chain(more).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}
