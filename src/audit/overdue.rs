//! Which days have something in log files that were delivered after the late days of that day, or before it. A report of such a
//! day alone reads none of it (DESIGN §2), or takes it for nothing of the day, so a report of it among others must say the same.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashMap};

use crate::domain::assumption::Assumption;
use crate::domain::log_key::LogKey;
use crate::domain::resource_write::ResourceWrite;
use crate::domain::session_call::SessionCall;
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::window::Window;

/// What log files tell about earlier days, by the day of their delivery. It is as small as the days are few.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overdue {
    late_days: u32,
    /// By the day of delivery, the first day that its log files tell something about.
    earliest: BTreeMap<Day, Day>,
    /// Days of which log files from before them have an event, or a copy or a correction of one.
    early: BTreeSet<Day>,
}

impl Overdue {
    /// Nothing yet; so many days late a log file may be.
    #[must_use]
    pub fn new(late_days: u32) -> Self {
        Self { late_days, ..Self::default() }
    }

    /// Takes that a log file that was delivered on one day tells something about the other.
    pub fn add(&mut self, told: Day, delivered: Day) {
        if told < self.first_in_reach(delivered) {
            self.earliest.entry(delivered).and_modify(|first| *first = told.min(*first)).or_insert(told);
        }
    }

    /// Takes that something that was first delivered on one day tells about the other.
    pub fn add_early(&mut self, told: Day, delivered: Day) {
        if delivered < told {
            self.early.insert(told);
        }
    }

    /// Whether there is something about that window, or about the time before it, that a reading of it alone does not find, or
    /// takes for something of the window.
    #[must_use]
    pub fn has(&self, window: Window) -> bool {
        let (Some(day), Some(reach)) = (window.last_day(), window.last_folder(self.late_days)) else { return false };
        let is_late = self.earliest.iter().any(|(delivered, told)| *delivered > reach && *told <= day);
        is_late || self.early.contains(&day)
    }

    /// Whether log files from before that day have an event of it, or a copy or a correction of one.
    #[must_use]
    pub fn is_early(&self, day: Day) -> bool {
        self.early.contains(&day)
    }

    /// The days of which that holds, of those from `first` up to `last`.
    pub fn days(&self, first: Option<Day>, last: Day) -> impl Iterator<Item = Day> {
        let told = self.earliest.values().chain(&self.early).min().copied();
        let first = told.map(|told| first.map_or(told, |first| first.max(told)));
        let days = first.into_iter().flat_map(move |first| first.through(last));
        days.filter(|day| self.has(Window { from: Some(day.start()), to: Some(day.end()) }))
    }

    /// The first day of which a report reads what was delivered on that one.
    fn first_in_reach(&self, delivered: Day) -> Day {
        delivered.plus(-i64::from(self.late_days))
    }

    /// Takes events, copies and all. Which of several copies stands, and what a correction makes of an event, is decided by all
    /// that is there: what is delivered of an event tells about the first day of anything of it.
    pub fn add_events(&mut self, events: &[Assumption]) {
        let mut delivery = DeliveryLookup::default();
        let mut known = Keyed::default();
        let original = |event: &Assumption| event.correction.as_ref().map(|it| it.original.clone());
        for event in events {
            let told = Told { day: event.time.day(), delivered: delivery.of(&event.log_file) };
            known.add(event.event_id.as_deref(), told);
            known.add(original(event).as_deref(), told);
        }
        for event in events {
            let of_event = [known.first(event.event_id.as_deref()), known.first(original(event).as_deref())];
            let own = delivery.of(&event.log_file);
            if let Some(first) = of_event.iter().flatten().filter_map(|told| told.delivered).chain(own).min() {
                self.add_early(event.time.day(), first);
            }
            let Some(delivered) = own else { continue };
            let told = known.first(event.event_id.as_deref()).map_or(event.time.day(), |told| told.day);
            self.add(told.min(event.time.day()), delivered);
            // The event that it corrects counts as another one with it than without it, wherever that is read.
            if let Some(told) = known.first(original(event).as_deref()) {
                let read = told.delivered.map_or(told.day, |first| self.first_in_reach(first));
                self.add(told.day.min(read), delivered);
            }
        }
    }

