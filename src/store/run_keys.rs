//! Which run a row belongs to, told by numbers.

use std::collections::HashMap;

use hashbrown::DefaultHashBuilder;
use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::assemble::Assembler;
use super::rows::columns::{ID, ISSUER, RUN, SESSION, SUBJECT};
use crate::audit::runs::distinct::{DistinctRuns, RunId, RunKey};
use crate::audit::runs::inferred::{reach, reach_of};
use crate::domain::assumption::Assumption;
use crate::domain::role::run_id_of_session;
use crate::domain::subject::Subject;

/// The keys of runs, worked out once for what rows share.
pub(super) struct RunKeys {
    /// The runs themselves.
    pub(super) distinct: DistinctRuns,
    who: HashMap<(i64, Option<i64>), OwnerOfSubject, DefaultHashBuilder>,
    sessions: HashMap<i64, Option<RunId>>,
    /// By subject, issuer and role.
    of_roles: HashMap<(i64, Option<i64>, Option<i64>), u32, DefaultHashBuilder>,
}

/// Whose events a subject's are.
#[derive(Clone, Copy)]
struct OwnerOfSubject {
    is_decoded: bool,
    owner: u32,
    subject: u32,
}

impl RunKeys {
    /// Events of one subject without a run id that are more than `run_gap` seconds apart are different runs.
    pub(super) fn new(run_gap: i64) -> Self {
        Self {
            distinct: DistinctRuns::new(run_gap),
            who: HashMap::default(),
            sessions: HashMap::new(),
            of_roles: HashMap::default(),
        }
    }

    /// That of a row with the columns of [`super::rows::columns::COLUMNS`].
    pub(super) fn of_row(
        &mut self,
        assembler: &mut Assembler<'_>,
        row: &Row<'_>,
        is_terraform: bool,
    ) -> rusqlite::Result<RunKey> {
        let who = self.who(assembler, row, is_terraform)?;
        let id = if who.is_decoded { self.run_id(assembler, row)? } else { None };
        match id {
            Some(id) => Ok(RunKey::Named(who.owner, id)),
            None => self.inferred(assembler, row, who.subject, is_terraform),
        }
    }

    /// That of an event that was put together.
    pub(super) fn of_event(&mut self, event: &Assumption) -> RunKey {
        let (issuer, runs) = (event.issuer.as_deref(), &mut self.distinct);
        if let Some(id) = event.run_id.as_deref() {
            return RunKey::Named(runs.owner(issuer, event.subject.organization()), runs.id(id));
        }
        let subject = runs.subject(issuer, &event.subject);
        let session = runs.session(subject, event.subject.phase(), event.role_arn.as_deref());
        RunKey::Inferred { subject, session, reach: reach(event) }
    }

    fn who(
        &mut self,
        assembler: &mut Assembler<'_>,
        row: &Row<'_>,
        is_terraform: bool,
    ) -> rusqlite::Result<OwnerOfSubject> {
        let key: (i64, Option<i64>) = (row.get(SUBJECT)?, row.get(ISSUER)?);
        if let Some(who) = self.who.get(&key) {
            return Ok(*who);
        }
        let of = assembler.subject(key.0, is_terraform)?;
        let (issuer, _) = assembler.issuer(key.1)?;
        let who = OwnerOfSubject {
            is_decoded: !matches!(of, Subject::Other(_)),
            owner: self.distinct.owner(issuer.as_deref(), of.organization()),
            subject: self.distinct.subject(issuer.as_deref(), &of),
        };
        self.who.insert(key, who);
        Ok(who)
    }

    /// What tells the run of a row without an id. There are few, so that the rest of the row is looked up for them alone.
    fn inferred(
        &mut self,
        assembler: &mut Assembler<'_>,
        row: &Row<'_>,
        subject: u32,
        is_terraform: bool,
    ) -> rusqlite::Result<RunKey> {
        let (role, end) = assembler.session_of(row.get(ID)?)?;
        let key = (row.get(SUBJECT)?, row.get(ISSUER)?, role);
        let session = if let Some(session) = self.of_roles.get(&key) {
            *session
        } else {
            let of = assembler.subject(key.0, is_terraform)?;
            let role = assembler.text(role)?;
            let session = self.distinct.session(subject, of.phase(), role.as_deref());
            self.of_roles.insert(key, session);
            session
        };
        Ok(RunKey::Inferred { subject, session, reach: reach_of(end) })
    }

    /// The run id of a row whose subject is decoded.
    fn run_id(&mut self, assembler: &mut Assembler<'_>, row: &Row<'_>) -> rusqlite::Result<Option<RunId>> {
        if let ValueRef::Text(text) = row.get_ref(RUN)? {
            let text = std::str::from_utf8(text)?;
            let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if let Some(id) = RunId::short(text).filter(|_| is_plain) {
                return Ok(Some(id));
            }
        } else {
            let Some(session) = row.get::<_, Option<i64>>(SESSION)? else { return Ok(None) };
            if let Some(id) = self.sessions.get(&session) {
                return Ok(*id);
            }
            let id = self.run_id_of_name(assembler, row)?;
            self.sessions.insert(session, id);
            return Ok(id);
        }
        self.run_id_of_name(assembler, row)
    }

    fn run_id_of_name(&mut self, assembler: &mut Assembler<'_>, row: &Row<'_>) -> rusqlite::Result<Option<RunId>> {
        let name = assembler.session(row, RUN, SESSION)?;
        Ok(name.as_deref().and_then(run_id_of_session).map(|id| self.distinct.id(&id)))
    }
}
