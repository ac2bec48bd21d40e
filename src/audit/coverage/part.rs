//! What of all that was read a narrower window rests on, so that a report of a day among others says the same as a scan of
//! that day alone (DESIGN §8).

use super::delivery::{Besides, DeliveryTally, EarlyTally};
use super::verified::Verified;
use super::whole::Coverage;
use crate::audit::runs::dedupe::Copies;
use crate::domain::log_key::LogKey;
use crate::domain::tally::KeptTally;
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::window::Window;

/// When the log files were delivered that a scan of a window reads (DESIGN §2), out of what was read.
#[derive(Clone, Copy)]
struct Reach {
    /// The first minute.
    from: Option<Timestamp>,
    /// The last day.
    last: Option<Day>,
}

impl Reach {
    fn has(self, delivered: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= delivered) && self.last.is_none_or(|last| delivered.day() <= last)
    }

    fn has_any(self, first: Day, last: Day) -> bool {
        self.from.is_none_or(|from| from.day() <= last) && self.last.is_none_or(|end| first <= end)
    }

    fn has_day(self, day: Day) -> bool {
        self.has_any(day, day)
    }

    /// Whether a scan would have tried the file, or the folder, of that name.
    fn has_file(self, name: &str) -> bool {
        if let Some(folder) = name.strip_suffix('/') {
            return days_of_folder(folder).is_none_or(|(first, last)| self.has_any(first, last));
        }
        LogKey::parse(name).delivered.is_none_or(|delivered| self.has(delivered))
    }
}

impl Coverage {
    /// Which log files a scan of `window` reads. What is too late for all that was read was taken for a reason.
    fn reach(&self, window: Window) -> Reach {
        let is_narrower = window.to.is_none() || window.to != self.read_to;
        let last = window.last_folder(self.late_days).filter(|_| is_narrower);
        Reach { from: window.from.map(Timestamp::minute), last }
    }

    /// What digests say of the log files that `window` rests on, in the accounts asked about.
    #[must_use]
    pub fn verified_in(&self, window: Window) -> Option<Verified> {
        let verified = self.verified.as_ref()?;
        Some(self.of_accounts(self.verified_of(verified, window, verified.logs.valid)))
    }

    /// What digests say of the log files of the accounts asked about. A bucket shows no others.
    #[must_use]
    pub fn verified_asked(&self) -> Option<Verified> {
        self.verified.clone().map(|verified| self.of_accounts(verified))
    }

    fn of_accounts(&self, mut verified: Verified) -> Verified {
        verified.troubles.retain(|row| self.is_about(row.account.as_deref()));
        verified.chains.retain(|chain, _| self.is_about(Some(&chain.account)));
        verified
    }

    fn verified_of(&self, verified: &Verified, window: Window, read: u64) -> Verified {
        let reach = self.reach(window);
        verified.of_window(window.of_digests(self.late_days), read, |name| reach.has_file(name))
    }

    /// What was delivered on the day on which `window` begins, before it does.
    #[must_use]
    pub fn early_of(&self, window: Window) -> Option<&EarlyTally> {
        self.early.get(&window.from?.minute())
    }

    /// What was read of the time before `window`. Log files that were delivered after its late days are none of it, nor are
    /// they known to a report of that window alone.
    #[must_use]
    pub fn before(&self, window: Window) -> Besides {
        let Some((from, first)) = window.from.zip(window.first_day()) else { return Besides::default() };
        let earlier = |name: &str| match LogKey::parse(name).delivered {
            Some(delivered) if !name.ends_with('/') => delivered < from.minute(),
            _ => Reach { from: None, last: Some(first.plus(-1)) }.has_file(name),
        };
        let reach = self.reach(window);
        let read = self.delivered.iter().filter(|(day, _)| day.is_some_and(|day| day < first));
        let failed = self.failed.iter().filter(|failed| earlier(&failed.file) && !reach.has_file(&failed.file));
        let read =
            read.map(|(_, tally)| tally.read).sum::<u64>() + self.early_of(window).map_or(0, |early| early.held.read);
        Besides { read, failed: failed.count() as u64 }
    }

