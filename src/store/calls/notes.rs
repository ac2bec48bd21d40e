//! Whose calls log files have besides those that are kept, so that a log file is read again when it turns out that some of
//! them are of runs: the assumption may come in a later log file, or in a later sync.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rusqlite::Connection;

use super::extracted::{COLUMNS, JOIN, knew_runs, state};
use crate::decode::Decoded;
use crate::decode::record::principals::{PrincipalHash, hash};
use crate::domain::role::run_id_of_session;
use crate::source::known::{FileToReadAgain, ObjectVersion, ReadAgainFor};
use crate::store::error::StoreError;
use crate::store::write::StoreWriter;

/// What is said of a log file until it was read again.
pub(super) const UNREAD: &str = "no sync has read it again yet";

impl StoreWriter {
    /// The principals that may be a run's, whose calls are kept from now on; nothing where no calls are kept.
    pub fn principals(&mut self) -> Result<Option<Arc<HashSet<PrincipalHash>>>, StoreError> {
        if !self.keeps_calls() {
            return Ok(None);
        }
        let reached = reached(&self.store.connection).map_err(|error| self.store.error(error))?;
        self.reached = reached.len();
        Ok(Some(Arc::new(reached)))
    }

    /// Finds out who may be a run's by now, or what runs may have written, and the log files of the sources that are written to
    /// which have calls or writes that are not kept. What is found lasts at once.
    pub fn files_to_read_again(&mut self, why: ReadAgainFor) -> Result<Vec<FileToReadAgain>, StoreError> {
        self.change(|writer| {
            match why {
                ReadAgainFor::Calls => writer.reach()?,
                ReadAgainFor::Writes if writer.keeps_others() => writer.mark_writes()?,
                ReadAgainFor::Writes => return Ok(Vec::new()),
            }
            writer.unread(why)
        })
        .and_then(|found| self.commit().map(|()| found))
    }

    /// Takes why a log file could not be read again.
    pub fn could_not_read_again(
        &mut self,
        file: &FileToReadAgain,
        why: ReadAgainFor,
        reason: &str,
    ) -> Result<(), StoreError> {
        self.change(|writer| {
            let table = table_of(why);
            let sql = format!(
                "UPDATE {table} SET missing = ?
                WHERE log_file = (SELECT id FROM log_files WHERE source = ? AND name = ?)"
            );
            let values = (reason, writer.source_id(file.source), &*file.version.name);
            writer.connection().prepare_cached(&sql)?.execute(values).map(drop)
        })
    }

    /// Takes the notes of a log file.
    pub(super) fn insert_notes(&mut self, log_file: i64, decoded: &Decoded) -> rusqlite::Result<()> {
        let notes = &decoded.notes;
        let unkept = notes.unkept.as_deref().map(|hashes| bytes_of(hashes.iter().copied()));
        let handed_on = bytes_of(notes.handed_on.iter().flat_map(|(from, to)| [*from, *to]));
        if unkept.as_ref().is_some_and(Vec::is_empty) && handed_on.is_empty() {
            return Ok(());
        }
        let handed_on = (!handed_on.is_empty()).then_some(handed_on);
        let reached = if knew_runs(decoded) { i64::try_from(self.reached).unwrap_or(i64::MAX) } else { 0 };
        let sql = "INSERT INTO call_notes (log_file, unkept, handed_on, reached) VALUES (?, ?, ?, ?)";
        self.connection().prepare_cached(sql)?.execute((log_file, unkept, handed_on, reached)).map(drop)
    }

