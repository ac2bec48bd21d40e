//! Which windows are reported on, and how far back their past reaches.

use crate::audit::baseline::past::USUAL;
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::window::Window;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowRequest {
    /// One window against its past.
    Window(Window),
    /// The second window against the first.
    Compare(Window, Window),
    /// Every missing day up to the given one, from the other on if it is given.
    CatchUp(Option<Day>, Day),
}

impl WindowRequest {
    /// The window of the last report.
    #[must_use]
    pub fn window(self) -> Window {
        match self {
            Self::Window(window) | Self::Compare(_, window) => window,
            Self::CatchUp(_, last) => day(last),
        }
    }

    /// The window that is reported on, unless there may be several.
    #[must_use]
    pub fn only_window(self) -> Option<Window> {
        let has_many = matches!(self, Self::CatchUp(first, last) if first != Some(last));
        (!has_many).then(|| self.window())
    }

    /// The minutes at which windows that are reported on begin, where a day does not.
    #[must_use]
    pub fn begins(self) -> Vec<Timestamp> {
        let first = if let Self::Compare(one, _) = self { Some(one) } else { None };
        first.into_iter().chain([self.window()]).filter_map(|window| window.begins_within_day()).collect()
    }

    /// The first and the last second (exclusive) that the reports are about; the first may be anything.
    #[must_use]
    pub fn span(self) -> Window {
        match self {
            Self::Window(window) => window,
            Self::Compare(one, other) => Window { from: one.from.min(other.from), to: one.to.max(other.to) },
            Self::CatchUp(from, last) => Window { from: from.map(Day::start), to: Some(last.end()) },
        }
    }

    /// The windows that are compared, one after the other, as one where they meet; none unless something is compared.
    #[must_use]
    pub fn compared(self) -> Vec<Window> {
        let Self::Compare(one, other) = self else { return Vec::new() };
        let (first, second) = if one.from <= other.from { (one, other) } else { (other, one) };
        if second.from <= first.to { vec![self.span()] } else { vec![first, second] }
    }

    /// How far back a source that is not read whole has to be read: the usual number of windows before.
    #[must_use]
    pub fn reach(self) -> Window {
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
pub const MANY_DAYS: i64 = 400;

/// Whether so many days are missing that one wrong date is more likely than a wish for all of them. `is_there` tells the days
/// that have a report.
#[must_use]
pub fn is_too_far_back(first: Day, last: Day, is_there: impl Fn(Day) -> bool) -> bool {
    let far = last.plus(-MANY_DAYS);
    // Days that are there already cost nothing; of those farther back one is enough to know.
    let mut days = (1..).map(|back| far.plus(1 - back)).take_while(|day| *day >= first);
    first <= far && !days.all(is_there)
}

/// Whether events can be of that day: CloudTrail began in November 2013, and clocks are wrong by a day at most.
#[must_use]
pub fn can_be(day: Day, now: Timestamp) -> bool {
    let began = Timestamp::parse_rfc3339("2013-11-01T00:00:00Z").map(Timestamp::day);
    began.is_none_or(|began| began <= day) && day <= now.day().plus(1)
}

fn length(window: Window) -> i64 {
    window.from.zip(window.to).map_or(0, |(from, to)| to.seconds() - from.seconds())
}

/// A UTC day.
#[must_use]
pub fn day(day: Day) -> Window {
    Window { from: Some(day.start()), to: Some(day.end()) }
}
