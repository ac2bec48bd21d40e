//! Whether a store has the tables that it should have, and every cell of them is what it should be. SQLite keeps text in a
//! column of numbers if it is given some.

use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::assemble::Assembler;
use super::handle::Store;
use super::log_file::{FAILED, READ, SERVICE, SPECIAL, UNVERIFIED};
use super::migrate::forward;
use super::write::NO_DAY;
use crate::domain::issuer::Issuers;
use crate::domain::log_kind::LogKind;
use crate::source::kinds;

/// Tables, views, indices and triggers, with the columns of those that have some.
const PARTS: &str = "SELECT s.type, s.name, (SELECT group_concat(name, ', ') FROM pragma_table_info(s.name))
    FROM sqlite_schema AS s WHERE s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY s.type, s.name";

/// Bytes are those of a UUID.
const EVENT_ID: &str = "typeof(event_id) = 'blob' AND length(event_id) <> 16";

/// The same of calls, where the half of it may be a hash.
const CALL_ID: &str = "typeof(event_id) = 'blob' AND length(event_id) NOT IN (8, 16)";

/// The same of what copies share.
const SHARED_ID: &str = "typeof(shared_id) = 'blob' AND length(shared_id) <> 16";

/// The first and the last second of the years 0000 to 9999.
const TIMES: [i64; 2] = [-62_167_219_200, 253_402_300_799];

/// What is counted. The sum of as many as a store has rows fits into 64 bits.
const COUNTS: [i64; 2] = [0, 1_000_000_000_000];

/// Columns of seconds since 1970.
const SECONDS: [(&str, &str); 21] = [
    ("listed_late", "oldest"),
    ("listed_late", "newest"),
    ("listed_late", "listed"),
    ("told_files", "oldest"),
    ("told_files", "newest"),
    ("told_files", "time"),
    ("told_hours", "first"),
    ("told_hours", "last"),
    ("writes", "time"),
    ("calls", "time"),
    ("call_callers", "created"),
    ("call_sessions", "ends"),
    ("assumptions", "time"),
    ("log_files", "delivered"),
    ("pruned", "before"),
    ("parts", "start"),
    ("parts", "synced"),
    ("parts", "wanted"),
    ("parts", "begun"),
    ("remembered", "first"),
    ("remembered", "last"),
];

/// Columns of days since 1970, and whether there may be none.
const DAYS: [(&str, &str, bool); 16] = [
    ("told_quiet", "first", false),
    ("told_quiet", "last", false),
    ("log_files", "date", true),
    ("log_files", "delivered_day", true),
    ("days", "date", true),
    ("days", "delivered", true),
    ("known_days", "date", false),
    ("passed_over", "day", false),
    ("looked_at", "first", false),
    ("looked_at", "last", false),
    ("parts", "first", false),
    ("parts", "last", false),
    ("remarks", "first", false),
    ("remarks", "last", false),
    ("unlisted", "first", false),
    ("unlisted", "last", false),
];

/// Columns that stand for a text, or 0 for none.
const NAMES: [(&str, &str); 23] = [
    ("writes", "account"),
    ("writes", "service"),
    ("writes", "name"),
    ("writes", "kind"),
    ("writes", "principal"),
    ("call_operations", "account"),
    ("call_operations", "region"),
    ("call_operations", "service"),
    ("call_operations", "name"),
    ("call_operations", "error"),
    ("call_callers", "kind"),
    ("call_callers", "account"),
    ("call_callers", "role"),
    ("call_callers", "issuer"),
    ("call_callers", "address"),
    ("call_callers", "service"),
    ("call_sessions", "role"),
    ("log_files", "account"),
    ("log_files", "region"),
    ("days", "account"),
    ("days", "region"),
    ("known_days", "account"),
    ("known_days", "region"),
];

/// Columns of calls that stand for a row of another table.
const OF_CALLS: [(&str, &str, &str); 6] = [
    ("writes", "resources", "call_resources"),
    ("calls", "caller", "call_callers"),
    ("calls", "operation", "call_operations"),
    ("calls", "resources", "call_resources"),
    ("calls", "parameters", "call_parameters"),
    ("calls", "message", "texts"),
];

/// A column of a table.
struct CellColumn {
    name: String,
    kind: String,
    is_wanted: bool,
}

impl CellColumn {
    /// The condition on a cell that is of the wrong type.
    fn is_wrong(&self) -> String {
        let name = &self.name;
        let wrong = match self.kind.as_str() {
            "INTEGER" => format!("typeof(\"{name}\") <> 'integer'"),
            "TEXT" => format!("typeof(\"{name}\") <> 'text' OR NOT is_utf8(\"{name}\")"),
            "BLOB" => format!("typeof(\"{name}\") <> 'blob'"),
            _ => format!(
                "typeof(\"{name}\") NOT IN ('blob', 'text') OR NOT (typeof(\"{name}\") = 'blob' OR is_utf8(\"{name}\"))"
            ),
        };
        if self.is_wanted { wrong } else { format!("\"{name}\" IS NOT NULL AND ({wrong})") }
    }
}

