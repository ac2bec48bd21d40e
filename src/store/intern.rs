//! Text that repeats is kept once in a store, and known by a number.
//!
//! The numbers are those of the tables, which outlive the process; what is remembered here saves asking for them again. So this
//! is neither the [numbering](crate::audit::numbers) of values in memory nor their [sharing](crate::domain::shared).

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

use rusqlite::{Connection, OptionalExtension as _, Params, params};

use crate::domain::role::run_id_of_session;
use crate::domain::run::path_to_runs;
use crate::domain::subject::Subject;
use crate::domain::user_agent::{provider_version, terraform_version};

/// So many numbers of one kind of text are remembered at once; names that a stranger makes up must not fill the memory.
pub(super) const REMEMBERED: usize = 1 << 16;

/// Numbers by text. They hold as long as nothing is rolled back.
#[derive(Debug, Default)]
pub(super) struct Interned {
    texts: HashMap<Box<str>, i64>,
    issuers: HashMap<Box<str>, i64>,
    agents: HashMap<Box<str>, i64>,
    subjects: HashMap<Subject, i64>,
}

/// The number of a value that may be `known`; `ask` tells it where it is not.
pub(super) fn number<K: Hash + Eq + Borrow<Q>, Q: Hash + Eq + ToOwned<Owned: Into<K>> + ?Sized>(
    known: &mut HashMap<K, i64>,
    value: &Q,
    ask: impl FnOnce() -> rusqlite::Result<i64>,
) -> rusqlite::Result<i64> {
    if let Some(id) = known.get(value) {
        return Ok(*id);
    }
    let id = ask()?;
    if known.len() >= REMEMBERED {
        known.clear();
    }
    known.insert(value.to_owned().into(), id);
    Ok(id)
}

/// The number of a row that its table has once: the first statement finds it by its key, the second one adds it.
pub(super) fn row(
    connection: &Connection,
    sql: [&str; 2],
    key: impl Params,
    values: impl Params,
) -> rusqlite::Result<i64> {
    let found = connection.prepare_cached(sql[0])?.query_row(key, |row| row.get(0)).optional()?;
    found.map_or_else(|| connection.prepare_cached(sql[1])?.insert(values), Ok)
}

impl Interned {
    pub(super) fn text(&mut self, connection: &Connection, text: Option<&str>) -> rusqlite::Result<Option<i64>> {
        let sql = ["SELECT id FROM texts WHERE text = ?", "INSERT INTO texts (text) VALUES (?)"];
        let id = |text: &str| number(&mut self.texts, text, || row(connection, sql, [text], [text]));
        text.map(id).transpose()
    }

    pub(super) fn issuer(&mut self, connection: &Connection, text: Option<&str>) -> rusqlite::Result<Option<i64>> {
        let sql = ["SELECT id FROM issuers WHERE text = ?", "INSERT INTO issuers (text) VALUES (?)"];
        let id = |text: &str| number(&mut self.issuers, text, || row(connection, sql, [text], [text]));
        text.map(id).transpose()
    }

    pub(super) fn agent(&mut self, connection: &Connection, text: Option<&str>) -> rusqlite::Result<Option<i64>> {
        let sql = [
            "SELECT id FROM agents WHERE text = ?",
            "INSERT INTO agents (text, terraform_version, provider_version) VALUES (?, ?, ?)",
        ];
        let id = |text: &str| {
            let values = || (text, terraform_version(text), provider_version(text));
            number(&mut self.agents, text, || row(connection, sql, [text], values()))
        };
        text.map(id).transpose()
    }

    pub(super) fn subject(&mut self, connection: &Connection, subject: &Subject) -> rusqlite::Result<i64> {
        let sql = [
            "SELECT id FROM subjects WHERE text = ? AND kind = ?",
            "INSERT INTO subjects (text, kind, organization, project, workspace, stack, deployment, module, phase, path)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ];
        number(&mut self.subjects, subject, || {
            let (text, kind) = (subject.to_string(), subject.kind().as_str());
            let path = subject.organization().zip(subject.workspace()).map(|(it, name)| path_to_runs(it, name));
            let values = params![
                text,
                kind,
                subject.organization(),
                subject.project(),
                subject.workspace(),
                subject.stack(),
                subject.deployment(),
                subject.module(),
                subject.phase(),
                path,
            ];
            row(connection, sql, (&text, kind), values)
        })
    }
}

/// How a session name is kept: the run id behind the usual front, or the number of the whole name.
pub(super) enum StoredSession<'a> {
    Run(&'a str),
    Other(Option<i64>),
}

pub(super) fn session<'a>(connection: &Connection, name: Option<&'a str>) -> rusqlite::Result<StoredSession<'a>> {
    let Some(name) = name else { return Ok(StoredSession::Other(None)) };
    let run_id = run_id_of_session(name);
    if let (Some(run_id), Some(rest)) = (&run_id, name.strip_prefix("terraform-run-run-"))
        && run_id.strip_prefix("run-") == Some(rest)
    {
        return Ok(StoredSession::Run(rest));
    }
    let sql = ["SELECT id FROM sessions WHERE text = ?", "INSERT INTO sessions (text, run_id) VALUES (?, ?)"];
    let id = row(connection, sql, [name], (name, run_id))?;
    Ok(StoredSession::Other(Some(id)))
}

/// A UUID as CloudTrail writes it, in 16 bytes; nothing for any other text.
pub(super) fn uuid_bytes(text: &str) -> Option<[u8; 16]> {
    let text = text.as_bytes();
    if text.len() != 36 || [8, 13, 18, 23].iter().any(|at| text[*at] != b'-') {
        return None;
    }
    let mut digits = text.iter().filter(|byte| **byte != b'-').map(|byte| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    });
    let mut bytes = [0; 16];
    for byte in &mut bytes {
        *byte = digits.next()?? << 4 | digits.next()??;
    }
    digits.next().is_none().then_some(bytes)
}

/// The text of 16 bytes.
pub(super) fn uuid_text(bytes: [u8; 16]) -> Box<str> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.into_iter().enumerate() {
        if [4, 6, 8, 10].contains(&at) {
            text.push('-');
        }
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_comes_back_the_same_becomes_bytes() {
        let text = "0c1d2e3f-0000-4abc-9def-ffffffffffff";
        assert_eq!(uuid_text(uuid_bytes(text).unwrap()).as_ref(), text);
        for text in [
            "",
            "0C1d2e3f-0000-4abc-9def-ffffffffffff",
            "0c1d2e3f-0000-4abc-9def-fffffffffff",
            "0c1d2e3f-0000-4abc-9def-fffffffffffff",
            "0c1d2e3f00000-4abc-9def-ffffffffffff",
            "0c1d2e3f-0000-4abc-9def-ffffffffff-f",
            "0c1d2e3f-0000-4abc-9def-ffffffffffé",
        ] {
            assert_eq!(uuid_bytes(text), None, "{text}");
        }
    }
}