    /// What of it `window` rests on, in which so many kept events are reported. `copies` are those of events that
    /// have several.
    #[must_use]
    pub fn of_window(&self, window: Window, reported: u64, copies: &[Copies]) -> Self {
        let reach = self.reach(window);
        let mut part = self.clone();
        part.window = window;
        // The API has no folders.
        for source in part.sources.iter_mut().filter(|source| source.last_folder.is_some()) {
            (source.first_folder, source.last_folder) = (window.first_day(), window.last_folder(self.late_days));
        }
        part.failed.retain(|failed| reach.has_file(&failed.file));
        part.malformed.retain(|record| reach.has_file(&record.file));
        part.truncated.retain(|file, _| reach.has_file(file));
        part.conflicts.retain_mut(|conflict| {
            let all = conflict.files.len();
            conflict.files.retain(|file| reach.has_file(file));
            // Log files of two sources may have one name.
            conflict.files.len() > 1 || (conflict.files.len() == 1 && all == 1)
        });
        let mut sum = DeliveryTally::default();
        for (day, tally) in &part.delivered {
            if day.is_none_or(|day| reach.has_day(day)) {
                sum.add(*tally);
            }
        }
        sum = self.early_of(window).map_or(sum, |early| sum.less(early.held));
        part.verified = self.verified.as_ref().map(|all| self.verified_of(all, window, sum.read));
        let failed = part.failed.len() as u64;
        part.files.read = sum.read;
        part.files.failed = failed;
        // A scan of the window never asks for what is not there of another time.
        let absent = |coverage: &Self| coverage.verified.as_ref().map_or(0, Verified::absent);
        let elsewhere = absent(self).saturating_sub(absent(&part));
        part.files.total = part.files.total.saturating_sub(elsewhere);
        let tried = (self.files.read + self.files.failed).saturating_sub(elsewhere);
        part.files.skipped_window += tried.saturating_sub(sum.read + failed);
        (part.bytes, part.records, part.besides) = (sum.bytes, sum.records, Some(self.before(window)));
        let mut kept = KeptTally { reported, ..KeptTally::default() };
        for copies in copies {
            let mut inside = copies.iter().filter(|(file, _)| reach.has_file(file)).map(|(_, content)| content);
            let stands = inside.next();
            inside.for_each(|content| {
                *(if Some(content) == stands { &mut kept.duplicate } else { &mut kept.conflicts }) += 1;
            });
        }
        kept.filtered = sum.records.kept.saturating_sub(kept.total());
        part.kept = kept;
        part.find_gaps();
        part
    }
}

