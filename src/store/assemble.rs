//! Rows back into events, as the decoder would have given them for these issuers.

use std::sync::Arc;

use hashbrown::HashMap;
use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::corrections::RAW;
use super::handle::Store;
use super::rows::columns::{event_id, time};
use super::text_table::{TextTable, text_of};
use crate::domain::assumption::{Assumption, Correction, Outcome};
use crate::domain::issuer::{IssuerRole, Issuers};
use crate::domain::role::run_id_of_session;
use crate::domain::source_address::SourceAddress;
use crate::domain::subject::Subject;
use crate::domain::timestamp::Timestamp;

/// Puts events together; what their rows share is looked up once.
pub(super) struct Assembler<'a> {
    store: &'a Store,
    issuers: &'a Issuers,
    texts: TextTable,
    sessions: TextTable,
    agents: TextTable,
    files: TextTable,
    names: HashMap<i64, (Arc<str>, IssuerRole)>,
    subjects: HashMap<(i64, bool), Subject>,
}

/// The part of SQL that tells when the session of a row `a` ends, as [`Assumption::session_end`] does.
pub(super) const SESSION_END: &str =
    "CASE WHEN a.error IS NOT NULL THEN NULL WHEN a.expiration > a.time THEN a.expiration
    ELSE min(a.time + ifnull(a.duration, 3600), 253402300799) END";

impl<'a> Assembler<'a> {
    /// What [`Self::event`] reads, of `a`.
    pub(super) const COLUMNS: &'static str = "a.id, a.time, a.subject, a.issuer, a.account, a.region, a.address,
        a.audience, a.role, a.run, a.session, a.duration, a.verification, a.error, a.access_key, a.agent, a.log_file,
        a.event_id, a.content, a.copy, a.expiration, a.corrects, a.updated, a.raw";

    /// Where these two are among them.
    pub(super) const ID: usize = 0;
    pub(super) const COPY: usize = 19;

    pub(super) fn new(store: &'a Store, issuers: &'a Issuers) -> Self {
        Self {
            store,
            issuers,
            texts: TextTable::of_texts(),
            sessions: TextTable::new("SELECT text FROM sessions WHERE id = ?"),
            agents: TextTable::new("SELECT text FROM agents WHERE id = ?"),
            files: TextTable::new("SELECT coalesce(label, name) FROM log_files WHERE id = ?"),
            names: HashMap::new(),
            subjects: HashMap::new(),
        }
    }

    /// The event of a row; nothing where nobody asked for its issuer or its subject.
    pub(super) fn event(&mut self, row: &Row<'_>) -> rusqlite::Result<Option<Assumption>> {
        if row.get_ref(23)? != ValueRef::Null {
            return self.raw(row.get(0)?);
        }
        let (issuer, role) = self.issuer(row.get(3)?)?;
        let original = event_id(row, 21)?;
        let is_bare = role == IssuerRole::Foreign && issuer.is_none() && original.is_some();
        if role == IssuerRole::Foreign && !is_bare && !self.keeps_subject(row.get(2)?)? {
            return Ok(None);
        }
        let updated: Option<Box<str>> = row.get(22)?;
        let correction =
            original.map(|original| Correction { original, updated: updated.unwrap_or_default(), is_bare });
        let subject = self.subject(row.get(2)?, role == IssuerRole::Terraform)?;
        let role_session_name = self.session(row, 9, 10)?;
        let is_decoded = !matches!(subject, Subject::Other(_));
        let run_id = role_session_name.as_deref().filter(|_| is_decoded).and_then(run_id_of_session).map(Into::into);
        let event_id = event_id(row, 17)?;
        let mut text = |at: usize| self.text(row.get(at)?);
        let outcome = match text(13)? {
            Some(code) => Outcome::Denied { code },
            None => Outcome::Granted { access_key_id: row.get(14)? },
        };
        Ok(Some(Assumption {
            time: time(row, 1)?,
            event_id,
            account_id: text(4)?,
            region: text(5)?,
            source_address: text(6)?.map(SourceAddress::from),
            subject,
            issuer,
            audience: text(7)?,
            role_arn: text(8)?,
            role_session_name,
            run_id,
            duration_seconds: row.get(11)?,
            expiration: row.get::<_, Option<i64>>(20)?.and_then(Timestamp::from_seconds),
            verification_method: text(12)?,
            outcome,
            user_agent: self.agent(row.get(15)?)?,
            log_file: self.file(row.get(16)?)?,
            content: row.get(18)?,
            correction: correction.map(Box::new),
        }))
    }

