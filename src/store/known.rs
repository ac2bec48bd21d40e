//! What a store knows of the log files of a source, so that they are not read again.

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use rusqlite::{OptionalExtension as _, Row};

use super::calls::kept::KeptCalls;
use super::error::StoreError;
use super::handle::Store;
use super::log_file::READ;
use crate::domain::issuer::Issuers;
use crate::domain::timestamp::{Day, Timestamp};
use crate::source::known::{DaySet, KnownSource, ObjectVersion, ReadFiles};

/// From so many names on, one walk over all log files of the source takes less than a look at each.
const MANY: usize = 4_000;

/// What tells whether a log file is to be read again; the fourth is whether events in it may have been pruned,
/// the sixth whether it is known to be as CloudTrail wrote it.
const STATE: &str = "size, tag, scope, pruned > 0 OR ifnull(delivered < (SELECT max(before) FROM pruned), 0), outcome,
    EXISTS (SELECT 1 FROM verdicts AS v WHERE v.log_file = log_files.id AND v.verdict = 'valid')";

/// The log files of one source, for those who read it again.
pub struct KnownFiles {
    store: Mutex<Store>,
    source: Option<i64>,
    /// The scopes in which all of the wanted issuers were kept, and as much of calls as is wanted.
    scopes: HashSet<i64>,
    /// Whether all days are listed again, since some log files were read for fewer calls, or what it holds is extracts.
    lists_all: bool,
    /// Log files asked about that were read for fewer issuers.
    narrow: AtomicU64,
    /// What went wrong first; what was asked then is not known.
    failure: Mutex<Option<String>>,
    /// Those whose last reading failed, though something stands of them.
    stale: HashSet<Box<str>>,
    /// Whether those that were read are to be read again, unless they are known to be as CloudTrail wrote them.
    verifies: bool,
    holds_extracts: bool,
}

impl fmt::Debug for KnownFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownFiles").field("source", &self.source).field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

impl Store {
    /// What is known of the log files of a source. Those that were read for fewer than these issuers
    /// count as unread, unless events in them may have been pruned: those must not come back.
    pub fn known_files(&self, identity: &str, issuers: &Issuers) -> Result<KnownFiles, StoreError> {
        self.known_files_and_calls(identity, issuers, KeptCalls::None)
    }

    /// The same where so much is wanted of the calls of runs, too.
    pub fn known_files_and_calls(
        &self,
        identity: &str,
        issuers: &Issuers,
        calls: KeptCalls,
    ) -> Result<KnownFiles, StoreError> {
        let store = self.another_reader()?;
        let failed = |error| self.error(error);
        let source = store.source(identity).map_err(failed)?;
        let scopes = store.scopes().map_err(failed)?;
        let with_calls = store.scopes_with(calls).map_err(failed)?;
        let holds_extracts = store.holds_extracts(source).map_err(failed)?;
        let lists_all = holds_extracts || store.lists_all_for(source, calls).map_err(failed)?;
        let covers = |(id, scope): &(i64, Issuers)| with_calls.contains(id) && scope.covers(issuers);
        let scopes = scopes.into_iter().filter(covers).map(|(id, _)| id).collect();
        let stale = store.stale_of(source).map_err(failed)?;
        Ok(KnownFiles {
            store: Mutex::new(store),
            source,
            scopes,
            lists_all,
            narrow: AtomicU64::new(0),
            failure: Mutex::default(),
            stale,
            verifies: false,
            holds_extracts,
        })
    }

    /// From which second on a part of a source is to be complete, if it was ever to be read up to the present.
    pub fn wanted_of(&self, identity: &str, part: &str) -> Result<Option<Timestamp>, StoreError> {
        let sql =
            "SELECT p.wanted FROM parts AS p JOIN sources AS s ON s.id = p.source WHERE s.identity = ? AND p.name = ?";
        let wanted = self.connection.query_row(sql, [identity, part], |row| row.get::<_, Option<i64>>(0)).optional();
        Ok(wanted.map_err(|error| self.error(error))?.flatten().and_then(Timestamp::from_seconds))
    }