    /// Takes calls, copies and all. A copy counts as another one where what stands in its place is not read, too.
    pub fn add_calls(&mut self, calls: &[SessionCall]) {
        let mut delivery = DeliveryLookup::default();
        let (mut known, mut shared) = (Keyed::default(), Keyed::default());
        let mut standing: HashMap<u64, &Arc<str>> = HashMap::new();
        for call in calls {
            let told = Told { day: call.time.day(), delivered: delivery.of(&call.log_file) };
            known.add(call.event_id.as_deref(), told);
            shared.add(call.shared_event_id.as_deref(), told);
            if let Some(id) = call.event_id.as_deref() {
                let file = standing.entry(known.key(id)).or_insert(&call.log_file);
                *file = (&call.log_file).min(*file);
            }
        }
        for call in calls {
            let Some(delivered) = delivery.of(&call.log_file) else { continue };
            self.add(call.time.day(), delivered);
            let id = call.event_id.as_deref();
            let stands = id.is_some_and(|id| standing.get(&known.key(id)).is_some_and(|file| **file == call.log_file));
            let copies = [known.first(id).filter(|_| stands), shared.first(call.shared_event_id.as_deref())];
            for copy in copies.into_iter().flatten() {
                let read = copy.delivered.map_or(copy.day, |first| self.first_in_reach(first));
                self.add(copy.day.min(read), delivered);
            }
        }
    }

    /// Takes what tells whose calls are: the assumptions, by their `content` the principals of their sessions, and the calls that
    /// began others. A report that reads a call and not that counts it as nobody's.
    pub fn add_sessions<S: BuildHasher>(
        &mut self,
        events: &[Assumption],
        principals: &std::collections::HashMap<[u8; 32], Box<str>, S>,
        calls: &[SessionCall],
    ) {
        let mut delivery = DeliveryLookup::default();
        let hasher = DefaultHashBuilder::default();
        let key = |principal: &str, begun: Option<i64>| hasher.hash_one((principal, begun));
        let mut called: HashMap<u64, Day> = HashMap::new();
        for call in calls {
            let principal = call.caller.principal_id.as_deref();
            if let (Some(principal), Some(delivered)) = (principal, delivery.of(&call.log_file)) {
                let begun = call.caller.session_created.map(Timestamp::seconds);
                let first = called.entry(key(principal, begun)).or_insert(delivered);
                *first = delivered.min(*first);
            }
        }
        let mut tell = |principal: &str, time: Timestamp, log_file: &Arc<str>| {
            let Some(delivered) = delivery.of(log_file) else { return };
            // A call says when its session began, within two seconds (DESIGN §9), or not at all.
            let times = (-2..=2).map(|seconds| Some(time.seconds() + seconds)).chain([None]);
            let first = times.filter_map(|begun| called.get(&key(principal, begun)).copied()).min();
            if let Some(first) = first {
                self.add(self.first_in_reach(first), delivered);
            }
        };
        for event in events {
            if let Some(principal) = principals.get(&event.content) {
                tell(principal, event.time, &event.log_file);
            }
        }
        for call in calls {
            if let Some(principal) = call.issued.as_ref().and_then(|issued| issued.principal_id.as_deref()) {
                tell(principal, call.time, &call.log_file);
            }
        }
    }

    /// Takes what others did with what runs wrote and made.
    pub fn add_writes(&mut self, writes: &[ResourceWrite]) {
        let mut delivery = DeliveryLookup::default();
        for write in writes {
            if let Some(delivered) = delivery.of(&write.log_file) {
                self.add(write.time.day(), delivered);
            }
        }
    }
}

/// The first days of anything of one event.
#[derive(Debug, Clone, Copy)]
struct Told {
    /// When it was.
    day: Day,
    /// When it was delivered, if names of log files tell.
    delivered: Option<Day>,
}

/// What is known by ids. Two ids that are taken for one only make more days stand by themselves.
#[derive(Debug, Default)]
struct Keyed {
    hasher: DefaultHashBuilder,
    first: HashMap<u64, Told>,
}

