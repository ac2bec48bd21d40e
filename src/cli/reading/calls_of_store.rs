//! The calls of runs that a store keeps, for what asks about calls.

use std::path::Path;
use std::rc::Rc;

use super::scan::Scan;
use crate::cli::context::CommandContext;
use crate::cli::error::Error;
use crate::cli::terminal::talk::Level;
use crate::domain::window::Window;
use crate::ingest::options::WantedCalls;
use crate::ingest::scan::Ingested;
use crate::ingest::second_pass::{SessionCalls, call_room};
use crate::store::Store;
use crate::store::calls::kept::KeptCalls;
use crate::store::calls::read::{CallsQuestion, StoredCalls};

/// That a store keeps none.
#[must_use]
pub fn no_calls(store: &Path) -> Error {
    Error::failure(format!("source '{}': the store keeps no calls of runs", store.display()))
        .hint("tfctrail sync --activity reads its log files again for them, where they still exist")
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
    let grouped = (scan.calls == WantedCalls::Grouped).then_some(&room);
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

/// What a store lacks of the calls of a window, a line each.
pub fn missing_calls(path: &Path, scan: &Scan, window: Window) -> Result<Vec<String>, Error> {
    let asked = CallsQuestion { window: scan.reach_back(window), ..question(scan, true) };
    Ok(scan.stores.open(path)?.missing_calls(&asked)?)
}

/// What is asked of a store for a scan.
pub(super) fn question(scan: &Scan, parameters: bool) -> CallsQuestion<'_> {
    let window = scan.reach_back(scan.filter.window);
    let others = scan.calls == WantedCalls::SessionAndWrites;
    CallsQuestion {
        issuers: &scan.issuers,
        window,
        late_days: scan.limits.late_days,
        parameters,
        others,
        grouped: None,
    }
}

/// A store that can tell what is shown; any other is refused.
pub(super) fn store_of_calls(path: &Path, scan: &Scan) -> Result<Rc<Store>, Error> {
    let store = scan.stores.open(path)?;
    if store.lacks_calls()? {
        return Err(no_calls(path));
    }
    let CallsQuestion { window, late_days, .. } = question(scan, false);
    let sums = if scan.shows_each_call { store.files_with_fewer(window, late_days, KeptCalls::Each)? } else { 0 };
    if sums > 0 {
        let message = format!(
            "source '{}': the store keeps no single calls of {sums} log files, only what sums of them need",
            path.display()
        );
        return Err(Error::failure(message)
            .hint("tfctrail sync --activity=calls reads them again for each call, where they still exist"));
    }
    Ok(store)
}
