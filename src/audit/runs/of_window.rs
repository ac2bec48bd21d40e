//! What is asked about a window, where more was read for what was before it. A reading of that window alone does not know
//! the log files from before it (DESIGN §2), so what lies there takes the place of no event of the window.

use std::collections::HashSet;
use std::hash::BuildHasher as _;
use std::sync::Arc;

use hashbrown::DefaultHashBuilder;

use super::dedupe::{Deduplicated, deduplicate};
use crate::domain::assumption::Assumption;
use crate::domain::log_key::LogKey;
use crate::domain::timestamp::Timestamp;
use crate::domain::window::Window;

/// The window that an answer is about, within what was read for it.
#[derive(Debug, Clone, Copy)]
pub struct AnswerWindow {
    /// The window.
    pub window: Window,
    /// Up to where everything was read. What is too late for that was taken for a reason.
    pub read_to: Option<Timestamp>,
    /// How many days late a log file may be.
    pub late_days: u32,
}

impl AnswerWindow {
    /// Of each event, whether a reading of the window alone takes the log file that it lies in.
    fn read(self, events: &[Assumption]) -> Vec<bool> {
        let to = self.window.to.filter(|to| self.read_to.is_none_or(|end| *to < end));
        let reach = Window { to, ..self.window };
        let is_read = |log_file: &str| {
            let delivered = LogKey::parse(log_file).delivered;
            delivered.is_none_or(|delivered| reach.may_hold(delivered, self.late_days))
        };
        // What comes out of one log file lies together.
        let mut last: Option<(&Arc<str>, bool)> = None;
        let mut read = Vec::with_capacity(events.len());
        for Assumption { log_file, .. } in events {
            let known = last.filter(|(file, _)| Arc::ptr_eq(file, log_file));
            read.push(last.insert(known.unwrap_or_else(|| (log_file, is_read(log_file)))).1);
        }
        read
    }

    /// The events, copies and all, that a reading of the window alone takes; nothing where it finds in the window what all
    /// events together give.
    fn part(self, events: &[Assumption]) -> Option<Vec<Assumption>> {
        let read = self.read(events);
        let of_kind = |is_read| events.iter().zip(&read).filter(move |(_, read)| **read == is_read).map(|(it, _)| it);
        let hasher = DefaultHashBuilder::default();
        // Two ids that are taken for one only make somebody look closer.
        let names = |event: &Assumption| {
            let corrects = event.correction.as_ref().map(|it| hasher.hash_one(&*it.original));
            let id = event.event_id.as_deref().map(|id| hasher.hash_one(id));
            id.into_iter().chain(corrects)
        };
        let unread: HashSet<u64> = of_kind(false).flat_map(names).collect();
        let is_known = |event: &Assumption| names(event).any(|name| unread.contains(&name));
        let differs = of_kind(false).any(|event| self.window.contains(event.time)) || of_kind(true).any(is_known);
        differs.then(|| of_kind(true).cloned().collect())
    }
}

/// Removes copies and takes corrections, as [`deduplicate`] does, and in the window that the answer is about as a reading of
/// that alone does.
#[must_use]
pub fn deduplicate_for(events: Vec<Assumption>, answer: Option<AnswerWindow>) -> Deduplicated {
    let part = answer.and_then(|answer| Some((answer.window, answer.part(&events)?)));
    let count = events.len() as u64;
    let mut all = deduplicate(events);
    let Some((window, part)) = part else { return all };
    let mut part = deduplicate(part);
    part.events.retain(|event| window.contains(event.time));
    let start = all.events.partition_point(|event| window.from.is_some_and(|from| event.time < from));
    let end = all.events.partition_point(|event| window.to.is_none_or(|to| event.time < to));
    all.events.splice(start..end.max(start), part.events);
    let Deduplicated { duplicate, conflicts, contradictions, unmatched, .. } = part;
    let counted = all.events.len() as u64 + duplicate + conflicts + unmatched;
    Deduplicated { duplicate, conflicts, contradictions, unmatched, elsewhere: count.saturating_sub(counted), ..all }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::assumption::Correction;
    use crate::report::sample;

    /// Events as `id second file`, where a file is the minute of its delivery, and the answer about the seconds from 600 on, of
    /// which `id second` are left. The counters balance.
    fn check(events: &[&str], expected: &[&str]) {
        let file = |minute: &str| format!("111122223333_CloudTrail_eu-west-1_20261103T{minute}Z_aB3dE5gH7jK9mN1p.json");
        let start = Timestamp::parse_rfc3339("2026-11-03T00:00:00Z").unwrap();
        let at = |second: i64| Timestamp::from_seconds(start.seconds() + second).unwrap();
        let made = events.iter().map(|text| {
            let mut words = text.split(' ');
            let mut next = || words.next().unwrap();
            let (id, second, minute) = (next(), next().parse().unwrap(), next());
            let (id, corrects) = id.split_once('<').map_or((id, None), |(id, of)| (id, Some(of)));
            let mut made = sample::events().remove(0);
            made.event_id = Some(id.into());
            made.time = at(second);
            made.log_file = if minute == "-" { "-".into() } else { file(minute).into() };
            made.content = [u8::try_from(second % 251).unwrap(); 32];
            made.correction =
                corrects.map(|of| Box::new(Correction { original: of.into(), updated: "".into(), is_bare: false }));
            made
        });
        let window = Window { from: Some(at(600)), to: Some(at(86_400)) };
        let answer = AnswerWindow { window, read_to: window.to, late_days: 1 };
        let Deduplicated { events: left, duplicate, conflicts, unmatched, elsewhere, .. } =
            deduplicate_for(made.collect(), Some(answer));
        let counted = left.len() as u64 + duplicate + conflicts + unmatched + elsewhere;
        assert_eq!(counted, events.len() as u64, "{events:?}");
        let shown: Vec<String> = left
            .iter()
            .map(|event| format!("{} {}", event.event_id.as_deref().unwrap(), event.time.seconds() - start.seconds()))
            .collect();
        assert_eq!(shown, expected, "{events:?}");
    }

    #[test]
    fn what_lies_before_a_window_takes_the_place_of_nothing_in_it() {
        check(&["a 700 0011", "b 650 0020"], &["b 650", "a 700"]);
        // A copy from before the window stands there, and the other one in the window.
        check(&["a 300 0005", "a 700 0015"], &["a 300", "a 700"]);
        // Both are read for the window: the first file stands.
        check(&["a 700 0011", "a 800 0015"], &["a 700"]);
        check(&["a 700 -", "a 800 0015"], &["a 700"]);
        // The window alone does not read the file.
        check(&["a 700 0009", "b 700 0010"], &["b 700"]);
        check(&["a 300 0005", "b<a 700 0015"], &["b 700"]);
        check(&["a 700 0015", "b<a 300 0005", "c 701 0015"], &["b 300", "a 700", "c 701"]);
    }
}
