//! What a store remembers of a sync beside log files: where it began and whether it came to its end, what could not be
//! listed, and what else is incomplete. It is remembered by part of a source, so that a sync of one part leaves what was
//! said of others as it is; and what it did not look at again stays said.

use rusqlite::{OptionalExtension as _, Row};

use super::error::StoreError;
use super::handle::Store;
use super::label::label;
use super::log_file::LogFile;
use super::write::{OpenPart, StoreWriter};
use crate::audit::coverage::{NOT_VERIFIED, SourceCoverage};
use crate::domain::log_key::LogKey;
use crate::domain::timestamp::{Day, Timestamp};
use crate::domain::window::Window;
use crate::source::{LookedRange, SourceKind, Unlisted, kinds};

/// So many log files that could not be read again are named; all are counted.
const NAMED: usize = 200;

/// Days without a bound where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct DayBounds {
    first: Option<i64>,
    last: Option<i64>,
}

impl DayBounds {
    fn of(first: Option<Day>, last: Option<Day>) -> Self {
        Self { first: first.map(Day::number), last: last.map(Day::number) }
    }

    fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Self> {
        Ok(Self { first: row.get(at)?, last: row.get(at + 1)? })
    }

    /// Whether all of `others` lie in these.
    fn cover(self, others: Self) -> bool {
        let begins = self.first.is_none_or(|first| others.first.is_some_and(|other| first <= other));
        let ends = self.last.is_none_or(|last| others.last.is_some_and(|other| other <= last));
        begins && ends
    }

    /// Whether there may be a day in both.
    fn meet(self, others: Self) -> bool {
        let before = |last: Option<i64>, first: Option<i64>| last.zip(first).is_some_and(|(last, first)| last < first);
        !before(self.last, others.first) && !before(others.last, self.first)
    }

    /// Those of both and between them.
    fn and(self, others: Self) -> Self {
        Self {
            first: self.first.zip(others.first).map(|(one, other)| one.min(other)),
            last: self.last.zip(others.last).map(|(one, other)| one.max(other)),
        }
    }

    /// What is left of `others` beside these: one stretch, which may hold more than is left.
    fn left_of(self, others: Self) -> Option<Self> {
        if self.cover(others) {
            return None;
        }
        let ends_later = self.last.is_none_or(|last| others.last.is_some_and(|other| other <= last));
        match self.first {
            Some(first) if ends_later && self.meet(others) => Some(Self { last: Some(first - 1), ..others }),
            _ => Some(others),
        }
    }
}

/// A sync of a source, as it begins.
#[derive(Debug, Clone, Default)]
pub struct PartBegin {
    /// From which second on the source is to be complete.
    pub wanted: Option<Timestamp>,
    /// What is looked at; the days are those that may get log files.
    pub looked: LookedRange,
}

impl StoreWriter {
    /// Takes that a sync of a source begins at `now`. Until it comes to its end the days that it looks at are in doubt.
    pub fn begin_sync(&mut self, source: usize, begin: &PartBegin, now: Timestamp) -> Result<(), StoreError> {
        self.change(|writer| {
            let part = writer.sources[source].part;
            let connection = &writer.store.connection;
            let sql = "SELECT first, last FROM parts WHERE id = ? AND begun IS NOT NULL";
            let before = connection.query_row(sql, [part], |row| DayBounds::read(row, 0)).optional()?;
            let days = DayBounds::of(begin.looked.first, begin.looked.last);
            let DayBounds { first, last } = before.map_or(days, |before| before.and(days));
            let sql = "UPDATE parts SET begun = coalesce(nullif(begun, 0), ?), first = ?, last = ?,
                wanted = coalesce(?, wanted) WHERE id = ?";
            let wanted = begin.wanted.map(Timestamp::seconds);
            connection.execute(sql, (now.seconds(), first, last, wanted, part))?;
            if !begin.looked.below.is_empty() && writer.sources[source].kind.is_paged() {
                let sql = "UPDATE parts SET names = ? WHERE id = ?";
                connection.execute(sql, (begin.looked.below.join("\n"), part))?;
            }
            Ok(())
        })
    }

    /// Takes what could not be listed in a source. What could not be listed before and was looked at again is forgotten.
    pub fn take_unlisted(
        &mut self,
        source: usize,
        unlisted: &[(LogKey, Unlisted)],
        looked: &LookedRange,
    ) -> Result<(), StoreError> {
        self.change(|writer| {
            writer.forget_listed(source, looked)?;
            unlisted.iter().try_for_each(|(key, unlisted)| writer.insert_unlisted(source, key, unlisted, looked))
        })
    }

