//! Opens the sources that come over a network. What runs behind them is hidden in their inboxes.

use std::sync::Arc;

use super::aws::AwsOptions;
use super::known::{Known, Resume};
use super::trouble::Trouble;
use super::work::Work;
use super::{Inbox, Spec};
use crate::audit::filter::Filter;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;
use crate::progress::Progress;

/// What is asked of all remote sources.
#[derive(Debug, Clone)]
pub struct Question {
    /// The window that they are read for; where none was given, the last days.
    pub window: Window,
    /// What is kept of them; a source may leave out what the filter removes for certain.
    pub filter: Filter,
    /// Whether an event that the filter removes may be wanted all the same, for its run.
    pub whole_runs: bool,
    /// How many days late a log file may be.
    pub late_days: u32,
    /// The time.
    pub now: Timestamp,
    /// What was read before, where somebody remembers.
    pub resume: Option<Resume>,
    /// How to reach AWS.
    pub aws: AwsOptions,
    /// The same for each source, by its number, where sources differ in it.
    pub own_aws: Vec<AwsOptions>,
    /// Raised as files become known.
    pub progress: Arc<Progress>,
}

impl Question {
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
    pub fn at(mut self, spec: &Spec) -> Self {
        if let Spec::Bucket(address) = spec
            && self.aws.region.is_none()
        {
            self.aws.region = address.region.as_deref().map(str::to_owned);
        }
        self
    }

    /// What was read of a source before, where somebody remembers.
    #[must_use]
    pub fn known(&self, source: usize) -> Option<Arc<dyn Known>> {
        let past = self.resume.as_ref().and_then(|resume| resume.sources.get(&source))?;
        Some(Arc::clone(&past.known))
    }
}

/// A source that is being read.
pub struct Remote {
    /// Its number.
    pub source: usize,
    /// The window that it is read for.
    pub window: Window,
    /// Where its log files arrive.
    pub inbox: Box<dyn Inbox>,
}

/// The remote sources, being read.
#[derive(Default)]
pub struct Opened {
    /// In the order given.
    pub remotes: Vec<Remote>,
    /// What to say about them.
    pub notes: Vec<Note>,
}

/// Something to say about a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Whether it is for those only who want details.
    pub detail: bool,
    /// In one line.
    pub text: String,
}

impl Note {
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

/// Opens the remote ones among the sources. They begin to fetch at once, as far as their budgets reach.
pub fn open(specs: &[Spec], question: &Question) -> Result<Opened, Trouble> {
    let mut opened = Opened::default();
    let count = specs.iter().filter(|spec| spec.is_remote()).count();
    for (source, spec) in specs.iter().enumerate() {
        let question = question.of(source).at(spec);
        let found = open_one(spec, source, count, &question, &mut opened.notes).map_err(|it| it.of(&spec.label()))?;
        opened.remotes.extend(found.map(|inbox| Remote { source, window: question.window, inbox }));
    }
    Ok(opened)
}

/// Opens a source that is one of `count` remote ones; nothing for a local one.
#[cfg(feature = "aws")]
fn open_one(
    spec: &Spec,
    source: usize,
    count: usize,
    question: &Question,
    notes: &mut Vec<Note>,
) -> Result<Option<Box<dyn Inbox>>, Trouble> {
    match spec {
        Spec::Path(_) | Spec::Stdin | Spec::Store(_) => Ok(None),
        Spec::Bucket(address) => super::bucket::open(address, source, count, question, notes).map(Some),
        Spec::EventHistory(regions) => super::history::open(regions, source, question, notes).map(Some),
    }
}

#[cfg(not(feature = "aws"))]
fn open_one(
    spec: &Spec,
    _source: usize,
    _count: usize,
    _question: &Question,
    _notes: &mut Vec<Note>,
) -> Result<Option<Box<dyn Inbox>>, Trouble> {
    if spec.is_remote() { Err(no_aws()) } else { Ok(None) }
}

/// What reading the remote ones among the sources would take. Nothing is fetched.
#[cfg(feature = "aws")]
pub fn estimate(specs: &[Spec], question: &Question) -> Result<(Vec<Work>, Vec<Note>), Trouble> {
    let (mut work, mut notes) = (Vec::new(), Vec::new());
    for (source, spec) in specs.iter().enumerate() {
        let question = &question.of(source).at(spec);
        work.extend(match spec {
            Spec::Path(_) | Spec::Stdin | Spec::Store(_) => Vec::new(),
            Spec::Bucket(address) => {
                super::bucket::estimate(address, source, question, &mut notes).map_err(|it| it.of(&spec.label()))?
            }
            Spec::EventHistory(regions) => {
                super::history::estimate(regions, source, question, &mut notes).map_err(|it| it.of(&spec.label()))?
            }
        });
    }
    Ok((work, notes))
}

/// What reading the remote ones among the sources would take: this build reads none.
#[cfg(not(feature = "aws"))]
pub fn estimate(specs: &[Spec], _question: &Question) -> Result<(Vec<Work>, Vec<Note>), Trouble> {
    if specs.iter().any(Spec::is_remote) { Err(no_aws()) } else { Ok((Vec::new(), Vec::new())) }
}

/// What a build without AWS says of a remote source.
#[must_use]
pub fn no_aws() -> Trouble {
    Trouble::new(super::trouble::Cause::Usage, "this build has no AWS support; it reads local sources only")
        .hint("a build with the cargo feature aws, which is on by default, reads it")
}
