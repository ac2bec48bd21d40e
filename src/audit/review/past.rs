//! What a window is held against: the windows before it, and everything that was seen before.

use hashbrown::HashMap;

use super::counts::Counts;
use crate::audit::encoded::Encoded;
use crate::audit::known::{Fact, Known};
use crate::audit::network::Networks;
use crate::audit::sightings::Sightings;
use crate::domain::assumption::Assumption;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;

/// So many windows before make the usual.
pub const USUAL: u32 = 14;

/// Where the past comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Everything known since then.
    Since(Timestamp),
    /// A source that was named as the baseline.
    Baseline(String),
    /// One other window.
    Window(Window),
    /// There is none, so that nothing can be called new.
    Nothing,
}

/// What was before a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Everything that was seen.
    pub known: Known,
    /// Where that comes from.
    pub origin: Origin,
    /// The numbers of the windows before, the latest first; only of windows that are known whole.
    pub counts: Vec<Counts>,
    /// In how many of these windows a fact was seen, and when last.
    pub presence: HashMap<Fact, Presence>,
}

/// How steadily a fact was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presence {
    /// Windows that have it.
    pub windows: u32,
    /// Its last event in them.
    pub last: Timestamp,
}

impl Past {
    /// No past at all.
    #[must_use]
    pub fn nothing(networks: Networks) -> Self {
        Self { known: Known::new(networks), origin: Origin::Nothing, counts: Vec::new(), presence: HashMap::new() }
    }

    /// The past of `events`, in the order of events: `known` are all of them, the numbers are those of `windows`, the
    /// latest first.
    #[must_use]
    pub fn of(events: &[&Assumption], windows: &[Window], origin: Origin, run_gap: i64, networks: Networks) -> Self {
        let mut past = Self { origin, ..Self::nothing(networks) };
        past.known = Known::of(events, past.known.networks().clone());
        for window in windows {
            let events = Encoded::new(within(events, *window).to_vec(), run_gap);
            past.counts.push(Counts::of(&events));
            past.see(events.sightings());
        }
        past
    }

    /// Notes what one window shows.
    fn see(&mut self, sightings: Sightings<'_>) {
        let mut known = Known::new(self.known.networks().clone());
        sightings.tell(&mut known);
        for (fact, seen) in known.facts() {
            let presence = self.presence.entry(fact.clone()).or_insert(Presence { windows: 0, last: seen.last });
            *presence = Presence { windows: presence.windows + 1, last: presence.last.max(seen.last) };
        }
    }
}

/// The events of a window, of events in their order.
#[must_use]
pub fn within<'a, 'b>(events: &'b [&'a Assumption], window: Window) -> &'b [&'a Assumption] {
    let start = events.partition_point(|event| window.from.is_some_and(|from| event.time < from));
    let end = events.partition_point(|event| window.to.is_none_or(|to| event.time < to));
    &events[start..end.max(start)]
}

/// The `count` windows of the same length before a window, the latest first, from `since` on. None for an open window.
#[must_use]
pub fn windows_before(window: Window, count: u32, since: Option<Timestamp>) -> Vec<Window> {
    let (Some(from), Some(to)) = (window.from, window.to) else { return Vec::new() };
    let length = to.seconds() - from.seconds();
    let ends = (0..i64::from(count)).map_while(|back| {
        let end = from.seconds().checked_sub(back.checked_mul(length)?)?;
        let start = Timestamp::from_seconds(end.checked_sub(length)?)?;
        Some(Window { from: Some(start), to: Timestamp::from_seconds(end) })
    });
    ends.take_while(|window| since.is_none_or(|since| window.from.is_some_and(|from| since <= from))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{at, event};
    use super::*;
    use crate::audit::known::Shown;

    fn day(from: &str, to: &str) -> Window {
        Window { from: Some(at(from)), to: Some(at(to)) }
    }

    #[test]
    fn windows_before_have_the_same_length_and_are_known_whole() {
        let window = day("2026-11-05T00:00:00Z", "2026-11-06T00:00:00Z");
        let check = |count, since: Option<&str>, expected: &[&str]| {
            let found = windows_before(window, count, since.map(at));
            let found: Vec<String> = found.iter().map(|window| window.from.unwrap().day().to_string()).collect();
            assert_eq!(found, expected);
        };
        check(2, None, &["2026-11-04", "2026-11-03"]);
        check(14, Some("2026-11-03T00:00:00Z"), &["2026-11-04", "2026-11-03"]);
        check(14, Some("2026-11-03T00:00:01Z"), &["2026-11-04"]);
        check(0, None, &[]);
        assert!(windows_before(Window::default(), 14, None).is_empty());
    }

    #[test]
    fn a_past_has_numbers_and_presence_by_window() {
        let events = [
            event("2026-11-02T10:00:00Z", "web", true),
            event("2026-11-03T10:00:00Z", "web", true),
            event("2026-11-03T11:00:00Z", "web", false),
            event("2026-11-04T10:00:00Z", "net", true),
        ];
        let events: Vec<&Assumption> = events.iter().collect();
        let windows =
            [day("2026-11-04T00:00:00Z", "2026-11-05T00:00:00Z"), day("2026-11-03T00:00:00Z", "2026-11-04T00:00:00Z")];
        let past = Past::of(&events, &windows, Origin::Nothing, 3_600, Networks::default());
        assert_eq!(past.counts.iter().map(|counts| counts.assumptions).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(past.counts[1].denied, 1);
        let web = Shown::workspace(events[0]).unwrap();
        assert_eq!(past.presence[&Fact::of(&web)], Presence { windows: 1, last: at("2026-11-03T11:00:00Z") });
        assert_eq!(past.known.seen(&web).unwrap().first, at("2026-11-02T10:00:00Z"));
    }
}