    /// The event of a row that corrects some fields alone, as it is without what it corrects.
    fn raw(&mut self, id: i64) -> rusqlite::Result<Option<Assumption>> {
        let own =
            |name: &str| RAW.iter().position(|raw| *raw == name).map(|at| format!("json_extract(a.raw, '$[{at}]')"));
        let columns = Self::COLUMNS.split(',').map(|column| {
            let name = column.trim().trim_start_matches("a.");
            if name == "raw" { "NULL".to_owned() } else { own(name).unwrap_or_else(|| format!("a.{name}")) }
        });
        let columns: Vec<String> = columns.collect();
        let store = self.store;
        let sql = format!("SELECT {} FROM assumptions AS a WHERE a.id = ?", columns.join(", "));
        let mut statement = store.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([id])?;
        match rows.next()? {
            Some(row) => self.event(row),
            None => Ok(None),
        }
    }

    /// The role of a row, and at which second the session ends that it began.
    pub(super) fn session_of(&self, id: i64) -> rusqlite::Result<(Option<i64>, Option<i64>)> {
        let sql = format!("SELECT a.role, {SESSION_END} FROM assumptions AS a WHERE a.id = ?");
        self.store.connection.prepare_cached(&sql)?.query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// The session name, of which `run` and `session` are the places.
    pub(super) fn session(&mut self, row: &Row<'_>, run: usize, session: usize) -> rusqlite::Result<Option<Box<str>>> {
        match row.get_ref(run)? {
            ValueRef::Text(_) => Ok(Some(format!("terraform-run-run-{}", row.get_ref(run)?.as_str()?).into())),
            _ => Ok(self.sessions.given(self.store, row.get(session)?)?.map(|name| (&*name).into())),
        }
    }

    pub(super) fn text(&mut self, id: Option<i64>) -> rusqlite::Result<Option<Arc<str>>> {
        self.texts.given(self.store, id)
    }

    pub(super) fn agent(&mut self, id: Option<i64>) -> rusqlite::Result<Option<Arc<str>>> {
        self.agents.given(self.store, id)
    }

    /// Whether a subject is kept whoever issued it.
    pub(super) fn keeps_subject(&mut self, id: i64) -> rusqlite::Result<bool> {
        match self.subject(id, false)? {
            Subject::Other(text) => Ok(self.issuers.keeps_subject(&text)),
            _ => Ok(false),
        }
    }

    /// What an issuer is to the question.
    pub(super) fn role(&mut self, id: Option<i64>) -> rusqlite::Result<IssuerRole> {
        if let Some((_, role)) = id.and_then(|id| self.names.get(&id)) {
            return Ok(*role);
        }
        self.issuer(id).map(|(_, role)| role)
    }

    pub(super) fn issuer(&mut self, id: Option<i64>) -> rusqlite::Result<(Option<Arc<str>>, IssuerRole)> {
        let Some(id) = id else { return Ok((None, self.issuers.role(""))) };
        if let Some((text, role)) = self.names.get(&id) {
            return Ok((Some(Arc::clone(text)), *role));
        }
        let text = text_of(self.store, "SELECT text FROM issuers WHERE id = ?", id)?;
        let role = self.issuers.role(&text);
        self.names.insert(id, (Arc::clone(&text), role));
        Ok((Some(text), role))
    }

    pub(super) fn subject(&mut self, id: i64, is_terraform: bool) -> rusqlite::Result<Subject> {
        if let Some(subject) = self.subjects.get(&(id, is_terraform)) {
            return Ok(subject.clone());
        }
        let text = text_of(self.store, "SELECT text FROM subjects WHERE id = ?", id)?;
        let subject = if is_terraform { Subject::parse(&text) } else { Subject::Other(text) };
        self.subjects.insert((id, is_terraform), subject.clone());
        Ok(subject)
    }

    pub(super) fn file(&mut self, id: i64) -> rusqlite::Result<Arc<str>> {
        self.files.known(self.store, id)
    }
}
