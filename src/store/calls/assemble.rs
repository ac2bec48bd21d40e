//! Rows back into calls, as the decoder gave them.

use std::sync::Arc;

use hashbrown::HashMap;
use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::intern::UNTOLD;
use crate::domain::session_call::{IssuedSession, Operation, SessionCall, SessionCaller};
use crate::domain::shared::Shared;
use crate::domain::source_address::SourceAddress;
use crate::domain::timestamp::Timestamp;
use crate::store::handle::Store;
use crate::store::intern::uuid_text;
use crate::store::rows::columns::time;
use crate::store::text_table::TextTable;

/// What [`CallAssembler::call`] reads, of `f`, `c` and `s`; [`ASKED`] or [`NOT_ASKED`] follows.
pub(super) const COLUMNS: &str = "f.id, c.time, c.caller, c.operation, c.event_id, c.shared_id, c.content, c.resources,
    c.message, c.whole, s.access_key, s.principal, s.role, s.ends";

/// What a call asked for, and the key that it made.
pub(super) const ASKED: &str = "(SELECT text FROM call_parameters WHERE id = c.parameters),
    (SELECT access_key FROM call_keys WHERE log_file = c.log_file AND place = c.place)";

/// The same where nobody wants it.
pub(super) const NOT_ASKED: &str = "NULL, NULL";

/// Puts calls together; what their rows share is looked up once.
pub(super) struct CallAssembler<'a> {
    store: &'a Store,
    texts: TextTable,
    agents: TextTable,
    principals: TextTable,
    operations: HashMap<i64, Arc<Operation>>,
    callers: HashMap<i64, Arc<SessionCaller>>,
    resources: ResourceTable,
    files: TextTable,
    /// Whether some calls were not whole.
    pub(super) has_hashed_ids: bool,
}

/// What stands for an id of which only a hash is kept. No record has such an id.
pub(super) fn hashed_id(hash: [u8; 8]) -> Box<str> {
    format!("\0{:016x}", u64::from_be_bytes(hash)).into()
}

impl<'a> CallAssembler<'a> {
    pub(super) fn new(store: &'a Store) -> Self {
        Self {
            store,
            texts: TextTable::of_texts(),
            agents: TextTable::new("SELECT text FROM agents WHERE id = ?"),
            principals: TextTable::new("SELECT text FROM call_principals WHERE id = ?"),
            operations: HashMap::new(),
            callers: HashMap::new(),
            resources: ResourceTable::new(),
            files: TextTable::of_log_files(),
            has_hashed_ids: false,
        }
    }

    /// The call of a row with [`COLUMNS`].
    pub(super) fn call(&mut self, row: &Row<'_>) -> rusqlite::Result<SessionCall> {
        self.has_hashed_ids |= !row.get::<_, bool>(9)?;
        let mut content = [0; 32];
        let kept = row.get_ref(6)?.as_blob()?;
        content.iter_mut().zip(kept).for_each(|(byte, kept)| *byte = *kept);
        Ok(SessionCall {
            time: time(row, 1)?,
            event_id: id(row, 4)?,
            shared_event_id: id(row, 5)?,
            content,
            operation: self.operation(row.get(3)?)?,
            caller: self.caller(row.get(2)?)?,
            resources: self.resources.given(self.store, row.get(7)?)?,
            issued: self.issued(row)?,
            created_key: row.get(15)?,
            parameters: row.get(14)?,
            error_message: self.texts.given(self.store, row.get(8)?)?.map(|text| (&*text).into()),
            log_file: self.files.known(self.store, row.get(0)?)?,
        })
    }

    fn issued(&mut self, row: &Row<'_>) -> rusqlite::Result<Option<Box<IssuedSession>>> {
        let Some(access_key_id) = row.get(10)? else { return Ok(None) };
        let given = |id: i64| Some(id).filter(|id| *id != 0);
        let principal = self.principals.given(self.store, given(row.get(11)?))?;
        Ok(Some(Box::new(IssuedSession {
            access_key_id,
            principal_id: principal.map(|text| (&*text).into()),
            role_arn: self.texts.given(self.store, given(row.get(12)?))?,
            end: time(row, 13)?,
        })))
    }

