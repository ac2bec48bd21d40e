//! How a statement begins, and whether it has come to its end.

/// What a statement may begin with.
pub const FIRST: [&str; 4] = ["SELECT", "WITH", "VALUES", "EXPLAIN"];

/// No keyword is longer.
const LONGEST: usize = 20;

/// Words that a person types most; for completion.
pub const COMMON: [&str; 40] = [
    "ALL",
    "AND",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CASE",
    "COUNT(*)",
    "DESC",
    "DISTINCT",
    "ELSE",
    "END",
    "EXCEPT",
    "EXISTS",
    "EXPLAIN",
    "FROM",
    "GLOB",
    "GROUP BY",
    "HAVING",
    "IN",
    "INTERSECT",
    "IS NOT NULL",
    "IS NULL",
    "JOIN",
    "LEFT JOIN",
    "LIKE",
    "LIMIT",
    "MAX(",
    "MIN(",
    "NOT",
    "NULL",
    "ON",
    "OR",
    "ORDER BY",
    "REGEXP",
    "SELECT",
    "THEN",
    "UNION",
    "WHERE",
    "WITH",
];

/// Tells what is wrong with a text that is no single statement that reads, as far as its first word goes.
pub fn check(sql: &str) -> Result<(), String> {
    if sql.contains('\0') {
        return Err("it contains a NUL character, and SQLite would stop reading there".to_owned());
    }
    let rest = skip_space(sql);
    let word: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
    if rest.trim_matches(|character: char| character == ';' || character.is_whitespace()).is_empty() {
        return Err("the statement is empty".to_owned());
    }
    if FIRST.iter().any(|first| first.eq_ignore_ascii_case(&word)) {
        return Ok(());
    }
    let found = if word.is_empty() || word.len() > LONGEST { "it" } else { word.as_str() };
    Err(format!("only read-only statements are run: {}; {found} is not one of them", FIRST.join(", ")))
}

/// The text from its first word on.
fn skip_space(sql: &str) -> &str {
    let mut rest = sql.trim_start_matches([' ', '\t', '\n', '\r', '\u{c}']);
    loop {
        let after = if let Some(comment) = rest.strip_prefix("--") {
            comment.split_once('\n').map_or("", |(_, after)| after)
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.split_once("*/").map_or("", |(_, after)| after)
        } else {
            return rest;
        };
        rest = after.trim_start_matches([' ', '\t', '\n', '\r', '\u{c}']);
    }
}

/// Whether a `;` ends the statement, outside of texts, names and comments.
#[must_use]
pub fn is_complete(sql: &str) -> bool {
    let mut rest = sql;
    let mut complete = false;
    while let Some(first) = rest.chars().next() {
        let close = match first {
            '\'' => "'",
            '"' => "\"",
            '`' => "`",
            '[' => "]",
            '-' if rest.starts_with("--") => "\n",
            '/' if rest.starts_with("/*") => "*/",
            _ => {
                complete = first == ';' || (complete && first.is_whitespace());
                rest = &rest[first.len_utf8()..];
                continue;
            }
        };
        let is_comment = close == "\n" || close == "*/";
        complete = complete && is_comment;
        let body = &rest[if is_comment { 2 } else { 1 }..];
        match body.find(close) {
            Some(at) => rest = &body[at + close.len()..],
            // The end of a text is also the end of a comment in its last line.
            None => return complete && close == "\n",
        }
    }
    complete
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_decides() {
        for sql in [
            "SELECT 1",
            "select 1;",
            "  -- x\n /* y */ with a as (values(1)) select * from a",
            "VALUES (1)",
            "eXplain select 1",
        ] {
            assert_eq!(check(sql), Ok(()), "{sql:?}");
        }
        for sql in [
            "",
            " ;",
            "-- select",
            "/* select 1",
            "PRAGMA x",
            "(select 1)",
            "select\0 1",
            "selectx",
            "REPLACE INTO a VALUES (1)",
        ] {
            assert!(check(sql).is_err(), "{sql:?}");
        }
    }

    #[test]
    fn a_semicolon_ends_a_statement() {
        for sql in [
            "select 1;",
            "select ';';",
            "select 1; -- done",
            "select 1; /* x */ ",
            "select \"a;\" ;\n",
            "select 'it''s';",
        ] {
            assert!(is_complete(sql), "{sql:?}");
        }
        for sql in [
            "",
            "select 1",
            "select ';",
            "select 1 -- ;",
            "select 1 /* ; */",
            "select [;",
            "select 1; /* x",
            "select 1;'",
        ] {
            assert!(!is_complete(sql), "{sql:?}");
        }
    }
}
