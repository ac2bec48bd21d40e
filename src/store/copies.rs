//! Copies of one event: all are kept, and one stands (DESIGN §3). Which one is settled when a copy comes or goes, and it
//! is the same in whatever order they came.

use std::collections::BTreeSet;

use rusqlite::Connection;
use rusqlite::types::Value;

use super::corrections;
use super::intern::uuid_bytes;
use super::rows::state::{ANY_LOOK_ALIKE_COPIED, CONFLICT, DUPLICATE, LOOK_ALIKE, LOOK_ALIKE_COPIED, SOLE, STANDS};
use crate::domain::assumption::Assumption;

/// What makes two rows the same event, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum EventIdentity {
    Uuid([u8; 16]),
    Text(Box<str>),
    Content([u8; 32]),
}

impl EventIdentity {
    pub(super) fn of(event: &Assumption) -> Self {
        match event.event_id.as_deref() {
            None => Self::Content(event.content),
            Some(id) => Self::of_id(id),
        }
    }

    /// The event of that id.
    pub(super) fn of_id(id: &str) -> Self {
        uuid_bytes(id).map_or_else(|| Self::Text(id.into()), Self::Uuid)
    }

    /// The event of an id as it is kept.
    fn kept(id: Value) -> Option<Self> {
        match id {
            Value::Blob(bytes) => bytes.try_into().ok().map(Self::Uuid),
            Value::Text(text) => Some(Self::Text(text.into())),
            Value::Null | Value::Integer(_) | Value::Real(_) => None,
        }
    }

    /// Its id as it is kept, if it has one.
    pub(super) fn id(&self) -> Option<Value> {
        match self {
            Self::Uuid(bytes) => Some(Value::Blob(bytes.to_vec())),
            Self::Text(text) => Some(Value::Text((**text).to_owned())),
            Self::Content(_) => None,
        }
    }

    /// Whether a row corrects that event.
    pub(super) fn is_corrected(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let sql = "SELECT 1 FROM assumptions WHERE corrects = ? LIMIT 1";
        match self.id() {
            Some(id) => connection.prepare_cached(sql)?.exists([id]),
            None => Ok(false),
        }
    }

    /// Whether no row is that event.
    pub(super) fn is_alone(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let by_event = "SELECT 1 FROM assumptions WHERE event_id = ? LIMIT 1";
        let by_content = "SELECT 1 FROM assumptions WHERE event_id IS NULL AND content = ? LIMIT 1";
        let found = match self {
            Self::Uuid(bytes) => connection.prepare_cached(by_event)?.exists([bytes])?,
            Self::Text(text) => connection.prepare_cached(by_event)?.exists([text])?,
            Self::Content(bytes) => connection.prepare_cached(by_content)?.exists([bytes])?,
        };
        Ok(!found)
    }

    /// Settles which of its rows stands.
    fn settle(&self, connection: &Connection) -> rusqlite::Result<()> {
        const COLUMNS: &str = "SELECT a.id, coalesce(f.label, f.name), a.content, a.copy
            FROM assumptions AS a JOIN log_files AS f ON f.id = a.log_file";
        type StoredCopy = (Box<str>, Vec<u8>, i64, i64);
        let read = |row: &rusqlite::Row<'_>| -> rusqlite::Result<StoredCopy> {
            Ok((row.get(1)?, row.get(2)?, row.get(0)?, row.get(3)?))
        };
        let by_event = format!("{COLUMNS} WHERE a.event_id = ?");
        let by_content = format!("{COLUMNS} WHERE a.event_id IS NULL AND a.content = ?");
        let copies: rusqlite::Result<Vec<StoredCopy>> = match self {
            Self::Uuid(bytes) => connection.prepare_cached(&by_event)?.query_map([bytes], read)?.collect(),
            Self::Text(text) => connection.prepare_cached(&by_event)?.query_map([text], read)?.collect(),
            Self::Content(bytes) => connection.prepare_cached(&by_content)?.query_map([bytes], read)?.collect(),
        };
        let mut copies = copies?;
        let mark = |copy: i64, id: i64, before: i64| -> rusqlite::Result<()> {
            if copy != before {
                connection.prepare_cached("UPDATE assumptions SET copy = ? WHERE id = ?")?.execute((copy, id))?;
            }
            Ok(())
        };
        let alike = if copies.len() == 1 { LOOK_ALIKE } else { LOOK_ALIKE_COPIED };
        for (.., id, before) in copies.extract_if(.., |(.., copy)| *copy >= LOOK_ALIKE) {
            mark(alike, id, before)?;
        }
        copies.sort_unstable();
        let is_sole = copies.len() == 1;
        let Some((_, stands, ..)) = copies.first().cloned() else { return Ok(()) };
        for (at, (_, content, id, before)) in copies.into_iter().enumerate() {
            let copy = match at {
                0 if is_sole => SOLE,
                0 => STANDS,
                _ if content == stands => DUPLICATE,
                _ => CONFLICT,
            };
            mark(copy, id, before)?;
        }
        Ok(())
    }
}

/// Settles all of these events, and what they correct or are corrected by.
pub(super) fn settle(connection: &Connection, events: &BTreeSet<EventIdentity>) -> rusqlite::Result<()> {
    events.iter().try_for_each(|event| event.settle(connection))?;
    if events.is_empty() || !corrections::any(connection)? {
        return Ok(());
    }
    for event in events {
        let Some(id) = event.id() else { continue };
        let ids = corrections::family(connection, &id)?;
        for id in &ids {
            EventIdentity::kept(id.clone()).into_iter().try_for_each(|identity| identity.settle(connection))?;
            let sql = "SELECT content FROM assumptions WHERE event_id IS NULL AND corrects = ?";
            let mut statement = connection.prepare_cached(sql)?;
            let contents = statement.query_map([id], |row| row.get(0).map(EventIdentity::Content))?;
            contents.collect::<rusqlite::Result<Vec<_>>>()?.iter().try_for_each(|copy| copy.settle(connection))?;
        }
        corrections::settle(connection, &ids)?;
    }
    Ok(())
}

/// The events with copies among these rows.
pub(super) fn with_copies(connection: &Connection, first: i64, rows: i64) -> rusqlite::Result<BTreeSet<EventIdentity>> {
    use rusqlite::types::ValueRef;
    let sql = format!(
        "SELECT event_id, content FROM assumptions WHERE id >= ?1 AND id < ?2 AND copy <> {SOLE}
        UNION ALL SELECT event_id, content FROM assumptions AS c WHERE id >= ?1 AND id < ?2 AND copy = {SOLE} AND (
            EXISTS (SELECT 1 FROM assumptions AS m WHERE m.event_id = c.event_id AND m.copy = {LOOK_ALIKE_COPIED})
            OR c.event_id IS NULL AND EXISTS (
                SELECT 1 FROM assumptions AS m WHERE m.event_id IS NULL AND m.content = c.content AND m.copy = {LOOK_ALIKE_COPIED}
            )
        ) AND {ANY_LOOK_ALIKE_COPIED}
        UNION ALL SELECT corrects, NULL FROM assumptions WHERE id >= ?1 AND id < ?2 AND corrects IS NOT NULL"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut found = BTreeSet::new();
    let mut rows = statement.query((first, first + rows))?;
    while let Some(row) = rows.next()? {
        found.insert(match row.get_ref(0)? {
            ValueRef::Null => EventIdentity::Content(row.get(1)?),
            ValueRef::Blob(_) => EventIdentity::Uuid(row.get(0)?),
            _ => EventIdentity::Text(row.get(0)?),
        });
    }
    Ok(found)
}