    pub(super) fn operation(&mut self, id: i64) -> rusqlite::Result<Arc<Operation>> {
        if let Some(operation) = self.operations.get(&id) {
            return Ok(Arc::clone(operation));
        }
        let store = self.store;
        let sql = "SELECT account, region, service, name, error, read_only FROM call_operations WHERE id = ?";
        let operation = store.connection.prepare_cached(sql)?.query_row([id], |row| {
            let mut text = |at: usize| self.texts.given(store, Some(row.get(at)?).filter(|id| *id != 0));
            let read_only: i64 = row.get(5)?;
            Ok(Operation {
                account_id: text(0)?,
                region: text(1)?,
                service: text(2)?,
                event_name: text(3)?,
                error_code: text(4)?,
                read_only: (read_only != UNTOLD).then_some(read_only != 0),
            })
        })?;
        let operation = Arc::new(operation);
        self.operations.insert(id, Arc::clone(&operation));
        Ok(operation)
    }

    pub(super) fn caller(&mut self, id: i64) -> rusqlite::Result<Arc<SessionCaller>> {
        if let Some(caller) = self.callers.get(&id) {
            return Ok(Arc::clone(caller));
        }
        let store = self.store;
        let sql = "SELECT kind, account, role, issuer, address, service, agent, principal, access_key, created
            FROM call_callers WHERE id = ?";
        let caller = store.connection.prepare_cached(sql)?.query_row([id], |row| {
            let given = |at: usize| Ok::<_, rusqlite::Error>(Some(row.get::<_, i64>(at)?).filter(|id| *id != 0));
            let mut text = |at: usize| self.texts.given(store, given(at)?);
            Ok(SessionCaller {
                kind: text(0)?,
                account_id: text(1)?,
                role_arn: text(2)?,
                issuer: text(3)?,
                source_address: text(4)?.map(SourceAddress::from),
                invoked_by: text(5)?,
                user_agent: self.agents.given(store, given(6)?)?,
                principal_id: self.principals.given(store, given(7)?)?,
                access_key_id: row.get(8)?,
                session_created: row.get::<_, Option<i64>>(9)?.and_then(Timestamp::from_seconds),
            })
        })?;
        let caller = Arc::new(caller);
        self.callers.insert(id, Arc::clone(&caller));
        Ok(caller)
    }
}

/// Lists of ARNs, by their numbers.
pub(super) struct ResourceTable {
    lists: HashMap<i64, Box<[Arc<str>]>>,
    arns: Shared<str>,
}

impl ResourceTable {
    /// None looked up yet.
    pub(super) fn new() -> Self {
        Self { lists: HashMap::new(), arns: Shared::new(usize::MAX) }
    }

    /// The list of a number; an empty one where there is none.
    pub(super) fn given(&mut self, store: &Store, id: Option<i64>) -> rusqlite::Result<Box<[Arc<str>]>> {
        let Some(id) = id else { return Ok(Box::default()) };
        if let Some(list) = self.lists.get(&id) {
            return Ok(list.clone());
        }
        let list = self.read(store, id)?;
        self.lists.insert(id, list.clone());
        Ok(list)
    }

    /// The same, for whoever keeps it.
    pub(super) fn read(&mut self, store: &Store, id: i64) -> rusqlite::Result<Box<[Arc<str>]>> {
        let sql = "SELECT arns FROM call_resources WHERE id = ?";
        let text: String = store.connection.prepare_cached(sql)?.query_row([id], |row| row.get(0))?;
        // The store made it, so that it is a list of texts.
        let arns: Vec<String> = serde_json::from_str(&text).unwrap_or_default();
        Ok(arns.iter().map(|arn| self.arns.text(arn)).collect())
    }
}

/// An id, as the record had it.
pub(super) fn id(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Box<str>>> {
    match row.get_ref(at)? {
        ValueRef::Blob(bytes) if bytes.len() == 8 => Ok(Some(hashed_id(row.get(at)?))),
        ValueRef::Blob(_) => Ok(Some(uuid_text(row.get(at)?))),
        _ => row.get(at),
    }
}
