//! What has been read of a source before, so that only the rest has to be.
//!
//! A store remembers every log file by its name and by what told its state when it was listed. Never is a last name kept:
//! names of one minute differ in a random suffix, and files arrive late.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::fs::Metadata;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::domain::digest::Hash;
use crate::domain::tally::ByteTally;
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::window::Window;

/// One state of a log file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectVersion {
    /// What a store calls the log file: unique within its source, and not always the name in the `log_file` column.
    pub name: Arc<str>,
    /// Its size in bytes when it was listed.
    pub size: u64,
    /// What changes whenever the bytes do: the entity tag of an object, the time of the last change of a file. Empty
    /// where nothing tells.
    pub tag: Box<str>,
}

/// Why log files are read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadAgainFor {
    /// They hold calls that turned out to be of runs.
    Calls,
    /// They may tell what others did with what turned out to be of runs.
    Writes,
}

/// A log file that may hold more about runs than was kept of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileToReadAgain {
    /// The number of its source.
    pub source: usize,
    /// Its name in the `log_file` column.
    pub log_file: Arc<str>,
    /// As it was read.
    pub version: ObjectVersion,
    /// What an extract told of it; nothing where it lies in its source itself.
    pub extracted: Option<ExtractedState>,
}

/// A log file that an extract is of, as the extract tells it: it lies in the archive of that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtractedState {
    /// How the extract calls its source.
    pub source: Box<str>,
    /// How many records it has.
    pub records: u64,
    /// How many of them are kept as events.
    pub kept: u64,
    /// Its size.
    pub bytes: ByteTally,
    /// The hash of its bytes as they are stored, where the extract tells.
    pub sha256: Option<Hash>,
}

/// The size and the tag of files that were read, by their names.
pub type ReadFiles = HashMap<Box<str>, (u64, Box<str>)>;

impl ObjectVersion {
    /// Whether the file was read in this very state.
    #[must_use]
    pub fn is_in(&self, read: &ReadFiles) -> bool {
        !self.tag.is_empty() && read.get(&*self.name).is_some_and(|(size, tag)| *size == self.size && *tag == self.tag)
    }
}

/// What is known about a source. Where the knowledge itself cannot be read, nothing is known and `failure` says why: whoever
/// asked has to end then, since nobody wants an archive to be read again for that.
pub trait KnownSource: Send + Sync + Debug {
    /// Whether nothing of it is known.
    fn is_new(&self) -> bool;

    /// Which of these files were read or are of no use, and in what state.
    fn read(&self, names: &[&str]) -> ReadFiles;

    /// How many of the files that were asked about count as unread since fewer events were kept of them than are wanted.
    fn read_for_fewer(&self) -> u64 {
        0
    }

    /// Why something could not be told, if anything could not.
    fn failure(&self) -> Option<String> {
        None
    }

    /// The files that failed when they were last tried.
    fn failed(&self) -> Vec<ObjectVersion>;

    /// Whether a folder of day folders was looked into for the days before a window that begins with `first`.
    fn looked_before(&self, _folder: &str, _first: Day) -> bool {
        false
    }

    /// Whether it holds extracts: the log files that they speak of are not in it, and no day of it is ever settled.
    fn holds_extracts(&self) -> bool {
        false
    }

    /// The days of a folder of day folders that were listed and read to the end, after nothing could come any more.
    fn settled(&self, folder: &str) -> DaySet;
}

/// What is known where nothing was read.
#[derive(Debug, Clone, Copy)]
pub struct NothingKnown;

impl KnownSource for NothingKnown {
    fn is_new(&self) -> bool {
        true
    }

    fn read(&self, _: &[&str]) -> ReadFiles {
        ReadFiles::new()
    }

    fn failed(&self) -> Vec<ObjectVersion> {
        Vec::new()
    }

    fn settled(&self, _: &str) -> DaySet {
        DaySet::default()
    }
}

/// How sources are read that were read before.
#[derive(Debug, Clone)]
pub struct Resume {
    /// By the number of the source.
    pub sources: BTreeMap<usize, SourcePast>,
    /// How many days before today (UTC) log files may still come into the folder of a day.
    pub look_back: u32,
    /// Everything is listed, settled or not.
    pub refresh: bool,
}

/// What matters of the past of one source.
#[derive(Debug, Clone)]
pub struct SourcePast {
    /// What was read.
    pub known: Arc<dyn KnownSource>,
    /// The window that it is read for, if it is a remote one.
    pub window: Window,
}