    /// Takes that a source could not be reached. One that was never reached leaves nothing.
    pub fn miss(
        &mut self,
        source: usize,
        unlisted: &[(LogKey, Unlisted)],
        looked: &LookedRange,
    ) -> Result<(), StoreError> {
        if !self.sources[source].is_new {
            return self.take_unlisted(source, unlisted, looked);
        }
        self.change(|writer| {
            let open = &mut writer.sources[source];
            open.is_withdrawn = true;
            let (id, part) = (open.id, open.part);
            let connection = &writer.store.connection;
            connection.execute("DELETE FROM parts WHERE id = ?", [part])?;
            let sql = "DELETE FROM sources WHERE id = ? AND NOT EXISTS (SELECT 1 FROM parts WHERE source = sources.id)";
            if connection.execute(sql, [id])? == 0 {
                label(connection, id)?;
            }
            Ok(())
        })
    }

    /// Takes what else makes a source incomplete, in place of what did before in the days that were looked at.
    pub fn take_remarks<'a>(
        &mut self,
        source: usize,
        remarks: impl IntoIterator<Item = &'a str>,
        looked: &LookedRange,
    ) -> Result<(), StoreError> {
        if self.sources[source].is_withdrawn {
            return Ok(());
        }
        self.change(|writer| {
            let part = writer.sources[source].part;
            let connection = &writer.store.connection;
            let days = DayBounds::of(looked.first, looked.last);
            let mut statement = connection.prepare_cached("SELECT text, first, last FROM remarks WHERE part = ?")?;
            let said = statement.query_map([part], |row| Ok((row.get::<_, String>(0)?, DayBounds::read(row, 1)?)))?;
            let said: Vec<(String, DayBounds)> = said.collect::<rusqlite::Result<_>>()?;
            for (text, _) in said.iter().filter(|(_, said)| days.cover(*said)) {
                connection.execute("DELETE FROM remarks WHERE part = ? AND text = ?", (part, text))?;
            }
            for text in remarks {
                let sql = "INSERT INTO remarks VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";
                connection.execute(sql, (part, text, days.first, days.last))?;
            }
            Ok(())
        })
    }

    /// Takes that a source was read to its end at `now`, and is complete from `start` on. No day that was looked at is in
    /// doubt any more, be it of a narrower part whose folders were listed.
    pub fn finish(
        &mut self,
        source: usize,
        start: Option<Timestamp>,
        now: Timestamp,
        looked: &LookedRange,
    ) -> Result<(), StoreError> {
        self.change(|writer| {
            let (id, part) = (writer.sources[source].id, writer.sources[source].part);
            let connection = &writer.store.connection;
            let sql = "UPDATE parts SET start = coalesce(?, start), synced = ? WHERE id = ?";
            connection.execute(sql, (start.map(Timestamp::seconds), now.seconds(), part))?;
            let days = DayBounds::of(looked.first, looked.last);
            let sql = "SELECT id, name, first, last FROM parts WHERE source = ? AND begun IS NOT NULL";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([id], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, DayBounds::read(row, 2)?))
            })?;
            let begun: Vec<(i64, String, DayBounds)> = rows.collect::<rusqlite::Result<_>>()?;
            for (other, name, doubt) in begun {
                if other == part || writer.is_listed(source, &name, looked) {
                    let left = days.left_of(doubt);
                    let sql =
                        "UPDATE parts SET begun = CASE WHEN ?1 THEN begun END, first = ?2, last = ?3 WHERE id = ?4";
                    let DayBounds { first, last } = left.unwrap_or(DayBounds { first: None, last: None });
                    connection.execute(sql, (left.is_some(), first, last, other))?;
                }
            }
            Ok(())
        })
    }

    /// Whether what has that name, or everything in it, was listed on the way, though perhaps no sync asked for it.
    fn is_listed(&self, source: usize, name: &str, looked: &LookedRange) -> bool {
        let open = &self.sources[source];
        let is_inside = open.kind.is_paged() || name.starts_with(&*open.name);
        is_inside && looked.below.iter().any(|below| name.starts_with(&**below) || below.starts_with(name))
    }

    /// Forgets what could not be listed before, where it was looked at again.
    fn forget_listed(&self, source: usize, looked: &LookedRange) -> rusqlite::Result<()> {
        let open = &self.sources[source];
        let connection = &self.store.connection;
        let sql = "SELECT f.id, f.name, u.part, u.first, u.last FROM log_files AS f INDEXED BY log_files_of_note
            LEFT JOIN unlisted AS u ON u.log_file = f.id
            WHERE (f.outcome = 'failed' OR f.notes IS NOT NULL) AND f.outcome = 'failed' AND f.size IS NULL
                AND f.source = ?";
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query([open.id])?;
        let days = DayBounds::of(looked.first, looked.last);
        let mut listed: Vec<i64> = Vec::new();
        while let Some(row) = rows.next()? {
            let is_again = match row.get::<_, Option<i64>>(2)? {
                // What an earlier version wrote does not tell.
                None => true,
                Some(part) => {
                    let name = row.get_ref(1)?.as_str()?;
                    // The regions of one account say nothing of those of another, which may have the same words for them.
                    let is_own = part == open.part && !open.kind.is_paged();
                    (is_own || self.is_listed(source, name, looked)) && days.cover(DayBounds::read(row, 3)?)
                }
            };
            if is_again {
                listed.push(row.get(0)?);
            }
        }
        let mut statement = connection.prepare_cached("DELETE FROM log_files WHERE id = ?")?;
        listed.into_iter().try_for_each(|id| statement.execute([id]).map(drop))
    }

    fn insert_unlisted(
        &mut self,
        source: usize,
        key: &LogKey,
        unlisted: &Unlisted,
        looked: &LookedRange,
    ) -> rusqlite::Result<()> {
        let OpenPart { id, part, kind, .. } = self.sources[source];
        let is_remote = kind != SourceKind::Local;
        // Of pages each account's region has one.
        let name = match (&key.account, &key.region) {
            (Some(account), Some(region)) if kind.is_paged() => format!("{account}/{region}/"),
            // Or each log group, whose events are of any account: as the names of its slots begin.
            _ if kind.is_paged() => format!("{}:", unlisted.file),
            _ => unlisted.file.to_string(),
        };
        if self.keep_stale(id, &name, &unlisted.reason, unlisted.forbidden, 0)? {
            return Ok(());
        }
        // A folder of an archive says which days are missing.
        let file = LogFile::failed(unlisted, is_remote);
        let key = if is_remote { of_its_day(key) } else { LogKey::default() };
        self.forget(id, &name)?;
        let log_file = self.insert_file(id, &name, None, &key, &file, 0)?;
        let days =
            key.date.map_or(DayBounds::of(looked.first, looked.last), |date| DayBounds::of(Some(date), Some(date)));
        let sql = "INSERT INTO unlisted VALUES (?, ?, ?, ?)";
        self.store.connection.prepare_cached(sql)?.execute((log_file, part, days.first, days.last))?;
        Ok(())
    }
}

