//! For what log files are read: for which issuers, by which rules, and for how much of the calls of runs. A log file that was
//! read for less than is wanted is read again.

use rusqlite::Connection;

use super::calls::kept::KeptCalls;
use crate::domain::issuer::Issuers;

/// By which rules this build reads records.
pub(super) const RULES: i64 = 1;

/// The number of these issuers, where so much of calls is kept.
pub(super) fn scope(connection: &Connection, issuers: &Issuers, calls: KeptCalls) -> rusqlite::Result<i64> {
    let mut hosts: Vec<&str> = issuers.hosts().collect();
    hosts.sort_unstable();
    hosts.dedup();
    let (every, hosts) = (issuers.all(), hosts.join("\n"));
    // Where all are kept, none is kept for its subject alone.
    let values = (every, &hosts, every || issuers.keeps_look_alikes(), RULES, calls.number());
    let sql = "INSERT OR IGNORE INTO scopes (every, hosts, alikes, rules, calls) VALUES (?, ?, ?, ?, ?)";
    connection.execute(sql, values)?;
    let sql = "SELECT id FROM scopes WHERE every = ? AND hosts = ? AND alikes = ? AND rules = ? AND calls = ?";
    connection.query_row(sql, values, |row| row.get(0))
}
