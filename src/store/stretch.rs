//! Which run without an id each event is in, written down beside it, so that the view of runs needs to know no rule.
//!
//! `stretch` is the second at which such a run begins, which no other run of its owner does. Whatever comes, goes or changes
//! leaves its owner in `unsettled` by a trigger; what is there is worked out anew before it is committed. The gap is the
//! default one.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension as _};

use super::assemble::SESSION_END;
use super::rows::state::IS_STANDING;
use crate::audit::runs::inferred::{Inferred, reach_of};

/// The default of `--run-gap`, in seconds.
const RUN_GAP: i64 = 3_600;

/// Works out the runs of all owners whose events have changed.
pub(super) fn settle(connection: &Connection) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("SELECT subject, issuer FROM unsettled")?;
    let unsettled = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let unsettled: Vec<(i64, i64)> = unsettled.collect::<rusqlite::Result<_>>()?;
    if unsettled.is_empty() {
        return Ok(());
    }
    let mut done = HashSet::new();
    for (subject, issuer) in unsettled {
        let owner = subjects_of_owner(connection, subject)?;
        if done.insert((owner.clone(), issuer)) {
            settle_owner(connection, &owner, issuer)?;
        }
    }
    connection.prepare_cached("DELETE FROM unsettled")?.execute([])?;
    Ok(())
}

/// The subjects that differ from one in their phase alone, itself among them, in order.
pub(super) fn subjects_of_owner(connection: &Connection, subject: i64) -> rusqlite::Result<Vec<i64>> {
    let sql = "SELECT organization FROM subjects WHERE id = ?";
    let organization: Option<Option<String>> =
        connection.prepare_cached(sql)?.query_row([subject], |row| row.get(0)).optional()?;
    let Some(organization) = organization else { return Ok(Vec::new()) };
    // One that is not decoded has no phase.
    if organization.is_none() {
        return Ok(vec![subject]);
    }
    let sql = "SELECT other.id FROM subjects AS one JOIN subjects AS other
            ON other.organization = one.organization AND other.kind = one.kind AND other.project IS one.project
            AND other.workspace IS one.workspace AND other.stack IS one.stack
            AND other.deployment IS one.deployment AND other.module IS one.module
        WHERE one.id = ? ORDER BY other.id";
    let mut statement = connection.prepare_cached(sql)?;
    let ids = statement.query_map([subject], |row| row.get(0))?;
    ids.collect()
}

fn settle_owner(connection: &Connection, subjects: &[i64], issuer: i64) -> rusqlite::Result<()> {
    let list: Vec<String> = subjects.iter().map(ToString::to_string).collect();
    let sql = format!(
        "SELECT a.id, a.time, a.subject, a.role, {SESSION_END}, a.stretch
        FROM assumptions AS a INDEXED BY assumptions_by_subject
        JOIN subjects AS subject ON subject.id = a.subject
        LEFT JOIN sessions AS session ON session.id = a.session
        WHERE a.subject IN ({}) AND ifnull(a.issuer, 0) = ? AND {IS_STANDING}
            AND (subject.kind = 'other' OR (a.run IS NULL AND session.run_id IS NULL))
        ORDER BY a.time",
        list.join(",")
    );
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([issuer])?;
    let (mut runs, mut starts, mut changed) = (Inferred::default(), Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let time: i64 = row.get(1)?;
        let session: (i64, Option<i64>) = (row.get(2)?, row.get(3)?);
        let run = runs.next(RUN_GAP, time, (session, reach_of(row.get(4)?)), || {
            starts.push(time);
            starts.len() - 1
        });
        if row.get::<_, Option<i64>>(5)? != Some(starts[run]) {
            changed.push((starts[run], row.get::<_, i64>(0)?));
        }
    }
    for values in changed {
        connection.prepare_cached("UPDATE assumptions SET stretch = ? WHERE id = ?")?.execute(values)?;
    }
    Ok(())
}