/// What is in a day folder is delivered on that day, so that only a window that reaches it lacks it.
fn of_its_day(key: &LogKey) -> LogKey {
    let ends = key.date.and_then(|date| Timestamp::from_seconds(date.end().seconds() - 1));
    LogKey { delivered: key.delivered.or(ends), ..key.clone() }
}

/// What the names of the log files of a part begin with. Only what comes in pages has several, a line each; the prefix of a
/// bucket may hold line breaks.
pub(super) fn beginnings<'a>(kind: &str, names: &'a str) -> Vec<&'a str> {
    if kinds::is_paged(kind) { names.split('\n').collect() } else { vec![names] }
}

impl Store {
    /// What is in doubt, since a sync of it was not read to its end, a line each.
    pub fn unfinished(&self) -> Result<Vec<String>, StoreError> {
        self.unfinished_in(None, None).map_err(|error| self.error(error))
    }

    /// What makes a window's answer incomplete, beside the log files that failed and were never read.
    pub(super) fn about_parts(&self, window: Window, late_days: u32) -> rusqlite::Result<Vec<String>> {
        let mut lines = self.unfinished_in(window.first_day(), window.last_folder(late_days))?;
        let mut statement = self.connection.prepare("SELECT text FROM remarks")?;
        let texts = statement.query_map([], |row| row.get::<_, String>(0))?;
        for text in texts {
            lines.push(text?);
        }
        drop(statement);
        lines.extend(self.empty_parts()?);
        lines.extend(self.about_stale(window, late_days)?);
        Ok(lines)
    }

    /// Folders of a bucket without a log file, where others of it have some. Log files that extracts are of lie in other folders than
    /// these, as their names say.
    fn empty_parts(&self) -> rusqlite::Result<Vec<String>> {
        let sql = "SELECT label FROM parts AS p WHERE name <> '' AND names = name AND synced IS NOT NULL
            AND EXISTS (SELECT 1 FROM log_files WHERE source = p.source)
            AND NOT EXISTS (SELECT 1 FROM extract_sources WHERE source = p.source)
            AND NOT EXISTS (
                SELECT 1 FROM log_files WHERE source = p.source AND name >= p.name AND name < p.name || char(1114111)
            )";
        let mut statement = self.connection.prepare(sql)?;
        let labels = statement.query_map([], |row| row.get(0))?;
        let line = |label| SourceCoverage { source: label, ..SourceCoverage::default() }.no_log_file(false);
        labels.filter_map(|label| label.map(line).transpose()).collect()
    }

