//! Who says whether a log file is as CloudTrail wrote it, while log files are read (DESIGN §10).

use std::fmt;

use super::digest::LogText;
use super::log_key::LogKey;
use super::timestamp::Day;
use super::verdict::VerifiedFile;
use super::window::Window;

/// Says what is known of log files, by their names and by what their bytes turned out to be. It knows all digests before the
/// first log file is read, and any number of workers may ask it at once.
pub trait ArchiveJudge: Send + Sync + fmt::Debug {
    /// Takes that a log file of that name is there, in the source of that number, whether it is read or not.
    fn meet(&self, source: usize, log_file: &str, key: &LogKey);

    /// Whether a log file, whose name speaks of a time after the window, has events of it: a valid digest says so.
    fn is_late(&self, log_file: &str) -> bool;

    /// What is known of a log file with that text; nothing where no digest lists it.
    fn judge(&self, log_file: &str, text: LogText) -> Option<VerifiedFile>;

    /// What is known of one that no digest lists, after all were met; nothing where it has no event of the window.
    fn judge_unlisted(&self, log_file: &str, key: &LogKey) -> Option<VerifiedFile>;

    /// What is said besides, after all were met.
    fn rest(&self) -> DigestsSay;
}

/// What digests say besides their word on log files that are there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DigestsSay {
    /// The window that they were asked about.
    pub window: Window,
    /// The digest files that are asked about, with their verdicts.
    pub digests: Vec<VerifiedFile>,
    /// Log files that a digest lists and that were not met.
    pub missing: Vec<VerifiedFile>,
    /// Days on which nothing was delivered to a place, as ranges in order.
    pub quiet: Vec<QuietDays>,
    /// What could not be listed or asked, a sentence each.
    pub incomplete: Vec<String>,
}

/// Days of an account's region whose digests are there and valid, and list no log file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct QuietDays {
    /// The account.
    pub account_id: Box<str>,
    /// The region.
    pub region: Box<str>,
    /// The first day.
    pub first: Day,
    /// The last day.
    pub last: Day,
}
