//! What others did with what runs wrote and made: kept in the transaction of its log file, and read back as a scan reads it.

use rusqlite::{Row, params};

use super::assemble::{ResourceTable, id};
use super::extracted::knew_runs;
use super::read::CallsQuestion;
use super::write::StoredId;
use crate::audit::activity::written::is_write;
use crate::decode::Decoded;
use crate::decode::defect::unreadable;
use crate::decode::record::resource_write::{ArnHash, hash};
use crate::domain::resource_write::ResourceWrite;
use crate::domain::session_call::SessionCall;
use crate::store::handle::Store;
use crate::store::intern::REMEMBERED;
use crate::store::rows::columns::time;
use crate::store::text_table::TextTable;
use crate::store::write::StoreWriter;

impl StoreWriter {
    /// Takes the resources that a call wrote and the key that it made: from now on, what others do with them is kept.
    pub(super) fn insert_written(&mut self, log_file: i64, place: i64, call: &SessionCall) -> rusqlite::Result<()> {
        if let Some(key) = &call.created_key {
            let sql = "INSERT INTO call_keys VALUES (?, ?, ?)";
            self.connection().prepare_cached(sql)?.execute((log_file, place, key))?;
            self.insert_hash(hash(key.as_bytes()))?;
        }
        for arn in call.resources.iter().filter(|_| is_write(call)) {
            self.insert_hash(hash(arn.as_bytes()))?;
        }
        Ok(())
    }

    fn insert_hash(&mut self, hash: ArnHash) -> rusqlite::Result<()> {
        let known = &mut self.interned_calls.written;
        if known.len() >= REMEMBERED {
            known.clear();
        }
        if known.insert(hash) {
            let sql = "INSERT OR IGNORE INTO written_by_runs (hash) VALUES (?)";
            self.store.connection.prepare_cached(sql)?.execute([hash])?;
        }
        Ok(())
    }

    /// Takes what a log file has of others, and what it may turn out to have besides.
    pub(super) fn insert_others(&mut self, log_file: i64, decoded: &Decoded) -> rusqlite::Result<()> {
        for (place, write) in (0..).zip(&decoded.resource_writes) {
            self.insert_write(log_file, place, write)?;
        }
        let written = decoded.written.as_deref();
        let written: Option<Vec<u8>> = written.map(|all| all.iter().copied().flat_map(ArnHash::to_le_bytes).collect());
        let unreadable = unreadable(&decoded.unread_writes);
        if written.as_ref().is_some_and(Vec::is_empty) && unreadable.is_none() {
            return Ok(());
        }
        let known = if knew_runs(decoded) { self.known_written } else { 0 };
        let sql = "INSERT INTO write_notes (log_file, written, known, unreadable) VALUES (?, ?, ?, ?)";
        self.connection().prepare_cached(sql)?.execute((log_file, written, known, unreadable)).map(drop)
    }

    fn insert_write(&mut self, log_file: i64, place: i64, write: &ResourceWrite) -> rusqlite::Result<()> {
        let (connection, texts, calls) = (&self.store.connection, &mut self.interned, &mut self.interned_calls);
        let event = StoredId::of(Some(&*write.event_id).filter(|id| !id.is_empty()));
        let shared = StoredId::of(write.shared_event_id.as_deref());
        let mut text = |text: Option<&str>| Ok::<_, rusqlite::Error>(texts.text(connection, text)?.unwrap_or(0));
        let sql = "INSERT INTO writes (
                log_file, place, time, event_id, shared_id, account, service, name, kind, principal, resources, access_key,
                ok_write
            ) VALUES (?, ?, ?, coalesce(?, ?), coalesce(?, ?), ?, ?, ?, ?, ?, ?, ?, ?)";
        let values = params![
            log_file,
            place,
            write.time.seconds(),
            event.bytes(),
            event.text(),
            shared.bytes(),
            shared.text(),
            text(write.account_id.as_deref())?,
            text(write.service.as_deref())?,
            text(write.event_name.as_deref())?,
            text(write.kind.as_deref())?,
            text(write.principal.as_deref())?,
            calls.resources(connection, &write.resources)?,
            write.created_key.as_deref(),
            write.is_write,
        ];
        connection.prepare_cached(sql)?.execute(values).map(drop)
    }
}

/// What [`WriteAssembler::write`] reads, of `f` and `w`.
const COLUMNS: &str =
    "f.id, w.time, w.event_id, w.shared_id, w.account, w.service, w.name, w.kind, w.principal, w.resources,
    w.access_key, w.ok_write";

/// Puts writes together; what their rows share is looked up once.
struct WriteAssembler<'a> {
    store: &'a Store,
    texts: TextTable,
    files: TextTable,
    resources: ResourceTable,
}

impl<'a> WriteAssembler<'a> {
    fn new(store: &'a Store) -> Self {
        let files = TextTable::of_log_files();
        Self { store, texts: TextTable::of_texts(), files, resources: ResourceTable::new() }
    }

    /// The write of a row with [`COLUMNS`].
    fn write(&mut self, row: &Row<'_>) -> rusqlite::Result<ResourceWrite> {
        let store = self.store;
        let mut text = |at: usize| self.texts.given(store, Some(row.get(at)?).filter(|id| *id != 0));
        Ok(ResourceWrite {
            time: time(row, 1)?,
            event_id: id(row, 2)?.unwrap_or_default(),
            shared_event_id: id(row, 3)?,
            account_id: text(4)?,
            service: text(5)?,
            event_name: text(6)?,
            kind: text(7)?,
            principal: text(8)?,
            resources: self.resources.given(store, row.get(9)?)?,
            created_key: row.get(10)?,
            is_write: row.get(11)?,
            log_file: self.files.known(store, row.get(0)?)?,
        })
    }
}

impl Store {
    /// What anybody did in the log files of a question with what runs wrote and made, whatever other calls told that.
    pub(super) fn writes_of_files(&self, asked: &CallsQuestion<'_>) -> rusqlite::Result<Vec<ResourceWrite>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM log_files AS f CROSS JOIN writes AS w ON w.log_file = f.id WHERE {}",
            self.files_read(asked.window, asked.late_days)
        );
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut assembler = WriteAssembler::new(self);
        let mut writes = Vec::new();
        while let Some(row) = rows.next()? {
            writes.push(assembler.write(row)?);
        }
        Ok(writes)
    }

    /// The first write that cannot be put together, if any.
    pub(in crate::store) fn first_write_that_fails(&self) -> rusqlite::Result<Option<String>> {
        let sql = format!("SELECT {COLUMNS}, w.place FROM writes AS w JOIN log_files AS f ON f.id = w.log_file");
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut assembler = WriteAssembler::new(self);
        while let Some(row) = rows.next()? {
            if let Err(error) = assembler.write(row) {
                let (file, place): (i64, i64) = (row.get(0)?, row.get(12)?);
                return Ok(Some(format!("write {place} of log file {file} cannot be read: {error}")));
            }
        }
        Ok(None)
    }
}
