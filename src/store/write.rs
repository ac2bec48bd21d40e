//! Fills a store: the rows of a log file and what is remembered of it are one change, and a commit makes changes last.

use std::collections::{BTreeSet, HashMap};

use rusqlite::{Connection, OptionalExtension as _, params};

use super::calls::intern::InternedCalls;
use super::calls::kept::KeptCalls;
use super::copies::{self, EventIdentity};
use super::corrections::{self, RAW};
use super::error::StoreError;
use super::handle::Store;
use super::intern::{Interned, StoredSession, session};
use super::label::label;
use super::log_file::{LogFile, outcome};
use super::rows::state::{LOOK_ALIKE, SOLE};
use super::scope::scope;
use super::stretch;
use super::verdicts::remember;
use crate::audit::runs::corrections::is_partial;
use crate::decode::{Decoded, FileEnd};
use crate::domain::assumption::{Assumption, Outcome};
use crate::domain::issuer::Issuers;
use crate::domain::log_key::LogKey;
use crate::domain::source_address::SourceAddress;
use crate::domain::tally::Skip;
use crate::domain::timestamp::{Day, Timestamp};
use crate::source::known::ObjectVersion;
use crate::source::{SettledDays, SourceKind, Unlisted};

/// A day in columns where there is none.
pub(super) const NO_DAY: i64 = -1_000_000;

/// The day of a column.
pub(super) fn day(number: i64) -> Option<Day> {
    Some(number).filter(|number| *number != NO_DAY).and_then(Day::from_number)
}

/// Takes an event; its id is a UUID or another text.
const INSERT_EVENT: &str = "INSERT INTO assumptions (
        id, time, subject, issuer, account, region, address, audience, role, run, session, duration, verification,
        error, access_key, agent, log_file, event_id, content, copy, expiration, corrects, updated, principal
    ) VALUES (
        ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, coalesce(?, ?), ?, ?, ?, ?, ?, ?
    )";

/// A source, as a store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSource {
    /// The same for all texts that name the same log files.
    pub identity: String,
    /// What of them a sync reads as a whole: the folder in a bucket, or who looks at which regions of the event history.
    pub part: String,
    /// How it is called in reports.
    pub label: String,
    /// What it is.
    pub kind: SourceKind,
}

