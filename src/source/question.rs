//! What is asked of the sources behind APIs, and what they say about it.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;

use super::known::{KnownSource, Resume};
use crate::aws::AwsOptions;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;
use crate::progress::Progress;

/// What is asked of all remote sources.
#[derive(Debug, Clone)]
pub struct RemoteQuestion {
    /// The window that they are read for; where none was given, the last days.
    pub window: Window,
    /// The only accounts whose events are wanted, so that a source may leave out the others; none where all are.
    pub accounts: Option<BTreeSet<String>>,
    /// The only regions whose events are wanted, so that a source may say which of them it does not have; none where all are.
    pub regions: Option<BTreeSet<String>>,
    /// How many days late a log file may be.
    pub late_days: u32,
    /// The time.
    pub now: Timestamp,
    /// What was read before, where somebody remembers.
    pub resume: Option<Resume>,
    /// Which log files are read, where not simply all of the window are.
    pub chosen: Option<Arc<dyn ChosenLogs>>,
    /// Whether an examination also tries what verifying takes.
    pub verifies: bool,
    /// How to reach AWS.
    pub aws: AwsOptions,
    /// The same for each source, by its number, where sources differ in it.
    pub own_aws: Vec<AwsOptions>,
    /// Whether log files are only listed: what is delivered of them has no bytes.
    pub lists_only: bool,
    /// Raised as files become known.
    pub progress: Arc<Progress>,
}

impl RemoteQuestion {
    /// What is asked of one of the sources.
    #[must_use]
    pub fn of(&self, source: usize) -> Self {
        let aws = self.own_aws.get(source).unwrap_or(&self.aws).clone();
        let past = self.resume.as_ref().and_then(|resume| resume.sources.get(&source));
        let window = past.map_or(self.window, |past| past.window);
        Self { aws, window, own_aws: Vec::new(), ..self.clone() }
    }

    /// The same for a source that tells its region: it is asked there, unless another one was asked for.
    #[must_use]
    pub fn at(mut self, region: Option<&str>) -> Self {
        self.aws.region = self.aws.region.or_else(|| region.map(str::to_owned));
        self
    }

    /// What was read of a source before, where somebody remembers.
    #[must_use]
    pub fn known(&self, source: usize) -> Option<Arc<dyn KnownSource>> {
        let past = self.resume.as_ref().and_then(|resume| resume.sources.get(&source))?;
        Some(Arc::clone(&past.known))
    }
}

/// Which log files of archives are read. Whoever chooses has read what digests say of them.
pub trait ChosenLogs: Send + Sync + Debug {
    /// Whether the log file with that key is read, which is there.
    fn choose(&self, source: usize, key: &str) -> LogChoice;

    /// After the listing of a source, by its number: the keys of log files of it that are to be read and for which nobody
    /// asked. One that is not there is passed over.
    fn also(&self, source: usize) -> Vec<String>;

    /// Whether a place inside of a region stands for all of the region: digests list the log files of all its days.
    fn of_whole_regions(&self) -> bool;
}

/// What is done with a log file that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogChoice {
    /// It is not read.
    Leave,
    /// It is read if its name speaks of the window.
    Read,
    /// It is read, whatever time its name speaks of.
    ReadAnyway,
}

/// Something to say about a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceNote {
    /// Whether it is for those only who want details.
    pub detail: bool,
    /// In one line.
    pub text: String,
}

impl SourceNote {
    /// For everybody.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { detail: false, text: text.into() }
    }

    /// For those who want details.
    #[must_use]
    pub fn detail(text: impl Into<String>) -> Self {
        Self { detail: true, text: text.into() }
    }
}
