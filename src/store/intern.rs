//! Text that repeats is kept once and known by a number.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::domain::role::run_id_of_session;
use crate::domain::run::path_to_runs;
use crate::domain::subject::Subject;
use crate::domain::user_agent::{provider_version, terraform_version};

/// So many numbers of one kind of text are remembered at once; names that a stranger makes up must not fill the memory.
const REMEMBERED: usize = 1 << 16;

/// Numbers by text. They hold as long as nothing is rolled back.
#[derive(Debug, Default)]
pub(super) struct Interned {
    texts: HashMap<Box<str>, i64>,
    issuers: HashMap<Box<str>, i64>,
    agents: HashMap<Box<str>, i64>,
    subjects: HashMap<Subject, i64>,
}

fn remember<K: std::hash::Hash + Eq>(known: &mut HashMap<K, i64>, key: K, id: i64) -> i64 {
    if known.len() >= REMEMBERED {
        known.clear();
    }
    known.insert(key, id);
    id
}

/// The number of a text in a table that has it once; `insert` adds it.
fn number(connection: &Connection, find: &str, insert: &str, text: &str) -> rusqlite::Result<i64> {
    let found = connection.prepare_cached(find)?.query_row([text], |row| row.get(0)).optional()?;
    match found {
        Some(id) => Ok(id),
        None => connection.prepare_cached(insert)?.insert([text]),
    }
}

impl Interned {
    pub(super) fn text(&mut self, connection: &Connection, text: Option<&str>) -> rusqlite::Result<Option<i64>> {
        let Some(text) = text else { return Ok(None) };
        if let Some(id) = self.texts.get(text) {
            return Ok(Some(*id));
        }
        let (find, insert) = ("SELECT id FROM texts WHERE text = ?", "INSERT INTO texts (text) VALUES (?)");
        let id = number(connection, find, insert, text)?;
        Ok(Some(remember(&mut self.texts, text.into(), id)))
    }

    pub(super) fn issuer(&mut self, connection: &Connection, text: Option<&str>) -> rusqlite::Result<Option<i64>> {
        let Some(text) = text else { return Ok(None) };
        if let Some(id) = self.issuers.get(text) {
            return Ok(Some(*id));
        }
        let (find, insert) = ("SELECT id FROM issuers WHERE text = ?", "INSERT INTO issuers (text) VALUES (?)");
        let id = number(connection, find, insert, text)?;
        Ok(Some(remember(&mut self.issuers, text.into(), id)))
    }

    pub(super) fn agent(&mut self, connection: &Connection, text: Option<&str>) -> rusqlite::Result<Option<i64>> {
        let Some(text) = text else { return Ok(None) };
        if let Some(id) = self.agents.get(text) {
            return Ok(Some(*id));
        }
        let sql = "SELECT id FROM agents WHERE text = ?";
        let found = connection.prepare_cached(sql)?.query_row([text], |row| row.get(0)).optional()?;
        let id = if let Some(id) = found {
            id
        } else {
            let sql = "INSERT INTO agents (text, terraform_version, provider_version) VALUES (?, ?, ?)";
            let versions = (terraform_version(text), provider_version(text));
            connection.prepare_cached(sql)?.insert((text, versions.0, versions.1))?
        };
        Ok(Some(remember(&mut self.agents, text.into(), id)))
    }

    pub(super) fn subject(&mut self, connection: &Connection, subject: &Subject) -> rusqlite::Result<i64> {
        if let Some(id) = self.subjects.get(subject) {
            return Ok(*id);
        }
        let (text, kind) = (subject.to_string(), subject.kind().as_str());
        let sql = "SELECT id FROM subjects WHERE text = ? AND kind = ?";
        let found = connection.prepare_cached(sql)?.query_row((&text, kind), |row| row.get(0)).optional()?;
        let id = if let Some(id) = found {
            id
        } else {
            let sql = "INSERT INTO subjects
                (text, kind, organization, project, workspace, stack, deployment, module, phase, path)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
            let path = subject.organization().zip(subject.workspace()).map(|(it, name)| path_to_runs(it, name));
            connection.prepare_cached(sql)?.insert(params![
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
            ])?
        };
        Ok(remember(&mut self.subjects, subject.clone(), id))
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
    let sql = "SELECT id FROM sessions WHERE text = ?";
    let found = connection.prepare_cached(sql)?.query_row([name], |row| row.get(0)).optional()?;
    let id = match found {
        Some(id) => id,
        None => {
            connection.prepare_cached("INSERT INTO sessions (text, run_id) VALUES (?, ?)")?.insert((name, run_id))?
        }
    };
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
