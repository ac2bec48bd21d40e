//! Counters. Every file and every record ends in exactly one of them, and they balance (DESIGN §4).

use super::log_kind::LogKind;

/// What became of the records of some log files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RecordTally {
    /// Records seen.
    pub total: u64,
    /// `AssumeRoleWithWebIdentity` events of a selected issuer.
    pub kept: u64,
    /// All other events.
    pub other: u64,
    /// What could not be read as a record, without taking its file along.
    pub malformed: u64,
}

impl RecordTally {
    /// Adds another count.
    pub fn add(&mut self, more: Self) {
        self.total += more.total;
        self.kept += more.kept;
        self.other += more.other;
        self.malformed += more.malformed;
    }

    /// Whether each record is in exactly one counter.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.total == self.kept + self.other + self.malformed
    }
}

/// Bytes read, and the bytes of text they inflated to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ByteTally {
    /// As stored: of the file, the object or the answer.
    pub read: u64,
    /// Of JSON text; of a file that failed, the part that was produced.
    pub inflated: u64,
}

impl ByteTally {
    /// Adds another count.
    pub fn add(&mut self, more: Self) {
        self.read += more.read;
        self.inflated += more.inflated;
    }
}

/// Why a file was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skip {
    /// It is another kind of log file.
    Kind(LogKind),
    /// It was delivered too early or too late to hold events of the window.
    Window,
    /// It is no log file by its name, its kind or its content: a FIFO, what a file browser left, a report of ours.
    Special,
    /// It belongs to another service of AWS, or lies beside an archive and is no part of it.
    Service,
    /// No digest covers it yet, and only log files that were verified are asked for.
    Unverified,
}

impl Skip {
    /// The word for it in coverages and extracts.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kind(kind) => kind.as_str(),
            Self::Window => "window",
            Self::Special => "special",
            Self::Service => "service",
            Self::Unverified => "unverified",
        }
    }

    /// What a word stands for.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        let kinds = LogKind::SKIPPED.into_iter().map(Self::Kind);
        kinds.chain([Self::Window, Self::Special, Self::Service, Self::Unverified]).find(|skip| skip.as_str() == word)
    }
}

/// What became of the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileTally {
    /// Files seen.
    pub total: u64,
    /// Read to the end.
    pub read: u64,
    /// Failed; each is named in the coverage.
    pub failed: u64,
    /// Skipped, by kind in the order of [`LogKind::SKIPPED`].
    pub skipped_kinds: [u64; 5],
    /// Skipped, since delivered outside the window.
    pub skipped_window: u64,
    /// Skipped, since no log file.
    pub skipped_special: u64,
    /// Skipped, since another service's, or beside the archive.
    pub skipped_service: u64,
    /// Skipped, since no digest covers them yet and only what was verified was asked for.
    pub skipped_unverified: u64,
}

impl FileTally {
    /// Adds another count.
    pub fn add(&mut self, more: &Self) {
        self.total += more.total;
        self.read += more.read;
        self.failed += more.failed;
        for (mine, more) in self.skipped_kinds.iter_mut().zip(more.skipped_kinds) {
            *mine += more;
        }
        self.skipped_window += more.skipped_window;
        self.skipped_special += more.skipped_special;
        self.skipped_service += more.skipped_service;
        self.skipped_unverified += more.skipped_unverified;
    }

    /// Counts skipped files.
    pub fn skip(&mut self, why: Skip, files: u64) {
        self.total += files;
        match why {
            Skip::Window => self.skipped_window += files,
            Skip::Special => self.skipped_special += files,
            Skip::Service => self.skipped_service += files,
            Skip::Unverified => self.skipped_unverified += files,
            Skip::Kind(kind) => {
                if let Some(at) = LogKind::SKIPPED.iter().position(|skipped| *skipped == kind) {
                    self.skipped_kinds[at] += files;
                }
            }
        }
    }

    /// Files that were skipped for any reason.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        let others = [self.skipped_window, self.skipped_special, self.skipped_service, self.skipped_unverified];
        self.skipped_kinds.into_iter().chain(others).sum()
    }

    /// Whether each file is in exactly one counter.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.total == self.read + self.failed + self.skipped()
    }
}

/// What became of the calls that sessions of runs may have made (DESIGN §9). All of them are among the other records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallTally {
    /// In the report, each with its run.
    pub attributed: u64,
    /// Attributed too, but outside the window or removed by a filter.
    pub filtered: u64,
    /// Removed copies of the same content.
    pub duplicate: u64,
    /// Removed copies whose content differs.
    pub conflicts: u64,
    /// Removed copies of one call that another account received.
    pub shared_copies: u64,
    /// Of a selected issuer or a known principal, but in no session of a run.
    pub unattributed: u64,
}

impl CallTally {
    /// How many calls were read: the sum of all others.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.attributed + self.filtered + self.duplicate + self.conflicts + self.shared_copies + self.unattributed
    }

    /// Adds another count.
    pub fn add(&mut self, more: Self) {
        self.attributed += more.attributed;
        self.filtered += more.filtered;
        self.duplicate += more.duplicate;
        self.conflicts += more.conflicts;
        self.shared_copies += more.shared_copies;
        self.unattributed += more.unattributed;
    }
}

/// What became of the kept events: duplicates are removed first, then filters apply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeptTally {
    /// In the report.
    pub reported: u64,
    /// Outside the window or removed by a filter.
    pub filtered: u64,
    /// Removed copies of the same content.
    pub duplicate: u64,
    /// Removed copies whose content differs.
    pub conflicts: u64,
}

impl KeptTally {
    /// Adds another count.
    pub fn add(&mut self, more: Self) {
        self.reported += more.reported;
        self.filtered += more.filtered;
        self.duplicate += more.duplicate;
        self.conflicts += more.conflicts;
    }

    /// How many events were kept before duplicates and filters.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.reported + self.filtered + self.duplicate + self.conflicts
    }
}