impl Resume {
    /// The first day whose folder may still change.
    #[must_use]
    pub fn first_open(&self, now: Timestamp) -> Day {
        now.day().plus(-i64::from(self.look_back))
    }
}

/// Days, as stretches that neither touch nor overlap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DaySet {
    /// From the first day of a stretch to its last one.
    stretches: BTreeMap<Day, Day>,
}

impl DaySet {
    /// Adds the days from `first` to `last`, both inside.
    pub fn add(&mut self, first: Day, last: Day) {
        if first > last {
            return;
        }
        let (mut first, mut last) = (first, last);
        let touching: Vec<(Day, Day)> = self
            .stretches
            .range(..=last.plus(1))
            .map(|(from, to)| (*from, *to))
            .filter(|(_, to)| to.plus(1) >= first)
            .collect();
        for (from, to) in touching {
            self.stretches.remove(&from);
            (first, last) = (first.min(from), last.max(to));
        }
        self.stretches.insert(first, last);
    }

    /// Whether the day is one of them.
    #[must_use]
    pub fn contains(&self, day: Day) -> bool {
        self.stretches.range(..=day).next_back().is_some_and(|(_, last)| day <= *last)
    }

    /// The stretches, in order: the first and the last day of each.
    pub fn stretches(&self) -> impl Iterator<Item = (Day, Day)> {
        self.stretches.iter().map(|(first, last)| (*first, *last))
    }
}

/// A clock that counts no parts of a second is at most so coarse.
const COARSE: Duration = Duration::from_secs(2);

/// The clock that file systems take their times from advances at least that often.
const TICK: Duration = Duration::from_millis(50);

/// The tag of a local file that was listed at `now`: its time of change to the nanosecond. None for a file that was
/// changed just now, since the next change may get the same time and leave the same size.
#[must_use]
pub fn tag_of(metadata: &Metadata, now: SystemTime) -> Box<str> {
    let Ok(modified) = metadata.modified() else { return "".into() };
    let (sign, since) = match modified.duration_since(UNIX_EPOCH) {
        Ok(since) => ("", since),
        Err(before) => ("-", before.duration()),
    };
    let doubt = if since.subsec_nanos() == 0 { COARSE } else { TICK };
    if now.duration_since(modified).is_ok_and(|age| age < doubt) {
        return "".into();
    }
    format!("{sign}{}.{:09}", since.as_secs(), since.subsec_nanos()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn stretches_of_days_grow_together() {
        let mut days = DaySet::default();
        let shown =
            |days: &DaySet| days.stretches().map(|(from, to)| format!("{from}–{to}")).collect::<Vec<_>>().join(" ");
        days.add(day("2026-11-10"), day("2026-11-12"));
        days.add(day("2026-11-20"), day("2026-11-20"));
        assert_eq!(shown(&days), "2026-11-10–2026-11-12 2026-11-20–2026-11-20");
        days.add(day("2026-11-13"), day("2026-11-13"));
        assert_eq!(shown(&days), "2026-11-10–2026-11-13 2026-11-20–2026-11-20");
        days.add(day("2026-11-09"), day("2026-11-08"));
        days.add(day("2026-11-11"), day("2026-11-12"));
        assert_eq!(shown(&days), "2026-11-10–2026-11-13 2026-11-20–2026-11-20");
        assert!(days.contains(day("2026-11-13")) && !days.contains(day("2026-11-14")));
        assert!(!days.contains(day("2026-11-09")) && days.contains(day("2026-11-20")));
        days.add(day("2026-11-01"), day("2026-11-30"));
        assert_eq!(shown(&days), "2026-11-01–2026-11-30");
    }

    #[test]
    fn a_file_that_has_just_changed_has_no_tag() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let metadata = file.as_file().metadata().unwrap();
        let modified = metadata.modified().unwrap();
        assert_eq!(&*tag_of(&metadata, modified + Duration::from_millis(1)), "");
        let later = tag_of(&metadata, modified + Duration::from_mins(1));
        assert!(later.contains('.') && later.len() > 11, "{later}");
        assert_eq!(tag_of(&metadata, modified + Duration::from_mins(2)), later);
        // A clock that was set back is no reason to read a file for ever.
        assert_eq!(tag_of(&metadata, modified - Duration::from_mins(1)), later);
    }
}