/// The days of the folder of a year, a month or a day; nothing where it is none of these.
fn days_of_folder(folder: &str) -> Option<(Day, Day)> {
    let mut names = folder.rsplit('/');
    let mut last = || names.next().filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
    let names: Vec<&str> = [last(), last(), last()].into_iter().map_while(|name| name).collect();
    let at = names.iter().position(|name| name.len() == 4)?;
    let number = |at: usize| names.get(at).and_then(|name| name.parse::<i8>().ok());
    let year = names[at].parse::<i16>().ok()?;
    let Some(month) = at.checked_sub(1).map(number) else {
        return Day::from_civil(year, 1, 1).zip(Day::from_civil(year, 12, 31));
    };
    let month = month?;
    let Some(day) = at.checked_sub(2).map(number) else {
        let last = (28..=31).rev().find_map(|day| Day::from_civil(year, month, day));
        return Day::from_civil(year, month, 1).zip(last);
    };
    let day = Day::from_civil(year, month, day?)?;
    Some((day, day))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::audit::coverage::{DayKey, DayTally, FailedFile};
    use crate::domain::tally::RecordTally;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn folders_tell_their_days() {
        let check = |folder: &str, expected: &str| {
            let shown = days_of_folder(folder).map(|(first, last)| format!("{first} {last}"));
            assert_eq!(shown.unwrap_or_default(), expected, "{folder}");
        };
        check("AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/02", "2026-11-02 2026-11-02");
        check("AWSLogs/111122223333/CloudTrail/eu-west-1/2026/02", "2026-02-01 2026-02-28");
        check("AWSLogs/111122223333/CloudTrail/eu-west-1/2026", "2026-01-01 2026-12-31");
        check("AWSLogs/111122223333/CloudTrail/eu-west-1", "");
        check("AWSLogs/111122223333", "");
        check("2026/13", "");
    }

    #[test]
    fn a_day_rests_on_its_log_files_and_on_those_without_a_day() {
        let name = |date: &str| format!("111122223333_CloudTrail_eu-west-1_{date}T0100Z_aB3dE5gH7jK9mN1p.json.gz");
        let failed = |file: String| FailedFile { file: file.into(), reason: "empty: no bytes".to_owned() };
        let records = RecordTally { total: 3, kept: 2, other: 1, malformed: 0 };
        let tally = |read| DeliveryTally { read, records, ..DeliveryTally::default() };
        let mut whole = Coverage { late_days: 1, ..Coverage::default() };
        whole.delivered = BTreeMap::from([
            (None, tally(1)),
            (Some(day("2026-11-01")), tally(10)),
            (Some(day("2026-11-02")), tally(20)),
            (Some(day("2026-11-03")), tally(30)),
            (Some(day("2026-11-04")), tally(40)),
        ]);
        whole.failed = vec![
            failed(name("20261101")),
            failed(name("20261103")),
            failed(name("20261104")),
            failed("x/2026/10/".to_owned()),
            failed("y".to_owned()),
        ];
        (whole.files.read, whole.files.failed, whole.files.total) = (101, 5, 106);
        let window = Window { from: Some(day("2026-11-02").start()), to: Some(day("2026-11-03").start()) };
        whole.read_to = Some(day("2026-11-09").start());
        // The first stands in the whole and not here; of the others, one is the same and one is not.
        let file = |date: &str| std::sync::Arc::from(name(date));
        let copies = [
            vec![(file("20261101"), 0), (file("20261103"), 0)],
            vec![(file("20261101"), 0), (file("20261102"), 1), (file("20261103"), 1), (file("20261103"), 0)],
        ];
        let part = whole.of_window(window, 2, &copies);
        assert!(part.balances(), "{part:?}");
        assert_eq!((part.files.read, part.files.failed, part.files.skipped_window), (51, 2, 53));
        // Those of the 4th are not of the time before.
        assert_eq!(part.besides, Some(Besides { read: 10, failed: 2 }));
        assert_eq!(part.kept, KeptTally { reported: 2, filtered: 2, duplicate: 1, conflicts: 1 });
    }

    #[test]
    fn a_window_rests_on_what_was_delivered_from_its_first_minute_on() {
        let name = |time: &str| format!("111122223333_CloudTrail_eu-west-1_20261102T{time}Z_aB3dE5gH7jK9mN1p.json.gz");
        let failed = |file: String| FailedFile { file: file.into(), reason: "empty: no bytes".to_owned() };
        let at = |time: &str| Timestamp::parse_rfc3339(&format!("2026-11-02T{time}Z")).unwrap();
        let records = |kept| RecordTally { total: kept, kept, other: 0, malformed: 0 };
        let tally = |read, kept| DeliveryTally { read, records: records(kept), ..DeliveryTally::default() };
        let mut whole = Coverage { late_days: 1, ..Coverage::default() };
        whole.delivered =
            BTreeMap::from([(Some(day("2026-11-01")), tally(2, 2)), (Some(day("2026-11-02")), tally(20, 9))]);
        let place =
            |account: &str| DayKey { account_id: Some(account.into()), region: None, date: Some(day("2026-11-02")) };
        let early = |read, kept| EarlyTally { held: tally(read, kept), read: BTreeMap::from([(place("1"), read)]) };
        whole.early = BTreeMap::from([(at("12:00:00"), early(7, 4))]);
        whole.failed = vec![failed(name("1155")), failed(name("1200"))];
        whole.records = records(11);
        (whole.files.read, whole.files.failed, whole.files.total) = (22, 2, 24);
        let window = Window { from: Some(at("12:00:30")), to: Some(at("13:00:00")) };
        whole.read_to = window.to;
        let part = whole.of_window(window, 3, &[]);
        assert!(part.balances() && !part.is_unread(), "{part:?}");
        assert_eq!((part.files.read, part.files.failed, part.files.skipped_window), (13, 1, 10));
        assert_eq!(part.besides, Some(Besides { read: 9, failed: 1 }));
        assert_eq!(part.kept, KeptTally { reported: 3, filtered: 2, ..KeptTally::default() });
        // Where everything of the day is from before the window, nothing of it was read.
        whole.early = BTreeMap::from([(at("12:00:00"), early(20, 9))]);
        assert!(whole.of_window(window, 0, &[]).is_unread());
        // Nor was anything of an account of which all is from before it.
        let read = |read| DayTally { files: read, read, ..DayTally::default() };
        whole.days = BTreeMap::from([(place("1"), read(7)), (place("2"), read(13))]);
        whole.early = BTreeMap::from([(at("12:00:00"), early(7, 4))]);
        for (account, is_unread) in [("1", true), ("2", false), ("3", true)] {
            let asked = Some(BTreeSet::from([account.into()]));
            // Those of calls are asked about as well, beside others that were read.
            let of_calls = Coverage { call_accounts: asked.clone(), ..whole.clone() };
            let of_events = Coverage { accounts: asked, ..whole.clone() };
            for whole in [of_calls, of_events] {
                assert_eq!(whole.of_window(window, 0, &[]).is_unread(), is_unread, "{account}");
                // A scan that reads farther back says the same.
                let scan = Coverage { window, ..whole };
                assert_eq!(scan.is_unread(), is_unread, "{account}");
            }
        }
    }
}
