//! Completion of tables, columns, functions and words.

use std::collections::BTreeSet;

use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};

use crate::store::sql::{function, word};

/// The names that a statement can hold.
pub(super) struct SqlNames {
    tables: Vec<(String, Vec<String>)>,
}

impl SqlNames {
    pub(super) fn new(tables: Vec<(String, Vec<String>)>) -> Self {
        Self { tables }
    }

    pub(super) fn tables(&self) -> &[(String, Vec<String>)] {
        &self.tables
    }

    /// Where the word before `end` begins, and what it can become.
    fn complete_word(&self, line: &str, end: usize) -> (usize, Vec<String>) {
        let before = line.get(..end).unwrap_or(line);
        let start = last_name(before);
        let begun = before[start..].to_ascii_lowercase();
        let fits = |name: &&str| name.to_ascii_lowercase().starts_with(&begun);
        if let Some(rest) = before[..start].strip_suffix('.') {
            let table = &rest[last_name(rest)..];
            let columns = self.tables.iter().find(|(name, _)| name == table).map(|(_, columns)| columns);
            let fitting = columns.into_iter().flatten().map(String::as_str).filter(fits);
            return (start, fitting.map(str::to_owned).collect());
        }
        let of_tables = self.tables.iter().flat_map(|(table, columns)| std::iter::once(table).chain(columns));
        let calls: Vec<String> = function::ALL.iter().map(|(name, _, _)| format!("{name}(")).collect();
        let all = of_tables.chain(&calls).map(String::as_str).chain(word::COMMON);
        (start, all.filter(fits).map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect())
    }
}

/// Where the name begins that a text ends in.
fn last_name(text: &str) -> usize {
    let is_name = |(_, character): &(usize, char)| character.is_ascii_alphanumeric() || *character == '_';
    text.char_indices().rev().take_while(is_name).last().map_or(text.len(), |(at, _)| at)
}

impl Completer for SqlNames {
    type Candidate = String;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.complete_word(line, pos))
    }
}

impl Hinter for SqlNames {
    type Hint = String;
}

impl Highlighter for SqlNames {}

impl Validator for SqlNames {}

impl Helper for SqlNames {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_completed() {
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let tables = vec![
            ("events".to_owned(), names(&["time", "role_arn", "region"])),
            ("runs".to_owned(), names(&["run_id", "role_arns"])),
        ];
        let all = SqlNames::new(tables);
        let check = |line: &str, start: usize, expected: &[&str]| {
            assert_eq!(all.complete_word(line, line.len()), (start, names(expected)), "{line:?}");
        };
        check("sel", 0, &["SELECT"]);
        check("SELECT ro", 7, &["role_arn", "role_arns"]);
        check("SELECT count(*) FROM ev", 21, &["events"]);
        check("SELECT runs.r", 12, &["run_id", "role_arns"]);
        check("SELECT nope.r", 12, &[]);
        check("SELECT ip", 7, &["ip_in("]);
        check("SELECT 'éru", 10, &["run_id", "runs"]);
        check("SELECT é.ru", 10, &[]);
        assert_eq!(all.complete_word("SELECT ti FROM events", 9), (7, names(&["time"])));
    }
}
