//! The table `activity`: what runs did, with the columns of that command. It is made for statements that name it.

use crate::audit::activity::call_filter::CallFilter;
use crate::audit::activity::calls_of_runs::calls_of_runs;
use crate::audit::activity::fold::{ActivityRow, fold};
use crate::audit::activity::run_call::RunCall;
use crate::audit::coverage::Coverage;
use crate::audit::runs::dedupe::deduplicate;
use crate::cli::error::Error;
use crate::cli::reading::calls_of_store::no_calls;
use crate::domain::assumption::Assumption;
use crate::domain::window::Window;
use crate::report::row::activity::sort;
use crate::store::Store;
use crate::store::calls::kept::KeptCalls;
use crate::store::calls::read::{CallsQuestion, StoredCalls};

/// Whether a statement names the table.
pub(super) fn is_named(sql: &str) -> bool {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    sql.split(|letter| !is_letter(letter)).any(|word| word.eq_ignore_ascii_case("activity"))
}

/// The rows of calls.
pub(super) fn rows(calls: &[RunCall]) -> Vec<ActivityRow> {
    let mut rows = fold(calls);
    sort(&mut rows);
    rows
}

/// The rows of all calls that a store keeps. What it lacks of them is added to the coverage.
pub fn of_store(store: &Store, run_gap: i64, coverage: &mut Coverage) -> Result<Vec<ActivityRow>, Error> {
    let issuers = store.all_issuers()?;
    let asked = CallsQuestion {
        issuers: &issuers,
        window: Window::default(),
        late_days: 0,
        begins: &[],
        parameters: false,
        others: false,
        grouped: None,
    };
    let StoredCalls { contents, calls, principals, .. } = store.calls(&asked)?;
    let events = deduplicate(contents.events).events;
    let events: Vec<&Assumption> = events.iter().collect();
    let found = calls_of_runs(&events, &principals, calls, &issuers, run_gap, &CallFilter::default());
    coverage.incomplete.extend(contents.coverage.incomplete);
    // What only a reader of calls cannot read is malformed here.
    (coverage.records, coverage.malformed) = (contents.coverage.records, contents.coverage.malformed);
    coverage.calls = Some(found.tally);
    Ok(rows(&found.calls))
}

/// Whether the table is made for a statement, or for a prompt, of which nobody knows what it will ask.
pub(super) fn is_wanted(store: &Store, sql: Option<&str>) -> Result<bool, Error> {
    let keeps_calls = store.kept_calls()? != KeptCalls::None;
    match sql {
        Some(sql) if !is_named(sql) => Ok(false),
        Some(_) if store.lacks_calls()? => Err(no_calls(store)?),
        _ => Ok(keeps_calls),
    }
}
