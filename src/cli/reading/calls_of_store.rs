//! The calls of runs that a store keeps, for what asks about calls.

use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

use super::scan::Scan;
use crate::audit::coverage::Coverage;
use crate::cli::context::CommandContext;
use crate::cli::error::Error;
use crate::cli::terminal::talk::Level;
use crate::ingest::options::WantedCalls;
use crate::ingest::scan::Ingested;
use crate::ingest::second_pass::{SessionCalls, call_room};
use crate::platform::quoted;
use crate::source::kinds;
use crate::store::Store;
use crate::store::calls::kept::KeptCalls;
use crate::store::calls::read::{CallsQuestion, StoredCalls};

/// That a store keeps none.
pub fn no_calls(store: &Store) -> Result<Error, Error> {
    let error = Error::failure(format!("source '{}': the store keeps no calls of runs", store.path().display()));
    with_sync(error, store, "--activity", "for them")
}

/// The error with the command that reads the log files of a store again, where they can be read.
fn with_sync(error: Error, store: &Store, flag: &str, what_for: &str) -> Result<Error, Error> {
    let sources = store.info()?.sources;
    let hold_calls = sources.iter().filter(|source| kinds::holds_calls(&source.kind)).map(|source| &*source.label);
    let labels: BTreeSet<String> = hold_calls.map(|label| quoted(label.as_ref())).collect();
    if labels.is_empty() {
        return Ok(error.hint("its sources hold none; sync a bucket or log files with --activity"));
    }
    let labels: Vec<String> = labels.into_iter().collect();
    let path = quoted(store.path().as_os_str());
    let command = format!("tfctrail sync {} {flag} --store {path}", labels.join(" "));
    Ok(error.hint(format!("{command} reads its log files again {what_for}, where they still exist")))
}

/// The calls that a store keeps, as a scan of its log files would give them.
pub(super) fn stored_calls(
    path: &Path,
    scan: &Scan,
    parameters: bool,
    context: &CommandContext<'_>,
) -> Result<Ingested, Error> {
    let store = store_of_calls(path, scan)?;
    let room = call_room(scan.limits.call_memory);
    let grouped = (scan.calls == WantedCalls::Grouped).then_some((&room, scan.filter.window));
    let asked = CallsQuestion { grouped, ..question(scan, parameters) };
    let StoredCalls { contents, calls, grouped, principals, writes } = store.calls(&asked)?;
    contents.notes.iter().for_each(|note| context.talk.say(Level::Warning, note));
    Ok(Ingested {
        events: contents.events,
        sessions: SessionCalls::of_store((calls, grouped), principals, writes),
        coverage: contents.coverage,
        forbidden: contents.forbidden,
        ..Ingested::default()
    })
}

/// Adds what a store lacks of the calls of a window to the coverage of that window.
pub fn cover_calls(path: &Path, scan: &Scan, coverage: &mut Coverage) -> Result<(), Error> {
    let asked = CallsQuestion { window: scan.reach_back(coverage.window), ..question(scan, true) };
    Ok(scan.stores.open(path)?.cover_calls(&asked, coverage)?)
}

/// What is asked of a store for a scan.
pub(super) fn question(scan: &Scan, parameters: bool) -> CallsQuestion<'_> {
    let window = scan.reach_back(scan.filter.window);
    let others = scan.calls == WantedCalls::SessionAndWrites;
    CallsQuestion {
        issuers: &scan.issuers,
        window,
        late_days: scan.limits.late_days,
        begins: &scan.begins,
        parameters,
        others,
        grouped: None,
    }
}

/// A store that can tell what is shown; any other is refused.
pub(super) fn store_of_calls(path: &Path, scan: &Scan) -> Result<Rc<Store>, Error> {
    let store = scan.stores.open(path)?;
    if store.lacks_calls()? {
        return Err(no_calls(&store)?);
    }
    let CallsQuestion { window, late_days, .. } = question(scan, false);
    let sums = if scan.shows_each_call { store.files_with_fewer(window, late_days, KeptCalls::Each)? } else { 0 };
    if sums > 0 {
        let message = format!(
            "source '{}': the store keeps no single calls of {sums} log files, only what sums of them need",
            path.display()
        );
        return Err(with_sync(Error::failure(message), &store, "--activity=calls", "for each call")?);
    }
    Ok(store)
}
