//! Which part of a window the event history can answer: the last 90 days, up to the start of the scan.

use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;
use crate::source::paged::slots::AskedRange;

/// How long CloudTrail keeps events without a trail (DOMAIN §8).
const KEPT_DAYS: i64 = 90;
const DAY: i64 = 86_400;

/// A window as the event history sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupWindow {
    /// What to ask for; `None` where nothing of the window is in reach.
    pub reach: Option<AskedRange>,
    /// What of the window is too old, in words.
    pub too_old: Option<String>,
}

/// The first second that CloudTrail still keeps.
#[must_use]
pub fn oldest(now: Timestamp) -> Timestamp {
    Timestamp::from_seconds(now.seconds() - KEPT_DAYS * DAY).unwrap_or(now)
}

/// Cuts a window to what is there at `now`. The second behind the window is asked for as well, since fractions of a
/// second are cut from the time of an event, perhaps not by CloudTrail; filters remove what is outside.
#[must_use]
pub fn reach(window: Window, now: Timestamp) -> LookupWindow {
    let oldest = oldest(now);
    let end = window.to.map_or(now, |to| to.min(now));
    let too_old = window.from.is_none_or(|from| from < oldest).then(|| {
        let from = window.from.map_or_else(String::new, |from| format!("from {from} "));
        format!("event history keeps {KEPT_DAYS} days: what lies {from}to {} is not covered", end.min(oldest))
    });
    let start = window.from.map_or(oldest, |from| from.max(oldest));
    LookupWindow { reach: (start <= end).then_some(AskedRange { start, end }), too_old }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<Timestamp> {
        Timestamp::parse_rfc3339(text)
    }

    fn check(from: &str, to: &str, asked: &str, too_old: &str) {
        let now = at("2026-11-22T12:34:56Z").unwrap();
        let found = reach(Window { from: at(from), to: at(to) }, now);
        let shown = found.reach.map_or_else(String::new, |reach| format!("{} {}", reach.start, reach.end));
        assert_eq!((shown.as_str(), found.too_old.unwrap_or_default().as_str()), (asked, too_old), "{from} {to}");
    }

    #[test]
    fn a_window_in_reach_is_asked_for_as_it_is() {
        check("2026-11-01T00:00:00Z", "2026-11-08T00:00:00Z", "2026-11-01T00:00:00Z 2026-11-08T00:00:00Z", "");
    }

    #[test]
    fn the_end_is_now_at_the_latest() {
        check("2026-11-01T00:00:00Z", "", "2026-11-01T00:00:00Z 2026-11-22T12:34:56Z", "");
        check("2026-11-01T00:00:00Z", "2027-01-01T00:00:00Z", "2026-11-01T00:00:00Z 2026-11-22T12:34:56Z", "");
        check("2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z", "", "");
    }

    #[test]
    fn ninety_days_are_kept() {
        check("2026-08-24T12:34:56Z", "", "2026-08-24T12:34:56Z 2026-11-22T12:34:56Z", "");
        check(
            "2026-08-24T12:34:55Z",
            "",
            "2026-08-24T12:34:56Z 2026-11-22T12:34:56Z",
            "event history keeps 90 days: what lies from 2026-08-24T12:34:55Z to 2026-08-24T12:34:56Z is not covered",
        );
        check(
            "2026-01-01T00:00:00Z",
            "2026-02-01T00:00:00Z",
            "",
            "event history keeps 90 days: what lies from 2026-01-01T00:00:00Z to 2026-02-01T00:00:00Z is not covered",
        );
        check(
            "",
            "2026-09-01T00:00:00Z",
            "2026-08-24T12:34:56Z 2026-09-01T00:00:00Z",
            "event history keeps 90 days: what lies to 2026-08-24T12:34:56Z is not covered",
        );
    }
}
