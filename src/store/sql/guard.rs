//! Closes every way to write, and sets the limits (<https://sqlite.org/security.html>, "untrusted SQL inputs").

use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::{Connection, Result};

use super::clock::StatementClock;

/// How much a statement may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatementLimits {
    /// The longest time for which SQLite may work on it; waiting for the reader of the rows does not count.
    pub time: Duration,
    /// The most memory, in bytes, that SQLite may hold. Larger sorts go through temporary files.
    pub memory_bytes: u64,
}

/// How many steps of its machine SQLite takes between two looks at the clock: well below a millisecond.
const STEPS: i32 = 10_000;

/// The largest text or row in bytes; the events of a log are far smaller. A call of a function on longer ones could take
/// minutes, in which SQLite does not look at the clock.
pub(super) const MAX_VALUE: i32 = 4 << 20;

/// The longest pattern of LIKE in bytes; the time of a call grows with it times the text.
const MAX_LIKE: i32 = 1_000;

/// The longest statement in bytes.
pub(super) const MAX_SQL: i32 = 1 << 20;

/// Where temporary tables and large sorts are: the value of `temp_store` for files.
const ON_DISK: i64 = 1;

/// Pages kept in memory, in KiB.
const CACHE: u64 = 64 << 10;

pub(super) fn set(connection: &mut Connection, limits: StatementLimits, clock: &Arc<StatementClock>) -> Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    for (limit, value) in [
        (Limit::SQLITE_LIMIT_LENGTH, MAX_VALUE),
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, MAX_LIKE),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, MAX_SQL),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 200),
    ] {
        connection.set_limit(limit, value)?;
    }
    let memory = limits.memory_bytes;
    // Where temporary tables are there already, it may not be said again.
    if connection.pragma_query_value(None, "temp_store", |row| row.get::<_, i64>(0))? != ON_DISK {
        connection.pragma_update(None, "temp_store", ON_DISK)?;
    }
    let cache = CACHE.min(memory / 4 / 1024);
    connection.execute_batch(&format!(
        "PRAGMA query_only = ON; PRAGMA cache_size = -{cache}; \
         PRAGMA soft_heap_limit = {}; PRAGMA hard_heap_limit = {memory};",
        memory / 2,
    ))?;
    let clock = Arc::clone(clock);
    connection.progress_handler(STEPS, Some(move || clock.is_over()))?;
    connection.authorizer(Some(admit))
}

/// Admits what reads. Everything else, known today or not, is denied.
fn admit(context: AuthContext<'_>) -> Authorization {
    let reads = match context.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => true,
        AuthAction::Function { function_name } => !function_name.eq_ignore_ascii_case("load_extension"),
        // As tables only: what there is to ask about.
        AuthAction::Pragma { pragma_name, .. } => {
            ["table_list", "table_info", "table_xinfo"].iter().any(|name| pragma_name.eq_ignore_ascii_case(name))
        }
        _ => false,
    };
    if reads { Authorization::Allow } else { Authorization::Deny }
}
