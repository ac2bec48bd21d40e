//! What calls have in common is kept once, and known by a number.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

use crate::decode::record::resource_write::ArnHash;
use crate::domain::role::run_id_of_session;
use crate::domain::session_call::{Operation, SessionCaller};
use crate::domain::source_address::SourceAddress;
use crate::domain::timestamp::Timestamp;
use crate::store::intern::{Interned, REMEMBERED, number, row};

/// Numbers of what calls have in common. They hold as long as nothing is rolled back.
#[derive(Debug, Default)]
pub(in crate::store) struct InternedCalls {
    principals: HashMap<Box<str>, i64>,
    operations: HashMap<Arc<Operation>, i64>,
    callers: HashMap<Arc<SessionCaller>, i64>,
    resources: HashMap<Box<str>, i64>,
    parameters: HashMap<[u8; 16], i64>,
    /// Hashes that are among those of what runs wrote and made.
    pub(super) written: HashSet<ArnHash>,
}

/// `read_only` where the record does not tell.
pub(super) const UNTOLD: i64 = 2;

impl InternedCalls {
    pub(in crate::store) fn principal(&mut self, connection: &Connection, text: &str) -> rusqlite::Result<i64> {
        let sql =
            ["SELECT id FROM call_principals WHERE text = ?", "INSERT INTO call_principals (text, run) VALUES (?, ?)"];
        let run = || text.split_once(':').and_then(|(_, name)| run_id_of_session(name));
        number(&mut self.principals, text, || row(connection, sql, [text], (text, run())))
    }

    pub(super) fn operation(
        &mut self,
        connection: &Connection,
        texts: &mut Interned,
        operation: &Arc<Operation>,
    ) -> rusqlite::Result<i64> {
        if let Some(id) = self.operations.get(operation) {
            return Ok(*id);
        }
        let mut text =
            |text: &Option<Arc<str>>| Ok::<_, rusqlite::Error>(texts.text(connection, text.as_deref())?.unwrap_or(0));
        let values = (
            text(&operation.event_name)?,
            text(&operation.account_id)?,
            text(&operation.region)?,
            text(&operation.service)?,
            operation.read_only.map_or(UNTOLD, i64::from),
            text(&operation.error_code)?,
        );
        let sql = [
            "SELECT id FROM call_operations WHERE name = ? AND account = ? AND region = ? AND service = ? AND read_only = ?
                AND error = ?",
            "INSERT INTO call_operations (name, account, region, service, read_only, error) VALUES (?, ?, ?, ?, ?, ?)",
        ];
        let id = row(connection, sql, values, values)?;
        remember(&mut self.operations, operation, id);
        Ok(id)
    }

    pub(super) fn caller(
        &mut self,
        connection: &Connection,
        texts: &mut Interned,
        caller: &Arc<SessionCaller>,
    ) -> rusqlite::Result<i64> {
        if let Some(id) = self.callers.get(caller) {
            return Ok(*id);
        }
        let principal = caller.principal_id.as_deref();
        let principal = principal.map(|text| self.principal(connection, text)).transpose()?.unwrap_or(0);
        let agent = texts.agent(connection, caller.user_agent.as_deref())?.unwrap_or(0);
        let mut text = |text: Option<&str>| Ok::<_, rusqlite::Error>(texts.text(connection, text)?.unwrap_or(0));
        let values = (
            principal,
            caller.access_key_id.as_deref(),
            caller.session_created.map(Timestamp::seconds),
            text(caller.kind.as_deref())?,
            text(caller.account_id.as_deref())?,
            text(caller.role_arn.as_deref())?,
            text(caller.issuer.as_deref())?,
            text(caller.source_address.as_ref().map(SourceAddress::as_str))?,
            agent,
            text(caller.invoked_by.as_deref())?,
        );
        let sql = [
            "SELECT id FROM call_callers WHERE principal = ? AND access_key IS ? AND created IS ? AND kind = ? AND account = ?
                AND role = ? AND issuer = ? AND address = ? AND agent = ? AND service = ?",
            "INSERT INTO call_callers (
                principal, access_key, created, kind, account, role, issuer, address, agent, service
            ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ];
        let id = row(connection, sql, values, values)?;
        remember(&mut self.callers, caller, id);
        Ok(id)
    }

    /// The number of a list of ARNs; nothing where it is empty.
    pub(super) fn resources(&mut self, connection: &Connection, arns: &[Arc<str>]) -> rusqlite::Result<Option<i64>> {
        if arns.is_empty() {
            return Ok(None);
        }
        let arns: Vec<&str> = arns.iter().map(|arn| &**arn).collect();
        // A list of texts is JSON whatever they are.
        let text = serde_json::to_string(&arns).unwrap_or_default();
        let sql = ["SELECT id FROM call_resources WHERE arns = ?", "INSERT INTO call_resources (arns) VALUES (?)"];
        number(&mut self.resources, &*text, || row(connection, sql, [&text], [&text])).map(Some)
    }

    pub(super) fn parameters(&mut self, connection: &Connection, text: &str) -> rusqlite::Result<i64> {
        let whole: [u8; 32] = Sha256::digest(text).into();
        let (digest, _) = whole.as_chunks::<16>();
        let digest = digest.first().copied().unwrap_or_default();
        if let Some(id) = self.parameters.get(&digest) {
            return Ok(*id);
        }
        let sql = [
            "SELECT id FROM call_parameters WHERE digest = ?",
            "INSERT INTO call_parameters (digest, text) VALUES (?, ?)",
        ];
        let id = row(connection, sql, [&digest[..]], (&digest[..], text))?;
        if self.parameters.len() >= REMEMBERED {
            self.parameters.clear();
        }
        self.parameters.insert(digest, id);
        Ok(id)
    }
}

fn remember<T: std::hash::Hash + Eq>(known: &mut HashMap<Arc<T>, i64>, value: &Arc<T>, id: i64) {
    if known.len() >= REMEMBERED {
        known.clear();
    }
    known.insert(Arc::clone(value), id);
}