impl Store {
    /// What is missing of the tables, and what is there too much; nothing else can be asked of such a store.
    pub(super) fn wrong_parts(&self) -> rusqlite::Result<Vec<String>> {
        let mut sound = Connection::open_in_memory()?;
        forward(&mut sound)?;
        let (wanted, found) = (parts(&sound)?, parts(&self.connection)?);
        let missing = wanted.iter().filter(|part| !found.contains(part)).map(|part| format!("missing: {part}"));
        let unknown = found.iter().filter(|part| !wanted.contains(part)).map(|part| format!("not of a store: {part}"));
        Ok(missing.chain(unknown).collect())
    }

    /// The cells that cannot be read, the first of each column; then the events that cannot be put together.
    pub(super) fn wrong_cells(&self) -> rusqlite::Result<Vec<String>> {
        self.connection.create_scalar_function(
            "is_utf8",
            1,
            FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS,
            |context| Ok(matches!(context.get_raw(0), ValueRef::Text(text) if std::str::from_utf8(text).is_ok())),
        )?;
        let mut found = Vec::new();
        for table in self.tables()? {
            for column in self.columns_of(&table)? {
                self.first_wrong(&table, &column.name, &column.is_wrong(), "of the wrong type", &mut found)?;
            }
        }
        for (table, column, is_right) in values() {
            let wrong = format!("\"{column}\" IS NOT NULL AND NOT ({is_right})");
            self.first_wrong(table, column, &wrong, "out of range", &mut found)?;
        }
        self.first_wrong("assumptions", "event_id", EVENT_ID, "of the wrong length", &mut found)?;
        self.first_wrong("assumptions", "content", "length(content) <> 32", "of the wrong length", &mut found)?;
        self.first_wrong("calls", "event_id", CALL_ID, "of the wrong length", &mut found)?;
        self.first_wrong("writes", "event_id", EVENT_ID, "of the wrong length", &mut found)?;
        for table in ["calls", "writes"] {
            self.first_wrong(table, "shared_id", SHARED_ID, "of the wrong length", &mut found)?;
        }
        self.first_wrong("calls", "content", "length(content) NOT IN (8, 16, 32)", "of the wrong length", &mut found)?;
        self.first_wrong("extracted", "sha256", "length(sha256) <> 32", "of the wrong length", &mut found)?;
        self.first_wrong("call_parameters", "digest", "length(digest) <> 16", "of the wrong length", &mut found)?;
        for (table, column) in [("call_notes", "unkept"), ("call_notes", "handed_on"), ("write_notes", "written")] {
            let wrong = format!("length({column}) % 4 <> 0");
            self.first_wrong(table, column, &wrong, "of the wrong length", &mut found)?;
        }
        if found.is_empty() {
            found.extend(self.first_event_that_fails()?);
            found.extend(self.first_call_that_fails()?);
            found.extend(self.first_write_that_fails()?);
        }
        Ok(found)
    }

    fn first_wrong(
        &self,
        table: &str,
        column: &str,
        wrong: &str,
        what: &str,
        found: &mut Vec<String>,
    ) -> rusqlite::Result<()> {
        let sql = format!("SELECT count(*), quote(max(substr(\"{column}\", 1, 40))) FROM \"{table}\" WHERE {wrong}");
        let (count, example): (i64, String) = self.connection.query_row(&sql, [], |row| {
            let example = row.get_ref(1)?.as_bytes_or_null()?.unwrap_or_default();
            Ok((row.get(0)?, String::from_utf8_lossy(example).into_owned()))
        })?;
        if count > 0 {
            let cells = if count == 1 { "a cell is" } else { "cells are" };
            found.push(format!("{table}.{column}: {count} {cells} {what}, such as {example}"));
        }
        Ok(())
    }

    fn tables(&self) -> rusqlite::Result<Vec<String>> {
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
        let mut statement = self.connection.prepare(sql)?;
        let names = statement.query_map([], |row| row.get(0))?;
        names.collect()
    }

    fn columns_of(&self, table: &str) -> rusqlite::Result<Vec<CellColumn>> {
        let sql = "SELECT name, type, \"notnull\" OR pk FROM pragma_table_info(?)";
        let mut statement = self.connection.prepare(sql)?;
        let columns = statement.query_map([table], |row| {
            Ok(CellColumn { name: row.get(0)?, kind: row.get(1)?, is_wanted: row.get(2)? })
        })?;
        columns.collect()
    }

