//! What the reports of one call rest on: the events that were read, and what the stores remember of earlier ones.

use std::path::{Path, PathBuf};

use super::args::ReportArgs;
use crate::audit::filter::Filter;
use crate::audit::rules::settings::Settings;
use crate::cli::context::CommandContext;
use crate::cli::error::Error;
use crate::cli::reading::answer::{ScanResult, question, read_sessions, read_whole, recollect};
use crate::cli::reading::scan::Scan;
use crate::cli::terminal::talk::Level;
use crate::domain::assumption::Assumption;
use crate::domain::timestamp::Timestamp;
use crate::nightly::baseline::{known_since, shown};
use crate::nightly::plan::WindowRequest;
use crate::source::SourceSpec;
use crate::store::Store;
use crate::store::past::StoreSnapshot;
use crate::store::read::StoreQuestion;
use crate::store::recollect::Recollection;

/// The states of the store that is asked window by window; none where events are read at once.
pub(super) struct Snapshots<'a> {
    /// With the filters.
    pub(super) filtered: Option<StoreSnapshot<'a>>,
    /// Without the filters, where there are any.
    pub(super) whole: Option<StoreSnapshot<'a>>,
}

impl<'a> Snapshots<'a> {
    /// Holds the present state. `unfiltered` takes all events of the window.
    pub(super) fn take(store: Option<&'a Store>, scan: &'a Scan, unfiltered: &'a Filter) -> Result<Self, Error> {
        let Some(store) = store else { return Ok(Self { filtered: None, whole: None }) };
        let filtered = store.moment(question(scan, None))?;
        let of_all = || StoreQuestion { filter: unfiltered, ..question(scan, None) };
        let whole = (!scan.filter.takes_all()).then(|| store.moment(of_all())).transpose()?;
        Ok(Self { filtered: Some(filtered), whole })
    }
}

/// What was read.
pub(super) struct ReportInput {
    /// The events that pass the filters, with their coverage.
    pub(super) answer: ScanResult,
    /// All events, where filters remove some.
    pub(super) whole: Option<Vec<Assumption>>,
    /// All events that calls are held against, from before the window and after it, too; none unless calls were asked for.
    pub(super) everything: Vec<Assumption>,
    /// What the stores remember of events that were pruned.
    pub(super) remembered: Recollection,
    /// The first day of which anything is known.
    pub(super) since: Option<Timestamp>,
}

impl ReportInput {
    /// Reads the sources, but for the files of this call itself.
    pub(super) fn read(
        args: &ReportArgs,
        plan: WindowRequest,
        scan: &Scan,
        snapshots: &Snapshots<'_>,
        settings: &Settings,
        own_files: Vec<PathBuf>,
        context: &CommandContext<'_>,
    ) -> Result<Self, Error> {
        let mut everything = Vec::new();
        let (mut answer, whole) = match &snapshots.filtered {
            Some(moment) => of_moment(moment, snapshots.whole.as_ref(), plan, scan, context)?,
            None if args.about.activity => {
                let (answer, events) = read_sessions(scan, Some(&args.grouping), own_files, context)?;
                everything = events;
                let in_window = || everything.iter().filter(|event| scan.filter.window.contains(event.time)).cloned();
                (answer, (!scan.filter.takes_all()).then(|| in_window().collect()))
            }
            None => read_whole(scan, Some(&args.grouping), own_files, context)?,
        };
        let remembered = remembered(snapshots.filtered.as_ref(), scan, settings)?;
        remembered.excuse(&mut answer.coverage, plan.span().from);
        let shown = shown(&scan.issuers, whole.as_ref().unwrap_or(&answer.selected.events));
        let first_event = snapshots.whole.as_ref().or(snapshots.filtered.as_ref()).and_then(StoreSnapshot::first);
        let since = known_since(&answer.coverage, &shown, first_event, &remembered, context.now);
        Ok(Self { since: since.max(scan.filter.window.from), answer, whole, everything, remembered })
    }
}

/// The store that is asked window by window, so that a long past takes no memory: one alone. What is limited to groups needs
/// the events themselves, what is compared needs those of its windows, and calls need all that tell whose they are.
pub(super) fn window_by_window<'a>(args: &ReportArgs, plan: WindowRequest, scan: &'a Scan) -> Option<&'a Path> {
    let [SourceSpec::Store(path)] = scan.sources.as_slice() else { return None };
    let by_group = args.about.group_by.is_some() && plan.compared().is_empty();
    (!args.grouping.whole_runs && !by_group && !args.about.activity).then_some(&**path)
}

/// What the stores remember of events that were pruned.
fn remembered(moment: Option<&StoreSnapshot<'_>>, scan: &Scan, settings: &Settings) -> Result<Recollection, Error> {
    match moment {
        Some(moment) => Ok(moment.recollection(&settings.networks)?),
        None => recollect(scan, &settings.networks),
    }
}

/// What a store tells at once: the coverage, and the events of the windows that are compared, beside them those that the
/// filters remove.
fn of_moment(
    moment: &StoreSnapshot<'_>,
    moment_of_all: Option<&StoreSnapshot<'_>>,
    plan: WindowRequest,
    scan: &Scan,
    context: &CommandContext<'_>,
) -> Result<(ScanResult, Option<Vec<Assumption>>), Error> {
    let notes = moment.notes().iter().filter(|_| !scan.is_again());
    notes.for_each(|note| context.talk.say(Level::Warning, note));
    let mut answer = ScanResult::of_moment(moment, scan);
    let mut whole = moment_of_all.map(|_| Vec::new());
    for window in plan.compared() {
        answer.selected.events.append(&mut moment.events(window, scan.about)?);
        if let (Some(whole), Some(moment)) = (&mut whole, moment_of_all) {
            whole.append(&mut moment.events(window, scan.about)?);
        }
    }
    Ok((answer, whole))
}
