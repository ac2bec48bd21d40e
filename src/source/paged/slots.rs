//! What comes in pages, in parts that are remembered one by one.
//!
//! Its events have no files, and they come late: what was read last must be read again, and what is read again must
//! replace itself. So each place is cut into slots of some hours, and a slot is to a store what a log file is. A slot
//! counts as read only as a whole, and is read again until nothing can come into it any more. Where reading breaks off,
//! the slots that it did not come to stay unread.

use crate::domain::timestamp::Timestamp;

/// What to ask for. Both ends are inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AskedRange {
    /// The first second.
    pub start: Timestamp,
    /// The last second. It does not move while pages are fetched, and so neither do the pages.
    pub end: Timestamp,
}

/// How long a slot is, in seconds. Whatever of the day's last slots is read again takes few of the requests that the
/// API gives; and a year of a region is a few thousand slots.
const LENGTH: i64 = 4 * 3_600;

/// How long after its end a slot is read again, in seconds. Events are there after some 15 minutes (DOMAIN §8).
const LATE: i64 = 2 * 3_600;

/// The tag of a slot that nothing comes into any more.
pub const COMPLETE: &str = "complete";

/// Some hours of a place; slots begin at midnight UTC and every four hours after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeSlot(Timestamp);

/// Slots that follow each other, to be read in one go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotStretch {
    /// The oldest slot.
    pub first: TimeSlot,
    /// The newest slot.
    pub last: TimeSlot,
    /// What to ask for.
    pub reach: AskedRange,
}

/// What was done with a slot before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotState {
    /// Nothing.
    Unread,
    /// It was read while events could still come.
    Open,
    /// It was read after that.
    Complete,
}

impl TimeSlot {
    /// The slot of a time.
    #[must_use]
    pub fn of(time: Timestamp) -> Self {
        Self(moved(time, -time.seconds().rem_euclid(LENGTH)))
    }

    /// Its first second.
    #[must_use]
    pub fn start(self) -> Timestamp {
        self.0
    }

    /// The first second behind it.
    #[must_use]
    pub fn end(self) -> Timestamp {
        moved(self.0, LENGTH)
    }

    /// The slot after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.end())
    }

    /// The slot before it.
    #[must_use]
    pub fn previous(self) -> Self {
        Self(moved(self.0, -LENGTH))
    }

    /// What a store calls it, behind what the names of all slots of its place begin with. Roles and sources that reach one
    /// place give it the same name.
    #[must_use]
    pub fn name(self, front: &str) -> String {
        format!("{front}{}", self.start())
    }

    /// Whether nothing comes into it any more at `now`.
    #[must_use]
    pub fn is_complete(self, now: Timestamp) -> bool {
        self.end().seconds() + LATE <= now.seconds()
    }

    /// The slots that a reach touches, from the oldest on.
    pub fn all(reach: AskedRange) -> impl Iterator<Item = Self> {
        let slots = std::iter::successors(Some(Self::of(reach.start)), |slot| Some(Self(slot.end())));
        slots.take_while(move |slot| slot.start() <= reach.end)
    }
}

/// So many seconds later; no API knows times near the ends of the four-digit years.
fn moved(time: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_seconds(time.seconds() + seconds).unwrap_or(time)
}

/// What is to be read: the newest first. `oldest` is the first second that the API still has. A slot that it has cut was
/// whole before, and is not replaced by the rest.
#[must_use]
pub fn stretches(
    reach: AskedRange,
    oldest: Timestamp,
    now: Timestamp,
    before: impl Fn(TimeSlot) -> SlotState,
) -> Vec<SlotStretch> {
    let mut found: Vec<SlotStretch> = Vec::new();
    for slot in TimeSlot::all(reach) {
        let wanted = match before(slot) {
            SlotState::Unread => true,
            SlotState::Open => slot.start() >= oldest,
            SlotState::Complete => false,
        };
        if !wanted {
            continue;
        }
        // The second behind it is asked for as well: fractions are cut from times, perhaps not by CloudTrail.
        let end = slot.end().min(now);
        match found.last_mut() {
            Some(stretch) if stretch.last.end() == slot.start() => {
                stretch.last = slot;
                stretch.reach.end = end;
            }
            _ => {
                let reach = AskedRange { start: slot.start().max(oldest), end };
                found.push(SlotStretch { first: slot, last: slot, reach });
            }
        }
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    /// `known` are the starts of slots, those that are open with a `?`; `expected` what is asked for.
    fn check(start: &str, known: &[&str], expected: &[&str]) {
        let now = at("2026-11-22T12:34:56Z");
        let reach = AskedRange { start: at(start), end: now };
        let before = |slot: TimeSlot| {
            let start = slot.start().to_string();
            match known.iter().find(|known| known.trim_end_matches('?') == start) {
                None => SlotState::Unread,
                Some(known) if known.ends_with('?') => SlotState::Open,
                Some(_) => SlotState::Complete,
            }
        };
        let found = stretches(reach, at("2026-11-21T21:00:00Z"), now, before);
        let shown: Vec<String> =
            found.iter().map(|stretch| format!("{} {}", stretch.reach.start, stretch.reach.end)).collect();
        assert_eq!(shown, expected, "{start} {known:?}");
    }

    #[test]
    fn what_is_not_complete_is_read() {
        check("2026-11-22T07:00:00Z", &[], &["2026-11-22T04:00:00Z 2026-11-22T12:34:56Z"]);
        let last = "2026-11-22T12:00:00Z?";
        check(
            "2026-11-22T01:00:00Z",
            &[last, "2026-11-22T04:00:00Z"],
            &["2026-11-22T08:00:00Z 2026-11-22T12:34:56Z", "2026-11-22T00:00:00Z 2026-11-22T04:00:00Z"],
        );
        check(
            "2026-11-22T01:00:00Z",
            &[last, "2026-11-22T08:00:00Z", "2026-11-22T04:00:00Z", "2026-11-22T00:00:00Z"],
            &["2026-11-22T12:00:00Z 2026-11-22T12:34:56Z"],
        );
    }

    #[test]
    fn what_is_cut_off_replaces_nothing() {
        let rest = ["2026-11-22T00:00:00Z", "2026-11-22T04:00:00Z", "2026-11-22T08:00:00Z", "2026-11-22T12:00:00Z"];
        let known = |more: &'static str| rest.into_iter().chain([more]).collect::<Vec<_>>();
        check("2026-11-21T21:00:00Z", &rest, &["2026-11-21T21:00:00Z 2026-11-22T00:00:00Z"]);
        check("2026-11-21T21:00:00Z", &known("2026-11-21T20:00:00Z?"), &[]);
    }

    #[test]
    fn a_slot_is_complete_some_time_after_its_end() {
        let slot = TimeSlot::of(at("2026-11-22T11:59:59Z"));
        assert_eq!(slot.name("111122223333/eu-west-1/"), "111122223333/eu-west-1/2026-11-22T08:00:00Z");
        assert!(!slot.is_complete(at("2026-11-22T13:59:59Z")) && slot.is_complete(at("2026-11-22T14:00:00Z")));
        assert_eq!(slot.previous().end(), slot.start());
    }
}