    /// Remembers who is reached by now, and marks the log files that have calls of those who were not before.
    fn reach(&mut self) -> rusqlite::Result<()> {
        let connection = &self.store.connection;
        let before = reached(connection)?;
        let mut now = everybody(connection)?;
        now.retain(|hash| !before.contains(hash));
        let mut insert = connection.prepare_cached("INSERT INTO call_reached VALUES (?)")?;
        for hash in &now {
            insert.execute([hash])?;
        }
        let count = before.len() + now.len();
        self.reached = count;
        let mut marked: Vec<i64> = Vec::new();
        let mut statement =
            connection.prepare("SELECT log_file, unkept, reached FROM call_notes WHERE missing IS NULL")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let known: i64 = row.get(2)?;
            // Where nobody was known, those are looked for, too, who were reached before.
            let is_later = |hash: PrincipalHash| now.contains(&hash) || (known == 0 && before.contains(&hash));
            let may_hold = match row.get_ref(1)?.as_blob_or_null()? {
                Some(unkept) => (known == 0 || !now.is_empty()) && hashes_of(unkept).any(is_later),
                None => known < i64::try_from(count).unwrap_or(i64::MAX),
            };
            if may_hold {
                marked.push(row.get(0)?);
            }
        }
        let mut mark = connection.prepare_cached("UPDATE call_notes SET missing = ? WHERE log_file = ?")?;
        marked.into_iter().try_for_each(|file| mark.execute((UNREAD, file)).map(drop))
    }

    /// The marked log files of the sources that are written to.
    fn unread(&self, why: ReadAgainFor) -> rusqlite::Result<Vec<FileToReadAgain>> {
        let sources: HashMap<i64, usize> = self.sources.iter().enumerate().map(|(at, part)| (part.id, at)).collect();
        let table = table_of(why);
        let sql = format!(
            "SELECT f.source, coalesce(f.label, f.name), f.name, f.size, f.tag, {COLUMNS}
            FROM {table} AS n INDEXED BY {table}_missing JOIN log_files AS f ON f.id = n.log_file {JOIN}
            WHERE n.missing IS NOT NULL
                AND NOT (f.pruned > 0 OR ifnull(f.delivered < (SELECT max(before) FROM pruned), 0)) ORDER BY f.id"
        );
        let mut statement = self.store.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut files = Vec::new();
        while let Some(row) = rows.next()? {
            let Some(source) = sources.get(&row.get(0)?) else { continue };
            let size = row.get::<_, Option<i64>>(3)?.and_then(|size| u64::try_from(size).ok()).unwrap_or(0);
            let version = ObjectVersion { name: row.get::<_, Box<str>>(2)?.into(), size, tag: row.get(4)? };
            let (log_file, extracted) = (row.get::<_, Box<str>>(1)?.into(), state(row, 5)?);
            files.push(FileToReadAgain { source: *source, log_file, version, extracted });
        }
        Ok(files)
    }
}

/// The table of the notes by which log files are read again.
fn table_of(why: ReadAgainFor) -> &'static str {
    match why {
        ReadAgainFor::Calls => "call_notes",
        ReadAgainFor::Writes => "write_notes",
    }
}

fn reached(connection: &Connection) -> rusqlite::Result<HashSet<PrincipalHash>> {
    let mut statement = connection.prepare("SELECT hash FROM call_reached")?;
    let hashes = statement.query_map([], |row| row.get(0))?;
    hashes.collect()
}

/// Everybody who may be a run's: the principals of sessions and of kept calls, and to whom credentials lead from them. Those
/// with a session name as runs have it are not among them, since their calls are kept whatever is known.
fn everybody(connection: &Connection) -> rusqlite::Result<HashSet<PrincipalHash>> {
    let mut next: HashMap<PrincipalHash, Vec<PrincipalHash>> = HashMap::new();
    let mut statement = connection.prepare("SELECT handed_on FROM call_notes WHERE handed_on IS NOT NULL")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let hashes: Vec<PrincipalHash> = hashes_of(row.get_ref(0)?.as_blob()?).collect();
        let (pairs, _) = hashes.as_chunks::<2>();
        for [from, to] in pairs {
            next.entry(*from).or_default().push(*to);
        }
    }
    let mut statement = connection.prepare("SELECT text FROM call_principals")?;
    let mut rows = statement.query([])?;
    let (mut reached, mut open) = (HashSet::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let text = row.get_ref(0)?.as_str()?;
        let told = text.split_once(':').is_some_and(|(_, name)| run_id_of_session(name).is_some());
        let hash = hash(text.as_bytes());
        if told || reached.insert(hash) {
            open.push(hash);
        }
    }
    while let Some(principal) = open.pop() {
        for to in next.get(&principal).into_iter().flatten() {
            if reached.insert(*to) {
                open.push(*to);
            }
        }
    }
    Ok(reached)
}

fn bytes_of(hashes: impl Iterator<Item = PrincipalHash>) -> Vec<u8> {
    hashes.flat_map(PrincipalHash::to_le_bytes).collect()
}

pub(super) fn hashes_of(bytes: &[u8]) -> impl Iterator<Item = PrincipalHash> {
    let (hashes, _) = bytes.as_chunks::<4>();
    hashes.iter().map(|bytes| PrincipalHash::from_le_bytes(*bytes))
}
