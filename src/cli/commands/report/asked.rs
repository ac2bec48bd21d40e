//! Which windows the flags ask for.

use super::args::ReportArgs;
use crate::cli::args::time::TimeArgs;
use crate::cli::error::Error;
use crate::cli::time::{parse_time, window};
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::window::Window;
use crate::nightly::plan::{MANY_DAYS, WindowRequest, day, is_too_far_back};

/// What the flags ask for.
pub(super) fn plan(args: &ReportArgs, now: Timestamp) -> Result<WindowRequest, Error> {
    let about = &args.about;
    if let [one, other] = about.compare.as_slice() {
        return Ok(WindowRequest::Compare(named("--compare", one, now)?, named("--compare", other, now)?));
    }
    if about.catch_up {
        let from = args.scan.time.window(now)?.from.map(Timestamp::day);
        if from.is_none() && !about.baseline.is_empty() {
            let message =
                "--catch-up --baseline: which day is the first one is known only once the reports are looked at";
            return Err(Error::usage(format!("{message}, and a baseline counts up to it"))
                .hint("say from when with --from: --from 30d for the last 30 days"));
        }
        return Ok(WindowRequest::CatchUp(from, now.day().plus(-1)));
    }
    if let Some(date) = &about.date {
        return named("--date", date, now).map(WindowRequest::Window);
    }
    Ok(WindowRequest::Window(closed(&args.scan.time, now)?))
}

/// Refuses to begin that far back by itself: so many days may be meant, and may be one wrong date.
pub(super) fn refuse_too_many(first: Day, last: Day, is_there: impl Fn(Day) -> bool) -> Result<(), Error> {
    if !is_too_far_back(first, last, is_there) {
        return Ok(());
    }
    Err(Error::usage(format!("--catch-up: more than {MANY_DAYS} days are missing, the first is {first}"))
        .hint(format!("say from when with --from: --from {first} for all of them, --from 30d for the last 30 days")))
}

/// The window of the flags with both ends: up to now, and a day long, unless something else was said.
fn closed(time: &TimeArgs, now: Timestamp) -> Result<Window, Error> {
    let asked = time.window(now)?;
    Ok(match (asked.from, asked.to) {
        (None, None) => day(now.day().plus(-1)),
        (Some(_), Some(_)) => asked,
        (Some(from), None) if from < now => Window { to: Some(now), ..asked },
        (Some(from), None) => Window { to: Some(from.day().end()), ..asked },
        (None, Some(to)) => Window { from: Timestamp::from_seconds(to.seconds() - 86_400), ..asked },
    })
}

/// `2026-11-01`, `yesterday` or `FROM..TO`.
fn named(flag: &str, text: &str, now: Timestamp) -> Result<Window, Error> {
    if let Some((from, to)) = text.split_once("..") {
        return window(Some(from), Some(to), None, now);
    }
    let refuse = |error| Error::usage(format!("{flag} '{text}': {error}"));
    let time = parse_time(text, now).map_err(refuse)?;
    Ok(day(time.day()))
}
