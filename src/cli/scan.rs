//! The flags of a scan, checked and combined, before any work.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use super::args::{FilterArgs, LimitArgs, ScanArgs};
use super::error::Error;
use super::source::sources;
use crate::audit::filter::Filter;
use crate::decode;
use crate::domain::issuer::Issuers;
use crate::domain::timestamp::Timestamp;
use crate::source::Spec;

/// What to scan, and what to keep of it.
#[derive(Debug)]
pub struct Scan {
    /// The sources, in the order given; each can be read, or could a moment ago.
    pub sources: Vec<Spec>,
    /// The issuers.
    pub issuers: Issuers,
    /// The window and the filters.
    pub filter: Filter,
    /// What is too much.
    pub limits: Limits,
}

/// What is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Threads that read logs.
    pub threads: NonZeroUsize,
    /// How many days a log file may be late.
    pub late_days: u32,
    /// The largest record in bytes.
    pub max_record_bytes: u64,
    /// The largest file in bytes, inflated.
    pub max_file_bytes: u64,
    /// Keep the complete records in front of a defect.
    pub salvage: bool,
    /// Gaps alone make the coverage incomplete.
    pub strict: bool,
}

impl Scan {
    /// Checks the flags; commands that show no events have no `filter`.
    pub fn new(
        scan: &ScanArgs,
        filter: Option<&FilterArgs>,
        limits: &LimitArgs,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let window = scan.time.window(now)?;
        Ok(Self {
            sources: sources(&scan.sources)?,
            issuers: scan.issuers.issuers(),
            filter: filter.map_or_else(|| Filter { window, ..Filter::default() }, |filter| filter.filter(window)),
            limits: Limits::new(limits),
        })
    }
}

impl Limits {
    /// Those of a single file.
    #[must_use]
    pub fn of_file(&self) -> decode::Limits {
        decode::Limits { max_record: self.max_record_bytes, max_file: self.max_file_bytes, salvage: self.salvage }
    }

    fn new(args: &LimitArgs) -> Self {
        let cores = || available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self {
            threads: args.threads.unwrap_or_else(cores),
            late_days: args.late_days,
            max_record_bytes: args.record.max_record.bytes(),
            max_file_bytes: args.max_file.bytes(),
            salvage: args.salvage,
            strict: args.strict,
        }
    }
}