    fn stale_of(&self, source: Option<i64>) -> rusqlite::Result<HashSet<Box<str>>> {
        let sql = "SELECT f.name FROM stale AS s JOIN log_files AS f ON f.id = s.log_file WHERE f.source = ?";
        let mut statement = self.connection.prepare(sql)?;
        let names = statement.query_map([source], |row| row.get(0))?;
        names.collect()
    }

    fn holds_extracts(&self, source: Option<i64>) -> rusqlite::Result<bool> {
        self.connection.prepare("SELECT 1 FROM extract_sources WHERE source = ?")?.exists([source])
    }

    fn source(&self, identity: &str) -> rusqlite::Result<Option<i64>> {
        let sql = "SELECT id FROM sources WHERE identity = ?";
        self.connection.query_row(sql, [identity], |row| row.get(0)).optional()
    }

    /// The scopes in which so much was kept of the calls of runs.
    fn scopes_with(&self, calls: KeptCalls) -> rusqlite::Result<HashSet<i64>> {
        let mut statement = self.connection.prepare("SELECT id FROM scopes WHERE calls >= ?")?;
        let ids = statement.query_map([calls.number()], |row| row.get(0))?;
        ids.collect()
    }

    /// Whether a source has log files, and none with so much of the calls of runs: all of its days are to be listed again.
    pub(super) fn lists_all_for(&self, source: Option<i64>, calls: KeptCalls) -> rusqlite::Result<bool> {
        let sql =
            "SELECT ifnull(max(s.calls) < ?, 0) FROM days AS d JOIN scopes AS s ON s.id = d.scope WHERE d.source = ?";
        self.connection.query_row(sql, (calls.number(), source), |row| row.get(0))
    }

    /// For which issuers log files were read.
    pub(super) fn scopes(&self) -> rusqlite::Result<Vec<(i64, Issuers)>> {
        let mut statement = self.connection.prepare("SELECT id, every, hosts, alikes FROM scopes ORDER BY id")?;
        let scopes = statement.query_map([], |row| {
            let issuers = Issuers::new(row.get_ref(2)?.as_str()?.lines(), row.get(1)?);
            Ok((row.get(0)?, if row.get(3)? { issuers.with_look_alikes() } else { issuers }))
        })?;
        scopes.collect()
    }
}

impl KnownFiles {
    /// The same, which takes a log file that was read for unread, unless it is known to be as CloudTrail wrote it.
    #[must_use]
    pub fn verifying(mut self) -> Self {
        let unverified = self.ask(|store, source| store.counted_unverified(Some(source)));
        self.lists_all |= unverified.is_some_and(|files| files > 0);
        self.verifies = true;
        self
    }

    fn ask<T>(&self, question: impl FnOnce(&Store, i64) -> rusqlite::Result<T>) -> Option<T> {
        let store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = question(&store, self.source?).map_err(|error| store.error(error));
        if let Err(error) = &answer {
            let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
            failure.get_or_insert_with(|| error.to_string());
        }
        answer.ok()
    }

    fn state(&self, row: &Row<'_>) -> rusqlite::Result<Option<(u64, Box<str>)>> {
        let (size, tag, scope): (Option<i64>, Box<str>, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let size = size.and_then(|size| u64::try_from(size).ok());
        let is_read = self.scopes.contains(&scope) || row.get(3)?;
        let was_read = row.get_ref(4)?.as_str()? == READ;
        if !is_read && was_read {
            self.narrow.fetch_add(1, Ordering::Relaxed);
        }
        let is_read = is_read && (!self.verifies || !was_read || row.get(5)?);
        Ok(size.filter(|_| is_read).map(|size| (size, tag)))
    }
}

impl KnownSource for KnownFiles {
    fn is_new(&self) -> bool {
        let any = self.ask(|store, source| {
            store.connection.prepare_cached("SELECT 1 FROM log_files WHERE source = ? LIMIT 1")?.exists([source])
        });
        !any.unwrap_or(false)
    }