/// What became of a log file.
#[derive(Debug)]
pub enum StoredFate<'a> {
    /// It was opened; it may have failed all the same.
    Decoded(&'a Decoded),
    /// It could not be opened or fetched.
    Failed(&'a Unlisted),
    /// It is of no use.
    Skipped(Skip),
    /// It had failed before, and is no longer there.
    Gone,
}

/// Writes to a store. What was not committed when it is dropped is not in the store.
#[derive(Debug)]
pub struct StoreWriter {
    pub(super) store: Store,
    pub(super) issuers: Issuers,
    /// That of what has no calls, and that of what has some.
    pub(super) scopes: [(KeptCalls, i64); 2],
    pub(super) sources: Vec<OpenPart>,
    pub(super) interned: Interned,
    pub(super) interned_calls: InternedCalls,
    /// How many principals were known to be of runs when log files were read.
    pub(super) reached: usize,
    /// The highest number of what was known to be written or made by runs.
    pub(super) known_written: i64,
    is_open: bool,
    has_corrections: bool,
    next_file: i64,
    next_row: i64,
}

/// A part of a source that is written to.
#[derive(Debug)]
pub(super) struct OpenPart {
    pub(super) id: i64,
    pub(super) kind: SourceKind,
    pub(super) part: i64,
    pub(super) name: Box<str>,
    /// Whether the store has not had the part before.
    pub(super) is_new: bool,
    /// Whether it was forgotten again.
    pub(super) is_withdrawn: bool,
}

impl Store {
    /// Begins to write what `sources` hold for these issuers; they are known by their place in it from then on. Nothing
    /// of that lasts before the first commit.
    pub fn writer(self, sources: &[StoredSource], issuers: &Issuers) -> Result<StoreWriter, StoreError> {
        self.writer_with_calls(sources, issuers, KeptCalls::None)
    }

    /// The same, which keeps so much of the calls of runs.
    pub fn writer_with_calls(
        self,
        sources: &[StoredSource],
        issuers: &Issuers,
        calls: KeptCalls,
    ) -> Result<StoreWriter, StoreError> {
        let mut writer = StoreWriter {
            store: self,
            issuers: issuers.clone(),
            scopes: [(KeptCalls::None, 0), (calls, 0)],
            sources: Vec::new(),
            interned: Interned::default(),
            interned_calls: InternedCalls::default(),
            reached: 0,
            known_written: 0,
            is_open: false,
            has_corrections: false,
            next_file: 0,
            next_row: 0,
        };
        let opened = writer.begin().and_then(|()| {
            for (calls, id) in &mut writer.scopes {
                *id = scope(&writer.store.connection, issuers, *calls)?;
            }
            let opened = sources.iter().map(|source| source.open(&writer.store.connection));
            writer.sources = opened.collect::<rusqlite::Result<_>>()?;
            writer.list_again()
        });
        match opened {
            Ok(()) => Ok(writer),
            Err(error) => Err(writer.store.error(error)),
        }
    }
}

impl StoredSource {
    /// Its numbers, which are there from then on.
    fn open(&self, connection: &Connection) -> rusqlite::Result<OpenPart> {
        let kind = self.kind;
        let sql = "INSERT INTO sources (identity, label, kind) VALUES (?, ?, ?)
            ON CONFLICT (identity) DO UPDATE SET kind = excluded.kind RETURNING id";
        let values = (&self.identity, &self.label, kind.as_str());
        let id: i64 = connection.query_row(sql, values, |row| row.get(0))?;
        let sql = "SELECT 1 FROM parts WHERE source = ? AND name = ?";
        let is_new = !connection.prepare(sql)?.exists((id, &self.part))?;
        let names = if kind.is_listed_by_day() { self.part.as_str() } else { "" };
        let sql = "INSERT INTO parts (source, name, label, names) VALUES (?, ?, ?, ?)
            ON CONFLICT (source, name) DO UPDATE SET label = excluded.label RETURNING id";
        let values = (id, &self.part, &self.label, names);
        let part = connection.query_row(sql, values, |row| row.get(0))?;
        label(connection, id)?;
        Ok(OpenPart { id, kind, part, name: self.part.as_str().into(), is_new, is_withdrawn: false })
    }
}

impl StoreWriter {
    /// Takes what became of a log file, in place of what was known of it: whether anything was.
    pub fn take(
        &mut self,
        source: usize,
        version: &ObjectVersion,
        key: &LogKey,
        fate: &StoredFate<'_>,
    ) -> Result<bool, StoreError> {
        let taken = self.begin().and_then(|()| self.replace(source, version, key, fate));
        taken.map_err(|error| self.store.error(error))
    }

    /// Takes days that can no longer change. Everything of theirs has been taken before.
    pub fn settle(&mut self, source: usize, settled: &[SettledDays]) -> Result<(), StoreError> {
        let taken = self.begin().and_then(|()| {
            let sql = "INSERT INTO settled VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT DO UPDATE SET last = max(last, excluded.last)";
            let mut statement = self.store.connection.prepare_cached(sql)?;
            for SettledDays { folder, first, last } in settled {
                statement.execute((self.sources[source].id, folder, first.number(), last.number()))?;
            }
            Ok(())
        });
        taken.map_err(|error| self.store.error(error))
    }

    /// Makes a change, inside the transaction that the next commit ends.
    pub(super) fn change<T>(&mut self, change: impl FnOnce(&mut Self) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let changed = self.begin().and_then(|()| change(self));
        changed.map_err(|error| self.store.error(error))
    }

    pub(super) fn connection(&self) -> &rusqlite::Connection {
        &self.store.connection
    }

    /// What the store calls a source.
    pub(super) fn source_id(&self, source: usize) -> i64 {
        self.sources[source].id
    }

    /// What the store calls a text.
    pub(super) fn name(&mut self, text: Option<&str>) -> rusqlite::Result<Option<i64>> {
        self.interned.text(&self.store.connection, text)
    }

    /// Makes everything taken so far last.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        if self.is_open {
            self.is_open = false;
            let connection = &self.store.connection;
            let committed = stretch::settle(connection).and_then(|()| connection.execute_batch("COMMIT"));
            committed.map_err(|error| self.store.error(error))?;
        }
        Ok(())
    }

    /// Commits, and gives the store back.
    pub fn close(mut self) -> Result<Store, StoreError> {
        self.commit()?;
        Ok(self.store)
    }

    /// Opens the transaction that the next commit ends. Numbers go on from what others have written meanwhile.
    pub(super) fn begin(&mut self) -> rusqlite::Result<()> {
        if !self.is_open {
            let connection = &self.store.connection;
            connection.execute_batch("BEGIN IMMEDIATE")?;
            self.is_open = true;
            let next = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
            self.next_file = next("SELECT ifnull(max(id), 0) + 1 FROM log_files")?;
            self.next_row = next("SELECT ifnull(max(id), 0) + 1 FROM assumptions")?;
            self.has_corrections = corrections::any(connection)?;
        }
        Ok(())
    }

    fn replace(
        &mut self,
        source: usize,
        version: &ObjectVersion,
        key: &LogKey,
        fate: &StoredFate<'_>,
    ) -> rusqlite::Result<bool> {
        if matches!(fate, StoredFate::Skipped(Skip::Window)) {
            // What was read of it for another window is right all the same.
            return Ok(false);
        }
        let id = self.sources[source].id;
        let name = &*version.name;
        if self.keep(id, name, fate)? {
            return Ok(true);
        }
        let was_there = self.forget(id, name)?;
        let (mut file, decoded) = match fate {
            StoredFate::Gone | StoredFate::Skipped(Skip::Window) => return Ok(was_there),
            StoredFate::Skipped(skip) => (LogFile::new(outcome(*skip), name), None),
            StoredFate::Failed(unlisted) => (LogFile::failed(unlisted, true), None),
            StoredFate::Decoded(decoded) => (LogFile::decoded(decoded), Some(*decoded)),
        };
        let assumptions = decoded.map_or(&[][..], |decoded| &decoded.assumptions);
        // To all questions but those about subjects they are others.
        let look_alikes = assumptions.iter().filter(|event| self.is_look_alike(event)).count() as u64;
        file.records.kept -= look_alikes.min(file.records.kept);
        file.records.other += look_alikes;
        let file_id = self.insert_file(id, name, Some(version), key, &file, assumptions.len())?;
        if let Some(decoded) = decoded {
            for (issuer, events) in &decoded.issuers {
                let issuer = self.interned.text(&self.store.connection, Some(issuer))?;
                let sql = "INSERT INTO seen VALUES (?, ?, ?)";
                self.store.connection.prepare_cached(sql)?.execute((file_id, issuer, to_i64(*events)))?;
            }
        }
        remember(&self.store.connection, file_id, decoded.and_then(|decoded| decoded.judged.as_deref()))?;
        let mut copied = BTreeSet::new();
        let principals: HashMap<[u8; 32], &str> = decoded
            .iter()
            .flat_map(|decoded| decoded.principals.iter().map(|(content, text)| (*content, &**text)))
            .collect();
        for event in assumptions {
            self.insert_event(file_id, event, principals.get(&event.content).copied(), &mut copied)?;
        }
        copies::settle(&self.store.connection, &copied)?;
        decoded.map_or(Ok(()), |decoded| self.insert_calls(file_id, self.scope_of(id).0, decoded))?;
        Ok(was_there)
    }

    /// Whether what was stored of a log file before is worth more than what became of it now, and stands.
    fn keep(&self, source: i64, name: &str, fate: &StoredFate<'_>) -> rusqlite::Result<bool> {
        match fate {
            StoredFate::Failed(unlisted) => self.keep_stale(source, name, &unlisted.reason, unlisted.forbidden, 0),
            StoredFate::Decoded(decoded) => match &decoded.ended {
                FileEnd::Failed(defect) => {
                    let brought = to_i64(decoded.assumptions.len() as u64);
                    self.keep_stale(source, name, &defect.to_string(), false, brought)
                }
                FileEnd::Read | FileEnd::Digest | FileEnd::Skipped(_) | FileEnd::Unlisted => Ok(false),
            },
            StoredFate::Gone => {
                let Some(file) = self.stands(source, name, 0)? else { return Ok(false) };
                // What has vanished stays.
                self.store.connection.prepare_cached("DELETE FROM stale WHERE log_file = ?")?.execute([file])?;
                Ok(true)
            }
            StoredFate::Skipped(_) => Ok(false),
        }
    }

    /// The log file, if what was stored of it is worth more than a failed reading that brought so many events.
    fn stands(&self, source: i64, name: &str, brought: i64) -> rusqlite::Result<Option<i64>> {
        let sql = "SELECT id FROM log_files
            WHERE source = ? AND name = ? AND (outcome = 'read' OR outcome = 'failed' AND rows > ?)";
        let mut statement = self.store.connection.prepare_cached(sql)?;
        statement.query_row((source, name, brought), |row| row.get(0)).optional()
    }

    /// Where something stands of a log file, remembers beside it that a reading failed: whether that is so.
    pub(super) fn keep_stale(
        &self,
        source: i64,
        name: &str,
        reason: &str,
        forbidden: bool,
        brought: i64,
    ) -> rusqlite::Result<bool> {
        let Some(file) = self.stands(source, name, brought)? else { return Ok(false) };
        let sql = "INSERT OR REPLACE INTO stale VALUES (?, ?, ?)";
        self.store.connection.prepare_cached(sql)?.execute((file, reason, forbidden))?;
        Ok(true)
    }

    /// Removes what is known of a log file: whether anything was.
    pub(super) fn forget(&mut self, source: i64, name: &str) -> rusqlite::Result<bool> {
        let connection = &self.store.connection;
        let sql = "SELECT id, first_row, rows FROM log_files WHERE source = ? AND name = ?";
        let found = connection
            .prepare_cached(sql)?
            .query_row((source, name), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((id, first, rows)): Option<(i64, Option<i64>, i64)> = found else { return Ok(false) };
        if let Some(first) = first {
            let copied = copies::with_copies(connection, first, rows)?;
            // Where rows were pruned, those of another log file may have taken their numbers.
            let sql = "DELETE FROM assumptions WHERE id >= ? AND id < ? AND log_file = ?";
            connection.prepare_cached(sql)?.execute((first, first + rows, id))?;
            copies::settle(connection, &copied)?;
        }
        connection.prepare_cached("DELETE FROM log_files WHERE id = ?")?.execute([id])?;
        Ok(true)
    }

    pub(super) fn insert_file(
        &mut self,
        source: i64,
        name: &str,
        version: Option<&ObjectVersion>,
        key: &LogKey,
        file: &LogFile<'_>,
        rows: usize,
    ) -> rusqlite::Result<i64> {
        let connection = &self.store.connection;
        let account = self.interned.text(connection, key.account.as_deref())?.unwrap_or(0);
        let region = self.interned.text(connection, key.region.as_deref())?.unwrap_or(0);
        let (_, scope) = self.scope_of(source);
        let connection = &self.store.connection;
        let id = self.next_file;
        self.next_file += 1;
        let rows = to_i64(rows as u64);
        let sql = "INSERT INTO log_files (
                id, source, name, label, size, tag, outcome, reason, forbidden, in_days, account, region, date, delivered,
                delivered_day, bytes_read, bytes_inflated, total, kept, other, malformed, pruned, notes, scope, first_row,
                rows
            ) VALUES (
                ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?
            )";
        connection.prepare_cached(sql)?.execute(params![
            id,
            source,
            name,
            (file.label != name).then_some(file.label),
            version.map(|version| to_i64(version.size)),
            version.map_or("", |version| &version.tag),
            file.outcome,
            file.reason,
            file.forbidden,
            file.in_days,
            account,
            region,
            key.date.map_or(NO_DAY, Day::number),
            key.delivered.map(Timestamp::seconds),
            key.delivered.map_or(NO_DAY, |delivered| delivered.day().number()),
            to_i64(file.bytes.read),
            to_i64(file.bytes.inflated),
            to_i64(file.records.total),
            to_i64(file.records.kept),
            to_i64(file.records.other),
            to_i64(file.records.malformed),
            file.notes,
            scope,
            (rows > 0).then_some(self.next_row),
            rows,
        ])?;
        Ok(id)
    }

    /// Puts an event among the `copied` ones where a copy or a correction of it is stored, or it is one itself.
    fn tie(
        &mut self,
        event: &Assumption,
        identity: &EventIdentity,
        copied: &mut BTreeSet<EventIdentity>,
    ) -> rusqlite::Result<()> {
        let connection = &self.store.connection;
        if let Some(correction) = &event.correction {
            self.has_corrections = true;
            copied.extend([identity.clone(), EventIdentity::of_id(&correction.original)]);
        }
        let is_tied = !copied.contains(identity)
            && (!identity.is_alone(connection)? || (self.has_corrections && identity.is_corrected(connection)?));
        if is_tied {
            copied.insert(identity.clone());
        }
        Ok(())
    }

    fn insert_event(
        &mut self,
        log_file: i64,
        event: &Assumption,
        principal: Option<&str>,
        copied: &mut BTreeSet<EventIdentity>,
    ) -> rusqlite::Result<()> {
        let copy = if self.is_look_alike(event) { LOOK_ALIKE } else { SOLE };
        let identity = EventIdentity::of(event);
        self.tie(event, &identity, copied)?;
        let (connection, interned) = (&self.store.connection, &mut self.interned);
        let (run, session) = match session(connection, event.role_session_name.as_deref())? {
            StoredSession::Run(run) => (Some(run), None),
            StoredSession::Other(id) => (None, id),
        };
        let (event_bytes, event_text) = match &identity {
            EventIdentity::Uuid(bytes) => (Some(bytes), None),
            EventIdentity::Text(text) => (None, Some(text)),
            EventIdentity::Content(_) => (None, None),
        };
        let (error, access_key) = match &event.outcome {
            Outcome::Granted { access_key_id } => (None, access_key_id.as_deref()),
            Outcome::Denied { code } => (interned.text(connection, Some(code))?, None),
        };
        let address = event.source_address.as_ref().map(SourceAddress::as_str);
        let id = self.next_row;
        self.next_row += 1;
        connection.prepare_cached(INSERT_EVENT)?.execute(params![
            id,
            event.time.seconds(),
            interned.subject(connection, &event.subject)?,
            interned.issuer(connection, event.issuer.as_deref())?,
            interned.text(connection, event.account_id.as_deref())?,
            interned.text(connection, event.region.as_deref())?,
            interned.text(connection, address)?,
            interned.text(connection, event.audience.as_deref())?,
            interned.text(connection, event.role_arn.as_deref())?,
            run,
            session,
            event.duration_seconds,
            interned.text(connection, event.verification_method.as_deref())?,
            error,
            access_key,
            interned.agent(connection, event.user_agent.as_deref())?,
            log_file,
            event_bytes,
            event_text,
            event.content,
            copy,
            event.expiration.map(Timestamp::seconds),
            event.correction.as_ref().and_then(|it| EventIdentity::of_id(&it.original).id()),
            event.correction.as_ref().map(|it| &*it.updated),
            principal.map(|text| self.interned_calls.principal(connection, text)).transpose()?,
        ])?;
        if is_partial(event) {
            let sql = format!("UPDATE assumptions SET raw = json_array({}) WHERE id = ?", RAW.join(", "));
            connection.prepare_cached(&sql)?.execute([id])?;
        }
        Ok(())
    }
}

fn to_i64(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
