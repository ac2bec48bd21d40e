//! Opens, estimates and examines the sources behind APIs, whatever they are. What runs behind them is hidden in their
//! inboxes.

use super::digests::DigestInbox;
use super::doctor::{CheckResult, Diagnosis};
use super::inbox::Inbox;
use super::kind::RemoteReading;
use super::question::{RemoteQuestion, SourceNote};
use super::spec::SourceSpec;
use crate::domain::trouble::SourceTrouble;
use crate::domain::window::Window;
use crate::domain::work::SourceWork;

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
pub struct OpenedRemotes {
    /// In the order given.
    pub remotes: Vec<Remote>,
    /// What to say about them.
    pub notes: Vec<SourceNote>,
}

/// Opens the remote ones among the sources. They begin to fetch at once, as far as their budgets reach.
pub fn open(specs: &[SourceSpec], question: &RemoteQuestion) -> Result<OpenedRemotes, SourceTrouble> {
    let mut opened = OpenedRemotes::default();
    let count = specs.iter().filter(|spec| spec.is_remote()).count();
    for (source, spec) in specs.iter().enumerate() {
        let Some(remote) = spec.remote() else { continue };
        let question = question.of(source).at(remote.region());
        let mut reading = RemoteReading { source, count, question: &question, notes: &mut opened.notes };
        let inbox = remote.open(&mut reading).map_err(|it| it.of(&spec.label()))?;
        opened.remotes.push(Remote { source, window: question.window, inbox });
    }
    Ok(opened)
}

/// The digests of remote sources, on their way.
#[derive(Default)]
pub struct OpenedDigests {
    /// Each with the number of its source.
    pub inboxes: Vec<(usize, Box<dyn DigestInbox>)>,
    /// What to say about them.
    pub notes: Vec<SourceNote>,
}

/// Opens the remote ones among the sources for the digests that end in a window, its end inside.
pub fn open_digests(
    specs: &[SourceSpec],
    question: &RemoteQuestion,
    reach: Window,
) -> Result<OpenedDigests, SourceTrouble> {
    let mut opened = OpenedDigests::default();
    let count = specs.iter().filter(|spec| spec.is_remote()).count();
    for (source, spec) in specs.iter().enumerate() {
        let Some(remote) = spec.remote() else { continue };
        let question = RemoteQuestion { window: reach, resume: None, ..question.of(source).at(remote.region()) };
        let mut reading = RemoteReading { source, count, question: &question, notes: &mut opened.notes };
        let inbox = remote.digests(&mut reading).map_err(|it| it.of(&spec.label()))?;
        opened.inboxes.push((source, inbox));
    }
    Ok(opened)
}

/// What reading the remote ones among the sources would take. Nothing is fetched.
pub fn estimate(
    specs: &[SourceSpec],
    question: &RemoteQuestion,
) -> Result<(Vec<SourceWork>, Vec<SourceNote>), SourceTrouble> {
    let (mut work, mut notes) = (Vec::new(), Vec::new());
    let count = specs.iter().filter(|spec| spec.is_remote()).count();
    for (source, spec) in specs.iter().enumerate() {
        let Some(remote) = spec.remote() else { continue };
        let question = question.of(source).at(remote.region());
        let mut reading = RemoteReading { source, count, question: &question, notes: &mut notes };
        work.extend(remote.estimate(&mut reading).map_err(|it| it.of(&spec.label()))?);
    }
    Ok((work, notes))
}

/// Examines a remote source; a local one needs none of this.
pub fn examine(spec: &SourceSpec, question: &RemoteQuestion) -> Result<Diagnosis, SourceTrouble> {
    let Some(remote) = spec.remote() else {
        let mut diagnosis = Diagnosis::default();
        let detail = "a local source needs no credentials; tfctrail coverage tells what is in it";
        diagnosis.add("local", CheckResult::Good, detail);
        return Ok(diagnosis);
    };
    remote.examine(&question.clone().at(remote.region())).map_err(|it| it.of(&spec.label()))
}
