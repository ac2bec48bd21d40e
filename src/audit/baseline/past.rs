//! What a window is held against: the windows before it, and everything that was seen before.

use std::collections::BTreeMap;

use super::counts::WindowCounts;
use super::encoded::EncodedEvents;
use super::sightings::{Sighting, Sightings};
use super::{Baseline, Fact, FactKind, FactRef, SeenTimes};
use crate::audit::network::Networks;
use crate::domain::assumption::Assumption;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;

/// So many windows before make the usual.
pub const USUAL: u32 = 14;

/// Where the past comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaselineOrigin {
    /// Everything known since then.
    Since(Timestamp),
    /// A source that was named as the baseline.
    Baseline(String),
    /// One other window.
    Window(Window),
    /// There is none, so that nothing can be called new.
    Nothing,
}

/// What was before a window. It grows window by window.
#[derive(Debug, Clone)]
pub struct WindowHistory {
    /// Where it comes from.
    pub origin: BaselineOrigin,
    /// The numbers of the windows before, the latest first; only of windows that are known whole.
    pub counts: Vec<WindowCounts>,
    /// Everything that was seen.
    before: Baseline,
    /// In which of these windows each fact of `before` was seen, by its place; the lowest bit is the latest window.
    windows: Vec<u16>,
    /// What a window is held against in place of `before`.
    baseline: Option<Baseline>,
}

/// Equal where the same was seen, in whatever order it came.
impl PartialEq for WindowHistory {
    fn eq(&self, other: &Self) -> bool {
        let windows = |past: &Self| -> BTreeMap<Fact, u16> {
            let facts = past.before.facts().map(|(fact, _)| fact.clone());
            facts.zip(past.windows.iter().copied()).collect()
        };
        let are_same = self.origin == other.origin && self.counts == other.counts && self.baseline == other.baseline;
        are_same && self.before == other.before && windows(self) == windows(other)
    }
}

/// A sighting, and in which windows it was; the lowest bit is the latest window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowSighting {
    /// When.
    pub seen: SeenTimes,
    /// In which windows.
    pub windows: u16,
}

impl Sighting for WindowSighting {
    fn and(self, other: Self) -> Self {
        Self { seen: self.seen.and(other.seen), windows: self.windows | other.windows }
    }
}

/// How steadily a fact was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presence {
    /// In which of the windows before; the lowest bit is the latest one.
    pub windows: u16,
    /// Its last event in them.
    pub last: Timestamp,
}

impl WindowHistory {
    /// No past at all.
    #[must_use]
    pub fn nothing(networks: Networks) -> Self {
        let before = Baseline::new(networks);
        Self { origin: BaselineOrigin::Nothing, counts: Vec::new(), before, windows: Vec::new(), baseline: None }
    }

    /// The past of `events`, in the order of events, which end where the latest of `windows` ends. These come the latest
    /// first, without a gap.
    #[must_use]
    pub fn of(
        events: &[&Assumption],
        windows: &[Window],
        origin: BaselineOrigin,
        run_gap: i64,
        networks: Networks,
    ) -> Self {
        let mut past = Self { origin, ..Self::nothing(networks) };
        let first = windows.last().map_or(events.len(), |window| {
            events.partition_point(|event| window.from.is_some_and(|from| event.time < from))
        });
        past.add_older(&EncodedEvents::new(events[..first].to_vec(), run_gap));
        for window in windows.iter().rev() {
            past.add_window(&EncodedEvents::new(within(events, *window).to_vec(), run_gap));
        }
        past
    }

    /// Counts what the windows have in common with everything that was added: `windows` are the numbers of each, the
    /// latest first, of which runs, assumptions and denials are counted already.
    pub fn count(&mut self, mut windows: Vec<WindowCounts>) {
        for ((fact, _), bits) in self.before.facts().zip(&self.windows) {
            for (counts, _) in windows.iter_mut().zip(0..).filter(|(_, at): &(_, u32)| bits >> at & 1 == 1) {
                match fact.kind {
                    FactKind::Organization => counts.organizations += 1,
                    FactKind::Workspace => counts.workspaces += 1,
                    FactKind::Account => counts.accounts += 1,
                    FactKind::Role => counts.roles += 1,
                    _ => {}
                }
            }
        }
        self.counts = windows;
    }

    /// Takes events of no window.
    pub fn add_older(&mut self, events: &EncodedEvents<'_>) {
        let spread = |seen| WindowSighting { seen, windows: 0 };
        self.add(events.sightings().map(spread));
    }

    /// Takes the window behind the latest one.
    pub fn add_window(&mut self, events: &EncodedEvents<'_>) {
        for windows in &mut self.windows {
            *windows = *windows << 1 & WINDOWS;
        }
        self.counts.insert(0, WindowCounts::of(events));
        self.counts.truncate(USUAL as usize);
        let spread = |seen| WindowSighting { seen, windows: 1 };
        self.add(events.sightings().map(spread));
    }

    /// Takes sightings, whose windows are those of the past as it is.
    pub fn add(&mut self, sightings: Sightings<'_, WindowSighting>) {
        let Self { before, windows, .. } = self;
        let networks = before.networks().clone();
        sightings.each(&networks, |shown, spread| {
            let place = before.show(shown, spread.seen);
            windows.resize(windows.len().max(place + 1), 0);
            windows[place] |= spread.windows;
        });
    }

    /// Takes what was seen before everything else, of which nothing is left to be counted.
    pub fn recall(&mut self, known: &Baseline) {
        self.before.take(known);
        self.windows.resize(self.before.facts().count(), 0);
    }

    /// The same, with a baseline in place of what was seen before.
    #[must_use]
    pub fn against(self, baseline: Baseline) -> Self {
        Self { baseline: Some(baseline), ..self }
    }

    /// The same, with what was seen before itself.
    #[must_use]
    pub fn without_baseline(self) -> Self {
        Self { baseline: None, ..self }
    }

    /// What a window is held against.
    #[must_use]
    pub fn known(&self) -> &Baseline {
        self.baseline.as_ref().unwrap_or(&self.before)
    }

    /// Where in [`Self::steady`] a fact is, if it was seen before.
    #[must_use]
    pub fn place(&self, shown: &FactRef<'_>) -> Option<usize> {
        self.before.place(shown)
    }

    /// Every fact of the time before, and how steadily it was seen in the windows.
    pub fn steady(&self) -> impl Iterator<Item = (&Fact, Presence)> {
        let presence = |((fact, seen), windows): ((_, SeenTimes), &u16)| {
            // The windows reach up to the end, so the last event of all is the last one in them.
            (fact, Presence { windows: *windows, last: seen.last })
        };
        self.before.facts().zip(&self.windows).map(presence)
    }
}

/// The bits of the windows that make the usual.
const WINDOWS: u16 = (1 << USUAL) - 1;

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
    use super::*;
    use crate::audit::review::sample::{at, event};

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
        let past = WindowHistory::of(&events, &windows, BaselineOrigin::Nothing, 3_600, Networks::default());
        assert_eq!(past.counts.iter().map(|counts| counts.assumptions).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(past.counts[1].denied, 1);
        let web = FactRef::workspace(events[0]).unwrap();
        let (fact, presence) = past.steady().nth(past.place(&web).unwrap()).unwrap();
        assert_eq!((fact, presence), (&Fact::of(&web), Presence { windows: 0b10, last: at("2026-11-03T11:00:00Z") }));
        assert_eq!(past.known().seen(&web).unwrap().first, at("2026-11-02T10:00:00Z"));
    }
}
