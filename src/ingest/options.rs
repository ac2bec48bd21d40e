//! How log files are read, whoever takes what is in them.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use super::archive::Archive;
use super::known_listings::KnownListings;
use super::work_list::WorkList;
use crate::audit::coverage::{Coverage, EarlyTally};
use crate::decode::{DecodeLimits, Decoder};
use crate::domain::archive_judge::ArchiveJudge;
use crate::domain::issuer::Issuers;
use crate::domain::log_key::LogKey;
use crate::domain::tally::Skip;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;

/// Which calls are asked for besides the assumptions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WantedCalls {
    /// None.
    #[default]
    None,
    /// Those that Terraform made with long-lived credentials.
    LongLived,
    /// Those that were made with the credentials of runs.
    Session {
        /// And with their `requestParameters`.
        parameters: bool,
    },
    /// The same without parameters and the words of AWS, most of them in
    /// [groups](crate::audit::activity::grouped_calls::GroupedCalls).
    Grouped,
    /// The same with their `requestParameters`, and in a reading of its own what anybody wrote to the resources that they wrote.
    SessionAndWrites,
}

impl WantedCalls {
    /// Whether `requestParameters` are wanted, where calls are that were made with the credentials of runs.
    #[must_use]
    pub fn parameters_of_sessions(self) -> Option<bool> {
        match self {
            Self::None | Self::LongLived => None,
            Self::Session { parameters } => Some(parameters),
            Self::Grouped => Some(false),
            Self::SessionAndWrites => Some(true),
        }
    }
}

/// How to read.
#[derive(Debug, Clone)]
pub struct IngestOptions {
    /// Which web identities to keep.
    pub issuers: Issuers,
    /// What a single file may demand.
    pub limits: DecodeLimits,
    /// Which local log files can be left unread; events outside are not removed here.
    pub window: Window,
    /// How many days late a log file may be.
    pub late_days: u32,
    /// The minutes within a day at which parts of the answer begin, each of which is told by itself what it rests on.
    pub begins: Vec<Timestamp>,
    /// How many workers decode.
    pub threads: NonZeroUsize,
    /// Which calls are asked for besides; a sync asks for those that its store keeps, and for none here.
    pub calls: WantedCalls,
    /// The window of which calls are told where only a little is kept of each; the others are counted.
    pub told: Window,
    /// So many bytes of calls may lie in memory where only a little is kept of each; the others go into temporary files.
    pub call_memory: u64,
    /// So many bytes of events, and of rows of extracts, may lie in memory; the others go into temporary files. All of them lie in
    /// memory where nothing is said.
    pub event_memory: Option<u64>,
    /// Files that are not part of any source: what is being written, and what that will replace.
    pub exclude: Vec<PathBuf>,
    /// Who judges log files, where only those count that are as CloudTrail wrote them.
    pub judge: Option<Arc<dyn ArchiveJudge>>,
    /// What was listed already of the local sources.
    pub listed: KnownListings,
    /// Which log files were to be extracted, where the sources are extracts and somebody knows.
    pub work_list: Option<Arc<WorkList>>,
    /// Where the log files are that extracts among the sources are of: what these lack of calls is read there.
    pub archive: Option<Arc<Archive>>,
}

impl IngestOptions {
    /// Reads log files.
    #[must_use]
    pub fn decoder(&self) -> Decoder {
        Decoder::new(self.issuers.clone(), self.limits).judged_by(self.judge.as_ref())
    }

    /// Nothing yet of what is told about what was read.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        let early = self.begins.iter().map(|begins| (*begins, EarlyTally::default())).collect();
        let (window, late_days) = (self.window, self.late_days);
        Coverage { window, read_to: window.to, late_days, early, ..Coverage::default() }
    }

    /// Why a log file is not read, if so, by its name.
    #[must_use]
    pub fn reason_to_skip(&self, log_file: &str, key: &LogKey) -> Option<Skip> {
        let skip = key.reason_to_skip(&self.window, self.late_days)?;
        let judge = self.judge.as_ref().filter(|_| skip == Skip::Window);
        (!judge.is_some_and(|judge| judge.is_late(log_file))).then_some(skip)
    }
}