    /// Log files that could not be read again.
    fn about_stale(&self, window: Window, late_days: u32) -> rusqlite::Result<Vec<String>> {
        let sql = format!(
            "SELECT coalesce(f.label, f.name), s.reason FROM stale AS s JOIN log_files AS f ON f.id = s.log_file
            WHERE f.outcome <> 'failed' AND NOT (?1 AND substr(s.reason, 1, {}) = '{NOT_VERIFIED}') AND {} ORDER BY f.name",
            NOT_VERIFIED.len(),
            self.files_read(window, late_days)
        );
        let mut statement = self.connection.prepare(&sql)?;
        // What is not verified is told with what digests said besides.
        let mut rows = statement.query([self.is_verified])?;
        let (mut lines, mut count) = (Vec::new(), 0_usize);
        while let Some(row) = rows.next()? {
            count += 1;
            if lines.len() < NAMED {
                let (file, reason): (String, String) = (row.get(0)?, row.get(1)?);
                lines.push(match reason.strip_prefix(NOT_VERIFIED) {
                    Some(verdict) => {
                        format!("{file}: {verdict} when it was verified, so what was read of it before stands")
                    }
                    None => format!("{file}: could not be read again, so what was read of it before stands: {reason}"),
                });
            }
        }
        if count > lines.len() {
            lines.push(format!(
                "{count} log files in all could not be read again, so what was read of them before stands"
            ));
        }
        Ok(lines)
    }

    /// The same of these days.
    pub(super) fn unfinished_in(&self, first: Option<Day>, last: Option<Day>) -> rusqlite::Result<Vec<String>> {
        let sql = "SELECT label, begun, first, last FROM parts WHERE begun IS NOT NULL ORDER BY label, name";
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut lines = Vec::new();
        while let Some(row) = rows.next()? {
            let days = DayBounds::read(row, 2)?;
            if !days.meet(DayBounds::of(first, last)) {
                continue;
            }
            let label: String = row.get(0)?;
            let begun = row.get::<_, Option<i64>>(1)?.filter(|begun| *begun > 0).and_then(Timestamp::from_seconds);
            let sync = begun.map_or_else(|| "a sync".to_owned(), |begun| format!("the sync of {begun}"));
            let day = |number: Option<i64>| number.and_then(Day::from_number);
            let of = match (day(days.first), day(days.last)) {
                (Some(first), Some(last)) if first == last => format!(" of {first}"),
                (Some(first), Some(last)) => format!(" of {first} to {last}"),
                (Some(first), None) => format!(" from {first} on"),
                (None, Some(last)) => format!(" up to {last}"),
                (None, None) => String::new(),
            };
            lines.push(format!(
                "{label}: {sync} was not read to its end, so log files{of} may be missing; sync it again, or wait for the \
                 sync that runs"
            ));
        }
        Ok(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn days(first: i64, last: i64) -> DayBounds {
        DayBounds { first: Some(first), last: Some(last) }
    }

    const ALL: DayBounds = DayBounds { first: None, last: None };

    #[test]
    fn days_without_a_bound_are_all_days() {
        assert!(ALL.cover(days(1, 2)) && ALL.cover(ALL) && !days(1, 2).cover(ALL));
        assert!(days(1, 5).cover(days(1, 5)) && !days(2, 5).cover(days(1, 5)) && !days(1, 4).cover(days(1, 5)));
        assert!(ALL.meet(days(1, 2)) && days(1, 2).meet(days(2, 3)) && !days(1, 2).meet(days(3, 4)));
        assert!(!days(3, 4).meet(days(1, 2)) && days(1, 2).meet(DayBounds { first: Some(2), last: None }));
        assert_eq!(days(1, 2).and(days(5, 6)), days(1, 6));
        assert_eq!(days(1, 2).and(ALL), ALL);
    }

    #[test]
    fn what_is_read_later_leaves_the_days_before() {
        let check = |read: DayBounds, doubt: DayBounds, left: Option<DayBounds>| {
            assert_eq!(read.left_of(doubt), left, "{read:?} {doubt:?}");
        };
        check(ALL, days(1, 9), None);
        check(days(1, 9), days(1, 9), None);
        check(days(5, 9), days(1, 9), Some(days(1, 4)));
        check(days(5, 7), days(1, 9), Some(days(1, 9)));
        check(days(1, 7), days(1, 9), Some(days(1, 9)));
        check(days(10, 12), days(1, 9), Some(days(1, 9)));
        check(days(5, 9), DayBounds { first: None, last: Some(9) }, Some(DayBounds { first: None, last: Some(4) }));
        check(days(5, 9), ALL, Some(ALL));
    }
}
