//! What is known of a kind of source behind an API, and what a source of it can do.

use std::fmt::Debug;
use std::sync::Arc;

use super::digests::DigestInbox;
use super::doctor::Diagnosis;
use super::inbox::Inbox;
use super::question::{RemoteQuestion, SourceNote};
use crate::aws::AwsOptions;
use crate::domain::trouble::{SourceTrouble, TroubleKind};
use crate::domain::work::SourceWork;

/// What a source behind an API gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Supply {
    /// Log files in folders of days. Only the folders of a window are listed.
    DayFolders,
    /// Pages of events, which are asked for by time. An empty page counts as read, too.
    Pages,
}

/// The sources of log files that were named one by one, or why a name is none.
pub(super) type NamedSources = Result<Vec<Arc<dyn RemoteSource>>, String>;

/// A kind of sources behind an API.
#[derive(Debug)]
pub struct RemoteKind {
    /// What its texts begin with.
    pub scheme: &'static str,
    /// How a text of it is written, as the help shows it.
    pub form: &'static str,
    /// What the help says of it, in whole sentences.
    pub about: &'static str,
    /// The word for it in a store; never changes.
    pub word: &'static str,
    /// What it gives.
    pub supply: Supply,
    /// Whether it gives all events, and not the role assumptions alone.
    pub holds_calls: bool,
    /// Reads what follows the scheme, or the whole of a text that was pasted. An error says how it is written.
    pub parse: fn(&str) -> Result<Arc<dyn RemoteSource>, String>,
    /// Whether a text without the scheme is meant as this kind, whatever it says: what people copy from elsewhere.
    pub is_pasted: fn(&str) -> bool,
    /// How a text is written that was probably meant as this kind, where there is no file of that name.
    pub respelt: fn(&str) -> Option<String>,
    /// The source and the name of a log file that a text of this kind names.
    pub of_key: fn(&str) -> Result<(String, String), String>,
    /// The sources of log files that are named one by one, each with a text of this kind.
    pub of_keys: fn(&[&str]) -> NamedSources,
}

/// A kind is its scheme.
impl PartialEq for RemoteKind {
    fn eq(&self, other: &Self) -> bool {
        self.scheme == other.scheme
    }
}

impl Eq for RemoteKind {}

/// What a source behind an API is read for.
#[derive(Debug)]
pub struct RemoteReading<'a> {
    /// Its number.
    pub source: usize,
    /// How many sources behind APIs there are, itself among them.
    pub count: usize,
    /// What is asked of it.
    pub question: &'a RemoteQuestion,
    /// What to say about it, which it adds to.
    pub notes: &'a mut Vec<SourceNote>,
}

/// Where the log files of a source arrive, or why it cannot be read.
pub(crate) type OpenedSource = Result<Box<dyn Inbox>, SourceTrouble>;

/// Where its digest files arrive.
pub(crate) type OpenedDigestSource = Result<Box<dyn DigestInbox>, SourceTrouble>;

/// What reading it would take.
pub(crate) type EstimatedWork = Result<Vec<SourceWork>, SourceTrouble>;

/// What was found when all that reading it takes was tried.
pub(crate) type Examined = Result<Diagnosis, SourceTrouble>;

/// A source behind an API. A build without AWS opens none.
pub trait RemoteSource: Debug + Send + Sync {
    /// What is known of its kind.
    fn kind(&self) -> &'static RemoteKind;

    /// How it is called in reports.
    fn label(&self) -> String;

    /// What a store calls it: the same for all texts that can have the same log files.
    fn identity(&self) -> String;

    /// What of them a sync reads as a whole, where AWS is reached like that.
    fn part(&self, aws: &AwsOptions) -> String;

    /// What the keys of all its log files begin with, where it holds any.
    fn prefix(&self) -> String {
        String::new()
    }

    /// The region that its text names, where requests go unless another one was asked for.
    fn region(&self) -> Option<&str> {
        None
    }

    /// Begins to read it.
    fn open(&self, _reading: &mut RemoteReading<'_>) -> OpenedSource {
        Err(SourceTrouble::no_aws())
    }

    /// Begins to read its digest files.
    fn digests(&self, _reading: &mut RemoteReading<'_>) -> OpenedDigestSource {
        let error = SourceTrouble::new(TroubleKind::Usage, "has no digest files; only an archive can be verified");
        Err(if cfg!(feature = "aws") { error } else { SourceTrouble::no_aws() })
    }

    /// What reading it would take. Nothing is fetched.
    fn estimate(&self, _reading: &mut RemoteReading<'_>) -> EstimatedWork {
        Err(SourceTrouble::no_aws())
    }

    /// Tries all that reading it takes, one by one.
    fn examine(&self, _question: &RemoteQuestion) -> Examined {
        Err(SourceTrouble::no_aws())
    }
}

/// What a source is, for a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// Files and folders.
    Local,
    /// Something behind an API.
    Remote(&'static RemoteKind),
}

impl SourceKind {
    /// The word for all that is local.
    pub(super) const LOCAL: &'static str = "local";

    /// The word in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => Self::LOCAL,
            Self::Remote(kind) => kind.word,
        }
    }

    /// Whether it has day folders, and only those of a window are looked at.
    #[must_use]
    pub fn is_listed_by_day(self) -> bool {
        self.supply() == Some(Supply::DayFolders)
    }

    /// Whether it gives pages of events, which are in no folder.
    #[must_use]
    pub fn is_paged(self) -> bool {
        self.supply() == Some(Supply::Pages)
    }

    /// Whether it gives all events, and not the role assumptions alone.
    #[must_use]
    pub fn holds_calls(self) -> bool {
        match self {
            Self::Local => true,
            Self::Remote(kind) => kind.holds_calls,
        }
    }

    fn supply(self) -> Option<Supply> {
        match self {
            Self::Local => None,
            Self::Remote(kind) => Some(kind.supply),
        }
    }
}