    fn read(&self, names: &[&str]) -> ReadFiles {
        let one_by_one = |store: &Store, source: i64| {
            let sql = format!("SELECT {STATE} FROM log_files WHERE source = ? AND name = ? AND outcome <> 'failed'");
            let mut statement = store.connection.prepare_cached(&sql)?;
            let mut read = ReadFiles::new();
            for name in names.iter().filter(|name| !self.stale.contains(**name)) {
                let found = statement.query_row((source, name), |row| self.state(row)).optional()?;
                read.extend(found.flatten().map(|state| ((*name).into(), state)));
            }
            Ok(read)
        };
        let all = |store: &Store, source: i64| {
            let wanted: HashSet<&str> = names.iter().copied().filter(|name| !self.stale.contains(*name)).collect();
            let sql = format!("SELECT {STATE}, name FROM log_files WHERE source = ? AND outcome <> 'failed'");
            let mut statement = store.connection.prepare_cached(&sql)?;
            let mut rows = statement.query([source])?;
            let mut read = ReadFiles::with_capacity(names.len());
            while let Some(row) = rows.next()? {
                let name = row.get_ref(6)?.as_str()?;
                if wanted.contains(name) {
                    read.extend(self.state(row)?.map(|state| (name.into(), state)));
                }
            }
            Ok(read)
        };
        if names.len() < MANY { self.ask(one_by_one) } else { self.ask(all) }.unwrap_or_default()
    }

    fn read_for_fewer(&self) -> u64 {
        self.narrow.load(Ordering::Relaxed)
    }

    fn failure(&self) -> Option<String> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn failed(&self) -> Vec<ObjectVersion> {
        let failed = self.ask(|store, source| {
            let sql =
                "SELECT name, size, tag FROM log_files WHERE outcome = 'failed' AND size IS NOT NULL AND source = ?1
                UNION SELECT f.name, f.size, f.tag FROM stale AS s JOIN log_files AS f ON f.id = s.log_file
                WHERE f.size IS NOT NULL AND f.source = ?1 ORDER BY name";
            let mut statement = store.connection.prepare_cached(sql)?;
            let rows = statement.query_map([source], |row| {
                let (name, size, tag): (Box<str>, Option<i64>, Box<str>) = (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok(ObjectVersion {
                    name: name.into(),
                    size: size.and_then(|it| u64::try_from(it).ok()).unwrap_or(0),
                    tag,
                })
            })?;
            rows.collect()
        });
        failed.unwrap_or_default()
    }

    fn holds_extracts(&self) -> bool {
        self.holds_extracts
    }

    fn looked_before(&self, folder: &str, first: Day) -> bool {
        let looked = self.ask(|store, source| {
            let sql = "SELECT 1 FROM looked_before WHERE source = ? AND folder = ? AND first = ?";
            store.connection.prepare_cached(sql)?.exists((source, folder, first.number()))
        });
        looked.unwrap_or(false)
    }

    fn settled(&self, folder: &str) -> DaySet {
        if self.lists_all {
            return DaySet::default();
        }
        let stretches = self.ask(|store, source| {
            let mut statement =
                store.connection.prepare_cached("SELECT first, last FROM settled WHERE source = ? AND folder = ?")?;
            let rows = statement.query_map((source, folder), |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<rusqlite::Result<Vec<(i64, i64)>>>()
        });
        let mut days = DaySet::default();
        for (first, last) in stretches.unwrap_or_default() {
            if let (Some(first), Some(last)) = (Day::from_number(first), Day::from_number(last)) {
                days.add(first, last);
            }
        }
        days
    }
}