impl Keyed {
    fn key(&self, id: &str) -> u64 {
        self.hasher.hash_one(id)
    }

    fn add(&mut self, id: Option<&str>, told: Told) {
        let Some(key) = id.map(|id| self.key(id)) else { return };
        let first = self.first.entry(key).or_insert(told);
        first.day = first.day.min(told.day);
        first.delivered = first.delivered.into_iter().chain(told.delivered).min();
    }

    fn first(&self, id: Option<&str>) -> Option<Told> {
        self.first.get(&self.key(id?)).copied()
    }
}

/// Reads when log files were delivered out of their names. What comes out of one lies together.
#[derive(Debug, Default)]
pub struct DeliveryLookup {
    last: Option<(Arc<str>, Option<Timestamp>)>,
}

impl DeliveryLookup {
    /// The minute in which a log file was delivered, if its name tells.
    pub fn at(&mut self, log_file: &Arc<str>) -> Option<Timestamp> {
        match &self.last {
            Some((file, at)) if Arc::ptr_eq(file, log_file) => *at,
            _ => {
                let at = LogKey::parse(log_file).delivered;
                self.last = Some((Arc::clone(log_file), at));
                at
            }
        }
    }

    /// The day of that.
    pub fn of(&mut self, log_file: &Arc<str>) -> Option<Day> {
        self.at(log_file).map(Timestamp::day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::activity::sample;

    fn day(text: &str) -> Day {
        Day::parse(&format!("2026-11-{text}")).unwrap()
    }

    fn days(overdue: &Overdue) -> String {
        overdue.days(None, day("09")).map(|day| day.civil().2.to_string()).collect()
    }

    #[test]
    fn days_from_the_one_that_is_told_about_to_the_last_that_does_not_read_it() {
        let check = |late_days, told, delivered, expected: &str| {
            let mut overdue = Overdue::new(late_days);
            overdue.add(day(told), day(delivered));
            assert_eq!(days(&overdue), expected, "{told} {delivered} {late_days}");
        };
        check(1, "03", "03", "");
        check(1, "03", "04", "");
        check(1, "03", "05", "3");
        check(1, "03", "08", "3456");
        check(0, "03", "04", "3");
        check(2, "03", "05", "");
    }

    #[test]
    fn a_day_with_something_that_was_delivered_before_it() {
        let check = |told, delivered, expected: &str| {
            let mut overdue = Overdue::new(1);
            overdue.add_early(day(told), day(delivered));
            assert_eq!(days(&overdue), expected, "{told} {delivered}");
        };
        check("03", "03", "");
        check("03", "04", "");
        check("04", "03", "4");
    }

    #[test]
    fn copies_of_a_call_tell_about_the_days_that_read_one_of_them() {
        let file = |stamp: &str, region: &str| -> Arc<str> {
            format!("111122223333_CloudTrail_{region}_202611{stamp}T1005Z_abcdefgh12345678.json").into()
        };
        let call = |text: &str, told: &str, stamp: &str, region: &str| {
            let time = day(told).start();
            SessionCall { time, log_file: file(stamp, region), ..sample::call(text) }
        };
        let check = |calls: &[SessionCall], expected: &str| {
            let mut overdue = Overdue::new(1);
            overdue.add_calls(calls);
            assert_eq!(days(&overdue), expected, "{calls:?}");
        };
        check(&[call("a t=1", "05", "05", "eu-west-1")], "");
        check(&[call("a t=1", "05", "07", "eu-west-1")], "5");
        // The one that stands is read with the other, or before it.
        check(&[call("a t=1", "05", "05", "eu-west-1"), call("a t=1", "05", "06", "us-east-1")], "");
        // The report of the 4th reads the copy alone.
        check(&[call("a t=1", "05", "06", "eu-west-1"), call("a t=1", "05", "05", "us-east-1")], "4");
        check(&[call("a t=1 shared=S", "05", "06", "eu-west-1"), call("b t=1 shared=S", "05", "05", "us-east-1")], "4");
    }
}