    /// Puts every event together, as a question about all of them does.
    fn first_event_that_fails(&self) -> rusqlite::Result<Option<String>> {
        let issuers = Issuers::new([""; 0], true).with_look_alikes();
        let mut assembler = Assembler::new(self, &issuers);
        let sql = format!("SELECT {} FROM assumptions AS a", Assembler::COLUMNS);
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Err(error) = assembler.event(row) {
                let id: i64 = row.get(0)?;
                return Ok(Some(format!("event {id} cannot be read: {error}")));
            }
        }
        Ok(None)
    }
}

fn parts(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(PARTS)?;
    let part = |row: &Row<'_>| {
        let (kind, name, columns): (String, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(columns.map_or_else(|| format!("{kind} {name}"), |columns| format!("{kind} {name} ({columns})")))
    };
    let parts = statement.query_map([], part)?;
    parts.collect()
}

/// The same of what digests said.
fn words_of_digests() -> impl Iterator<Item = (&'static str, &'static str, String)> {
    let verdicts = "verdict IN ('valid', 'invalid', 'missing', 'unlisted', 'unchecked')";
    let columns = [
        ("verdicts", "verdict", verdicts),
        ("told_files", "verdict", verdicts),
        ("told_files", "kind", "kind IN ('digest', 'log')"),
        ("told_hours", "is_backfill", "is_backfill BETWEEN 0 AND 1"),
    ];
    columns.into_iter().map(|(table, column, is)| (table, column, is.to_owned()))
}

/// Columns with what their cells are to be, in SQL.
fn values() -> Vec<(&'static str, &'static str, String)> {
    let among = |column: &str, words: &[&str]| format!("{column} IN ('{}')", words.join("', '"));
    let between = |column: &str, range: [i64; 2]| format!("{column} BETWEEN {} AND {}", range[0], range[1]);
    let others = [READ, FAILED, SPECIAL, SERVICE, UNVERIFIED];
    let of_log_files: Vec<&str> = others.into_iter().chain(LogKind::SKIPPED.map(LogKind::as_str)).collect();
    let kinds = ["workspace", "stack", "module-test", "other"];
    let mut values = vec![
        ("sources", "kind", among("kind", &kinds::words())),
        ("subjects", "kind", among("kind", &kinds)),
        ("log_files", "outcome", among("outcome", &of_log_files)),
        ("days", "outcome", among("outcome", &of_log_files)),
        ("assumptions", "copy", between("copy", [0, 5])),
        ("assumptions", "duration", between("duration", [0, i64::from(u32::MAX)])),
    ];
    values.extend(words_of_digests());
    values.push(("scopes", "calls", between("calls", [0, 3])));
    values.push(("calls", "whole", between("whole", [0, 1])));
    values.push(("call_operations", "read_only", between("read_only", [0, 2])));
    for table in ["call_reached", "written_by_runs"] {
        values.push((table, "hash", between("hash", [0, i64::from(u32::MAX)])));
    }
    values.push(("writes", "ok_write", between("ok_write", [0, 1])));
    for (table, column, of) in OF_CALLS {
        values.push((table, column, format!("{column} IN (SELECT id FROM {of})")));
    }
    for table in ["call_callers", "call_sessions"] {
        let is_there = "principal = 0 OR principal IN (SELECT id FROM call_principals)";
        values.push((table, "principal", is_there.to_owned()));
    }
    values.push(("call_callers", "agent", "agent = 0 OR agent IN (SELECT id FROM agents)".to_owned()));
    for column in ["every", "alikes"] {
        values.push(("scopes", column, between(column, [0, 1])));
    }
    let counts =
        ["bytes_read", "bytes_inflated", "total", "kept", "other", "malformed", "pruned", "in_days", "forbidden"];
    for (table, more) in [("log_files", ["size", "rows"]), ("days", ["files", "kept"])] {
        for column in counts.into_iter().chain(more) {
            values.push((table, column, between(column, COUNTS)));
        }
    }
    values.push(("seen", "events", between("events", COUNTS)));
    values.push(("unread_calls", "records", between("records", COUNTS)));
    for (table, column) in SECONDS {
        values.push((table, column, between(column, TIMES)));
    }
    for (table, column, none) in DAYS {
        let none = if none { format!("{column} = {NO_DAY} OR ") } else { String::new() };
        let days = TIMES.map(|time| time.div_euclid(86_400));
        values.push((table, column, format!("{none}{}", between(column, days))));
    }
    values.push(("remembered", "kind", among("kind", &["place", "role", "address", "agent"])));
    for (table, column) in NAMES {
        values.push((table, column, format!("{column} = 0 OR {column} IN (SELECT id FROM texts)")));
    }
    values.push(("days", "source", "source IN (SELECT id FROM sources)".to_owned()));
    values.push(("days", "scope", "scope IN (SELECT id FROM scopes)".to_owned()));
    values.push(("seen", "issuer", "issuer IN (SELECT id FROM texts)".to_owned()));
    values.push(("extracted", "source", "source IN (SELECT id FROM texts)".to_owned()));
    values
}
