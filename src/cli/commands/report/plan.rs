//! Which windows are reported on, and how far back their past reaches.

use super::args::ReportArgs;
use crate::audit::baseline::past::USUAL;
use crate::cli::args::time::TimeArgs;
use crate::cli::error::Error;
use crate::cli::time::{parse_time, window};
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::window::Window;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plan {
    /// One window against its past.
    Window(Window),
    /// The second window against the first.
    Compare(Window, Window),
    /// Every missing day up to the given one, from the other on if it is given.
    CatchUp(Option<Day>, Day),
}

impl Plan {
    pub(super) fn new(args: &ReportArgs, now: Timestamp) -> Result<Self, Error> {
        let about = &args.about;
        if let [one, other] = about.compare.as_slice() {
            return Ok(Self::Compare(named("--compare", one, now)?, named("--compare", other, now)?));
        }
        if about.catch_up {
            let from = args.scan.time.window(now)?.from.map(Timestamp::day);
            return Ok(Self::CatchUp(from, now.day().plus(-1)));
        }
        if let Some(date) = &about.date {
            return named("--date", date, now).map(Self::Window);
        }
        Ok(Self::Window(closed(&args.scan.time, now)?))
    }

    /// The first and the last second (exclusive) that the reports are about; the first may be anything.
    pub(super) fn span(self) -> Window {
        match self {
            Self::Window(window) => window,
            Self::Compare(one, other) => Window { from: one.from.min(other.from), to: one.to.max(other.to) },
            Self::CatchUp(from, last) => Window { from: from.map(Day::start), to: Some(last.end()) },
        }
    }

    /// The windows that are compared, one after the other, as one where they meet; none unless something is compared.
    pub(super) fn compared(self) -> Vec<Window> {
        let Self::Compare(one, other) = self else { return Vec::new() };
        let (first, second) = if one.from <= other.from { (one, other) } else { (other, one) };
        if second.from <= first.to { vec![self.span()] } else { vec![first, second] }
    }

    /// How far back a source that is not read whole has to be read: the usual number of windows before.
    pub(super) fn reach(self) -> Window {
        let span = self.span();
        let back = match self {
            Self::Window(window) => length(window),
            Self::Compare(..) => 0,
            Self::CatchUp(..) => 86_400,
        };
        let from = span.from.or_else(|| span.to.and_then(|to| Timestamp::from_seconds(to.seconds() - 86_400)));
        let from = from.and_then(|from| Timestamp::from_seconds(from.seconds() - back * i64::from(USUAL)));
        Window { from, to: span.to }
    }
}

/// More days than these are not reported on unless somebody says from when.
const MANY_DAYS: i64 = 400;

/// Refuses to begin that far back by itself: so many days may be meant, and may be one wrong date.
pub(super) fn refuse_too_many(first: Day, last: Day, is_there: impl Fn(Day) -> bool) -> Result<(), Error> {
    let far = last.plus(-MANY_DAYS);
    // Days that are there already cost nothing; of those farther back one is enough to know.
    let mut days = (1..).map(|back| far.plus(1 - back)).take_while(|day| *day >= first);
    if first > far || days.all(is_there) {
        return Ok(());
    }
    Err(Error::usage(format!("--catch-up: more than {MANY_DAYS} days are missing, the first is {first}"))
        .hint(format!("say from when with --from: --from {first} for all of them, --from 30d for the last 30 days")))
}

/// Whether events can be of that day: CloudTrail began in November 2013, and clocks are wrong by a day at most.
pub(super) fn can_be(day: Day, now: Timestamp) -> bool {
    let began = Timestamp::parse_rfc3339("2013-11-01T00:00:00Z").map(Timestamp::day);
    began.is_none_or(|began| began <= day) && day <= now.day().plus(1)
}

fn length(window: Window) -> i64 {
    window.from.zip(window.to).map_or(0, |(from, to)| to.seconds() - from.seconds())
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

/// A UTC day.
pub(super) fn day(day: Day) -> Window {
    Window { from: Some(day.start()), to: Some(day.end()) }
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
